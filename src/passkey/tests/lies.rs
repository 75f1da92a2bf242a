//! What must be refused, and for which reason.

use serde_json::json;

use super::super::phone::{Lies, Manner, Phone, Statement};
use super::*;

/// Lies which both ceremonies notice, each with its reason.
fn lies() -> Vec<(Refusal, Lies)> {
    let lie = Lies::default;
    let text = |text: &str| Some(text.to_owned());
    vec![
        (Refusal::WrongCeremony, Lies { ceremony: text("payment.get"), ..lie() }),
        (Refusal::WrongChallenge, Lies { challenge: Some(vec![0; 32]), ..lie() }),
        (Refusal::WrongChallenge, Lies { challenge: Some(Vec::new()), ..lie() }),
        (Refusal::WrongOrigin, Lies { origin: text("https://id.torhausen.example.evil"), ..lie() }),
        (Refusal::WrongOrigin, Lies { origin: text("https://torhausen.example"), ..lie() }),
        (Refusal::WrongOrigin, Lies { origin: text("https://sub.id.torhausen.example"), ..lie() }),
        (Refusal::WrongOrigin, Lies { origin: text("https://id.torhausen.example:8443"), ..lie() }),
        (Refusal::WrongOrigin, Lies { origin: text("http://id.torhausen.example"), ..lie() }),
        // The library alone would take these three.
        (Refusal::WrongOrigin, Lies { origin: text("https://id.torhausen.example/"), ..lie() }),
        (Refusal::WrongOrigin, Lies { origin: text("https://id.torhausen.example/app"), ..lie() }),
        (Refusal::WrongOrigin, Lies { origin: text("https://evil@id.torhausen.example"), ..lie() }),
        (Refusal::WrongOrigin, Lies { origin: text("null"), ..lie() }),
        (Refusal::CrossOrigin, Lies { cross_origin: Some(true), ..lie() }),
        (Refusal::CrossOrigin, Lies { top_origin: text("https://evil.example"), ..lie() }),
        (Refusal::WrongRelyingParty, Lies { rp_id: text("torhausen.example"), ..lie() }),
    ]
}

#[test]
fn lies_at_registration_are_refused() {
    for (reason, lies) in lies() {
        let mut phone = Phone { lies: lies.clone(), ..Phone::default() };
        assert_eq!(Gate::new().registers(&mut phone).err(), Some(reason), "{lies:?}");
    }
}

#[test]
fn lies_at_login_are_refused() {
    let mut gate = Gate::new();
    let mut phone = Phone::default();
    let key = gate.registers(&mut phone).expect("a key");
    for (reason, lies) in lies() {
        phone.lies = lies.clone();
        assert_eq!(gate.logs_in(&mut phone, &key.credential), Err(reason), "{lies:?}");
    }
    phone.lies = Lies::default();
    gate.logs_in(&mut phone, &key.credential).expect("the honest phone is not held back by them");
}

#[test]
fn nobody_registers_unseen_or_unverified() {
    let manner = |user_present, user_verified| Manner { user_present, user_verified, ..Manner::default() };
    let register = |manner| Gate::new().registers(&mut Phone::new(manner)).err();
    assert_eq!(register(manner(false, true)), Some(Refusal::NotPresent));
    assert_eq!(register(manner(true, false)), Some(Refusal::NotUserVerified));
    let contradiction = Manner { backup_state: true, ..Manner::default() };
    assert_eq!(register(contradiction), Some(Refusal::BackupFlagsInvalid));
}

#[test]
fn nobody_logs_in_unseen_or_unverified() {
    let mut gate = Gate::new();
    let mut phone = Phone::default();
    let key = gate.registers(&mut phone).expect("a key");
    phone.manner.user_verified = false;
    assert_eq!(gate.logs_in(&mut phone, &key.credential), Err(Refusal::NotUserVerified));
    phone.manner.user_present = false;
    assert_eq!(gate.logs_in(&mut phone, &key.credential), Err(Refusal::NotPresent));
}

