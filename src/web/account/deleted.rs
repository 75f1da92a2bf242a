//! Goodbye: the account is gone.

use askama::Template;

use crate::paths;
use crate::web::page::{Chrome, Page};

/// `templates/account/deleted.html`; nobody is logged in any more.
#[derive(Template)]
#[template(path = "account/deleted.html")]
pub(crate) struct DeletedPage {
    pub(crate) chrome: Chrome,
    pub(crate) home_url: &'static str,
}

impl DeletedPage {
    pub(crate) fn new(chrome: &Chrome) -> Self {
        Self { chrome: Chrome { person: None, ..chrome.clone() }, home_url: paths::HOME }
    }
}

impl Page for DeletedPage {
    const NAME: &'static str = "account/deleted";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        vec![("goodbye", Self::new(chrome))]
    }
}
