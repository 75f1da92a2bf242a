//! What machines call: token, introspection, revocation.

use super::client::{authenticated, refusal};
use super::{ANY_ORIGIN, broken, json};
use crate::http::{Appliance, Trouble};
use crate::oidc::refusal::{Parameter, TokenRefusal};
use crate::oidc::token::NoTokens;
use crate::oidc::{Provider, introspect as introspection, revoke as revocation, token as tokens};
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

/// `POST`: tokens for a code, a refresh token, or the service itself.
pub async fn token(
    request: HttpRequest,
    body: Bytes,
    app: Data<Appliance>,
    provider: Data<Provider>,
) -> HttpResponse {
    let (form, service) = match authenticated(&request, &body, &app, &provider) {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    match tokens::issue(&form, &service, &provider, &app).await {
        Ok(tokens) => json(StatusCode::OK, &tokens),
        Err(NoTokens::Refused(refused)) => refusal(refused),
        Err(NoTokens::Fault(fault)) => broken(&Trouble::from(fault)),
    }
}

/// `POST`: is this token alive? For services which can prove themselves; a public client has nothing to ask.
pub async fn introspect(
    request: HttpRequest,
    body: Bytes,
    app: Data<Appliance>,
    provider: Data<Provider>,
) -> HttpResponse {
    let (form, service) = match authenticated(&request, &body, &app, &provider) {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    if service.is_public() {
        return refusal(TokenRefusal::Client { basic: false });
    }
    let Some(token) = form.get("token") else {
        return refusal(TokenRefusal::Missing(Parameter::Token));
    };
    match introspection::answer(token, &service, &provider, &app) {
        Ok(state) => json(StatusCode::OK, &state),
        Err(fault) => broken(&Trouble::from(fault)),
    }
}

/// `POST`: this token is no longer needed.
pub async fn revoke(
    request: HttpRequest,
    body: Bytes,
    app: Data<Appliance>,
    provider: Data<Provider>,
) -> HttpResponse {
    let (form, service) = match authenticated(&request, &body, &app, &provider) {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    let Some(token) = form.get("token") else {
        return refusal(TokenRefusal::Missing(Parameter::Token));
    };
    let hash = match revocation::hash(token) {
        Ok(hash) => hash,
        Err(refused) => return refusal(refused),
    };
    match app.write(move |db| revocation::run(&hash, service.id, db)).await {
        Ok(()) => HttpResponse::Ok().insert_header(ANY_ORIGIN).finish(),
        Err(fault) => broken(&Trouble::from(fault)),
    }
}
