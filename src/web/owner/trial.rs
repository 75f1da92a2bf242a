//! Trying a service: what happens in a login with somebody made up, step by step, as it happens.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde_json::json;

use super::trial_words::{Attempt, Link, attempts, unused};
use super::{Section, SectionLink, sections, tabs};
use crate::domain::id::{OrganisationId, ServiceId};
use crate::domain::service::Service;
use crate::domain::sign_in::Door;
use crate::domain::staff::Role;
use crate::domain::trial::{MadeUp, Step, Trial};
use crate::http::Trouble;
use crate::store::trial::Noted;
use crate::web::operator::entry::{self, Entered, Member};
use crate::web::operator::{SAMPLE_STAFF, Tab};
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::words;
use crate::{paths, store};

/// A member of staff and the service they may try.
pub(super) struct Tester {
    pub(super) member: Member,
    pub(super) service: Service,
}

/// Who may change a service may try it; of others' nobody is even told that it is there.
pub(super) async fn tester(visit: &Visit) -> Result<Result<Tester, HttpResponse>, Trouble> {
    let member = match entry::enter(visit, Door::Services).await? {
        Entered::Member(member) => member,
        Entered::Away(answer) => return Ok(Err(answer)),
    };
    let id: ServiceId = visit.id("service")?;
    let found = visit.app.store.read(|db| store::service::by_id(id, db))?;
    let role = member.staff.role;
    let service = found.filter(|service| role.may_see(service)).ok_or(Trouble::NotFound)?;
    if role.may_change(&service) { Ok(Ok(Tester { member, service })) } else { Err(Trouble::NotYours) }
}

/// `GET /services/{service}/trial`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let tester = match tester(&visit).await? {
        Ok(tester) => tester,
        Err(answer) => return Ok(answer),
    };
    let (service, session, now) = (&tester.service, tester.member.session.id, visit.app.now());
    let (trial, steps) = visit.app.store.read(|db| {
        let trial = store::trial::of_session(service.id, session, now, db)?;
        let steps = match &trial {
            Some(trial) => store::trial::steps(trial.id, db)?,
            None => Vec::new(),
        };
        Ok((trial, steps))
    })?;
    let frame = entry::frame(&visit).at(paths::service_trial(service.id));
    let staff = &tester.member.staff;
    let page = TrialPage::new(service, trial.as_ref(), &steps, (&staff.name, staff.role), &frame.chrome);
    Ok(frame.show(&page, StatusCode::OK))
}

/// `GET /services/{service}/trial/progress`: how many steps there are, for the page's script.
pub async fn progress(visit: Visit) -> Result<HttpResponse, Trouble> {
    let tester = match tester(&visit).await? {
        Ok(tester) => tester,
        Err(_away) => return Err(Trouble::NotYours),
    };
    let (service, session, now) = (tester.service.id, tester.member.session.id, visit.app.now());
    let steps = visit.app.store.read(|db| {
        let trial = store::trial::of_session(service, session, now, db)?;
        trial.map_or(Ok(None), |trial| store::trial::last_step(trial.id, db))
    })?;
    Ok(HttpResponse::Ok().json(json!({ "steps": steps })))
}

/// Something else worth trying, and whether it was.
pub(crate) struct Idea {
    pub(crate) words: &'static str,
    pub(crate) done: bool,
}

/// `templates/owner/trial.html`
#[derive(Template)]
#[template(path = "owner/trial.html")]
pub(crate) struct TrialPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) sections: Vec<SectionLink>,
    pub(crate) back_url: &'static str,
    pub(crate) name: String,
    pub(crate) service_url: String,
    /// POST: begins, ends, mends.
    pub(crate) act_url: String,
    pub(crate) settings_url: Option<String>,
    /// A trial goes on: until when.
    pub(crate) until: Option<String>,
    /// Where the program is, as far as its addresses tell.
    pub(crate) program_url: Option<String>,
    pub(crate) progress_url: String,
    /// How many steps are shown.
    pub(crate) steps: i64,
    pub(crate) version: i64,
    /// Latest first.
    pub(crate) attempts: Vec<Attempt>,
    /// Data which the program has not asked for.
    pub(crate) unused: Option<String>,
    pub(crate) ideas: Vec<Idea>,
    /// People are let in: whoever is made up reaches the real program.
    pub(crate) live: bool,
}

impl TrialPage {
    /// `staff` and `role`: the name of who is logged in, and what they may do.
    pub(super) fn new(
        service: &Service,
        trial: Option<&Trial>,
        steps: &[Noted],
        (staff, role): (&str, Role),
        chrome: &Chrome,
    ) -> Self {
        let latest = steps.last().map_or(0, |step| step.number);
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs(role, chrome),
            sections: sections(service, role, Section::Trial, chrome),
            back_url: paths::SERVICES,
            name: service.registration.name.clone(),
            service_url: paths::service(service.id),
            act_url: paths::service_trial(service.id),
            settings_url: matches!(role, Role::Owner(_)).then(|| paths::service_settings(service.id)),
            until: trial.map(|trial| words::clock(trial.expires, chrome)),
            program_url: program(service),
            progress_url: paths::service_trial_progress(service.id),
            steps: latest,
            version: service.version,
            attempts: attempts(service, steps, chrome),
            unused: unused(service, steps).map(|data| words::data(&data, chrome).unwrap_or_default()),
            ideas: ideas(steps, chrome),
            live: service.is_open(),
        }
    }
}

/// Where the program is: most begin a login at the root of the host where it ends.
fn program(service: &Service) -> Option<String> {
    let first = service.registration.redirect_uris.first()?;
    let url = url::Url::parse(first).ok()?;
    matches!(url.scheme(), "https" | "http").then(|| format!("{}/", url.origin().ascii_serialization()))
}

fn ideas(steps: &[Noted], chrome: &Chrome) -> Vec<Idea> {
    let seen = |found: &dyn Fn(&Step) -> bool| steps.iter().any(|noted| found(&noted.step));
    vec![
        Idea { words: chrome.t("trial.idea.declines"), done: seen(&|step| *step == Step::Declined) },
        Idea {
            words: chrome.t("trial.idea.level"),
            done: seen(&|step| matches!(step, Step::Proved { enough: false, .. })),
        },
        Idea {
            words: chrome.t("trial.idea.sparse"),
            done: seen(&|step| matches!(step, Step::Proved { guise, .. } if guise.who == MadeUp::Sparse)),
        },
        Idea {
            words: chrome.t("trial.idea.letters"),
            done: seen(&|step| matches!(step, Step::Proved { guise, .. } if guise.who == MadeUp::Elsewhere)),
        },
    ]
}

impl Page for TrialPage {
    const NAME: &'static str = "owner/trial";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let own = OrganisationId::from_bytes([1; 16]);
        let service = Service {
            organisation: Some(own),
            ..crate::web::account::sample::services(chrome).swap_remove(0)
        };
        let now = words::now(chrome);
        let trial = super::trial_sample::trial(service.id, now);
        let page = |trial: Option<&Trial>, steps: Vec<Step>| {
            let noted = |(number, step)| Noted { number, at: now, step };
            let steps: Vec<Noted> = (1..).zip(steps).map(noted).collect();
            Self::new(&service, trial, &steps, (SAMPLE_STAFF, Role::Owner(own)), chrome)
        };
        vec![
            ("begin", page(None, Vec::new())),
            ("waiting", page(Some(&trial), Vec::new())),
            ("works", page(Some(&trial), super::trial_sample::works(&service))),
            ("refused", page(Some(&trial), super::trial_sample::refused())),
        ]
    }
}
