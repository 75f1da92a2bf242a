//! When the engine cannot: a full disk, a failing commit, a broken constraint.

use std::thread;
use std::time::{Duration, Instant};

use super::{Fault, Gate, NOW, Store, Write, count, note, notebook, queue};

/// Lets the file grow to `pages` and no further.
fn limit(store: &Store, pages: u32) {
    let sql = format!("PRAGMA max_page_count = {pages}");
    store.write_blocking(NOW, move |db| db.one(&sql, &[], |row| row.get_i64(0))).unwrap();
}

fn fill(db: &Write<'_>) -> Result<usize, Fault> {
    note(db, &"x".repeat(1 << 20))
}

#[test]
fn a_full_disk_keeps_nothing_of_the_group_and_the_store_works_again_after() {
    let store = notebook();
    store.write_blocking(NOW, |db| note(db, "kept")).unwrap();
    limit(&store, 20);
    let gate = Gate::close(&store, "neighbour");
    let full = queue(&store, fill);
    let after = queue(&store, |db| note(db, "next group"));
    assert_eq!(gate.open(), Err(Fault::DiskFull), "its changes went with the transaction");
    assert_eq!(full.join().unwrap(), Err(Fault::DiskFull));
    assert_eq!(after.join().unwrap(), Ok(1));
    assert_eq!(count(&store), 2);
    limit(&store, 1_000_000);
    assert_eq!(store.write_blocking(NOW, fill), Ok(1));
    assert_eq!(store.integrity_check(), Ok(vec![]));
}

#[test]
fn a_job_that_swallows_the_full_disk_is_not_kept_and_cannot_go_on_writing() {
    let store = notebook();
    limit(&store, 20);
    let swallowed = store.write_blocking(NOW, |db| {
        assert_eq!(fill(db), Err(Fault::DiskFull));
        assert!(matches!(note(db, "outside any transaction"), Err(Fault::Engine(_))));
        Ok::<_, Fault>(())
    });
    assert_eq!(swallowed, Err(Fault::DiskFull));
    assert_eq!(count(&store), 0);
}

#[test]
fn if_the_commit_fails_everybody_hears_it() {
    let store = notebook();
    let child = "CREATE TABLE child (note INTEGER NOT NULL REFERENCES note (id)) STRICT";
    store.write_blocking(NOW, move |db| db.change(child, &[])).unwrap();
    let gate = Gate::close(&store, "neighbour");
    // Deferred checks are forbidden to the nouns; here they make COMMIT fail.
    let orphan = queue(&store, |db| {
        db.one("PRAGMA defer_foreign_keys = ON", &[], |_| Ok(()))?;
        db.change("INSERT INTO child (note) VALUES ($1)", &[&404])
    });
    let refusing = queue(&store, |_| -> Result<(), Fault> { Err(Fault::ReadOnly) });
    assert!(matches!(gate.open(), Err(Fault::Engine(_))));
    assert!(matches!(orphan.join().unwrap(), Err(Fault::Engine(_))));
    assert!(matches!(refusing.join().unwrap(), Err(Fault::Engine(_))), "it rested on what is undone");
    assert_eq!(count(&store), 0);
    assert_eq!(store.write_blocking(NOW, |db| note(db, "again")), Ok(1));
}

#[test]
fn if_another_process_keeps_the_lock_all_who_wait_hear_busy_together() {
    let store = notebook();
    store.write_blocking(NOW, |db| note(db, "first")).unwrap();
    let other = rusqlite::Connection::open(&store.0.path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let started = Instant::now();
    let waiting: Vec<_> = (0..4)
        .map(|number| {
            let store = store.clone();
            thread::spawn(move || store.write_blocking(NOW, move |db| note(db, &format!("{number}"))))
        })
        .collect();
    for job in waiting {
        assert_eq!(job.join().unwrap(), Err(Fault::Busy));
    }
    assert!(started.elapsed() < Duration::from_secs(18), "not five seconds each");
    assert_eq!(count(&store), 1, "readers are not held up");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.write_blocking(NOW, |db| note(db, "again")), Ok(1));
}

#[test]
fn foreign_keys_hold_at_once() {
    let store = notebook();
    let child = "CREATE TABLE child (note INTEGER NOT NULL REFERENCES note (id)) STRICT";
    store.write_blocking(NOW, move |db| db.change(child, &[])).unwrap();
    let orphan = store.write_blocking(NOW, |db| db.change("INSERT INTO child (note) VALUES ($1)", &[&404]));
    assert!(matches!(&orphan, Err(Fault::Engine(text)) if text.contains("FOREIGN KEY")), "{orphan:?}");
}

#[test]
fn no_fault_repeats_a_value() {
    let store = notebook();
    let secret = "ada@example.org";
    store.write_blocking(NOW, move |db| note(db, secret)).unwrap();
    let twice = store.write_blocking(NOW, move |db| note(db, secret)).unwrap_err();
    let wrong_kind = store
        .write_blocking(NOW, move |db| {
            db.change("INSERT INTO note (id, text) VALUES ($1, $2)", &[&secret, &""])
        })
        .unwrap_err();
    let stage = "UPDATE note SET stage = $1 WHERE text = $2";
    let blob =
        store.write_blocking(NOW, move |db| db.change(stage, &[&secret.as_bytes(), &secret])).unwrap_err();
    let parsed = store
        .read(|db| db.one("SELECT text FROM note WHERE text = $1", &[&secret], |row| row.get_i64(0)))
        .unwrap_err();
    let function = store
        .read(|db| db.one("SELECT json_extract($1, $2)", &[&secret, &secret], |row| row.get_i64(0)))
        .unwrap_err();
    for fault in [twice, wrong_kind, blob, parsed, function] {
        let text = format!("{fault} {fault:?}");
        assert!(!text.contains("ada") && !text.contains("example"), "{text}");
    }
}

#[test]
fn the_copy_is_a_whole_store_and_never_overwrites() {
    let store = notebook();
    store.write_blocking(NOW, |db| note(db, "before")).unwrap();
    let path = store.0.path.with_file_name("copy.db");
    let gate = Gate::close(&store, "not yet committed");
    store.backup_to(&path).unwrap();
    gate.open().unwrap();
    assert!(matches!(store.backup_to(&path), Err(Fault::Engine(_))), "the file is there");
    assert!(!path.with_extension("db-wal").exists());
    let copy = Store::open(&path).unwrap();
    assert_eq!((count(&copy), copy.integrity_check()), (1, Ok(vec![])));
    assert_eq!(count(&store), 2);
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    copy.close();
}
