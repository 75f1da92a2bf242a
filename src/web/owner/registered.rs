//! A service was registered: what its program needs to know, and its secret, which is shown once.

use askama::Template;

use super::tabs;
use crate::oidc::registration::Registered;
use crate::web::operator::{SAMPLE_STAFF, Tab};
use crate::web::page::{Chrome, Page};
use crate::{domain::secret::Bearer, paths};

/// `templates/owner/registered.html`
#[derive(Template)]
#[template(path = "owner/registered.html")]
pub(crate) struct RegisteredPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) configuration: String,
    pub(crate) client_id: String,
    pub(crate) secret: Option<String>,
    pub(crate) scopes: String,
    pub(crate) service_url: String,
}

impl RegisteredPage {
    /// `staff`: the name of who is logged in.
    pub(crate) fn new(registered: &Registered, origin: &str, staff: &str, chrome: &Chrome) -> Self {
        let service = &registered.service;
        let scopes: Vec<&str> = service.registration.scopes.iter().map(String::as_str).collect();
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs(false, chrome),
            name: service.registration.name.clone(),
            issuer: origin.to_owned(),
            configuration: format!("{origin}{}", paths::OPENID_CONFIGURATION),
            client_id: service.id.to_string(),
            secret: registered.secret.as_ref().map(|secret: &Bearer| secret.expose().to_owned()),
            scopes: scopes.join(" "),
            service_url: paths::service(service.id),
        }
    }
}

impl Page for RegisteredPage {
    const NAME: &'static str = "owner/registered";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |at: usize, secret: Option<&str>| {
            let service = crate::web::account::sample::services(chrome).swap_remove(at);
            let registered = Registered { service, secret: None };
            let page = Self::new(&registered, "https://id.birkenfurt.example", SAMPLE_STAFF, chrome);
            Self { secret: secret.map(str::to_owned), ..page }
        };
        vec![("secret", page(0, Some("beispiel-geheimnis"))), ("app", page(1, None))]
    }
}