#[test]
fn backup_eligibility_is_fixed() {
    for before in [false, true] {
        let mut gate = Gate::new();
        let mut phone = Phone::new(Manner { backup_eligible: before, ..Manner::default() });
        let key = gate.registers(&mut phone).expect("a key");
        phone.manner.backup_eligible = !before;
        assert_eq!(gate.logs_in(&mut phone, &key.credential), Err(Refusal::BackupEligibilityChanged));
        // Somebody without the key cannot bring that reason about.
        phone.lies.spoils_signature = true;
        assert_eq!(gate.logs_in(&mut phone, &key.credential), Err(Refusal::BadSignature));
    }
}

#[test]
fn backed_up_without_being_eligible_is_a_contradiction() {
    let mut gate = Gate::new();
    let mut phone = Phone::default();
    let key = gate.registers(&mut phone).expect("a key");
    phone.manner.backup_state = true;
    assert_eq!(gate.logs_in(&mut phone, &key.credential), Err(Refusal::BackupFlagsInvalid));

    let mut phone = Phone::new(Manner::synced());
    let key = gate.registers(&mut phone).expect("a key");
    phone.manner.backup_eligible = false;
    assert_eq!(gate.logs_in(&mut phone, &key.credential), Err(Refusal::BackupEligibilityChanged));
}

#[test]
fn a_counter_must_rise_once_there_is_one() {
    let mut gate = Gate::new();
    let mut phone = Phone::new(Manner { counts: true, ..Manner::default() });
    let mut stored = gate.registers(&mut phone).expect("a key").credential;
    for _ in 0..3 {
        stored = gate.logs_in(&mut phone, &stored).expect("a login").updated.expect("a counter");
    }
    for stale in [4, 3, 0] {
        phone.lies.counter = Some(stale);
        assert_eq!(gate.logs_in(&mut phone, &stored), Err(Refusal::CounterBack), "{stale} after 4");
        phone.lies.spoils_signature = true;
        assert_eq!(gate.logs_in(&mut phone, &stored), Err(Refusal::BadSignature));
        phone.lies.spoils_signature = false;
    }
    phone.lies.counter = Some(u32::MAX);
    assert_eq!(gate.logs_in(&mut phone, &stored).expect("a login").counter, u32::MAX);
}

#[test]
fn signatures_of_others_are_refused() {
    let mut gate = Gate::new();
    let mut phone = Phone::default();
    let key = gate.registers(&mut phone).expect("a key");
    phone.lies.spoils_signature = true;
    assert_eq!(gate.logs_in(&mut phone, &key.credential), Err(Refusal::BadSignature));

    // Another phone that took over the credential id.
    let mut thief = Phone::default();
    gate.registers(&mut thief).expect("a key");
    thief.keys[0].credential_id.clone_from(&key.credential_id);
    assert_eq!(gate.logs_in(&mut thief, &key.credential), Err(Refusal::BadSignature));
}

#[test]
fn the_user_must_own_the_credential() {
    let mut gate = Gate::new();
    let mut phone = Phone::default();
    let key = gate.registers(&mut phone).expect("a key");
    phone.lies.user_handle = Some(BEN.as_bytes().to_vec());
    assert_eq!(gate.logs_in(&mut phone, &key.credential), Err(Refusal::WrongOwner));
    phone.lies.user_handle = Some(b"ada".to_vec());
    assert_eq!(gate.logs_in(&mut phone, &key.credential), Err(Refusal::UnknownCredential));
    phone.lies.user_handle = Some(Vec::new());
    assert_eq!(gate.logs_in(&mut phone, &key.credential), Err(Refusal::NoUserHandle));
    phone.lies = Lies::default();
    phone.manner.names_user = false;
    assert_eq!(gate.logs_in(&mut phone, &key.credential), Err(Refusal::NoUserHandle));
    phone.manner.names_user = true;

    let other = gate.registers(&mut Phone::default()).expect("a key");
    assert_eq!(gate.logs_in(&mut phone, &other.credential), Err(Refusal::UnknownCredential));

    // Confirming does not need the handle, but believes no other.
    let begun = gate.party.begin_authentication_for(&[&key.credential], &[9; 32]).expect("options");
    phone.lies.user_handle = Some(BEN.as_bytes().to_vec());
    let answer = phone.get(&begun.options, ORIGIN);
    assert_eq!(gate.takes(&begun, &answer, &key.credential), Err(Refusal::WrongOwner));
}

