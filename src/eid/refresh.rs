//! What a reading of a card changes for its person, made ready before the write: attributes sealed, what changed
//! compared, ids drawn.
//!
//! A person binding is not touched: it says that on its day this key's holder was checked in this way, which stays
//! true whatever a later document says. A key made afterwards is bound to the later check.

use super::settle::{card_hash, record_of};
use crate::domain::attribute::{Attribute, Identity};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::card::{Card, CardState, Linked, LinkedBy};
use crate::domain::id::{CardId, CheckId, PersonId, StaffId};
use crate::domain::identity_check::{Check, CheckResult};
use crate::domain::likeness::{match_value, name_value};
use crate::domain::time::Timestamp;
use crate::http::{Appliance, Trouble};
use crate::store::person::IdentityRecord;
use crate::store::vault::SealedAttributes;
use crate::store::{self, Fault, Write, vault};

/// What a reading changes, ready to be kept.
#[derive(Clone)]
pub struct Refresh {
    person: PersonId,
    /// The card that was read, and its pseudonym as it is looked up; none is at the desk.
    card: Option<(Card, [u8; 32])>,
    record: IdentityRecord,
    sealed: SealedAttributes,
    absent: Vec<Attribute>,
    /// By what the person is found from now on.
    found_by: Option<[u8; 32]>,
    /// The same at the counter.
    named: Option<[u8; 32]>,
    /// Who brought it about.
    actor: Actor,
}

impl Refresh {
    /// The reading that makes an account; its attributes were sealed with the new person's key.
    #[must_use]
    pub fn first(
        person: PersonId,
        sealed: SealedAttributes,
        result: &CheckResult,
        check: &Check,
        app: &Appliance,
    ) -> Self {
        let card = check.identification.is_none().then(|| CardId::draw(app.dice.as_ref()));
        Self::new(person, card, result, check.id, app).with(sealed, &result.identity, Vec::new(), app)
    }

    /// A later reading, of `known` card or of one that is to be linked. `None`: the person is gone.
    pub fn later(
        person: PersonId,
        known: Option<CardId>,
        result: &CheckResult,
        check: &Check,
        app: &Appliance,
    ) -> Result<Option<Self>, Trouble> {
        let card = known.unwrap_or_else(|| CardId::draw(app.dice.as_ref()));
        Self::again(person, Some(card), result, check.id, app)
    }

    /// An identification at the desk of somebody who has an account, by a clerk. `None`: the person is gone.
    pub fn at_desk(
        person: PersonId,
        result: &CheckResult,
        (check, by): (CheckId, StaffId),
        app: &Appliance,
    ) -> Result<Option<Self>, Trouble> {
        let found = Self::again(person, None, result, check, app)?;
        Ok(found.map(|found| Self { actor: Actor::Staff(by), ..found }))
    }

    fn again(
        person: PersonId,
        card: Option<CardId>,
        result: &CheckResult,
        check: CheckId,
        app: &Appliance,
    ) -> Result<Option<Self>, Trouble> {
        let (earlier, sealed) = app.store.read(|db| {
            Ok((
                vault::open_identity(person, &Attribute::ALL, &app.keys, db)?,
                vault::seal_identity(person, &result.identity, &app.keys, app.dice.as_ref(), db)?,
            ))
        })?;
        let (Some(earlier), Some(sealed)) = (earlier, sealed) else { return Ok(None) };
        let fresh = earlier.refreshed(&result.identity, &result.absent);
        let changed = fresh.changed_from(&earlier);
        Ok(Some(Self::new(person, card, result, check, app).with(sealed, &fresh, changed, app)))
    }

    fn new(
        person: PersonId,
        card: Option<CardId>,
        result: &CheckResult,
        check: CheckId,
        app: &Appliance,
    ) -> Self {
        let card = card.map(|id| Card {
            id,
            person,
            state: CardState::Current,
            added: result.at,
            last_read: result.at,
            document_expires: result.document_expires,
            linked: None,
        });
        Self {
            person,
            record: record_of(result, check),
            card: card.map(|card| (card, card_hash(result, app))),
            sealed: Vec::new(),
            absent: result.absent.clone(),
            found_by: None,
            named: None,
            actor: Actor::Person(person),
        }
    }

