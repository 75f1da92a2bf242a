//! People: accounts, their sealed attributes, the checks behind them. Their cards are in `card`.
//!
//! Bytes come and go sealed; `store::vault` seals and opens.

use super::values;
use super::{Fault, Read, Row, Write};
use crate::domain::assurance::{IdentityFacts, IdentityMethod};
use crate::domain::attribute::Attribute;
use crate::domain::id::{CardId, CheckId, PersonId};
use crate::domain::person::{Person, PersonState};
use crate::domain::time::Timestamp;

const COLUMNS: &str = "id, user_handle, state, demo, created_at, trial";
const RECORD: &str = "id, method, at, document_expires_at, provider, transaction_id, demo, card, changed";

/// The person of an id.
pub fn by_id(id: PersonId, db: &Read) -> Result<Option<Person>, Fault> {
    db.one(&format!("SELECT {COLUMNS} FROM person WHERE id = $1"), &[&id], from_row)
}

/// A page of people in the order of their ids, after `after`; no personal data, nobody made up for a trial.
pub fn page(after: Option<PersonId>, limit: u32, db: &Read) -> Result<Vec<Person>, Fault> {
    let after = after.map_or(vec![], |id| id.bytes().to_vec());
    db.all(
        &format!("SELECT {COLUMNS} FROM person WHERE id > $1 AND trial IS NULL ORDER BY id LIMIT $2"),
        &[&after, &limit],
        from_row,
    )
}

/// How many people there are; whoever is made up for a trial is not counted.
pub fn count(db: &Read) -> Result<i64, Fault> {
    Ok(db
        .one(
            "SELECT (SELECT count(*) FROM person) - (SELECT count(*) FROM person WHERE trial IS NOT NULL)",
            &[],
            |row| row.get_i64(0),
        )?
        .unwrap_or(0))
}

/// Whether any account was made with a demo card.
pub fn any_demo(db: &Read) -> Result<bool, Fault> {
    Ok(db.one("SELECT 1 FROM person WHERE demo = 1 LIMIT 1", &[], |row| row.get_i64(0))?.is_some())
}

/// What a new account is made of, sealed before.
#[derive(Clone)]
pub struct NewPerson {
    /// The person.
    pub person: Person,
    /// The person's key, wrapped by the appliance key.
    pub wrapped_key: Vec<u8>,
    /// The source number of all pseudonyms, sealed by the person's key.
    pub sealed_source: Vec<u8>,
}

/// Makes an account.
pub fn insert(new: &NewPerson, db: &Write) -> Result<(), Fault> {
    let person = &new.person;
    db.change(
        "INSERT INTO person (id, user_handle, state, demo, wrapped_key, sealed_source, created_at, trial)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            &person.id,
            &person.user_handle,
            &person.state.name(),
            &person.demo,
            &new.wrapped_key,
            &new.sealed_source,
            &person.created,
            &person.trial,
        ],
    )?;
    Ok(())
}

/// A person's wrapped key and their sealed source number.
pub type SealedKeys = (Vec<u8>, Vec<u8>);

/// The wrapped key and the sealed source number.
pub fn keys(id: PersonId, db: &Read) -> Result<Option<SealedKeys>, Fault> {
    db.one("SELECT wrapped_key, sealed_source FROM person WHERE id = $1", &[&id], |row| {
        Ok((row.get_blob(0)?, row.get_blob(1)?))
    })
}

/// Replaces a wrapped key by the same key wrapped anew. `false`: changed in between.
pub fn rewrap(id: PersonId, from: &[u8], to: &[u8], db: &Write) -> Result<bool, Fault> {
    Ok(db.change(
        "UPDATE person SET wrapped_key = $1 WHERE id = $2 AND wrapped_key = $3",
        &[&to, &id, &from],
    )? == 1)
}

/// Changes the state from the one we saw. `false`: somebody was faster.
pub fn set_state(person: &Person, state: PersonState, db: &Write) -> Result<bool, Fault> {
    let changed = db.change(
        "UPDATE person SET state = $1 WHERE id = $2 AND state = $3",
        &[&state.name(), &person.id, &person.state.name()],
    )?;
    Ok(changed == 1)
}

/// Deletes a person: the wrapped key goes, and with it what any backup still holds of their data; every row
/// that names them goes by cascade. `false`: there is no such person.
pub fn delete(id: PersonId, db: &Write) -> Result<bool, Fault> {
    Ok(db.change("DELETE FROM person WHERE id = $1", &[&id])? == 1)
}

/// Puts what a check read in place of what was known. Attributes in neither list stay as they are.
pub fn refresh_attributes(
    person: PersonId,
    check: CheckId,
    sealed: &[(Attribute, Vec<u8>)],
    absent: &[Attribute],
    db: &Write,
) -> Result<(), Fault> {
    for (attribute, sealed) in sealed {
        db.change(
            "INSERT INTO attribute (person, name, sealed, check_id) VALUES ($1, $2, $3, $4)
             ON CONFLICT (person, name) DO UPDATE SET sealed = $3, check_id = $4",
            &[&person, &attribute.name(), sealed, &check],
        )?;
    }
    for attribute in absent {
        db.change("DELETE FROM attribute WHERE person = $1 AND name = $2", &[&person, &attribute.name()])?;
    }
    Ok(())
}

