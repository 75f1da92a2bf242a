//! A token with which a town's scripts do what owners do on their pages.
//!
//! It acts for one organisation, in the name of the owner who made it, within its scopes and for a limited time. It ends
//! with its maker's access.

use super::id::{ApiTokenId, OrganisationId, StaffId};
use super::secret::{Bearer, BearerHash};
use super::time::Timestamp;
use std::collections::BTreeSet;

/// By these letters scanners for leaked secrets know one.
pub const PREFIX: &str = "tht_";
/// Tokens of an organisation at most.
pub const TOKENS_MAX: i64 = 50;
/// For how many days one may be made.
pub const LIVES: [i64; 3] = [30, 90, 365];

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// See services and their changes.
    ServicesRead,
    /// Make, change, pause and remove them.
    ServicesWrite,
    /// Give them new secrets.
    SecretsWrite,
    /// See how much they are used.
    UseRead,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 4] = [Self::ServicesRead, Self::ServicesWrite, Self::SecretsWrite, Self::UseRead];

    /// The name in forms, in the store and on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ServicesRead => "services:read",
            Self::ServicesWrite => "services:write",
            Self::SecretsWrite => "secrets:write",
            Self::UseRead => "use:read",
        }
    }
    /// Reads [`Scope::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// A token as it is kept: without what it is shown as.
#[derive(Clone, Debug)]
pub struct ApiToken {
    /// Its id, which opens nothing.
    pub id: ApiTokenId,
    /// For whose services.
    pub organisation: OrganisationId,
    /// What it is for, in its maker's words.
    pub name: String,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// Who made it, and in whose name it acts.
    pub made_by: StaffId,
    /// Since when.
    pub created: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// When it was last used, to the hour.
    pub last_used: Option<Timestamp>,
}

/// The text that is handed out, and what is kept of it.
#[must_use]
pub fn shown(bearer: &Bearer) -> (String, BearerHash) {
    let text = format!("{PREFIX}{}", bearer.expose());
    let hash = BearerHash::of(&text);
    (text, hash)
}
