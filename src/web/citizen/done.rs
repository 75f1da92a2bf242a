//! Step 3 of enrolment: all is done; on to the service, or to the account.

use askama::Template;
use jiff::{Timestamp, ToSpan};

use super::Asker;
use crate::web::page::{Chrome, Page};

/// `templates/citizen/done.html`
#[derive(Template)]
#[template(path = "citizen/done.html")]
pub(crate) struct DonePage {
    pub(crate) chrome: Chrome,
    pub(crate) asker: Option<Asker>,
    pub(crate) person: String,
    pub(crate) device_name: String,
    pub(crate) identified_at: Timestamp,
    /// When the identity must be read again.
    pub(crate) valid_until: Timestamp,
    pub(crate) next_url: String,
    pub(crate) add_device_url: String,
}

impl Page for DonePage {
    const NAME: &'static str = "citizen/done";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |asker| Self {
            chrome: chrome.clone(),
            asker,
            person: "Erika Mustermann".to_owned(),
            device_name: chrome.t("sample.device").to_owned(),
            identified_at: chrome.now,
            valid_until: chrome.now + (731 * 24).hours(),
            next_url: "/beispiel/weiter".to_owned(),
            add_device_url: "/beispiel/geraet".to_owned(),
        };
        vec![("service", page(Some(Asker::sample(chrome)))), ("account", page(None))]
    }
}
