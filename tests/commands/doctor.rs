//! The doctor finds what is wrong and says what to do about each of it.

use crate::house::{Folder, House, now, torhaus};
use serde_json::Value;
use std::fs;
use std::time::Duration;
use torhaus::app::boot;
use torhaus::domain::dice::draw;
use torhaus::domain::id::StaffId;
use torhaus::domain::staff::{Role, Staff};
use torhaus::seal::ApplianceKeys;
use torhaus::store;

/// All findings, by subject: what was found and the remedy, if one is needed.
fn findings(house: &House) -> Vec<(String, String, Option<String>)> {
    let said = house.run(&["doctor", "--json"]);
    let list = said.json();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let findings: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (text(&one["subject"]).unwrap(), text(&one["found"]).unwrap(), text(&one["remedy"])))
        .collect();
    let ill = findings.iter().filter(|(_, _, remedy)| remedy.is_some()).count();
    assert_eq!(said.code, i32::from(ill > 0), "{}", said.out);
    if ill > 0 {
        assert!(said.err.contains(&format!("{ill} problem")), "{}", said.err);
    }
    findings
}

#[track_caller]
fn remedy(house: &House, subject: &str) -> String {
    let all = findings(house);
    let found = all.iter().find_map(|(known, _, remedy)| remedy.clone().filter(|_| known == subject));
    found.unwrap_or_else(|| panic!("nothing is wrong with {subject}: {all:#?}"))
}

fn subjects_that_are_ill(house: &House) -> Vec<String> {
    findings(house)
        .into_iter()
        .filter(|(_, _, remedy)| remedy.is_some())
        .map(|(subject, ..)| subject)
        .collect()
}

fn hire_an_operator(house: &House) {
    let opened = boot::open_for_command(&house.dir).unwrap();
    let app = &opened.appliance;
    let staff = Staff {
        id: StaffId::draw(app.dice.as_ref()),
        user_handle: draw(app.dice.as_ref()),
        role: Role::Operator,
        name: "Olga".to_owned(),
        created: app.now(),
    };
    app.store.write_blocking(app.now().0, move |db| store::staff::insert(&staff, db)).unwrap();
    app.store.close();
}

#[test]
fn a_new_house_lacks_an_operator_and_an_eid_and_nothing_else() {
    let house = House::new();
    assert_eq!(subjects_that_are_ill(&house), ["operators", "eID"]);
    assert!(remedy(&house, "operators").contains("torhaus operator invite --data-dir"));
    let said = house.run(&["doctor"]).refused(1, &["2 problems"]);
    for subject in ["clock", "disk", "public URL", "RP ID", "database", "appliance key", "issuing CA", "TLS"]
    {
        assert!(said.out.lines().any(|line| line.starts_with("✓") && line.contains(subject)), "{}", said.out);
    }
    assert!(said.out.contains("✗ operators") && said.out.contains("→ invite one"));
    hire_an_operator(&house);
    assert_eq!(subjects_that_are_ill(&house), ["eID"]);
    // While a server runs as well.
    let server = house.serve();
    assert_eq!(subjects_that_are_ill(&house), ["eID"]);
    server.stop();
}

#[test]
fn a_demo_with_an_operator_is_well() {
    let folder = Folder::new();
    let town = crate::demo::Town::open(&["--data-dir", folder.join("town").to_str().unwrap()]);
    let house = House { dir: folder.join("town"), folder };
    hire_an_operator(&house);
    assert_eq!(subjects_that_are_ill(&house), [""; 0]);
    assert!(house.run(&["doctor"]).fine().out.contains("made-up people"));
    town.stop();
}

#[test]
fn a_clock_that_was_set_back_is_found() {
    let house = House::new();
    let database = fs::File::options().write(true).open(house.file("torhaus.db")).unwrap();
    database.set_modified(now() + Duration::from_secs(7200)).unwrap();
    drop(database);
    assert!(remedy(&house, "clock").contains("set back"));
}

#[test]
fn an_unfinished_rotation_is_found_and_finished() {
    let house = House::new();
    let file = house.file("appliance.key");
    ApplianceKeys::load(&file).unwrap().begin_rotation(&file, [9; 32]).unwrap();
    assert!(remedy(&house, "appliance key").contains("torhaus key rotate"));
    house.run(&["service", "list"]).fine();
    house.run(&["key", "rotate"]).fine();
    assert_eq!(subjects_that_are_ill(&house), ["operators", "eID"]);
}

#[test]
fn a_house_that_does_not_open_is_still_examined() {
    let house = House::new();
    fs::remove_file(house.file("appliance.key")).unwrap();
    assert!(remedy(&house, "house").contains("Put your copy of it back"));
    let found: Vec<String> = findings(&house).into_iter().map(|(subject, ..)| subject).collect();
    assert_eq!(found, ["clock", "disk", "house"]);
}

#[test]
fn an_address_nobody_can_reach_is_found() {
    let house = House::with(&["--public-url", "https://id.birkenfurt.invalid"]);
    assert!(remedy(&house, "public URL").contains("id.birkenfurt.invalid has no address in the DNS"));
    assert!(remedy(&house, "TLS").contains("trusted_proxies"));
    let house = House::with(&["--public-url", "https://127.0.0.1", "--trusted-proxy", "127.0.0.1"]);
    assert!(remedy(&house, "RP ID").contains("host name"));
    assert!(subjects_that_are_ill(&house).iter().all(|subject| subject != "TLS"));
}

#[test]
fn certificates_from_files_are_judged() {
    let files = Folder::new();
    let certificate = |name: &str, days: i64| {
        let mut params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
        let day = Duration::from_secs(86_400);
        let now = now();
        params.not_before = (now - 400 * day).into();
        params.not_after = if days < 0 { now - day } else { now + day * days.unsigned_abs() as u32 }.into();
        let key = rcgen::KeyPair::generate().unwrap();
        fs::write(files.join("chain.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        fs::write(files.join("key.pem"), key.serialize_pem()).unwrap();
    };
    certificate("localhost", 90);
    let (chain, key) = (files.join("chain.pem"), files.join("key.pem"));
    let house = House::with(&[
        "--public-url",
        "https://localhost",
        "--tls",
        "files",
        "--tls-certificate",
        chain.to_str().unwrap(),
        "--tls-key",
        key.to_str().unwrap(),
    ]);
    assert_eq!(subjects_that_are_ill(&house), ["operators", "eID"]);
    certificate("localhost", 5);
    assert!(remedy(&house, "TLS").contains("renew the certificate"));
    certificate("localhost", -1);
    assert!(remedy(&house, "TLS").contains("renew it"));
    certificate("other.example", 90);
    assert!(remedy(&house, "TLS").contains("does not name localhost"));
    fs::remove_file(&key).unwrap();
    assert!(remedy(&house, "TLS").contains("key.pem"));
}

#[test]
fn a_damaged_database_is_found() {
    let house = House::new();
    for _ in 0..5 {
        house.add(&[]);
    }
    let database = house.file("torhaus.db");
    let mut bytes = fs::read(&database).unwrap();
    // A page of an index or table in the middle of the file loses its content.
    let page = 4096 * (bytes.len() / 4096 / 2);
    bytes[page..page + 64].fill(0xAA);
    fs::write(&database, bytes).unwrap();
    let said = torhaus(&["doctor", "--data-dir", house.place()]);
    assert_eq!(said.code, 1);
    assert!(said.out.contains("estore"), "{}", said.out);
}
