//! Pausing a service, handing it over, removing it: each with a word on who is affected.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::entry::{self, Owner};
use super::settings::own;
use super::{Section, SectionLink, owner_tabs, sections};
use crate::domain::audit::{Entry, Event};
use crate::domain::id::OrganisationId;
use crate::domain::organisation::Organisation;
use crate::domain::registration::Registration;
use crate::domain::service::Service;
use crate::domain::staff::Role;
use crate::domain::time::Span;
use crate::http::{Params, Trouble, redirect};
use crate::web::operator::{SAMPLE_STAFF, Tab};
use crate::web::page::{Chrome, Page};
use crate::web::service_change;
use crate::web::visit::Visit;
use crate::{paths, store};

/// Below, a count would point at somebody.
pub(crate) const FEW: i64 = 5;
/// Organisations to choose from.
const ORGANISATIONS_MAX: u32 = 500;

/// `GET /services/{service}/affairs`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    match entry::owner(&visit).await? {
        Ok(owner) => page(&visit, &owner, None),
        Err(answer) => Ok(answer),
    }
}

/// What went otherwise than meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hitch {
    /// Somebody has changed the service in between.
    Changed,
    /// The box was not ticked.
    Unsure,
}

/// `POST /services/{service}/affairs`: `action` is `pause`, `resume`, `offer` (with `organisation`), `keep` or `remove`
/// (with `confirm=yes`); `version` what was seen.
pub async fn act(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    let owner = match entry::owner(&visit).await? {
        Ok(owner) => owner,
        Err(answer) => return Ok(answer),
    };
    let service = own(&owner, &visit)?;
    let seen: i64 =
        form.get("version").and_then(|text| text.parse().ok()).ok_or(Trouble::BadRequest("version"))?;
    if seen != service.version {
        return page(&visit, &owner, Some(Hitch::Changed));
    }
    if form.get("action") == Some("remove") {
        if form.get("confirm") != Some("yes") {
            return page(&visit, &owner, Some(Hitch::Unsure));
        }
        let entry = Entry::new(Event::ServiceRemoved, owner.member.actor()).at(service.id);
        return if service_change::remove(&service, entry, owner.member.still(), &visit.app).await? {
            Ok(redirect::see_other(paths::SERVICES))
        } else {
            page(&visit, &owner, Some(Hitch::Changed))
        };
    }
    let (event, to) = decided(&service, &form, &visit)?;
    let entry = Entry::new(event, owner.member.actor()).at(service.id);
    if service_change::keep(&service, to, entry, owner.member.still(), &visit.app).await? {
        Ok(redirect::see_other(&paths::service_affairs(service.id)))
    } else {
        page(&visit, &owner, Some(Hitch::Changed))
    }
}

fn decided(service: &Service, form: &Params, visit: &Visit) -> Result<(Event, Service), Trouble> {
    let paused = |paused| {
        let set = |registration: &Registration| Registration { paused, ..registration.clone() };
        Service { registration: set(&service.registration), ..service.clone() }
    };
    Ok(match form.get("action") {
        Some("pause") if !service.registration.paused => (Event::ServicePaused, paused(true)),
        Some("resume") if service.registration.paused => (Event::ServiceResumed, paused(false)),
        Some("keep") if service.offered_to.is_some() => {
            (Event::ServiceChanged, Service { offered_to: None, ..service.clone() })
        }
        Some("offer") => {
            let id: Option<OrganisationId> = form.get("organisation").and_then(|id| id.parse().ok());
            let id = id.filter(|id| Some(*id) != service.organisation);
            let id = id.ok_or(Trouble::BadRequest("organisation"))?;
            let known = visit.app.store.read(|db| store::organisation::by_id(id, db))?;
            known.ok_or(Trouble::BadRequest("organisation"))?;
            (Event::ServiceOffered, Service { offered_to: Some(id), ..service.clone() })
        }
        // A button that this state does not show.
        _ => return Err(Trouble::BadRequest("action")),
    })
}

/// `POST /services/{service}/handover`: an owner of the organisation to which it is offered takes it (`answer=accept`) or
/// does not (`answer=decline`).
pub async fn answer_offer(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    let owner = match entry::owner(&visit).await? {
        Ok(owner) => owner,
        Err(answer) => return Ok(answer),
    };
    let id = visit.id("service")?;
    let service = visit.app.store.read(|db| store::service::by_id(id, db))?;
    let offered = |service: &Service| service.offered_to == Some(owner.organisation.id);
    let service = service.filter(offered).ok_or(Trouble::NotFound)?;
    let (event, to) = match form.get("answer") {
        Some("accept") => {
            let registration =
                Registration { office: owner.organisation.name.clone(), ..service.registration.clone() };
            let organisation = Some(owner.organisation.id);
            (
                Event::ServiceHandedOver,
                Service { registration, organisation, offered_to: None, ..service.clone() },
            )
        }
        Some("decline") => (Event::ServiceChanged, Service { offered_to: None, ..service.clone() }),
        _ => return Err(Trouble::BadRequest("answer")),
    };
    // Somebody else was faster: the list shows how it stands.
    let entry = Entry::new(event, owner.member.actor()).at(service.id);
    let _kept = service_change::keep(&service, to, entry, owner.member.still(), &visit.app).await?;
    Ok(redirect::see_other(paths::SERVICES))
}

