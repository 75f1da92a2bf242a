//! Reading a card with the holder's own program (AusweisApp): opening it, watching how far it got, coming back.
//!
//! The browser comes back by an address with a one-time value, which only the holder's program was told, *and* must
//! have the cookie of who began. So nobody can have a stranger read their card for them: the stranger's browser has
//! the value, but not the cookie; the one who began has the cookie, but not the value.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, REFRESH};
use actix_web::web::Bytes;
use askama::Template;

use super::check::settled;
use super::flow::Asked;
use crate::domain::eid_session::EidProgress;
use crate::domain::id::CheckId;
use crate::domain::identity_check::{Check, CheckRefused, CheckResult, CheckStage};
use crate::eid::makers::Heard;
use crate::eid::paos::Minor;
use crate::eid::reading::{self, Occasion};
use crate::eid::{begin, makers};
use crate::http::{Trouble, redirect};
use crate::paths;
use crate::store;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;

/// Where the holder's program listens on this machine (TR-03124-1 §2.2.1).
const CLIENT: &str = "http://127.0.0.1:24727/eID-Client";
/// The same for a telephone, where a program is opened by the scheme.
const MOBILE_CLIENT: &str = "eid://127.0.0.1:24727/eID-Client";

/// `GET /eid/{check}`: the button that opens the program, or what came of the check.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let (check, asked) = load(&visit)?;
    match check.stage {
        CheckStage::Open => {}
        CheckStage::Refused(why) => return super::card_refused::show(&visit, &asked, check.id, why),
        CheckStage::Asked => return Ok(redirect::see_other(&paths::sign_in_card_review(asked.sign_in.id))),
        CheckStage::New | CheckStage::Known(_) | CheckStage::Done(_) => {
            return Ok(redirect::see_other(&paths::sign_in(asked.sign_in.id)));
        }
    }
    let key = makers::tc_token_key(check.id, &visit.app);
    let token = visit.app.url(&paths::eid_tc_token(check.id, &key));
    let link = |client: &str| {
        let query: String =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("tcTokenURL", &token).finish();
        format!("{client}?{query}")
    };
    let frame = asked.frame(&visit).at(paths::eid(check.id));
    let page = EidPage {
        open_url: link(CLIENT),
        mobile_url: link(MOBILE_CLIENT),
        status_url: format!("{CLIENT}?Status=json"),
        progress_url: paths::eid_progress(check.id),
        give_up_url: paths::eid(check.id),
        chrome: frame.chrome.clone(),
    };
    Ok(frame.show(&page, StatusCode::OK))
}

/// `POST /eid/{check}`: the person gives up.
pub async fn give_up(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    visit.form(&body)?;
    let (check, asked) = load(&visit)?;
    if check.stage != CheckStage::Open {
        return Ok(redirect::see_other(&paths::eid(check.id)));
    }
    if let Some(session) = visit.app.store.read(|db| store::eid_session::by_check(check.id, db))? {
        makers::forget(&session, &visit.app).await?;
    }
    settled(&visit, &asked, &check, Err(CheckRefused::Cancelled), paths::eid(check.id)).await
}

/// `GET /eid/{check}/progress`: how far it got, for the script of the page. It never leads on: see the card above.
pub async fn progress(visit: Visit) -> Result<HttpResponse, Trouble> {
    let check = begin::load(&visit.app, &visit.browser, visit.id::<CheckId>("check")?)?;
    let session = visit.app.store.read(|db| store::eid_session::by_check(check.id, db))?;
    let progress = match (&check.stage, session) {
        (CheckStage::Open, Some(session)) => session.progress,
        (CheckStage::Open, None) => EidProgress::Waiting,
        _ => EidProgress::Ended,
    };
    Ok(HttpResponse::Ok().json(serde_json::json!({ "progress": progress.name() })))
}

