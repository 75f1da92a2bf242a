//! What must work.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use x509_parser::prelude::FromDer as _;

use super::super::phone::{Manner, Phone, Statement, TEST_MODEL};
use super::super::{Attestation, BadConfig};
use super::*;

#[test]
fn registration_asks_for_a_discoverable_verified_key() {
    let gate = Gate::new();
    let user = NewUser { handle: ADA, name: "ada@torhausen", display_name: "Ada" };
    let begun = gate.party.begin_registration(&user, &[vec![9; 4]], &[7; 32]).expect("options");
    assert_eq!(
        begun.options,
        json!({"publicKey": {
            "rp": {"id": "id.torhausen.example", "name": "Torhausen"},
            "user": {"id": "raAAAAAAQACAAAAAAAAAAQ", "name": "ada@torhausen", "displayName": "Ada"},
            "challenge": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",
            "pubKeyCredParams": [{"type": "public-key", "alg": -7}, {"type": "public-key", "alg": -257}],
            "timeout": 300_000,
            "excludeCredentials": [{"type": "public-key", "id": "CQkJCQ"}],
            "authenticatorSelection": {
                "residentKey": "required", "requireResidentKey": true, "userVerification": "required",
            },
            "attestation": "direct",
            "extensions": {"credProps": true},
        }})
    );
}

#[test]
fn login_asks_for_any_key_and_conditional_only_on_wish() {
    let gate = Gate::new();
    let modal = gate.party.begin_authentication(Mediation::Modal, &[7; 32]).options;
    let options = json!({
        "rpId": "id.torhausen.example",
        "challenge": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",
        "timeout": 300_000,
        "allowCredentials": [],
        "userVerification": "required",
    });
    assert_eq!(modal, json!({"publicKey": options}));
    let conditional = gate.party.begin_authentication(Mediation::Conditional, &[7; 32]).options;
    assert_eq!(conditional, json!({"publicKey": options, "mediation": "conditional"}));
}

#[test]
fn every_lawful_phone_registers_and_logs_in() {
    for (backup_eligible, backup_state) in [(false, false), (true, false), (true, true)] {
        for counts in [false, true] {
            for statement in [Statement::None, Statement::SelfPacked] {
                let manner = Manner { backup_eligible, backup_state, counts, statement, ..Manner::default() };
                let mut gate = Gate::new();
                let mut phone = Phone::new(manner.clone());
                let key = gate.registers(&mut phone).expect("a key");
                assert_eq!((key.backup_eligible, key.backup_state), (backup_eligible, backup_state));
                assert!(key.user_verified);
                assert_eq!(key.user_handle, ADA);
                assert_eq!(key.credential_id, phone.keys[0].credential_id);
                assert_eq!(key.aaguid, Some(TEST_MODEL));
                assert_eq!(key.transports, ["internal", "hybrid"]);
                let expected =
                    if statement == Statement::None { Attestation::None } else { Attestation::SelfSigned };
                assert_eq!(key.attestation, expected);

                let mut stored = key.credential;
                for time in 2..4 {
                    let login = gate.logs_in(&mut phone, &stored).expect("a login");
                    assert_eq!(login.user_handle, ADA);
                    assert_eq!(login.counter, if counts { time } else { 0 });
                    assert_eq!((login.backup_eligible, login.backup_state), (backup_eligible, backup_state));
                    assert!(login.user_verified && !login.newly_backed_up);
                    assert_eq!(login.updated.is_some(), counts, "only a counter changes the row");
                    stored = login.updated.unwrap_or(stored);
                }
            }
        }
    }
}

#[test]
fn the_public_key_verifies_elsewhere() {
    let algorithms: [(bool, i64, &dyn VerificationAlgorithm); 2] =
        [(false, -7, &ECDSA_P256_SHA256_ASN1), (true, -257, &RSA_PKCS1_2048_8192_SHA256)];
    for (rsa, algorithm, verification) in algorithms {
        let mut gate = Gate::new();
        let mut phone = Phone::new(Manner { rsa, statement: Statement::SelfPacked, ..Manner::default() });
        let key = gate.registers(&mut phone).expect("a key");
        assert_eq!(key.public_key.algorithm, algorithm);
        assert!(key.public_key.spki_der.ends_with(phone.keys[0].public_key()));
        gate.logs_in(&mut phone, &key.credential).expect("a login");

        let answer = phone.get(&gate.asks().options, ORIGIN);
        let part = |name: &str| {
            URL_SAFE_NO_PAD.decode(answer["response"][name].as_str().expect("text")).expect("base64url")
        };
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &part("clientDataJSON"));
        let message = [part("authenticatorData").as_slice(), hash.as_ref()].concat();
        let (rest, spki) = x509_parser::x509::SubjectPublicKeyInfo::from_der(&key.public_key.spki_der)
            .expect("SubjectPublicKeyInfo");
        assert!(rest.is_empty());
        assert_eq!(&*spki.subject_public_key.data, phone.keys[0].public_key());
        UnparsedPublicKey::new(verification, &key.public_key.spki_der)
            .verify(&message, &part("signature"))
            .expect("the other library agrees");
    }
}

