//! The clerk's pages: help for somebody who stands at the counter.
//!
//! A person is found by full name and birth date only, and stays open to the clerk who found them for a quarter of an
//! hour. A document is written down by one clerk and confirmed by another. Everything is in the audit and in the person's
//! own history.
//!
//! Absent on purpose: lists of people, searching by parts of a name, any data beyond what the clerk compares with the
//! document.

pub(crate) mod document;
pub(crate) mod find;
pub(crate) mod identification;
pub mod identification_acts;
pub(crate) mod identifications;
pub(crate) mod identify;
pub(crate) mod letter;
pub(crate) mod person;

use super::frame::Frame;
use super::operator::Tab;
use super::page::Chrome;
use crate::domain::sign_in::Door;
use crate::http::Trouble;
use crate::web::operator::entry::{self, Entered, Member};
use crate::web::visit::Visit;
use crate::{paths, store};
use actix_web::HttpResponse;

/// A clerk, or the answer that sends somebody to the door; other staff are told that this is not theirs.
async fn clerk(visit: &Visit) -> Result<Result<Member, HttpResponse>, Trouble> {
    Ok(match entry::enter(visit, Door::Counter).await? {
        Entered::Member(member) => Ok(member),
        Entered::Away(answer) => Err(answer),
    })
}

/// The frame of a page at the counter: the bar says how many new cards wait.
pub(crate) fn frame(visit: &Visit) -> Result<Frame, Trouble> {
    let waiting = visit.app.store.read(|db| store::card_review::waiting(visit.app.now(), db))?;
    let mut frame = entry::frame(visit);
    frame.chrome.new_cards = u64::try_from(waiting).unwrap_or(0);
    Ok(frame)
}

/// The entries of the clerk's bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Find,
    Identify,
    Cards,
}

pub(crate) fn tabs(here: Place, chrome: &Chrome) -> Vec<Tab> {
    [
        (Place::Find, chrome.t("counter.nav"), paths::COUNTER),
        (Place::Identify, chrome.t("desk.nav"), paths::COUNTER_IDENTIFICATIONS),
        (Place::Cards, chrome.t("operator.nav.reviews"), paths::COUNTER_CARD_REVIEWS),
    ]
    .into_iter()
    .map(|(place, words, address)| {
        let waiting = if place == Place::Cards { chrome.new_cards } else { 0 };
        Tab { words, address, current: place == here, waiting }
    })
    .collect()
}
