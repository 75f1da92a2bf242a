//! Whose are these new cards? The list, without any personal data.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::Tab;
use super::card_desk::Desk;
use super::card_review_words::{path, stage, stage_kind};
use super::entry::Entered;
use crate::domain::card::{Review, ReviewStage};
use crate::http::Trouble;
use crate::store;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::words;

/// So many that wait, and so many that were decided, stand on the page.
const SHOWN: u32 = 100;

/// `GET /operator/card-reviews`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    show_at(Desk::House, &visit).await
}

/// `GET /counter/card-reviews`
pub async fn show_at_counter(visit: Visit) -> Result<HttpResponse, Trouble> {
    show_at(Desk::Counter, &visit).await
}

async fn show_at(desk: Desk, visit: &Visit) -> Result<HttpResponse, Trouble> {
    let member = match desk.enter(visit).await? {
        Entered::Member(member) => member,
        Entered::Away(answer) => return Ok(answer),
    };
    let reviews = visit.app.store.read(|db| store::card_review::list(SHOWN, visit.app.now(), db))?;
    let frame = desk.frame(visit)?;
    let page = CardReviewsPage::new(desk, &reviews, &member.staff.name, &frame.chrome);
    Ok(frame.show(&page, StatusCode::OK))
}

/// One question, in words.
pub(crate) struct ReviewLine {
    pub(crate) asked: String,
    pub(crate) url: String,
    pub(crate) account: String,
    pub(crate) path: &'static str,
    /// Badge and word of its state.
    pub(crate) kind: &'static str,
    pub(crate) stage: &'static str,
}

/// `templates/operator/card_reviews.html`
#[derive(Template)]
#[template(path = "operator/card_reviews.html")]
pub(crate) struct CardReviewsPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) part: &'static str,
    /// How many wait.
    pub(crate) waiting: u64,
    pub(crate) reviews: Vec<ReviewLine>,
}

impl CardReviewsPage {
    /// `staff`: the name of who is logged in.
    pub(crate) fn new(desk: Desk, reviews: &[Review], staff: &str, chrome: &Chrome) -> Self {
        let waiting = reviews.iter().filter(|review| review.stage == ReviewStage::Open).count();
        Self {
            chrome: chrome.signed_in(staff),
            tabs: desk.tabs(chrome),
            part: desk.part(chrome),
            waiting: u64::try_from(waiting).unwrap_or(u64::MAX),
            reviews: reviews.iter().map(|review| line(desk, review, chrome)).collect(),
        }
    }
}

fn line(desk: Desk, review: &Review, chrome: &Chrome) -> ReviewLine {
    ReviewLine {
        asked: words::relative(review.asked, chrome),
        url: desk.url(review.id),
        account: words::short(review.person),
        path: path(review.path, chrome),
        kind: stage_kind(&review.stage),
        stage: stage(&review.stage, chrome),
    }
}

impl Page for CardReviewsPage {
    const NAME: &'static str = "operator/card_reviews";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let reviews = super::card_review_words::sample_reviews(chrome);
        let page = |desk, reviews: &[Review]| Self::new(desk, reviews, super::SAMPLE_STAFF, chrome);
        vec![
            ("some", page(Desk::House, &reviews)),
            ("none", page(Desk::House, &[])),
            ("at_counter", page(Desk::Counter, &reviews)),
        ]
    }
}
