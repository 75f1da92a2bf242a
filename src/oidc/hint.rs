//! `id_token_hint`: an ID token of ours which a service shows us again (OpenID Connect Core §3.1.2.1,
//! RP-Initiated Logout §2). It may have expired; everything else must be right.

use super::keys::Ring;
use crate::domain::id::ServiceId;
use crate::jose::{Typ, verify};
use serde::Deserialize;

/// What a good hint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The service for which it was made.
    pub service: ServiceId,
    /// Whom it names.
    pub sub: String,
    /// Out of which session.
    pub sid: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    sid: Option<String>,
}

/// The media type of our ID tokens: no other token of ours passes for one.
pub const ID_TOKEN: &str = "JWT";

/// Reads a hint; `None`: not an ID token of ours.
#[must_use]
pub fn read(token: &str, ring: &Ring, issuer: &str) -> Option<Hint> {
    let verified = verify(token, Typ::Exactly(ID_TOKEN), ring.verifying()).ok()?;
    let claims: Claims = verified.claims().ok()?;
    let service = ServiceId::parse(&claims.aud).ok()?;
    (claims.iss == issuer).then_some(Hint { service, sub: claims.sub, sid: claims.sid })
}
