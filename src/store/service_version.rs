//! The states of services, one after the other: what was changed, when, by whom.

use super::values::{self, to_json};
use super::{Fault, Read, Write};
use crate::domain::audit::Actor;
use crate::domain::id::ServiceId;
use crate::domain::service::{Service, State};
use crate::domain::time::Timestamp;

/// So many states are kept of a service.
const KEPT: i64 = 200;

/// Writes a state down; the oldest goes where there are too many.
pub(super) fn note(service: &Service, version: i64, by: Actor, db: &Write) -> Result<(), Fault> {
    db.change(
        "INSERT INTO service_version (service, version, at, actor, state) VALUES ($1, $2, $3, $4, $5)",
        &[&service.id, &version, &db.at(), &by.text(), &to_json(&service.state())],
    )?;
    let sql = "DELETE FROM service_version WHERE service = $1 AND version <= $2";
    db.change(sql, &[&service.id, &(version - KEPT)])?;
    Ok(())
}

/// A state as kept.
#[derive(Clone, Debug)]
pub struct Version {
    /// Counts from 1.
    pub version: i64,
    /// Since when.
    pub at: Timestamp,
    /// By whom, as in the audit: [`Actor::text`].
    pub actor: String,
    /// How it was.
    pub state: State,
}

/// The latest states of a service, latest first.
pub fn latest(service: ServiceId, limit: u32, db: &Read) -> Result<Vec<Version>, Fault> {
    let sql = "SELECT version, at, actor, state FROM service_version WHERE service = $1 ORDER BY version DESC LIMIT $2";
    db.all(sql, &[&service, &limit], |row| {
        Ok(Version {
            version: row.get_i64(0)?,
            at: values::time(row, 1)?,
            actor: row.get_text(2)?,
            state: values::json(row, 3)?,
        })
    })
}
