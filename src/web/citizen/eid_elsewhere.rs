//! The card was read in another browser than the one in which it began: what happened, and where to go on.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use crate::paths;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;

/// Nobody is logged in here, and nothing is told of who began.
pub(super) fn show(visit: &Visit) -> HttpResponse {
    let frame = visit.frame().at(paths::HOME.to_owned());
    let page = EidElsewherePage { start_url: paths::HOME, chrome: frame.chrome.clone() };
    frame.show(&page, StatusCode::FORBIDDEN)
}

/// `templates/citizen/eid_elsewhere.html`
#[derive(Template)]
#[template(path = "citizen/eid_elsewhere.html")]
pub(crate) struct EidElsewherePage {
    pub(crate) chrome: Chrome,
    /// Where one may begin anew in this very browser.
    pub(crate) start_url: &'static str,
}

impl Page for EidElsewherePage {
    const NAME: &'static str = "citizen/eid_elsewhere";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        vec![("elsewhere", Self { chrome: chrome.clone(), start_url: paths::HOME })]
    }
}
