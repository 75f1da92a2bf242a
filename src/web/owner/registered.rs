//! A service was registered, or has a new secret: what its program needs to know, with the secret, which is shown once.

use askama::Template;

use super::owner_tabs;
use crate::oidc::registration::Registered;
use crate::web::operator::{SAMPLE_STAFF, Tab};
use crate::web::page::{Chrome, Page};
use crate::{domain::secret::Bearer, paths};

/// Why it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// The service is new.
    New,
    /// Its secret is.
    NewSecret,
}

/// `templates/owner/registered.html`
#[derive(Template)]
#[template(path = "owner/registered.html")]
pub(crate) struct RegisteredPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) title: String,
    pub(crate) lead: &'static str,
    pub(crate) issuer: String,
    pub(crate) configuration: String,
    pub(crate) client_id: String,
    pub(crate) secret: Option<String>,
    pub(crate) scopes: String,
    pub(crate) service_url: String,
    pub(crate) recipes_url: Option<String>,
    /// The page on which its login is tried; a machine has none.
    pub(crate) trial_url: Option<String>,
}

impl RegisteredPage {
    /// `staff`: the name of who is logged in.
    pub(super) fn new(
        registered: &Registered,
        cause: Cause,
        origin: &str,
        staff: &str,
        chrome: &Chrome,
    ) -> Self {
        let service = &registered.service;
        let scopes: Vec<&str> = service.registration.scopes.iter().map(String::as_str).collect();
        Self {
            chrome: chrome.signed_in(staff),
            tabs: owner_tabs(chrome),
            title: match cause {
                Cause::New => chrome.t1("owner.registered.heading", &service.registration.name),
                Cause::NewSecret => chrome.t1("owner.secret.heading", &service.registration.name),
            },
            lead: match cause {
                Cause::New => chrome.t("owner.registered.lead"),
                Cause::NewSecret => chrome.t("owner.secret.lead"),
            },
            issuer: origin.to_owned(),
            configuration: format!("{origin}{}", paths::OPENID_CONFIGURATION),
            client_id: service.id.to_string(),
            secret: registered.secret.as_ref().map(|secret: &Bearer| secret.expose().to_owned()),
            scopes: scopes.join(" "),
            service_url: paths::service(service.id),
            recipes_url: super::service::logs_in(service).then(|| paths::service_recipes(service.id)),
            trial_url: super::service::logs_in(service).then(|| paths::service_trial(service.id)),
        }
    }
}

impl Page for RegisteredPage {
    const NAME: &'static str = "owner/registered";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |at: usize, cause, secret: Option<&str>| {
            let service = crate::web::account::sample::services(chrome).swap_remove(at);
            let registered = Registered { service, secret: None };
            let page = Self::new(&registered, cause, "https://id.birkenfurt.example", SAMPLE_STAFF, chrome);
            Self { secret: secret.map(str::to_owned), ..page }
        };
        let secret = Some("beispiel-geheimnis");
        vec![
            ("secret", page(0, Cause::New, secret)),
            ("app", page(1, Cause::New, None)),
            ("new_secret", page(0, Cause::NewSecret, secret)),
        ]
    }
}
