//! Bindings and their revocation: what holds, and everything that must not.

use super::*;
use crate::ca::binding::{MAX_BINDING, Subject, Verified, verify};
use crate::domain::assurance::{IdentityMethod, Level};
use crate::domain::id::BindingId;
use crate::jose::{Algorithm, SigningKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose};
use serde_json::{Value, json};
use std::sync::LazyLock;

const ID: BindingId = BindingId::from_bytes([7; 16]);

/// A P-256 key as an authenticator hands it out.
fn authenticator() -> Vec<u8> {
    key::Key::generate().unwrap().public_der().unwrap()
}

fn subject(spki: &[u8]) -> Subject<'_> {
    Subject {
        id: ID,
        method: IdentityMethod::GermanEid,
        level: Level::High,
        checked: NOW - days(3),
        document_expires: Some(NOW + days(900)),
        provider: "demo-eid",
        public_key_spki: spki,
        credential_id: b"credential",
        demo: true,
    }
}

fn issue(spki: &[u8], signer: &Signer, now: Timestamp) -> Result<String, Fault> {
    crate::ca::binding::issue(&subject(spki), ORIGIN, signer, now)
}

/// A binding of some key, with its id.
pub(crate) fn a_binding(signer: &Signer) -> (BindingId, String) {
    (ID, issue(&authenticator(), signer, NOW).unwrap())
}

fn parsed(document: &str) -> Value {
    serde_json::from_str(document).unwrap()
}

fn try_verify(document: &Value, house: &House, now: Timestamp) -> Result<Verified, Refused> {
    verify(document.to_string().as_bytes(), &house.root_pem(), None, now)
}

#[test]
fn a_binding_holds_and_says_what_was_said() {
    let house = House::new();
    let key = authenticator();
    let document = issue(&key, &house.signer(NOW), NOW).unwrap();
    let verified = verify(document.as_bytes(), &house.root_pem(), None, NOW).unwrap();
    assert_eq!(verified.id, ID);
    assert_eq!(verified.issuer, ORIGIN);
    assert_eq!((verified.issued, verified.checked), (NOW, NOW - days(3)));
    assert_eq!((verified.method, verified.level), (IdentityMethod::GermanEid, Level::High));
    assert_eq!(verified.document_expires, Some(NOW + days(900)));
    assert_eq!(verified.key.thumbprint(), spki::jwk(&key).unwrap().thumbprint());
    assert!(verified.demo && !verified.revocation_checked);
    // It outlives its signer.
    assert!(verify(document.as_bytes(), &house.root_pem(), None, NOW + days(1000)).is_ok());
    // Nothing in it but what the room documents.
    let payload = parsed(&document)["statement"].as_str().unwrap().split('.').nth(1).unwrap().to_owned();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    let names: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    let known = [
        "checked_at",
        "cnf",
        "credential_id_sha256",
        "demo",
        "document_expires",
        "iat",
        "iss",
        "jti",
        "level",
        "method",
        "provider",
        "sub",
    ];
    let mut names = names;
    names.sort_unstable();
    assert_eq!(names, known);
}

#[test]
fn every_kind_of_authenticator_key_is_taken_and_no_other() {
    use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
    use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair};
    let jwk = |der: &[u8]| serde_json::to_value(spki::jwk(der)).unwrap();
    let p256 = authenticator();
    assert_eq!((&jwk(&p256)["kty"], &jwk(&p256)["crv"]), (&json!("EC"), &json!("P-256")));
    let edwards = Ed25519KeyPair::generate().unwrap();
    let der: PublicKeyX509Der<'_> = edwards.public_key().as_der().unwrap();
    assert_eq!(jwk(der.as_ref())["x"], json!(URL_SAFE_NO_PAD.encode(edwards.public_key().as_ref())));
    let rsa = RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let der: PublicKeyX509Der<'_> = rsa.public_key().as_der().unwrap();
    let modulus = rsa.public_key().modulus();
    let n = URL_SAFE_NO_PAD.encode(modulus.big_endian_without_leading_zero());
    assert_eq!((&jwk(der.as_ref())["n"], &jwk(der.as_ref())["e"]), (&json!(n), &json!("AQAB")));

    let p384 = EcdsaKeyPair::generate(&aws_lc_rs::signature::ECDSA_P384_SHA384_ASN1_SIGNING).unwrap();
    let p384: PublicKeyX509Der<'_> = p384.public_key().as_der().unwrap();
    let mut off_curve = p256.clone();
    *off_curve.last_mut().unwrap() ^= 1;
    let signer = House::new().signer(NOW);
    let more = [p256.as_slice(), &[0]].concat();
    for wrong in [p384.as_ref(), &off_curve, &more, &p256[..80], &[], &[0x30, 0]] {
        assert!(matches!(issue(wrong, &signer, NOW), Err(Fault::AuthenticatorKey)));
    }
}

