//! By which name a service knows a person (OpenID Connect Core §8), and a session.
//!
//! Made by keyed hash from the person's source number, which never leaves the house: without the key nobody
//! can tell which two names are one person's. Never from names or card numbers.

use crate::domain::id::SessionId;
use crate::domain::registration::SubjectType;
use crate::domain::service::Service;
use crate::http::appliance::Secrets;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The subject identifier (`sub`): 43 letters.
#[must_use]
pub fn of(source: &[u8], service: &Service, secrets: &Secrets) -> String {
    let hash = match service.registration.subject_type {
        SubjectType::Pairwise => {
            secrets.pseudonym.hash("pairwise", &prefixed(service.sector().as_bytes(), source))
        }
        SubjectType::Public => secrets.pseudonym.hash("public", source),
    };
    URL_SAFE_NO_PAD.encode(hash)
}

/// The session's name at one service (`sid`): another one at each, as one for all would tell services of
/// different sectors that they serve the same person.
#[must_use]
pub fn sid(session: SessionId, service: &Service, secrets: &Secrets) -> String {
    let value = prefixed(service.id.bytes(), session.bytes());
    URL_SAFE_NO_PAD.encode(&secrets.pseudonym.hash("sid", &value)[..16])
}

/// First part behind its length, so that no two pairs share their bytes.
fn prefixed(first: &[u8], second: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(8 + first.len() + second.len());
    out.extend((first.len() as u64).to_be_bytes());
    out.extend(first);
    out.extend(second);
    out
}
