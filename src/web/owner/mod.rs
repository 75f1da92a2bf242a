//! The service owner's pages: their services, what is registered, how much they are used.
//!
//! Owners register services of their organisation, which wait for an operator; viewers look at them. Services of the
//! house itself are registered by command, and operators see all.
//!
//! Absent on purpose: counting people (uses are counted, and nobody is told apart).

mod entry;
mod form;
pub(crate) mod form_page;
pub(crate) mod new_service;
mod recipe_book;
pub(crate) mod recipes;
pub(crate) mod registered;
pub(crate) mod secret;
pub(crate) mod service;
pub(crate) mod services;
pub(crate) mod settings;
pub(crate) mod trial;
pub(crate) mod trial_acts;
mod trial_sample;
mod trial_words;

use super::operator::Tab;
use super::page::Chrome;
use crate::domain::audit::Event;
use crate::domain::id::ServiceId;
use crate::domain::time::{Span, Timestamp};
use crate::paths;
use crate::store::{self, Fault, Read};
use std::collections::BTreeMap;

/// What a service was used for in the last thirty days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    pub answered: u64,
    /// People who declined to tell it something.
    pub declined: u64,
    pub last: Option<Timestamp>,
}

/// Uses of all services in the last thirty days, by the audit; a service that was not used is missing.
fn uses(now: Timestamp, db: &Read) -> Result<BTreeMap<ServiceId, Uses>, Fault> {
    let from = store::audit::first_since(now - Span::days(30), db)?;
    let mut all: BTreeMap<ServiceId, Uses> = BTreeMap::new();
    for tally in store::audit::tally_by_service(from, db)? {
        let count = u64::try_from(tally.count).unwrap_or(0);
        let uses = all.entry(tally.service).or_default();
        match Event::parse(&tally.event) {
            Some(Event::ServiceAnswered) => (uses.answered, uses.last) = (count, Some(tally.last)),
            Some(Event::ServiceDeclined) => uses.declined = count,
            _ => {}
        }
    }
    Ok(all)
}

/// The owner's bar; operators find their way back to the house.
pub(crate) fn tabs(operator: bool, chrome: &Chrome) -> Vec<Tab> {
    let services = Tab { words: chrome.t("owner.nav.services"), address: paths::SERVICES, current: true };
    let house = operator.then(|| Tab {
        words: chrome.t("owner.nav.house"),
        address: paths::OPERATOR,
        current: false,
    });
    [Some(services), house].into_iter().flatten().collect()
}
