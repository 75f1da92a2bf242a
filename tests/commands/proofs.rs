//! What can be checked by others: the audit, person bindings, the root.

use crate::house::{House, URL};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use torhaus::app::boot;
use torhaus::ca;
use torhaus::domain::assurance::{IdentityMethod, Level};
use torhaus::domain::audit::{Actor, Entry, Event};
use torhaus::domain::id::BindingId;
use torhaus::store;

#[test]
fn a_sound_audit_verifies_also_while_a_server_runs() {
    let house = House::new();
    let said = house.run(&["audit", "verify", "--json"]).fine().json();
    assert_eq!((&said["ok"], &said["rows"], &said["broken"]), (&true.into(), &1.into(), &Value::Null));
    let opened = boot::open_for_command(&house.dir).unwrap();
    let app = &opened.appliance;
    let many = |db: &store::Write<'_>| -> Result<(), store::Fault> {
        let entry = Entry::new(Event::SettingsChanged, Actor::Command);
        (0..ca::checkpoint::ROWS_DUE).try_for_each(|_| store::audit::append(&entry, db))
    };
    app.store.write_blocking(app.now().0, many).unwrap();
    app.store.close();
    let server = house.serve();
    house.add(&[]);
    crate::house::soon("the server has signed a checkpoint", || {
        house.run(&["audit", "verify", "--json"]).fine().json()["checkpoints"] == 1
    });
    let said = house.run(&["audit", "verify"]).fine();
    assert!(said.out.contains("The audit holds"), "{}", said.out);
    server.stop();
    // A checkpoint keeps even an end that was cut off, which the chain alone could not tell.
    house.tamper("DELETE FROM audit WHERE number > 100");
    house.run(&["audit", "verify"]).refused(1, &["the audit is broken at row", "backup"]);
}

#[test]
fn a_changed_audit_names_the_row() {
    let house = House::new();
    for name in ["a", "b", "c"] {
        house.run(&["service", "add", "--name", name, "--redirect-uri", "https://a.example/cb"]).fine();
    }
    let rows = house.run(&["audit", "verify", "--json"]).fine().json()["rows"].as_i64().unwrap();
    assert!(rows >= 4);
    house.tamper("UPDATE audit SET actor = 'house' WHERE number = 3");
    house.run(&["audit", "verify"]).refused(1, &["row 3", "backup"]);
    let said = house.run(&["audit", "verify", "--json"]).refused(1, &["row 3"]);
    assert_eq!((&said.json()["ok"], &said.json()["broken"]["row"]), (&false.into(), &3.into()));
    // Whoever has to repair it can still work.
    house.run(&["service", "list"]).fine();

    let house = House::new();
    house.add(&[]);
    house.tamper("DELETE FROM audit WHERE number = 2");
    house.run(&["audit", "verify"]).refused(1, &["row 2"]);
}

/// A binding as it is issued when a passkey is made, and the town's root.
fn a_binding(house: &House) -> (PathBuf, PathBuf) {
    let opened = boot::open_for_command(&house.dir).unwrap();
    let app = &opened.appliance;
    let now = app.now();
    let signer = ca::ensure_signer_blocking(&app.store, &app.keys, app.dice.as_ref(), now).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let subject = ca::binding::Subject {
        id: BindingId::draw(app.dice.as_ref()),
        method: IdentityMethod::GermanEid,
        level: Level::High,
        checked: now,
        document_expires: None,
        provider: "a provider",
        public_key_spki: &rcgen::PublicKeyData::subject_public_key_info(&key),
        credential_id: b"a credential",
        demo: false,
    };
    let (file, root) = (house.folder.join("binding.json"), house.folder.join("town.pem"));
    fs::write(&file, ca::binding::issue(&subject, &app.origin, &signer, now).unwrap()).unwrap();
    fs::write(&root, app.store.read(|db| Ok(ca::root_pem(db))).unwrap().unwrap()).unwrap();
    (file, root)
}

