//! Uses of services, by the hour.

use super::values;
use super::{Fault, Read, Row, Write};
use crate::domain::assurance::Level;
use crate::domain::id::{OrganisationId, ServiceId};
use crate::domain::service_use::{Kind, Outcome, Use};
use crate::domain::time::Timestamp;

/// Adds counts. Those of services that are gone are dropped.
pub fn add(counts: &[(Use, u32)], db: &Write) -> Result<(), Fault> {
    for (one, count) in counts {
        db.change(
            "INSERT INTO service_use (service, hour, outcome, level, kind, lifted, took, uses, last_at)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE EXISTS (SELECT 1 FROM service WHERE id = $1)
             ON CONFLICT (service, hour, outcome, level, kind, lifted, took)
             DO UPDATE SET uses = uses + $8, last_at = max(last_at, $9)",
            &[
                &one.service,
                &one.hour,
                &one.outcome.name(),
                &one.level.map_or("", Level::name),
                &one.kind.map_or("", Kind::name),
                &one.lifted,
                &one.took.map_or(-1, i64::from),
                &i64::from(*count),
                &db.at(),
            ],
        )?;
    }
    Ok(())
}

/// Uses of a service in the hours from `from` on, before `to`.
pub fn of_service(id: ServiceId, (from, to): (i64, i64), db: &Read) -> Result<Vec<(Use, u64)>, Fault> {
    let sql = "SELECT service, hour, outcome, level, kind, lifted, took, uses FROM service_use
               WHERE service = $1 AND hour >= $2 AND hour < $3 ORDER BY hour";
    db.all(sql, &[&id, &from, &to], from_row)
}

/// What a list says of each service: its uses by outcome, and the last.
pub struct Tally {
    /// Which.
    pub service: ServiceId,
    /// How they ended.
    pub outcome: Outcome,
    /// How many.
    pub uses: u64,
    /// When the last was written down.
    pub last: Timestamp,
}

/// Tallies since an hour, of an organisation's services or of all.
pub fn tallies(of: Option<OrganisationId>, from: i64, db: &Read) -> Result<Vec<Tally>, Fault> {
    let read = |row: &Row| {
        Ok(Tally {
            service: values::id(row, 0)?,
            outcome: values::name(row, 1, Outcome::parse)?,
            uses: u64::try_from(row.get_i64(2)?).unwrap_or(0),
            last: values::time(row, 3)?,
        })
    };
    const SELECT: &str = "SELECT u.service, u.outcome, sum(u.uses), max(u.last_at) FROM service s
                          JOIN service_use u ON u.service = s.id AND u.hour >= $1";
    match of {
        Some(of) => {
            let sql = format!("{SELECT} WHERE s.organisation = $2 GROUP BY u.service, u.outcome");
            db.all(&sql, &[&from, &of], read)
        }
        None => db.all(&format!("{SELECT} GROUP BY u.service, u.outcome"), &[&from], read),
    }
}

/// Forgets uses before an hour; returns how many rows.
pub fn forget(before: i64, db: &Write) -> Result<usize, Fault> {
    let sql =
        "DELETE FROM service_use WHERE rowid IN (SELECT rowid FROM service_use WHERE hour < $1 LIMIT 500)";
    db.change(sql, &[&before])
}

fn from_row(row: &Row) -> Result<(Use, u64), Fault> {
    let level = |name: &str| if name.is_empty() { Some(None) } else { Level::parse(name).map(Some) };
    let kind = |name: &str| if name.is_empty() { Some(None) } else { Kind::parse(name).map(Some) };
    let one = Use {
        service: values::id(row, 0)?,
        hour: row.get_i64(1)?,
        outcome: values::name(row, 2, Outcome::parse)?,
        level: values::name(row, 3, level)?,
        kind: values::name(row, 4, kind)?,
        lifted: row.get_i64(5)? == 1,
        took: u8::try_from(row.get_i64(6)?).ok(),
    };
    Ok((one, u64::try_from(row.get_i64(7)?).unwrap_or(0)))
}
