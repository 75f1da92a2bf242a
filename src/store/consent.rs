//! Consents: one per person and service, replaced when given anew.

use super::values::{self, to_json};
use super::{Fault, Read, Row, Write};
use crate::domain::consent::Consent;
use crate::domain::id::{PersonId, ServiceId};
use crate::domain::time::Timestamp;

/// What a person agreed to tell a service.
pub fn get(person: PersonId, service: ServiceId, db: &Read) -> Result<Option<Consent>, Fault> {
    db.one(
        "SELECT person, service, data, remembered, given_at FROM consent WHERE person = $1 AND service = $2",
        &[&person, &service],
        from_row,
    )
}

/// A consent as the resident's list shows it.
#[derive(Clone, Debug)]
pub struct Told {
    /// The consent.
    pub consent: Consent,
    /// When the service was told last.
    pub told: Timestamp,
}

/// All consents of a person, the latest told first.
pub fn by_person(person: PersonId, db: &Read) -> Result<Vec<Told>, Fault> {
    db.all(
        "SELECT person, service, data, remembered, given_at, told_at FROM consent
         WHERE person = $1 ORDER BY told_at DESC",
        &[&person],
        |row| Ok(Told { consent: from_row(row)?, told: values::time(row, 5)? }),
    )
}

/// Gives a consent, in place of an earlier one.
pub fn give(consent: &Consent, db: &Write) -> Result<(), Fault> {
    db.change(
        "INSERT INTO consent (person, service, data, remembered, given_at, told_at)
         VALUES ($1, $2, $3, $4, $5, $5)
         ON CONFLICT (person, service) DO UPDATE SET data = $3, remembered = $4, given_at = $5, told_at = $5",
        &[&consent.person, &consent.service, &to_json(&consent.data), &consent.remembered, &consent.given],
    )?;
    Ok(())
}

/// The service was told again under a remembered consent.
pub fn told(person: PersonId, service: ServiceId, db: &Write) -> Result<(), Fault> {
    db.change(
        "UPDATE consent SET told_at = $1 WHERE person = $2 AND service = $3",
        &[&db.at(), &person, &service],
    )?;
    Ok(())
}

/// Withdraws a consent. `false`: there was none.
pub fn withdraw(person: PersonId, service: ServiceId, db: &Write) -> Result<bool, Fault> {
    Ok(db.change("DELETE FROM consent WHERE person = $1 AND service = $2", &[&person, &service])? == 1)
}

fn from_row(row: &Row) -> Result<Consent, Fault> {
    Ok(Consent {
        person: values::id(row, 0)?,
        service: values::id(row, 1)?,
        data: values::json(row, 2)?,
        remembered: row.get_i64(3)? == 1,
        given: values::time(row, 4)?,
    })
}
