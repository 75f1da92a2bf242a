//! The letters of names by DIN 91379 (String.Latin+), data type A: those of a code point of its own as ranges, those of
//! several as they are written.

use std::collections::BTreeSet;

use super::super::Content;
use super::super::people::person;
use super::*;
use crate::cvc::data_groups::Value;
use crate::cvc::place::{PartialDate, Place};

const RANGES: &[(u32, u32)] = &[
    (0x41, 0x5A),
    (0x61, 0x7A),
    (0xC0, 0xD6),
    (0xD8, 0xF6),
    (0xF8, 0x17E),
    (0x187, 0x188),
    (0x18F, 0x18F),
    (0x197, 0x197),
    (0x1A0, 0x1A1),
    (0x1AF, 0x1B0),
    (0x1B7, 0x1B7),
    (0x1CD, 0x1DC),
    (0x1DE, 0x1DF),
    (0x1E2, 0x1F0),
    (0x1F4, 0x1F5),
    (0x1F8, 0x1FF),
    (0x212, 0x213),
    (0x218, 0x21B),
    (0x21E, 0x21F),
    (0x227, 0x233),
    (0x259, 0x259),
    (0x268, 0x268),
    (0x292, 0x292),
    (0x1E02, 0x1E03),
    (0x1E06, 0x1E07),
    (0x1E0A, 0x1E11),
    (0x1E17, 0x1E17),
    (0x1E1C, 0x1E2B),
    (0x1E2F, 0x1E37),
    (0x1E3A, 0x1E3B),
    (0x1E40, 0x1E49),
    (0x1E52, 0x1E5B),
    (0x1E5E, 0x1E63),
    (0x1E6A, 0x1E6F),
    (0x1E80, 0x1E87),
    (0x1E8C, 0x1E97),
    (0x1E9E, 0x1E9E),
    (0x1EA0, 0x1EF9),
];

/// A letter and what may stand with it.
const SEQUENCES: &[(&str, &[&str])] = &[
    ("A", &["\u{30B}"]),
    ("C", &["\u{300}", "\u{304}", "\u{306}", "\u{308}", "\u{315}", "\u{323}", "\u{326}", "\u{328}\u{306}"]),
    ("D", &["\u{302}"]),
    ("F", &["\u{300}", "\u{304}"]),
    ("G", &["\u{300}"]),
    ("H", &["\u{304}", "\u{326}", "\u{331}"]),
    ("J", &["\u{301}", "\u{30C}"]),
    (
        "K",
        &[
            "\u{300}", "\u{302}", "\u{304}", "\u{307}", "\u{315}", "\u{31B}", "\u{326}", "\u{35F}H",
            "\u{35F}h",
        ],
    ),
    ("L", &["\u{302}", "\u{325}", "\u{325}\u{304}", "\u{326}"]),
    ("M", &["\u{300}", "\u{302}", "\u{306}", "\u{310}"]),
    ("N", &["\u{302}", "\u{304}", "\u{306}", "\u{326}"]),
    ("P", &["\u{300}", "\u{304}", "\u{315}", "\u{323}"]),
    ("R", &["\u{306}", "\u{325}", "\u{325}\u{304}"]),
    ("S", &["\u{300}", "\u{304}", "\u{31B}\u{304}", "\u{331}"]),
    ("T", &["\u{300}", "\u{304}", "\u{308}", "\u{315}", "\u{31B}"]),
    ("U", &["\u{307}"]),
    ("Z", &["\u{300}", "\u{304}", "\u{306}", "\u{308}", "\u{327}"]),
    ("a", &["\u{30B}"]),
    ("c", &["\u{300}", "\u{304}", "\u{306}", "\u{308}", "\u{315}", "\u{323}", "\u{326}", "\u{328}\u{306}"]),
    ("d", &["\u{302}"]),
    ("f", &["\u{300}", "\u{304}"]),
    ("g", &["\u{300}"]),
    ("h", &["\u{304}", "\u{326}"]),
    ("j", &["\u{301}"]),
    ("k", &["\u{300}", "\u{302}", "\u{304}", "\u{307}", "\u{315}", "\u{31B}", "\u{326}", "\u{35F}h"]),
    ("l", &["\u{302}", "\u{325}", "\u{325}\u{304}", "\u{326}"]),
    ("m", &["\u{300}", "\u{302}", "\u{306}", "\u{310}"]),
    ("n", &["\u{302}", "\u{304}", "\u{306}", "\u{326}"]),
    ("p", &["\u{300}", "\u{304}", "\u{315}", "\u{323}"]),
    ("r", &["\u{306}", "\u{325}", "\u{325}\u{304}"]),
    ("s", &["\u{300}", "\u{304}", "\u{31B}\u{304}", "\u{331}"]),
    ("t", &["\u{300}", "\u{304}", "\u{315}", "\u{31B}"]),
    ("u", &["\u{307}"]),
    ("z", &["\u{300}", "\u{304}", "\u{306}", "\u{308}", "\u{327}"]),
    ("ē", &["\u{30D}"]),
    ("ō", &["\u{30D}"]),
    ("Ç", &["\u{306}"]),
    ("Û", &["\u{304}"]),
    ("ç", &["\u{306}"]),
    ("û", &["\u{304}"]),
    ("ÿ", &["\u{301}"]),
    ("Č", &["\u{315}", "\u{323}"]),
    ("č", &["\u{315}", "\u{323}"]),
    ("Ī", &["\u{301}"]),
    ("ī", &["\u{301}"]),
    ("Ž", &["\u{326}", "\u{327}"]),
    ("ž", &["\u{326}", "\u{327}"]),
    ("Ḳ", &["\u{304}"]),
    ("ḳ", &["\u{304}"]),
    ("Ṣ", &["\u{304}"]),
    ("ṣ", &["\u{304}"]),
    ("Ṭ", &["\u{304}"]),
    ("ṭ", &["\u{304}"]),
    ("Ạ", &["\u{308}"]),
    ("ạ", &["\u{308}"]),
    ("Ọ", &["\u{308}"]),
    ("ọ", &["\u{308}"]),
    ("Ụ", &["\u{304}", "\u{308}"]),
    ("ụ", &["\u{304}", "\u{308}"]),
];

