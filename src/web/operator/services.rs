//! All services.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::entry::{self, Entered};
use super::filter::{self, Filter};
use super::{Tab, tabs};
use crate::domain::service::{Service, Standing};
use crate::http::Trouble;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::words;
use crate::{paths, store};

/// Services on a page; of more, one looks for a name.
pub(crate) const SERVICES_MAX: u32 = 1000;

/// `GET /operator/services`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let member = match entry::operator(&visit).await? {
        Entered::Member(member) => member,
        Entered::Away(answer) => return Ok(answer),
    };
    let text = filter::asked(&visit)?;
    let listed = |db: &store::Read<'_>| filter::listed(&text, None, paths::OPERATOR_SERVICES, db);
    let (services, filter) = visit.app.store.read(listed)?;
    let frame = entry::frame(&visit);
    let page = ServicesPage::new(&services, filter, &member.staff.name, &frame.chrome);
    Ok(frame.show(&page, StatusCode::OK))
}

/// One service, in words.
pub(crate) struct ServiceLine {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) office: Option<String>,
    /// Badge and words of how it stands.
    pub(crate) badge: &'static str,
    pub(crate) state: &'static str,
    pub(crate) level: &'static str,
    /// Server or app.
    pub(crate) kind: &'static str,
    pub(crate) since: String,
}

/// `templates/operator/services.html`
#[derive(Template)]
#[template(path = "operator/services.html")]
pub(crate) struct ServicesPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) services: Vec<ServiceLine>,
    pub(crate) filter: Option<Filter>,
}

impl ServicesPage {
    /// `staff`: the name of who is logged in.
    pub(crate) fn new(services: &[Service], filter: Option<Filter>, staff: &str, chrome: &Chrome) -> Self {
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs(paths::OPERATOR_SERVICES, chrome),
            services: services.iter().map(|service| line(service, chrome)).collect(),
            filter,
        }
    }
}

pub(super) fn line(service: &Service, chrome: &Chrome) -> ServiceLine {
    let registration = &service.registration;
    let (badge, state) = standing(service, chrome);
    ServiceLine {
        name: registration.name.clone(),
        url: paths::operator_service(service.id),
        office: (!registration.office.is_empty()).then(|| registration.office.clone()),
        badge,
        state,
        level: words::level(registration.min_level, chrome),
        kind: kind(service, chrome),
        since: words::day(service.created, chrome),
    }
}

/// Badge and words of how a service stands; what waits for an operator comes first.
pub(crate) fn standing(service: &Service, chrome: &Chrome) -> (&'static str, &'static str) {
    match service.standing() {
        Standing::Open if service.awaits_operator() => ("info", chrome.t("operator.service.wants_more")),
        Standing::Open => ("success", chrome.t("operator.service.active")),
        Standing::Paused => ("warning", chrome.t("operator.service.paused")),
        Standing::Waiting => ("info", chrome.t("operator.service.waiting")),
        Standing::Returned => ("warning", chrome.t("operator.service.returned")),
    }
}

/// An app without a secret, or a server with one.
pub(crate) fn kind(service: &Service, chrome: &Chrome) -> &'static str {
    if service.is_public() { chrome.t("operator.service.app") } else { chrome.t("operator.service.server") }
}

impl Page for ServicesPage {
    const NAME: &'static str = "operator/services";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let services = crate::web::account::sample::services(chrome);
        let page = |list: &[Service], filter| Self::new(list, filter, super::SAMPLE_STAFF, chrome);
        let many = Filter { text: "park".to_owned(), url: paths::OPERATOR_SERVICES, more: true };
        vec![("two", page(&services, None)), ("none", page(&[], None)), ("many", page(&services, Some(many)))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::text::Language;

    #[test]
    fn a_line_says_what_a_service_is() {
        let chrome = Chrome::sample(Language::De);
        let services = crate::web::account::sample::services(&chrome);
        let [parking, library] = [line(&services[0], &chrome), line(&services[1], &chrome)];
        assert_eq!((parking.level, parking.state, parking.office.is_some()), ("substanziell", "Läuft", true));
        assert_eq!(
            (library.level, library.state, library.office.is_some()),
            ("niedrig", "Angehalten", false)
        );
        assert_ne!(parking.kind, library.kind);
    }
}
