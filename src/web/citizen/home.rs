//! The front door: to one's account and, in the demo, to the services one can try.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use crate::http::Trouble;
use crate::paths;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;

/// `templates/citizen/home.html`
#[derive(Template)]
#[template(path = "citizen/home.html")]
pub(crate) struct HomePage {
    pub(crate) chrome: Chrome,
    pub(crate) account_url: &'static str,
    /// Name and address; empty outside of the demo.
    pub(crate) services: Vec<(String, String)>,
}

/// `GET /`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let frame = visit.frame();
    let page = HomePage {
        account_url: paths::ACCOUNT,
        services: visit.rooms.demo_services.clone(),
        chrome: frame.chrome.clone(),
    };
    Ok(frame.show(&page, StatusCode::OK))
}

impl Page for HomePage {
    const NAME: &'static str = "citizen/home";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |services| Self { chrome: chrome.clone(), account_url: paths::ACCOUNT, services };
        let service = (chrome.t("sample.service").to_owned(), "https://parken.example/".to_owned());
        vec![("town", page(Vec::new())), ("demo", page(vec![service]))]
    }
}
