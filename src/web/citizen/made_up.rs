//! In a trial somebody made up logs in: its owner chooses who, and with what.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::Asker;
use super::flow::{Asked, Next};
use crate::domain::assurance::{Assessment, assess};
use crate::domain::id::{CheckId, PersonId, TrialId};
use crate::domain::passkey::Holder;
use crate::domain::person::{Person, PersonState};
use crate::domain::sign_in::{Means, Missing, Proof, Stage};
use crate::domain::trial::{Guise, MadeUp, MadeUpKey, Step};
use crate::http::sign_in::Login;
use crate::http::{Appliance, Trouble, redirect};
use crate::store::person::{IdentityRecord, NewPerson};
use crate::store::vault::{self, SealedAttributes};
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::words;
use crate::{domain, paths, store};
use zeroize::Zeroizing;

/// The one next step of a sign-in in a trial.
pub(super) async fn show(asked: &Asked, trial: TrialId, visit: &Visit) -> Result<HttpResponse, Trouble> {
    let alive = visit.app.store.read(|db| store::trial::by_id(trial, db))?;
    if alive.is_none_or(|trial| trial.expires <= visit.app.now()) {
        return Err(Trouble::SignInOver);
    }
    match Next::of(asked, visit)? {
        Next::Prove => Ok(choose(asked, visit, None)),
        Next::Lift { proof, missing } => Ok(choose(asked, visit, Some((&proof, missing)))),
        Next::Agree { person, .. } => super::consent::show(asked, visit, person),
        Next::Answer { proof, released } => super::answer::give(asked, visit, proof, released, None).await,
    }
}

fn choose(asked: &Asked, visit: &Visit, short: Option<(&Proof, Missing)>) -> HttpResponse {
    let frame = asked.frame(visit);
    let chrome = &frame.chrome;
    let page = MadeUpPage {
        asker: asked.sign(),
        short: short.map(|(proof, missing)| too_little(asked, proof, missing, chrome)),
        people: people(chrome),
        keys: keys(chrome),
        log_in_url: paths::sign_in_made_up(asked.sign_in.id),
        back_url: asked.back_url(),
        chrome: chrome.clone(),
    };
    frame.show(&page, StatusCode::OK)
}

fn too_little(asked: &Asked, proof: &Proof, missing: Missing, chrome: &Chrome) -> String {
    match missing {
        Missing::Level => chrome.t2(
            "made_up.level",
            words::level(asked.sign_in.needs.level, chrome),
            words::level(proof.level, chrome),
        ),
        Missing::FreshIdentity | Missing::Proof => chrome.t("made_up.aged_too_much").to_owned(),
    }
}

/// `POST /sign-in/{id}/made-up`: `who`, `key`, and `aged` where the check was long ago.
pub async fn log_in(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    let asked = Asked::load_or_tried(&visit)?;
    let trial = asked.sign_in.trial.ok_or(Trouble::NotFound)?;
    let guise = Guise {
        who: form.get("who").and_then(MadeUp::parse).ok_or(Trouble::BadRequest("who"))?,
        key: form.get("key").and_then(MadeUpKey::parse).ok_or(Trouble::BadRequest("key"))?,
        aged: form.get("aged") == Some("yes"),
    };
    let app = &visit.app;
    let made = Made::new(guise, trial, app)?;
    let needs = &asked.sign_in.needs;
    let step = Step::Proved {
        guise,
        level: made.login.proof.level,
        reasons: made.login.proof.reasons.clone(),
        needed: needs.level,
        enough: needs.missing(&made.login.proof, true, app.now()).is_none(),
    };
    let (sign_in, now) = (asked.sign_in.clone(), app.now());
    let moved = app.write(move |db| -> Result<bool, Trouble> {
        if store::trial::by_id(trial, db)?.is_none_or(|trial| trial.expires <= now) {
            return Ok(false);
        }
        let id = made.new.person.id;
        store::person::insert(&made.new, db)?;
        store::person::record_check(id, &made.record, db)?;
        store::person::refresh_attributes(id, made.record.id, &made.attributes, &[], db)?;
        if let Some((session, _)) = &made.login.session {
            store::session::insert(session, db)?;
        }
        store::trial::note(trial, &step, db)?;
        if store::sign_in::advance(&sign_in, &Stage::Proven(made.login.proof.clone()), db)? {
            Ok(true)
        } else {
            // Nothing of it stays.
            Err(Trouble::SignInOver)
        }
    });
    if !moved.await? {
        return Err(Trouble::SignInOver);
    }
    Ok(redirect::see_other(&paths::sign_in(asked.sign_in.id)))
}

/// Somebody made up, ready to be kept. Their session has a cookie that nobody gets: it opens this trial's grants, and
/// no door of ours.
struct Made {
    new: NewPerson,
    attributes: SealedAttributes,
    record: IdentityRecord,
    login: Login,
}

