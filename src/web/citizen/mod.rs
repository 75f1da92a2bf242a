//! What a resident sees: the ways to prove who one is, the one enrolment, what is handed to a service,
//! and every refusal on the way. One thing per screen, phone first.
//!
//! Each module holds one page: its struct, which carries only what is shown, and its samples. Every
//! address in a page is a field, filled from `crate::paths`.

pub(crate) mod answer;
pub mod card_refused;
pub(crate) mod card_review;
pub mod check;
pub mod consent;
pub mod demo_card;
pub mod done;
pub mod eid;
pub(crate) mod eid_elsewhere;
pub(crate) mod eid_wait;
pub mod enrol;
pub mod enrolment_code;
pub mod error;
pub(crate) mod flow;
pub mod home;
pub mod key;
pub(crate) mod level_too_low;
pub(crate) mod made_up;
pub(crate) mod new_card;
pub mod sign_in;
pub(crate) mod sign_out;
pub(crate) mod signed_out;
pub(crate) mod transfer_code;

use super::page::Chrome;

/// The service on whose behalf somebody is asked, as people see it.
#[derive(Clone)]
pub(crate) struct Asker {
    pub(crate) name: String,
    /// The office behind it.
    pub(crate) office: Option<String>,
    pub(crate) sign: Sign,
}

/// The drawing that stands for a service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sign {
    Car,
    Book,
    TownHall,
}

impl Sign {
    /// From the name in a service's settings; the town hall for all that we have no drawing for.
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "car" => Self::Car,
            "book" => Self::Book,
            _ => Self::TownHall,
        }
    }

    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Car => "th-icon--car",
            Self::Book => "th-icon--book",
            Self::TownHall => "th-icon--hall",
        }
    }
}

/// What a page says when something did not work: in this order, and nothing else.
pub struct Words {
    pub title: &'static str,
    /// What happened.
    pub what: &'static str,
    /// Whether something is lost.
    pub lost: &'static str,
    /// The one next step, as its button says it.
    pub step: &'static str,
}

impl Asker {
    /// The parking office of the samples.
    pub(crate) fn sample(chrome: &Chrome) -> Self {
        Self {
            name: chrome.t("sample.service").to_owned(),
            office: Some(chrome.t("sample.office").to_owned()),
            sign: Sign::named("car"),
        }
    }
}

impl Chrome {
    /// The three steps of enrolment, numbered.
    pub(crate) fn steps(&self) -> [(u8, &'static str); 3] {
        [(1, self.t("steps.identify")), (2, self.t("steps.key")), (3, self.t("steps.end"))]
    }
}
