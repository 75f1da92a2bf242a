//! Organisations.

use super::values;
use super::{Fault, Read, Row, Write};
use crate::domain::id::OrganisationId;
use crate::domain::organisation::Organisation;

/// The organisation of an id.
pub fn by_id(id: OrganisationId, db: &Read) -> Result<Option<Organisation>, Fault> {
    db.one("SELECT id, name, created_at FROM organisation WHERE id = $1", &[&id], from_row)
}

/// All organisations by name, at most `limit`.
pub fn all(limit: u32, db: &Read) -> Result<Vec<Organisation>, Fault> {
    db.all("SELECT id, name, created_at FROM organisation ORDER BY name, id LIMIT $1", &[&limit], from_row)
}

/// Keeps a new one. `false`: there is one of this name.
pub fn insert(organisation: &Organisation, db: &Write) -> Result<bool, Fault> {
    db.insert_new(
        "INSERT INTO organisation (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",
        &[&organisation.id, &organisation.name, &organisation.created],
    )
}

fn from_row(row: &Row) -> Result<Organisation, Fault> {
    Ok(Organisation { id: values::id(row, 0)?, name: row.get_text(1)?, created: values::time(row, 2)? })
}
