//! One online authentication with a card, as it rests between two messages. What it holds is sealed.

use super::id::{CheckId, EidSessionId};
use super::secret::BearerHash;
use super::time::Timestamp;

/// For whom a card is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EidOwner {
    /// For a check of this house.
    Check(CheckId),
    /// For a customer of the eID service that this house runs for others (TR-03130-1: an eService), by name.
    Customer(String),
}

/// How far it got, as a page may show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EidProgress {
    /// The holder's program has not come.
    Waiting,
    /// The holder is asked for consent and PIN.
    Asking,
    /// Card and server prove to each other who they are.
    Proving,
    /// The card is read.
    Reading,
    /// Over, well or not.
    Ended,
}

impl EidProgress {
    /// The name used in the store and by the script of the page.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Asking => "asking",
            Self::Proving => "proving",
            Self::Reading => "reading",
            Self::Ended => "ended",
        }
    }
    /// Reads [`EidProgress::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Waiting, Self::Asking, Self::Proving, Self::Reading, Self::Ended]
            .into_iter()
            .find(|progress| progress.name() == name)
    }
}

/// A session.
#[derive(Clone, Debug)]
pub struct EidSession {
    /// Its id.
    pub id: EidSessionId,
    /// Its `SessionIdentifier`, which the TC token carries.
    pub identifier: BearerHash,
    /// The message that waits for its answer.
    pub message: Option<BearerHash>,
    /// The one-time value of the address which the browser comes back to.
    pub once: BearerHash,
    /// For whom.
    pub owner: EidOwner,
    /// How far it got.
    pub progress: EidProgress,
    /// Counts the messages; guards every change.
    pub version: i64,
    /// Its contents, sealed.
    pub sealed: Vec<u8>,
    /// When it dies.
    pub expires: Timestamp,
}

/// What belongs to a session of a customer besides.
#[derive(Clone, Debug)]
pub struct CustomerSession {
    /// Which session.
    pub session: EidSessionId,
    /// Its `Session/ID`, by which the customer asks for the result.
    pub result: BearerHash,
    /// Its contents, sealed.
    pub sealed: Vec<u8>,
}
