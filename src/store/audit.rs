//! The audit: a hash chain, written in the same transaction as what it records.

use super::values;
use super::{Fault, Read, Row as Columns, Write};
use crate::domain::audit::{Entry, GENESIS, Row};
use crate::domain::id::PersonId;
use crate::domain::time::Timestamp;

const COLUMNS: &str = "number, at, event, actor, person, service, detail, hash";

/// A row with its place in the chain.
#[derive(Clone, Debug)]
pub struct Chained {
    /// The row.
    pub row: Row,
    /// Its hash over the row before.
    pub hash: [u8; 32],
}

/// Writes an entry at the end of the chain. The write lock makes the end unique, also between processes.
pub fn append(entry: &Entry, db: &Write) -> Result<(), Fault> {
    let last = last(db)?;
    let row = Row {
        number: last.as_ref().map_or(1, |last| last.row.number + 1),
        at: Timestamp(db.at()),
        event: entry.event.name().to_owned(),
        actor: entry.actor.text(),
        person: entry.person,
        service: entry.service,
        detail: entry.detail_text(),
    };
    let hash = row.hash(&last.map_or(GENESIS, |last| last.hash));
    db.change(
        "INSERT INTO audit (number, at, event, actor, person, service, detail, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[&row.number, &row.at, &row.event, &row.actor, &row.person, &row.service, &row.detail, &hash],
    )?;
    super::webhook::queue(entry, row.number, db)
}

/// The last row.
pub fn last(db: &Read) -> Result<Option<Chained>, Fault> {
    db.one("SELECT number, at, event, actor, person, service, detail, hash FROM audit ORDER BY number DESC LIMIT 1", &[], from_row)
}

/// Rows after a number, in order.
pub fn after(number: i64, limit: u32, db: &Read) -> Result<Vec<Chained>, Fault> {
    db.all(
        &format!("SELECT {COLUMNS} FROM audit WHERE number > $1 ORDER BY number LIMIT $2"),
        &[&number, &limit],
        from_row,
    )
}

/// Rows before a number, latest first.
pub fn before(number: i64, limit: u32, db: &Read) -> Result<Vec<Chained>, Fault> {
    db.all(
        &format!("SELECT {COLUMNS} FROM audit WHERE number < $1 ORDER BY number DESC LIMIT $2"),
        &[&number, &limit],
        from_row,
    )
}

/// What concerns a person before a row, latest first.
pub fn by_person_before(person: PersonId, number: i64, limit: u32, db: &Read) -> Result<Vec<Chained>, Fault> {
    db.all(
        &format!(
            "SELECT {COLUMNS} FROM audit WHERE person = $1 AND number < $2 ORDER BY number DESC LIMIT $3"
        ),
        &[&person, &number, &limit],
        from_row,
    )
}

/// The first row since an instant, or the number which the next row will get. Rows are numbered without gaps and
/// (unless the clock was set back) in order of time: found by halving, without an index of its own.
pub fn first_since(at: Timestamp, db: &Read) -> Result<i64, Fault> {
    let (mut low, mut high) = (1, last(db)?.map_or(0, |last| last.row.number) + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let found =
            db.one("SELECT at FROM audit WHERE number = $1", &[&middle], |row| values::time(row, 0))?;
        if found.is_some_and(|found| found < at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// How often each event happened from a row on.
pub fn tally(from: i64, db: &Read) -> Result<Vec<(String, i64)>, Fault> {
    db.all("SELECT event, count(*) FROM audit WHERE number >= $1 GROUP BY event", &[&from], |row| {
        Ok((row.get_text(0)?, row.get_i64(1)?))
    })
}

/// A signed statement on the chain up to a row.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// The last row it covers.
    pub number: i64,
    /// When it was made.
    pub at: Timestamp,
    /// That row's hash.
    pub hash: [u8; 32],
    /// The signed statement, opaque here.
    pub statement: String,
}

/// Keeps a checkpoint. `false`: there is one for this row.
pub fn insert_checkpoint(checkpoint: &Checkpoint, db: &Write) -> Result<bool, Fault> {
    db.insert_new(
        "INSERT INTO audit_checkpoint (number, at, hash, statement) VALUES ($1, $2, $3, $4)
         ON CONFLICT (number) DO NOTHING",
        &[&checkpoint.number, &checkpoint.at, &checkpoint.hash, &checkpoint.statement],
    )
}

/// All checkpoints in order.
pub fn checkpoints(db: &Read) -> Result<Vec<Checkpoint>, Fault> {
    db.all("SELECT number, at, hash, statement FROM audit_checkpoint ORDER BY number", &[], |row| {
        Ok(Checkpoint {
            number: row.get_i64(0)?,
            at: values::time(row, 1)?,
            hash: values::array(row, 2)?,
            statement: row.get_text(3)?,
        })
    })
}

/// The latest checkpoint's row number; 0 before the first.
pub fn last_checkpoint(db: &Read) -> Result<i64, Fault> {
    let found = db
        .one("SELECT number FROM audit_checkpoint ORDER BY number DESC LIMIT 1", &[], |row| row.get_i64(0))?;
    Ok(found.unwrap_or(0))
}

fn from_row(row: &Columns) -> Result<Chained, Fault> {
    Ok(Chained {
        row: Row {
            number: row.get_i64(0)?,
            at: values::time(row, 1)?,
            event: row.get_text(2)?,
            actor: row.get_text(3)?,
            person: values::opt_id(row, 4)?,
            service: values::opt_id(row, 5)?,
            detail: row.get_text(6)?,
        },
        hash: values::array(row, 7)?,
    })
}
