//! From a provider's answer to what it means here: a known person proves who they are, an unknown one may make
//! an account, a refusal ends the check.

use crate::domain::assurance::{AuthenticatorFacts, IdentityFacts, assess};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::id::PersonId;
use crate::domain::identity_check::{Check, CheckRefused, CheckResult, CheckStage, Purpose};
use crate::domain::passkey::Holder;
use crate::domain::person::{Person, PersonState};
use crate::domain::sign_in::{Means, SignIn, Stage};
use crate::http::sign_in::Login;
use crate::http::{Appliance, Browser, Trouble};
use crate::store::person::IdentityRecord;
use crate::store::{self, vault};

/// What a check came to.
pub enum Settled {
    /// Nobody we know: make a key, then there is an account. Whoever knew the browser's cookie before must not make
    /// that key: sign-in and check moved to a new one, which is to be set.
    New(Browser),
    /// A person we know has proved who they are.
    Known {
        /// Who.
        person: PersonId,
        /// The session to be set as a cookie, unless a login was lifted.
        login: Box<Login>,
    },
    /// It came to nothing.
    Refused(CheckRefused),
}

/// The name under which a card's pseudonym is looked up.
#[must_use]
pub fn card_hash(result: &CheckResult, app: &Appliance) -> [u8; 32] {
    let mut value = result.provider.clone().into_bytes();
    value.push(0);
    value.extend_from_slice(&result.card_pseudonym);
    app.secrets.lookup.hash("card", &value)
}

/// Takes a provider's answer, once.
pub async fn settle(
    answer: Result<CheckResult, CheckRefused>,
    check: &Check,
    sign_in: &SignIn,
    app: &Appliance,
) -> Result<Settled, Trouble> {
    if check.stage != CheckStage::Open || check.sign_in != sign_in.id {
        return Err(Trouble::SignInOver);
    }
    let result = match answer {
        Ok(result) => result,
        Err(why) => return refuse(why, check, app).await,
    };
    if result.document_expires.is_some_and(|end| app.now() > end) {
        return refuse(CheckRefused::CardExpired, check, app).await;
    }
    let card = card_hash(&result, app);
    let person = app.store.read(|db| store::person::by_card(&card, db))?;
    let logged_in = match &sign_in.stage {
        Stage::Proven(proof) => Some(proof.holder),
        _ => None,
    };
    match (person, logged_in) {
        (Some(person), _) if person.state == PersonState::Blocked => {
            refuse(CheckRefused::PersonBlocked, check, app).await
        }
        (Some(person), Some(holder)) if holder != Holder::Person(person.id) => {
            refuse(CheckRefused::OtherPerson, check, app).await
        }
        (Some(person), _) => known(&person, &result, check, sign_in, app).await,
        // Logged in with a key, and the card is new to us: a person's new card is linked at the counter.
        (None, Some(_)) => refuse(CheckRefused::OtherPerson, check, app).await,
        (None, None) => unknown(&result, check, app).await,
    }
}

/// What is kept of a check for good.
#[must_use]
pub fn record_of(result: &CheckResult, check: &Check) -> IdentityRecord {
    IdentityRecord {
        id: check.id,
        method: result.method,
        at: result.at,
        document_expires: result.document_expires,
        provider: result.provider.clone(),
        transaction: result.transaction.clone(),
        demo: result.demo,
    }
}

async fn known(
    person: &Person,
    result: &CheckResult,
    check: &Check,
    sign_in: &SignIn,
    app: &Appliance,
) -> Result<Settled, Trouble> {
    let facts =
        IdentityFacts { method: result.method, at: result.at, document_expires: result.document_expires };
    let assessment = assess(&facts, AuthenticatorFacts::LiveEid, &app.policy, app.now());
    let means = Means::LiveEid(check.id);
    let mut login = Login::new(app, Holder::Person(person.id), means, &assessment, Some(result.at));
    if let Stage::Proven(earlier) = &sign_in.stage {
        login = login.lifting(earlier);
    }
    let sealed = app
        .store
        .read(|db| vault::seal_identity(person.id, &result.identity, &app.keys, app.dice.as_ref(), db))?;
    let Some(sealed) = sealed else { return Err(Trouble::SignInOver) };
    let (record, check, sign_in) = (record_of(result, check), check.clone(), sign_in.clone());
    let (id, kept) = (person.id, login.clone());
    let done = app
        .write(move |db| {
            let stage = CheckStage::Known(id);
            if !store::identity_check::advance(&check, &stage, None, db)? || !kept.keep(&sign_in, db)? {
                return Err(Trouble::SignInOver);
            }
            store::person::record_check(id, &record, db)?;
            store::person::set_attributes(id, record.id, &sealed, db)?;
            let entry = Entry::new(Event::IdentityChecked, Actor::Person(id)).about(id);
            store::audit::append(&entry.with("check", record.id).with("method", record.method.name()), db)?;
            Ok(())
        })
        .await;
    done.map(|()| Settled::Known { person: id, login: Box::new(login) })
}

async fn unknown(result: &CheckResult, check: &Check, app: &Appliance) -> Result<Settled, Trouble> {
    let keys = app.keys.keys_for_sealing().map_err(|why| Trouble::fault("seal", &why))?;
    let sealed = vault::seal_result(check.id, result, &keys, app.dice.as_ref());
    let browser = Browser::draw(app.dice.as_ref());
    let (check, hash) = (check.clone(), browser.hash());
    app.write(move |db| -> Result<(), Trouble> {
        let moved = store::identity_check::advance(&check, &CheckStage::New, Some(&sealed), db)?
            && store::identity_check::rebind(&check, &hash, db)?
            && store::sign_in::rebind(check.sign_in, &check.browser, &hash, db)?;
        if moved { Ok(()) } else { Err(Trouble::SignInOver) }
    })
    .await?;
    Ok(Settled::New(browser))
}

async fn refuse(why: CheckRefused, check: &Check, app: &Appliance) -> Result<Settled, Trouble> {
    let check = check.clone();
    app.write(move |db| -> Result<(), Trouble> {
        if store::identity_check::advance(&check, &CheckStage::Refused(why), None, db)? {
            let entry = Entry::new(Event::IdentityRefused, Actor::House);
            store::audit::append(&entry.with("check", check.id).with("reason", why.name()), db)?;
        }
        Ok(())
    })
    .await?;
    Ok(Settled::Refused(why))
}

/// Whether a check was begun to make an account.
#[must_use]
pub fn wants_key(check: &Check) -> bool {
    check.purpose == Purpose::Enrol
}
