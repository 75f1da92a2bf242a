//! In place of card, reader and phone: choose a made-up person and type the PIN.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::check::settled;
use super::flow::Asked;
use crate::domain::attribute::Address;
use crate::domain::id::CheckId;
use crate::domain::identity_check::{Check, CheckRefused, CheckStage};
use crate::eid;
use crate::eid::client::Decision;
use crate::eid::demo_card::{self, PEOPLE, Pin, Trait};
use crate::http::limit::Act;
use crate::http::{Trouble, redirect};
use crate::paths;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;

/// `GET /demo-card/{check}`: the cards to choose from, or what came of the check.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let (check, asked) = load(&visit)?;
    match check.stage {
        CheckStage::Open => Ok(choose(&visit, &asked, &check, "erika", None)),
        CheckStage::Refused(why) => super::card_refused::show(&visit, &asked, &check, why),
        CheckStage::Asked => Ok(redirect::see_other(&paths::sign_in_card_review(asked.sign_in.id))),
        CheckStage::New | CheckStage::Known(_) | CheckStage::Done(_) => {
            Ok(redirect::see_other(&paths::sign_in(asked.sign_in.id)))
        }
    }
}

/// `POST /demo-card/{check}`: a card is presented, or the person gives up.
pub async fn present(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    let (check, asked) = load(&visit)?;
    if check.stage != CheckStage::Open {
        return Ok(redirect::see_other(&paths::demo_card(check.id)));
    }
    if form.get("answer") == Some("cancel") {
        let card = form.get("person").and_then(demo_card::person).unwrap_or(&PEOPLE[0]);
        return read(&visit, &asked, &check, card, Decision::Cancel).await;
    }
    let card = form.get("person").and_then(demo_card::person).ok_or(Trouble::BadRequest("person"))?;
    let pin = form.get("pin").unwrap_or("").to_owned();
    if pin.len() != 6 || !pin.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(choose(&visit, &asked, &check, card.key, Some(PinError::Malformed)));
    }
    let tried = visit.app.write(move |db| demo_card::try_pin(card, &pin, db).map_err(Trouble::from)).await?;
    match tried {
        Pin::Right => read(&visit, &asked, &check, card, Decision::Agree).await,
        Pin::Blocked => {
            let end = paths::demo_card(check.id);
            settled(&visit, &asked, &check, Err(CheckRefused::PinBlocked), end).await
        }
        Pin::Wrong(left) => {
            visit.count(Act::Fail)?;
            let wrong = PinError::Wrong { tries_left: u64::try_from(left).unwrap_or(0) };
            Ok(choose(&visit, &asked, &check, card.key, Some(wrong)))
        }
    }
}

/// Lays the card on and lets it meet our eID-Server; what comes of it settles the check.
async fn read(
    visit: &Visit,
    asked: &Asked,
    check: &Check,
    card: &demo_card::DemoPerson,
    decision: Decision,
) -> Result<HttpResponse, Trouble> {
    let (outcome, transaction) =
        visit.rooms.makers.read_demo_card(card, decision, check.id, &visit.app).await?;
    let answer = super::eid::result_of(visit, outcome, &transaction);
    settled(visit, asked, check, answer, paths::demo_card(check.id)).await
}

/// `POST /demo-card/{check}/renewal`: fresh cards in place of blocked ones, and a new check.
pub async fn renew(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    visit.form(&body)?;
    let (check, asked) = load(&visit)?;
    let renewed = visit
        .app
        .write(|db| PEOPLE.iter().try_for_each(|card| demo_card::renew(card, db)).map_err(Trouble::from));
    renewed.await?;
    super::check::begin_for(&visit, &asked, check.purpose).await
}

/// The check of this address with its sign-in; only where the demo card is the provider.
fn load(visit: &Visit) -> Result<(Check, Asked), Trouble> {
    if !visit.rooms.makers.is_demo() {
        return Err(Trouble::NotFound);
    }
    let check = eid::begin::load(&visit.app, &visit.browser, visit.id::<CheckId>("check")?)?;
    let asked = Asked::of(visit, check.sign_in)?;
    Ok((check, asked))
}