fn page(visit: &Visit, owner: &Owner, hitch: Option<Hitch>) -> Result<HttpResponse, Trouble> {
    let service = own(owner, visit)?;
    let since = visit.app.now() - Span::days(30);
    let (people, organisations) = visit.app.store.read(|db| {
        Ok((store::service::people(service.id, since, db)?, store::organisation::all(ORGANISATIONS_MAX, db)?))
    })?;
    let frame = entry::frame(visit).at(paths::service_affairs(service.id));
    let status = match hitch {
        None => StatusCode::OK,
        Some(Hitch::Changed) => StatusCode::CONFLICT,
        Some(Hitch::Unsure) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let file = Affairs { service: &service, people, organisations: &organisations, hitch };
    let staff = &owner.member.staff;
    Ok(frame.show(&AffairsPage::new(&file, (&staff.name, staff.role), &frame.chrome), status))
}

/// What the page is made of.
struct Affairs<'a> {
    service: &'a Service,
    /// Who agreed to tell it something, and how many of them it was told in the last thirty days.
    people: (i64, i64),
    organisations: &'a [Organisation],
    hitch: Option<Hitch>,
}

/// `templates/owner/affairs.html`
#[derive(Template)]
#[template(path = "owner/affairs.html")]
pub(crate) struct AffairsPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) sections: Vec<SectionLink>,
    pub(crate) name: String,
    pub(crate) version: i64,
    pub(crate) conflict: bool,
    pub(crate) unsure: bool,
    pub(crate) paused: bool,
    /// Who is affected, in a sentence.
    pub(crate) affected: String,
    /// To whom it is offered.
    pub(crate) offered: Option<String>,
    /// Id and name of the others.
    pub(crate) organisations: Vec<(String, String)>,
    pub(crate) act_url: String,
    pub(crate) back_url: &'static str,
}

impl AffairsPage {
    fn new(file: &Affairs<'_>, (staff, role): (&str, Role), chrome: &Chrome) -> Self {
        let service = file.service;
        let name = |id: OrganisationId| {
            let found = file.organisations.iter().find(|one| one.id == id);
            found.map_or_else(|| id.to_string(), |one| one.name.clone())
        };
        let others = file.organisations.iter().filter(|one| Some(one.id) != service.organisation);
        Self {
            chrome: chrome.signed_in(staff),
            tabs: owner_tabs(chrome),
            sections: sections(service, role, Section::Affairs, chrome),
            name: service.registration.name.clone(),
            version: service.version,
            conflict: file.hitch == Some(Hitch::Changed),
            unsure: file.hitch == Some(Hitch::Unsure),
            paused: service.registration.paused,
            affected: affected(file.people, chrome),
            offered: service.offered_to.map(name),
            organisations: others.map(|one| (one.id.to_string(), one.name.clone())).collect(),
            act_url: paths::service_affairs(service.id),
            back_url: paths::SERVICES,
        }
    }
}

fn affected((all, lately): (i64, i64), chrome: &Chrome) -> String {
    let count = |n: i64| match u64::try_from(n) {
        Ok(n) if i64::try_from(n).is_ok_and(|n| n >= FEW) => chrome.number(n),
        _ => chrome.t("use.few").to_owned(),
    };
    if all == 0 {
        chrome.t("affairs.nobody").to_owned()
    } else {
        chrome.t2("affairs.people", count(all), count(lately))
    }
}

impl Page for AffairsPage {
    const NAME: &'static str = "owner/affairs";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let organisations = crate::web::operator::organisations::samples(chrome);
        let own = organisations[0].id;
        let parking = crate::web::account::sample::services(chrome).swap_remove(0);
        let service = Service { organisation: Some(own), ..parking };
        let mut given = Service { offered_to: Some(organisations[1].id), ..service.clone() };
        given.registration.paused = true;
        let page = |service: &Service, people, hitch| {
            let file = Affairs { service, people, organisations: &organisations, hitch };
            Self::new(&file, (SAMPLE_STAFF, Role::Owner(own)), chrome)
        };
        vec![
            ("running", page(&service, (1365, 402), None)),
            ("offered", page(&given, (3, 1), None)),
            ("unsure", page(&service, (0, 0), Some(Hitch::Unsure))),
            ("conflict", page(&service, (0, 0), Some(Hitch::Changed))),
        ]
    }
}
