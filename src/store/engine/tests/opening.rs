//! Files that open, files that do not, and schemas old and new.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use rusqlite::Connection;

use super::super::maintain::new_folder;
use super::super::open::{Durability, judge};
use super::{NOW, Store, count, make_table, note, notebook};
use crate::store::OpenError;
use crate::store::migrations::{MIGRATIONS, Migration};

const PERSON: Migration =
    Migration { number: 2, name: "guest", sqlite: "CREATE TABLE guest (id INTEGER PRIMARY KEY) STRICT;" };

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(new_folder().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.join("torhaus.db")
    }

    fn open(&self, migrations: &[Migration]) -> Result<Store, OpenError> {
        Store::start(&self.path(), migrations, Durability::None, None)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn start() -> Migration {
    MIGRATIONS[0]
}

fn refusal(opened: Result<Store, OpenError>) -> OpenError {
    match opened {
        Ok(_) => panic!("it opened"),
        Err(error) => error,
    }
}

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_new_file_is_for_its_owner_only_and_a_loose_one_is_tightened() {
    let folder = Folder::new();
    let store = Store::open(&folder.path()).unwrap();
    make_table(&store);
    assert_eq!(mode(&folder.path()), 0o600);
    assert_eq!(mode(&folder.path().with_extension("db-wal")), 0o600);
    store.close();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o644)).unwrap();
    Store::open(&folder.path()).unwrap();
    assert_eq!(mode(&folder.path()), 0o600);
}

#[test]
fn the_connections_are_as_durable_and_strict_as_promised() {
    let folder = Folder::new();
    let store = Store::open(&folder.path()).unwrap();
    let pragma = |sql: &'static str| {
        let asked = store.write_blocking(NOW, move |db| db.one(sql, &[], |row| row.get_i64(0)));
        asked.unwrap().unwrap()
    };
    assert_eq!(pragma("PRAGMA synchronous"), 2, "FULL");
    assert_eq!(pragma("PRAGMA foreign_keys"), 1);
    assert_eq!(pragma("PRAGMA secure_delete"), 1);
    let journal = store.read(|db| db.one("PRAGMA journal_mode", &[], |row| row.get_text(0)));
    assert_eq!(journal.unwrap().unwrap(), "wal");
    let query_only = store.read(|db| db.one("PRAGMA query_only", &[], |row| row.get_i64(0)));
    assert_eq!(query_only, Ok(Some(1)));
    let misspelt = store.read(|db| db.one("SELECT \"nmae\"", &[], |row| row.get_text(0)));
    assert!(misspelt.is_err(), "double quotes are for names");
}

#[test]
fn a_read_only_file_and_a_stranger_s_file_are_told_apart() {
    let folder = Folder::new();
    folder.open(MIGRATIONS).unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o400)).unwrap();
    let error = refusal(folder.open(MIGRATIONS));
    assert!(matches!(error, OpenError::ReadOnly { .. }), "{error}");
    let path = folder.path();
    assert!(matches!(judge(&path, Some(5), 7, 0o600), Err(OpenError::OtherOwner { owner: 7, own: 5, .. })));
    assert!(matches!(judge(&path, Some(7), 7, 0o400), Err(OpenError::ReadOnly { .. })));
    assert!(judge(&path, Some(7), 7, 0o600).is_ok());
    assert!(judge(&path, Some(0), 7, 0o600).is_ok(), "root may help");
}

#[test]
fn what_is_not_our_database_is_left_alone() {
    let folder = Folder::new();
    let text = "this is a letter, not a database. ".repeat(50);
    fs::write(folder.path(), &text).unwrap();
    assert!(matches!(refusal(folder.open(MIGRATIONS)), OpenError::NotADatabase { .. }));
    assert_eq!(fs::read_to_string(folder.path()).unwrap(), text);

    let folder = Folder::new();
    let foreign = Connection::open(folder.path()).unwrap();
    foreign.execute_batch("CREATE TABLE recipe (id INTEGER PRIMARY KEY)").unwrap();
    drop(foreign);
    assert!(matches!(refusal(folder.open(MIGRATIONS)), OpenError::NotADatabase { .. }));

    let folder = Folder::new();
    let error = refusal(Store::open(&folder.0));
    assert!(matches!(error, OpenError::NotADatabase { .. }), "a folder: {error}");
    let error = refusal(Store::open(&folder.0.join("missing").join("torhaus.db")));
    assert!(matches!(error, OpenError::Folder { .. }), "{error}");
}

