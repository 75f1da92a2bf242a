//! What can be broken. No text here ever carries a bound value: it could be somebody's personal data.

use std::path::{Path, PathBuf};

use rusqlite::{Error, ErrorCode};

/// The store could not do it. Not a refusal of the protocol and not a person's mistake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The queue of writes is full, all readers are taken, or another process kept the write lock for
    /// five seconds. Nothing was changed; an honest 503.
    #[error("the store is busy")]
    Busy,
    /// No room on the disk. Nothing was changed; works again once there is room.
    #[error("the disk is full")]
    DiskFull,
    /// The file, its file system or the handle does not take writes.
    #[error("the database is read-only")]
    ReadOnly,
    /// A row holds what no code of ours writes. `id` is the hexadecimal id of the row, empty if unknown.
    #[error("corrupt row in {table}, column {column}, id {id:?}")]
    Corrupt { table: String, column: String, id: String },
    /// The engine's own words: a broken constraint, a mistake in the SQL, a failing disk.
    #[error("database: {0}")]
    Engine(String),
    /// The job panicked; its own changes are undone, its neighbours stand.
    #[error("a write panicked and was undone")]
    Panicked,
    /// The store was closed before the job was run.
    #[error("the store is closed")]
    Closed,
}

impl Fault {
    /// A row that does not parse, named by whoever reads it.
    pub fn corrupt(table: impl Into<String>, column: impl Into<String>, id: impl Into<String>) -> Self {
        Self::Corrupt { table: table.into(), column: column.into(), id: id.into() }
    }

    /// Translates the engine's error; `sql` is our text with placeholders, never a value.
    pub(super) fn from_engine(error: &Error, sql: &str) -> Self {
        let Some(code) = error.sqlite_error_code() else {
            return Self::Engine(format!("{error} in: {}", first_words(sql)));
        };
        match code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy,
            ErrorCode::DiskFull => Self::DiskFull,
            ErrorCode::ReadOnly => Self::ReadOnly,
            _ => Self::Engine(format!("{error} in: {}", first_words(sql))),
        }
    }
}

/// Enough of a statement to find it again.
pub(super) fn first_words(sql: &str) -> String {
    let words: Vec<&str> = sql.split_whitespace().take(8).collect();
    words.join(" ")
}

/// The store did not open. Each text names the remedy; the file is unchanged in every case.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A newer program has changed the schema.
    #[error(
        "{path}: written by version {by}, whose schema step {number} this program does not know. \
         Use version {by} or newer, or restore the backup made before the upgrade."
    )]
    Newer { path: PathBuf, number: i64, by: String },
    /// The text of an applied migration is not the one that was applied.
    #[error(
        "{path}: schema step {number} ({name}) was applied with another text than this program carries. \
         Use the released program; a modified one needs a database of its own."
    )]
    ChecksumMismatch { path: PathBuf, number: i64, name: String },
    /// The file may not be written.
    #[error(
        "{path}: the file or its file system is read-only. Make it writable (mode 0600) and start again."
    )]
    ReadOnly { path: PathBuf },
    /// The file belongs to another user.
    #[error(
        "{path}: the file belongs to user id {owner}, this program runs as {own}. \
         Run it as the user who owns the data directory."
    )]
    OtherOwner { path: PathBuf, owner: u32, own: u32 },
    /// Not SQLite, or a database of another program.
    #[error("{path}: not a database of this program. Name the right data directory, or restore a backup.")]
    NotADatabase { path: PathBuf },
    /// No room on the disk.
    #[error("{path}: the disk is full. Make room and start again.")]
    DiskFull { path: PathBuf },
    /// Another process kept the write lock for five seconds.
    #[error("{path}: another process is writing and does not finish. End it, or wait, and start again.")]
    Busy { path: PathBuf },
    /// The folder is missing or closed to us.
    #[error("{path}: cannot be created ({reason}). Create the data directory with mode 0700 for this user.")]
    Folder { path: PathBuf, reason: std::io::Error },
    /// A migration failed; nothing of the upgrade was kept.
    #[error(
        "{path}: schema step {number} ({name}) failed and was undone: {fault}. \
         The file is as it was; keep the older version running and report this."
    )]
    Migration { path: PathBuf, number: u32, name: &'static str, fault: Fault },
    /// Anything else, in the engine's words.
    #[error("{path}: {fault}. Check the disk; restore a backup if the file is damaged.")]
    Engine { path: PathBuf, fault: Fault },
}

impl OpenError {
    pub(super) fn other(path: &Path, text: impl Into<String>) -> Self {
        Self::Engine { path: path.to_owned(), fault: Fault::Engine(text.into()) }
    }

    pub(super) fn from_engine(path: &Path, error: &Error) -> Self {
        let path = path.to_owned();
        if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) {
            return Self::NotADatabase { path };
        }
        match Fault::from_engine(error, "opening") {
            Fault::Busy => Self::Busy { path },
            Fault::DiskFull => Self::DiskFull { path },
            Fault::ReadOnly => Self::ReadOnly { path },
            fault => Self::Engine { path, fault },
        }
    }
}
