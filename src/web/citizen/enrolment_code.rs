//! A code from the counter: typed in with the birth date, it leads to the key.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::flow::Asked;
use crate::domain::attribute::{Attribute, Identity, PartialDate};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::desk::{Handover, Identification, Stage as DeskStage};
use crate::domain::id::CheckId;
use crate::domain::identity_check::{Check, CheckStage, Purpose};
use crate::domain::paper_code::PaperCode;
use crate::domain::person::PersonState;
use crate::domain::sign_in::{Door, Stage};
use crate::eid::begin::CHECK_LIFE;
use crate::http::limit::Act;
use crate::http::{Browser, Trouble, redirect, sign_in};
use crate::paths;
use crate::store::{self, vault};
use crate::web::dates::typed_date;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::{desk, doors};

/// `GET /code`: the address on the sheet. Opens a sign-in at the account's door.
pub async fn enter(visit: Visit) -> Result<HttpResponse, Trouble> {
    let sign_in = sign_in::for_door(&visit.app, &visit.browser, Door::Account, true);
    let next = paths::sign_in_code(sign_in.id);
    doors::open(&visit, sign_in).await?;
    let mut answer = redirect::see_other(&next);
    visit.frame().remember(&mut answer);
    Ok(answer)
}

/// `GET /sign-in/{id}/code`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let asked = Asked::load(&visit)?;
    Ok(if is_open(&asked) { ask(&asked, &visit, None) } else { on(&asked) })
}

/// Residents only, and nobody has proved anything yet.
fn is_open(asked: &Asked) -> bool {
    let staff =
        matches!(&asked.sign_in.asker, crate::domain::sign_in::Asker::Door(door) if door.is_for_staff());
    asked.sign_in.stage == Stage::Open && !staff
}

fn on(asked: &Asked) -> HttpResponse {
    redirect::see_other(&paths::sign_in(asked.sign_in.id))
}

/// `POST /sign-in/{id}/code`: `code` and `birth_date`. A code that nobody has, one that is used up and one with another
/// birth date get the same answer.
pub async fn redeem(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    visit.count(Act::Open)?;
    let asked = Asked::load(&visit)?;
    if !is_open(&asked) {
        return Ok(on(&asked));
    }
    let Ok(code) = PaperCode::parse(form.get("code").unwrap_or("")) else {
        return Ok(ask(&asked, &visit, Some(Mistake::Mistyped)));
    };
    let Some(born) = typed_date(form.get("birth_date").unwrap_or("").trim()) else {
        return Ok(ask(&asked, &visit, Some(Mistake::BirthDate)));
    };
    // Before the code is looked at: of many tries at once none gets past the limit.
    visit.count(Act::Fail)?;
    let Some((found, handover, identity)) = opened(&code, born, &visit).await? else {
        return Ok(ask(&asked, &visit, Some(Mistake::Wrong)));
    };
    if let Some(person) = found.person {
        let state = visit.app.store.read(|db| store::person::by_id(person, db))?.map(|person| person.state);
        if state != Some(PersonState::Active) {
            return Ok(ask(&asked, &visit, Some(Mistake::Blocked)));
        }
    }
    let browser = keep(&asked, &found, handover, identity, &visit).await?;
    let mut answer = redirect::see_other(&paths::sign_in_key(asked.sign_in.id));
    if let Some(cookie) = browser.cookie() {
        // Our own cookies are well-formed.
        let _set = answer.add_cookie(&cookie);
    }
    Ok(answer)
}

/// The identification behind a code, if the birth date is the one of the document. A try is taken before it is looked at.
async fn opened(
    code: &PaperCode,
    born: PartialDate,
    visit: &Visit,
) -> Result<Option<(Identification, Handover, Identity)>, Trouble> {
    let app = &visit.app;
    let (hash, now) = (desk::code_hash(code, app), app.now());
    let Some(found) = app.store.read(|db| store::desk::by_code(&hash, now, db))? else { return Ok(None) };
    let DeskStage::Issued(handover) = found.stage else { return Ok(None) };
    let id = found.id;
    if !app.write(move |db| store::desk::take_try(id, db).map_err(Trouble::from)).await? {
        return Ok(None);
    }
    let identity = match found.person {
        Some(person) => {
            app.store.read(|db| vault::open_identity(person, &[Attribute::BirthDate], &app.keys, db))?
        }
        None => match app.store.read(|db| store::desk::sealed(id, db))? {
            Some(sealed) => vault::open_document(id, &sealed, &app.keys)?,
            None => None,
        },
    };
    let identity = identity.filter(|identity| identity.birth_date == Some(born));
    let (right, about) = (identity.is_some(), found.person);
    app.write(move |db| -> Result<(), Trouble> {
        if right {
            return Ok(store::desk::restore_tries(id, db)?);
        }
        let entry = Entry::new(Event::EnrolmentCodeRefused, Actor::House).with("identification", id);
        Ok(store::audit::append(&Entry { person: about, ..entry }, db)?)
    })
    .await?;
    Ok(identity.map(|identity| (found, handover, identity)))
}

