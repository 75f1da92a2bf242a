//! Services.

use super::values::{self, to_json};
use super::{Fault, Read, Row, Write, service_version};
use crate::domain::audit::Actor;
use crate::domain::id::{OrganisationId, ServiceId};
use crate::domain::registration::Registration;
use crate::domain::service::Service;
use crate::domain::time::Timestamp;

const COLUMNS: &str = "id, organisation, registration, proposal, objection, released_at, active, version, created_at, \
     trial_until, offered_to";

/// The service of an id.
pub fn by_id(id: ServiceId, db: &Read) -> Result<Option<Service>, Fault> {
    db.one(&format!("SELECT {COLUMNS} FROM service WHERE id = $1"), &[&id], from_row)
}

/// All services by name, at most `limit`.
pub fn all(limit: u32, db: &Read) -> Result<Vec<Service>, Fault> {
    db.all(&format!("SELECT {COLUMNS} FROM service ORDER BY name, id LIMIT $1"), &[&limit], from_row)
}

/// An organisation's services by name, at most `limit`.
pub fn of_organisation(of: OrganisationId, limit: u32, db: &Read) -> Result<Vec<Service>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM service WHERE organisation = $1 ORDER BY name, id LIMIT $2");
    db.all(&sql, &[&of, &limit], from_row)
}

/// An organisation's services in the order of their ids, after `after`, at most `limit`.
pub fn after(
    of: OrganisationId,
    after: Option<ServiceId>,
    limit: u32,
    db: &Read,
) -> Result<Vec<Service>, Fault> {
    let after = after.map_or(vec![], |id| id.bytes().to_vec());
    let sql =
        format!("SELECT {COLUMNS} FROM service WHERE organisation = $1 AND id > $2 ORDER BY id LIMIT $3");
    db.all(&sql, &[&of, &after, &limit], from_row)
}

/// Services whose name holds a text, by name, at most `limit`: an organisation's, or all.
pub fn named(text: &str, of: Option<OrganisationId>, limit: u32, db: &Read) -> Result<Vec<Service>, Fault> {
    // A text holds no pattern: its letters mean themselves.
    let escaped: String = text
        .chars()
        .flat_map(|c| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter().chain([c]))
        .collect();
    let pattern = format!("%{escaped}%");
    let like = "name LIKE $1 ESCAPE '\\'";
    match of {
        Some(of) => {
            let sql = format!(
                "SELECT {COLUMNS} FROM service WHERE {like} AND organisation = $2 ORDER BY name, id LIMIT $3"
            );
            db.all(&sql, &[&pattern, &of, &limit], from_row)
        }
        None => {
            let sql = format!("SELECT {COLUMNS} FROM service WHERE {like} ORDER BY name, id LIMIT $2");
            db.all(&sql, &[&pattern, &limit], from_row)
        }
    }
}

/// How many wait for an operator.
pub fn count_waiting(db: &Read) -> Result<i64, Fault> {
    let sql = "SELECT count(*) FROM service WHERE (released_at IS NULL OR proposal IS NOT NULL) AND objection IS NULL";
    Ok(db.one(sql, &[], |row| row.get_i64(0))?.unwrap_or(0))
}

/// How many there are.
pub fn count(db: &Read) -> Result<i64, Fault> {
    Ok(db.one("SELECT count(*) FROM service", &[], |row| row.get_i64(0))?.unwrap_or(0))
}

/// Registers a service. `false`: there is one of this id.
pub fn insert(service: &Service, by: Actor, db: &Write) -> Result<bool, Fault> {
    let fresh = db.insert_new(
        "INSERT INTO service (id, name, organisation, registration, proposal, objection, released_at, active, version,
           created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (id) DO NOTHING",
        &[
            &service.id,
            &service.registration.name,
            &service.organisation,
            &to_json(&service.registration),
            &service.proposal.as_ref().map(to_json),
            &service.objection,
            &service.released,
            &service.active,
            &service.version,
            &service.created,
        ],
    )?;
    if fresh {
        service_version::note(service, service.version, by, db)?;
    }
    Ok(fresh)
}

/// Changes a service, only from what we saw; since when stays. `false`: somebody was faster.
pub fn advance(from: &Service, to: &Service, by: Actor, db: &Write) -> Result<bool, Fault> {
    let changed = db.change(
        "UPDATE service SET name = $1, registration = $2, proposal = $3, objection = $4, released_at = $5, active = $6,
           organisation = $7, offered_to = $8, version = version + 1 WHERE id = $9 AND version = $10",
        &[
            &to.registration.name,
            &to_json(&to.registration),
            &to.proposal.as_ref().map(to_json),
            &to.objection,
            &to.released,
            &to.active,
            &to.organisation,
            &to.offered_to,
            &from.id,
            &from.version,
        ],
    )?;
    if changed == 1 {
        service_version::note(to, from.version + 1, by, db)?;
    }
    Ok(changed == 1)
}

/// Changes a registration, only from what we saw. `false`: somebody was faster.
pub fn change(from: &Service, to: &Registration, by: Actor, db: &Write) -> Result<bool, Fault> {
    advance(from, &Service { registration: to.clone(), ..from.clone() }, by, db)
}

/// Services whose owners want to hand them over to an organisation.
pub fn offered_to(organisation: OrganisationId, db: &Read) -> Result<Vec<Service>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM service WHERE offered_to = $1 ORDER BY name, id LIMIT 100");
    db.all(&sql, &[&organisation], from_row)
}

/// Of how many people a service may be told, and how many of them it was told since `since`.
pub fn people(id: ServiceId, since: Timestamp, db: &Read) -> Result<(i64, i64), Fault> {
    let sql = "SELECT count(*), coalesce(sum(told_at >= $1), 0) FROM consent JOIN person ON person.id = consent.person
               WHERE service = $2 AND trial IS NULL";
    Ok(db.one(sql, &[&since, &id], |row| Ok((row.get_i64(0)?, row.get_i64(1)?)))?.unwrap_or((0, 0)))
}

/// Removes a service with its grants and consents. `false`: there is none.
pub fn remove(id: ServiceId, db: &Write) -> Result<bool, Fault> {
    Ok(db.change("DELETE FROM service WHERE id = $1", &[&id])? == 1)
}

fn from_row(row: &Row) -> Result<Service, Fault> {
    Ok(Service {
        id: values::id(row, 0)?,
        organisation: values::opt_id(row, 1)?,
        registration: values::json(row, 2)?,
        proposal: values::opt_json(row, 3)?,
        objection: row.get_opt_text(4)?,
        released: values::opt_time(row, 5)?,
        active: row.get_i64(6)? == 1,
        version: row.get_i64(7)?,
        created: values::time(row, 8)?,
        trial_until: values::opt_time(row, 9)?,
        offered_to: values::opt_id(row, 10)?,
    })
}