/// A signer whose certificate the test shapes.
fn odd_signer(house: &House, now: Timestamp, shape: impl FnOnce(&mut CertificateParams)) -> Signer {
    let issuing = house.issuing();
    let key = key::Key::generate().unwrap();
    let mut params = issuing.leaf("Statements", days(30), &house.dice, now);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(vec![1, 3, 6, 1, 5, 5, 7, 3, 36])];
    shape(&mut params);
    signer_with(issuing.certify(&params, &key).unwrap(), &key, house.issuing().certificate)
}

fn signer_with(leaf: Vec<u8>, key: &key::Key, issuing: Vec<u8>) -> Signer {
    let mut signer = House::new().signer(NOW);
    signer.key = SigningKey::from_pkcs8(Algorithm::Es256, &key.to_pkcs8().unwrap()).unwrap();
    signer.certificates = [leaf, issuing];
    signer
}

#[test]
fn signers_which_the_root_does_not_vouch_for_are_refused() {
    let house = House::new();
    let key = authenticator();
    let check = |signer: &Signer, now| {
        let document = issue(&key, signer, now).unwrap();
        verify(document.as_bytes(), &house.root_pem(), None, now + days(100)).map(|_| ())
    };
    assert_eq!(check(&odd_signer(&house, NOW, |_| ()), NOW), Ok(()), "the shape alone is fine");

    let none = |params: &mut CertificateParams| params.extended_key_usages.clear();
    assert_eq!(check(&odd_signer(&house, NOW, none), NOW), Err(Refused::Usage));
    let tls = |params: &mut CertificateParams| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    };
    assert_eq!(check(&odd_signer(&house, NOW, tls), NOW), Err(Refused::Usage));
    let any =
        |params: &mut CertificateParams| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any];
    assert_eq!(check(&odd_signer(&house, NOW, any), NOW), Err(Refused::Usage));
    let no_signatures =
        |params: &mut CertificateParams| params.key_usages = vec![KeyUsagePurpose::KeyAgreement];
    assert_eq!(check(&odd_signer(&house, NOW, no_signatures), NOW), Err(Refused::Usage));
    let authority = |params: &mut CertificateParams| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    assert_eq!(check(&odd_signer(&house, NOW, authority), NOW), Err(Refused::Usage));
    let critical = |params: &mut CertificateParams| {
        let mut odd = rcgen::CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
        odd.set_criticality(true);
        params.custom_extensions = vec![odd];
    };
    assert_eq!(check(&odd_signer(&house, NOW, critical), NOW), Err(Refused::Certificate));

    // Signed after the end, and before the beginning, of the certificate.
    let usual = odd_signer(&house, NOW, |_| ());
    assert_eq!(check(&usual, NOW + days(31)), Err(Refused::NotValidThen));
    assert_eq!(check(&usual, NOW - days(1)), Err(Refused::NotValidThen));
}

#[test]
fn another_root_and_authorities_of_ones_own_are_refused() {
    let (house, other) = (House::new(), House::new());
    let key = authenticator();
    let foreign = issue(&key, &other.signer(NOW), NOW).unwrap();
    let check = |document: &str| verify(document.as_bytes(), &house.root_pem(), None, NOW).map(|_| ());
    assert_eq!(check(&foreign), Err(Refused::UnknownRoot));

    // A leaf of the house used as an authority: the holder of a server certificate makes a signer.
    let (leaf_key, own_key) = (key::Key::generate().unwrap(), key::Key::generate().unwrap());
    let issuing = house.issuing();
    let params = issuing.leaf("id.birkenfurt.example", days(30), &house.dice, NOW);
    let leaf = issuing.certify(&params, &leaf_key).unwrap();
    let mut below = issuing.leaf("Statements", days(30), &house.dice, NOW);
    below.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(vec![1, 3, 6, 1, 5, 5, 7, 3, 36])];
    let leaf_as_issuer = rcgen::Issuer::from_params(&params, &leaf_key);
    let forged = below.signed_by(&own_key, &leaf_as_issuer).unwrap().der().to_vec();
    let document = issue(&key, &signer_with(forged, &own_key, leaf.clone()), NOW).unwrap();
    // The leaf was not certified by the root …
    assert_eq!(check(&document), Err(Refused::UnknownRoot));
    // … and if the issuing authority is given out as the root, the leaf may not certify.
    let pretended = pem::certificate(&issuing.certificate);
    let refused = verify(document.as_bytes(), &pretended, None, NOW).map(|_| ());
    assert_eq!(refused, Err(Refused::Root));

    // A signer certified by the root itself, without an authority in between.
    let root =
        house.store.read(|db| Ok(super::super::authority::load(ROOT, &house.keys, db))).unwrap().unwrap();
    let direct = root.certify(&below, &own_key).unwrap();
    let document = issue(&key, &signer_with(direct.clone(), &own_key, direct), NOW).unwrap();
    assert_eq!(check(&document), Err(Refused::NotAnAuthority));
    for bad in ["", "x", &"-".repeat(100_000), &(house.root_pem() + &other.root_pem())] {
        assert_eq!(verify(foreign.as_bytes(), bad, None, NOW).map(|_| ()), Err(Refused::Root));
    }
}

