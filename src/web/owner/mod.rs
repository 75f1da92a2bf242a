//! The service owner's pages: their services, what is registered, how much they are used.
//!
//! Read-only for now: services are registered and changed by command, until owners can do it here.
//!
//! Absent on purpose: counting people (uses are counted, and nobody is told apart), reading the store.

pub(crate) mod service;
pub(crate) mod services;

use super::operator::Tab;
use super::page::Chrome;
use crate::paths;

/// What a service was used for in the last thirty days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    pub answered: u64,
    /// People who declined to tell it something.
    pub declined: u64,
    pub last: Option<crate::domain::time::Timestamp>,
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
