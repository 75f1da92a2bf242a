//! Step 2 of enrolment: this device becomes the key.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::flow::Asked;
use crate::ca::binding;
use crate::domain::assurance::{AuthenticatorFacts, IdentityFacts, Level, assess};
use crate::domain::attribute::Attribute;
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::desk::{self, Identification};
use crate::domain::dice::draw;
use crate::domain::id::{BindingId, CeremonyId, IdentificationId, PersonId, SessionId};
use crate::domain::identity_check::{Check, CheckResult, CheckStage};
use crate::domain::passkey::{Holder, Passkey};
use crate::domain::person::{Person, PersonState};
use crate::domain::sign_in::{Means, Stage};
use crate::eid::refresh::Refresh;
use crate::http::limit::Act;
use crate::http::sign_in::Login;
use crate::http::{Trouble, redirect};
use crate::passkey::{NewUser, PublicKey};
use crate::paths;
use crate::store::ceremony::Kind as Ceremony;
use crate::store::person::IdentityRecord;
use crate::store::{self, vault};
use crate::web::ceremony::{self, Closed};
use crate::web::page::{Chrome, Page};
use crate::web::visit::{Visit, go_on};

/// Who makes a key at a sign-in.
enum Maker {
    /// Nobody we know yet; the account is made together with the key.
    New(Box<(Check, CheckResult)>),
    /// A person who has just shown a card which we know, and their session.
    Known(PersonId, SessionId),
    /// A person whom clerks have identified, with the code that they handed out: no session yet, the key brings it.
    AtDesk(Box<(Check, PersonId, Identification)>),
}

impl Maker {
    /// From where the sign-in stands. Only an eID read in this very sign-in, or a code from the desk, lets anybody make a
    /// key here.
    fn of(asked: &Asked, visit: &Visit) -> Result<Option<Self>, Trouble> {
        let app = &visit.app;
        let latest = app.store.read(|db| store::identity_check::latest(asked.sign_in.id, db))?;
        let Some(check) = latest.filter(|check| check.browser == visit.browser.hash()) else {
            return Ok(None);
        };
        match (&check.stage, &asked.sign_in.stage) {
            (CheckStage::New, Stage::Open) => {
                Ok(super::new_card::somebody_new(asked, visit)?.map(|new| Self::New(Box::new(new))))
            }
            (CheckStage::Known(person), Stage::Open) => {
                let found = match check.identification {
                    Some(id) => app.store.read(|db| store::desk::by_id(id, app.now(), db))?,
                    None => None,
                };
                let fits = |found: &Identification| found.is_out(app.now()) && found.person == Some(*person);
                let person = *person;
                let found = found.filter(fits).filter(|_| app.now() < check.expires);
                Ok(found.map(|found| Self::AtDesk(Box::new((check, person, found)))))
            }
            (CheckStage::Known(person), Stage::Proven(proof))
                if proof.means == Means::LiveEid(check.id) && proof.holder == Holder::Person(*person) =>
            {
                Ok(Some(Self::Known(*person, proof.session)))
            }
            _ => Ok(None),
        }
    }

    fn name(&self, visit: &Visit) -> Result<String, Trouble> {
        match self {
            Self::New(new) => Ok(new.1.identity.display_name()),
            Self::Known(person, _) => display_name(visit, *person),
            Self::AtDesk(desk) => display_name(visit, desk.1),
        }
    }

    /// No key gives more than this: next to a live eID nothing caps it but its own kind.
    fn registered_level(&self) -> Level {
        match self {
            Self::New(new) if new.0.identification.is_some() => new.1.method.level(),
            Self::New(_) | Self::Known(..) => Level::High,
            Self::AtDesk(desk) => match desk.2.stage {
                desk::Stage::Issued(handover) => handover.method().level(),
                _ => Level::Basic,
            },
        }
    }
}

/// A person's name as a greeting spells it; nothing else of them is opened.
pub(crate) fn display_name(visit: &Visit, person: PersonId) -> Result<String, Trouble> {
    let wanted = [Attribute::DoctoralDegree, Attribute::GivenNames, Attribute::FamilyName];
    let app = &visit.app;
    let identity = app.store.read(|db| vault::open_identity(person, &wanted, &app.keys, db))?;
    Ok(identity.map(|identity| identity.display_name()).unwrap_or_default())
}