/// `GET /eid/{check}/return` and `…/failure`: the holder's program sends the browser back.
pub async fn come_back(visit: Visit) -> Result<HttpResponse, Trouble> {
    let query = visit.query()?;
    let id = visit.id::<CheckId>("check")?;
    let (check, asked) = match load(&visit) {
        Ok(found) => found,
        Err(Trouble::OtherBrowser) => return Ok(elsewhere(&visit)),
        Err(other) => return Err(other),
    };
    if check.stage != CheckStage::Open {
        return Ok(redirect::see_other(&paths::eid(id)));
    }
    let session = makers::come_back(id, query.get("once").unwrap_or(""), &visit.app)?;
    let told = told_by_client(query.get("ResultMajor"), query.get("ResultMinor"));
    let answer = match visit.rooms.makers.hear(session.clone(), &visit.app).await? {
        Heard::Ended(outcome) => result_of(&visit, outcome, &session.id.to_string()),
        // A program that says it failed will bring no result any more.
        Heard::NotYet if query.get("ResultMajor") != Some("error") => return Ok(wait(&visit, &asked)),
        Heard::NotYet | Heard::Nothing => Err(told),
    };
    let done = settled(&visit, &asked, &check, answer, paths::eid(id)).await?;
    makers::forget(&session, &visit.app).await?;
    Ok(done)
}

/// What the holder's program says where the server heard no end (TR-03124-1 §2.5.4): only a hint for the right words.
fn told_by_client(major: Option<&str>, minor: Option<&str>) -> CheckRefused {
    match (major, minor) {
        (Some("error"), Some(minor)) => Minor::new(minor).refused(),
        _ => CheckRefused::ClientTrouble,
    }
}

fn load(visit: &Visit) -> Result<(Check, Asked), Trouble> {
    let check = begin::load(&visit.app, &visit.browser, visit.id::<CheckId>("check")?)?;
    let asked = Asked::of(visit, check.sign_in)?;
    Ok((check, asked))
}

/// The rented service has no result yet: the page comes again by itself.
fn wait(visit: &Visit, asked: &Asked) -> HttpResponse {
    let here = visit.request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
    let frame = asked.frame(visit).at(here.clone());
    let page = EidWaitPage { again_url: here, chrome: frame.chrome.clone() };
    let mut answer = frame.show(&page, StatusCode::OK);
    answer.headers_mut().insert(REFRESH, HeaderValue::from_static("3"));
    answer
}

/// Not the browser in which it began: nobody is logged in here, and the page says where to go on.
fn elsewhere(visit: &Visit) -> HttpResponse {
    let frame = visit.frame().at(paths::HOME.to_owned());
    let page = EidElsewherePage { chrome: frame.chrome.clone() };
    frame.show(&page, StatusCode::FORBIDDEN)
}

/// `templates/citizen/eid.html`
#[derive(Template)]
#[template(path = "citizen/eid.html")]
pub(crate) struct EidPage {
    pub(crate) chrome: Chrome,
    /// Opens the program on this machine.
    pub(crate) open_url: String,
    /// Opens the program on a telephone.
    pub(crate) mobile_url: String,
    /// Answers if the program runs on this machine.
    pub(crate) status_url: String,
    /// How far it got, as JSON.
    pub(crate) progress_url: String,
    /// POST, ends the check.
    pub(crate) give_up_url: String,
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

/// `templates/citizen/eid_elsewhere.html`
#[derive(Template)]
#[template(path = "citizen/eid_elsewhere.html")]
pub(crate) struct EidElsewherePage {
    pub(crate) chrome: Chrome,
}

impl Page for EidPage {
    const NAME: &'static str = "citizen/eid";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = Self {
            chrome: chrome.clone(),
            open_url: "/beispiel/ausweisapp".to_owned(),
            mobile_url: "/beispiel/ausweisapp-am-handy".to_owned(),
            status_url: "/beispiel/laeuft-sie".to_owned(),
            progress_url: "/beispiel/wie-weit".to_owned(),
            give_up_url: "/beispiel/abbrechen".to_owned(),
        };
        vec![("ready", page)]
    }
}

impl Page for EidElsewherePage {
    const NAME: &'static str = "citizen/eid_elsewhere";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        vec![("elsewhere", Self { chrome: chrome.clone() })]
    }
}

/// Of the demo's own cards, as well: what a card answered becomes the result of a check.
pub(crate) fn result_of(
    visit: &Visit,
    outcome: crate::eid::answer::Outcome,
    transaction: &str,
) -> Result<CheckResult, CheckRefused> {
    let occasion = Occasion {
        provider: visit.rooms.makers.name(),
        transaction,
        at: visit.app.now(),
        demo: visit.app.demo,
    };
    reading::read(&outcome?, &occasion, &visit.frame().chrome.zone)
}
