//! The door for staff: a key, nothing else.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use crate::domain::assurance::{Assessment, Level};
use crate::domain::id::SignInId;
use crate::domain::passkey::Passkey;
use crate::paths;
use crate::web::frame::Frame;
use crate::web::page::{Chrome, Page};

/// Shows the door at a sign-in.
pub(crate) fn show(frame: &Frame, id: SignInId) -> HttpResponse {
    let (options, finish) = (paths::sign_in_passkey_options(id), paths::sign_in_passkey(id));
    frame.show(&StaffSignInPage::new(false, options, finish, &frame.chrome), StatusCode::OK)
}

/// Staff are appointed, not identified: their sessions are `low` and live as long as such sessions do, whatever
/// the key is.
pub(crate) fn assess(_: &Passkey) -> Assessment {
    Assessment { level: Level::Low, identity: Level::Low, authenticator: Level::Low, reasons: Vec::new() }
}

/// `templates/operator/sign_in.html`. `passkey.js` posts to `options_url` and `finish_url`.
#[derive(Template)]
#[template(path = "operator/sign_in.html")]
pub(crate) struct StaffSignInPage {
    pub(crate) chrome: Chrome,
    /// A sentence on why one stands at the door again.
    pub(crate) notice: Option<&'static str>,
    pub(crate) options_url: String,
    pub(crate) finish_url: String,
}

impl StaffSignInPage {
    /// `again`: the session has ended.
    pub(crate) fn new(again: bool, options_url: String, finish_url: String, chrome: &Chrome) -> Self {
        let notice = again.then(|| chrome.t("operator.door.again"));
        Self { chrome: Chrome { person: None, ..chrome.clone() }, notice, options_url, finish_url }
    }
}

impl Page for StaffSignInPage {
    const NAME: &'static str = "operator/sign_in";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let id = crate::domain::id::SignInId::from_bytes([3; 16]);
        let page = |again| {
            let (options, finish) =
                (crate::paths::sign_in_passkey_options(id), crate::paths::sign_in_passkey(id));
            Self::new(again, options, finish, chrome)
        };
        vec![("first", page(false)), ("again", page(true))]
    }
}
