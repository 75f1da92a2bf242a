//! What was changed of a service, when and by whom: each change as what went and what came.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::{Section, SectionLink, sections, tabs};
use crate::domain::id::{OrganisationId, ServiceId, StaffId};
use crate::domain::organisation::Organisation;
use crate::domain::service::{Service, State};
use crate::domain::sign_in::Door;
use crate::domain::staff::{Role, Staff};
use crate::http::Trouble;
use crate::store::service_version::Version;
use crate::web::operator::entry::{self, Entered};
use crate::web::operator::service::service_facts;
use crate::web::operator::services::standing;
use crate::web::operator::{SAMPLE_STAFF, Tab};
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::words;
use crate::{paths, store};
use std::collections::BTreeMap;

/// Changes on the page.
const SHOWN: u32 = 50;

/// `GET /services/{service}/changes`: for all who may see the service.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let member = match entry::enter(&visit, Door::Services).await? {
        Entered::Member(member) => member,
        Entered::Away(answer) => return Ok(answer),
    };
    let (id, role): (ServiceId, _) = (visit.id("service")?, member.staff.role);
    let (service, versions, names) = visit.app.store.read(|db| {
        let versions = store::service_version::latest(id, SHOWN + 1, db)?;
        let mut names = Names::default();
        for version in &versions {
            names.learn(version, db)?;
        }
        Ok((store::service::by_id(id, db)?, versions, names))
    })?;
    let service = service.filter(|service| role.may_see(service)).ok_or(Trouble::NotFound)?;
    let frame = entry::frame(&visit).at(paths::service_changes(id));
    let page = ChangesPage::new(&service, &versions, &names, (&member.staff.name, role), &frame.chrome);
    Ok(frame.show(&page, StatusCode::OK))
}

/// Who they are that stand in the states.
#[derive(Default)]
pub(super) struct Names {
    staff: BTreeMap<StaffId, String>,
    organisations: BTreeMap<OrganisationId, String>,
}

impl Names {
    fn learn(&mut self, version: &Version, db: &store::Read) -> Result<(), store::Fault> {
        if let Some(id) = staff(&version.actor)
            && !self.staff.contains_key(&id)
            && let Some(Staff { name, .. }) = store::staff::by_id(id, db)?
        {
            self.staff.insert(id, name);
        }
        for id in [version.state.organisation, version.state.offered_to].into_iter().flatten() {
            if let Some(Organisation { name, .. }) = store::organisation::by_id(id, db)? {
                self.organisations.insert(id, name);
            }
        }
        Ok(())
    }

    fn actor(&self, actor: &str, chrome: &Chrome) -> String {
        match staff(actor) {
            Some(id) => {
                self.staff.get(&id).cloned().unwrap_or_else(|| chrome.t("changes.somebody_gone").to_owned())
            }
            None if actor == "command" => chrome.t("changes.by_command").to_owned(),
            None => chrome.t("changes.by_house").to_owned(),
        }
    }

    fn organisation(&self, id: Option<OrganisationId>, chrome: &Chrome) -> String {
        let name = id.map(|id| self.organisations.get(&id).cloned());
        match name {
            Some(name) => name.unwrap_or_else(|| chrome.t("changes.somebody_gone").to_owned()),
            None => chrome.t("changes.house").to_owned(),
        }
    }
}

/// The member of staff of [`crate::domain::audit::Actor::text`].
fn staff(actor: &str) -> Option<StaffId> {
    actor.strip_prefix("staff ").and_then(|id| id.parse().ok())
}

/// One change.
pub(crate) struct Change {
    pub(crate) when: String,
    pub(crate) by: String,
    pub(crate) parts: Vec<Part>,
    /// Nothing came before it.
    pub(crate) first: bool,
}

/// One thing that is otherwise than before.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) label: String,
    pub(crate) before: String,
    pub(crate) after: String,
}

/// `templates/owner/changes.html`
#[derive(Template)]
#[template(path = "owner/changes.html")]
pub(crate) struct ChangesPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) sections: Vec<SectionLink>,
    pub(crate) name: String,
    pub(crate) changes: Vec<Change>,
    pub(crate) back_url: &'static str,
}

impl ChangesPage {
    /// `staff` and `role`: the name of who is logged in, and what they may do.
    fn new(
        service: &Service,
        versions: &[Version],
        names: &Names,
        (staff, role): (&str, Role),
        chrome: &Chrome,
    ) -> Self {
        let change = |(at, version): (usize, &Version)| {
            let before = versions.get(at + 1);
            Change {
                when: words::stamp(version.at, chrome),
                by: names.actor(&version.actor, chrome),
                parts: before.map_or_else(Vec::new, |before| {
                    difference(
                        &facts(service, &before.state, names, chrome),
                        &facts(service, &version.state, names, chrome),
                    )
                }),
                first: version.version == 1,
            }
        };
        let shown = versions.iter().enumerate().take(SHOWN as usize).map(change);
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs(role, chrome),
            sections: sections(service, role, Section::Changes, chrome),
            name: service.registration.name.clone(),
            changes: shown.filter(|change| change.first || !change.parts.is_empty()).collect(),
            back_url: paths::SERVICES,
        }
    }
}

