//! Step 1 of enrolment: what is needed, what is read, and the one button that starts the reading.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::flow::Asked;
use crate::http::Trouble;
use crate::paths;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;

/// `GET /sign-in/{id}/enrolment`: step one.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let asked = Asked::load(&visit)?;
    let frame = asked.frame(&visit).at(paths::sign_in_enrol(asked.sign_in.id));
    let page = EnrolPage {
        identify_url: paths::sign_in_checks(asked.sign_in.id),
        demo_card: visit.rooms.makers.is_demo(),
        back_url: Some(paths::sign_in(asked.sign_in.id)),
        chrome: frame.chrome.clone(),
    };
    Ok(frame.show(&page, StatusCode::OK))
}

/// `templates/citizen/enrol.html`
#[derive(Template)]
#[template(path = "citizen/enrol.html")]
pub(crate) struct EnrolPage {
    pub(crate) chrome: Chrome,
    /// POST, starts the reading of the card.
    pub(crate) identify_url: String,
    /// The next page lets one choose a made-up card.
    pub(crate) demo_card: bool,
    pub(crate) back_url: Option<String>,
}

impl Page for EnrolPage {
    const NAME: &'static str = "citizen/enrol";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |demo_card| Self {
            chrome: Chrome { demo: demo_card, ..chrome.clone() },
            identify_url: "/beispiel/ausweis".to_owned(),
            demo_card,
            back_url: demo_card.then(|| "/beispiel/anmelden".to_owned()),
        };
        vec![("demo", page(true)), ("real", page(false))]
    }
}
