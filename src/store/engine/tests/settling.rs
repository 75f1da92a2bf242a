//! What was deleted is gone from every file, not only from the tables.

use std::process::Command;
use std::sync::{Arc, Barrier};
use std::thread;

use super::{Fault, Gate, NOW, Store, count, note, notebook, queue};

/// Longer than a wrapped key, and nowhere else.
const KEY: &str = "a-wrapped-key-of-a-person-who-wants-to-be-forgotten";

/// Whether a file of the store has the key. Another process looks: closing a descriptor of these files would
/// drop the engine's own locks.
fn is_on_disk(store: &Store) -> bool {
    let folder = store.0.path.parent().unwrap();
    let found = Command::new("grep").args(["-rlaF", KEY]).arg(folder).output().unwrap();
    // 1: looked everywhere and found nothing.
    assert!(matches!(found.status.code(), Some(0 | 1)), "{found:?}");
    found.status.success()
}

/// Several connections in the pool, idle.
fn open_readers(store: &Store) {
    let together = Arc::new(Barrier::new(4));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (store, together) = (store.clone(), Arc::clone(&together));
            thread::spawn(move || {
                store.read(|db| {
                    together.wait();
                    db.one("SELECT count(*) FROM note", &[], |row| row.get_i64(0))
                })
            })
        })
        .collect();
    for reader in readers {
        reader.join().unwrap().unwrap();
    }
}

fn delete(store: &Store) {
    store.write_blocking(NOW, |db| db.change("DELETE FROM note WHERE text = $1", &[&KEY])).unwrap();
}

#[test]
fn a_deleted_key_is_in_no_file_once_it_is_settled() {
    let store = notebook();
    open_readers(&store);
    for number in 0..50 {
        store.write_blocking(NOW, move |db| note(db, &format!("neighbour {number}"))).unwrap();
    }
    store.write_blocking(NOW, |db| note(db, KEY)).unwrap();
    open_readers(&store);
    assert!(is_on_disk(&store));
    delete(&store);
    assert!(is_on_disk(&store), "the log still has the page: this is why settling is needed");
    assert_eq!(store.settle_blocking(), Ok(()));
    assert!(!is_on_disk(&store) && !store.is_unsettled());
    // Nothing else was lost, and work goes on.
    assert_eq!(count(&store), 50);
    store.write_blocking(NOW, |db| note(db, "after")).unwrap();
    assert_eq!((count(&store), store.integrity_check()), (51, Ok(Vec::new())));
}

#[test]
fn a_reader_of_old_pages_puts_it_off() {
    let store = notebook();
    store.write_blocking(NOW, |db| note(db, KEY)).unwrap();
    let seen = store.read(|db| {
        let rows = || db.one("SELECT count(*) FROM note WHERE text = $1", &[&KEY], |row| row.get_i64(0));
        assert_eq!(rows()?, Some(1));
        delete(&store);
        assert_eq!(store.settle_blocking(), Err(Fault::Busy));
        assert!(store.is_unsettled());
        // The writer works meanwhile, and the reader keeps its snapshot.
        store.write_blocking(NOW, |db| note(db, "meanwhile"))?;
        rows()
    });
    assert_eq!(seen, Ok(Some(1)));
    assert!(is_on_disk(&store));
    assert_eq!(store.settle_blocking(), Ok(()));
    assert!(!is_on_disk(&store) && !store.is_unsettled());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_comes_after_the_commit_of_what_was_queued_before() {
    let store = notebook();
    store.write_blocking(NOW, |db| note(db, KEY)).unwrap();
    let gate = Gate::close(&store, "first");
    let gone = queue(&store, |db| db.change("DELETE FROM note WHERE text = $1", &[&KEY]));
    // Two, which share a group with the jobs around them.
    let settled = [store.clone(), store.clone()].map(|store| thread::spawn(move || store.settle_blocking()));
    let later = queue(&store, |db| note(db, "later"));
    gate.open().unwrap();
    for one in settled {
        assert_eq!(one.join().unwrap(), Ok(()));
    }
    assert_eq!((gone.join().unwrap(), later.join().unwrap()), (Ok(1), Ok(1)));
    assert_eq!(store.settle().await, Ok(()));
    assert!(!is_on_disk(&store));
    store.close();
    assert_eq!(store.settle().await, Err(Fault::Closed));
}

#[test]
fn it_is_not_waited_for_inside_a_write() {
    let store = notebook();
    let inside = store.clone();
    let asked = store.write_blocking(NOW, move |_| inside.settle_blocking());
    assert!(matches!(asked, Err(Fault::Engine(_))), "{asked:?}");
}
