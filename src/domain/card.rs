//! A card that leads to a person, and the question whose a new card is.
//!
//! The German eID's pseudonym names the card, the account belongs to the person (design: assurance). A person has one
//! card that counts; a newer one takes its place.

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
    /// How it came to its person. `None`: with it the account was made, or an earlier version linked it.
    pub linked: Option<Linked>,
}

/// How a card came to its person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Linked {
    /// By what.
    pub by: LinkedBy,
    /// When.
    pub at: Timestamp,
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
    /// The name used in the audit and in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authenticator => "authenticator",
            Self::TransferCode => "transfer-code",
            Self::Clerk => "clerk",
        }
    }
    /// Reads [`LinkedBy::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Authenticator, Self::TransferCode, Self::Clerk].into_iter().find(|by| by.name() == name)
    }
}

/// A review that nobody decides is forgotten after a month, with what was read for it; one that was decided is
/// shown so long, and so long a link can be undone.
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

/// Why a link is undone. Closed list: free words could name people, and the audit keeps them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndoReason {
    /// It is somebody else's card.
    OtherPerson,
    /// It was confirmed by mistake.
    Mistake,
    /// Somebody passed for the person.
    Misused,
}

impl UndoReason {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::OtherPerson, Self::Mistake, Self::Misused];

    /// The name used in forms, in the store and in the audit.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OtherPerson => "other-person",
            Self::Mistake => "mistake",
            Self::Misused => "misused",
        }
    }
    /// Reads [`UndoReason::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.name() == name)
    }
}

/// What a confirmation changed: what there is to undo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The card that was linked.
    pub card: CardId,
    /// The state it had: the person had replaced it or taken it off before. `None`: it led to nobody.
    pub before: Option<CardState>,
    /// The card whose place it took.
    pub replaced: Option<CardId>,
}

/// How the card of a confirmed review stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As the clerk linked it: that can be undone.
    Linked,
    /// Another card took its place.
    Replaced,
    /// The account's holder took it off.
    Removed,
    /// Linked once more in another way, or gone.
    Otherwise,
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
        /// What that changed.
        link: Link,
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
        /// Who undid it.
        by: StaffId,
        /// When.
        at: Timestamp,
        /// Why.
        why: UndoReason,
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

impl Review {
    /// How the card stands that was linked; `cards`: all of the person's. `None`: none was.
    #[must_use]
    pub fn standing(&self, cards: &[Card]) -> Option<Standing> {
        let ReviewStage::Confirmed { at, link, .. } = self.stage else { return None };
        let card = cards.iter().find(|card| card.id == link.card);
        Some(match card.map(|card| (card.state, card.linked)) {
            Some((CardState::Current, Some(Linked { by: LinkedBy::Clerk, at: linked }))) if linked == at => {
                Standing::Linked
            }
            Some((CardState::Replaced, _)) => Standing::Replaced,
            Some((CardState::Removed, _)) => Standing::Removed,
            Some((CardState::Current, _)) | None => Standing::Otherwise,
        })
    }
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
        for by in [LinkedBy::Authenticator, LinkedBy::TransferCode, LinkedBy::Clerk] {
            assert_eq!(LinkedBy::parse(by.name()), Some(by));
        }
        for why in UndoReason::ALL {
            assert_eq!(UndoReason::parse(why.name()), Some(why));
        }
        assert_eq!(CardState::parse("lost"), None);
    }

    #[test]
    fn a_link_stands_while_the_card_is_as_the_clerk_linked_it() {
        let (at, id) = (Timestamp(7), CardId::from_bytes([1; 16]));
        let person = PersonId::from_bytes([2; 16]);
        let link = Link { card: id, before: None, replaced: None };
        let review = Review {
            id: ReviewId::from_bytes([3; 16]),
            person,
            pseudonym: [0; 32],
            path: ReviewPath::Data,
            stage: ReviewStage::Confirmed { by: StaffId::from_bytes([4; 16]), at, link },
            document_expires: None,
            asked: Timestamp(1),
            expires: Timestamp(99),
        };
        let card = |state, linked| Card {
            id,
            person,
            state,
            added: Timestamp(1),
            last_read: Timestamp(1),
            document_expires: None,
            linked,
        };
        let linked = |by, at| Some(Linked { by, at: Timestamp(at) });
        for (state, how, expected) in [
            (CardState::Current, linked(LinkedBy::Clerk, 7), Standing::Linked),
            (CardState::Current, linked(LinkedBy::Clerk, 8), Standing::Otherwise),
            (CardState::Current, linked(LinkedBy::Authenticator, 7), Standing::Otherwise),
            (CardState::Current, None, Standing::Otherwise),
            (CardState::Replaced, linked(LinkedBy::Clerk, 7), Standing::Replaced),
            (CardState::Removed, linked(LinkedBy::Clerk, 7), Standing::Removed),
        ] {
            assert_eq!(review.standing(&[card(state, how)]), Some(expected));
        }
        assert_eq!(review.standing(&[]), Some(Standing::Otherwise));
        let open = Review { stage: ReviewStage::Open, ..review };
        assert_eq!(open.standing(&[]), None);
    }
}
