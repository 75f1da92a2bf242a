//! How a service proves itself: exactly by its registered method (RFC 6749 §2.3, OpenID Connect Core §9).
//!
//! `private_key_jwt` (RFC 7523) takes the issuer alone as audience, as RFC 9700's successor and FAPI 2.0 demand,
//! so that an assertion made for somebody else never fits here.

use super::refusal::TokenRefusal;
use crate::domain::id::ServiceId;
use crate::domain::registration::ClientAuthentication;
use crate::domain::secret::{BearerHash, Secret};
use crate::domain::service::Service;
use crate::domain::time::{Span, Timestamp};
use crate::http::Params;
use crate::jose::{Typ, VerifyingKey, verify};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The one type of assertion (RFC 7523 §2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How far an assertion may reach into the future: it is made for one use at once.
const ASSERTION_LIFE_MAX: Span = Span::minutes(10);
/// How wrong a service's clock may be.
const SKEW: Span = Span::seconds(30);
/// So many used assertions are remembered; beyond, none is accepted until some have expired.
const REMEMBERED_MAX: usize = 100_000;

/// What a service presents to prove itself.
#[derive(Debug)]
pub struct Presented {
    /// Which service it says it is.
    pub id: ServiceId,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Nothing,
    Basic(Secret<String>),
    Post(Secret<String>),
    Assertion(Secret<String>),
}

/// What an assertion is judged against.
pub struct Against<'a> {
    /// Who we are: the only audience.
    pub issuer: &'a str,
    /// The service's keys.
    pub keys: &'a [VerifyingKey],
    /// What was used before.
    pub used: &'a Assertions,
}

impl Presented {
    /// Reads header and form. The client must be named, one way only, and the same client in both places.
    ///
    /// # Errors
    /// [`TokenRefusal::TwoAuthentications`], [`TokenRefusal::Client`].
    pub fn read(header: Option<&str>, form: &Params) -> Result<Self, TokenRefusal> {
        let (secret, assertion) = (form.get("client_secret"), form.get("client_assertion"));
        let ways = [header.is_some(), secret.is_some(), assertion.is_some()];
        if ways.into_iter().filter(|used| *used).count() > 1 {
            return Err(TokenRefusal::TwoAuthentications);
        }
        let refused = TokenRefusal::Client { basic: header.is_some() };
        let (named, way) = match (header, secret, assertion) {
            (Some(header), ..) => {
                let (id, secret) = basic(header).ok_or(refused)?;
                (Some(id), Way::Basic(Secret::new(secret)))
            }
            (_, Some(secret), _) => (None, Way::Post(Secret::new(secret.to_owned()))),
            (_, _, Some(assertion)) => {
                if form.get("client_assertion_type") != Some(ASSERTION_TYPE) {
                    return Err(refused);
                }
                (unverified_subject(assertion), Way::Assertion(Secret::new(assertion.to_owned())))
            }
            _ => (None, Way::Nothing),
        };
        let in_form = form.get("client_id").map(str::to_owned);
        let id = match (named, in_form) {
            (Some(one), Some(other)) if one != other => return Err(refused),
            (one, other) => one.or(other).ok_or(refused)?,
        };
        let id = ServiceId::parse(&id).map_err(|_unknown| refused)?;
        Ok(Self { id, way })
    }
    /// The refusal of this attempt.
    #[must_use]
    pub const fn refusal(&self) -> TokenRefusal {
        TokenRefusal::Client { basic: matches!(self.way, Way::Basic(_)) }
    }
    /// Whether the service's keys are needed to judge this, and which of them, if the assertion says so. Nothing
    /// is verified yet.
    #[must_use]
    pub fn asks_for_key(&self, service: &Service, now: Timestamp) -> Option<Option<String>> {
        #[derive(Deserialize)]
        struct Named {
            kid: Option<String>,
        }
        let by_key = service.registration.authentication == ClientAuthentication::PrivateKeyJwt;
        let Way::Assertion(assertion) = &self.way else { return None };
        if !by_key || !service.is_served(now) || service.id != self.id {
            return None;
        }
        Some(unverified::<Named>(assertion.expose(), 0)?.kid)
    }
    /// The registered name of the method by which it came.
    #[must_use]
    pub const fn method(&self) -> ClientAuthentication {
        match &self.way {
            Way::Nothing => ClientAuthentication::None,
            Way::Basic(_) => ClientAuthentication::ClientSecretBasic,
            Way::Post(_) => ClientAuthentication::ClientSecretPost,
            Way::Assertion(_) => ClientAuthentication::PrivateKeyJwt,
        }
    }
    /// Whether this proves the service, by its registered method and no other.
    #[must_use]
    pub fn proves(&self, service: &Service, against: &Against<'_>, now: Timestamp) -> bool {
        if !service.is_served(now) || service.id != self.id {
            return false;
        }
        match (service.registration.authentication, &self.way) {
            (ClientAuthentication::None, Way::Nothing) => true,
            (ClientAuthentication::ClientSecretBasic, Way::Basic(secret))
            | (ClientAuthentication::ClientSecretPost, Way::Post(secret)) => {
                service.knows_secret(secret.expose(), now)
            }
            (ClientAuthentication::PrivateKeyJwt, Way::Assertion(assertion)) => {
                let good = is_good(assertion.expose(), service, against, now);
                good.is_some_and(|(id, ends)| against.used.take(id, ends, now))
            }
            _ => false,
        }
    }
}

