//! Sessions.

use super::values::{self, holder_columns, to_json};
use super::{Fault, Read, Row, Write};
use crate::domain::assurance::Level;
use crate::domain::id::SessionId;
use crate::domain::passkey::Holder;
use crate::domain::secret::BearerHash;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;

const COLUMNS: &str = "cookie_hash, id, person, staff, means, level, authenticated_at, seen_at";

/// The session of a cookie, dead or alive: ask [`Session::is_alive`].
pub fn by_cookie(cookie: &BearerHash, db: &Read) -> Result<Option<Session>, Fault> {
    db.one(&format!("SELECT {COLUMNS} FROM session WHERE cookie_hash = $1"), &[cookie], from_row)
}

/// The session of an id.
pub fn by_id(id: SessionId, db: &Read) -> Result<Option<Session>, Fault> {
    db.one(&format!("SELECT {COLUMNS} FROM session WHERE id = $1"), &[&id], from_row)
}

/// Opens a session.
pub fn insert(session: &Session, db: &Write) -> Result<(), Fault> {
    let (person, staff) = holder_columns(session.holder);
    db.change(
        "INSERT INTO session (cookie_hash, id, person, staff, means, level, authenticated_at, seen_at, ends_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            &session.cookie,
            &session.id,
            &person,
            &staff,
            &to_json(&session.means),
            &session.level.name(),
            &session.authenticated,
            &session.seen,
            &session.ends(),
        ],
    )?;
    Ok(())
}

/// A sign of life; only ever forwards.
pub fn see(id: SessionId, now: Timestamp, db: &Write) -> Result<(), Fault> {
    db.change("UPDATE session SET seen_at = $1 WHERE id = $2 AND seen_at < $1", &[&now, &id])?;
    Ok(())
}

/// Ends a session. `false`: it had ended.
pub fn remove(id: SessionId, db: &Write) -> Result<bool, Fault> {
    Ok(db.change("DELETE FROM session WHERE id = $1", &[&id])? == 1)
}

/// Sessions of a holder.
pub fn by_holder(holder: Holder, db: &Read) -> Result<Vec<Session>, Fault> {
    let (person, staff) = holder_columns(holder);
    db.all(
        &format!("SELECT {COLUMNS} FROM session WHERE person = $1 OR staff = $2 ORDER BY authenticated_at"),
        &[&person, &staff],
        from_row,
    )
}

/// Removes some sessions which have ended; returns how many.
pub fn sweep(now: Timestamp, db: &Write) -> Result<usize, Fault> {
    db.change(
        "DELETE FROM session WHERE cookie_hash IN (SELECT cookie_hash FROM session WHERE ends_at < $1 LIMIT 500)",
        &[&now],
    )
}

fn from_row(row: &Row) -> Result<Session, Fault> {
    Ok(Session {
        cookie: values::hash(row, 0)?,
        id: values::id(row, 1)?,
        holder: values::holder(row, 2, 3)?,
        means: values::json(row, 4)?,
        level: values::name(row, 5, Level::parse)?,
        authenticated: values::time(row, 6)?,
        seen: values::time(row, 7)?,
    })
}
