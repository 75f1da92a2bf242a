//! The door: prove who you are with this device, or with the card; new people go to enrolment.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::Asker;
use super::flow::{Asked, Next, show_lift};
use crate::domain::passkey::Holder;
use crate::domain::sign_in::{self, Means, Stage};
use crate::domain::trial::Step;
use crate::http::limit::Act;
use crate::http::session::Kind;
use crate::http::sign_in::Login;
use crate::http::{Trouble, redirect, session};
use crate::passkey::Mediation;
use crate::store::ceremony::Kind as Ceremony;
use crate::web::ceremony::{self, Closed, Opened};
use crate::web::page::{Chrome, Page};
use crate::web::visit::{Visit, go_on};
use crate::{passkey, paths, store};

/// `GET /sign-in/{id}`: the one next step.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let asked = Asked::load_or_tried(&visit)?;
    if let Some(trial) = asked.sign_in.trial {
        return super::made_up::show(&asked, trial, &visit).await;
    }
    match Next::of(&asked, &visit)? {
        Next::Prove => Ok(prove(&asked, &visit)),
        Next::Lift { proof, missing } => show_lift(&asked, &visit, &proof, missing),
        Next::Agree { person, .. } => super::consent::show(&asked, &visit, person),
        Next::Answer { proof, released } => super::answer::give(&asked, &visit, proof, released, None).await,
    }
}

fn prove(asked: &Asked, visit: &Visit) -> HttpResponse {
    let frame = asked.frame(visit);
    let id = asked.sign_in.id;
    if matches!(&asked.sign_in.asker, sign_in::Asker::Door(door) if door.is_for_staff()) {
        return crate::web::operator::sign_in::show(&frame, id);
    }
    let page = SignInPage {
        asker: asked.sign(),
        notice: notice(asked, &frame.chrome),
        options_url: paths::sign_in_passkey_options(id),
        finish_url: paths::sign_in_passkey(id),
        identify_url: paths::sign_in_checks(id),
        enrol_url: paths::sign_in_enrol(id),
        code_url: paths::sign_in_code(id),
        back_url: asked.back_url(),
        chrome: frame.chrome.clone(),
    };
    frame.show(&page, StatusCode::OK)
}

/// Why somebody who is logged in stands at the door again.
fn notice(asked: &Asked, chrome: &Chrome) -> Option<&'static str> {
    let at_account = matches!(asked.sign_in.asker, sign_in::Asker::Door(_));
    asked.sign_in.needs.prove_anew.then(|| match at_account {
        true => chrome.t("sign_in.again_account"),
        false => chrome.t("sign_in.again"),
    })
}

/// `POST /sign-in/{id}/passkey/options`: a login without a user name.
pub async fn options(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    visit.json::<serde_json::Value>(&body)?;
    visit.count(Act::Open)?;
    let asked = Asked::load(&visit)?;
    let challenge = ceremony::challenge(&visit.app);
    let begun = visit.rooms.passkeys.begin_authentication(Mediation::Modal, &challenge);
    ceremony::begin(&visit, Ceremony::SignIn, *asked.sign_in.id.bytes(), begun).await
}

/// `POST /sign-in/{id}/passkey`: the key's answer.
pub async fn passkey(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let answer: ceremony::Answer = visit.json(&body)?;
    let asked = Asked::load(&visit)?;
    let subject = *asked.sign_in.id.bytes();
    let Some(claimed) = ceremony::claim(&visit, Ceremony::SignIn, subject, answer)? else {
        return Ok(ceremony::late(&visit));
    };
    let opened = match ceremony::open(&visit.app, &visit.rooms, &claimed).await {
        Ok(opened) => opened,
        Err(why) => return ceremony::refuse(&visit, Some(claimed.id), why).await,
    };
    match log_in(&visit, &asked, &opened, claimed.id).await {
        Ok(login) => {
            super::sign_out::end_of_another(&visit, &login).await?;
            let mut answer = go_on(&paths::sign_in(asked.sign_in.id));
            set_session(&mut answer, &login);
            Ok(answer)
        }
        Err(why) => ceremony::refuse(&visit, Some(claimed.id), why).await,
    }
}

/// Sets the cookie of the session which a login opened.
pub(crate) fn set_session(answer: &mut HttpResponse, login: &Login) {
    if let Some((session, cookie)) = &login.session {
        // Our own cookies are well-formed.
        let _set = answer.add_cookie(&session::cookie(Kind::of(session.holder), cookie.expose()));
    }
}

