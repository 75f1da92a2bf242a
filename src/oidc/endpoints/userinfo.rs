//! UserInfo on the wire (RFC 6750): the token in the header or in a form, once, never in the query.

use super::{ANY_ORIGIN, authorization, broken, is_form, json};
use crate::http::{Appliance, Params, Trouble};
use crate::oidc::refusal::BearerRefusal;
use crate::oidc::trial;
use crate::oidc::userinfo::{NoClaims, answer};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

/// `GET`
pub async fn userinfo(request: HttpRequest, app: Data<Appliance>) -> HttpResponse {
    respond(from_header(&request), &request, &app).await
}

/// `POST`: header or form.
pub async fn userinfo_by_post(request: HttpRequest, body: Bytes, app: Data<Appliance>) -> HttpResponse {
    let token = from_header(&request).and_then(|header| match (header, from_form(&request, &body)?) {
        (Some(_), Some(_)) => Err(BearerRefusal::Malformed),
        (one, other) => Ok(one.or(other)),
    });
    respond(token, &request, &app).await
}

fn from_header(request: &HttpRequest) -> Result<Option<String>, BearerRefusal> {
    let Some(header) = authorization(request).map_err(|()| BearerRefusal::Malformed)? else {
        return Ok(None);
    };
    match header.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim().to_owned())),
        _ => Ok(None),
    }
}

fn from_form(request: &HttpRequest, body: &Bytes) -> Result<Option<String>, BearerRefusal> {
    if body.is_empty() || !is_form(request) {
        return Ok(None);
    }
    let form = Params::parse(body).map_err(|_bad| BearerRefusal::Malformed)?;
    Ok(form.get("access_token").map(str::to_owned))
}

async fn respond(
    token: Result<Option<String>, BearerRefusal>,
    request: &HttpRequest,
    app: &Appliance,
) -> HttpResponse {
    let in_query = Params::parse(request.query_string().as_bytes())
        .map_or(true, |query| query.get("access_token").is_some());
    if in_query {
        return refuse(BearerRefusal::Malformed);
    }
    match token {
        Err(refused) => refuse(refused),
        Ok(None) => refuse(BearerRefusal::Missing),
        Ok(Some(token)) => match answer(&token, app) {
            Ok(told) => match trial::told(&told, app).await {
                Ok(()) => json(StatusCode::OK, &told.claims),
                Err(fault) => broken(&fault.into()),
            },
            Err(NoClaims::Refused(refused)) => refuse(refused),
            Err(NoClaims::Fault(fault)) => broken(&Trouble::from(fault)),
        },
    }
}

fn refuse(refused: BearerRefusal) -> HttpResponse {
    let (status, error) = refused.oauth();
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::UNAUTHORIZED);
    let (mut answer, challenge) = match error {
        None => (HttpResponse::build(status).insert_header(ANY_ORIGIN).finish(), "Bearer".to_owned()),
        Some(error) => (
            super::refuse(status, error),
            format!("Bearer error=\"{}\", error_description=\"{}\"", error.code, error.description),
        ),
    };
    if let Ok(challenge) = HeaderValue::from_str(&challenge) {
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    let exposed = HeaderValue::from_static("WWW-Authenticate");
    answer.headers_mut().insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    answer
}
