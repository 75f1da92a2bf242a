//! The readers: read-only connections, lent for one snapshot each.

use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

use super::fault::Fault;
use super::handle::Read;
use super::open;

/// So many readers at once; more wait.
const READERS_MAX: usize = 16;
/// How long a reader waits for a connection before it says `Fault::Busy`.
const WAIT_MAX: Duration = Duration::from_secs(5);

pub(super) struct Pool {
    path: PathBuf,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    /// Lent and idle together.
    open: usize,
    closed: bool,
}

/// A connection that finds its way back, also through a panic.
struct Lent<'p> {
    pool: &'p Pool,
    connection: Option<Connection>,
}

impl Pool {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, state: Mutex::default(), returned: Condvar::new() }
    }

    /// Runs `f` in one snapshot.
    pub(super) fn read<T>(&self, f: impl FnOnce(&Read<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        self.with(|connection| {
            run(connection, "BEGIN")?;
            let answer = f(&Read::new(connection));
            run(connection, "COMMIT").and(answer)
        })
    }

    /// Lends a bare connection, for what has no place inside a transaction.
    pub(super) fn with<T>(&self, f: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut lent = Lent { pool: self, connection: None };
        let connection = match self.take()? {
            Some(idle) => idle,
            None => open::reader(&self.path).map_err(|error| {
                self.forget();
                Fault::from_engine(&error, "opening a reader")
            })?,
        };
        f(lent.connection.insert(connection))
    }

    /// An idle connection, or the permission to open one more.
    fn take(&self) -> Result<Option<Connection>, Fault> {
        let must_wait =
            |state: &mut State| !state.closed && state.idle.is_empty() && state.open >= READERS_MAX;
        let state = self.state();
        let waited = self.returned.wait_timeout_while(state, WAIT_MAX, must_wait);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return Err(Fault::Closed);
        }
        if let Some(idle) = state.idle.pop() {
            return Ok(Some(idle));
        }
        if state.open >= READERS_MAX {
            return Err(Fault::Busy);
        }
        state.open += 1;
        Ok(None)
    }

    fn forget(&self) {
        self.state().open -= 1;
        self.returned.notify_one();
    }

    /// No more reads; connections still lent are closed as they return.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.open -= state.idle.len();
        state.idle.clear();
        self.returned.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        let clean = connection.is_autocommit() || run(&connection, "ROLLBACK").is_ok();
        let mut state = self.pool.state();
        if clean && !state.closed {
            state.idle.push(connection);
        } else {
            state.open -= 1;
        }
        drop(state);
        self.pool.returned.notify_one();
    }
}

/// Runs one of the words around a transaction.
pub(super) fn run(connection: &Connection, sql: &str) -> Result<(), Fault> {
    let done = connection.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
    done.map(drop).map_err(|error| Fault::from_engine(&error, sql))
}