impl Made {
    fn new(guise: Guise, trial: TrialId, app: &Appliance) -> Result<Self, Trouble> {
        let (now, dice) = (app.now(), app.dice.as_ref());
        let person = Person {
            id: PersonId::draw(dice),
            user_handle: domain::dice::draw(dice),
            state: PersonState::Active,
            demo: false,
            trial: Some(trial),
            created: now,
        };
        let holder = Holder::Person(person.id);
        let keys = app.keys.keys_for_sealing().map_err(|why| Trouble::fault("seal", &why))?;
        let identity = guise.who.identity(&app.town().locality, app.today());
        // The same in each trial, so that a program meets them again.
        let source = Zeroizing::new(app.secrets.lookup.hash("made-up", guise.who.name().as_bytes()));
        let (new, attributes) = vault::new_person_of(source, person, &identity, &keys, dice);
        let check = guise.check(now);
        let record = IdentityRecord {
            id: CheckId::draw(dice),
            method: check.method,
            at: check.at,
            document_expires: check.document_expires,
            provider: "trial".to_owned(),
            transaction: trial.to_string(),
            demo: true,
            card: None,
            changed: Vec::new(),
        };
        let assessment: Assessment = assess(&check, guise.key.facts(), &app.policy, now);
        let login = Login::new(app, holder, Means::MadeUp(guise.key), &assessment, Some(check.at));
        Ok(Self { new, attributes, record, login })
    }
}

/// One to choose: value, words, and what is special.
pub(crate) struct Choice {
    pub(crate) value: &'static str,
    pub(crate) words: &'static str,
    pub(crate) more: &'static str,
}

fn people(chrome: &Chrome) -> Vec<Choice> {
    MadeUp::ALL
        .map(|who| Choice {
            value: who.name(),
            words: name(who, chrome),
            more: match who {
                MadeUp::Resident => chrome.t("made_up.resident_more"),
                MadeUp::Elsewhere => chrome.t("made_up.elsewhere_more"),
                MadeUp::Child => chrome.t("made_up.child_more"),
                MadeUp::Sparse => chrome.t("made_up.sparse_more"),
            },
        })
        .into()
}

/// Who it is, in words.
pub(crate) fn name(who: MadeUp, chrome: &Chrome) -> &'static str {
    match who {
        MadeUp::Resident => chrome.t("made_up.resident"),
        MadeUp::Elsewhere => chrome.t("made_up.elsewhere"),
        MadeUp::Child => chrome.t("made_up.child"),
        MadeUp::Sparse => chrome.t("made_up.sparse"),
    }
}

/// With what, in words.
pub(crate) fn key(key: MadeUpKey, chrome: &Chrome) -> &'static str {
    match key {
        MadeUpKey::Bound => chrome.t("made_up.bound"),
        MadeUpKey::Synced => chrome.t("made_up.synced"),
        MadeUpKey::Card => chrome.t("made_up.card"),
    }
}

fn keys(chrome: &Chrome) -> Vec<Choice> {
    MadeUpKey::ALL
        .map(|one| Choice {
            value: one.name(),
            words: key(one, chrome),
            more: match one {
                MadeUpKey::Bound => chrome.t("made_up.bound_more"),
                MadeUpKey::Synced => chrome.t("made_up.synced_more"),
                MadeUpKey::Card => chrome.t("made_up.card_more"),
            },
        })
        .into()
}

/// `templates/citizen/made_up.html`
#[derive(Template)]
#[template(path = "citizen/made_up.html")]
pub(crate) struct MadeUpPage {
    pub(crate) chrome: Chrome,
    pub(crate) asker: Option<Asker>,
    /// Why the last choice was not enough.
    pub(crate) short: Option<String>,
    pub(crate) people: Vec<Choice>,
    pub(crate) keys: Vec<Choice>,
    /// POST.
    pub(crate) log_in_url: String,
    /// Back to the service without logging in.
    pub(crate) back_url: Option<String>,
}

impl Page for MadeUpPage {
    const NAME: &'static str = "citizen/made_up";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |short| Self {
            chrome: chrome.clone(),
            asker: Some(Asker::sample(chrome)),
            short,
            people: people(chrome),
            keys: keys(chrome),
            log_in_url: "/beispiel/erfunden".to_owned(),
            back_url: Some("/beispiel/zurueck".to_owned()),
        };
        let [needed, reached] = [domain::assurance::Level::Substantial, domain::assurance::Level::Low];
        let short = chrome.t2("made_up.level", words::level(needed, chrome), words::level(reached, chrome));
        vec![("choose", page(None)), ("short", page(Some(short)))]
    }
}