#[test]
fn a_state_serves_its_own_ceremony_only() {
    let mut gate = Gate::new();
    let mut phone = Phone::default();
    let registration = gate.invites(ADA);
    let new = phone.create(&registration.options, ORIGIN);
    let key = gate.takes_key(&registration, &new).expect("a key");
    let login = gate.asks();
    let answer = phone.get(&login.options, ORIGIN);

    assert_eq!(gate.takes(&registration, &answer, &key.credential), Err(Refusal::WrongState));
    assert_eq!(gate.takes_key(&login, &new).err(), Some(Refusal::WrongState));
    // Nor does an answer to an earlier challenge.
    let later = gate.asks();
    assert_eq!(gate.takes(&later, &answer, &key.credential), Err(Refusal::WrongChallenge));
    let later = gate.invites(ADA);
    assert_eq!(gate.takes_key(&later, &new).err(), Some(Refusal::WrongChallenge));
    for broken in ["", "{}", "null", r#"{"registration":{}}"#, r#"{"authentication":{"library":{}}}"#] {
        let begun = Begun { options: json!(null), state: broken.to_owned() };
        assert_eq!(gate.takes_key(&begun, &new).err(), Some(Refusal::WrongState));
        assert_eq!(gate.takes(&begun, &answer, &key.credential), Err(Refusal::WrongState));
    }
    assert_eq!(gate.takes(&login, &answer, b"{}"), Err(Refusal::StoredUnreadable));
}

#[test]
fn a_key_the_person_has_already_is_refused() {
    let mut gate = Gate::new();
    let mut phone = Phone::default();
    let user = NewUser { handle: ADA, name: "ada", display_name: "Ada" };
    let old = gate.registers(&mut phone).expect("a key").credential_id;
    // The browser would not let it happen, so the phone gets options without the list and a key of
    // the same id, and the gate knows better.
    let mut begun =
        gate.party.begin_registration(&user, std::slice::from_ref(&old), &[9; 32]).expect("options");
    begun.options["publicKey"]["excludeCredentials"] = json!([]);
    let answer = phone.create(&begun.options, ORIGIN);
    gate.takes_key(&begun, &answer).expect("another key of the same phone");
    let new = phone.keys[1].credential_id.clone();
    let mut begun = gate.party.begin_registration(&user, &[old, new], &[9; 32]).expect("options");
    begun.options["publicKey"]["excludeCredentials"] = json!([]);
    assert_eq!(gate.takes_key(&begun, &answer).err(), Some(Refusal::AlreadyRegistered));
}

#[test]
fn a_nameless_user_gets_no_key() {
    let gate = Gate::new();
    for (name, display_name) in [("", "Ada"), ("ada", "")] {
        let user = NewUser { handle: ADA, name, display_name };
        let refused = gate.party.begin_registration(&user, &[], &[9; 32]);
        assert_eq!(refused.err(), Some(Refusal::NamelessUser));
    }
}

#[test]
fn keys_of_other_algorithms_are_refused() {
    // ES384, ES512, EdDSA, ES256K, PS256: all on a P-256 key, the first two a known confusion.
    for algorithm in [-35, -36, -8, -47, -37] {
        let mut phone =
            Phone { lies: Lies { algorithm: Some(algorithm), ..Lies::default() }, ..Phone::default() };
        assert_eq!(
            Gate::new().registers(&mut phone).err(),
            Some(Refusal::UnsupportedAlgorithm),
            "{algorithm}"
        );
        // Nor does a statement that cannot be checked open a side door.
        phone.manner.statement = Statement::Foreign("compound");
        assert_eq!(
            Gate::new().registers(&mut phone).err(),
            Some(Refusal::UnsupportedAlgorithm),
            "{algorithm}"
        );
    }
}

#[test]
fn ids_outside_and_inside_must_agree() {
    let mut gate = Gate::new();
    let mut phone = Phone::default();
    let begun = gate.invites(ADA);
    let honest = phone.create(&begun.options, ORIGIN);
    let mut answer = honest.clone();
    answer["rawId"] = json!("AAAA");
    assert_eq!(gate.takes_key(&begun, &answer).err(), Some(Refusal::Malformed));
    let mut answer = honest;
    answer["type"] = json!("password");
    assert_eq!(gate.takes_key(&begun, &answer).err(), Some(Refusal::Malformed));
}