/// One write: the ceremony is taken, the key's counter kept, the sign-in moved on, the session begun.
async fn log_in(
    visit: &Visit,
    asked: &Asked,
    opened: &Opened,
    ceremony: crate::domain::id::CeremonyId,
) -> Result<Login, Closed> {
    let (app, key) = (&visit.app, &opened.passkey);
    let staff_door = matches!(&asked.sign_in.asker, sign_in::Asker::Door(door) if door.is_for_staff());
    let refused = || Closed::Refused(passkey::Refusal::UnknownCredential);
    let means = Means::Passkey(key.id);
    let login = match key.holder {
        // A resident's key does not open the operator's door, nor the reverse.
        Holder::Person(person) if !staff_door => {
            let state = app.store.read(|db| store::person::by_id(person, db))?.ok_or_else(refused)?.state;
            if state == crate::domain::person::PersonState::Blocked {
                return Err(Closed::Shut(crate::domain::passkey::PasskeyState::Blocked));
            }
            let (assessment, checked) = ceremony::assess_person(app, key)?.ok_or_else(refused)?;
            Login::new(app, key.holder, means, &assessment, Some(checked))
        }
        Holder::Staff(_) if staff_door => {
            Login::new(app, key.holder, means, &crate::web::operator::sign_in::assess(key), None)
        }
        _ => return Err(refused()),
    };
    let (sign_in, kept, key) = (asked.sign_in.clone(), login.clone(), key.clone());
    let (credential, backup_state) = (opened.credential(), opened.authenticated.backup_state);
    // Only from the open stage: who is logged in already logs in anew through a new sign-in.
    if sign_in.stage != Stage::Open {
        return Err(Trouble::SignInOver.into());
    }
    app.write(move |db| -> Result<(), Trouble> {
        let fresh = store::ceremony::take(ceremony, db)?
            && store::passkey::used(&key, &credential, backup_state, db)?
            && kept.keep(&sign_in, db)?;
        if fresh { Ok(()) } else { Err(Trouble::SignInOver) }
    })
    .await?;
    Ok(login)
}

/// `GET /sign-in/{id}/abandonment`: back to the service without logging in.
pub async fn abandon(visit: Visit) -> Result<HttpResponse, Trouble> {
    let asked = Asked::load_or_tried(&visit)?;
    let sign_in = asked.sign_in.clone();
    let over = visit.app.write(move |db| -> Result<bool, Trouble> {
        if let Some(trial) = sign_in.trial {
            store::trial::note(trial, &Step::Declined, db)?;
        }
        Ok(store::sign_in::advance(&sign_in, &Stage::Abandoned, db)?)
    });
    if !over.await? {
        return Err(Trouble::SignInOver);
    }
    if asked.service.is_some() {
        return super::answer::declined(&asked, &visit);
    }
    Ok(redirect::see_other(paths::HOME))
}

/// `templates/citizen/sign_in.html`. `passkey.js` posts to `options_url` and `finish_url`.
#[derive(Template)]
#[template(path = "citizen/sign_in.html")]
pub(crate) struct SignInPage {
    pub(crate) chrome: Chrome,
    /// None: somebody opens their own account.
    pub(crate) asker: Option<Asker>,
    /// A sentence on why one stands at the door again.
    pub(crate) notice: Option<&'static str>,
    pub(crate) options_url: String,
    pub(crate) finish_url: String,
    /// POST, starts the reading of the card.
    pub(crate) identify_url: String,
    pub(crate) enrol_url: String,
    pub(crate) code_url: String,
    /// Back to the service without logging in.
    pub(crate) back_url: Option<String>,
}

impl Page for SignInPage {
    const NAME: &'static str = "citizen/sign_in";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |asker: Option<Asker>, notice| Self {
            chrome: chrome.clone(),
            back_url: asker.as_ref().map(|_| "/beispiel/zurueck".to_owned()),
            asker,
            notice,
            options_url: "/beispiel/schluessel/anfang".to_owned(),
            finish_url: "/beispiel/schluessel/ende".to_owned(),
            identify_url: "/beispiel/ausweis".to_owned(),
            enrol_url: "/beispiel/neu".to_owned(),
            code_url: "/beispiel/code".to_owned(),
        };
        vec![
            ("service", page(Some(Asker::sample(chrome)), None)),
            ("account", page(None, None)),
            ("again", page(Some(Asker::sample(chrome)), Some(chrome.t("sign_in.again")))),
        ]
    }
}