/// `GET /sign-in/{id}/key`: step two.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let asked = Asked::load(&visit)?;
    let id = asked.sign_in.id;
    let Some(maker) = Maker::of(&asked, &visit)? else { return Ok(redirect::see_other(&paths::sign_in(id))) };
    let frame = asked.frame(&visit).at(paths::sign_in_key(id));
    let page = KeyPage {
        identified: maker.name(&visit)?,
        device_name: ceremony::suggested_name(&visit),
        options_url: paths::sign_in_key_options(id),
        finish_url: paths::sign_in_key(id),
        skip_url: matches!(maker, Maker::Known(..)).then(|| paths::sign_in_key_skip(id)),
        new_card_url: matches!(&maker, Maker::New(new) if new.0.identification.is_none())
            .then(|| paths::sign_in_new_card(id)),
        chrome: frame.chrome.clone(),
    };
    Ok(frame.show(&page, StatusCode::OK))
}

/// `POST /sign-in/{id}/key/skip`: not now. Only who has an account already gets this far without a key.
pub async fn skip(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    visit.form(&body)?;
    let asked = Asked::load(&visit)?;
    Ok(redirect::see_other(&paths::sign_in(asked.sign_in.id)))
}

/// `POST /sign-in/{id}/key/options`
pub async fn options(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    visit.json::<serde_json::Value>(&body)?;
    visit.count(Act::Open)?;
    let asked = Asked::load(&visit)?;
    let Some(maker) = Maker::of(&asked, &visit)? else { return Ok(ceremony::late(&visit)) };
    let name = maker.name(&visit)?;
    let (handle, known) = match &maker {
        Maker::New(_) => (draw(visit.app.dice.as_ref()), Vec::new()),
        Maker::Known(person, _) => known_keys(&visit, *person)?,
        Maker::AtDesk(desk) => known_keys(&visit, desk.1)?,
    };
    let begun = begin(&visit, handle, &name, &known)?;
    ceremony::begin(&visit, Ceremony::Enrol, *asked.sign_in.id.bytes(), begun).await
}

/// A person's user handle and the credential ids they have.
pub(crate) fn known_keys(visit: &Visit, person: PersonId) -> Result<([u8; 16], Vec<Vec<u8>>), Trouble> {
    let found = visit.app.store.read(|db| {
        Ok((store::person::by_id(person, db)?, store::passkey::by_holder(Holder::Person(person), db)?))
    })?;
    let (Some(person), keys) = found else { return Err(Trouble::SignInOver) };
    Ok((person.user_handle, keys.into_iter().map(|key| key.credential_id).collect()))
}

/// Options for a new key. The browser shows the name in its list of keys.
pub(crate) fn begin(
    visit: &Visit,
    handle: [u8; 16],
    name: &str,
    known: &[Vec<u8>],
) -> Result<crate::passkey::Begun, Trouble> {
    // A browser lists keys by name; somebody of whom none is known has one, too.
    let town = visit.app.town();
    let name = if name.is_empty() { town.name.as_str() } else { name };
    let user = NewUser { handle: uuid::Uuid::from_bytes(handle), name, display_name: name };
    visit
        .rooms
        .passkeys
        .begin_registration(&user, known, &ceremony::challenge(&visit.app))
        .map_err(|why| Trouble::fault("passkey", &why))
}

/// `POST /sign-in/{id}/key`: the new key; with it, for who is new, the account.
pub async fn make(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let answer: ceremony::Answer = visit.json(&body)?;
    let asked = Asked::load(&visit)?;
    let Some(maker) = Maker::of(&asked, &visit)? else { return Ok(ceremony::late(&visit)) };
    let subject = *asked.sign_in.id.bytes();
    let Some(claimed) = ceremony::claim(&visit, Ceremony::Enrol, subject, answer)? else {
        return Ok(ceremony::late(&visit));
    };
    let person = match &maker {
        Maker::New(_) => PersonId::draw(visit.app.dice.as_ref()),
        Maker::Known(person, _) => *person,
        Maker::AtDesk(desk) => desk.1,
    };
    let level = maker.registered_level();
    let (key, registered) = match ceremony::register(&visit, &claimed, Holder::Person(person), level) {
        Ok(made) => made,
        Err(why) => return ceremony::refuse(&visit, Some(claimed.id), Closed::Refused(why)).await,
    };
    let made = Made { key, public_key: registered.public_key, ceremony: claimed.id, session: None };
    let next = paths::sign_in_done(asked.sign_in.id);
    match maker {
        Maker::New(new) => {
            let (check, result) = *new;
            let handle = *registered.user_handle.as_bytes();
            let person = Person {
                id: person,
                user_handle: handle,
                state: PersonState::Active,
                demo: result.demo,
                trial: None,
                created: visit.app.now(),
            };
            let login = enrol(&visit, &asked, person, (check, result), made).await?;
            super::sign_out::end_of_another(&visit, &login).await?;
            let mut answer = go_on(&next);
            super::sign_in::set_session(&mut answer, &login);
            Ok(answer)
        }
        Maker::Known(person, session) => {
            let made = Made { session: Some(session), ..made };
            let latest = visit.app.store.read(|db| store::person::latest_check(person, db))?;
            let record = latest.ok_or(Trouble::SignInOver)?;
            if add(&visit, person, record, made).await? {
                Ok(go_on(&next))
            } else {
                ceremony::refuse(&visit, None, Closed::Refused(crate::passkey::Refusal::AlreadyRegistered))
                    .await
            }
        }
        Maker::AtDesk(desk) => {
            let (check, person, identification) = *desk;
            let login = redeem(&visit, &asked, (check, identification.id), person, made).await?;
            super::sign_out::end_of_another(&visit, &login).await?;
            let mut answer = go_on(&next);
            super::sign_in::set_session(&mut answer, &login);
            Ok(answer)
        }
    }
}