    fn with(
        self,
        sealed: SealedAttributes,
        known: &Identity,
        changed: Vec<Attribute>,
        app: &Appliance,
    ) -> Self {
        Self {
            record: IdentityRecord { changed, ..self.record },
            found_by: match_hash(known, app),
            named: name_hash(known, app),
            sealed,
            ..self
        }
    }

    /// What is kept of the check for good.
    #[must_use]
    pub const fn record(&self) -> &IdentityRecord {
        &self.record
    }

    /// Keeps a reading of a card that leads to this person, or what was shown at the desk. `false`: it was replaced or taken off in between.
    pub fn keep(&self, db: &Write) -> Result<bool, Fault> {
        let Some((card, _)) = &self.card else { return self.keep_data(None, db) };
        Ok(store::card::read(card.id, card.last_read, card.document_expires, db)?
            && self.keep_data(Some(card.id), db)?)
    }

    /// Keeps a reading and lets its card lead to this person from now on, in place of their other cards; `by`: how
    /// it came to them, `None` for the card that makes the account. `false`: the card leads to somebody already.
    pub fn keep_and_link(&self, by: Option<LinkedBy>, db: &Write) -> Result<bool, Fault> {
        let Some((card, pseudonym)) = &self.card else { return self.keep_data(None, db) };
        let linked_by = by.map(|by| Linked { by, at: Timestamp(db.at()) });
        let card = Card { linked: linked_by, ..card.clone() };
        let Some(card) = store::card::link(&card, pseudonym, db)? else { return Ok(false) };
        if let Some(by) = by {
            linked(card, self.person, by, self.actor, db)?;
        }
        self.keep_data(Some(card), db)
    }

    fn keep_data(&self, card: Option<CardId>, db: &Write) -> Result<bool, Fault> {
        let record = IdentityRecord { card, ..self.record.clone() };
        store::person::record_check(self.person, &record, db)?;
        store::person::refresh_attributes(self.person, record.id, &self.sealed, &self.absent, db)?;
        store::person_match::set(self.person, self.found_by.as_ref(), db)?;
        store::counter::set_name(self.person, self.named.as_ref(), db)?;
        let mut entry = Entry::new(Event::IdentityChecked, self.actor).about(self.person);
        entry = entry.with("check", record.id).with("method", record.method.name());
        if let Some(card) = card {
            entry = entry.with("card", card);
        }
        for attribute in &record.changed {
            entry = entry.with("changed", attribute.name());
        }
        store::audit::append(&entry, db)?;
        Ok(true)
    }
}

/// A card was just linked: the person's other cards are replaced, and the audit says so. Gives which just were.
pub fn linked(
    card: CardId,
    person: PersonId,
    by: LinkedBy,
    actor: Actor,
    db: &Write,
) -> Result<Vec<CardId>, Fault> {
    let entry = Entry::new(Event::CardLinked, actor).about(person);
    store::audit::append(&entry.with("card", card).with("by", by.name()), db)?;
    let others = store::card::replace_others(card, person, db)?;
    for other in &others {
        let entry = Entry::new(Event::CardReplaced, actor).about(person);
        store::audit::append(&entry.with("card", *other), db)?;
    }
    Ok(others)
}

/// By what somebody with these data is found. `None`: something is missing, so that they are not.
#[must_use]
pub fn match_hash(identity: &Identity, app: &Appliance) -> Option<[u8; 32]> {
    match_value(identity).map(|value| app.secrets.lookup.hash("person", &value))
}

/// By what somebody with these data is found at the counter. `None`: name or birth date is missing.
#[must_use]
pub fn name_hash(identity: &Identity, app: &Appliance) -> Option<[u8; 32]> {
    name_value(identity).map(|value| app.secrets.lookup.hash("name", &value))
}
