//! One service, as its owner sees it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::secret::{LIVES, OVERLAPS, by_secret};
use super::{Section, SectionLink, Uses, sections, tabs, uses};
use crate::domain::id::{OrganisationId, ServiceId};
use crate::domain::registration::GrantType;
use crate::domain::service::{Service, Standing};
use crate::domain::sign_in::Door;
use crate::domain::staff::Role;
use crate::domain::time::{Span, Timestamp};
use crate::http::Trouble;
use crate::web::operator::entry::{self, Entered};
use crate::web::operator::service::{ServiceFacts, service_facts};
use crate::web::operator::services::standing;
use crate::web::operator::{SAMPLE_STAFF, Tab};
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::words;
use crate::{paths, store};

/// `GET /services/{service}`: of others' nobody is even told that it is there.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let member = match entry::enter(&visit, Door::Services).await? {
        Entered::Member(member) => member,
        Entered::Away(answer) => return Ok(answer),
    };
    let role = member.staff.role;
    let (id, now): (ServiceId, _) = (visit.id("service")?, visit.app.now());
    crate::http::uses::keep(&visit.app).await?;
    let (service, uses) = visit
        .app
        .store
        .read(|db| Ok((store::service::by_id(id, db)?, uses(role.organisation(), now, db)?.remove(&id))))?;
    let service = service.filter(|service| role.may_see(service)).ok_or(Trouble::NotFound)?;
    let frame = entry::frame(&visit).at(paths::service(id));
    let page =
        ServicePage::new(&service, &uses.unwrap_or_default(), (&member.staff.name, role), &frame.chrome);
    Ok(frame.show(&page, StatusCode::OK))
}

/// So long before the last secret ends its owner is told.
const SECRET_NOTICE: Span = Span::days(30);

/// `templates/owner/service.html`
#[derive(Template)]
#[template(path = "owner/service.html")]
pub(crate) struct ServicePage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) sections: Vec<SectionLink>,
    pub(crate) name: String,
    /// Badge and words of how it stands.
    pub(crate) badge: &'static str,
    pub(crate) state: &'static str,
    /// What its owner should know: kind, title and text.
    pub(crate) notice: Option<(&'static str, &'static str, String)>,
    /// POST; makes a new secret, where there is one and for those who may.
    pub(crate) secret_url: Option<String>,
    /// How long the old secret may go on: value and words.
    pub(crate) overlaps: Vec<(&'static str, String)>,
    /// How long the new one is to be good: value and words.
    pub(crate) lives: Vec<(&'static str, String)>,
    /// What was seen; a change of anything else is refused.
    pub(crate) version: i64,
    pub(crate) answered: u64,
    pub(crate) declined: u64,
    pub(crate) last: Option<String>,
    pub(crate) facts: ServiceFacts,
    pub(crate) back_url: &'static str,
}

impl ServicePage {
    /// `staff` and `role`: the name of who is logged in, and what they may do.
    pub(crate) fn new(service: &Service, uses: &Uses, (staff, role): (&str, Role), chrome: &Chrome) -> Self {
        let (badge, state) = standing(service, chrome);
        // The house's own are changed by command.
        let may_change = role.organisation().is_some() && role.may_change(service);
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs(role, chrome),
            sections: sections(service, role, Section::Overview, chrome),
            name: service.registration.name.clone(),
            badge,
            state,
            notice: notice(service, chrome),
            secret_url: (may_change && by_secret(service.registration.authentication.name()).is_some())
                .then(|| paths::service_secret(service.id)),
            overlaps: OVERLAPS.map(|(value, hours)| (value, overlap(hours, chrome))).into(),
            lives: LIVES.map(|(value, days)| (value, life(days, chrome))).into(),
            version: service.version,
            answered: uses.answered,
            declined: uses.declined,
            last: uses.last.map(|at| words::relative(at, chrome)),
            facts: service_facts(service, chrome),
            back_url: paths::SERVICES,
        }
    }
}

/// A machine acts for itself: nobody logs in.
pub(super) fn logs_in(service: &Service) -> bool {
    service.registration.grant_types.contains(&GrantType::AuthorizationCode)
}

fn life(days: i64, chrome: &Chrome) -> String {
    match u64::try_from(days) {
        Ok(days) if days > 0 => chrome.tn("owner.secret.days", days),
        _ => chrome.t("owner.secret.for_ever").to_owned(),
    }
}

/// When the last of its secrets ends, if it does so soon.
fn secret_ends(service: &Service, now: Timestamp) -> Option<Timestamp> {
    let ends: Option<Vec<Timestamp>> =
        service.registration.secrets.iter().map(|secret| secret.expires).collect();
    ends?.into_iter().max().filter(|end| end.since(now) < SECRET_NOTICE)
}

fn overlap(hours: i64, chrome: &Chrome) -> String {
    match u64::try_from(hours / 24) {
        Ok(days) if days > 0 => chrome.tn("owner.secret.days", days),
        _ => chrome.t("owner.secret.at_once").to_owned(),
    }
}

/// What its owner should know: kind, title and text.
fn notice(service: &Service, chrome: &Chrome) -> Option<(&'static str, &'static str, String)> {
    if let Some(why) = &service.objection {
        return Some(("warning", chrome.t("owner.returned"), why.clone()));
    }
    if let Some(end) = secret_ends(service, words::now(chrome)) {
        let title = chrome.t("owner.secret.ends");
        return Some(("warning", title, chrome.t1("owner.secret.ends_more", words::day(end, chrome))));
    }
    let (kind, title, more) = match service.standing() {
        Standing::Paused if service.registration.paused && service.active => {
            ("warning", chrome.t("owner.paused_own"), chrome.t("affairs.paused_more"))
        }
        Standing::Paused => ("warning", chrome.t("owner.paused"), chrome.t("owner.paused_more")),
        Standing::Waiting => ("info", chrome.t("owner.waiting"), chrome.t("owner.waiting_more")),
        Standing::Open if service.awaits_operator() => {
            ("info", chrome.t("owner.wants_more"), chrome.t("owner.wants_more_more"))
        }
        Standing::Open | Standing::Returned => return None,
    };
    Some((kind, title, more.to_owned()))
}

impl Page for ServicePage {
    const NAME: &'static str = "owner/service";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let last = Some(words::now(chrome) - Span::minutes(4));
        let used = Uses { answered: 1365, declined: 8, last };
        let services = crate::web::account::sample::services(chrome);
        let own = OrganisationId::from_bytes([1; 16]);
        let page = |service: &Service, uses| {
            let service = Service { organisation: Some(own), ..service.clone() };
            Self::new(&service, &uses, (SAMPLE_STAFF, Role::Owner(own)), chrome)
        };
        let mut ending = services[0].clone();
        for secret in &mut ending.registration.secrets {
            secret.expires = Some(words::now(chrome) + Span::days(9));
        }
        let waiting = Service { released: None, ..services[0].clone() };
        let returned = waiting.returned("Bitte nur „über 18“ statt des Geburtsdatums.".to_owned());
        vec![
            ("used", page(&services[0], used)),
            ("paused", page(&services[1], Uses::default())),
            ("waiting", page(&waiting, Uses::default())),
            ("returned", page(&returned, Uses::default())),
            ("secret_ends", page(&ending, used)),
        ]
    }
}
