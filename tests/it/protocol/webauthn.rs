//! Answers of keys that are not true.

use crate::town::phone::{Lies, Manner, Phone};
use crate::town::{Answer, Resident, Town};
use serde_json::json;
use std::collections::BTreeSet;

/// The script's answer to a lie: 422 and words, nothing else.
fn words(answer: &Answer, what: &str) -> String {
    assert_eq!(answer.status, 422, "{what}: {}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"), "{what}");
    let said = answer.json();
    assert_eq!(said.as_object().map(serde_json::Map::len), Some(1), "{what}: {said}");
    assert!(answer.header("set-cookie").is_none(), "{what}");
    said["error"].as_str().expect("words").to_owned()
}

fn lies() -> Vec<(&'static str, Lies)> {
    let lie = Lies::default;
    vec![
        ("another origin", Lies { origin: Some("https://evil.example".to_owned()), ..lie() }),
        ("another port", Lies { origin: Some("http://localhost:1".to_owned()), ..lie() }),
        ("another challenge", Lies { challenge: Some(vec![7; 32]), ..lie() }),
        ("an empty challenge", Lies { challenge: Some(Vec::new()), ..lie() }),
        ("another ceremony", Lies { ceremony: Some("payment.get".to_owned()), ..lie() }),
        ("inside another site", Lies { cross_origin: Some(true), ..lie() }),
        ("another relying party", Lies { rp_id: Some("evil.example".to_owned()), ..lie() }),
    ]
}

#[test]
fn every_lie_at_a_login_sounds_the_same() {
    let town = Town::open();
    let url = town.library().sign_in().url();
    let mut ada = town.resident();
    ada.enrols(&url, "erika");
    let mut murat = town.resident();
    murat.enrols(&url, "murat");
    let sessions = town.rows("session");
    ada.forgets_session().opens(&url);

    let mut said = BTreeSet::new();
    for (what, lie) in lies().into_iter().chain([
        ("a spoilt signature", Lies { spoils_signature: true, ..Lies::default() }),
        (
            "somebody else's handle",
            Lies { user_handle: Some(murat.phone.keys[0].user_handle.clone()), ..Lies::default() },
        ),
        ("nobody's handle", Lies { user_handle: Some(vec![1; 16]), ..Lies::default() }),
    ]) {
        ada.phone.lies = lie;
        said.insert(words(&ada.tries_passkey(), what));
    }
    ada.phone.lies = Lies::default();

    // A key nobody knows, and one whose account is known under another id.
    let page = ada.ceremony("authenticate");
    let mut stranger = Phone::default();
    let options = json!({"publicKey": {"rp": {"id": "localhost"}, "user": {"id": "AAAAAAAAAAAAAAAAAAAAAA"},
        "challenge": "AAAA", "pubKeyCredParams": [{"alg": -7}]}});
    stranger.create(&options, &town.origin);
    let begun = ada.begins(&page);
    let credential = stranger.get(&begun, &town.origin);
    said.insert(words(&ada.finishes(&page, &begun, &credential), "an unknown key"));
    let begun = ada.begins(&page);
    let mut mixed = ada.phone.get(&begun, &town.origin);
    mixed["id"] = stranger.get(&begun, &town.origin)["id"].clone();
    mixed["rawId"] = mixed["id"].clone();
    said.insert(words(&ada.finishes(&page, &begun, &mixed), "an unknown id on a known key"));
    for (what, body) in [("nothing", json!({})), ("a list", json!([])), ("a word", json!("key"))] {
        let begun = ada.begins(&page);
        said.insert(words(&ada.finishes(&page, &begun, &body), what));
    }
    assert_eq!(said.len(), 1, "nobody learns which keys we know: {said:?}");
    assert_eq!(town.rows("session"), sessions);
    assert_eq!(town.number("SELECT count(*) FROM passkey WHERE state <> 'active'"), 0);
    // And the truth still opens.
    ada.proves_with_passkey();
}

#[test]
fn an_unverified_user_is_told_so() {
    let town = Town::open();
    let url = town.library().sign_in().url();
    let mut ada = town.resident();
    ada.enrols(&url, "erika");
    ada.forgets_session().opens(&url);
    for manner in [
        Manner { user_verified: false, ..Manner::default() },
        Manner { user_present: false, ..Manner::default() },
    ] {
        ada.phone.manner = manner;
        words(&ada.tries_passkey(), "not verified");
    }
    assert_eq!(town.number("SELECT count(*) FROM audit WHERE event = 'signed-in'"), 1, "the enrolment alone");
}

