//! The engine's promises, one by one.

mod opening;
mod reading;
mod refusing;
mod settling;
mod writing;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use super::{Fault, Store, Write};

/// The instant of all writes here.
const NOW: i64 = 1_700_000_000_000;

/// A store with one table.
fn notebook() -> Store {
    let store = Store::temporary().unwrap();
    make_table(&store);
    store
}

fn make_table(store: &Store) {
    let table = "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, stage TEXT) STRICT";
    store.write_blocking(NOW, move |db| db.change(table, &[])).unwrap();
}

fn note(db: &Write<'_>, text: &str) -> Result<usize, Fault> {
    db.change("INSERT INTO note (text, stage) VALUES ($1, $2)", &[&text, &"open"])
}

fn count(store: &Store) -> i64 {
    let counted = store.read(|db| db.one("SELECT count(*) FROM note", &[], |row| row.get_i64(0)));
    counted.unwrap().unwrap()
}

/// Keeps the writer busy inside a job until it is told to go on, so that jobs gather behind it.
struct Gate {
    go: Sender<()>,
    held: JoinHandle<Result<usize, Fault>>,
}

impl Gate {
    fn close(store: &Store, text: &'static str) -> Self {
        let (go, wait) = channel::<()>();
        let (inside, entered) = channel();
        let wait: Arc<Mutex<Receiver<()>>> = Arc::new(Mutex::new(wait));
        let store = store.clone();
        let held = thread::spawn(move || {
            store.write_blocking(NOW, move |db| {
                let done = note(db, text);
                inside.send(()).unwrap();
                wait.lock().unwrap().recv().unwrap();
                done
            })
        });
        entered.recv().unwrap();
        Self { go, held }
    }

    fn open(self) -> Result<usize, Fault> {
        self.go.send(()).unwrap();
        self.held.join().unwrap()
    }
}

/// Runs a job in a thread of its own and returns once it is queued.
fn queue<T: Send + 'static>(
    store: &Store,
    job: impl Fn(&Write<'_>) -> Result<T, Fault> + Send + 'static,
) -> JoinHandle<Result<T, Fault>> {
    let before = store.stats().queued;
    let handle = store.clone();
    let thread = thread::spawn(move || handle.write_blocking(NOW, job));
    while store.stats().queued == before {
        thread::yield_now();
    }
    thread
}