fn choose(
    visit: &Visit,
    asked: &Asked,
    check: &Check,
    chosen: &str,
    pin_error: Option<PinError>,
) -> HttpResponse {
    let frame = asked.frame(visit).at(paths::demo_card(check.id));
    let page = DemoCardPage {
        persons: persons(&frame.chrome),
        chosen: chosen.to_owned(),
        pin_error,
        answer_url: paths::demo_card(check.id),
        ausweisapp_url: visit.app.is_https().then(|| paths::eid(check.id)),
        chrome: frame.chrome.clone(),
    };
    let status = if page.pin_error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    frame.show(&page, status)
}

/// Everybody, as the page shows them.
fn persons(chrome: &Chrome) -> Vec<DemoPerson> {
    let lines = |address: &Address| {
        vec![address.street.clone(), format!("{} {}", address.postal_code, address.locality)]
    };
    let show = |person: &demo_card::DemoPerson| {
        let identity = person.identity();
        DemoPerson {
            key: person.key.to_owned(),
            name: identity.full_name(),
            birth: identity.birth_date.map_or_else(String::new, |d| super::consent::birth_text(d, chrome)),
            address: identity.address.as_ref().map_or_else(Vec::new, lines),
            remark: remark(person.particular, chrome).to_owned(),
        }
    };
    PEOPLE.iter().map(show).collect()
}

fn remark(particular: Trait, chrome: &Chrome) -> &'static str {
    match particular {
        Trait::Plain => chrome.t("demo_card.fine"),
        Trait::ForeignLetters => chrome.t("demo_card.letters"),
        Trait::Title => chrome.t("demo_card.with_title"),
        Trait::OneName => chrome.t("demo_card.one_name"),
        Trait::ResidencePermit => chrome.t("demo_card.permit"),
        Trait::ForeignAddress => chrome.t("demo_card.foreign_address"),
        Trait::LongNames => chrome.t("demo_card.long_names"),
        Trait::Blocked => chrome.t("demo_card.blocked"),
        Trait::Expired => chrome.t("demo_card.expired"),
    }
}

/// `templates/citizen/demo_card.html`. The form sends `person` and `pin`, or `answer=cancel`.
#[derive(Template)]
#[template(path = "citizen/demo_card.html")]
pub(crate) struct DemoCardPage {
    pub(crate) chrome: Chrome,
    pub(crate) persons: Vec<DemoPerson>,
    /// Key of the person who is chosen already.
    pub(crate) chosen: String,
    pub(crate) pin_error: Option<PinError>,
    pub(crate) answer_url: String,
    /// The second way, with the real program and a test card; it wants TLS.
    pub(crate) ausweisapp_url: Option<String>,
}

/// A made-up person as the card shows them.
pub(crate) struct DemoPerson {
    /// `erika`: stable, tests choose by it.
    pub(crate) key: String,
    pub(crate) name: String,
    /// In words; of some people only the year is known.
    pub(crate) birth: String,
    /// One entry per line.
    pub(crate) address: Vec<String>,
    /// What this card is good for trying out.
    pub(crate) remark: String,
}

/// What was wrong with the PIN.
#[derive(Clone, Copy)]
pub(crate) enum PinError {
    /// Six digits, but not the right ones.
    Wrong { tries_left: u64 },
    /// Not six digits; no try was used up.
    Malformed,
}

impl PinError {
    pub(crate) fn text(self, chrome: &Chrome) -> String {
        match self {
            Self::Wrong { tries_left } => chrome.tn("demo_card.pin_wrong", tries_left),
            Self::Malformed => chrome.t("demo_card.pin_malformed").to_owned(),
        }
    }
}

impl Page for DemoCardPage {
    const NAME: &'static str = "citizen/demo_card";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |pin_error: Option<PinError>| Self {
            chrome: chrome.clone(),
            persons: persons(chrome),
            chosen: "erika".to_owned(),
            ausweisapp_url: pin_error.is_none().then(|| "/beispiel/ausweisapp".to_owned()),
            pin_error,
            answer_url: "/beispiel/karte".to_owned(),
        };
        vec![
            ("fresh", page(None)),
            ("wrong", page(Some(PinError::Wrong { tries_left: 2 }))),
            ("last", page(Some(PinError::Wrong { tries_left: 1 }))),
            ("malformed", page(Some(PinError::Malformed))),
        ]
    }
}
