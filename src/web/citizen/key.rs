//! Step 2 of enrolment: this device becomes the key. Also for one more device, from the account.

use askama::Template;

use crate::web::page::{Chrome, Page};

/// `templates/citizen/key.html`. `passkey.js` posts to `options_url` and `finish_url`.
#[derive(Template)]
#[template(path = "citizen/key.html")]
pub(crate) struct KeyPage {
    pub(crate) chrome: Chrome,
    /// Name of who was identified a moment ago.
    pub(crate) identified: Option<String>,
    /// One more device for somebody who has keys: no steps are shown.
    pub(crate) adding: bool,
    /// A proposal, `iPhone von Erika`.
    pub(crate) device_name: String,
    pub(crate) options_url: String,
    pub(crate) finish_url: String,
    /// POST: goes on without a key; for somebody whom we know already.
    pub(crate) skip_url: Option<String>,
    pub(crate) back_url: Option<String>,
}

impl Page for KeyPage {
    const NAME: &'static str = "citizen/key";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |adding: bool, skip: bool| Self {
            chrome: if adding { chrome.signed_in("Erika Mustermann") } else { chrome.clone() },
            identified: (!adding).then(|| "Erika Mustermann".to_owned()),
            adding,
            device_name: chrome.t("sample.device").to_owned(),
            options_url: "/beispiel/schluessel/anfang".to_owned(),
            finish_url: "/beispiel/schluessel/ende".to_owned(),
            skip_url: skip.then(|| "/beispiel/weiter".to_owned()),
            back_url: adding.then(|| "/beispiel/konto".to_owned()),
        };
        vec![("enrol", page(false, false)), ("skip", page(false, true)), ("adding", page(true, false))]
    }
}
