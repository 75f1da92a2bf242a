//! Client authentication on the wire, and the counting of failures.

use super::{authorization, broken, is_form, refuse};
use crate::domain::service::Service;
use crate::http::limit::Act;
use crate::http::{Appliance, Params, Trouble, address};
use crate::oidc::Provider;
use crate::oidc::client_auth::Presented;
use crate::oidc::refusal::TokenRefusal;
use crate::store;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};

/// A refusal of a machine's request as it is answered.
pub(super) fn refusal(refusal: TokenRefusal) -> HttpResponse {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut answer = refuse(status, refusal.oauth());
    // RFC 6749 §5.2: who tried a scheme hears which scheme we know.
    if matches!(refusal, TokenRefusal::Client { basic: true }) {
        let challenge = HeaderValue::from_static("Basic realm=\"token\", charset=\"UTF-8\"");
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    answer
}

/// The form of a request and the service which proved itself with it; or the answer that says no.
pub(super) fn authenticated(
    request: &HttpRequest,
    body: &Bytes,
    app: &Appliance,
    provider: &Provider,
) -> Result<(Params, Service), HttpResponse> {
    let form = form(request, body)?;
    let header = authorization(request).map_err(|()| refusal(TokenRefusal::Form))?;
    let failed = |refused: TokenRefusal, account: Option<&[u8; 16]>| {
        if !matches!(refused, TokenRefusal::Client { .. }) {
            return refusal(refused);
        }
        // Successes are never counted: who guesses slows only themself down.
        let counted = app.limits.count(Act::Fail, address::client(request, &app.proxies));
        let counted = counted.and_then(|()| account.map_or(Ok(()), |id| app.limits.count_account(id)));
        counted.map_or_else(|trouble| broken(&trouble), |()| refusal(refused))
    };
    let presented = Presented::read(header, &form).map_err(|refused| failed(refused, None))?;
    let found = app.store.read(|db| store::service::by_id(presented.id, db));
    let found = found.map_err(|fault| broken(&Trouble::from(fault)))?;
    let now = app.now();
    let proven = found.filter(|service| presented.proves(service, &app.origin, &provider.assertions, now));
    match proven {
        Some(service) => Ok((form, service)),
        None => Err(failed(presented.refusal(), Some(presented.id.bytes()))),
    }
}

fn form(request: &HttpRequest, body: &Bytes) -> Result<Params, HttpResponse> {
    if !is_form(request) {
        return Err(refusal(TokenRefusal::Form));
    }
    Params::parse(body).map_err(|_bad| refusal(TokenRefusal::Form))
}
