//! The lab of a demo: what lets AusweisApp and a test's card trust it.

use crate::demo::Town;
use crate::house::{Folder, House, mode};
use std::fs;
use torhaus::eid::card::CardFile;

#[test]
fn a_made_up_persons_card_is_written_for_its_owner_alone() {
    let folder = Folder::new();
    let dir = folder.join("town");
    let town = Town::open(&["--data-dir", dir.to_str().unwrap()]);
    let house = House { dir, folder };
    let [root, first, again, newer] = ["root.cvc", "a.json", "b.json", "c.json"].map(|name| house.file(name));
    let card = |person: &str, out: &std::path::Path, more: &[&str]| {
        let out = out.to_str().unwrap();
        house.run(&[&["eid", "lab", "card", "--person", person, "--out", out], more].concat())
    };
    house.run(&["eid", "lab", "root", "--out", root.to_str().unwrap()]).fine();
    card("hilde", &first, &[]).fine();
    card("hilde", &again, &[]).fine();
    card("hilde", &newer, &["--issue", "1"]).fine();
    let written = fs::read(&first).unwrap();
    let read: CardFile = serde_json::from_slice(&written).unwrap();
    assert_eq!((read.person.as_str(), read.root), ("hilde", fs::read(&root).unwrap()));
    assert_eq!(mode(&first), 0o600);
    assert_eq!(written, fs::read(&again).unwrap(), "the same card again");
    assert_ne!(written, fs::read(&newer).unwrap(), "another card");

    card("hilde", &first, &[]).refused(1, &["a.json", "choose a new file"]);
    assert_eq!(written, fs::read(&first).unwrap());
    card("heinz", &house.file("d.json"), &[]).refused(2, &["heinz", "erika"]);
    assert!(!house.file("d.json").exists());
    town.stop();
}

#[test]
fn a_real_town_has_no_such_cards() {
    let house = House::new();
    let out = house.file("card.json");
    let said = house.run(&["eid", "lab", "card", "--person", "erika", "--out", out.to_str().unwrap()]);
    said.refused(1, &["test cards only", "torhaus demo"]);
    assert!(!out.exists());
}
