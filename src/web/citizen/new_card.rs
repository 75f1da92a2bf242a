//! A new card and an account that is there already: shown with a key of that account, right here.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::flow::Asked;
use crate::domain::identity_check::{Check, CheckResult, CheckStage};
use crate::domain::passkey::{Holder, PasskeyState};
use crate::domain::person::PersonState;
use crate::domain::sign_in::Stage;
use crate::eid::Settled;
use crate::eid::link::{self, Read};
use crate::http::limit::Act;
use crate::http::{Trouble, redirect};
use crate::passkey::Refusal;
use crate::paths;
use crate::store::ceremony::Kind as Ceremony;
use crate::store::{self, vault};
use crate::web::ceremony::{self, Closed};
use crate::web::page::{Chrome, Page};
use crate::web::visit::{Visit, go_on};

/// The card which was read in this sign-in and leads to nobody, while it waits for its holder to say who they are.
pub(super) fn waiting(asked: &Asked, visit: &Visit) -> Result<Option<(Check, CheckResult)>, Trouble> {
    // Who comes from the desk has shown no card here, and clerks have looked for their account.
    Ok(somebody_new(asked, visit)?.filter(|(check, _)| check.identification.is_none()))
}

/// What was checked of somebody whom nobody knows yet, by a card or at the desk, while it waits for their key.
pub(super) fn somebody_new(asked: &Asked, visit: &Visit) -> Result<Option<(Check, CheckResult)>, Trouble> {
    let app = &visit.app;
    let latest = app.store.read(|db| store::identity_check::latest(asked.sign_in.id, db))?;
    let waits = |check: &Check| {
        check.stage == CheckStage::New && check.browser == visit.browser.hash() && app.now() < check.expires
    };
    let Some(check) = latest.filter(waits).filter(|_| asked.sign_in.stage == Stage::Open) else {
        return Ok(None);
    };
    let sealed = app.store.read(|db| store::identity_check::sealed_result(check.id, db))?;
    let Some(sealed) = sealed else { return Ok(None) };
    Ok(vault::open_result(check.id, &sealed, &app.keys)?.map(|result| (check, result)))
}

/// No card waits in this sign-in: to what became of it, or to the sign-in's next step.
pub(super) fn instead(asked: &Asked, visit: &Visit) -> Result<HttpResponse, Trouble> {
    let id = asked.sign_in.id;
    let latest = visit.app.store.read(|db| store::identity_check::latest(id, db))?;
    match latest.filter(|check| check.browser == visit.browser.hash()) {
        Some(ref check @ Check { stage: CheckStage::Refused(why), .. }) => {
            super::card_refused::show(visit, asked, check, why)
        }
        Some(Check { stage: CheckStage::Asked, .. }) => {
            Ok(redirect::see_other(&paths::sign_in_card_review(id)))
        }
        _ => Ok(redirect::see_other(&paths::sign_in(id))),
    }
}

/// `GET /sign-in/{id}/new-card`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let asked = Asked::load(&visit)?;
    let id = asked.sign_in.id;
    if waiting(&asked, &visit)?.is_none() {
        return instead(&asked, &visit);
    }
    let frame = asked.frame(&visit).at(paths::sign_in_new_card(id));
    let page = NewCardPage {
        options_url: paths::sign_in_passkey_options(id),
        finish_url: paths::sign_in_new_card_passkey(id),
        code_url: paths::sign_in_transfer_code(id),
        review_url: paths::sign_in_card_review(id),
        back_url: paths::sign_in_key(id),
        chrome: frame.chrome.clone(),
    };
    Ok(frame.show(&page, StatusCode::OK))
}

