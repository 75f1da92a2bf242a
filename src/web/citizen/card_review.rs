//! A new card and neither key nor code: whose account it belongs to a clerk must say.
//!
//! The answer is the same, and takes as long, whether there is one such account, none or several.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;
use std::time::Duration;

use super::Asker;
use super::flow::Asked;
use super::new_card;
use crate::domain::identity_check::CheckStage;
use crate::eid::link::{self, Read};
use crate::http::limit::Act;
use crate::http::{Trouble, redirect};
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::{paths, store};

/// No answer comes sooner: longer than the search takes in any case, so that its length tells nothing.
const ANSWER_AFTER: Duration = Duration::from_millis(400);

/// `GET /sign-in/{id}/card-review`: the question, or what comes after it.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let asked = Asked::load(&visit)?;
    if new_card::waiting(&asked, &visit)?.is_some() {
        return Ok(page(&asked, &visit, false));
    }
    let latest = visit.app.store.read(|db| store::identity_check::latest(asked.sign_in.id, db))?;
    let mine = latest.filter(|check| check.browser == visit.browser.hash());
    match mine.map(|check| check.stage) {
        Some(CheckStage::Asked) => Ok(page(&asked, &visit, true)),
        _ => new_card::instead(&asked, &visit),
    }
}

/// `POST /sign-in/{id}/card-review`
pub async fn ask(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    visit.form(&body)?;
    visit.count(Act::Open)?;
    let asked = Asked::load(&visit)?;
    let Some((check, result)) = new_card::waiting(&asked, &visit)? else {
        return new_card::instead(&asked, &visit);
    };
    new_card::count_try(&visit, &result)?;
    let read = Read { result: &result, check: &check, sign_in: &asked.sign_in, app: &visit.app };
    let (answer, ()) = tokio::join!(link::by_data(read), tokio::time::sleep(ANSWER_AFTER));
    answer?;
    Ok(redirect::see_other(&paths::sign_in_card_review(asked.sign_in.id)))
}

fn page(asked: &Asked, visit: &Visit, done: bool) -> HttpResponse {
    let id = asked.sign_in.id;
    let frame = asked.frame(visit).at(paths::sign_in_card_review(id));
    let page = CardReviewPage {
        asker: asked.sign(),
        done,
        ask_url: paths::sign_in_card_review(id),
        next_url: if done { paths::sign_in(id) } else { paths::sign_in_new_card(id) },
        chrome: frame.chrome.clone(),
    };
    frame.show(&page, StatusCode::OK)
}

/// `templates/citizen/card_review.html`
#[derive(Template)]
#[template(path = "citizen/card_review.html")]
pub(crate) struct CardReviewPage {
    pub(crate) chrome: Chrome,
    pub(crate) asker: Option<Asker>,
    /// It was asked; what comes of it is not told here.
    pub(crate) done: bool,
    /// POST.
    pub(crate) ask_url: String,
    /// Back to the other ways; once it was asked, to the sign-in.
    pub(crate) next_url: String,
}

impl Page for CardReviewPage {
    const NAME: &'static str = "citizen/card_review";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |asker, done| Self {
            chrome: chrome.clone(),
            asker,
            done,
            ask_url: "/beispiel/pruefung".to_owned(),
            next_url: "/beispiel/neuer-ausweis".to_owned(),
        };
        vec![
            ("question", page(None, false)),
            ("asked", page(Some(Asker::sample(chrome)), true)),
            ("asked_account", page(None, true)),
        ]
    }
}
