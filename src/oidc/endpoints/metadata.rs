//! Metadata and keys: bytes made before, for everybody.

use super::{ANY_ORIGIN, ANY_READER};
use crate::http::{Appliance, Trouble};
use crate::oidc::Provider;
use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::{Bytes, Data};

/// Five minutes: how long a new key may stay unknown to those who do not look for a missing one.
const KEPT: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));

fn public(body: Bytes, kind: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, HeaderValue::from_static(kind)))
        .insert_header(KEPT)
        .insert_header(ANY_ORIGIN)
        .insert_header(ANY_READER)
        .body(body)
}

/// `GET`: the discovery document, at both of its addresses.
pub async fn metadata(provider: Data<Provider>) -> HttpResponse {
    public(provider.metadata(), "application/json")
}

/// `GET`: the public keys.
///
/// # Errors
/// A fault, if changed keys can not be opened.
pub async fn jwks(provider: Data<Provider>, app: Data<Appliance>) -> Result<HttpResponse, Trouble> {
    let ring = provider.ring(&app)?;
    Ok(public(ring.jwks(), "application/jwk-set+json"))
}

/// `OPTIONS` of the addresses which scripts of other origins may call: metadata, keys, token, UserInfo, revocation.
pub async fn preflight() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header(ANY_ORIGIN)
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST")))
        .insert_header((
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("authorization, content-type"),
        ))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400")))
        .finish()
}
