//! Introspection (RFC 7662): a service asks whether a token is alive. Only about its own tokens; of any other it
//! hears the same as of nonsense.

use super::facts::Facts;
use super::token::ACCESS_JWT;
use super::{Fault, Provider};
use crate::domain::secret::BearerHash;
use crate::domain::service::Service;
use crate::domain::time::Timestamp;
use crate::http::Appliance;
use crate::jose::{Typ, VerifyingKey, verify};
use crate::store::grant::Grant;
use crate::store::{self, Read};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The answer (RFC 7662 §2.2).
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct State {
    /// Alive, and the caller's.
    pub active: bool,
    /// What it may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// `Bearer`; not told of refresh tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<&'static str>,
    /// When it dies, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// When it was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// Whom it stands for, as the caller knows them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
}

/// The state of a token.
///
/// # Errors
/// [`Fault`].
pub fn answer(token: &str, service: &Service, provider: &Provider, app: &Appliance) -> Result<State, Fault> {
    if token.contains('.') {
        return signed(token, service, provider, app);
    }
    let found = app.store.read(|db| opaque(&BearerHash::of(token), service, app.now(), db))?;
    let Some(found) = found else { return Ok(State::default()) };
    let facts = Facts::of(&found.grant)?;
    Ok(State {
        active: true,
        scope: Some(found.scope.unwrap_or(facts.scope)),
        client_id: Some(service.id.to_string()),
        token_type: found.token_type,
        exp: Some(found.expires.as_seconds()),
        iat: Some(found.issued.as_seconds()),
        sub: Some(facts.sub),
        iss: Some(app.origin.clone()),
    })
}

struct Found {
    grant: Grant,
    scope: Option<String>,
    token_type: Option<&'static str>,
    issued: Timestamp,
    expires: Timestamp,
}

fn opaque(
    hash: &BearerHash,
    service: &Service,
    now: Timestamp,
    db: &Read,
) -> Result<Option<Found>, store::Fault> {
    let found = match store::grant::access(hash, db)? {
        Some(access) => Some(Found {
            grant: access.grant,
            scope: Some(access.scope),
            token_type: Some("Bearer"),
            issued: access.issued,
            expires: access.expires,
        }),
        None => store::grant::refresh(hash, db)?.filter(|token| token.used.is_none()).map(|token| Found {
            grant: token.grant,
            scope: None,
            token_type: None,
            issued: token.issued,
            expires: token.expires,
        }),
    };
    let Some(found) = found.filter(|found| found.grant.service == service.id && now < found.expires) else {
        return Ok(None);
    };
    Ok(super::answer::is_usable(found.grant.person, db)?.then_some(found))
}

#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    client_id: String,
    exp: i64,
    iat: i64,
    scope: Option<String>,
}

/// Tokens of machines whose signature was found right, by hash: a service asks about each of them many times.
/// Belongs to one ring and goes with it, so that it never outlives a key. All else is judged at every question.
#[derive(Default)]
pub(super) struct Seen(RwLock<HashMap<BearerHash, Arc<Claims>>>);

impl Seen {
    /// Beyond, it begins anew: about 2 MiB.
    const MAX: usize = 4096;

    fn claims(&self, token: &str, keys: &[VerifyingKey]) -> Option<Arc<Claims>> {
        let hash = BearerHash::of(token);
        // A poisoned lock still holds whole entries.
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&hash).map(Arc::clone);
        if known.is_some() {
            return known;
        }
        let claims = Arc::new(verify(token, Typ::Exactly(ACCESS_JWT), keys).ok()?.claims().ok()?);
        let mut seen = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= Self::MAX {
            seen.clear();
        }
        seen.insert(hash, Arc::clone(&claims));
        Some(claims)
    }
}

fn signed(token: &str, service: &Service, provider: &Provider, app: &Appliance) -> Result<State, Fault> {
    let ring = provider.ring(app)?;
    let Some(claims) = ring.seen().claims(token, ring.verifying()) else { return Ok(State::default()) };
    let alive = app.now() < Timestamp::from_seconds(claims.exp);
    if !alive || claims.iss != app.origin || claims.client_id != service.id.to_string() {
        return Ok(State::default());
    }
    Ok(State {
        active: true,
        scope: claims.scope.clone(),
        client_id: Some(claims.client_id.clone()),
        token_type: Some("Bearer"),
        exp: Some(claims.exp),
        iat: Some(claims.iat),
        sub: Some(claims.sub.clone()),
        iss: Some(claims.iss.clone()),
    })
}
