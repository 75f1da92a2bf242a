//! Step 1 of enrolment: what is needed, what is read, and the one button that starts the reading.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::flow::Asked;
use crate::domain::attribute::Datum;
use crate::eid::makers;
use crate::eid::request::{Request, Want};
use crate::http::Trouble;
use crate::paths;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::words;

/// `GET /sign-in/{id}/enrolment`: step one.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let asked = Asked::load(&visit)?;
    let frame = asked.frame(&visit).at(paths::sign_in_enrol(asked.sign_in.id));
    let page = EnrolPage {
        identify_url: paths::sign_in_checks(asked.sign_in.id),
        demo_card: visit.rooms.makers.is_demo(),
        read: Read::of(&makers::wanted(&visit.app)?, &frame.chrome),
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
    pub(crate) read: Read,
    pub(crate) back_url: Option<String>,
}

/// What is asked of a card here and now, in words.
pub(crate) struct Read {
    /// Without it there is no account.
    pub(crate) required: Vec<&'static str>,
    /// Which the holder may leave out.
    pub(crate) free: Vec<&'static str>,
}

impl Read {
    fn of(request: &Request, chrome: &Chrome) -> Self {
        let words = |want| request.wanted(want).map(|one| words::operation(one, chrome)).collect();
        Self { required: words(Want::Required), free: words(Want::Allowed) }
    }
}

impl Page for EnrolPage {
    const NAME: &'static str = "citizen/enrol";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |demo_card, asked: &[Datum]| Self {
            chrome: Chrome { demo: demo_card, ..chrome.clone() },
            identify_url: "/beispiel/ausweis".to_owned(),
            demo_card,
            read: Read::of(&Request::for_account(asked.iter().copied()), chrome),
            back_url: demo_card.then(|| "/beispiel/anmelden".to_owned()),
        };
        vec![("demo", page(true, &[Datum::Name, Datum::Address])), ("real", page(false, &[]))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::text::Language;

    #[test]
    fn the_page_says_what_is_asked_and_no_more() {
        let chrome = Chrome::sample(Language::De);
        let read = |asked: &[Datum]| Read::of(&Request::for_account(asked.iter().copied()), &chrome);
        let least = read(&[]);
        assert!(least.required.contains(&"Geburtsdatum") && least.free.is_empty());
        assert!(!least.required.contains(&"Anschrift"), "no service wants it");
        let more = read(&[Datum::Name, Datum::Resident]);
        assert!(more.required.contains(&"Anschrift") && more.free.contains(&"Doktorgrad"));
        assert!(!more.required.contains(&"Doktorgrad"));
    }
}
