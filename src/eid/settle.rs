//! From a provider's answer to what it means here: a known card proves who its person is, an unknown one may make
//! an account or be linked to one, a refusal ends the check.

use super::link::{self, Read};
use super::refresh::Refresh;
use crate::domain::assurance::{AuthenticatorFacts, IdentityFacts, assess};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::card::CardState;
use crate::domain::id::{CheckId, PersonId};
use crate::domain::identity_check::{Check, CheckRefused, CheckResult, CheckStage, Purpose};
use crate::domain::passkey::Holder;
use crate::domain::person::PersonState;
use crate::domain::sign_in::{Means, SignIn, Stage};
use crate::http::sign_in::Login;
use crate::http::{Appliance, Browser, Trouble};
use crate::store::person::IdentityRecord;
use crate::store::{self, Fault, Write, vault};

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
    /// The card is new, and whose it is a clerk must say.
    Asked,
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
        Err(why) => return reject(why, None, check, app).await,
    };
    if result.document_expires.is_some_and(|end| app.now() > end) {
        return reject(CheckRefused::CardExpired, None, check, app).await;
    }
    let hash = card_hash(&result, app);
    let found = app.store.read(|db| store::card::by_pseudonym(&hash, db))?;
    let logged_in = match &sign_in.stage {
        Stage::Proven(proof) => Some(proof.holder),
        _ => None,
    };
    let read = Read { result: &result, check, sign_in, app };
    match (found, logged_in) {
        (Some((_, person)), _) if person.state == PersonState::Blocked => {
            reject(CheckRefused::PersonBlocked, Some(person.id), check, app).await
        }
        (Some((_, person)), Some(holder)) if holder != Holder::Person(person.id) => {
            reject(CheckRefused::OtherPerson, None, check, app).await
        }
        (Some((card, person)), _) if card.state == CardState::Current => {
            let refresh = Refresh::later(person.id, Some(card.id), &result, check, app)?;
            let refresh = refresh.ok_or(Trouble::SignInOver)?;
            enter(read, person.id, move |db| refresh.keep(db)).await
        }
        // A card that opens nothing any more, and the person themself who takes it up again.
        (Some((_, person)), Some(_)) => link::by_key(read, person.id, |_| Ok(true)).await,
        (Some((_, person)), None) => reject(CheckRefused::CardReplaced, Some(person.id), check, app).await,
        (None, Some(Holder::Person(person))) => link::by_key(read, person, |_| Ok(true)).await,
        (None, Some(Holder::Staff(_))) => reject(CheckRefused::OtherPerson, None, check, app).await,
        (None, None) => unknown(&result, check, app).await,
    }
}

/// What is kept of a check for good; with which card and what it changed is the reading's to say.
#[must_use]
pub fn record_of(result: &CheckResult, check: CheckId) -> IdentityRecord {
    IdentityRecord {
        id: check,
        method: result.method,
        at: result.at,
        document_expires: result.document_expires,
        provider: result.provider.clone(),
        transaction: result.transaction.clone(),
        demo: result.demo,
        card: None,
        changed: Vec::new(),
    }
}

/// The person has proved who they are by the card: the check and the sign-in move on, and with them, in one write,
/// happens what `also` does. `false` from it: somebody was faster, and nothing happens.
pub(super) async fn enter<F>(read: Read<'_>, person: PersonId, also: F) -> Result<Settled, Trouble>
where
    F: Fn(&Write<'_>) -> Result<bool, Fault> + Send + 'static,
{
    let Read { result, check, sign_in, app } = read;
    let facts =
        IdentityFacts { method: result.method, at: result.at, document_expires: result.document_expires };
    let assessment = assess(&facts, AuthenticatorFacts::LiveEid, &app.policy, app.now());
    let means = Means::LiveEid(check.id);
    let mut login = Login::new(app, Holder::Person(person), means, &assessment, Some(result.at));
    if let Stage::Proven(earlier) = &sign_in.stage {
        login = login.lifting(earlier);
    }
    let (check, sign_in, kept) = (check.clone(), sign_in.clone(), login.clone());
    let done = app.write(move |db| -> Result<(), Trouble> {
        let moved = store::identity_check::advance(&check, &CheckStage::Known(person), None, db)?
            && kept.keep(&sign_in, db)?
            && also(db)?;
        if moved { Ok(()) } else { Err(Trouble::SignInOver) }
    });
    done.await.map(|()| Settled::Known { person, login: Box::new(login) })
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

async fn reject(
    why: CheckRefused,
    about: Option<PersonId>,
    check: &Check,
    app: &Appliance,
) -> Result<Settled, Trouble> {
    refuse(why, about, check, app, |_| Ok(true)).await
}

/// Ends a check without a result. `about`: whose account was spared. `also` happens in the same write, or nothing
/// does.
pub(super) async fn refuse<F>(
    why: CheckRefused,
    about: Option<PersonId>,
    check: &Check,
    app: &Appliance,
    also: F,
) -> Result<Settled, Trouble>
where
    F: Fn(&Write<'_>) -> Result<bool, Fault> + Send + 'static,
{
    let check = check.clone();
    app.write(move |db| -> Result<(), Trouble> {
        if !also(db)? {
            return Err(Trouble::SignInOver);
        }
        if store::identity_check::advance(&check, &CheckStage::Refused(why), None, db)? {
            let entry = Entry { person: about, ..Entry::new(Event::IdentityRefused, Actor::House) };
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
