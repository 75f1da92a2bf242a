//! Shall the whole account go?

use askama::Template;

use super::dossier::Dossier;
use crate::paths;
use crate::web::page::{Chrome, Page};

/// `templates/account/deletion.html`. The form sends `confirm=yes`.
#[derive(Template)]
#[template(path = "account/deletion.html")]
pub(crate) struct DeletionPage {
    pub(crate) chrome: Chrome,
    pub(crate) devices: u64,
    pub(crate) services: u64,
    /// The box was not ticked.
    pub(crate) mistake: bool,
    /// POST.
    pub(crate) delete_url: &'static str,
    pub(crate) export_url: &'static str,
    pub(crate) back_url: &'static str,
}

impl DeletionPage {
    /// `mistake`: the form came back without its tick.
    pub(crate) fn new(dossier: &Dossier, mistake: bool, chrome: &Chrome) -> Self {
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        Self {
            chrome: chrome.signed_in(&dossier.identity.full_name()),
            devices: count(dossier.passkeys.len()),
            services: count(dossier.consents.len()),
            mistake,
            delete_url: paths::ACCOUNT_DELETION,
            export_url: paths::ACCOUNT_EXPORT,
            back_url: paths::ACCOUNT,
        }
    }
}

impl Page for DeletionPage {
    const NAME: &'static str = "account/deletion";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let dossier = super::sample::dossier(chrome);
        let page = |mistake| Self::new(&dossier, mistake, chrome);
        vec![("question", page(false)), ("mistake", page(true))]
    }
}
