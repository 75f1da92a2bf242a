//! Person bindings, and the ids of those which were revoked.

use super::values;
use super::{Fault, Read, Row, Write};
use crate::domain::id::{BindingId, PasskeyId, PersonId};
use crate::domain::time::Timestamp;

/// A binding as kept for the resident.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Its id.
    pub id: BindingId,
    /// Whose.
    pub person: PersonId,
    /// Of which key.
    pub passkey: PasskeyId,
    /// The signed statement.
    pub statement: String,
    /// When it was issued.
    pub issued: Timestamp,
}

/// Keeps a binding.
pub fn insert(binding: &Binding, db: &Write) -> Result<(), Fault> {
    db.change(
        "INSERT INTO binding (id, person, passkey, statement, issued_at) VALUES ($1, $2, $3, $4, $5)",
        &[&binding.id, &binding.person, &binding.passkey, &binding.statement, &binding.issued],
    )?;
    Ok(())
}

/// The latest binding of a key.
pub fn by_passkey(passkey: PasskeyId, db: &Read) -> Result<Option<Binding>, Fault> {
    db.one(
        "SELECT id, person, passkey, statement, issued_at FROM binding WHERE passkey = $1
         ORDER BY issued_at DESC LIMIT 1",
        &[&passkey],
        from_row,
    )
}

/// All bindings of a person.
pub fn by_person(person: PersonId, db: &Read) -> Result<Vec<Binding>, Fault> {
    db.all(
        "SELECT id, person, passkey, statement, issued_at FROM binding WHERE person = $1 ORDER BY issued_at",
        &[&person],
        from_row,
    )
}

/// Revokes the bindings of a key; returns their ids.
pub fn revoke_by_passkey(passkey: PasskeyId, db: &Write) -> Result<Vec<BindingId>, Fault> {
    let ids: Vec<BindingId> =
        db.all("SELECT id FROM binding WHERE passkey = $1", &[&passkey], |row| values::id(row, 0))?;
    for id in &ids {
        db.insert_new(
            "INSERT INTO revoked_binding (id, revoked_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
            &[id, &db.at()],
        )?;
    }
    db.change("DELETE FROM binding WHERE passkey = $1", &[&passkey])?;
    Ok(ids)
}

/// Every revoked binding with its instant, oldest first.
pub fn revoked(db: &Read) -> Result<Vec<(BindingId, Timestamp)>, Fault> {
    db.all("SELECT id, revoked_at FROM revoked_binding ORDER BY revoked_at, id", &[], |row| {
        Ok((values::id(row, 0)?, values::time(row, 1)?))
    })
}

fn from_row(row: &Row) -> Result<Binding, Fault> {
    Ok(Binding {
        id: values::id(row, 0)?,
        person: values::id(row, 1)?,
        passkey: values::id(row, 2)?,
        statement: row.get_text(3)?,
        issued: values::time(row, 4)?,
    })
}
