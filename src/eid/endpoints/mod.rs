//! The addresses which the holder's program calls. It has no cookie: what it may, the unguessable values in its requests
//! say. Answers carry no personal data; they are for one session and never kept. What customers call is in [`soap`].

pub mod soap;

use super::facade;
use super::handover::Handover;
use super::makers::{self, Makers, Opening};
use super::paos::MEDIA_TYPE;
use super::tc_token::TcToken;
use crate::domain::id::CheckId;
use crate::http::limit::Act;
use crate::http::{Appliance, Params, Trouble, address, redirect};
use crate::paths;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

/// `GET /eid/{check}/tc-token?key=…`: opens a session and says where to go. Called again, it opens another, and the
/// earlier one is over.
///
/// # Errors
/// [`Trouble::NotFound`] for a check that is over or a wrong key; too many.
pub async fn tc_token(
    request: HttpRequest,
    app: Data<Appliance>,
    makers: Data<Makers>,
) -> Result<HttpResponse, Trouble> {
    app.limits.count(Act::Open, address::client(&request, &app.proxies))?;
    let query = Params::parse(request.query_string().as_bytes())?;
    let check: CheckId =
        request.match_info().get("check").unwrap_or("").parse().map_err(|_wrong| Trouble::NotFound)?;
    let check = makers::check_of_token(check, query.get("key").unwrap_or(""), &app)?;
    let token = match makers.open(check.id, &app).await {
        Ok(Opening::Token(token)) => token.write(),
        Ok(Opening::Elsewhere(address)) => return Ok(redirect::see_other(&address)),
        // The holder's program shall lead the browser back to us instead of showing an error of its own.
        Err(Trouble::Fault(_) | Trouble::Busy) => TcToken::write_failure(&app.url(&paths::eid(check.id))),
        Err(other) => return Err(other),
    };
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/xml; charset=utf-8")).body(token))
}

/// `GET /eid-service/tc-token?…`: the TC token of a customer's session.
///
/// # Errors
/// [`Trouble::NotFound`] for whatever a customer did not say; too many.
pub async fn customer_tc_token(request: HttpRequest, app: Data<Appliance>) -> Result<HttpResponse, Trouble> {
    app.limits.count(Act::Open, address::client(&request, &app.proxies))?;
    let query = Params::parse(request.query_string().as_bytes())?;
    let claimed = Handover::claimed(&query).ok_or(Trouble::NotFound)?;
    let token = facade::token::token(claimed, &app).await?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/xml; charset=utf-8")).body(token.write()))
}

/// `POST /eid/paos`: one message, one answer.
///
/// # Errors
/// [`Trouble::NotFound`] where there is no server of our own; those of the store.
pub async fn paos(
    request: HttpRequest,
    app: Data<Appliance>,
    makers: Data<Makers>,
    body: Bytes,
) -> Result<HttpResponse, Trouble> {
    let server = makers.server().ok_or(Trouble::NotFound)?;
    app.limits.count(Act::Open, address::client(&request, &app.proxies))?;
    let answer = server.exchange(&body, &app).await?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, format!("{MEDIA_TYPE}; charset=utf-8"))).body(answer))
}