#[test]
fn changed_statements_and_documents_are_refused() {
    let house = House::new();
    let key = authenticator();
    let signer = house.signer(NOW);
    let good = parsed(&issue(&key, &signer, NOW).unwrap());
    assert!(try_verify(&good, &house, NOW).is_ok());
    let statement = |refused| Err(Refused::Statement(refused));
    let with_claims = |change: &dyn Fn(&mut Value)| {
        let mut document = good.clone();
        let token = good["statement"].as_str().unwrap();
        let parts: Vec<_> = token.split('.').collect();
        let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
        change(&mut claims);
        let payload = URL_SAFE_NO_PAD.encode(claims.to_string());
        document["statement"] = json!(format!("{}.{payload}.{}", parts[0], parts[2]));
        try_verify(&document, &house, NOW).map(|_| ())
    };
    let other = serde_json::to_value(spki::jwk(&authenticator()).unwrap()).unwrap();
    let changes: [&dyn Fn(&mut Value); 4] = [
        &|claims| claims["level"] = json!("low"),
        &|claims| claims["cnf"]["jwk"] = other.clone(),
        &|claims| claims["demo"] = json!(false),
        &|claims| claims["checked_at"] = json!(NOW.as_seconds()),
    ];
    for change in changes {
        assert_eq!(with_claims(change), statement(crate::jose::Refused::Signature));
    }
    // A statement of ours for another purpose, and claims of ours which are incomplete.
    let resigned = |typ: &str, claims: &Value| {
        let envelope = super::super::statement::sign(typ, claims, &signer).unwrap();
        try_verify(&serde_json::to_value(envelope).unwrap(), &house, NOW).map(|_| ())
    };
    let claims = json!({ "iss": ORIGIN, "iat": NOW.as_seconds() });
    assert_eq!(resigned("torhaus-audit-checkpoint+jwt", &claims), statement(crate::jose::Refused::Typ));
    assert_eq!(resigned("torhaus-binding+jwt", &claims), statement(crate::jose::Refused::Claims));

    let certificates = |certificates: Value| {
        let mut document = good.clone();
        document["certificates"] = certificates;
        try_verify(&document, &house, NOW).map(|_| ())
    };
    let (leaf, issuing) = (good["certificates"][0].clone(), good["certificates"][1].clone());
    assert_eq!(certificates(json!([leaf])), Err(Refused::Form));
    assert_eq!(certificates(json!([leaf, issuing, issuing])), Err(Refused::Form));
    assert!(certificates(json!([issuing, leaf])).is_err());
    assert_eq!(certificates(json!([STANDARD.encode("nothing"), issuing])), Err(Refused::Certificate));
    assert_eq!(certificates(json!(["A".repeat(6000), issuing])), Err(Refused::TooLarge));
    let mut more = good.clone();
    more["more"] = json!(1);
    assert_eq!(try_verify(&more, &house, NOW), Err(Refused::Form));
    let padded = good.to_string() + &" ".repeat(MAX_BINDING);
    assert_eq!(verify(padded.as_bytes(), &house.root_pem(), None, NOW), Err(Refused::TooLarge));
    assert_eq!(try_verify(&good, &house, NOW - Span::minutes(6)), Err(Refused::Future));
    assert!(try_verify(&good, &house, NOW - Span::minutes(4)).is_ok());
}

