//! The operator's pages: is the house well, which services, which people (no personal data), what happened.
//!
//! Each module holds one page: its struct, which carries only what is shown, and the function that makes
//! it of nouns and figures; then its handlers, each of which begins at `entry`.
//!
//! Absent on purpose: names, addresses and birth dates of people (but where a clerk must compare two identities, see
//! `card_review`); changing services (their owners do, and the command line those of
//! the house); verifying the whole audit for a page (`torhaus audit verify` does).

pub(crate) mod audit;
pub(crate) mod card_desk;
pub(crate) mod card_review;
pub(crate) mod card_review_words;
pub(crate) mod card_reviews;
pub mod decision;
pub mod eid_service;
pub(crate) mod eid_service_page;
pub(crate) mod entry;
pub(crate) mod figures;
pub(crate) mod filter;
pub(crate) mod invite;
pub(crate) mod invite_gone;
pub mod organisation;
pub mod organisations;
pub mod overview;
pub(crate) mod people;
pub(crate) mod person;
pub(crate) mod service;
pub(crate) mod services;
pub(crate) mod sign_in;
pub(crate) mod tasks;

use super::page::Chrome;
use crate::paths;

/// One entry of the bar on top; `templates/operator/nav.html` shows them.
pub(crate) struct Tab {
    pub(crate) words: &'static str,
    pub(crate) address: &'static str,
    pub(crate) current: bool,
    /// How much waits there; 0 is not said.
    pub(crate) waiting: u64,
}

/// The operator's bar with the page of this address marked.
pub(crate) fn tabs(here: &str, chrome: &Chrome) -> Vec<Tab> {
    [
        (chrome.t("operator.nav.overview"), paths::OPERATOR),
        (chrome.t("operator.nav.services"), paths::OPERATOR_SERVICES),
        (chrome.t("operator.nav.organisations"), paths::OPERATOR_ORGANISATIONS),
        (chrome.t("operator.nav.people"), paths::OPERATOR_PEOPLE),
        (chrome.t("operator.nav.clerks"), paths::OPERATOR_CLERKS),
        (chrome.t("operator.nav.reviews"), paths::OPERATOR_CARD_REVIEWS),
        (chrome.t("operator.nav.audit"), paths::OPERATOR_AUDIT),
    ]
    .into_iter()
    .map(|(words, address)| Tab { words, address, current: address == here, waiting: 0 })
    .collect()
}

/// The member of staff of the samples.
pub(crate) const SAMPLE_STAFF: &str = "Jana Petersen";
