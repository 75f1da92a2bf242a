//! The counter: finding people by name and birth date, and whom a clerk has before them.

use super::values;
use super::{Fault, Read, Write};
use crate::domain::counter::VISIT_LIFE;
use crate::domain::id::{PersonId, SessionId};
use crate::domain::time::Timestamp;

/// People of a name and birth date, at most `limit`.
pub fn find(hash: &[u8; 32], limit: u32, db: &Read) -> Result<Vec<PersonId>, Fault> {
    let sql = "SELECT person FROM person_name WHERE hash = $1 ORDER BY person LIMIT $2";
    db.all(sql, &[hash, &limit], |row| values::id(row, 0))
}

/// Keeps by what a person is found; `None`: they are not.
pub fn set_name(person: PersonId, hash: Option<&[u8; 32]>, db: &Write) -> Result<(), Fault> {
    let hash: &[u8] = hash.map_or(&[], |hash| hash.as_slice());
    db.change(
        "INSERT INTO person_name (person, hash) SELECT $1, $2 WHERE EXISTS (SELECT 1 FROM person WHERE id = $1)
         ON CONFLICT (person) DO UPDATE SET hash = $2",
        &[&person, &hash],
    )?;
    Ok(())
}

/// The same for somebody of whom it was never kept; what was kept in between is newer and stays.
pub fn add_name(person: PersonId, hash: Option<&[u8; 32]>, db: &Write) -> Result<(), Fault> {
    let hash: &[u8] = hash.map_or(&[], |hash| hash.as_slice());
    db.change(
        "INSERT INTO person_name (person, hash) SELECT $1, $2 WHERE EXISTS (SELECT 1 FROM person WHERE id = $1)
         ON CONFLICT (person) DO NOTHING",
        &[&person, &hash],
    )?;
    Ok(())
}

/// Some people of whom it was never kept: accounts made by an earlier version.
pub fn unnamed(limit: u32, db: &Read) -> Result<Vec<PersonId>, Fault> {
    let sql = "SELECT id FROM person WHERE trial IS NULL
               AND NOT EXISTS (SELECT 1 FROM person_name WHERE person = id) LIMIT $1";
    db.all(sql, &[&limit], |row| values::id(row, 0))
}

/// A clerk has a person before them from now on.
pub fn open(session: SessionId, person: PersonId, db: &Write) -> Result<(), Fault> {
    db.change(
        "INSERT INTO counter_visit (session, person, opened_at) VALUES ($1, $2, $3)
         ON CONFLICT (session, person) DO UPDATE SET opened_at = $3",
        &[&session, &person, &db.at()],
    )?;
    Ok(())
}

/// Whether a clerk has this person before them.
pub fn is_open(session: SessionId, person: PersonId, now: Timestamp, db: &Read) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM counter_visit WHERE session = $1 AND person = $2 AND opened_at > $3";
    Ok(db.one(sql, &[&session, &person, &(now - VISIT_LIFE)], |row| row.get_i64(0))?.is_some())
}
