//! "My new phone": the way with the old phone at hand, and the way without it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::dossier::Dossier;
use super::entry::{self, Entered};
use crate::domain::passkey::PasskeyState;
use crate::http::Trouble;
use crate::paths;
use crate::web::page::{Chrome, Page};
use crate::web::qr::{self, Picture};
use crate::web::visit::Visit;

/// `GET /account/new-phone`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let here = match entry::enter(&visit).await? {
        Entered::Here(here) => here,
        Entered::Away(answer) => return Ok(answer),
    };
    let frame = visit.frame();
    let page = NewPhonePage::new(&here.dossier(0, &visit)?, &visit.app.url(paths::ACCOUNT), &frame.chrome);
    Ok(frame.show(&page, StatusCode::OK))
}

/// A device that may be the old phone.
pub(crate) struct OldDevice {
    pub(crate) name: String,
    pub(crate) block_url: String,
}

/// `templates/account/new_phone.html`
#[derive(Template)]
#[template(path = "account/new_phone.html")]
pub(crate) struct NewPhonePage {
    pub(crate) chrome: Chrome,
    /// To be opened with the new phone; nothing in it is secret.
    pub(crate) address: String,
    pub(crate) picture: Option<Picture>,
    pub(crate) devices: Vec<OldDevice>,
    pub(crate) add_url: &'static str,
    pub(crate) back_url: &'static str,
}

impl NewPhonePage {
    /// `address`: of the account, in full.
    fn new(dossier: &Dossier, address: &str, chrome: &Chrome) -> Self {
        let there = dossier.passkeys.iter().filter(|key| key.state != PasskeyState::Blocked);
        let old = |key: &crate::domain::passkey::Passkey| OldDevice {
            name: key.name.clone(),
            block_url: paths::account_device(key.id),
        };
        Self {
            chrome: chrome.signed_in(&dossier.identity.display_name()),
            address: address.to_owned(),
            picture: qr::picture(address),
            devices: there.map(old).collect(),
            add_url: paths::ACCOUNT_DEVICES,
            back_url: paths::ACCOUNT,
        }
    }
}

impl Page for NewPhonePage {
    const NAME: &'static str = "account/new_phone";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let dossier = super::sample::dossier(chrome);
        let mut bare = super::sample::dossier(chrome);
        bare.passkeys.clear();
        let page = |dossier: &Dossier| Self::new(dossier, "https://id.birkenfurt.example/account", chrome);
        vec![("devices", page(&dossier)), ("none", page(&bare))]
    }
}
