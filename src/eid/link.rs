//! A card that leads to nobody, and somebody who says that they have an account: three ways to the person.
//!
//! * A key of the account ([`by_key`]), in the same sign-in or before. The card must say the same as the account:
//!   who found or stole a phone can not put a card of their own behind it. What is only similar goes to a clerk.
//! * A transfer code ([`by_code`]). Who found the paper has another birth date or given names; a new family name is
//!   what such codes are for.
//! * Name, birth date and birth place ([`by_data`]): exactly one account is laid before a clerk. Whoever asks can
//!   not tell whether there was one, none or several.

use super::refresh::{Refresh, linked, match_hash};
use super::settle::{Settled, card_hash, enter, refuse};
use crate::domain::attribute::Attribute;
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::card::{
    Card, CardState, Link, Linked, LinkedBy, REVIEW_LIFE, Review, ReviewPath, ReviewRefused, ReviewStage,
};
use crate::domain::id::{CardId, PersonId, ReviewId, StaffId};
use crate::domain::identity_check::{Check, CheckRefused, CheckResult, CheckStage};
use crate::domain::likeness::{Likeness, likeness};
use crate::domain::paper_code::PaperCode;
use crate::domain::person::PersonState;
use crate::domain::sign_in::SignIn;
use crate::domain::time::Timestamp;
use crate::http::{Appliance, Trouble};
use crate::store::{self, Fault, Write, vault};

/// What a card said in a check of a sign-in.
#[derive(Clone, Copy)]
pub struct Read<'a> {
    /// What it said.
    pub result: &'a CheckResult,
    /// The check.
    pub check: &'a Check,
    /// The sign-in.
    pub sign_in: &'a SignIn,
    /// The house.
    pub app: &'a Appliance,
}

