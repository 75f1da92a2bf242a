//! People by command: nothing personal unless asked for, and then the audit knows.

use crate::house::{House, mode};
use serde_json::{Value, json};
use std::fs;
use torhaus::app::boot;
use torhaus::domain::assurance::IdentityMethod;
use torhaus::domain::attribute::{Address, Identity, PartialDate};
use torhaus::domain::card::{Card, CardState};
use torhaus::domain::dice::draw;
use torhaus::domain::id::{CardId, CheckId, PersonId};
use torhaus::domain::person::{Person, PersonState};
use torhaus::http::Appliance;
use torhaus::store::{self, Fault, person::IdentityRecord, vault};

const STREET: &str = "Am Alten Torhaus 7";

/// Makes an account as the house does it, without a browser: from another process than the server's.
pub fn resident(house: &House, given_names: &str) -> String {
    let opened = boot::open_for_command(&house.dir).unwrap();
    let id = settle(given_names, &opened.appliance, || ());
    opened.appliance.store.close();
    id.to_string()
}

/// Seals, does something else for a while, and writes.
pub fn settle(given_names: &str, app: &Appliance, pause: impl Fn()) -> PersonId {
    let (id, now) = (PersonId::draw(app.dice.as_ref()), app.now());
    let person = Person {
        id,
        user_handle: draw(app.dice.as_ref()),
        state: PersonState::Active,
        demo: false,
        trial: None,
        created: now,
    };
    let identity = Identity {
        given_names: Some(given_names.to_owned()),
        family_name: Some("Torwächter".to_owned()),
        birth_date: PartialDate::parse("1961-03-04"),
        address: Some(Address {
            street: STREET.to_owned(),
            postal_code: "09999".to_owned(),
            locality: "Birkenfurt".to_owned(),
            country: "DE".to_owned(),
        }),
        ..Identity::default()
    };
    let record = IdentityRecord {
        id: CheckId::draw(app.dice.as_ref()),
        method: IdentityMethod::GermanEid,
        at: now,
        document_expires: None,
        provider: "a provider".to_owned(),
        transaction: "T-1".to_owned(),
        demo: false,
        card: None,
        changed: Vec::new(),
    };
    let pseudonym: [u8; 32] = draw(app.dice.as_ref());
    let card = Card {
        id: CardId::draw(app.dice.as_ref()),
        person: id,
        state: CardState::Current,
        added: now,
        last_read: now,
        document_expires: None,
        linked: None,
    };
    let keys = app.keys.keys_for_sealing().unwrap();
    let (new, attributes) = vault::new_person(person, &identity, &keys, app.dice.as_ref());
    pause();
    let write = move |db: &store::Write<'_>| -> Result<(), Fault> {
        store::person::insert(&new, db)?;
        store::card::link(&card, &pseudonym, db)?;
        store::person::record_check(id, &record, db)?;
        store::person::refresh_attributes(id, record.id, &attributes, &[], db)
    };
    app.store.write_blocking(now.0, write).unwrap();
    id
}

fn events(house: &House, event: &str) -> i64 {
    house.number(&format!("SELECT count(*) FROM audit WHERE event = '{event}' AND actor = 'command'"))
}

#[test]
fn lists_and_views_show_nothing_personal() {
    let house = House::new();
    assert_eq!(house.run(&["person", "list", "--json"]).fine().json(), json!([]));
    let anneliese = resident(&house, "Anneliese");
    let bert = resident(&house, "Bert");
    let listed = house.run(&["person", "list", "--json"]).fine();
    assert_eq!(listed.json().as_array().unwrap().len(), 2);
    assert_eq!(listed.json()[0]["state"], "active");
    let outputs = [
        listed.out,
        house.run(&["person", "list"]).fine().out,
        house.run(&["person", "show", &anneliese]).fine().out,
        house.run(&["person", "show", &anneliese, "--json"]).fine().out,
    ];
    for out in &outputs {
        assert!(out.contains(&anneliese), "{out}");
        for personal in ["Anneliese", "Torwächter", STREET, "1961"] {
            assert!(!out.contains(personal), "{out}");
        }
    }
    assert!(outputs[1].contains(&bert));
    assert_eq!(events(&house, "person.revealed"), 0);
}