#[test]
fn a_revoked_binding_is_refused_by_a_fresh_list_only() {
    let (house, other) = (House::new(), House::new());
    let key = authenticator();
    let signer = house.signer(NOW);
    let binding = issue(&key, &signer, NOW).unwrap();
    let listed = |ids: &[BindingId], issuer: &str, signer: &Signer| {
        let revoked: Vec<_> = ids.iter().map(|id| (*id, NOW)).collect();
        revocations(issuer, &revoked, signer, NOW).unwrap()
    };
    let read = |text: &str, now| Revocations::read(text.as_bytes(), &house.root_pem(), now);
    let check = |list: &Revocations, now| {
        verify(binding.as_bytes(), &house.root_pem(), Some(list), now)
            .map(|verified| verified.revocation_checked)
    };
    let (before, after) = (BindingId::from_bytes([1; 16]), BindingId::from_bytes([9; 16]));
    let with = listed(&[after, ID, before, ID], ORIGIN, &signer);
    let without = listed(&[after, before], ORIGIN, &signer);
    let empty = listed(&[], ORIGIN, &signer);
    let list = read(&with, NOW).unwrap();
    assert_eq!(list.count(), 3);
    assert_eq!(check(&list, NOW), Err(Refused::Revoked));
    assert_eq!(check(&read(&without, NOW).unwrap(), NOW), Ok(true));
    assert_eq!(check(&read(&empty, NOW).unwrap(), NOW), Ok(true));

    assert_eq!(read(&with, NOW + days(2)).unwrap_err(), Refused::RevocationsOutdated);
    assert_eq!(check(&read(&without, NOW).unwrap(), NOW + days(2)), Err(Refused::RevocationsOutdated));
    let elsewhere = listed(&[before], "https://elsewhere.example", &signer);
    assert_eq!(check(&read(&elsewhere, NOW).unwrap(), NOW), Err(Refused::RevocationsOfAnother));
    let foreign = listed(&[before], ORIGIN, &other.signer(NOW));
    assert_eq!(read(&foreign, NOW).unwrap_err(), Refused::UnknownRoot);

    let change = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut document = parsed(&with);
        change(document["revoked"].as_array_mut().unwrap());
        read(&document.to_string(), NOW).unwrap_err()
    };
    assert_eq!(change(&|ids| drop(ids.remove(1))), Refused::RevocationsChanged);
    assert_eq!(change(&|ids| ids.swap(0, 1)), Refused::RevocationsChanged);
    assert_eq!(change(&|ids| ids[1] = json!(BindingId::from_bytes([8; 16]))), Refused::RevocationsChanged);
    assert_eq!(change(&|ids| ids.push(json!("per_00000000000000000000000000"))), Refused::Form);
    // A binding is no list, a list is no binding.
    assert_eq!(read(&binding, NOW).unwrap_err(), Refused::Form);
    assert_eq!(verify(with.as_bytes(), &house.root_pem(), None, NOW), Err(Refused::Form));
}

/// A good document, its root and a good list: made once, properties need many turns.
static GOOD: LazyLock<(String, String, String)> = LazyLock::new(|| {
    let house = House::new();
    let signer = house.signer(NOW);
    let document = issue(&authenticator(), &signer, NOW).unwrap();
    (document, house.root_pem(), revocations(ORIGIN, &[(ID, NOW)], &signer, NOW).unwrap())
});

#[test]
fn a_signature_has_no_unused_bits() {
    let (good, root, _) = &*GOOD;
    for which in 0..2 {
        let mut document = parsed(good);
        let mut der = STANDARD.decode(document["certificates"][which].as_str().unwrap()).unwrap();
        // The signature is the last BIT STRING; the byte behind its length counts the unused bits.
        let at = (der.len() - 80..der.len()).find(|&at| der[at] == 0 && der[at + 1] == 0x30).unwrap();
        for unused in 1..=255 {
            der[at] = unused;
            document["certificates"][which] = json!(STANDARD.encode(&der));
            assert!(verify(document.to_string().as_bytes(), root, None, NOW).is_err(), "{which} {unused}");
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let (_, root, _) = &*GOOD;
        prop_assert!(verify(&bytes, root, None, NOW).is_err());
        prop_assert!(Revocations::read(&bytes, root, NOW).is_err());
        let text = String::from_utf8_lossy(&bytes);
        prop_assert!(verify(GOOD.0.as_bytes(), &text, None, NOW).is_err());
    }

    #[test]
    fn certificates_of_any_bytes_are_refused(at in 0..800_usize, byte in any::<u8>(), which in 0..2_usize) {
        let (good, root, _) = &*GOOD;
        let mut document = parsed(good);
        let mut der = STANDARD.decode(document["certificates"][which].as_str().unwrap()).unwrap();
        let at = at % der.len();
        prop_assume!(der[at] != byte);
        der[at] = byte;
        document["certificates"][which] = json!(STANDARD.encode(der));
        prop_assert!(verify(document.to_string().as_bytes(), root, None, NOW).is_err());
    }

    #[test]
    fn one_other_byte_never_gives_another_binding(at in any::<usize>(), byte in 32..127_u8) {
        let (good, root, list) = &*GOOD;
        let changed = |text: &str| {
            let mut bytes = text.as_bytes().to_vec();
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes
        };
        let original = verify(good.as_bytes(), root, None, NOW).unwrap();
        if let Ok(verified) = verify(&changed(good), root, None, NOW) {
            prop_assert_eq!(verified, original);
        }
        if let Ok(read) = Revocations::read(&changed(list), root, NOW) {
            prop_assert_eq!(verify(good.as_bytes(), root, Some(&read), NOW), Err(Refused::Revoked));
        }
    }
}