/// All that a state says, as label and values, in words.
fn facts(service: &Service, state: &State, names: &Names, chrome: &Chrome) -> BTreeMap<String, Vec<String>> {
    let of = |registration| Service {
        registration,
        objection: state.objection.clone(),
        released: state.released.then_some(service.created),
        active: state.active,
        ..service.clone()
    };
    let then = Service { proposal: state.proposal.clone(), ..of(state.registration.clone()) };
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut add = |label: &str, value: String| out.entry(label.to_owned()).or_default().push(value);
    let all = |service: &Service| {
        let facts = service_facts(service, chrome);
        let name = (chrome.t("owner.new.name"), service.registration.name.clone());
        let rest = facts.plain.into_iter().chain(facts.data).chain(facts.technical);
        [name].into_iter().chain(rest).collect::<Vec<_>>()
    };
    for (label, value) in all(&then) {
        add(label, value);
    }
    if let Some(proposal) = &state.proposal {
        let in_force = all(&then);
        for (label, value) in all(&of(proposal.clone())) {
            if !in_force.contains(&(label, value.clone())) {
                add(&chrome.t1("changes.wish", label), value);
            }
        }
    }
    add(chrome.t("operator.state"), standing(&then, chrome).1.to_owned());
    add(chrome.t("changes.organisation"), names.organisation(state.organisation, chrome));
    if let Some(why) = &state.objection {
        add(chrome.t("changes.objection"), why.clone());
    }
    if state.offered_to.is_some() {
        add(chrome.t("changes.offered"), names.organisation(state.offered_to, chrome));
    }
    out
}

fn difference(before: &BTreeMap<String, Vec<String>>, after: &BTreeMap<String, Vec<String>>) -> Vec<Part> {
    let none = Vec::new();
    let mut labels: Vec<&String> = before.keys().chain(after.keys()).collect();
    labels.sort_unstable();
    labels.dedup();
    let part = |label: &String| {
        let (was, is) = (before.get(label).unwrap_or(&none), after.get(label).unwrap_or(&none));
        let gone: Vec<&str> = was.iter().filter(|one| !is.contains(one)).map(String::as_str).collect();
        let came: Vec<&str> = is.iter().filter(|one| !was.contains(one)).map(String::as_str).collect();
        (!gone.is_empty() || !came.is_empty()).then(|| Part {
            label: label.clone(),
            before: gone.join("\n"),
            after: came.join("\n"),
        })
    };
    labels.into_iter().filter_map(part).collect()
}

impl Page for ChangesPage {
    const NAME: &'static str = "owner/changes";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use crate::domain::audit::Actor;
        let own = OrganisationId::from_bytes([1; 16]);
        let jana = StaffId::from_bytes([1; 16]);
        let parking = crate::web::account::sample::services(chrome).swap_remove(0);
        let service = Service { organisation: Some(own), ..parking };
        let mut earlier = service.clone();
        earlier.registration.redirect_uris.push("https://alt.birkenfurt.example/auth/callback".to_owned());
        earlier.registration.name = "Parkausweis".to_owned();
        let version = |version, service: &Service, actor: Actor| Version {
            version,
            at: words::now(chrome),
            actor: actor.text(),
            state: service.state(),
        };
        let versions = [
            version(2, &service, Actor::Staff(jana)),
            version(1, &earlier, Actor::Staff(StaffId::from_bytes([2; 16]))),
        ];
        let names = Names {
            staff: [(jana, SAMPLE_STAFF.to_owned())].into(),
            organisations: [(own, "Straßenverkehrsbehörde".to_owned())].into(),
        };
        let page = |versions: &[Version]| {
            Self::new(&service, versions, &names, (SAMPLE_STAFF, Role::Owner(own)), chrome)
        };
        vec![("two", page(&versions)), ("none", page(&[]))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_what_went_and_what_came() {
        let facts = |pairs: &[(&str, &[&str])]| -> BTreeMap<String, Vec<String>> {
            let values = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect();
            pairs.iter().map(|(label, all)| ((*label).to_owned(), values(all))).collect()
        };
        let before = facts(&[("address", &["a", "b"]), ("name", &["x"]), ("gone", &["y"])]);
        let after = facts(&[("address", &["b", "c", "d"]), ("name", &["x"]), ("new", &["z"])]);
        let part = |label: &str, before: &str, after: &str| Part {
            label: label.to_owned(),
            before: before.to_owned(),
            after: after.to_owned(),
        };
        assert_eq!(
            difference(&before, &after),
            [part("address", "a", "c\nd"), part("gone", "y", ""), part("new", "", "z")]
        );
        assert!(difference(&after, &after).is_empty());
    }
}
