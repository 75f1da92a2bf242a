//! Identifications that are not over: those that wait for a second clerk, and codes that are out.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::identification::{badge, sample, stage};
use super::{Place, clerk, tabs};
use crate::domain::desk::{Handover, Identification, Stage};
use crate::domain::staff::Staff;
use crate::http::Trouble;
use crate::web::operator::{SAMPLE_STAFF, Tab};
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::{desk, words};
use crate::{paths, store};

/// So many stand on the page.
const SHOWN: u32 = 200;

/// `GET /counter/identifications`: without any personal data.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let member = match clerk(&visit).await? {
        Ok(member) => member,
        Err(answer) => return Ok(answer),
    };
    let now = visit.app.now();
    let (all, clerks) =
        visit.app.store.read(|db| Ok((store::desk::list(SHOWN, now, db)?, store::staff::clerks(db)?)))?;
    let frame = super::frame(&visit)?.at(paths::COUNTER_IDENTIFICATIONS.to_owned());
    let page = IdentificationsPage::new(&all, &clerks, &member.staff.name, &frame.chrome);
    Ok(frame.show(&page, StatusCode::OK))
}

/// One of them, in words.
pub(crate) struct Line {
    pub(crate) asked: String,
    pub(crate) url: String,
    pub(crate) by: String,
    pub(crate) document: &'static str,
    /// Badge and words of its state.
    pub(crate) kind: &'static str,
    pub(crate) stage: String,
}

/// `templates/counter/identifications.html`
#[derive(Template)]
#[template(path = "counter/identifications.html")]
pub(crate) struct IdentificationsPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) lines: Vec<Line>,
    pub(crate) new_url: &'static str,
}

impl IdentificationsPage {
    /// `staff`: the name of who is logged in.
    fn new(all: &[Identification], clerks: &[Staff], staff: &str, chrome: &Chrome) -> Self {
        let line = |one: &Identification| Line {
            asked: words::relative(one.asked, chrome),
            url: paths::counter_identification(one.id),
            by: clerks
                .iter()
                .find(|clerk| clerk.id == one.asked_by)
                .map_or_else(|| chrome.t("operator.actor.staff").to_owned(), |clerk| clerk.name.clone()),
            document: desk::kind(one.kind, chrome),
            kind: badge(one, words::now(chrome)),
            stage: stage(one, chrome),
        };
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs(Place::Identify, chrome),
            lines: all.iter().map(line).collect(),
            new_url: paths::COUNTER_IDENTIFICATION_NEW,
        }
    }
}

impl Page for IdentificationsPage {
    const NAME: &'static str = "counter/identifications";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let all =
            [Stage::Open, Stage::Confirmed, Stage::Issued(Handover::Letter)].map(|at| sample(at, chrome));
        let page = |all: &[Identification]| Self::new(all, &[], SAMPLE_STAFF, chrome);
        vec![("some", page(&all)), ("none", page(&[]))]
    }
}
