//! The browser carries an answer back: in the query, or as a form which it sends (OAuth 2.0 Form Post Response Mode).

use crate::domain::dice::draw;
use crate::http::headers::{FormsLead, ScriptsSpeak, page_policy};
use crate::http::{Appliance, Trouble, redirect};
use crate::oidc::answer::Answer;
use crate::oidc::request::ResponseMode;
use actix_web::HttpResponse;
use actix_web::http::header;
use askama::Template;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// A page which nobody sees unless scripts are off; in both languages, as it stays for a blink.
#[derive(Template)]
#[template(path = "bounce/form_post.html")]
struct FormPost<'a> {
    nonce: &'a str,
    action: &'a str,
    fields: &'a [(&'static str, String)],
}

/// Sends an answer on its way.
///
/// # Errors
/// A fault, if the page does not render.
pub fn bounce(answer: &Answer, app: &Appliance) -> Result<HttpResponse, Trouble> {
    if answer.mode() == ResponseMode::Query {
        let params: Vec<(&str, &str)> =
            answer.params().iter().map(|(name, value)| (*name, value.as_str())).collect();
        return Ok(redirect::see_other(&redirect::with_params(answer.back(), &params)));
    }
    let nonce = URL_SAFE_NO_PAD.encode(draw::<16>(app.dice.as_ref()));
    let action = answer.back().as_str();
    let page = FormPost { nonce: &nonce, action, fields: answer.params() };
    let body = page.render().map_err(|error| Trouble::fault("oidc", &error))?;
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            page_policy(&nonce, FormsLead::ToService(action), ScriptsSpeak::Here),
        ))
        .body(body))
}