#[test]
fn pending_steps_are_applied_once_and_what_is_stored_stays() {
    let folder = Folder::new();
    let store = folder.open(&[start()]).unwrap();
    make_table(&store);
    store.write_blocking(NOW, |db| note(db, "old")).unwrap();
    drop(store);
    for _ in 0..2 {
        let store = folder.open(&[start(), PERSON]).unwrap();
        assert_eq!(count(&store), 1);
        let steps = store.read(|db| {
            let sql =
                "SELECT number, name, length(checksum), applied_by FROM schema_migration ORDER BY number";
            db.all(sql, &[], |row| Ok((row.get_i64(0)?, row.get_text(1)?, row.get_i64(2)?, row.get_text(3)?)))
        });
        let line = |number, name: &str| (number, name.to_owned(), 32, env!("CARGO_PKG_VERSION").to_owned());
        assert_eq!(steps.unwrap(), [line(1, "start"), line(2, "guest")]);
    }
}

#[test]
fn a_newer_file_is_refused_and_the_remedy_names_the_version() {
    let folder = Folder::new();
    folder.open(&[start(), PERSON]).unwrap();
    let error = refusal(folder.open(&[start()]));
    assert!(matches!(error, OpenError::Newer { number: 2, .. }), "{error}");
    assert!(error.to_string().contains(&format!("Use version {} or newer", env!("CARGO_PKG_VERSION"))));
    folder.open(&[start(), PERSON]).unwrap();
}

#[test]
fn a_changed_text_of_an_applied_step_is_refused() {
    let folder = Folder::new();
    folder.open(&[start(), PERSON]).unwrap();
    let changed = Migration { sqlite: "CREATE TABLE guest (id BLOB PRIMARY KEY) STRICT;", ..PERSON };
    let error = refusal(folder.open(&[start(), changed]));
    assert!(matches!(error, OpenError::ChecksumMismatch { number: 2, .. }), "{error}");
}

#[test]
fn a_failing_upgrade_leaves_the_file_to_the_older_program() {
    let folder = Folder::new();
    folder.open(&[start()]).unwrap();
    let tables = |store: &Store| {
        let names = |db: &crate::store::Read<'_>| {
            db.all("SELECT name FROM sqlite_schema WHERE type = 'table'", &[], |row| row.get_text(0))
        };
        store.read(names).unwrap()
    };
    let before = tables(&folder.open(&[start()]).unwrap());
    let broken =
        Migration { number: 3, name: "broken", sqlite: "CREATE TABLE a (id INTEGER) STRICT; NONSENSE;" };
    let error = refusal(folder.open(&[start(), PERSON, broken]));
    assert!(matches!(error, OpenError::Migration { number: 3, name: "broken", .. }), "{error}");
    let store = folder.open(&[start()]).unwrap();
    assert_eq!(tables(&store), before);
}

#[test]
fn a_step_may_rebuild_a_table_others_refer_to_but_not_leave_orphans() {
    let pets = Migration {
        number: 2,
        name: "pets",
        sqlite: "CREATE TABLE owner (id INTEGER PRIMARY KEY) STRICT;
                 CREATE TABLE pet (id INTEGER PRIMARY KEY, owner INTEGER REFERENCES owner (id)) STRICT;
                 INSERT INTO owner (id) VALUES (1); INSERT INTO pet (id, owner) VALUES (1, 1);",
    };
    let rebuild = Migration {
        number: 3,
        name: "rebuild",
        sqlite: "CREATE TABLE owner_new (id INTEGER PRIMARY KEY, name TEXT) STRICT;
                 INSERT INTO owner_new (id) SELECT id FROM owner;
                 DROP TABLE owner; ALTER TABLE owner_new RENAME TO owner;",
    };
    let orphans = Migration { number: 4, name: "orphans", sqlite: "DELETE FROM owner;" };
    let folder = Folder::new();
    let store = folder.open(&[start(), pets, rebuild]).unwrap();
    assert_eq!(store.integrity_check(), Ok(vec![]));
    let held = store.write_blocking(NOW, |db| db.change("DELETE FROM owner", &[]));
    assert!(held.is_err(), "references are enforced again after the upgrade");
    drop(store);
    let error = refusal(folder.open(&[start(), pets, rebuild, orphans]));
    assert!(error.to_string().contains("missing rows"), "{error}");
    folder.open(&[start(), pets, rebuild]).unwrap();
}

#[test]
fn two_programs_that_start_at_once_on_a_new_file_agree() {
    for _ in 0..5 {
        let folder = Folder::new();
        std::thread::scope(|scope| {
            let starts: Vec<_> = (0..4).map(|_| scope.spawn(|| folder.open(&[start(), PERSON]))).collect();
            for started in starts {
                started.join().unwrap().unwrap();
            }
        });
    }
}

#[test]
fn a_temporary_store_leaves_nothing_behind() {
    let store = notebook();
    let folder = store.0.path.parent().unwrap().to_owned();
    assert!(folder.exists());
    assert_eq!(mode(&folder), 0o700);
    drop(store);
    assert!(!folder.exists());
}

