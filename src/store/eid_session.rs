//! Online authentications with a card. A row is gone when its result was handed over.

use super::values;
use super::{Fault, Read, Row, Write};
use crate::domain::eid_session::{EidOwner, EidProgress, EidSession};
use crate::domain::id::{CheckId, EidSessionId};
use crate::domain::secret::BearerHash;
use crate::domain::time::Timestamp;

const COLUMNS: &str = "id, identifier_hash, message_hash, once_hash, check_id, customer, stage, version, sealed, \
                       expires_at";

fn one(condition: &str, value: &dyn super::Value, db: &Read) -> Result<Option<EidSession>, Fault> {
    db.one(&format!("SELECT {COLUMNS} FROM eid_session WHERE {condition}"), &[value], from_row)
}

/// The session that a TC token names, dead or alive.
pub fn by_identifier(identifier: &BearerHash, db: &Read) -> Result<Option<EidSession>, Fault> {
    one("identifier_hash = $1", identifier, db)
}

/// The session whose last message has not been answered, dead or alive.
pub fn by_message(message: &BearerHash, db: &Read) -> Result<Option<EidSession>, Fault> {
    one("message_hash = $1", message, db)
}

/// The session of a check, dead or alive.
pub fn by_check(check: CheckId, db: &Read) -> Result<Option<EidSession>, Fault> {
    one("check_id = $1 ORDER BY expires_at DESC LIMIT 1", &check, db)
}

/// A session, dead or alive.
pub fn by_id(id: EidSessionId, db: &Read) -> Result<Option<EidSession>, Fault> {
    one("id = $1", &id, db)
}

/// How many living ones a customer has at an instant.
pub fn count_of_customer(customer: &str, at: i64, db: &Read) -> Result<i64, Fault> {
    let sql = "SELECT count(*) FROM eid_session WHERE customer = $1 AND expires_at > $2";
    Ok(db.one(sql, &[&customer, &at], |row| row.get_i64(0))?.unwrap_or(0))
}

/// Keeps a new session; an earlier one of the same check dies with what it had read.
pub fn insert(session: &EidSession, db: &Write) -> Result<(), Fault> {
    let (check, customer) = match &session.owner {
        EidOwner::Check(check) => (Some(*check), None),
        EidOwner::Customer(customer) => (None, Some(customer.as_str())),
    };
    if let Some(check) = check {
        db.change("DELETE FROM eid_session WHERE check_id = $1", &[&check])?;
    }
    db.change(
        "INSERT INTO eid_session (id, identifier_hash, message_hash, once_hash, check_id, customer, stage, version,
           sealed, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            &session.id,
            &session.identifier,
            &session.message,
            &session.once,
            &check,
            &customer,
            &session.progress.name(),
            &session.version,
            &session.sealed.as_slice(),
            &session.expires,
        ],
    )?;
    Ok(())
}

/// Moves on only from what we saw. `false`: somebody was faster, or its time is up.
pub fn advance(from: &EidSession, to: &EidSession, db: &Write) -> Result<bool, Fault> {
    let changed = db.change(
        "UPDATE eid_session SET message_hash = $1, stage = $2, version = $3, sealed = $4
         WHERE id = $5 AND version = $6 AND expires_at > $7",
        &[
            &to.message,
            &to.progress.name(),
            &to.version,
            &to.sealed.as_slice(),
            &from.id,
            &from.version,
            &db.at(),
        ],
    )?;
    Ok(changed == 1)
}

/// Removes a session whose result was handed over. `false`: it was gone.
pub fn remove(id: EidSessionId, db: &Write) -> Result<bool, Fault> {
    Ok(db.change("DELETE FROM eid_session WHERE id = $1", &[&id])? == 1)
}

/// Removes some dead sessions with what they had read; returns how many.
pub fn sweep(now: Timestamp, db: &Write) -> Result<usize, Fault> {
    db.change(
        "DELETE FROM eid_session WHERE id IN (SELECT id FROM eid_session WHERE expires_at < $1 LIMIT 500)",
        &[&now],
    )
}

fn from_row(row: &Row) -> Result<EidSession, Fault> {
    let owner = match (values::opt_id(row, 4)?, row.get_opt_text(5)?) {
        (Some(check), None) => EidOwner::Check(check),
        (None, Some(customer)) => EidOwner::Customer(customer),
        _ => return Err(row.corrupt(4)),
    };
    let message = row.get_opt_blob(2)?.map(|_| values::hash(row, 2)).transpose()?;
    Ok(EidSession {
        id: values::id(row, 0)?,
        identifier: values::hash(row, 1)?,
        message,
        once: values::hash(row, 3)?,
        owner,
        progress: values::name(row, 6, EidProgress::parse)?,
        version: row.get_i64(7)?,
        sealed: row.get_blob(8)?,
        expires: values::time(row, 9)?,
    })
}
