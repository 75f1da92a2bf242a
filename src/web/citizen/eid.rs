//! Reading a card with the holder's own program (AusweisApp): opening it, watching how far it got, coming back.
//!
//! The browser comes back by an address with a one-time value, which only the holder's program was told, *and* must
//! have the cookie of who began. So nobody can have a stranger read their card for them: the stranger's browser has
//! the value, but not the cookie; the one who began has the cookie, but not the value. For the same reason the page
//! never leads on by itself when it hears that a reading has ended.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Bytes;
use askama::Template;

use super::check::settled;
use super::flow::Asked;
use crate::domain::eid_session::EidProgress;
use crate::domain::id::CheckId;
use crate::domain::identity_check::{Check, CheckRefused, CheckResult, CheckStage, Purpose};
use crate::domain::time::Span;
use crate::eid::answer::Outcome;
use crate::eid::makers::Heard;
use crate::eid::paos::Minor;
use crate::eid::reading::{self, Occasion};
use crate::eid::{begin, makers};
use crate::http::limit::Act;
use crate::http::{Trouble, redirect};
use crate::paths;
use crate::store;
use crate::web::page::{Chrome, Page};
use crate::web::qr::{self, Picture};
use crate::web::visit::Visit;

/// `GET /eid/{check}`: the button that opens the program, or what came of the check.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let (check, asked) = load(&visit)?;
    match check.stage {
        CheckStage::Open => {}
        CheckStage::Refused(why) => return super::card_refused::show(&visit, &asked, &check, why),
        CheckStage::Asked => return Ok(redirect::see_other(&paths::sign_in_card_review(asked.sign_in.id))),
        CheckStage::New => return Ok(redirect::see_other(&paths::sign_in_key(asked.sign_in.id))),
        CheckStage::Known(_) | CheckStage::Done(_) => {
            return Ok(redirect::see_other(&paths::sign_in(asked.sign_in.id)));
        }
    }
    // The program comes here with an error when there was no session to open (TR-03124-1 §2.3.1).
    let failed = visit.query()?.get("ResultMajor").is_some();
    ready(&visit, &asked, &check, failed.then_some(Note::Again), StatusCode::OK)
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
    end(&visit, &asked, &check, Err(CheckRefused::Cancelled)).await
}

/// `GET /eid/{check}/progress`: how far it got, for the script of the page, and whether the check still waits for a
/// reading to come back.
pub async fn progress(visit: Visit) -> Result<HttpResponse, Trouble> {
    let check = begin::load(&visit.app, &visit.browser, visit.id::<CheckId>("check")?)?;
    let open = check.stage == CheckStage::Open;
    let progress = if open { present(&visit, &check)? } else { EidProgress::Ended };
    Ok(HttpResponse::Ok().json(serde_json::json!({ "progress": progress.name(), "open": open })))
}

/// `GET /eid/{check}/return` and `…/failure`: the holder's program sends the browser back.
pub async fn come_back(visit: Visit) -> Result<HttpResponse, Trouble> {
    if is_eid_client(visit.request.headers()) {
        return Ok(HttpResponse::NoContent().finish());
    }
    let query = visit.query()?;
    let id = visit.id::<CheckId>("check")?;
    let (check, asked) = match load(&visit) {
        Ok(found) => found,
        Err(Trouble::OtherBrowser) => {
            // Whoever began may talk the holder into telling them this address: it must be worth nothing by then.
            if let Some(session) = makers::come_back(id, query.get("once").unwrap_or(""), &visit.app)? {
                makers::forget(&session, &visit.app).await?;
            }
            return Ok(super::eid_elsewhere::show(&visit));
        }
        Err(other) => return Err(other),
    };
    if check.stage != CheckStage::Open {
        return Ok(redirect::see_other(&paths::eid(id)));
    }
    let Some(session) = makers::come_back(id, query.get("once").unwrap_or(""), &visit.app)? else {
        // From a reading before the present one, or made up: nothing happens, and the card can be read again.
        visit.count(Act::Fail)?;
        return ready(&visit, &asked, &check, Some(Note::Again), StatusCode::CONFLICT);
    };
    let answer = match visit.rooms.makers.hear(session.clone(), &visit.app).await? {
        Heard::Ended(outcome) => result_of(&visit, *outcome, &session.id.to_string()),
        // A program that says it failed will bring no result any more.
        Heard::NotYet if query.get("ResultMajor") != Some("error") => {
            return Ok(super::eid_wait::show(&visit, &asked));
        }
        Heard::NotYet | Heard::Nothing => {
            Err(told_by_client(query.get("ResultMajor"), query.get("ResultMinor")))
        }
    };
    let done = end(&visit, &asked, &check, answer).await?;
    makers::forget(&session, &visit.app).await?;
    Ok(done)
}

