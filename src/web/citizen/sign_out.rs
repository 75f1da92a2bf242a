//! A service asks that somebody be logged out here: first ask the person.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::Asker;
use crate::http::session::Kind;
use crate::http::sign_in::Login;
use crate::http::{Trouble, redirect, session};
use crate::oidc::logout;
use crate::paths;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;

/// `GET /sign-out`: asks.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    if visit.session(Kind::Person)?.is_none() {
        return Ok(redirect::see_other(paths::SIGNED_OUT));
    }
    let frame = visit.frame();
    let page =
        SignOutPage { asker: None, answer_url: paths::SIGN_OUT.to_owned(), chrome: frame.chrome.clone() };
    Ok(frame.show(&page, StatusCode::OK))
}

/// `POST /sign-out`, `POST /session`: ends the session, unless the person would rather stay.
pub async fn answer(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    if form.get("answer") == Some("stay") {
        return Ok(redirect::see_other(paths::ACCOUNT));
    }
    end(&visit, Kind::Person).await?;
    let mut answer = redirect::see_other(paths::SIGNED_OUT);
    // Our own cookies are well-formed.
    let _set = answer.add_cookie(&session::removal(Kind::Person));
    Ok(answer)
}

/// Ends the session of a kind, if there is one.
pub(crate) async fn end(visit: &Visit, kind: Kind) -> Result<(), Trouble> {
    if let Some(session) = visit.session(kind)? {
        let ended = visit.app.write(move |db| logout::end(&session, db).map_err(Trouble::from)).await?;
        visit.rooms.oidc.announce(&ended.unwrap_or_default(), &visit.app)?;
    }
    Ok(())
}

/// Somebody else was logged in at this browser before: their cookie is about to be replaced, and nobody could log
/// them out any more. So that happens now.
pub(crate) async fn end_of_another(visit: &Visit, login: &Login) -> Result<(), Trouble> {
    let Some((session, _)) = &login.session else { return Ok(()) };
    let kind = Kind::of(session.holder);
    match visit.session(kind)? {
        Some(earlier) if earlier.holder != session.holder => end(visit, kind).await,
        _ => Ok(()),
    }
}

/// `templates/citizen/sign_out.html`. The form sends `answer=sign_out` or `answer=stay`.
#[derive(Template)]
#[template(path = "citizen/sign_out.html")]
pub(crate) struct SignOutPage {
    pub(crate) chrome: Chrome,
    pub(crate) asker: Option<Asker>,
    pub(crate) answer_url: String,
}

impl Page for SignOutPage {
    const NAME: &'static str = "citizen/sign_out";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page =
            |asker| Self { chrome: chrome.clone(), asker, answer_url: "/beispiel/abmelden".to_owned() };
        vec![("service", page(Some(Asker::sample(chrome)))), ("account", page(None))]
    }
}
