//! One more device becomes a key.

use askama::Template;

use crate::paths;
use crate::web::page::{Chrome, Page};

/// `templates/account/add_device.html`. `passkey.js` posts to `options_url` and `finish_url`.
#[derive(Template)]
#[template(path = "account/add_device.html")]
pub(crate) struct AddDevicePage {
    pub(crate) chrome: Chrome,
    /// A proposal for its name.
    pub(crate) device_name: String,
    pub(crate) options_url: &'static str,
    pub(crate) finish_url: &'static str,
    pub(crate) back_url: &'static str,
}

impl AddDevicePage {
    /// `person`: the name of who is logged in; `device_name`: a proposal, may be empty.
    pub(crate) fn new(person: &str, device_name: &str, chrome: &Chrome) -> Self {
        Self {
            chrome: chrome.signed_in(person),
            device_name: device_name.to_owned(),
            options_url: paths::ACCOUNT_DEVICE_OPTIONS,
            finish_url: paths::ACCOUNT_DEVICES,
            back_url: paths::ACCOUNT,
        }
    }
}

impl Page for AddDevicePage {
    const NAME: &'static str = "account/add_device";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        vec![("add", Self::new("Erika Mustermann", "Laptop von Erika", chrome))]
    }
}
