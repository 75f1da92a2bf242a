//! Logged out: back to the service if it named a way, or to the door.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::Asker;
use crate::http::Trouble;
use crate::paths;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;

/// `GET /signed-out`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let frame = visit.frame();
    let page = SignedOutPage {
        asker: None,
        back_url: None,
        sign_in_url: paths::ACCOUNT.to_owned(),
        chrome: frame.chrome.clone(),
    };
    Ok(frame.show(&page, StatusCode::OK))
}

/// `templates/citizen/signed_out.html`
#[derive(Template)]
#[template(path = "citizen/signed_out.html")]
pub(crate) struct SignedOutPage {
    pub(crate) chrome: Chrome,
    pub(crate) asker: Option<Asker>,
    /// The service's registered address for afterwards.
    pub(crate) back_url: Option<String>,
    pub(crate) sign_in_url: String,
}

impl Page for SignedOutPage {
    const NAME: &'static str = "citizen/signed_out";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |asker: Option<Asker>| Self {
            chrome: chrome.clone(),
            back_url: asker.as_ref().map(|_| "/beispiel/zurueck".to_owned()),
            asker,
            sign_in_url: "/beispiel/anmelden".to_owned(),
        };
        vec![("account", page(None)), ("service", page(Some(Asker::sample(chrome))))]
    }
}
