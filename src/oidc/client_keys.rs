//! The public keys of services for `private_key_jwt`: registered as text, or fetched from the address which the
//! service registered (`jwks_uri`, RFC 7591 §2) and kept for a while.
//!
//! An unknown key makes us look again, so that a service may change its keys, but never more than once a minute:
//! who calls the token endpoint can not make us hammer somebody else's server. Kept per process; every process may
//! fetch for itself.

use crate::domain::id::ServiceId;
use crate::domain::service::Service;
use crate::domain::time::{Span, Timestamp};
use crate::http::courier::{Courier, PATIENCE};
use crate::jose::{Algorithm, JwkSet, VerifyingKey};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::ACCEPT;
use hyper::{Request, StatusCode};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// How long fetched keys are used without looking again.
const FRESH: Span = Span::minutes(10);
/// How long they stay in use while their address does not answer.
const KEPT: Span = Span::hours(24);
/// The least time between two looks at one address.
const PAUSE: Span = Span::minutes(1);
/// A longer answer is no key set.
const ANSWER_MAX: usize = 64 * 1024;

/// Keys ready to verify with.
pub type Keys = Arc<Vec<VerifyingKey>>;

/// What is known of services' addresses.
#[derive(Default)]
pub struct ClientKeys {
    courier: OnceLock<Courier>,
    slots: Mutex<HashMap<ServiceId, Arc<Slot>>>,
}

#[derive(Default)]
struct Slot {
    known: Mutex<Known>,
    /// Held by the one who fetches; the others wait for what comes.
    flight: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    address: String,
    tried: Option<Timestamp>,
    /// The last good answer and when it came.
    good: Option<(Keys, Timestamp)>,
}

/// Why no key set was got. No text of the answer is in it.
#[derive(Debug, thiserror::Error)]
enum NoKeys {
    #[error("nobody was hired to fetch it")]
    NoCourier,
    #[error("took too long")]
    Late,
    #[error("not reached: {0}")]
    Unreachable(String),
    #[error("answered with status {0}")]
    Status(u16),
    #[error("broke off, or sent more than {ANSWER_MAX} bytes")]
    Body,
    #[error("sent no acceptable JWK Set")]
    NotKeys,
}

impl ClientKeys {
    /// Who fetches; set once, when the server starts.
    pub fn hire(&self, courier: Courier) {
        // A second one would be the same.
        drop(self.courier.set(courier));
    }

    /// The keys of a service as of `now`; `kid` is the one that is looked for. `None`: it has none, or none can be
    /// had at present.
    pub async fn of(&self, service: &Service, kid: Option<&str>, now: Timestamp) -> Option<Keys> {
        let registration = &service.registration;
        if let Some(text) = &registration.jwks {
            return JwkSet::from_stranger(text.as_bytes()).ok().map(|set| ready(&set));
        }
        let address = registration.jwks_uri.as_ref()?;
        let slot = self.slot(service.id);
        if !slot.known(address).serves(kid, now) {
            let _flight = slot.flight.lock().await;
            // Whoever flew before us may have brought what we want.
            let fetch = slot.known(address).begins(kid, now);
            if fetch {
                match self.fetch(address).await {
                    Ok(keys) => slot.known(address).good = Some((keys, now)),
                    Err(why) => {
                        tracing::warn!(service = %service.id, %why, "A service's keys could not be fetched");
                    }
                }
            }
        }
        slot.known(address).usable(now)
    }

    fn slot(&self, service: ServiceId) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(service).or_default())
    }

    async fn fetch(&self, address: &str) -> Result<Keys, NoKeys> {
        let courier = self.courier.get().ok_or(NoKeys::NoCourier)?;
        tokio::time::timeout(PATIENCE, get(address, courier)).await.map_err(|_late| NoKeys::Late)?
    }
}

impl Slot {
    /// What is known of this address; a new address knows nothing yet.
    fn known(&self, address: &str) -> MutexGuard<'_, Known> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.address != address {
            *known = Known { address: address.to_owned(), ..Known::default() };
        }
        known
    }
}

impl Known {
    /// Whether there is nothing to look for.
    fn serves(&self, kid: Option<&str>, now: Timestamp) -> bool {
        self.good.as_ref().is_some_and(|(keys, at)| {
            let has = |kid: &str| keys.iter().any(|key| key.kid() == kid);
            is_within(FRESH, *at, now) && kid.is_none_or(has)
        })
    }

    /// Whether to fetch; then that counts as tried, whatever comes of it.
    fn begins(&mut self, kid: Option<&str>, now: Timestamp) -> bool {
        let fetch = !self.serves(kid, now) && self.tried.is_none_or(|at| !is_within(PAUSE, at, now));
        if fetch {
            self.tried = Some(now);
        }
        fetch
    }

    fn usable(&self, now: Timestamp) -> Option<Keys> {
        self.good.as_ref().filter(|(_, at)| is_within(KEPT, *at, now)).map(|(keys, _)| Arc::clone(keys))
    }
}

/// Less than `span` ago. Not in the future: a clock that was set back must not keep anything alive.
fn is_within(span: Span, at: Timestamp, now: Timestamp) -> bool {
    (Span(0)..span).contains(&now.since(at))
}

fn ready(set: &JwkSet) -> Keys {
    Arc::new(set.verifying_keys(&Algorithm::ALL))
}

async fn get(address: &str, courier: &Courier) -> Result<Keys, NoKeys> {
    let unreachable = |why: &dyn std::error::Error| NoKeys::Unreachable(why.to_string());
    let request = Request::get(address)
        .header(ACCEPT, "application/jwk-set+json, application/json")
        .body(Full::<Bytes>::default())
        .map_err(|why| unreachable(&why))?;
    let answer = courier.ask(request).await.map_err(|why| unreachable(&why))?;
    if answer.status() != StatusCode::OK {
        return Err(NoKeys::Status(answer.status().as_u16()));
    }
    let body = Limited::new(answer.into_body(), ANSWER_MAX).collect().await;
    let body = body.map_err(|_why| NoKeys::Body)?.to_bytes();
    JwkSet::from_stranger(&body).map(|set| ready(&set)).map_err(|_why| NoKeys::NotKeys)
}