/// Letters that are no letter of ASCII with a mark, and in use.
const OF_THEIR_OWN: &str = "ÆÐØÞßæðøþĐđĦħıĸŁłŊŋŒœŦŧƇƈƏƗƷǤǥəɨʒẞ";

fn letters() -> String {
    let single = RANGES.iter().flat_map(|(first, last)| *first..=*last).filter_map(char::from_u32);
    let mut all: String = single.collect();
    for (letter, marks) in SEQUENCES {
        for mark in *marks {
            all.push_str(letter);
            all.push_str(mark);
        }
    }
    all
}

fn is_mark(letter: char) -> bool {
    ('\u{300}'..='\u{36F}').contains(&letter)
}

#[test]
fn every_letter_goes_through_a_card() {
    let all = letters();
    assert!(all.chars().filter(|letter| !is_mark(*letter)).count() > 600);
    let name = Value::Text(all);
    let born = PartialDate::new("19640812").unwrap();
    let content = Content::new([
        (DataGroup::DateOfExpiry, Value::Date(date(2030, 1, 1))),
        (DataGroup::DateOfBirth, Value::PartialDate(born)),
        (DataGroup::FamilyNames, name.clone()),
    ]);
    let keys = CardKeys::make(CURVE, (&LAB.signer, &LAB.signer_key), &dice(9)).unwrap();
    let card = Card::new(content.unwrap(), keys, vec![LAB.root.clone()]);
    let mut reading = Reading::begun(&LAB, card, pace());
    let file = reading.read(DataGroup::FamilyNames).unwrap();
    assert_eq!(DataGroup::FamilyNames.decode(&file).unwrap(), name);
}

/// A person whose names are made of such letters: each that is of its own, and each mark that Unicode only has apart.
#[test]
fn somebody_has_all_kinds_of_them() {
    let content = person("thordis").unwrap().content(TODAY).unwrap();
    let read = |group: DataGroup| group.decode(content.file(group).unwrap()).unwrap();
    let mut used = String::new();
    for group in [DataGroup::GivenNames, DataGroup::FamilyNames, DataGroup::BirthName] {
        assert!(content.file(group).unwrap().len() <= 256, "{group:?} is read at once");
        let Value::Text(name) = read(group) else { panic!() };
        used.push_str(&name);
    }
    let Value::Places(born) = read(DataGroup::PlaceOfBirth) else { panic!() };
    let [Place::Freetext(born)] = born.as_slice() else { panic!() };
    used.push_str(born);
    let Value::Places(homes) = read(DataGroup::PlaceOfResidence) else { panic!() };
    let [Place::Structured(home)] = homes.as_slice() else { panic!() };
    used.push_str(&home.city);
    used.push_str(home.street.as_ref().unwrap());

    let used: BTreeSet<char> = used.chars().collect();
    let known: BTreeSet<char> = letters().chars().collect();
    let strange: Vec<char> =
        used.difference(&known).filter(|c| !" -,.0123456789".contains(**c)).copied().collect();
    assert!(strange.is_empty(), "no letters of the standard: {strange:?}");
    let wanted = known.iter().copied().filter(|letter| is_mark(*letter)).chain(OF_THEIR_OWN.chars());
    let missing: Vec<char> = wanted.filter(|letter| !used.contains(letter)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