/// Takes what came of the check; of two requests at once, the slower one goes where the faster one has led.
async fn end(
    visit: &Visit,
    asked: &Asked,
    check: &Check,
    answer: Result<CheckResult, CheckRefused>,
) -> Result<HttpResponse, Trouble> {
    let here = paths::eid(check.id);
    match settled(visit, asked, check, answer, here.clone()).await {
        Err(Trouble::SignInOver) => {
            let now = visit.app.store.read(|db| store::identity_check::by_id(check.id, db))?;
            let faster = now.is_some_and(|now| now.stage != CheckStage::Open);
            if faster { Ok(redirect::see_other(&here)) } else { Err(Trouble::SignInOver) }
        }
        other => other,
    }
}

/// What the holder's program says where the server heard no end (TR-03124-1 §2.5.4): only a hint for the right words.
fn told_by_client(major: Option<&str>, minor: Option<&str>) -> CheckRefused {
    match (major, minor) {
        (Some("error"), Some(minor)) => Minor::new(minor).refused(),
        _ => CheckRefused::ClientTrouble,
    }
}

/// Of the demo's own cards, as well: what a card answered becomes the result of a check.
pub(crate) fn result_of(
    visit: &Visit,
    outcome: Outcome,
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

fn load(visit: &Visit) -> Result<(Check, Asked), Trouble> {
    let check = begin::load(&visit.app, &visit.browser, visit.id::<CheckId>("check")?)?;
    let asked = Asked::of(visit, check.sign_in)?;
    Ok((check, asked))
}

/// How far the check's present reading got.
fn present(visit: &Visit, check: &Check) -> Result<EidProgress, Trouble> {
    let session = visit.app.store.read(|db| store::eid_session::by_check(check.id, db))?;
    let session = session.filter(|session| visit.app.now() < session.expires);
    Ok(session.map_or(EidProgress::Waiting, |session| session.progress))
}

/// Shows the page of an open check.
fn ready(
    visit: &Visit,
    asked: &Asked,
    check: &Check,
    note: Option<Note>,
    status: StatusCode,
) -> Result<HttpResponse, Trouble> {
    let app = &visit.app;
    let key = makers::tc_token_key(check.id, app);
    let token = app.url(&paths::eid_tc_token(check.id, &key));
    let link = |client: &str| {
        let query: String =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("tcTokenURL", &token).finish();
        format!("{client}?{query}")
    };
    let progress = present(visit, check)?;
    let frame = asked.frame(visit).at(paths::eid(check.id)).asking_eid_client();
    let page = EidPage {
        open_url: link(paths::EID_CLIENT),
        mobile_url: link(paths::EID_CLIENT_MOBILE),
        mobile: is_mobile(user_agent(visit.request.headers())),
        enrols: check.purpose == Purpose::Enrol,
        here_url: paths::eid(check.id),
        progress_url: paths::eid_progress(check.id),
        give_up_url: paths::eid(check.id),
        life: Some(check.expires.min(asked.sign_in.expires).since(app.now())),
        note: note.or((progress == EidProgress::Ended).then_some(Note::Ended)),
        progress,
        elsewhere: Elsewhere::of(&app.origin),
        chrome: frame.chrome.clone(),
    };
    Ok(frame.show(&page, status))
}

/// Whether not a browser asks but the holder's program, which looks at the certificate here before it sends the browser
/// (seen with AusweisApp 1.26). Nobody can make a stranger's browser look like that.
fn is_eid_client(headers: &HeaderMap) -> bool {
    user_agent(headers).contains("(TR-03124") && !headers.contains_key("sec-fetch-mode")
}

fn user_agent(headers: &HeaderMap) -> &str {
    headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or("")
}

/// Whether the program on this device is opened by the scheme of telephones; the script knows tablets that say they
/// are computers.
fn is_mobile(agent: &str) -> bool {
    ["Android", "iPhone", "iPad"].iter().any(|mark| agent.contains(mark))
}

/// What the page says beside its button. The server says the first and the last but one, the script any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// The last attempt counts for nothing: read again.
    Again,
    /// The program runs on this machine.
    Running,
    /// It was not found.
    Missing,
    /// It was opened and did not come.
    Stuck,
    /// We do not answer.
    Lost,
    /// It has finished: on in the window it opened.
    Ended,
    /// Time is up.
    Over,
}

/// The house as another device finds it: there one begins anew.
#[derive(Clone)]
pub(crate) struct Elsewhere {
    pub(crate) url: String,
    pub(crate) picture: Picture,
}

impl Elsewhere {
    /// `None` where no other device reaches us.
    fn of(origin: &str) -> Option<Self> {
        let parsed = url::Url::parse(origin).ok()?;
        let is_here = match parsed.host()? {
            url::Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
            url::Host::Ipv4(ip) => ip.is_loopback(),
            url::Host::Ipv6(ip) => ip.is_loopback(),
        };
        let url = format!("{origin}{}", paths::HOME);
        let picture = qr::picture(&url).filter(|_| !is_here)?;
        Some(Self { url, picture })
    }
}

/// One step of a reading, as the list shows it.
pub(crate) struct Step {
    /// As the script knows it.
    pub(crate) name: &'static str,
    pub(crate) words: &'static str,
    pub(crate) done: bool,
    pub(crate) current: bool,
}

