//! Brings a file up to the schema this program knows, or says why not.

use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::fault::OpenError;
use super::open::APPLICATION_ID;
use crate::store::migrations::Migration;

/// A line of `schema_migration`.
struct Applied {
    number: i64,
    name: String,
    checksum: Vec<u8>,
    by: String,
}

/// Applies what is pending, all of it in one transaction. An up-to-date file is only read.
pub(super) fn bring_up(connection: &Connection, path: &Path, all: &[Migration]) -> Result<(), OpenError> {
    let engine = |error: rusqlite::Error| OpenError::from_engine(path, &error);
    if pending(&applied(connection).map_err(engine)?, path, all)?.is_empty() {
        return Ok(());
    }
    // A table is rebuilt by copy, drop and rename; while that goes on references point nowhere. They are
    // checked before the commit instead. If we leave early the connection is not used any more.
    connection.pragma_update(None, "foreign_keys", false).map_err(engine)?;
    let upgrade = Transaction::new_unchecked(connection, TransactionBehavior::Immediate).map_err(engine)?;
    // Asked again: another process may have upgraded while we waited for the lock.
    for step in pending(&applied(&upgrade).map_err(engine)?, path, all)? {
        apply(&upgrade, step).map_err(|error| match OpenError::from_engine(path, &error) {
            OpenError::Engine { path, fault } => {
                OpenError::Migration { path, number: step.number, name: step.name, fault }
            }
            known => known,
        })?;
    }
    let broken = upgrade.prepare("PRAGMA foreign_key_check").and_then(|mut check| check.exists([]));
    if broken.map_err(engine)? {
        return Err(OpenError::other(
            path,
            "the upgrade would leave references to missing rows and was undone",
        ));
    }
    upgrade.pragma_update(None, "application_id", APPLICATION_ID).map_err(engine)?;
    upgrade.commit().map_err(engine)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(engine)
}

fn applied(connection: &Connection) -> rusqlite::Result<Vec<Applied>> {
    // Asked by a query: the engine's own answer may come from a schema it read before another process wrote.
    let known = "SELECT 1 FROM sqlite_schema WHERE name = 'schema_migration'";
    if !connection.prepare(known)?.exists([])? {
        return Ok(Vec::new());
    }
    let sql = "SELECT number, name, checksum, applied_by FROM schema_migration ORDER BY number";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| {
        Ok(Applied { number: row.get(0)?, name: row.get(1)?, checksum: row.get(2)?, by: row.get(3)? })
    })?;
    rows.collect()
}

/// Compares line by line; what is left of ours is pending, what is left of the file's is newer than we are.
fn pending<'m>(applied: &[Applied], path: &Path, all: &'m [Migration]) -> Result<&'m [Migration], OpenError> {
    for (line, step) in applied.iter().zip(all) {
        let same_text = line.checksum == checksum(step);
        if line.number != i64::from(step.number) || !same_text {
            let (number, name) = (line.number, line.name.clone());
            return Err(OpenError::ChecksumMismatch { path: path.to_owned(), number, name });
        }
    }
    match (applied.get(all.len()), applied.last()) {
        (Some(unknown), Some(last)) => {
            Err(OpenError::Newer { path: path.to_owned(), number: unknown.number, by: last.by.clone() })
        }
        _ => Ok(all.get(applied.len()..).unwrap_or_default()),
    }
}

fn apply(upgrade: &Transaction<'_>, step: &Migration) -> rusqlite::Result<()> {
    upgrade.execute_batch(step.sqlite)?;
    // The engine's clock: `open` takes no instant, and the column informs people only.
    upgrade.execute(
        "INSERT INTO schema_migration (number, name, checksum, applied_at, applied_by)
         VALUES ($1, $2, $3, unixepoch('now') * 1000, $4)",
        (step.number, step.name, checksum(step), env!("CARGO_PKG_VERSION")),
    )?;
    Ok(())
}

fn checksum(step: &Migration) -> Vec<u8> {
    digest(&SHA256, step.sqlite.as_bytes()).as_ref().to_vec()
}
