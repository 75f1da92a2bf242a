//! Step 1 of enrolment: what is needed, what is read, and the one button that starts the reading.

use askama::Template;

use crate::web::page::{Chrome, Page};

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
