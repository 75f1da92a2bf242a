//! Whom we believe about a new key.

use super::super::phone::{Lies, Maker, Manner, Phone, Statement, TEST_MODEL};
use super::super::{Attestation, BadRoot};
use super::*;

fn phone_of(maker: Maker) -> Phone {
    let manner = Manner { statement: Statement::Packed, ..Manner::default() };
    Phone { manner, maker: Some(maker), ..Phone::default() }
}

fn judged(trust: AttestationTrust, phone: &mut Phone) -> Attestation {
    Gate::trusting(trust).registers(phone).expect("a key").attestation
}

fn trusting(roots: &str) -> AttestationTrust {
    AttestationTrust::from_pem(roots).expect("roots")
}

fn untrusted() -> Attestation {
    Attestation::Untrusted { format: "packed".to_owned() }
}

#[test]
fn a_known_maker_is_trusted_and_others_are_not() {
    let (known, stranger) = (Maker::new("Known Root"), Maker::new("Strange Root"));
    let roots = known.root_pem.clone();
    let expected = Attestation::Trusted { format: "packed".to_owned(), root: "CN=Known Root".to_owned() };
    let mut phone = phone_of(known);
    assert_eq!(judged(trusting(&roots), &mut phone), expected);
    assert_eq!(judged(trusting(""), &mut phone), untrusted(), "an empty list trusts nobody");
    assert_eq!(judged(trusting(&roots), &mut phone_of(stranger)), untrusted());
}

#[test]
fn a_namesake_of_a_root_neither_helps_nor_harms() {
    let (known, namesake) = (Maker::new("Root"), Maker::new("Root"));
    let expected = Attestation::Trusted { format: "packed".to_owned(), root: "CN=Root".to_owned() };
    assert_eq!(judged(trusting(&known.root_pem), &mut phone_of(Maker::new("Root"))), untrusted());
    let roots = format!("{}{}", namesake.root_pem, known.root_pem);
    assert_eq!(judged(trusting(&roots), &mut phone_of(known)), expected);
}

#[test]
fn certificates_outlive_nothing() {
    let maker = Maker::new("Root");
    let mut gate = Gate::trusting(trusting(&maker.root_pem));
    let mut phone = phone_of(maker);
    let begun = gate.invites(ADA);
    let answer = phone.create(&begun.options, ORIGIN).to_string();
    // rcgen's certificates begin in 1975 and end in 4096.
    let early = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
    let key = gate.party.finish_registration(&begun.state, answer.as_bytes(), early).expect("a key");
    assert_eq!(key.attestation, untrusted());
}

#[test]
fn models_may_be_listed_and_revoked() {
    let maker = Maker::new("Root");
    let roots = maker.root_pem.clone();
    let mut phone = phone_of(maker);
    let trusted = |attestation| matches!(attestation, Attestation::Trusted { .. });
    assert!(trusted(judged(trusting(&roots).only_models([TEST_MODEL]), &mut phone)));
    assert!(!trusted(judged(trusting(&roots).only_models([[7; 16]]), &mut phone)));
    assert!(!trusted(judged(trusting(&roots).only_models([]), &mut phone)));
    assert!(!trusted(judged(trusting(&roots).revoked_models([TEST_MODEL]), &mut phone)));
    assert!(trusted(judged(trusting(&roots).revoked_models([[7; 16]]), &mut phone)));
    phone.manner.aaguid = [0; 16];
    assert!(trusted(judged(trusting(&roots), &mut phone)));
    assert!(!trusted(judged(trusting(&roots).only_models([TEST_MODEL]), &mut phone)));
}

#[test]
fn a_statement_that_contradicts_the_key_is_refused() {
    let maker = Maker::new("Root");
    let mut gate = Gate::trusting(trusting(&maker.root_pem));
    let mut phone = phone_of(maker);
    let lie = Lies::default;
    for lies in [Lies { spoils_signature: true, ..lie() }, Lies { certified_aaguid: Some([7; 16]), ..lie() }]
    {
        phone.lies = lies;
        assert_eq!(gate.registers(&mut phone).err(), Some(Refusal::AttestationInvalid));
    }
    let mut phone = Phone::new(Manner { statement: Statement::SelfPacked, ..Manner::default() });
    phone.lies.spoils_signature = true;
    assert_eq!(gate.registers(&mut phone).err(), Some(Refusal::AttestationInvalid));
}

#[test]
fn a_statement_nobody_understands_counts_as_none() {
    for format in ["compound", "android-safetynet", "made-up"] {
        let mut phone = Phone::new(Manner { statement: Statement::Foreign(format), ..Manner::default() });
        let mut gate = Gate::new();
        let key = gate.registers(&mut phone).expect("a key");
        assert_eq!(key.attestation, Attestation::Untrusted { format: format.to_owned() });
        gate.logs_in(&mut phone, &key.credential).expect("a login");
        // The other checks remain.
        phone.manner.user_verified = false;
        assert_eq!(gate.registers(&mut phone).err(), Some(Refusal::NotUserVerified));
    }
}

#[test]
fn certificates_are_judged_and_not_kept() {
    let maker = Maker::new("Root");
    let mut gate = Gate::trusting(trusting(&maker.root_pem));
    let key = gate.registers(&mut phone_of(maker)).expect("a key");
    assert!(key.credential.len() < 700, "{} bytes", key.credential.len());
}

#[test]
fn roots_that_are_no_certificates_are_named() {
    let good = Maker::new("Root").root_pem;
    let bad = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let number = |roots: &str| AttestationTrust::from_pem(roots).err().map(|BadRoot { number, .. }| number);
    assert_eq!(number(""), None);
    assert_eq!(number(&good), None);
    assert_eq!(number(bad), Some(1));
    assert_eq!(number(&format!("{good}{bad}")), Some(2));
}
