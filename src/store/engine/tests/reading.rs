//! Snapshots, parameters, rows.

use std::sync::{Arc, Barrier};
use std::thread;

use super::{Fault, Gate, NOW, Store, count, note, notebook};
use crate::store::{Read, Value};

#[test]
fn a_reader_sees_only_what_is_committed() {
    let store = notebook();
    let gate = Gate::close(&store, "uncommitted");
    assert_eq!(count(&store), 0);
    gate.open().unwrap();
    assert_eq!(count(&store), 1);
}

#[test]
fn one_read_is_one_snapshot() {
    let store = notebook();
    let rows = |db: &Read<'_>| db.one("SELECT count(*) FROM note", &[], |row| row.get_i64(0));
    let seen = store.read(|db| {
        let before = rows(db)?;
        store.write_blocking(NOW, |db| note(db, "meanwhile"))?;
        Ok((before, rows(db)?))
    });
    assert_eq!(seen, Ok((Some(0), Some(0))));
    assert_eq!(count(&store), 1);
}

#[test]
fn a_reader_cannot_change_anything() {
    let store = notebook();
    let tried = store.read(|db| {
        db.one("INSERT INTO note (text) VALUES ($1) RETURNING id", &[&"smuggled"], |row| row.get_i64(0))
    });
    assert_eq!(tried, Err(Fault::ReadOnly));
    assert_eq!(count(&store), 0);
}

#[test]
fn more_readers_than_connections_take_turns_and_a_panic_gives_its_connection_back() {
    let store = notebook();
    let start = Arc::new(Barrier::new(40));
    let readers: Vec<_> = (0..40)
        .map(|number| {
            let (store, start) = (store.clone(), Arc::clone(&start));
            thread::spawn(move || {
                start.wait();
                for _ in 0..50 {
                    assert_eq!(count(&store), 0);
                }
                store.read(|_| -> Result<(), Fault> { panic!("reader {number}, on purpose") })
            })
        })
        .collect();
    for reader in readers {
        reader.join().unwrap_err();
    }
    assert_eq!(count(&store), 0);
}

#[test]
fn long_reads_run_beside_and_answer() {
    let store = notebook();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let seen = runtime.block_on(store.read_long(|db| db.all("SELECT 7", &[], |row| row.get_i64(0))));
    assert_eq!(seen, Ok(vec![7]));
    let panicked = runtime.block_on(store.read_long(|_| -> Result<(), Fault> { panic!("on purpose") }));
    assert_eq!(panicked, Err(Fault::Panicked));
}

#[test]
fn data_version_tells_of_every_change() {
    let store = notebook();
    let quiet = store.data_version();
    assert_eq!(store.data_version(), quiet);
    store.write_blocking(NOW, |db| note(db, "own")).unwrap();
    let own = store.data_version();
    assert_ne!(own, quiet);
    let other = Store::open(&store.0.path).unwrap();
    assert_eq!(store.data_version(), own);
    other.write_blocking(NOW, |db| note(db, "other")).unwrap();
    assert_ne!(store.data_version(), own);
    store.close();
    assert_ne!(store.data_version(), store.data_version(), "unknown counts as changed");
    other.close();
}

/// SQLite takes `$1` as a name and numbers names by first appearance. Both numberings must agree.
#[test]
fn parameters_are_numbered_in_order_of_first_appearance() {
    let store = notebook();
    let columns = |sql: &str, params: &[&dyn Value]| {
        store.read(|db| db.one(sql, params, |row| Ok([row.get_i64(0)?, row.get_i64(1)?, row.get_i64(2)?])))
    };
    assert_eq!(columns("SELECT $1, $2, $3", &[&10, &20, &30]), Ok(Some([10, 20, 30])));
    assert_eq!(columns("SELECT $1, $2, $1", &[&10, &20]), Ok(Some([10, 20, 10])));
    let twelve: [&dyn Value; 12] = [&1, &2, &3, &4, &5, &6, &7, &8, &9, &10, &11, &12];
    let many = "SELECT $1+$2+$3+$4+$5+$6+$7+$8+$9+$10, $11, $12";
    assert_eq!(columns(many, &twelve), Ok(Some([55, 11, 12])));
    for wrong in ["SELECT $2, $1, 0", "SELECT ?1, ?2, 0", "SELECT :1, :2, 0", "SELECT $a, $b, 0"] {
        assert!(matches!(columns(wrong, &[&10, &20]), Err(Fault::Engine(_))), "{wrong}");
    }
    assert!(matches!(columns("SELECT $1, $2, 0", &[&10]), Err(Fault::Engine(_))), "too few");
    assert!(matches!(columns("SELECT $1, 0, 0", &[&10, &20]), Err(Fault::Engine(_))), "too many");
}

#[test]
fn every_kind_of_value_comes_back_as_it_went_in() {
    let store = notebook();
    let bytes: &[u8] = &[0, 255];
    let params: [&dyn Value; 8] =
        [&i64::MIN, &u32::MAX, &true, &"ä", &String::new(), &bytes, &[7_u8; 16], &None::<&str>];
    let seen = store.read(|db| {
        db.one("SELECT $1, $2, $3, $4, $5, $6, $7, $8", &params, |row| {
            assert_eq!((row.get_i64(0)?, row.get_u32(1)?, row.get_bool(2)?), (i64::MIN, u32::MAX, true));
            assert_eq!((row.get_text(3)?.as_str(), row.get_text(4)?.as_str()), ("ä", ""));
            assert_eq!((row.get_blob(5)?, row.get_array::<16>(6)?), (vec![0, 255], [7; 16]));
            assert_eq!((row.get_opt_text(7)?, row.get_opt_i64(7)?, row.get_opt_blob(7)?), (None, None, None));
            assert_eq!(row.get_opt_bool(2)?, Some(true));
            assert_eq!(row.get_opt_array::<16>(7)?, None);
            Ok(())
        })
    });
    assert_eq!(seen, Ok(Some(())));
}

#[test]
fn a_wrong_kind_is_a_corrupt_row_named_by_table_column_and_id() {
    let store = notebook();
    store.write_blocking(NOW, |db| note(db, "x")).unwrap();
    let sql = "SELECT x'0a0b' AS id, text, stage, 7 AS amount, x'ff' AS raw, NULL AS gone FROM note";
    let wrong = |read: fn(&crate::store::Row<'_>) -> Result<(), Fault>| {
        store.read(|db| db.one(sql, &[], read)).unwrap_err()
    };
    assert_eq!(wrong(|row| row.get_i64(1).map(drop)), Fault::corrupt("note", "text", "0a0b"));
    assert_eq!(wrong(|row| row.get_text(5).map(drop)), Fault::corrupt("note", "gone", "0a0b"));
    assert_eq!(wrong(|row| row.get_bool(3).map(drop)), Fault::corrupt("note", "amount", "0a0b"));
    assert_eq!(wrong(|row| row.get_text(3).map(drop)), Fault::corrupt("note", "amount", "0a0b"));
    assert_eq!(wrong(|row| row.get_blob(1).map(drop)), Fault::corrupt("note", "text", "0a0b"));
    assert_eq!(wrong(|row| row.get_array::<2>(4).map(drop)), Fault::corrupt("note", "raw", "0a0b"));
    assert!(matches!(wrong(|row| row.get_i64(99).map(drop)), Fault::Engine(_)));
}
