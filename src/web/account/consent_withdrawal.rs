//! Shall a service be told nothing more?

use askama::Template;

use crate::domain::service::Service;
use crate::paths;
use crate::store::consent::Told;
use crate::web::citizen::{Asker, Sign};
use crate::web::page::{Chrome, Page};
use crate::web::words;

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
        let name = dossier.identity.full_name();
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
