//! From a path to a connection: the file's rights, the pragmas, the hardening.

use std::fs::{self, OpenOptions, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::fault::OpenError;

/// Marks the file as ours (`PRAGMA application_id`): the bytes "thau".
pub(super) const APPLICATION_ID: i32 = 0x7468_6175;

/// How long a connection waits for another process: five seconds in steps of one millisecond.
const NAP: Duration = Duration::from_millis(1);
const NAPS_MAX: i32 = 5_000;

/// A connection keeps this many prepared statements. More than any hot path uses.
const STATEMENTS_MAX: usize = 64;

/// Whether an answered write must survive a power failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// `synchronous=FULL`: yes.
    Full,
    /// `synchronous=OFF`: a store that is deleted with its handle.
    None,
}

/// The one connection that writes. Makes the file (mode 0600) if there is none.
pub(super) fn writer(path: &Path, durability: Durability) -> Result<Connection, OpenError> {
    prepare_file(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let configured = Connection::open_with_flags(path, flags).and_then(|mut connection| {
        configure(&mut connection)?;
        Ok(connection)
    });
    let connection = configured.map_err(|error| OpenError::from_engine(path, &error))?;
    // On a read-only file system the engine opens for reading instead of refusing.
    if connection.is_readonly("main").map_err(|error| OpenError::from_engine(path, &error))? {
        return Err(OpenError::ReadOnly { path: path.to_owned() });
    }
    refuse_strangers(&connection, path)?;
    tune_writer(&connection, path, durability)?;
    Ok(connection)
}

/// One more connection that only reads.
pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    configure(&mut connection)?;
    // Half the writer's cache: the operating system has the pages anyway, and there are several of us.
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -1000;")?;
    Ok(connection)
}

/// Looks at the file without opening it: closing any descriptor of a database file drops the locks which
/// SQLite holds on it in this process (sqlite.org/howtocorrupt.html, 2.2).
fn prepare_file(path: &Path) -> Result<(), OpenError> {
    let known = match fs::metadata(path) {
        Ok(known) => known,
        Err(error) if error.kind() == ErrorKind::NotFound => return create(path),
        Err(reason) => return Err(OpenError::Folder { path: path.to_owned(), reason }),
    };
    if !known.is_file() {
        return Err(OpenError::NotADatabase { path: path.to_owned() });
    }
    judge(path, own_uid(), known.uid(), known.mode())?;
    if known.mode() & 0o077 != 0 {
        let tightened = fs::set_permissions(path, Permissions::from_mode(0o600));
        tightened.map_err(|reason| OpenError::other(path, format!("its mode cannot be set: {reason}")))?;
    }
    Ok(())
}

/// May the user `own` write a file of `owner` with these mode bits?
pub(super) fn judge(path: &Path, own: Option<u32>, owner: u32, mode: u32) -> Result<(), OpenError> {
    // Root may work on anybody's store: SQLite then gives its side files to the owner of the main file.
    if let Some(own) = own.filter(|own| *own != 0 && *own != owner) {
        return Err(OpenError::OtherOwner { path: path.to_owned(), owner, own });
    }
    // Also for root, who could write all the same: somebody has locked this file on purpose.
    if mode & 0o200 == 0 {
        return Err(OpenError::ReadOnly { path: path.to_owned() });
    }
    Ok(())
}

fn create(path: &Path) -> Result<(), OpenError> {
    let owned = || path.to_owned();
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        // Another process was faster; it has made the same file.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) if error.kind() == ErrorKind::StorageFull => Err(OpenError::DiskFull { path: owned() }),
        Err(error) if error.kind() == ErrorKind::ReadOnlyFilesystem => {
            Err(OpenError::ReadOnly { path: owned() })
        }
        Err(reason) => Err(OpenError::Folder { path: owned(), reason }),
    }
}

/// The user we run as; `None` where there is no `/proc`.
fn own_uid() -> Option<u32> {
    fs::metadata("/proc/self").ok().map(|own| own.uid())
}

/// What every connection gets.
fn configure(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_handler(Some(nap))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    // A misspelt column in double quotes is an error, not a text; the schema cannot be rewritten by hand.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // One plan for a statement whatever is bound: else joins and sorted look-ups are planned anew at every run.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0;")
}

/// SQLite's own waiting grows to 100 ms a step. A second process would then hardly ever hit the moment
/// between two commits of a busy writer, which is some microseconds long.
#[expect(clippy::disallowed_methods, reason = "another process holds the lock: no event of ours can tell")]
pub(super) fn nap(tries: i32) -> bool {
    std::thread::sleep(NAP);
    tries < NAPS_MAX
}

fn refuse_strangers(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    // In this order: another process may be making the schema now, and mark and tables come together.
    let known = number("SELECT count(*) FROM sqlite_schema").and_then(|tables| {
        let application = number("PRAGMA application_id")?;
        Ok(application == i64::from(APPLICATION_ID) || (application == 0 && tables == 0))
    });
    match known {
        Ok(true) => Ok(()),
        Ok(false) => Err(OpenError::NotADatabase { path: path.to_owned() }),
        Err(error) => Err(OpenError::from_engine(path, &error)),
    }
}

fn tune_writer(connection: &Connection, path: &Path, durability: Durability) -> Result<(), OpenError> {
    let engine = |error| OpenError::from_engine(path, &error);
    let mode: String =
        connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(engine)?;
    if mode != "wal" {
        return Err(OpenError::other(path, "the file system does not carry a write-ahead log"));
    }
    // With NORMAL a committed transaction may vanish at power loss: a revocation must not.
    let synchronous = match durability {
        Durability::Full => "PRAGMA synchronous = FULL;",
        Durability::None => "PRAGMA synchronous = OFF;",
    };
    connection.execute_batch(synchronous).map_err(engine)?;
    // secure_delete: a person is erased by deleting the row of their key, so the bytes must go as well.
    let rest = "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;
                PRAGMA cache_size = -2000; PRAGMA journal_size_limit = 4194304;";
    connection.execute_batch(rest).map_err(engine)
}
