//! An invitation that opens nothing: used, too old, or never given. The page does not tell which.

use askama::Template;

use crate::web::page::{Chrome, Page};

/// `templates/operator/invite_gone.html`
#[derive(Template)]
#[template(path = "operator/invite_gone.html")]
pub(crate) struct InviteGonePage {
    pub(crate) chrome: Chrome,
}

impl InviteGonePage {
    pub(crate) fn new(chrome: &Chrome) -> Self {
        Self { chrome: Chrome { person: None, ..chrome.clone() } }
    }
}

impl Page for InviteGonePage {
    const NAME: &'static str = "operator/invite_gone";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        vec![("gone", Self::new(chrome))]
    }
}
