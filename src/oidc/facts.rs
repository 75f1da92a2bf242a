//! What this room remembers in the store's opaque texts: of a request until its answer, of an answer as long as
//! its tokens live.

use super::claims::Wanted;
use super::request::{Challenge, ResponseMode};
use crate::domain::assurance::Level;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Of a request, in its sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// How the answer travels.
    #[serde(default)]
    pub mode: ResponseMode,
    /// Given back as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Granted scopes, joined by blanks.
    pub scope: String,
    /// Repeated in the ID token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// PKCE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Challenge>,
    /// For the UserInfo answer.
    #[serde(default)]
    pub userinfo: Wanted,
    /// For the ID token.
    #[serde(default)]
    pub id_token: Wanted,
    /// Levels of which one is essential.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub acr: BTreeSet<Level>,
    /// The subject which alone will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

/// How the person proved themself, as far as `amr` tells (RFC 8176).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// A passkey which stays in one device.
    DeviceKey,
    /// A passkey which may be copied.
    SyncedKey,
    /// The eID itself.
    LiveEid,
}

impl Method {
    /// The values of `amr`.
    #[must_use]
    pub const fn amr(self) -> &'static [&'static str] {
        match self {
            Self::DeviceKey => &["hwk", "user", "mfa"],
            Self::SyncedKey => &["swk", "user", "mfa"],
            Self::LiveEid => &["sc", "pin", "mfa"],
        }
    }
}

/// Of an answer, in its grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The subject identifier.
    pub sub: String,
    /// The session's name at this service.
    pub sid: String,
    /// Granted scopes, joined by blanks.
    pub scope: String,
    /// The return address to which the code went.
    pub back: String,
    /// PKCE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Challenge>,
    /// Repeated in the first ID token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// When the person proved themself, in seconds since 1970.
    pub auth_time: i64,
    /// The level of the login.
    pub level: Level,
    /// The level told as `acr`: one of those which were essential, or the level of the login.
    pub acr: Level,
    /// How.
    pub method: Method,
    /// What the UserInfo answer holds; only what was released.
    #[serde(default)]
    pub userinfo: Wanted,
    /// What the ID token holds; only what was released.
    #[serde(default)]
    pub id_token: Wanted,
    /// Outlives its session.
    #[serde(default)]
    pub offline: bool,
}

impl Facts {
    /// Reads what [`super::answer`] wrote.
    pub fn of(grant: &crate::store::grant::Grant) -> Result<Self, super::Fault> {
        serde_json::from_str(&grant.facts).map_err(|_broken| super::Fault::Corrupt("service_grant.facts"))
    }
}

/// Whether a list joined by blanks has this word.
#[must_use]
pub fn has_word(list: &str, word: &str) -> bool {
    list.split(' ').any(|known| known == word)
}