#[test]
fn revealing_is_asked_for_and_audited() {
    let house = House::new();
    let person = resident(&house, "Anneliese");
    let shown = house.run(&["person", "show", &person, "--reveal", "--json"]).fine().json();
    assert_eq!(shown["identity"]["given_names"], "Anneliese");
    assert_eq!(shown["identity"]["address"]["street"], STREET);
    assert_eq!(events(&house, "person.revealed"), 1);

    house.run(&["person", "export", &person]).refused(2, &["--reveal", "audit"]);
    assert_eq!(events(&house, "person.revealed"), 1);
    let out = house.folder.join("anneliese.json");
    house.run(&["person", "export", &person, "--reveal", "--out", out.to_str().unwrap()]).fine();
    assert_eq!(mode(&out), 0o600);
    let exported: Value = serde_json::from_str(&fs::read_to_string(&out).unwrap()).unwrap();
    assert!(exported.to_string().contains("Anneliese") && exported.to_string().contains("T-1"));
    assert_eq!(events(&house, "person.revealed"), 2);
    // An existing file is not overwritten.
    fs::write(&out, "mine").unwrap();
    let again = house.run(&["person", "export", &person, "--reveal", "--out", out.to_str().unwrap()]);
    again.refused(1, &[out.to_str().unwrap()]);
    assert_eq!(fs::read_to_string(&out).unwrap(), "mine");
    let said = house.run(&["person", "export", &person, "--reveal"]).fine();
    assert!(said.json().to_string().contains(STREET));
    // Nothing of it is in the audit itself.
    let connection = rusqlite::Connection::open(house.file("torhaus.db")).unwrap();
    let mut rows = connection.prepare("SELECT event || actor || detail FROM audit").unwrap();
    for row in rows.query_map([], |row| row.get::<_, String>(0)).unwrap() {
        let row = row.unwrap();
        assert!(!row.contains("Anneliese") && !row.contains(STREET), "{row}");
    }
    house.run(&["audit", "verify"]).fine();
}

#[test]
fn blocking_closes_and_releasing_opens() {
    let house = House::new();
    let person = resident(&house, "Anneliese");
    let state = || house.run(&["person", "show", &person, "--json"]).fine().json()["state"].clone();
    house.run(&["person", "block", &person]).fine();
    assert_eq!(state(), "blocked");
    assert!(house.run(&["person", "block", &person]).fine().out.contains("already"));
    house.run(&["person", "block", &person, "--release"]).fine();
    assert_eq!(state(), "active");
    assert_eq!((events(&house, "person.blocked"), events(&house, "person.released")), (1, 1));
}

fn wrapped_key(house: &House, person: &str) -> Vec<u8> {
    let connection = rusqlite::Connection::open(house.file("torhaus.db")).unwrap();
    let id = PersonId::parse(person).unwrap();
    connection
        .query_row("SELECT wrapped_key FROM person WHERE id = $1", [id.bytes()], |row| row.get(0))
        .unwrap()
}

/// Whether any file of the data directory has these bytes.
fn is_on_disk(house: &House, wanted: &[u8]) -> bool {
    let files = fs::read_dir(&house.dir).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
    files.into_iter().any(|bytes| bytes.windows(wanted.len()).any(|window| window == wanted))
}

#[test]
fn a_deleted_person_leaves_the_disk_while_a_server_runs() {
    let house = House::new();
    let server = house.serve();
    let mut browser = server.browser();
    let person = resident(&house, "Anneliese");
    let wrapped = wrapped_key(&house, &person);
    assert_eq!(browser.get("/").status, 200);
    assert!(wrapped.len() >= 32 && is_on_disk(&house, &wrapped));
    house.run(&["person", "delete", &person, "--yes"]).fine();
    assert!(house.file("torhaus.db-wal").exists(), "the server has the store open");
    assert!(!is_on_disk(&house, &wrapped), "neither in the file nor in its log");
    assert_eq!(browser.get("/").status, 200);
    server.stop();
}

#[test]
fn deleting_is_meant_and_final() {
    let house = House::new();
    let person = resident(&house, "Anneliese");
    let other = resident(&house, "Bert");
    let wrapped = wrapped_key(&house, &person);
    let on_disk = || is_on_disk(&house, &wrapped);
    assert!(on_disk());
    house.run(&["person", "delete", &person]).refused(2, &["--yes", "can not be undone"]);
    house.run(&["person", "show", &person]).fine();
    house.run(&["person", "delete", &person, "--yes"]).fine();
    assert!(!on_disk(), "the key is gone, also from the free pages of the file");
    for table in ["attribute", "identity_record", "card"] {
        let sql = format!("SELECT count(DISTINCT person) FROM {table}");
        assert_eq!(house.number(&sql), 1, "{table}: only the other person is left");
    }
    assert_eq!(events(&house, "person.deleted"), 1);
    for command in [
        &["person", "show", &person][..],
        &["person", "block", &person],
        &["person", "delete", &person, "--yes"],
    ] {
        house.run(command).refused(1, &[&person, "torhaus person list"]);
    }
    house.run(&["person", "show", &other, "--reveal"]).fine();
    house.run(&["audit", "verify"]).fine();
}

#[test]
fn a_wrong_id_is_named() {
    let house = House::new();
    for wrong in ["anneliese", "", "svc_00000000000000000000000000", "psn_x"] {
        house.run(&["person", "show", wrong]).refused(2, &[&format!("{wrong:?}"), "torhaus person list"]);
    }
}
