//! The ID token (OpenID Connect Core §2): who logged in, when, how well.
//!
//! Claims about the person only where `claims.id_token` asked for them; scopes bring theirs at UserInfo (§5.4).

use super::facts::Facts;
use super::{Fault, Provider, hint, userinfo};
use crate::domain::id::{PersonId, ServiceId};
use crate::domain::service::Service;
use crate::domain::time::Span;
use crate::http::Appliance;
use crate::jose::{Algorithm, SigningKey, access_token_hash};
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;

/// How long an ID token may be shown.
pub const ID_TOKEN_LIFE: Span = Span::minutes(10);

/// Signs ID tokens of one service.
pub struct Signer<'a> {
    service: &'a Service,
    key: Arc<SigningKey>,
}

/// What an ID token is about.
pub struct Login<'a> {
    /// Whose data are opened.
    pub person: PersonId,
    /// What was granted.
    pub facts: &'a Facts,
    /// The request's, in the first ID token only.
    pub nonce: Option<String>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: ServiceId,
    exp: i64,
    iat: i64,
    auth_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    at_hash: String,
    sid: &'a str,
    acr: &'static str,
    amr: &'static [&'static str],
    #[serde(flatten)]
    told: Map<String, Value>,
}

impl<'a> Signer<'a> {
    /// With the service's registered algorithm.
    ///
    /// # Errors
    /// [`Fault::NoKey`]
    pub fn of(service: &'a Service, provider: &Provider, app: &Appliance) -> Result<Self, Fault> {
        let algorithm: Algorithm = service
            .registration
            .id_token_alg
            .parse()
            .map_err(|_unknown| Fault::Corrupt("service.registration: id_token_alg"))?;
        Ok(Self { service, key: provider.signer(algorithm, app)? })
    }
    /// The token that goes with an access token.
    ///
    /// # Errors
    /// [`Fault`]
    pub fn id_token(&self, login: &Login<'_>, access: &str, app: &Appliance) -> Result<String, Fault> {
        let (now, facts) = (app.now(), login.facts);
        let told = userinfo::told(login.person, facts, &facts.id_token, app)?.unwrap_or_default();
        let claims = Claims {
            iss: &app.origin,
            sub: &facts.sub,
            aud: self.service.id,
            exp: (now + ID_TOKEN_LIFE).as_seconds(),
            iat: now.as_seconds(),
            auth_time: facts.auth_time,
            nonce: login.nonce.as_deref(),
            at_hash: access_token_hash(access, self.key.algorithm()),
            sid: &facts.sid,
            acr: facts.acr.acr(),
            amr: facts.method.amr(),
            told,
        };
        Ok(self.key.sign(hint::ID_TOKEN, &claims)?)
    }
}