/// A check of this sign-in comes of it. Whoever knew the browser's cookie before must not make the key: sign-in and check
/// move to a new one, which is to be set.
async fn keep(
    asked: &Asked,
    found: &Identification,
    handover: Handover,
    identity: Identity,
    visit: &Visit,
) -> Result<Browser, Trouble> {
    let app = &visit.app;
    let browser = Browser::draw(app.dice.as_ref());
    let check = Check {
        id: CheckId::draw(app.dice.as_ref()),
        sign_in: asked.sign_in.id,
        browser: browser.hash(),
        purpose: Purpose::Enrol,
        stage: CheckStage::Open,
        identification: Some(found.id),
        expires: app.now() + CHECK_LIFE,
    };
    let (to, sealed) = match found.person {
        Some(person) => (CheckStage::Known(person), None),
        None => {
            let at = found.decided.unwrap_or(found.asked);
            let result = desk::result(found, identity, handover.method(), at, app);
            let keys = app.keys.keys_for_sealing().map_err(|why| Trouble::fault("seal", &why))?;
            (CheckStage::New, Some(vault::seal_result(check.id, &result, &keys, app.dice.as_ref())))
        }
    };
    let (sign_in, old, new) = (asked.sign_in.id, visit.browser.hash(), browser.hash());
    app.write(move |db| -> Result<(), Trouble> {
        store::identity_check::insert(&check, db)?;
        let moved = store::identity_check::advance(&check, &to, sealed.as_deref(), db)?
            && store::sign_in::rebind(sign_in, &old, &new, db)?;
        if moved { Ok(()) } else { Err(Trouble::SignInOver) }
    })
    .await?;
    Ok(browser)
}

fn ask(asked: &Asked, visit: &Visit, mistake: Option<Mistake>) -> HttpResponse {
    let id = asked.sign_in.id;
    let frame = asked.frame(visit).at(paths::sign_in_code(id));
    let page = EnrolmentCodePage {
        mistake,
        answer_url: paths::sign_in_code(id),
        back_url: paths::sign_in(id),
        chrome: frame.chrome.clone(),
    };
    let status = if mistake.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    frame.show(&page, status)
}

/// What was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// The check digit says so; no code was looked for.
    Mistyped,
    /// No date.
    BirthDate,
    /// It opens nothing with this birth date.
    Wrong,
    /// The account is blocked.
    Blocked,
}

impl Mistake {
    pub(crate) fn text(self, chrome: &Chrome) -> &'static str {
        match self {
            Self::Mistyped => chrome.t("transfer.mistyped"),
            Self::BirthDate => chrome.t("code.no_date"),
            Self::Wrong => chrome.t("code.wrong"),
            Self::Blocked => chrome.t("code.blocked"),
        }
    }
}

/// `templates/citizen/enrolment_code.html`. The form sends `code` and `birth_date`.
#[derive(Template)]
#[template(path = "citizen/enrolment_code.html")]
pub(crate) struct EnrolmentCodePage {
    pub(crate) chrome: Chrome,
    pub(crate) mistake: Option<Mistake>,
    pub(crate) answer_url: String,
    pub(crate) back_url: String,
}

impl Page for EnrolmentCodePage {
    const NAME: &'static str = "citizen/enrolment_code";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |mistake| Self {
            chrome: chrome.clone(),
            mistake,
            answer_url: "/beispiel/code".to_owned(),
            back_url: "/beispiel/anmelden".to_owned(),
        };
        vec![
            ("empty", page(None)),
            ("wrong", page(Some(Mistake::Wrong))),
            ("blocked", page(Some(Mistake::Blocked))),
        ]
    }
}
