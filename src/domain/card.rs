//! A card that leads to a person, and the question whose a new card is.
//!
//! The German eID's pseudonym names the card, the account belongs to the person (design: assurance). A person has one
//! card that counts; a newer one takes its place.

use super::counter::Reason;
use super::id::{CardId, PersonId, ReviewId, StaffId};
use super::time::{Span, Timestamp};

/// Whether a card opens anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardState {
    /// The card of its person.
    Current,
    /// A newer card took its place: it may lie anywhere, so it opens nothing.
    Replaced,
    /// Its person took it off. Remembered, so that whoever finds it does not make a second account with it.
    Removed,
}

impl CardState {
    /// The name used in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Replaced => "replaced",
            Self::Removed => "removed",
        }
    }
    /// Reads [`CardState::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Current, Self::Replaced, Self::Removed].into_iter().find(|state| state.name() == name)
    }
}

/// A card as it is kept. There is no number in it: we never read one.
#[derive(Clone, Debug)]
pub struct Card {
    /// Ours; not the pseudonym.
    pub id: CardId,
    /// Whose.
    pub person: PersonId,
    /// Does it open anything?
    pub state: CardState,
    /// First read.
    pub added: Timestamp,
    /// Last read.
    pub last_read: Timestamp,
    /// End of the document's last valid day.
    pub document_expires: Option<Timestamp>,
}

/// By what a new card came to its person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkedBy {
    /// A key of the person, shown in the same sign-in or logged in with before.
    Authenticator,
    /// A transfer code made beforehand.
    TransferCode,
    /// A clerk compared name, birth date and birth place.
    Clerk,
}

impl LinkedBy {
    /// The name used in the audit.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authenticator => "authenticator",
            Self::TransferCode => "transfer-code",
            Self::Clerk => "clerk",
        }
    }
}

/// A review that nobody decides is forgotten after a month, with what was read for it; one that was decided is
/// shown so long.
pub const REVIEW_LIFE: Span = Span::days(30);

/// Why a new card is laid before a clerk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewPath {
    /// A key of the account was shown, but the card does not say quite the same as the account.
    Authenticator,
    /// No key: name, birth date and birth place lead to exactly this account.
    Data,
}

impl ReviewPath {
    /// The name used in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authenticator => "authenticator",
            Self::Data => "data",
        }
    }
    /// Reads [`ReviewPath::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Authenticator, Self::Data].into_iter().find(|path| path.name() == name)
    }
}

/// Why a clerk did not confirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewRefused {
    /// It is somebody else's card.
    OtherPerson,
    /// The data do not decide it; the person must come.
    Unclear,
}

impl ReviewRefused {
    /// The name used in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OtherPerson => "other-person",
            Self::Unclear => "unclear",
        }
    }
    /// Reads [`ReviewRefused::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::OtherPerson, Self::Unclear].into_iter().find(|why| why.name() == name)
    }
}

/// The life of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewStage {
    /// Waits for a clerk; what the card said is kept, sealed.
    Open,
    /// The card was linked.
    Confirmed {
        /// Who decided.
        by: StaffId,
        /// When.
        at: Timestamp,
    },
    /// It was not.
    Refused {
        /// Who decided.
        by: StaffId,
        /// When.
        at: Timestamp,
        /// Why.
        why: ReviewRefused,
    },
    /// It was linked, and that was a mistake.
    Undone {
        /// Who took it back.
        by: StaffId,
        /// When.
        at: Timestamp,
        /// Why.
        why: Reason,
    },
}

/// The question whose a new card is.
#[derive(Clone, Debug)]
pub struct Review {
    /// Its id.
    pub id: ReviewId,
    /// To whose account the card would be linked.
    pub person: PersonId,
    /// Keyed hash of the card's pseudonym.
    pub pseudonym: [u8; 32],
    /// Why a clerk is needed.
    pub path: ReviewPath,
    /// How far it got.
    pub stage: ReviewStage,
    /// End of the document's last valid day.
    pub document_expires: Option<Timestamp>,
    /// When it was asked.
    pub asked: Timestamp,
    /// When it is forgotten.
    pub expires: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for state in [CardState::Current, CardState::Replaced, CardState::Removed] {
            assert_eq!(CardState::parse(state.name()), Some(state));
        }
        for path in [ReviewPath::Authenticator, ReviewPath::Data] {
            assert_eq!(ReviewPath::parse(path.name()), Some(path));
        }
        for why in [ReviewRefused::OtherPerson, ReviewRefused::Unclear] {
            assert_eq!(ReviewRefused::parse(why.name()), Some(why));
        }
        assert_eq!(CardState::parse("lost"), None);
    }
}
