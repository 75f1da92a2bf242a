//! Client authentication on the wire, and the counting of failures.

use super::{authorization, broken, is_form, refuse};
use crate::domain::service::Service;
use crate::domain::service_use::{Outcome, Use};
use crate::domain::time::Timestamp;
use crate::http::limit::Act;
use crate::http::{Appliance, Params, Trouble, address};
use crate::oidc::Provider;
use crate::oidc::client_auth::{Against, Presented};
use crate::oidc::client_keys::Keys;
use crate::oidc::refusal::TokenRefusal;
use crate::oidc::trial;
use crate::store;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

/// Why a machine's request has no better answer.
pub(super) enum Unserved {
    Refused(TokenRefusal),
    Trouble(Trouble),
}

impl From<TokenRefusal> for Unserved {
    fn from(refused: TokenRefusal) -> Self {
        Self::Refused(refused)
    }
}

impl From<Trouble> for Unserved {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl Unserved {
    pub fn answer(&self) -> HttpResponse {
        let refused = match self {
            Self::Refused(refused) => refused,
            Self::Trouble(trouble) => return broken(trouble),
        };
        let status = StatusCode::from_u16(refused.status()).unwrap_or(StatusCode::BAD_REQUEST);
        let mut answer = refuse(status, refused.oauth());
        // RFC 6749 §5.2: who tried a scheme hears which scheme we know.
        if matches!(refused, TokenRefusal::Client { basic: true }) {
            let challenge = HeaderValue::from_static("Basic realm=\"token\", charset=\"UTF-8\"");
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        answer
    }
}

/// The form of a request and the service which proved itself with it.
pub(super) async fn authenticated(
    request: &HttpRequest,
    body: &Bytes,
    app: &Appliance,
    provider: &Data<Provider>,
) -> Result<(Params, Service), Unserved> {
    if !is_form(request) {
        return Err(TokenRefusal::Form.into());
    }
    let form = Params::parse(body).map_err(|_bad| TokenRefusal::Form)?;
    let header = authorization(request).map_err(|()| TokenRefusal::Form)?;
    let origin = || address::client(request, &app.proxies);
    let presented = match Presented::read(header, &form) {
        Ok(presented) => presented,
        Err(refused @ TokenRefusal::Client { .. }) => {
            app.limits.count(Act::Fail, origin())?;
            return Err(refused.into());
        }
        Err(refused) => return Err(refused.into()),
    };
    let found = app.store.read(|db| store::service::by_id(presented.id, db)).map_err(Trouble::from)?;
    let now = app.now();
    if let Some(service) = found {
        let keys = keys(&presented, &service, provider, now).await;
        let keys = keys.as_ref().map_or(&[][..], |keys| keys.as_slice());
        let against = Against { issuer: &app.origin, keys, used: &provider.assertions };
        if presented.proves(&service, &against, now) {
            return Ok((form, service));
        }
        if service.may_be_tried(now) {
            trial::not_proven(&presented, &service, app).await.map_err(Trouble::from)?;
        }
        app.uses.count(Use::new(service.id, Outcome::RefusedClient, now));
    }
    // Successes are never counted: who guesses slows only themself down.
    app.limits.count(Act::Fail, origin())?;
    app.limits.count_account(presented.id.bytes())?;
    Err(presented.refusal().into())
}

/// The keys to judge an assertion with, if it is one.
async fn keys(
    presented: &Presented,
    service: &Service,
    provider: &Data<Provider>,
    now: Timestamp,
) -> Option<Keys> {
    let kid = presented.asks_for_key(service, now)?;
    if service.registration.jwks.is_some() {
        return provider.client_keys.of(service, kid.as_deref(), now).await;
    }
    let (provider, service) = (provider.clone(), service.clone());
    // On its own: whoever hangs up must not cut off a look which others wait for, and which counts.
    let looked = async move { provider.client_keys.of(&service, kid.as_deref(), now).await };
    actix_web::rt::spawn(looked).await.ok().flatten()
}