#[test]
fn a_binding_is_verified_offline() {
    let house = House::new();
    let (file, root) = a_binding(&house);
    let (file, root) = (file.to_str().unwrap(), root.to_str().unwrap());
    // Without any data directory: this runs elsewhere.
    let said = crate::house::torhaus(&["binding", "verify", file, "--root", root, "--json"]).fine().json();
    assert_eq!(
        (&said["valid"], &said["issuer"], &said["level"]),
        (&true.into(), &URL.into(), &"high".into())
    );
    assert_eq!(said["revocation_checked"], false);
    let said = crate::house::torhaus(&["binding", "verify", file, "--root", root]).fine();
    assert!(said.out.contains("is valid") && said.out.contains("--revocations"));

    // With the list that the running town hands out.
    let server = house.serve();
    let list = house.folder.join("revoked.json");
    fs::write(&list, server.browser().get("/ca/bindings/revoked.json").body).unwrap();
    let said = crate::house::torhaus(&[
        "binding",
        "verify",
        file,
        "--root",
        root,
        "--revocations",
        list.to_str().unwrap(),
        "--json",
    ]);
    assert_eq!(said.fine().json()["revocation_checked"], true);
    server.stop();
}

#[test]
fn a_binding_that_does_not_hold_is_refused() {
    let (house, other) = (House::new(), House::new());
    let (file, root) = a_binding(&house);
    let (_, others_root) = a_binding(&other);
    let text = fs::read_to_string(&file).unwrap();
    let (file, root) = (file.to_str().unwrap(), root.to_str().unwrap());
    let verify = |root: &str| crate::house::torhaus(&["binding", "verify", file, "--root", root]);
    verify(others_root.to_str().unwrap()).refused(1, &[file, "another town's, or forged"]);
    verify(file).refused(1, &["root certificate"]);
    verify("/nowhere/root.pem").refused(1, &["/nowhere/root.pem"]);
    let said = crate::house::torhaus(&[
        "binding",
        "verify",
        file,
        "--root",
        others_root.to_str().unwrap(),
        "--json",
    ]);
    assert_eq!(said.refused(1, &["not valid"]).json()["valid"], false);
    // One sign of the signature or the statement changed.
    let envelope: Value = serde_json::from_str(&text).unwrap();
    let (name, jws) = envelope
        .as_object()
        .unwrap()
        .iter()
        .find_map(|(name, value)| Some((name, value.as_str().filter(|text| text.matches('.').count() == 2)?)))
        .expect("the envelope holds a compact JWS");
    for at in [jws.find('.').unwrap() + 5, jws.rfind('.').unwrap() + 5] {
        let mut changed = jws.to_owned();
        let other = if &jws[at..=at] == "A" { "B" } else { "A" };
        changed.replace_range(at..=at, other);
        let mut envelope = envelope.clone();
        envelope[name] = changed.into();
        fs::write(file, envelope.to_string()).unwrap();
        verify(root).refused(1, &["not valid"]);
    }
    for rubbish in ["", "{}", "[]", "null", "\u{feff}{", &"x".repeat(100_000)] {
        fs::write(file, rubbish).unwrap();
        verify(root).refused(1, &["not valid"]);
    }
    fs::write(file, [0xff, 0x00, 0xfe]).unwrap();
    verify(root).refused(1, &["not valid"]);
    fs::remove_file(file).unwrap();
    verify(root).refused(1, &[file]);
}

#[test]
fn the_root_is_exported_once_per_file_and_can_leave_the_machine() {
    let house = House::new();
    let out = house.folder.join("root-key.pem");
    let path = out.to_str().unwrap();
    let said = house.run(&["ca", "root", "export", "--out", path]).fine();
    assert!(said.out.contains(path));
    assert_eq!(crate::house::mode(&out), 0o600);
    let text = fs::read_to_string(&out).unwrap();
    assert!(text.contains("BEGIN CERTIFICATE") && text.contains("PRIVATE KEY"));
    house.run(&["ca", "root", "export", "--out", path]).refused(1, &[path]);
    assert_eq!(fs::read_to_string(&out).unwrap(), text);
    house.run(&["ca", "root", "export", "--out", "/nowhere/root.pem"]).refused(1, &["/nowhere/root.pem"]);

    let last = house.folder.join("last.pem");
    house.run(&["ca", "root", "export", "--out", last.to_str().unwrap(), "--remove"]).fine();
    let third = house.folder.join("third.pem");
    house
        .run(&["ca", "root", "export", "--out", third.to_str().unwrap()])
        .refused(1, &["not on this machine"]);
    assert!(!third.exists());
    // Everything else goes on without it.
    house.run(&["audit", "verify"]).fine();
    let server = house.serve();
    assert_eq!(server.browser().get("/ca/root.pem").status, 200);
    server.stop();
}
