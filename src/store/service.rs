//! Services.

use super::values::{self, to_json};
use super::{Fault, Read, Row, Write};
use crate::domain::id::ServiceId;
use crate::domain::service::{Registration, Service};

const COLUMNS: &str = "id, active, registration, created_at";

/// The service of an id.
pub fn by_id(id: ServiceId, db: &Read) -> Result<Option<Service>, Fault> {
    db.one("SELECT id, active, registration, created_at FROM service WHERE id = $1", &[&id], from_row)
}

/// All services by name, at most `limit`.
pub fn all(limit: u32, db: &Read) -> Result<Vec<Service>, Fault> {
    db.all(&format!("SELECT {COLUMNS} FROM service ORDER BY name, id LIMIT $1"), &[&limit], from_row)
}

/// How many there are.
pub fn count(db: &Read) -> Result<i64, Fault> {
    Ok(db.one("SELECT count(*) FROM service", &[], |row| row.get_i64(0))?.unwrap_or(0))
}

/// Registers a service.
pub fn insert(service: &Service, db: &Write) -> Result<(), Fault> {
    db.change(
        "INSERT INTO service (id, name, active, registration, version, created_at) VALUES ($1, $2, $3, $4, 1, $5)",
        &[
            &service.id,
            &service.registration.name,
            &service.active,
            &to_json(&service.registration),
            &service.created,
        ],
    )?;
    Ok(())
}

/// Changes a registration, only from what we saw. `false`: somebody was faster.
pub fn change(from: &Service, to: &Registration, db: &Write) -> Result<bool, Fault> {
    let changed = db.change(
        "UPDATE service SET name = $1, registration = $2, version = version + 1 WHERE id = $3 AND registration = $4",
        &[&to.name, &to_json(to), &from.id, &to_json(&from.registration)],
    )?;
    Ok(changed == 1)
}

/// Removes a service with its grants and consents. `false`: there is none.
pub fn remove(id: ServiceId, db: &Write) -> Result<bool, Fault> {
    Ok(db.change("DELETE FROM service WHERE id = $1", &[&id])? == 1)
}

fn from_row(row: &Row) -> Result<Service, Fault> {
    Ok(Service {
        id: values::id(row, 0)?,
        active: row.get_i64(1)? == 1,
        registration: values::json(row, 2)?,
        created: values::time(row, 3)?,
    })
}