#[test]
fn a_phone_that_does_not_name_its_model_is_welcome() {
    let mut phone = Phone::new(Manner { aaguid: [0; 16], ..Manner::default() });
    assert_eq!(Gate::new().registers(&mut phone).expect("a key").aaguid, None);
}

#[test]
fn unknown_transports_are_dropped_and_known_ones_kept_once() {
    let named = ["usb", "smart-card", "usb", "carrier-pigeon"].map(str::to_owned).to_vec();
    let mut phone = Phone::new(Manner { transports: named, ..Manner::default() });
    assert_eq!(Gate::new().registers(&mut phone).expect("a key").transports, ["usb"]);
}

#[test]
fn credential_ids_have_1023_bytes_at_most() {
    let register = |credential_id_bytes| {
        Gate::new().registers(&mut Phone::new(Manner { credential_id_bytes, ..Manner::default() }))
    };
    assert_eq!(register(1023).expect("a key").credential_id.len(), 1023);
    assert_eq!(register(1024).expect_err("too long"), Refusal::Malformed);
}

#[test]
fn turning_up_in_a_backup_is_reported_once() {
    let mut gate = Gate::new();
    let mut phone = Phone::new(Manner { backup_eligible: true, ..Manner::default() });
    let key = gate.registers(&mut phone).expect("a key");
    phone.manner.backup_state = true;
    let login = gate.logs_in(&mut phone, &key.credential).expect("a login");
    assert!(login.backup_state && login.newly_backed_up);
    let stored = login.updated.expect("the row changes");
    let again = gate.logs_in(&mut phone, &stored).expect("a login");
    assert!(again.backup_state && !again.newly_backed_up && again.updated.is_none());
    phone.manner.backup_state = false;
    let gone = gate.logs_in(&mut phone, &stored).expect("a login");
    assert!(!gone.backup_state && !gone.newly_backed_up && gone.updated.is_some());
}

#[test]
fn confirming_names_the_keys_and_needs_no_user_handle() {
    let mut gate = Gate::new();
    let mut phone = Phone::new(Manner { names_user: false, ..Manner::default() });
    let old = gate.registers(&mut phone).expect("a key");
    let new = gate.registers(&mut phone).expect("a key");

    let begun = gate.party.begin_authentication_for(&[&old.credential], &[9; 32]).expect("options");
    assert_eq!(
        begun.options["publicKey"]["allowCredentials"],
        json!([{
            "type": "public-key",
            "id": URL_SAFE_NO_PAD.encode(&old.credential_id),
            "transports": ["internal", "hybrid"],
        }])
    );
    let answer = phone.get(&begun.options, ORIGIN);
    assert_eq!(gate.takes(&begun, &answer, &old.credential).expect("a login").user_handle, ADA);

    // The phone's other key is not asked for, though it is Ada's too.
    let mut other = begun.options.clone();
    other["publicKey"]["allowCredentials"] = json!([]);
    let answer = phone.get(&other, ORIGIN);
    assert_eq!(gate.takes(&begun, &answer, &new.credential), Err(Refusal::UnknownCredential));
    let none = gate.party.begin_authentication_for(&[], &[9; 32]);
    assert_eq!(none.expect_err("an empty list means any"), Refusal::UnknownCredential);
}

#[test]
fn configuration_is_checked_as_a_browser_would() {
    let new = |rp_id: &str, origin: &str| {
        let origin = Url::parse(origin).expect("an address");
        RelyingParty::new(rp_id, "Torhausen", &origin, AttestationTrust::default()).map(|_| ())
    };
    for (rp_id, origin) in [
        ("id.town.example", "https://id.town.example"),
        ("town.example", "https://id.town.example:8443"),
        ("localhost", "http://localhost:8080"),
        ("localhost", "https://localhost:8443"),
    ] {
        assert_eq!(new(rp_id, origin), Ok(()), "{rp_id} at {origin}");
    }
    for (rp_id, origin) in [
        ("town.example", "https://town.example.evil"),
        ("own.example", "https://town.example"),
        ("id.town.example", "https://town.example"),
        ("example", "https://town.example"),
        ("192.0.2.1", "https://192.0.2.1"),
        ("", "https://town.example"),
    ] {
        assert!(
            matches!(new(rp_id, origin), Err(BadConfig::RpIdOutsideOrigin { .. })),
            "{rp_id} at {origin}"
        );
    }
    assert!(matches!(new("town.example", "http://town.example"), Err(BadConfig::InsecureOrigin(_))));
    assert!(matches!(new("town.example", "https://town.example/login"), Err(BadConfig::NotAnOrigin(_))));
    assert!(matches!(new("town.example", "https://ada@town.example"), Err(BadConfig::NotAnOrigin(_))));
}