#[test]
fn a_ceremony_is_good_once_and_where_it_began() {
    let town = Town::open();
    let library = town.library();
    let url = library.sign_in().url();
    let mut ada = town.resident();
    ada.enrols(&url, "erika");

    let mut said = BTreeSet::new();
    // Replayed, in the same sign-in (which is over) and in a new one.
    ada.forgets_session().opens(&url);
    let page = ada.ceremony("authenticate");
    let begun = ada.begins(&page);
    let credential = ada.phone.get(&begun, &town.origin);
    assert_eq!(ada.finishes(&page, &begun, &credential).status, 200);
    let replayed = ada.finishes(&page, &begun, &credential);
    assert!(matches!(replayed.status, 410 | 422), "{}", replayed.text());
    ada.forgets_session().opens(&url);
    let page = ada.ceremony("authenticate");
    said.insert(words(&ada.finishes(&page, &begun, &credential), "replayed in a new sign-in"));
    // The same challenge under a fresh ceremony: the signature is for another one.
    let fresh = ada.begins(&page);
    let refused = words(&ada.finishes(&page, &fresh, &credential), "old credential, new ceremony");
    said.insert(words(&ada.finishes(&page, &fresh, &credential), "a refused ceremony is spent"));

    // Another browser's.
    let mut mallory = town.resident();
    mallory.opens(&url);
    let hers = mallory.ceremony("authenticate");
    let begun = ada.begins(&page);
    let credential = ada.phone.get(&begun, &town.origin);
    said.insert(words(&mallory.finishes(&hers, &begun, &credential), "another browser's"));
    // Another sign-in's of the same browser.
    ada.opens(&url);
    let second = ada.ceremony("authenticate");
    said.insert(words(&ada.finishes(&second, &begun, &credential), "another sign-in's"));
    // One of another kind.
    ada.is_new().identifies_as("erika");
    let register = ada.ceremony("register");
    let options = ada.begins(&register);
    let made = Phone::default().create(&options, &town.origin);
    ada.forgets_session().opens(&url);
    let third = ada.ceremony("authenticate");
    said.insert(words(&ada.finishes(&third, &options, &made), "a registration's"));
    // Too old.
    let begun = ada.begins(&third);
    let credential = ada.phone.get(&begun, &town.origin);
    town.clock.turn(torhaus::domain::time::Span::minutes(6));
    said.insert(words(&ada.finishes(&third, &begun, &credential), "too old"));
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(!said.contains(&refused));
}

#[test]
fn every_lie_at_an_enrolment_sounds_the_same() {
    let town = Town::open();
    let url = town.library().sign_in().url();
    let mut ada = town.resident();
    ada.opens(&url).is_new().identifies_as("erika");
    let mut said = BTreeSet::new();
    let mut tell = |ada: &mut Resident<'_>, what: &str, lie: Lies| {
        ada.phone = Phone { lies: lie, ..Phone::default() };
        said.insert(words(&ada.tries_to_make_key(), what));
        assert_eq!((town.rows("person"), town.rows("passkey")), (0, 0), "{what}");
    };
    for (what, lie) in lies() {
        tell(&mut ada, what, lie);
    }
    tell(&mut ada, "an algorithm nobody offered", Lies { algorithm: Some(-8), ..Lies::default() });
    assert_eq!(said.len(), 1, "{said:?}");
    ada.phone = Phone::default();
    ada.makes_key().agrees();
    ada.brings_code();
}

#[test]
fn a_key_belongs_to_one_person() {
    let town = Town::open();
    let url = town.library().sign_in().url();
    let mut ada = town.resident();
    ada.enrols(&url, "erika");
    // Murat's browser claims that Erika's key is his new one.
    let mut murat = town.resident();
    murat.opens(&url).is_new().identifies_as("murat");
    let page = murat.ceremony("register");
    let begun = murat.begins(&page);
    let mut made = murat.phone.create(&begun, &town.origin);
    made["id"] = {
        ada.forgets_session().opens(&url);
        let hers = ada.ceremony("authenticate");
        let begun = ada.begins(&hers);
        ada.phone.get(&begun, &town.origin)["id"].clone()
    };
    made["rawId"] = made["id"].clone();
    let answer = murat.finishes(&page, &begun, &made);
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert_eq!((town.rows("person"), town.rows("passkey")), (1, 1));
}

#[test]
fn a_resident_key_does_not_open_the_operators_door() {
    let town = Town::open();
    let mut ada = town.resident();
    ada.enrols(&town.library().sign_in().url(), "erika");
    ada.forgets_session().browser.open("/operator");
    // The door is there once its pages are; until then there is nothing to open.
    if ada.sees().status == 404 {
        return;
    }
    words(&ada.tries_passkey(), "a resident at the operator's door");
    assert!(!ada.browser.jar.contains_key("__Host-staff"));
}
