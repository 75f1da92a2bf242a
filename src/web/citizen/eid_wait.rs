//! The rented service has no result yet: the page comes again by itself.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, REFRESH};
use askama::Template;

use super::flow::Asked;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;

/// Shows it at the address that asks for the result.
pub(super) fn show(visit: &Visit, asked: &Asked) -> HttpResponse {
    let here = visit.request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
    let frame = asked.frame(visit).at(here.clone());
    let page = EidWaitPage { again_url: here, chrome: frame.chrome.clone() };
    let mut answer = frame.show(&page, StatusCode::OK);
    answer.headers_mut().insert(REFRESH, HeaderValue::from_static("3"));
    answer
}

/// `templates/citizen/eid_wait.html`. Comes again by itself (HTML Standard §"Refresh", as a header).
#[derive(Template)]
#[template(path = "citizen/eid_wait.html")]
pub(crate) struct EidWaitPage {
    pub(crate) chrome: Chrome,
    /// Where the result is asked for.
    pub(crate) again_url: String,
}

impl Page for EidWaitPage {
    const NAME: &'static str = "citizen/eid_wait";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        vec![("waiting", Self { chrome: chrome.clone(), again_url: "/beispiel/weiter".to_owned() })]
    }
}