/// What an upgrade makes of an account with its one card and two checks.
#[test]
fn an_account_of_before_keeps_its_card_and_its_checks() {
    let folder = Folder::new();
    let before = &MIGRATIONS[..2];
    let store = folder.open(before).unwrap();
    let made = |sql: &'static str| {
        store.write_blocking(NOW, move |db| db.change(sql, &[])).unwrap();
    };
    made(
        "INSERT INTO person (id, user_handle, state, demo, wrapped_key, sealed_source, created_at)
         VALUES (x'01', x'01', 'active', 0, x'', x'', 5), (x'02', x'02', 'active', 0, x'', x'', 6)",
    );
    made(
        "INSERT INTO card (pseudonym_hash, person, added_at)
         VALUES (x'aa', x'01', 5), (x'bb', x'02', 6)",
    );
    made(
        "INSERT INTO identity_record (id, person, method, at, document_expires_at, provider, transaction_id, demo)
         VALUES (x'11', x'01', 'german-eid', 5, 50, 'p', 't', 0), (x'12', x'01', 'german-eid', 9, 90, 'p', 't', 0)",
    );
    store.close();
    let store = Store::open(&folder.path()).unwrap();
    let number =
        |sql: &'static str| store.read(|db| db.one(sql, &[], |row| row.get_i64(0))).unwrap().unwrap();
    let kept =
        "SELECT count(*) FROM card WHERE state = 'current' AND length(id) = 16 AND pseudonym_hash = x'aa'
        AND person = x'01' AND added_at = 5 AND last_read_at = 9 AND document_expires_at = 90";
    assert_eq!(number(kept), 1);
    let never_read = "SELECT count(*) FROM card WHERE person = x'02' AND last_read_at = 6
        AND document_expires_at IS NULL";
    assert_eq!(number(never_read), 1);
    let by_card =
        "SELECT count(*) FROM identity_record r JOIN card c ON c.id = r.card AND c.person = r.person
        WHERE r.changed = ''";
    assert_eq!(number(by_card), 2);
    assert_eq!(number("SELECT count(DISTINCT id) FROM card"), 2);
    // The cards still go with their person.
    store.write_blocking(NOW, |db| db.change("DELETE FROM person WHERE id = x'01'", &[])).unwrap();
    assert_eq!(number("SELECT count(*) FROM card"), 1);
}

/// What an upgrade makes of cards which clerks had linked: they can be undone where it is beyond doubt what that changed.
#[test]
fn links_of_before_know_what_they_replaced_where_that_is_beyond_doubt() {
    let folder = Folder::new();
    let store = folder.open(&MIGRATIONS[..12]).unwrap();
    let made = |sql: &'static str| {
        store.write_blocking(NOW, move |db| db.change(sql, &[])).unwrap();
    };
    made(
        "INSERT INTO person (id, user_handle, state, demo, wrapped_key, sealed_source, created_at)
         VALUES (x'01', x'01', 'active', 0, x'', x'', 5), (x'02', x'02', 'active', 0, x'', x'', 6)",
    );
    // One who had two cards before; one who had taken the last one off; and a card that was taken up again.
    made(
        "INSERT INTO card (id, pseudonym_hash, person, state, added_at, last_read_at)
         VALUES (x'a1', x'a1', x'01', 'replaced', 10, 20), (x'a2', x'a2', x'01', 'replaced', 30, 40),
           (x'a3', x'a3', x'01', 'current', 50, 60), (x'b1', x'b1', x'02', 'replaced', 10, 20),
           (x'b2', x'b2', x'02', 'removed', 30, 40), (x'b3', x'b3', x'02', 'current', 10, 60)",
    );
    made(
        "INSERT INTO card_review (id, person, pseudonym_hash, path, stage, asked_at, expires_at, decided_by, decided_at)
         VALUES (x'c1', x'01', x'a3', 'data', 'confirmed', 50, 900, x'0f', 55),
           (x'c2', x'02', x'b3', 'data', 'confirmed', 50, 900, x'0f', 56),
           (x'c3', x'02', x'b9', 'data', 'open', 50, 900, NULL, NULL),
           (x'c4', x'02', x'b8', 'data', 'confirmed', 50, 900, x'0f', 57)",
    );
    store.close();
    let store = Store::open(&folder.path()).unwrap();
    for fits in [
        "SELECT count(*) FROM card_review WHERE id = x'c1' AND card = x'a3' AND card_before IS NULL AND replaced = x'a2'",
        "SELECT count(*) FROM card_review WHERE id = x'c2' AND card = x'b3' AND card_before = 'replaced'
           AND replaced IS NULL",
        "SELECT count(*) FROM card_review WHERE id = x'c3' AND card IS NULL AND card_before IS NULL AND replaced IS NULL",
        "SELECT count(*) FROM card WHERE id = x'a3' AND linked_by = 'clerk' AND linked_at = 55",
        "SELECT count(*) FROM card WHERE id = x'a2' AND linked_by IS NULL AND linked_at IS NULL",
        // A link whose card is gone is no link.
        "SELECT count(*) = 3 FROM card_review",
    ] {
        let found = store.read(|db| db.one(fits, &[], |row| row.get_i64(0))).unwrap();
        assert_eq!(found, Some(1), "{fits}");
    }
}