/// `templates/citizen/eid.html`. `eid.js` reads the `data-` attributes; without it everything works but the notes.
#[derive(Template)]
#[template(path = "citizen/eid.html")]
pub(crate) struct EidPage {
    pub(crate) chrome: Chrome,
    /// Opens the program on a computer.
    pub(crate) open_url: String,
    /// Opens the program on a telephone.
    pub(crate) mobile_url: String,
    /// This is a telephone.
    pub(crate) mobile: bool,
    /// This is the first of the three steps to an account.
    pub(crate) enrols: bool,
    /// This page.
    pub(crate) here_url: String,
    /// How far it got, as JSON.
    pub(crate) progress_url: String,
    /// POST, ends the check.
    pub(crate) give_up_url: String,
    /// How long the check lives from now; `None` for a picture of the page, in which nothing moves.
    pub(crate) life: Option<Span>,
    pub(crate) note: Option<Note>,
    pub(crate) progress: EidProgress,
    pub(crate) elsewhere: Option<Elsewhere>,
}

impl EidPage {
    /// Where the script asks whether the program runs.
    fn status_url(&self) -> &'static str {
        paths::EID_CLIENT_STATUS
    }

    /// A reading is on its way.
    fn begun(&self) -> bool {
        matches!(self.progress, EidProgress::Asking | EidProgress::Proving | EidProgress::Reading)
    }

    fn shows(&self, note: Note) -> bool {
        self.note == Some(note)
    }

    fn steps(&self) -> Vec<Step> {
        let steps = [
            (EidProgress::Waiting, self.chrome.t("eid.waiting")),
            (EidProgress::Asking, self.chrome.t("eid.asking")),
            (EidProgress::Proving, self.chrome.t("eid.proving")),
            (EidProgress::Reading, self.chrome.t("eid.reading")),
        ];
        let at = steps.iter().position(|(step, _)| *step == self.progress).unwrap_or(0);
        let step = |(n, (step, words)): (usize, (EidProgress, &'static str))| Step {
            name: step.name(),
            words,
            done: n < at,
            current: n == at,
        };
        steps.into_iter().enumerate().map(step).collect()
    }
}

impl Page for EidPage {
    const NAME: &'static str = "citizen/eid";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |mobile: bool, note, progress| Self {
            chrome: chrome.clone(),
            open_url: "/beispiel/ausweisapp".to_owned(),
            mobile_url: "/beispiel/ausweisapp-am-handy".to_owned(),
            mobile,
            enrols: mobile,
            here_url: "/beispiel/hier".to_owned(),
            progress_url: "/beispiel/wie-weit".to_owned(),
            give_up_url: "/beispiel/abbrechen".to_owned(),
            life: None,
            note,
            progress,
            elsewhere: Elsewhere::of("https://id.birkenfurt.example").filter(|_| !mobile),
        };
        let noted = |note| page(false, Some(note), EidProgress::Waiting);
        vec![
            ("ready", page(false, None, EidProgress::Waiting)),
            ("phone", page(true, None, EidProgress::Waiting)),
            ("running", noted(Note::Running)),
            ("missing", noted(Note::Missing)),
            ("stuck", noted(Note::Stuck)),
            ("asking", page(true, None, EidProgress::Asking)),
            ("reading", page(false, None, EidProgress::Reading)),
            ("lost", page(false, Some(Note::Lost), EidProgress::Proving)),
            ("ended", page(false, Some(Note::Ended), EidProgress::Ended)),
            ("over", noted(Note::Over)),
            ("again", noted(Note::Again)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephones_are_known() {
        for phone in ["Mozilla/5.0 (Linux; Android 14; Pixel 8)", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0)"]
        {
            assert!(is_mobile(phone), "{phone}");
        }
        for computer in ["Mozilla/5.0 (X11; Linux x86_64)", "Mozilla/5.0 (Macintosh; Intel Mac OS X)", ""] {
            assert!(!is_mobile(computer), "{computer}");
        }
    }

    #[test]
    fn no_telephone_is_sent_to_itself() {
        assert_eq!(Elsewhere::of("https://id.example").unwrap().url, "https://id.example/");
        for here in
            ["https://localhost:8443", "https://a.localhost", "https://127.0.0.1", "https://[::1]:1", "x"]
        {
            assert!(Elsewhere::of(here).is_none(), "{here}");
        }
    }

    #[test]
    fn what_the_program_says_at_the_end_finds_its_words() {
        let told = |minor| told_by_client(Some("error"), Some(minor));
        assert_eq!(told("cancellationByUser"), CheckRefused::Cancelled);
        assert_eq!(told("trustedChannelEstablishmentFailed"), CheckRefused::TrustedChannel);
        assert_eq!(told("serverError"), CheckRefused::ProviderDown);
        for unclear in ["communicationError", "clientError", "<script>", ""] {
            assert_eq!(told(unclear), CheckRefused::ClientTrouble, "{unclear}");
        }
        // It says that all is well, and the server knows of nothing: nothing is believed.
        assert_eq!(told_by_client(Some("ok"), None), CheckRefused::ClientTrouble);
        assert_eq!(told_by_client(None, None), CheckRefused::ClientTrouble);
    }
}
