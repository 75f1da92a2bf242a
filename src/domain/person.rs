//! A person: a resident whose identity was checked.

use super::id::{PersonId, TrialId};
use super::time::Timestamp;

/// Whether a person may use the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonState {
    /// As usual.
    Active,
    /// Blocked by the office: nothing opens, nothing is lost.
    Blocked,
}

impl PersonState {
    /// The name used in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Blocked => "blocked",
        }
    }
    /// Reads [`PersonState::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Active, Self::Blocked].into_iter().find(|state| state.name() == name)
    }
}

/// A person without any personal data: those are sealed apart.
#[derive(Clone, Debug)]
pub struct Person {
    /// Inner id; never told to a service.
    pub id: PersonId,
    /// WebAuthn user handle: random, told to the person's authenticators only.
    pub user_handle: [u8; 16],
    /// May they enter?
    pub state: PersonState,
    /// Made with a demo card; a production data directory refuses such accounts.
    pub demo: bool,
    /// Made up for a trial.
    pub trial: Option<TrialId>,
    /// When the account was made.
    pub created: Timestamp,
}
