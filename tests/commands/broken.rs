//! Data directories in which something is wrong: every command that opens one says what and what to do, and
//! changes nothing.

use crate::house::{House, mode, set_mode};
use std::fs;
use std::path::Path;

/// Reads, serves and examines; each must refuse with these words and leave this file as it was.
#[track_caller]
fn refuses(house: &House, file: &Path, words: &[&str]) {
    let before = (fs::read(file).ok(), file.exists());
    for command in [&["service", "list"][..], &["serve"], &["audit", "verify"], &["person", "list"]] {
        house.run(command).refused(1, words);
        assert!((fs::read(file).ok(), file.exists()) == before, "{command:?} changed {}", file.display());
    }
    let examined = house.run(&["doctor"]);
    assert_eq!(examined.code, 1, "{}{}", examined.out, examined.err);
}

#[test]
fn a_database_of_a_newer_version_is_left_alone() {
    let house = House::new();
    house.tamper(
        "INSERT INTO schema_migration (number, name, checksum, applied_at, applied_by)
         SELECT max(number) + 1, 'tomorrow', x'00', 0, '9.7.0' FROM schema_migration",
    );
    refuses(&house, &house.file("torhaus.db"), &["torhaus.db", "9.7.0", "or newer", "backup"]);
    // One whose step has another text.
    house.tamper(
        "DELETE FROM schema_migration WHERE name = 'tomorrow'; UPDATE schema_migration SET checksum = x'00'",
    );
    refuses(&house, &house.file("torhaus.db"), &["another text", "released program"]);
}

#[test]
fn a_read_only_database_is_told() {
    let house = House::new();
    let database = house.file("torhaus.db");
    set_mode(&database, 0o400);
    refuses(&house, &database, &["torhaus.db", "read-only", "Make it writable"]);
    set_mode(&database, 0o600);
    house.run(&["service", "list"]).fine();
    // A directory in which nothing can be made, for a user whom modes bind.
    if house.give_to_nobody() {
        set_mode(&house.dir, 0o500);
        let said = house.run_as_nobody(&["service", "list"]);
        assert_eq!(said.code, 1, "{}", said.err);
        assert!(said.err.contains("torhaus.db"), "{}", said.err);
        set_mode(&house.dir, 0o700);
        house.run_as_nobody(&["service", "list"]).fine();
    }
}

#[test]
fn another_users_directory_is_told_with_its_owner() {
    let house = House::new();
    let owner = {
        use std::os::unix::fs::MetadataExt as _;
        fs::metadata(&house.dir).unwrap().uid()
    };
    if owner != 0 {
        println!("skipped: this needs root");
        return;
    }
    for command in [&["service", "list"][..], &["serve"], &["doctor"], &["key", "rotate"]] {
        let words = [house.place(), "belongs to user 0", "runs as user 65534", "sudo -u"];
        house.run_as_nobody(command).refused(1, &words);
    }
    // An open one all the same.
    set_mode(&house.dir, 0o755);
    house.run_as_nobody(&["service", "list"]).refused(1, &["belongs to user 0"]);
}

#[test]
fn a_directory_or_a_key_that_others_can_read_is_told_with_the_command_that_closes_it() {
    let house = House::new();
    set_mode(&house.dir, 0o750);
    refuses(&house, &house.file("torhaus.db"), &[house.place(), "chmod 700"]);
    set_mode(&house.dir, 0o700);
    let key = house.file("appliance.key");
    for open in [0o640, 0o604, 0o660] {
        set_mode(&key, open);
        refuses(&house, &key, &[key.to_str().unwrap(), "chmod 600"]);
        assert_eq!(mode(&key), open);
    }
    set_mode(&key, 0o600);
    house.run(&["service", "list"]).fine();
}

#[test]
fn a_missing_or_damaged_key_file_is_never_replaced() {
    let house = House::new();
    let key = house.file("appliance.key");
    let sound = fs::read_to_string(&key).unwrap();
    fs::remove_file(&key).unwrap();
    refuses(&house, &key, &[key.to_str().unwrap(), "is missing", "Put your copy of it back"]);
    let damaged = sound.replace("current", "courant");
    for text in ["", "not a key", &sound[..sound.len() - 20], &damaged, &"x".repeat(10_000)] {
        fs::write(&key, text).unwrap();
        set_mode(&key, 0o600);
        refuses(&house, &key, &[key.to_str().unwrap(), "line", "restore"]);
    }
    fs::remove_file(&key).unwrap();
    fs::create_dir(&key).unwrap();
    house.run(&["service", "list"]).refused(1, &[key.to_str().unwrap()]);
    fs::remove_dir(&key).unwrap();
    fs::write(&key, sound).unwrap();
    set_mode(&key, 0o600);
    house.run(&["service", "list"]).fine();
}

#[test]
fn the_key_of_another_house_opens_nothing() {
    let (house, other) = (House::new(), House::new());
    let (key, own) = (house.file("appliance.key"), fs::read(house.file("appliance.key")).unwrap());
    fs::copy(other.file("appliance.key"), &key).unwrap();
    refuses(
        &house,
        &house.file("torhaus.db"),
        &["does not belong to this database", "Put back the key file"],
    );
    // Nor does a rotation destroy anything.
    let before = fs::read(&key).unwrap();
    house.run(&["key", "rotate"]).refused(1, &["does not belong"]);
    assert!(fs::read(&key).unwrap() == before);
    fs::write(&key, own).unwrap();
    house.run(&["service", "list"]).fine();
}

#[test]
fn a_truncated_missing_or_foreign_database_is_told() {
    let house = House::new();
    let database = house.file("torhaus.db");
    let sound = fs::read(&database).unwrap();
    for length in [sound.len() / 2, 5000, 100, 20] {
        fs::write(&database, &sound[..length]).unwrap();
        let said = house.run(&["service", "list"]);
        assert_eq!(said.code, 1, "{length}: {}{}", said.out, said.err);
        assert!(said.err.contains("torhaus.db") && said.err.contains("estore"), "{length}: {}", said.err);
        assert_eq!(fs::read(&database).unwrap(), &sound[..length]);
        house.run(&["serve"]).refused(1, &["torhaus.db"]);
        assert_eq!(house.run(&["doctor"]).code, 1);
    }
    fs::write(&database, "").unwrap();
    house.run(&["service", "list"]).refused(1, &["backup"]);
    fs::write(&database, "a letter, long enough to be looked at as a header of a database file").unwrap();
    refuses(&house, &database, &["torhaus.db", "not a database", "backup"]);
    fs::remove_file(&database).unwrap();
    refuses(&house, &database, &["torhaus.db is missing", "backup"]);
    rusqlite::Connection::open(&database)
        .unwrap()
        .execute_batch("CREATE TABLE other (x); PRAGMA user_version = 1")
        .unwrap();
    set_mode(&database, 0o600);
    refuses(&house, &database, &["not a database of this program"]);
    fs::write(&database, sound).unwrap();
    house.run(&["service", "list"]).fine();
}

#[test]
fn a_real_house_refuses_people_of_a_demo() {
    let house = House::new();
    let person = crate::people::resident(&house, "Anneliese");
    house.run(&["person", "show", &person]).fine();
    house.tamper("UPDATE person SET demo = 1");
    refuses(&house, &house.file("torhaus.db"), &["demo cards", "backup"]);
}
