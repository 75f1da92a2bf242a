//! Shall a service be told nothing more?

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::entry::{self, Entered};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::id::ServiceId;
use crate::domain::service::Service;
use crate::http::{Trouble, redirect};
use crate::store::consent::Told;
use crate::web::citizen::{Asker, Sign};
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::{doors, people, words};
use crate::{paths, store};

/// `GET /account/services/{service}`: the question.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let here = match entry::enter(&visit).await? {
        Entered::Here(here) => here,
        Entered::Away(answer) => return Ok(answer),
    };
    let id: ServiceId = visit.id("service")?;
    let dossier = here.dossier(0, &visit)?;
    let told = dossier.consents.iter().find(|told| told.consent.service == id);
    let (Some(told), Some(service)) = (told, dossier.service(id)) else { return Err(Trouble::NotFound) };
    let frame = visit.frame();
    let page = ConsentWithdrawalPage::new(told, service, &dossier.identity.display_name(), &frame.chrome);
    Ok(frame.show(&page, StatusCode::OK))
}

/// `POST /account/services/{service}`: the service is told nothing more, and what it holds opens nothing.
pub async fn withdraw(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    visit.form(&body)?;
    let here = match entry::enter(&visit).await? {
        Entered::Here(here) => here,
        Entered::Away(answer) => return Ok(answer),
    };
    let (service, person, session): (ServiceId, _, _) = (visit.id("service")?, here.person, here.session.id);
    let left = people::leaving(person, Some(service), &visit.app)?;
    let withdrawn = visit
        .app
        .write(move |db| -> Result<bool, Trouble> {
            doors::still_open(session, db)?;
            if !store::consent::withdraw(person, service, db)? {
                return Ok(false);
            }
            store::grant::remove_for(person, service, db)?;
            for (service, sub) in &left {
                store::webhook::person_left(*service, sub, db)?;
            }
            let entry = Entry::new(Event::ConsentWithdrawn, Actor::Person(person)).about(person);
            store::audit::append(&entry.at(service), db)?;
            Ok(true)
        })
        .await?;
    if withdrawn { Ok(redirect::see_other(paths::ACCOUNT)) } else { Err(Trouble::NotFound) }
}

/// `templates/account/consent_withdrawal.html`
#[derive(Template)]
#[template(path = "account/consent_withdrawal.html")]
pub(crate) struct ConsentWithdrawalPage {
    pub(crate) chrome: Chrome,
    pub(crate) service: Asker,
    /// What it was told; `None`: nothing but that somebody came again.
    pub(crate) data: Option<String>,
    pub(crate) given: String,
    pub(crate) told: String,
    /// POST.
    pub(crate) withdraw_url: String,
    pub(crate) back_url: &'static str,
}

impl ConsentWithdrawalPage {
    /// `person`: the name of who is logged in.
    pub(crate) fn new(told: &Told, service: &Service, person: &str, chrome: &Chrome) -> Self {
        let registration = &service.registration;
        Self {
            chrome: chrome.signed_in(person),
            service: Asker {
                name: registration.name.clone(),
                office: (!registration.office.is_empty()).then(|| registration.office.clone()),
                sign: Sign::named(&registration.icon),
            },
            data: words::data(&told.consent.data, chrome),
            given: words::day(told.consent.given, chrome),
            told: words::relative(told.told, chrome),
            withdraw_url: paths::account_service(service.id),
            back_url: paths::ACCOUNT,
        }
    }
}

impl Page for ConsentWithdrawalPage {
    const NAME: &'static str = "account/consent_withdrawal";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let dossier = super::sample::dossier(chrome);
        let name = dossier.identity.display_name();
        let page = |told: &Told| {
            let service = dossier.service(told.consent.service)?;
            Some(Self::new(told, service, &name, chrome))
        };
        let mut nothing = dossier.consents.clone();
        for told in &mut nothing {
            told.consent.data.clear();
        }
        let usual = dossier.consents.first().and_then(page);
        let bare = nothing.last().and_then(page);
        [("usual", usual), ("nothing", bare)]
            .into_iter()
            .filter_map(|(name, page)| Some((name, page?)))
            .collect()
    }
}
