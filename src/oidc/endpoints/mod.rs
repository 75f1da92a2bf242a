//! The addresses of the provider: actix on the outside, this room's own types on the inside.
//!
//! Handlers only: the router of `app` lists their addresses and methods.

mod authorize;
mod bounce;
mod client;
mod logout;
mod metadata;
mod token;
mod userinfo;

pub use authorize::{authorize, authorize_by_post};
pub use bounce::bounce;
pub use logout::{end_session, end_session_by_post};
pub use metadata::{jwks, metadata, preflight};
pub use token::{introspect, revoke, token};
pub use userinfo::{userinfo, userinfo_by_post};

use super::Fault;
use super::refusal::OAuthError;
use crate::http::Trouble;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Store(fault) => fault.into(),
            other => Self::fault("oidc", &other),
        }
    }
}

/// JSON which nobody keeps (RFC 6749 §5.1) and scripts of other origins may read (RFC 9700 §2.6: not at the
/// authorization endpoint).
fn json(status: StatusCode, body: &impl serde::Serialize) -> HttpResponse {
    match serde_json::to_vec(body) {
        Ok(body) => HttpResponse::build(status)
            .insert_header((header::CONTENT_TYPE, HeaderValue::from_static("application/json")))
            .insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
            .insert_header((header::PRAGMA, HeaderValue::from_static("no-cache")))
            .insert_header(ANY_ORIGIN)
            .insert_header(ANY_READER)
            .body(body),
        Err(error) => broken(&Trouble::fault("oidc", &error)),
    }
}

const ANY_ORIGIN: (HeaderName, HeaderValue) =
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
const ANY_READER: (HeaderName, HeaderValue) =
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));

/// A refusal as JSON.
fn refuse(status: StatusCode, error: OAuthError) -> HttpResponse {
    let body = serde_json::json!({ "error": error.code, "error_description": error.description });
    json(status, &body)
}

/// What has no code of its own, for endpoints which machines call.
fn broken(trouble: &Trouble) -> HttpResponse {
    let (code, description) = match trouble {
        Trouble::Busy => ("temporarily_unavailable", "the server is busy; try again".to_owned()),
        Trouble::TooMany(_) => ("temporarily_unavailable", "too many failed attempts; try later".to_owned()),
        Trouble::Fault(incident) => ("server_error", format!("fault {incident}; it is in the log")),
        _ => ("invalid_request", "the request can not be understood".to_owned()),
    };
    let body = serde_json::json!({ "error": code, "error_description": description });
    let mut answer = json(trouble.status(), &body);
    let wait = match trouble {
        Trouble::TooMany(seconds) => *seconds,
        Trouble::Busy => 2,
        _ => return answer,
    };
    answer.headers_mut().insert(header::RETRY_AFTER, wait.into());
    answer
}

/// Whether a body says that it is a form.
fn is_form(request: &actix_web::HttpRequest) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or("").trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// The `Authorization` header; `Err` when there are several, or it is not text.
fn authorization(request: &actix_web::HttpRequest) -> Result<Option<&str>, ()> {
    let mut all = request.headers().get_all(header::AUTHORIZATION);
    match (all.next(), all.next()) {
        (None, _) => Ok(None),
        (Some(one), None) => one.to_str().map(Some).map_err(|_not_text| ()),
        (Some(_), Some(_)) => Err(()),
    }
}