/// With a key of this person, proven before. `also` happens in the same write, or nothing does.
pub async fn by_key<F>(read: Read<'_>, person: PersonId, also: F) -> Result<Settled, Trouble>
where
    F: Fn(&Write<'_>) -> Result<bool, Fault> + Send + 'static,
{
    match compare(read, person)? {
        Likeness::Same => {
            let refresh = Refresh::later(person, None, read.result, read.check, read.app)?;
            let refresh = refresh.ok_or(Trouble::SignInOver)?;
            enter(read, person, move |db| {
                Ok(also(db)? && refresh.keep_and_link(Some(LinkedBy::Authenticator), db)?)
            })
            .await
        }
        Likeness::OtherFamilyName | Likeness::Similar => {
            ask(read, Some((person, ReviewPath::Authenticator)), also).await?;
            Ok(Settled::Asked)
        }
        Likeness::Different => {
            refuse(CheckRefused::OtherPerson, Some(person), read.check, read.app, also).await
        }
    }
}

/// With a transfer code. `None`: it opens nothing, or nothing with this card; both look the same, and the card may be
/// tried with another code.
pub async fn by_code(read: Read<'_>, code: &PaperCode) -> Result<Option<Settled>, Trouble> {
    let app = read.app;
    let hash = code_hash(code, app);
    let holder = app.store.read(|db| match store::transfer_code::holder(&hash, app.now(), db)? {
        Some(person) => store::person::by_id(person, db),
        None => Ok(None),
    })?;
    let Some(holder) = holder else { return Ok(None) };
    let person = holder.id;
    if !matches!(compare(read, person)?, Likeness::Same | Likeness::OtherFamilyName) {
        // Its owner sees that somebody tried, and can withdraw it.
        app.write(move |db| {
            let entry = Entry::new(Event::TransferCodeRefused, Actor::House).about(person);
            store::audit::append(&entry, db).map_err(Trouble::from)
        })
        .await?;
        return Ok(None);
    }
    if holder.state == PersonState::Blocked {
        let refused = refuse(CheckRefused::PersonBlocked, Some(person), read.check, app, |_| Ok(true));
        return refused.await.map(Some);
    }
    let refresh = Refresh::later(person, None, read.result, read.check, app)?.ok_or(Trouble::SignInOver)?;
    let entered = enter(read, person, move |db| {
        if !store::transfer_code::redeem(person, &hash, db)? {
            return Ok(false);
        }
        let entry = Entry::new(Event::TransferCodeUsed, Actor::Person(person)).about(person);
        store::audit::append(&entry, db)?;
        refresh.keep_and_link(Some(LinkedBy::TransferCode), db)
    });
    entered.await.map(Some)
}

/// The hash under which a code is kept.
#[must_use]
pub fn code_hash(code: &PaperCode, app: &Appliance) -> [u8; 32] {
    app.secrets.lookup.hash("transfer-code", code.digits())
}

/// By what the card says. What came of it is not told, here or anywhere.
pub async fn by_data(read: Read<'_>) -> Result<(), Trouble> {
    let found = match match_hash(&read.result.identity, read.app) {
        Some(hash) => read.app.store.read(|db| store::person_match::only(&hash, db))?,
        None => None,
    };
    ask(read, found.map(|person| (person, ReviewPath::Data)), |_| Ok(true)).await
}

fn compare(read: Read<'_>, person: PersonId) -> Result<Likeness, Trouble> {
    let app = read.app;
    let known = app.store.read(|db| vault::open_identity(person, &Attribute::ALL, &app.keys, db))?;
    Ok(likeness(&known.ok_or(Trouble::SignInOver)?, &read.result.identity))
}

/// Lays the question before a clerk, or only seems to.
async fn ask<F>(read: Read<'_>, about: Option<(PersonId, ReviewPath)>, also: F) -> Result<(), Trouble>
where
    F: Fn(&Write<'_>) -> Result<bool, Fault> + Send + 'static,
{
    let question = match about {
        Some((person, path)) => question(read, person, path)?,
        None => None,
    };
    let check = read.check.clone();
    let asked = read.app.write(move |db| -> Result<(), Trouble> {
        if !store::identity_check::advance(&check, &CheckStage::Asked, None, db)? || !also(db)? {
            return Err(Trouble::SignInOver);
        }
        let entry = match &question {
            Some((review, sealed)) => {
                store::card_review::ask(review, sealed, db)?;
                let actor = match review.path {
                    ReviewPath::Authenticator => Actor::Person(review.person),
                    ReviewPath::Data => Actor::House,
                };
                let entry = Entry::new(Event::CardReviewAsked, actor).about(review.person);
                entry.with("review", review.id).with("path", review.path.name())
            }
            None => Entry::new(Event::CardUnmatched, Actor::House),
        };
        store::audit::append(&entry.with("check", check.id), db)?;
        Ok(())
    });
    asked.await
}

fn question(
    read: Read<'_>,
    person: PersonId,
    path: ReviewPath,
) -> Result<Option<(Review, Vec<u8>)>, Trouble> {
    let (app, result) = (read.app, read.result);
    let id = ReviewId::draw(app.dice.as_ref());
    let sealed = app
        .store
        .read(|db| vault::seal_review((id, person), &result.identity, &app.keys, app.dice.as_ref(), db))?;
    let review = Review {
        id,
        person,
        pseudonym: card_hash(result, app),
        path,
        stage: ReviewStage::Open,
        document_expires: result.document_expires,
        asked: result.at,
        expires: app.now() + REVIEW_LIFE,
    };
    Ok(sealed.map(|sealed| (review, sealed)))
}

/// What became of a clerk's decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// It is kept.
    Done,
    /// Somebody was faster, or the review is forgotten.
    TooLate,
    /// The card leads to somebody by now: its holder made an account, or found another way. It was not linked.
    CardTaken,
}

/// A clerk has compared and says that it is the person of the account.
pub fn confirm(review: &Review, by: StaffId, card: CardId, db: &Write) -> Result<Decided, Fault> {
    let at = Timestamp(db.at());
    let new = Card {
        id: card,
        person: review.person,
        state: CardState::Current,
        added: review.asked,
        last_read: review.asked,
        document_expires: review.document_expires,
        linked: Some(Linked { by: LinkedBy::Clerk, at }),
    };
    // Only a review that is still open links anything.
    let Some(open) = store::card_review::by_id(review.id, at, db)?.filter(|r| r.stage == ReviewStage::Open)
    else {
        return Ok(Decided::TooLate);
    };
    let before = store::card::by_pseudonym(&open.pseudonym, db)?.map(|(card, _)| card.state);
    let Some(card) = store::card::link(&new, &open.pseudonym, db)? else { return Ok(Decided::CardTaken) };
    let entry = Entry::new(Event::CardReviewConfirmed, Actor::Staff(by)).about(open.person);
    store::audit::append(&entry.with("review", open.id), db)?;
    let replaced = linked(card, open.person, LinkedBy::Clerk, Actor::Staff(by), db)?;
    let link = Link { card, before, replaced: replaced.first().copied() };
    if !store::card_review::decide(open.id, &ReviewStage::Confirmed { by, at, link }, db)? {
        // Can not be: nobody else writes in between. Nothing of this write stays.
        return Err(Fault::corrupt("card_review", "stage", open.id.to_string()));
    }
    Ok(Decided::Done)
}

/// A clerk does not confirm.
pub fn decline(review: &Review, by: StaffId, why: ReviewRefused, db: &Write) -> Result<Decided, Fault> {
    let to = ReviewStage::Refused { by, at: Timestamp(db.at()), why };
    if !store::card_review::decide(review.id, &to, db)? {
        return Ok(Decided::TooLate);
    }
    let entry = Entry::new(Event::CardReviewRefused, Actor::Staff(by)).about(review.person);
    store::audit::append(&entry.with("review", review.id).with("reason", why.name()), db)?;
    Ok(Decided::Done)
}
