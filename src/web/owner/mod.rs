//! The service owner's pages: their services, what is registered, how much they are used.
//!
//! Owners register services of their organisation, which wait for an operator; viewers look at them. Services of the
//! house itself are registered by command, and operators see all.
//!
//! Absent on purpose: counting people (uses are counted, and nobody is told apart).

pub(crate) mod affairs;
pub(crate) mod changes;
mod entry;
pub(crate) mod form;
pub(crate) mod form_page;
pub(crate) mod new_service;
mod recipe_book;
pub(crate) mod recipes;
pub(crate) mod registered;
pub(crate) mod secret;
pub(crate) mod service;
pub(crate) mod services;
pub(crate) mod settings;
pub(crate) mod team;
pub(crate) mod technical;
pub(crate) mod technical_form;
pub(crate) mod tokens;
pub(crate) mod trial;
pub(crate) mod trial_acts;
mod trial_sample;
mod trial_words;
pub(crate) mod usage;
mod usage_figures;
pub(crate) mod webhook;
pub(crate) mod webhooks;

use super::operator::Tab;
use super::page::Chrome;
use crate::domain::id::{OrganisationId, ServiceId};
use crate::domain::service::Service;
use crate::domain::service_use::{Outcome, hour};
use crate::domain::staff::Role;
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

/// Uses of services in the last thirty days, of an organisation's or of all; a service that was not used is missing.
fn uses(of: Option<OrganisationId>, now: Timestamp, db: &Read) -> Result<BTreeMap<ServiceId, Uses>, Fault> {
    let mut all: BTreeMap<ServiceId, Uses> = BTreeMap::new();
    for tally in store::service_use::tallies(of, hour(now - Span::days(30)), db)? {
        let uses = all.entry(tally.service).or_default();
        if tally.outcome.is_login() {
            uses.answered += tally.uses;
            uses.last = uses.last.max(Some(tally.last));
        } else if tally.outcome == Outcome::Declined {
            uses.declined += tally.uses;
        }
    }
    Ok(all)
}

/// The bar of somebody's pages with the page of this address marked; operators find their way back to the house.
pub(crate) fn tabs_at(here: &str, role: Role, chrome: &Chrome) -> Vec<Tab> {
    bar(here, matches!(role, Role::Owner(_)), role == Role::Operator, chrome)
}

/// The bar with the services marked.
pub(crate) fn tabs(role: Role, chrome: &Chrome) -> Vec<Tab> {
    tabs_at(paths::SERVICES, role, chrome)
}

/// The bar of pages that only owners see.
pub(crate) fn owner_tabs(chrome: &Chrome) -> Vec<Tab> {
    bar(paths::SERVICES, true, false, chrome)
}

fn bar(here: &str, team: bool, house: bool, chrome: &Chrome) -> Vec<Tab> {
    let tab = |words, address| Tab { words, address, current: address == here, waiting: 0 };
    let webhooks = team.then(|| tab(chrome.t("owner.nav.webhooks"), paths::SERVICES_WEBHOOKS));
    let tokens = team.then(|| tab(chrome.t("owner.nav.tokens"), paths::SERVICES_TOKENS));
    let team = team.then(|| tab(chrome.t("owner.nav.team"), paths::SERVICES_TEAM));
    let house = house.then(|| tab(chrome.t("owner.nav.house"), paths::OPERATOR));
    let services = tab(chrome.t("owner.nav.services"), paths::SERVICES);
    [Some(services), team, webhooks, tokens, house].into_iter().flatten().collect()
}

/// A page of one service.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Overview,
    Use,
    Trial,
    Recipes,
    Settings,
    Technical,
    Changes,
    Affairs,
}

/// A link to a page of a service; `templates/owner/service_head.html` shows them.
pub(crate) struct SectionLink {
    pub(crate) words: &'static str,
    pub(crate) address: String,
    pub(crate) current: bool,
}

/// The pages of a service that somebody may open.
pub(crate) fn sections(service: &Service, role: Role, here: Section, chrome: &Chrome) -> Vec<SectionLink> {
    let (changes, logs_in) = (role.may_change(service), service::logs_in(service));
    // The house's own are changed by command.
    let owns = changes && role.organisation().is_some();
    let id = service.id;
    let all = [
        (true, Section::Overview, chrome.t("section.overview"), paths::service(id)),
        (logs_in, Section::Use, chrome.t("section.use"), paths::service_use(id, usage::PERIODS[1])),
        (changes && logs_in, Section::Trial, chrome.t("section.trial"), paths::service_trial(id)),
        (changes && logs_in, Section::Recipes, chrome.t("section.recipes"), paths::service_recipes(id)),
        (owns, Section::Settings, chrome.t("section.settings"), paths::service_settings(id)),
        (owns, Section::Technical, chrome.t("section.technical"), paths::service_technical(id)),
        (true, Section::Changes, chrome.t("section.changes"), paths::service_changes(id)),
        (owns, Section::Affairs, chrome.t("section.affairs"), paths::service_affairs(id)),
    ];
    let link = |(_, section, words, address)| SectionLink { words, address, current: section == here };
    all.into_iter().filter(|(may, ..)| *may).map(link).collect()
}
