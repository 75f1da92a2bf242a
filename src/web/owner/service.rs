//! One service, as its owner sees it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::{Uses, tabs, uses};
use crate::domain::id::ServiceId;
use crate::domain::service::Service;
use crate::domain::sign_in::Door;
use crate::http::Trouble;
use crate::web::operator::entry::{self, Entered};
use crate::web::operator::service::{ServiceFacts, service_facts};
use crate::web::operator::{SAMPLE_STAFF, Tab};
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::words;
use crate::{paths, store};

/// `GET /services/{service}`: nothing of an owner's own is here yet, so only operators find it.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let member = match entry::enter(&visit, Door::Services).await? {
        Entered::Member(member) => member,
        Entered::Away(answer) => return Ok(answer),
    };
    if !member.is_operator() {
        return Err(Trouble::NotFound);
    }
    let (id, now): (ServiceId, _) = (visit.id("service")?, visit.app.now());
    let (service, uses) =
        visit.app.store.read(|db| Ok((store::service::by_id(id, db)?, uses(now, db)?.remove(&id))))?;
    let (service, uses) = (service.ok_or(Trouble::NotFound)?, uses.unwrap_or_default());
    let frame = entry::frame(&visit);
    let page = ServicePage::new(&service, &uses, &member.staff.name, true, &frame.chrome);
    Ok(frame.show(&page, StatusCode::OK))
}

/// `templates/owner/service.html`
#[derive(Template)]
#[template(path = "owner/service.html")]
pub(crate) struct ServicePage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) name: String,
    pub(crate) active: bool,
    pub(crate) answered: u64,
    pub(crate) declined: u64,
    pub(crate) last: Option<String>,
    pub(crate) facts: ServiceFacts,
    pub(crate) back_url: &'static str,
}

impl ServicePage {
    /// `staff`: the name of who is logged in; `operator`: whether they run the house.
    pub(crate) fn new(service: &Service, uses: &Uses, staff: &str, operator: bool, chrome: &Chrome) -> Self {
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs(operator, chrome),
            name: service.registration.name.clone(),
            active: service.active,
            answered: uses.answered,
            declined: uses.declined,
            last: uses.last.map(|at| words::relative(at, chrome)),
            facts: service_facts(service, chrome),
            back_url: paths::SERVICES,
        }
    }
}

impl Page for ServicePage {
    const NAME: &'static str = "owner/service";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let last = Some(words::now(chrome) - crate::domain::time::Span::minutes(4));
        let used = Uses { answered: 1365, declined: 8, last };
        let services = crate::web::account::sample::services(chrome);
        let page = |(service, uses): (&Service, Uses)| Self::new(service, &uses, SAMPLE_STAFF, false, chrome);
        let pages = services.iter().zip([used, Uses::default()]).map(page);
        ["used", "unused"].into_iter().zip(pages).collect()
    }
}