/// A checked new key.
pub(crate) struct Made {
    pub(crate) key: Passkey,
    pub(crate) public_key: PublicKey,
    pub(crate) ceremony: CeremonyId,
    /// The session in which it was made, if it was: it must not have ended in between.
    pub(crate) session: Option<SessionId>,
}

/// The binding of a key to the check behind its person, signed outside of the write.
fn bind(
    visit: &Visit,
    person: PersonId,
    record: &IdentityRecord,
    made: &Made,
) -> Result<store::binding::Binding, Trouble> {
    let id = BindingId::draw(visit.app.dice.as_ref());
    let now = visit.app.now();
    let subject = binding::Subject {
        id,
        method: record.method,
        // What a key was made in caps whatever it may stand for later.
        level: record.method.level().min(made.key.registered_level),
        checked: record.at,
        document_expires: record.document_expires,
        provider: &record.provider,
        public_key_spki: &made.public_key.spki_der,
        credential_id: &made.key.credential_id,
        demo: record.demo,
    };
    let statement = binding::issue(&subject, &visit.app.origin, &visit.rooms.signer(), now)
        .map_err(|why| Trouble::fault("ca", &why))?;
    Ok(store::binding::Binding { id, person, passkey: made.key.id, statement, issued: now })
}

/// Makes the account, its key, its binding and its first login in one write: all of it or nothing.
async fn enrol(
    visit: &Visit,
    asked: &Asked,
    person: Person,
    (check, result): (Check, CheckResult),
    made: Made,
) -> Result<Login, Trouble> {
    let app = &visit.app;
    let keys = app.keys.keys_for_sealing().map_err(|why| Trouble::fault("seal", &why))?;
    let id = person.id;
    let (new, attributes) = vault::new_person(person, &result.identity, &keys, app.dice.as_ref());
    let refresh = Refresh::first(id, attributes, &result, &check, app);
    let binding = bind(visit, id, refresh.record(), &made)?;
    let facts =
        IdentityFacts { method: result.method, at: result.at, document_expires: result.document_expires };
    // Who comes from the desk reads no card here: the new key is what they show.
    let (shown, means) = match check.identification {
        None => (AuthenticatorFacts::LiveEid, Means::LiveEid(check.id)),
        Some(_) => (made.key.facts(), Means::Passkey(made.key.id)),
    };
    let assessment = assess(&facts, shown, &app.policy, app.now());
    let login = Login::new(app, Holder::Person(id), means, &assessment, Some(result.at));
    let (kept, sign_in) = (login.clone(), asked.sign_in.clone());
    app.write(move |db| -> Result<(), Trouble> {
        let fresh = store::ceremony::take(made.ceremony, db)?
            && store::identity_check::advance(&check, &CheckStage::Done(id), None, db)?;
        if !fresh {
            return Err(Trouble::SignInOver);
        }
        store::person::insert(&new, db)?;
        // Somebody else's account was made with this card in between, or it was linked to one.
        if !refresh.keep_and_link(None, db)? {
            return Err(Trouble::SignInOver);
        }
        if !store::passkey::insert(&made.key, db)? || !kept.keep(&sign_in, db)? {
            return Err(Trouble::SignInOver);
        }
        store::binding::insert(&binding, db)?;
        let entry = |event| Entry::new(event, Actor::Person(id)).about(id);
        store::audit::append(&entry(Event::PersonCreated), db)?;
        if let Some(identification) = check.identification {
            use_code(identification, id, db)?;
        }
        store::audit::append(&entry(Event::PasskeyAdded).with("passkey", made.key.id), db)?;
        store::audit::append(&entry(Event::BindingIssued).with("binding", binding.id), db)?;
        Ok(())
    })
    .await?;
    Ok(login)
}

