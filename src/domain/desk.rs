//! Identification at the desk: a document compared with the person by two clerks, and the code that lets the person make
//! a key afterwards.
//!
//! The first clerk writes down what the document says, a second one compares from a session of their own and confirms.
//! Somebody who has an account is identified anew by that. A key is made with a code: on the spot, which keeps the
//! level of the identification, or with a letter taken home, which counts as `low` (design: assurance). The code opens
//! nothing without the birth date, and it makes one key.
//!
//! Absent on purpose: the number of the document. Its keyed hash says whether the same document made an account before.

use super::assurance::IdentityMethod;
use super::id::{IdentificationId, PersonId, StaffId};
use super::time::{Span, Timestamp};

/// So long a second clerk may take; the person stands there.
pub const WAIT: Span = Span::hours(1);
/// So long after the confirmation a code may be handed out.
pub const HAND_OUT: Span = Span::hours(1);
/// Wrong birth dates after which a code opens nothing any more.
pub const TRIES: i64 = 5;

macro_rules! closed {
    ($($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident => $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$each])* $variant,)* }
        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// The name used in forms, in the store and in the audit.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $text,)* } }
            /// Reads the name.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> { match name { $($text => Some(Self::$variant),)* _ => None } }
        }
    )*};
}

closed! {
    /// What was shown.
    DocumentKind {
        /// German identity card.
        IdentityCard => "identity-card",
        /// Passport of any country.
        Passport => "passport",
        /// German residence permit.
        ResidencePermit => "residence-permit",
        /// Identity card of another country.
        ForeignIdentityCard => "foreign-identity-card",
    }
    /// What a clerk has examined of it.
    Examined {
        /// Picture and person are alike.
        Face => "face",
        /// The security features are there and whole.
        Features => "features",
        /// It is in force and not reported as lost.
        Validity => "validity",
        /// A machine that examines documents finds it genuine.
        Machine => "machine",
    }
    /// Why a second clerk does not confirm, or a code is withdrawn.
    Objection {
        /// The document belongs to somebody else.
        OtherPerson => "other-person",
        /// There is doubt about the document.
        Document => "document",
        /// What was written down is not what the document says.
        Data => "data",
        /// The person does not want it any more.
        Asked => "asked",
        /// The letter was lost.
        Lost => "letter-lost",
    }
    /// How the code comes to the person.
    Handover {
        /// The person makes the key at the desk.
        Spot => "spot",
        /// On a letter.
        Letter => "letter",
    }
}

/// Without these there is no identification; a machine is not to be had everywhere.
pub const NEEDED: [Examined; 3] = [Examined::Face, Examined::Features, Examined::Validity];

impl Handover {
    /// So long the code lives.
    #[must_use]
    pub const fn life(self) -> Span {
        match self {
            Self::Spot => Span::minutes(30),
            Self::Letter => Span::days(14),
        }
    }
    /// What the identification counts as for a key that is made with it.
    #[must_use]
    pub const fn method(self) -> IdentityMethod {
        match self {
            Self::Spot => IdentityMethod::Counter,
            Self::Letter => IdentityMethod::Letter,
        }
    }
}

/// The life of an identification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Waits for a second clerk.
    Open,
    /// A second clerk has compared.
    Confirmed,
    /// A code is with the person.
    Issued(Handover),
    /// A key was made with it.
    Redeemed,
    /// A second clerk did not confirm.
    Refused(Objection),
    /// A code was taken back.
    Withdrawn(Objection),
}

impl Stage {
    /// The name used in the store, and what it carries.
    #[must_use]
    pub const fn name(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Open => ("open", None),
            Self::Confirmed => ("confirmed", None),
            Self::Issued(handover) => ("issued", Some(handover.name())),
            Self::Redeemed => ("redeemed", None),
            Self::Refused(why) => ("refused", Some(why.name())),
            Self::Withdrawn(why) => ("withdrawn", Some(why.name())),
        }
    }
    /// Reads [`Stage::name`].
    #[must_use]
    pub fn parse(name: &str, more: Option<&str>) -> Option<Self> {
        Some(match (name, more) {
            ("open", None) => Self::Open,
            ("confirmed", None) => Self::Confirmed,
            ("issued", Some(more)) => Self::Issued(Handover::parse(more)?),
            ("redeemed", None) => Self::Redeemed,
            ("refused", Some(more)) => Self::Refused(Objection::parse(more)?),
            ("withdrawn", Some(more)) => Self::Withdrawn(Objection::parse(more)?),
            _ => return None,
        })
    }
}

/// One identification, without what the document says: that is sealed.
#[derive(Clone, Debug)]
pub struct Identification {
    /// Its id.
    pub id: IdentificationId,
    /// Whose account it is about; `None` until a new one is made with it.
    pub person: Option<PersonId>,
    /// How far it got.
    pub stage: Stage,
    /// Who wrote it down.
    pub asked_by: StaffId,
    /// When.
    pub asked: Timestamp,
    /// Who confirmed it, or did not.
    pub decided_by: Option<StaffId>,
    /// When.
    pub decided: Option<Timestamp>,
    /// What was shown.
    pub kind: DocumentKind,
    /// Keyed hash of kind, issuing country and number.
    pub document: [u8; 32],
    /// End of the document's last valid day.
    pub document_expires: Timestamp,
    /// What was examined.
    pub examined: Vec<Examined>,
    /// Until when its code opens something, if there is one.
    pub code_expires: Option<Timestamp>,
    /// When it is forgotten, with what the document said.
    pub expires: Timestamp,
}

impl Identification {
    /// Whether a code may be handed out now, for the first time or anew.
    #[must_use]
    pub fn may_hand_out(&self, now: Timestamp) -> bool {
        let confirmed = matches!(self.stage, Stage::Confirmed | Stage::Issued(_));
        confirmed && self.decided.is_some_and(|at| now.since(at) < HAND_OUT)
    }
    /// Whether its code opens something now.
    #[must_use]
    pub fn is_out(&self, now: Timestamp) -> bool {
        matches!(self.stage, Stage::Issued(_)) && self.code_expires.is_some_and(|end| now < end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_read_back() {
        let mut all = vec![Stage::Open, Stage::Confirmed, Stage::Redeemed];
        all.extend(Handover::ALL.iter().copied().map(Stage::Issued));
        all.extend(
            Objection::ALL.iter().copied().flat_map(|why| [Stage::Refused(why), Stage::Withdrawn(why)]),
        );
        for stage in all {
            let (name, more) = stage.name();
            assert_eq!(Stage::parse(name, more), Some(stage));
        }
        assert_eq!(Stage::parse("issued", None), None);
        assert_eq!(Stage::parse("open", Some("spot")), None);
    }

    #[test]
    fn only_what_happens_at_the_desk_counts_for_more_than_low() {
        use crate::domain::assurance::Level;
        assert_eq!(Handover::Spot.method().level(), Level::Substantial);
        assert_eq!(Handover::Letter.method().level(), Level::Low);
    }
}
