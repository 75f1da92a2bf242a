//! What was deleted leaves the write-ahead log as well, while people work.
//!
//! `secure_delete` overwrites a deleted row in its page, but the page as it was may stay in the log until the log
//! is moved into the main file and cut off. After the deletion of a person that is asked for here.

use std::sync::mpsc;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::fault::Fault;
use super::{Store, open};

/// Who hears what became of the checkpoint.
pub(super) type Settled = Box<dyn FnOnce(Result<(), Fault>) + Send>;

/// How long a checkpoint waits for readers of old pages: nobody can write meanwhile.
const WAIT_MAX: Duration = Duration::from_millis(250);

impl Store {
    /// Moves the log into the main file and cuts it off, so that what was deleted before this call is in no file
    /// of the store any more. Runs on the writer, outside of a transaction.
    ///
    /// # Errors
    /// `Fault::Busy`: a reader still looks at old pages (or another process writes); nothing is lost, and
    /// [`Store::is_unsettled`] says so until a later call succeeds. `Fault::Closed`, `Fault::Engine`.
    pub async fn settle(&self) -> Result<(), Fault> {
        let (answer, outcome) = oneshot::channel();
        self.0.desk.settle(Box::new(move |settled| drop(answer.send(settled))))?;
        outcome.await.unwrap_or(Err(Fault::Closed))
    }

    /// `settle` for the command line and tests; blocks the thread.
    ///
    /// # Errors
    /// As `settle`; called from inside a job it is a `Fault::Engine`, as it would wait for itself.
    pub fn settle_blocking(&self) -> Result<(), Fault> {
        if self.0.desk.is_own_thread() {
            return Err(Fault::Engine("a checkpoint inside a write".to_owned()));
        }
        let (answer, outcome) = mpsc::sync_channel(1);
        self.0.desk.settle(Box::new(move |settled| drop(answer.send(settled))))?;
        outcome.recv().unwrap_or(Err(Fault::Closed))
    }

    /// Whether the last checkpoint asked for was not done, so that it is still owed.
    pub fn is_unsettled(&self) -> bool {
        self.0.desk.is_unsettled()
    }
}

/// Empties the log, with little patience for readers.
pub(super) fn checkpoint(connection: &mut Connection) -> Result<(), Fault> {
    let engine = |error| Fault::from_engine(&error, "PRAGMA wal_checkpoint(TRUNCATE)");
    connection.busy_handler(Some(nap)).map_err(engine)?;
    let asked = connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0))
        .map_err(engine);
    connection.busy_handler(Some(open::nap)).map_err(engine)?;
    if asked? { Err(Fault::Busy) } else { Ok(()) }
}

fn nap(tries: i32) -> bool {
    open::nap(tries) && Duration::from_millis(u64::try_from(tries).unwrap_or(u64::MAX)) < WAIT_MAX
}
