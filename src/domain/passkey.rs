//! A passkey as the house keeps it: what the policy needs and what the resident recognises.

use super::assurance::{AuthenticatorFacts, Level, Proven};
use super::id::{PasskeyId, PersonId, StaffId};
use super::time::Timestamp;

/// Whose key it is, or who is logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// A resident's.
    Person(PersonId),
    /// A member of staff's.
    Staff(StaffId),
}

/// Whether a key opens anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyState {
    /// As usual.
    Active,
    /// It was counted as bound to one device and then turned up in a backup.
    Suspended,
    /// Blocked by its holder or the office.
    Blocked,
}

impl PasskeyState {
    /// The name used in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Blocked => "blocked",
        }
    }
    /// Reads [`PasskeyState::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Active, Self::Suspended, Self::Blocked].into_iter().find(|state| state.name() == name)
    }
}

/// A WebAuthn credential and what was learnt at its registration.
#[derive(Clone, Debug)]
pub struct Passkey {
    /// Our id.
    pub id: PasskeyId,
    /// Whose.
    pub holder: Holder,
    /// WebAuthn credential id, at most 1023 bytes.
    pub credential_id: Vec<u8>,
    /// The credential in the form of the room `passkey`; opaque here.
    pub credential: Vec<u8>,
    /// What its holder calls it.
    pub name: String,
    /// Model of the authenticator, if it said so.
    pub aaguid: Option<[u8; 16]>,
    /// Transports, as the browser named them, joined by spaces.
    pub transports: String,
    /// May be copied to other devices; fixed at registration.
    pub backup_eligible: bool,
    /// Is copied at present.
    pub backup_state: bool,
    /// The person was verified at registration.
    pub user_verified: bool,
    /// What its attestation proved.
    pub attestation: Proven,
    /// Level of the session in which it was registered.
    pub registered_level: Level,
    /// May it be used?
    pub state: PasskeyState,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last used.
    pub last_used: Option<Timestamp>,
}

impl Passkey {
    /// What the policy wants to know.
    #[must_use]
    pub const fn facts(&self) -> AuthenticatorFacts {
        AuthenticatorFacts::Passkey {
            user_verified: self.user_verified,
            backup_eligible: self.backup_eligible,
            attestation: self.attestation,
            confirmed_by_device_key: false,
            registered: self.registered_level,
        }
    }
}