/// One sealed attribute.
pub fn attribute(person: PersonId, name: Attribute, db: &Read) -> Result<Option<Vec<u8>>, Fault> {
    db.one("SELECT sealed FROM attribute WHERE person = $1 AND name = $2", &[&person, &name.name()], |row| {
        row.get_blob(0)
    })
}

/// A check that succeeded, as kept for provenance.
#[derive(Clone, Debug)]
pub struct IdentityRecord {
    /// Its id.
    pub id: CheckId,
    /// How it was made.
    pub method: IdentityMethod,
    /// When.
    pub at: Timestamp,
    /// End of the document's last valid day.
    pub document_expires: Option<Timestamp>,
    /// Which provider made it.
    pub provider: String,
    /// The provider's name for it.
    pub transaction: String,
    /// With a made-up card.
    pub demo: bool,
    /// With which card; it may have been removed since.
    pub card: Option<CardId>,
    /// Which attributes it changed: their names, never what they said.
    pub changed: Vec<Attribute>,
}

impl IdentityRecord {
    /// What the policy wants to know.
    #[must_use]
    pub const fn facts(&self) -> IdentityFacts {
        IdentityFacts { method: self.method, at: self.at, document_expires: self.document_expires }
    }
}

/// Keeps a check.
pub fn record_check(person: PersonId, record: &IdentityRecord, db: &Write) -> Result<(), Fault> {
    let changed: Vec<&str> = record.changed.iter().map(|attribute| attribute.name()).collect();
    db.change(
        "INSERT INTO identity_record (id, person, method, at, document_expires_at, provider, transaction_id, demo,
           card, changed)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            &record.id,
            &person,
            &record.method.name(),
            &record.at,
            &record.document_expires,
            &record.provider,
            &record.transaction,
            &record.demo,
            &record.card,
            &changed.join(" "),
        ],
    )?;
    Ok(())
}

/// The latest check of a person.
pub fn latest_check(person: PersonId, db: &Read) -> Result<Option<IdentityRecord>, Fault> {
    db.one(
        &format!("SELECT {RECORD} FROM identity_record WHERE person = $1 ORDER BY at DESC LIMIT 1"),
        &[&person],
        record_from_row,
    )
}

/// All checks of a person, latest first.
pub fn checks(person: PersonId, db: &Read) -> Result<Vec<IdentityRecord>, Fault> {
    db.all(
        &format!("SELECT {RECORD} FROM identity_record WHERE person = $1 ORDER BY at DESC"),
        &[&person],
        record_from_row,
    )
}

/// The checks of a person with this card since an instant, and when they were, oldest first.
pub fn checks_by_card(
    person: PersonId,
    card: CardId,
    since: Timestamp,
    db: &Read,
) -> Result<Vec<(CheckId, Timestamp)>, Fault> {
    let sql =
        "SELECT id, at FROM identity_record WHERE person = $1 AND card = $2 AND at >= $3 ORDER BY at, id";
    db.all(sql, &[&person, &card, &since], |row| Ok((values::id(row, 0)?, values::time(row, 1)?)))
}

/// From which check each attribute of a person comes.
pub fn sources(person: PersonId, db: &Read) -> Result<Vec<(Attribute, CheckId)>, Fault> {
    let sql = "SELECT name, check_id FROM attribute WHERE person = $1 ORDER BY name";
    db.all(sql, &[&person], |row| Ok((values::name(row, 0, Attribute::parse)?, values::id(row, 1)?)))
}

/// Removes checks with what they have told.
pub fn forget_checks(person: PersonId, checks: &[CheckId], db: &Write) -> Result<(), Fault> {
    for check in checks {
        db.change("DELETE FROM attribute WHERE person = $1 AND check_id = $2", &[&person, check])?;
        db.change("DELETE FROM identity_record WHERE person = $1 AND id = $2", &[&person, check])?;
    }
    Ok(())
}

fn record_from_row(row: &Row) -> Result<IdentityRecord, Fault> {
    Ok(IdentityRecord {
        id: values::id(row, 0)?,
        method: values::name(row, 1, IdentityMethod::parse)?,
        at: values::time(row, 2)?,
        document_expires: values::opt_time(row, 3)?,
        provider: row.get_text(4)?,
        transaction: row.get_text(5)?,
        demo: row.get_i64(6)? == 1,
        card: values::opt_id(row, 7)?,
        changed: changed(&row.get_text(8)?).ok_or_else(|| row.corrupt(8))?,
    })
}

fn changed(names: &str) -> Option<Vec<Attribute>> {
    names.split_whitespace().map(Attribute::parse).collect()
}

fn from_row(row: &Row) -> Result<Person, Fault> {
    Ok(Person {
        id: values::id(row, 0)?,
        user_handle: values::array(row, 1)?,
        state: values::name(row, 2, PersonState::parse)?,
        demo: row.get_i64(3)? == 1,
        created: values::time(row, 4)?,
        trial: values::opt_id(row, 5)?,
    })
}