/// A key made with a code from the desk, and the first login with it, in one write.
async fn redeem(
    visit: &Visit,
    asked: &Asked,
    (check, identification): (Check, IdentificationId),
    person: PersonId,
    made: Made,
) -> Result<Login, Trouble> {
    let app = &visit.app;
    let record = app.store.read(|db| store::person::latest_check(person, db))?.ok_or(Trouble::SignInOver)?;
    let binding = bind(visit, person, &record, &made)?;
    let assessment = assess(&record.facts(), made.key.facts(), &app.policy, app.now());
    let means = Means::Passkey(made.key.id);
    let login = Login::new(app, Holder::Person(person), means, &assessment, Some(record.at));
    let (kept, sign_in) = (login.clone(), asked.sign_in.clone());
    app.write(move |db| -> Result<(), Trouble> {
        let fresh = store::ceremony::take(made.ceremony, db)?
            && store::identity_check::advance(&check, &CheckStage::Done(person), None, db)?
            && store::passkey::insert(&made.key, db)?
            && kept.keep(&sign_in, db)?;
        if !fresh {
            return Err(Trouble::SignInOver);
        }
        use_code(identification, person, db)?;
        store::binding::insert(&binding, db)?;
        let entry = |event| Entry::new(event, Actor::Person(person)).about(person);
        store::audit::append(&entry(Event::PasskeyAdded).with("passkey", made.key.id), db)?;
        store::audit::append(&entry(Event::BindingIssued).with("binding", binding.id), db)?;
        Ok(())
    })
    .await?;
    Ok(login)
}

/// The code from the desk has made its one key.
fn use_code(id: IdentificationId, person: PersonId, db: &store::Write<'_>) -> Result<(), Trouble> {
    if !store::desk::redeem(id, person, db)? {
        return Err(Trouble::SignInOver);
    }
    let entry = Entry::new(Event::EnrolmentCodeUsed, Actor::Person(person)).about(person);
    Ok(store::audit::append(&entry.with("identification", id), db)?)
}

/// Adds a key to a person's account. `false`: the key is known already.
pub(crate) async fn add(
    visit: &Visit,
    person: PersonId,
    record: IdentityRecord,
    made: Made,
) -> Result<bool, Trouble> {
    let binding = bind(visit, person, &record, &made)?;
    visit
        .app
        .write(move |db| -> Result<bool, Trouble> {
            if let Some(session) = made.session {
                crate::web::doors::still_open(session, db)?;
            }
            if !store::ceremony::take(made.ceremony, db)? {
                return Err(Trouble::SignInOver);
            }
            if !store::passkey::insert(&made.key, db)? {
                return Ok(false);
            }
            store::binding::insert(&binding, db)?;
            let entry = |event| Entry::new(event, Actor::Person(person)).about(person);
            store::audit::append(&entry(Event::PasskeyAdded).with("passkey", made.key.id), db)?;
            store::audit::append(&entry(Event::BindingIssued).with("binding", binding.id), db)?;
            Ok(true)
        })
        .await
}

/// `templates/citizen/key.html`. `passkey.js` posts to `options_url` and `finish_url`.
#[derive(Template)]
#[template(path = "citizen/key.html")]
pub(crate) struct KeyPage {
    pub(crate) chrome: Chrome,
    /// Name of who was identified a moment ago.
    pub(crate) identified: String,
    /// A proposal, `iPhone von Erika`.
    pub(crate) device_name: String,
    pub(crate) options_url: String,
    pub(crate) finish_url: String,
    /// POST: goes on without a key; for somebody whom we know already.
    pub(crate) skip_url: Option<String>,
    /// For somebody who has an account and comes with a new card.
    pub(crate) new_card_url: Option<String>,
}

impl Page for KeyPage {
    const NAME: &'static str = "citizen/key";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |skip: bool| Self {
            chrome: chrome.clone(),
            identified: "Erika Mustermann".to_owned(),
            device_name: chrome.t("sample.device").to_owned(),
            options_url: "/beispiel/schluessel/anfang".to_owned(),
            finish_url: "/beispiel/schluessel/ende".to_owned(),
            skip_url: skip.then(|| "/beispiel/weiter".to_owned()),
            new_card_url: (!skip).then(|| "/beispiel/neuer-ausweis".to_owned()),
        };
        vec![("enrol", page(false)), ("skip", page(true))]
    }
}