/// RFC 7617 with the form encoding of RFC 6749 §2.3.1 inside. The scheme's case does not matter.
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, credentials) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = STANDARD.decode(credentials.trim()).ok()?;
    let (id, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    let decode = |part: &str| -> Option<String> {
        let wrapped = Params::parse(format!("v={}", part.replace('&', "%26")).as_bytes()).ok()?;
        wrapped.get("v").map(str::to_owned)
    };
    Some((decode(id)?, decode(secret)?))
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    exp: i64,
    nbf: Option<i64>,
    iat: Option<i64>,
    jti: String,
}

/// Whom an assertion names, before anything is verified: only to find the keys.
fn unverified_subject(assertion: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        sub: String,
    }
    unverified::<Named>(assertion, 1).map(|named| named.sub)
}

/// A part of an assertion, as it claims to be.
fn unverified<T: DeserializeOwned>(assertion: &str, part: usize) -> Option<T> {
    let part = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(part)?).ok()?;
    serde_json::from_slice(&part).ok()
}

/// Signature by a registered key, the right names, not expired, not for long. Gives what is remembered of it.
fn is_good(
    assertion: &str,
    service: &Service,
    against: &Against<'_>,
    now: Timestamp,
) -> Option<(BearerHash, Timestamp)> {
    let typ = Typ::AbsentOr(&["JWT", "client-authentication+jwt"]);
    let claims: Claims = verify(assertion, typ, against.keys).ok()?.claims().ok()?;
    let id = service.id.to_string();
    let ends = Timestamp::from_seconds(claims.exp);
    let begun = |at: Option<i64>| at.is_none_or(|at| Timestamp::from_seconds(at) <= now + SKEW);
    let right =
        claims.iss == id && claims.sub == id && claims.aud == against.issuer && !claims.jti.is_empty();
    let timely =
        now < ends + SKEW && ends <= now + ASSERTION_LIFE_MAX && begun(claims.nbf) && begun(claims.iat);
    (right && timely).then(|| (BearerHash::of(&format!("{id} {}", claims.jti)), ends + SKEW))
}

/// Assertions which were used, until they expire. Kept per process: one process serves an appliance.
#[derive(Default)]
pub struct Assertions(Mutex<HashMap<BearerHash, Timestamp>>);

impl Assertions {
    /// Uses an assertion. `false`: it was used before, or too many are remembered.
    fn take(&self, id: BearerHash, ends: Timestamp, now: Timestamp) -> bool {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() >= 1024 && used.len().is_power_of_two() || used.len() >= REMEMBERED_MAX {
            used.retain(|_, ends| *ends > now);
        }
        used.len() < REMEMBERED_MAX && used.insert(id, ends).is_none()
    }
}
