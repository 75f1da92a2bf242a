//! Upkeep: has anything changed, is the file sound, a copy while people work.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::fault::{Fault, OpenError};
use super::{Store, open};

/// A connection of its own that never writes: `PRAGMA data_version` compares only with itself.
#[derive(Default)]
pub(super) struct Watch {
    connection: Mutex<Option<Connection>>,
    closed: AtomicBool,
    failures: AtomicU64,
}

impl Watch {
    fn version(&self, path: &Path) -> u64 {
        let mut held = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = match held.take() {
            Some(connection) => Ok(connection),
            None if self.closed.load(Relaxed) => return self.unknown(),
            None => open::reader(path),
        };
        let version = asked.and_then(|connection| {
            let ask = |row: &rusqlite::Row<'_>| row.get::<_, u32>(0);
            let version = connection.prepare_cached("PRAGMA data_version")?.query_row([], ask)?;
            *held = Some(connection);
            Ok(version)
        });
        version.map_or_else(|_| self.unknown(), u64::from)
    }

    /// Unknown counts as changed: the engine's number has 32 bits, so this one never came before.
    fn unknown(&self) -> u64 {
        (1 << 32) + self.failures.fetch_add(1, Relaxed)
    }

    pub(super) fn close(&self) {
        let mut held = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        self.closed.store(true, Relaxed);
        *held = None;
    }
}

impl Store {
    /// A number that differs from the last one if anybody, also another process, has committed a change in
    /// between. Compare for equality only, and only numbers of the same `Store`.
    pub fn data_version(&self) -> u64 {
        self.0.watch.version(&self.0.path)
    }

    /// The complaints of the engine about the file; none means sound. Reads everything: minutes on a large
    /// file.
    ///
    /// # Errors
    /// `Fault` if the check itself cannot run.
    pub fn integrity_check(&self) -> Result<Vec<String>, Fault> {
        let mut complaints = self.read(|db| db.all("PRAGMA integrity_check", &[], |row| row.get_text(0)))?;
        complaints.retain(|line| line != "ok");
        let orphans = self.read(|db| {
            db.all("PRAGMA foreign_key_check", &[], |row| {
                Ok(format!("{} refers to a missing row of {}", row.get_text(0)?, row.get_text(2)?))
            })
        })?;
        complaints.extend(orphans);
        Ok(complaints)
    }

    /// Copies the store as it is now into a new file (mode 0600) while reads and writes go on. The copy is
    /// one self-contained file, on the disk when this returns.
    ///
    /// # Errors
    /// `Fault::DiskFull`, `Fault::Engine` (also if the file exists); a partial copy is removed.
    pub fn backup_to(&self, path: &Path) -> Result<(), Fault> {
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::StorageFull => return Err(Fault::DiskFull),
            Err(error) => return Err(Fault::Engine(format!("the copy cannot be created: {error}"))),
        }
        let copied = self.0.pool.with(|source| copy(source, path));
        if copied.is_err() {
            drop(fs::remove_file(path));
        }
        copied
    }
}

/// One step for all pages: the copy is one snapshot, and a busy writer cannot make it start again.
fn copy(source: &Connection, path: &Path) -> Result<(), Fault> {
    let engine = |error| Fault::from_engine(&error, "copying the store");
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut target = Connection::open_with_flags(path, flags).map_err(engine)?;
    let step = Backup::new(source, &mut target).and_then(|backup| backup.step(-1)).map_err(engine)?;
    if step != StepResult::Done {
        return Err(Fault::Busy);
    }
    target.execute_batch("PRAGMA journal_mode = DELETE;").map_err(engine)
}

/// A folder nobody else has, for a store that lives as long as a test.
pub(super) fn new_folder() -> Result<PathBuf, OpenError> {
    let parent = std::env::temp_dir();
    let process = std::process::id();
    for number in 0_u32.. {
        let path = parent.join(format!("torhaus-{process}-{number}"));
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(reason) => return Err(OpenError::Folder { path, reason }),
        }
    }
    Err(OpenError::Folder { path: parent, reason: ErrorKind::AlreadyExists.into() })
}
