//! The engine: SQLite beneath the handles. The only folder that names the database library.
//!
//! `open` makes connections, `migrate` brings the schema up, `writer` is the one thread that writes, `pool`
//! lends readers, `handle` is what the nouns' functions see, `settle` empties the log. Absent on purpose: retries of jobs, a second
//! engine (it would become an enum inside `Read`), waiting for a group to fill.

mod fault;
mod handle;
mod maintain;
mod migrate;
mod open;
mod pool;
mod settle;
mod value;
mod writer;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;

use tokio::sync::{Semaphore, oneshot};

pub use fault::{Fault, OpenError};
pub use handle::{Read, Row, Write};
pub use value::{Value, ValueRef};
pub use writer::Stats;

use crate::store::migrations::{MIGRATIONS, Migration};
use maintain::Watch;
use open::Durability;
use pool::Pool;
use writer::{Desk, Pending};

/// So many long scans at once, so that point look-ups always find a reader.
const LONG_READS_MAX: usize = 4;

/// The store. A clone is another handle to the same one; the last one dropped ends the writer.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    path: PathBuf,
    pool: Arc<Pool>,
    long_reads: Semaphore,
    watch: Watch,
    desk: Desk,
    writer: Mutex<Option<JoinHandle<()>>>,
    /// The folder of a store for tests, removed with it.
    folder: Option<PathBuf>,
}

impl Store {
    /// Opens the file, makes it if there is none (mode 0600), and brings its schema up.
    ///
    /// # Errors
    /// An `OpenError` that names the remedy.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Self::start(path, MIGRATIONS, Durability::Full, None)
    }

    /// A store for tests: a new file in the system's folder for temporary files, not synced to the disk,
    /// removed when the last handle is dropped.
    ///
    /// # Errors
    /// As `open`.
    pub fn temporary() -> Result<Self, OpenError> {
        let folder = maintain::new_folder()?;
        Self::start(&folder.join("torhaus.db"), MIGRATIONS, Durability::None, Some(folder))
    }

    fn start(
        path: &Path,
        migrations: &[Migration],
        durability: Durability,
        folder: Option<PathBuf>,
    ) -> Result<Self, OpenError> {
        let connection = open::writer(path, durability)?;
        migrate::bring_up(&connection, path, migrations)?;
        let (desk, writer) = Desk::open(connection)
            .map_err(|reason| OpenError::other(path, format!("the writer cannot start: {reason}")))?;
        Ok(Self(Arc::new(Inner {
            path: path.to_owned(),
            pool: Arc::new(Pool::new(path.to_owned())),
            long_reads: Semaphore::new(LONG_READS_MAX),
            watch: Watch::default(),
            desk,
            writer: Mutex::new(Some(writer)),
            folder,
        })))
    }

    /// Runs `job` on the writer thread at the instant `now_ms`: `Ok` commits, `Err` undoes. The answer comes
    /// after the commit. A job that must leave a trace of a refusal returns it as `Ok`.
    ///
    /// The job must not call the store, and must give the same result if run twice. Dropping the future does
    /// not stop a job that is queued.
    ///
    /// # Errors
    /// What the job says, or a `Fault` as `E`; after a `Fault` nothing of the job was kept.
    pub async fn write<T, E, F>(&self, now_ms: i64, job: F) -> Result<T, E>
    where
        F: Fn(&Write<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let (answer, outcome) = oneshot::channel();
        // A caller who has gone away needs no answer.
        let reply = move |settled| drop(answer.send(settled));
        self.0.desk.submit(Box::new(Pending { now_ms, job, outcome: Err(Fault::Closed), reply }))?;
        outcome.await.unwrap_or(Err(Fault::Closed))?
    }

    /// `write` for the command line and tests; blocks the thread.
    ///
    /// # Errors
    /// As `write`; called from inside a job it is a `Fault::Engine`, as it would wait for itself.
    pub fn write_blocking<T, E, F>(&self, now_ms: i64, job: F) -> Result<T, E>
    where
        F: Fn(&Write<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        if self.0.desk.is_own_thread() {
            return Err(Fault::Engine("a write inside a write".to_owned()).into());
        }
        let (answer, outcome) = mpsc::sync_channel(1);
        let reply = move |settled| drop(answer.send(settled));
        self.0.desk.submit(Box::new(Pending { now_ms, job, outcome: Err(Fault::Closed), reply }))?;
        outcome.recv().unwrap_or(Err(Fault::Closed))?
    }

    /// Reads in this thread, in one snapshot. For look-ups by index: they cost less than changing threads.
    ///
    /// # Errors
    /// What `f` says; `Fault::Busy` if no reader came free; `Fault::Closed`.
    pub fn read<T>(&self, f: impl FnOnce(&Read<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        self.0.pool.read(f)
    }

    /// Reads in a thread for blocking work, in one snapshot. For scans: lists, searches, exports.
    ///
    /// # Errors
    /// As `read`; `Fault::Panicked` if `f` panicked.
    pub async fn read_long<T: Send + 'static>(
        &self,
        f: impl FnOnce(&Read<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let Ok(_permit) = self.0.long_reads.acquire().await else { return Err(Fault::Closed) };
        let pool = Arc::clone(&self.0.pool);
        let answer = tokio::task::spawn_blocking(move || pool.read(f)).await;
        answer.unwrap_or(Err(Fault::Panicked))
    }

    /// What the writer has done so far; for the metrics.
    pub fn stats(&self) -> Stats {
        self.0.desk.stats()
    }

    /// Takes no more work, finishes what is queued, moves the log into the main file and ends the writer.
    /// Blocks for that long. Calling it again does nothing.
    pub fn close(&self) {
        self.0.close();
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Store").field(&self.0.path).finish()
    }
}

impl Inner {
    fn close(&self) {
        self.pool.close();
        self.watch.close();
        if self.desk.is_own_thread() {
            // The last handle was dropped inside a job: the thread ends by itself, and cannot wait for itself.
            return;
        }
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = writer.take() {
            self.desk.close();
            // Err means it panicked; whoever waits has heard `Fault::Closed`.
            drop(thread.join());
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
        if let Some(folder) = &self.folder {
            drop(std::fs::remove_dir_all(folder));
        }
    }
}