/// `POST /sign-in/{id}/new-card/passkey`: the key's answer. Key and card must say the same of who it is.
pub async fn passkey(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let answer: ceremony::Answer = visit.json(&body)?;
    let asked = Asked::load(&visit)?;
    let Some((check, result)) = waiting(&asked, &visit)? else { return Ok(ceremony::late(&visit)) };
    let subject = *asked.sign_in.id.bytes();
    let Some(claimed) = ceremony::claim(&visit, Ceremony::SignIn, subject, answer)? else {
        return Ok(ceremony::late(&visit));
    };
    let opened = match ceremony::open(&visit.app, &visit.rooms, &claimed).await {
        Ok(opened) => opened,
        Err(why) => return ceremony::refuse(&visit, Some(claimed.id), why).await,
    };
    // A member of staff's key is nobody's here.
    let person = match opened.passkey.holder {
        Holder::Person(person) => visit.app.store.read(|db| store::person::by_id(person, db))?,
        Holder::Staff(_) => None,
    };
    let Some(person) = person else {
        let why = Closed::Refused(Refusal::UnknownCredential);
        return ceremony::refuse(&visit, Some(claimed.id), why).await;
    };
    if person.state == PersonState::Blocked {
        return ceremony::refuse(&visit, Some(claimed.id), Closed::Shut(PasskeyState::Blocked)).await;
    }
    let read = Read { result: &result, check: &check, sign_in: &asked.sign_in, app: &visit.app };
    let (ceremony, credential) = (claimed.id, opened.credential());
    let (key, backup_state) = (opened.passkey, opened.authenticated.backup_state);
    let settled = link::by_key(read, person.id, move |db| {
        Ok(store::ceremony::take(ceremony, db)? && store::passkey::used(&key, &credential, backup_state, db)?)
    });
    let settled = settled.await?;
    let mut answer = go_on(&next(&settled, &asked));
    log_in(&settled, &visit, &mut answer).await?;
    Ok(answer)
}

/// Where it goes on from what became of a card.
pub(super) fn next(settled: &Settled, asked: &Asked) -> String {
    let id = asked.sign_in.id;
    match settled {
        Settled::Known { .. } => paths::sign_in(id),
        Settled::Asked => paths::sign_in_card_review(id),
        Settled::New(_) | Settled::Refused(_) => paths::sign_in_new_card(id),
    }
}

/// Whoever the card was linked to is logged in from now on.
pub(super) async fn log_in(
    settled: &Settled,
    visit: &Visit,
    answer: &mut HttpResponse,
) -> Result<(), Trouble> {
    if let Settled::Known { login, .. } = settled {
        super::sign_out::end_of_another(visit, login).await?;
        super::sign_in::set_session(answer, login);
    }
    Ok(())
}

/// Counts whoever tries something with a card that waits: by their address, and by the card.
pub(super) fn count_try(visit: &Visit, result: &CheckResult) -> Result<(), Trouble> {
    visit.count(Act::Fail)?;
    let hash = crate::eid::settle::card_hash(result, &visit.app);
    let mut card = [0; 16];
    card.copy_from_slice(&hash[..16]);
    visit.app.limits.count_account(&card)
}

/// `templates/citizen/new_card.html`. `passkey.js` posts to `options_url` and `finish_url`.
#[derive(Template)]
#[template(path = "citizen/new_card.html")]
pub(crate) struct NewCardPage {
    pub(crate) chrome: Chrome,
    pub(crate) options_url: String,
    pub(crate) finish_url: String,
    /// To type a transfer code.
    pub(crate) code_url: String,
    /// Neither key nor code.
    pub(crate) review_url: String,
    /// Not so: make a key for a new account.
    pub(crate) back_url: String,
}

impl Page for NewCardPage {
    const NAME: &'static str = "citizen/new_card";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = Self {
            chrome: chrome.clone(),
            options_url: "/beispiel/schluessel/anfang".to_owned(),
            finish_url: "/beispiel/schluessel/ende".to_owned(),
            code_url: "/beispiel/wechselcode".to_owned(),
            review_url: "/beispiel/pruefung".to_owned(),
            back_url: "/beispiel/schluessel".to_owned(),
        };
        vec![("usual", page)]
    }
}
