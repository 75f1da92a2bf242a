//! Transfer codes: at most one for each person, kept as keyed hash.

use super::values;
use super::{Fault, Read, Write};
use crate::domain::id::PersonId;
use crate::domain::time::Timestamp;
use crate::domain::transfer_code::Outstanding;

/// Whose living code this is.
pub fn holder(hash: &[u8; 32], now: Timestamp, db: &Read) -> Result<Option<PersonId>, Fault> {
    db.one("SELECT person FROM transfer_code WHERE hash = $1 AND expires_at > $2", &[hash, &now], |row| {
        values::id(row, 0)
    })
}

/// A person's code, dead or alive.
pub fn by_person(person: PersonId, db: &Read) -> Result<Option<Outstanding>, Fault> {
    db.one("SELECT created_at, expires_at FROM transfer_code WHERE person = $1", &[&person], |row| {
        Ok(Outstanding { made: values::time(row, 0)?, expires: values::time(row, 1)? })
    })
}

/// Keeps a new code in place of an earlier one.
pub fn put(person: PersonId, hash: &[u8; 32], code: Outstanding, db: &Write) -> Result<(), Fault> {
    db.change(
        "INSERT INTO transfer_code (person, hash, created_at, expires_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (person) DO UPDATE SET hash = $2, created_at = $3, expires_at = $4",
        &[&person, hash, &code.made, &code.expires],
    )?;
    Ok(())
}

/// Takes a living code away, so that nobody uses it a second time. `false`: somebody was faster, or its time is up.
pub fn redeem(person: PersonId, hash: &[u8; 32], db: &Write) -> Result<bool, Fault> {
    let sql = "DELETE FROM transfer_code WHERE person = $1 AND hash = $2 AND expires_at > $3";
    Ok(db.change(sql, &[&person, hash, &db.at()])? == 1)
}

/// Withdraws a person's code. `false`: there is none.
pub fn withdraw(person: PersonId, db: &Write) -> Result<bool, Fault> {
    Ok(db.change("DELETE FROM transfer_code WHERE person = $1", &[&person])? == 1)
}

/// Removes some dead codes; returns how many.
pub fn sweep(now: Timestamp, db: &Write) -> Result<usize, Fault> {
    db.change(
        "DELETE FROM transfer_code WHERE person IN (SELECT person FROM transfer_code WHERE expires_at < $1 LIMIT 500)",
        &[&now],
    )
}
