//! An owner's services; an operator sees all.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::{Uses, tabs, uses};
use crate::domain::id::OrganisationId;
use crate::domain::service::Service;
use crate::domain::sign_in::Door;
use crate::domain::staff::Role;
use crate::http::Trouble;
use crate::web::operator::entry::{self, Entered};
use crate::web::operator::filter::{self, Filter};
use crate::web::operator::services::standing;
use crate::web::operator::{SAMPLE_STAFF, Tab};
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::words;
use crate::{paths, store};

/// `GET /services`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let member = match entry::enter(&visit, Door::Services).await? {
        Entered::Member(member) => member,
        Entered::Away(answer) => return Ok(answer),
    };
    let (now, role) = (visit.app.now(), member.staff.role);
    crate::http::uses::keep(&visit.app).await?;
    let text = filter::asked(&visit)?;
    let (services, offers, filter) = visit.app.store.read(|db| {
        let (all, filter) = match role {
            Role::Owner(_) | Role::Viewer(_) | Role::Operator => {
                filter::listed(&text, role.organisation(), paths::SERVICES, db)?
            }
            Role::Clerk => (Vec::new(), None),
        };
        let uses = uses(role.organisation(), now, db)?;
        let offers = match role {
            Role::Owner(organisation) => store::service::offered_to(organisation, db)?,
            Role::Viewer(_) | Role::Operator | Role::Clerk => Vec::new(),
        };
        let with_uses = |service: Service| {
            let uses = uses.get(&service.id).copied().unwrap_or_default();
            (service, uses)
        };
        Ok((all.into_iter().map(with_uses).collect::<Vec<_>>(), offers, filter))
    })?;
    let frame = entry::frame(&visit).at(paths::SERVICES.to_owned());
    let mut page = ServicesPage::new(&services, &offers, (&member.staff.name, role), &frame.chrome);
    page.filter = filter;
    Ok(frame.show(&page, StatusCode::OK))
}

/// One service, in words.
pub(crate) struct ServiceLine {
    pub(crate) name: String,
    pub(crate) url: String,
    /// Badge and words of how it stands.
    pub(crate) badge: &'static str,
    pub(crate) state: &'static str,
    pub(crate) level: &'static str,
    pub(crate) answered: u64,
    pub(crate) declined: u64,
    pub(crate) last: Option<String>,
}

/// `templates/owner/services.html`
#[derive(Template)]
#[template(path = "owner/services.html")]
pub(crate) struct ServicesPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) services: Vec<ServiceLine>,
    pub(crate) filter: Option<Filter>,
    /// Offered by others: name, office, and where the answer goes.
    pub(crate) offers: Vec<(String, String, String)>,
    /// What to say where there is none.
    pub(crate) none: &'static str,
    /// The form for a new one, for those who may.
    pub(crate) new_url: Option<&'static str>,
}

impl ServicesPage {
    /// `staff`: the name of who is logged in; `role`: what they may do.
    pub(crate) fn new(
        services: &[(Service, Uses)],
        offers: &[Service],
        (staff, role): (&str, Role),
        chrome: &Chrome,
    ) -> Self {
        let offer = |service: &Service| {
            let registration = &service.registration;
            (registration.name.clone(), registration.office.clone(), paths::service_handover(service.id))
        };
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs(role, chrome),
            services: services.iter().map(|(service, uses)| line(service, uses, chrome)).collect(),
            filter: None,
            offers: offers.iter().map(offer).collect(),
            none: match role {
                Role::Operator => chrome.t("operator.services.none"),
                Role::Owner(_) => chrome.t("owner.services.none_own"),
                Role::Viewer(_) | Role::Clerk => chrome.t("owner.services.none_viewer"),
            },
            new_url: matches!(role, Role::Owner(_)).then_some(paths::SERVICES_NEW),
        }
    }
}

fn line(service: &Service, uses: &Uses, chrome: &Chrome) -> ServiceLine {
    let (badge, state) = standing(service, chrome);
    ServiceLine {
        name: service.registration.name.clone(),
        url: paths::service(service.id),
        badge,
        state,
        level: words::level(service.registration.min_level, chrome),
        answered: uses.answered,
        declined: uses.declined,
        last: uses.last.map(|at| words::relative(at, chrome)),
    }
}

impl Page for ServicesPage {
    const NAME: &'static str = "owner/services";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let now = words::now(chrome);
        let used =
            Uses { answered: 1365, declined: 8, last: Some(now - crate::domain::time::Span::minutes(4)) };
        let own = OrganisationId::from_bytes([1; 16]);
        let services = crate::web::account::sample::services(chrome);
        let offered = services[..1].to_vec();
        let page = |services: &[(Service, Uses)], offers: &[Service], role| {
            Self::new(services, offers, (SAMPLE_STAFF, role), chrome)
        };
        let both: Vec<(Service, Uses)> = services.into_iter().zip([used, Uses::default()]).collect();
        vec![
            ("operator", page(&both, &[], Role::Operator)),
            ("owner", page(&both, &[], Role::Owner(own))),
            ("none", page(&[], &[], Role::Owner(own))),
            ("offered", page(&[], &offered, Role::Owner(own))),
            ("viewer", page(&[], &[], Role::Viewer(own))),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::text::Language;

    #[test]
    fn an_unused_service_says_so_and_only_operators_see_the_house() {
        let chrome = Chrome::sample(Language::De);
        let pages = ServicesPage::samples(&chrome);
        let [(_, operator), (_, owner), ..] = pages.as_slice() else { panic!("two samples") };
        assert_eq!(operator.services[0].last.as_deref(), Some("heute, 10:10 Uhr"));
        assert_eq!(operator.services[1].last, None);
        assert_eq!((operator.tabs.len(), owner.tabs.len()), (2, 4));
        assert_eq!((operator.new_url, owner.new_url), (None, Some(paths::SERVICES_NEW)));
    }
}
