//! The door: prove who you are with this device, or with the card; new people go to enrolment.

use askama::Template;

use super::Asker;
use crate::web::page::{Chrome, Page};

/// `templates/citizen/sign_in.html`. `passkey.js` posts to `options_url` and `finish_url`.
#[derive(Template)]
#[template(path = "citizen/sign_in.html")]
pub(crate) struct SignInPage {
    pub(crate) chrome: Chrome,
    /// None: somebody opens their own account.
    pub(crate) asker: Option<Asker>,
    /// A sentence on why one stands at the door again.
    pub(crate) notice: Option<&'static str>,
    pub(crate) options_url: String,
    pub(crate) finish_url: String,
    /// POST, starts the reading of the card.
    pub(crate) identify_url: String,
    pub(crate) enrol_url: String,
    /// Back to the service without logging in.
    pub(crate) back_url: Option<String>,
}

impl Page for SignInPage {
    const NAME: &'static str = "citizen/sign_in";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |asker: Option<Asker>, notice| Self {
            chrome: chrome.clone(),
            back_url: asker.as_ref().map(|_| "/beispiel/zurueck".to_owned()),
            asker,
            notice,
            options_url: "/beispiel/schluessel/anfang".to_owned(),
            finish_url: "/beispiel/schluessel/ende".to_owned(),
            identify_url: "/beispiel/ausweis".to_owned(),
            enrol_url: "/beispiel/neu".to_owned(),
        };
        vec![
            ("service", page(Some(Asker::sample(chrome)), None)),
            ("account", page(None, None)),
            ("again", page(Some(Asker::sample(chrome)), Some(chrome.t("sign_in.again")))),
        ]
    }
}
