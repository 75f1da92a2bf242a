//! Certificates, keys at rest, revocation lists, the signer's renewal.

use super::*;
use crate::store::{Fault as StoreFault, appliance};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use std::sync::Arc;
use std::time::Duration;
use x509_parser::prelude::{CertificateRevocationList, FromDer as _, X509Certificate};

fn certificate(name: &str, house: &House) -> Vec<u8> {
    house.store.read(|db| appliance::authority(name, db)).unwrap().unwrap().0
}

fn sealed(name: &str, house: &House) -> Option<Vec<u8>> {
    house.store.read(|db| appliance::authority(name, db)).unwrap().unwrap().1
}

#[test]
fn the_authorities_have_the_profile_they_should() {
    let house = House::new();
    let (root_der, issuing_der) = (certificate(ROOT, &house), certificate(ISSUING, &house));
    let (_, root) = X509Certificate::from_der(&root_der).unwrap();
    let (_, issuing) = X509Certificate::from_der(&issuing_der).unwrap();
    assert_eq!(root.subject().to_string(), "O=Stadt Birkenfurt, CN=Stadt Birkenfurt Root CA");
    assert_eq!(issuing.subject().to_string(), "O=Stadt Birkenfurt, CN=Stadt Birkenfurt Issuing CA");
    assert_eq!(issuing.issuer().as_raw(), root.subject().as_raw());
    for (one, depth, years) in [(&root, 1, 20), (&issuing, 0, 5)] {
        let constraints = one.basic_constraints().unwrap().unwrap();
        assert!(constraints.critical && constraints.value.ca);
        assert_eq!(constraints.value.path_len_constraint, Some(depth));
        let usage = one.key_usage().unwrap().unwrap();
        assert!(usage.critical && usage.value.key_cert_sign() && usage.value.crl_sign());
        assert!(!usage.value.digital_signature());
        let serial = one.raw_serial();
        assert!(serial.len() == 16 && serial[0] < 0x80 && serial[0] != 0);
        let life = one.validity().not_after.timestamp() - NOW.as_seconds();
        assert!((life / 86_400 - years * 365).abs() <= 6, "{life}");
    }
    assert_ne!(root.raw_serial(), issuing.raw_serial());
    root.verify_signature(None).unwrap();
    issuing.verify_signature(Some(root.public_key())).unwrap();
}

#[test]
fn a_town_has_one_pair_of_authorities_and_a_name() {
    let house = House::new();
    let before = certificate(ROOT, &house);
    let again = create("Stadt Birkenfurt", &house.keys.keys(), &house.dice, NOW).unwrap();
    assert!(!house.store.write_blocking(NOW.0, move |db| again.keep(db)).unwrap());
    assert_eq!(certificate(ROOT, &house), before);
    let nameless = create(" \u{7}\n ", &house.keys.keys(), &house.dice, NOW);
    assert!(matches!(nameless, Err(Fault::Town(_))));
    let long = create(&"Ö".repeat(300), &house.keys.keys(), &house.dice, NOW).unwrap();
    let (_, root) = X509Certificate::from_der(&long.root.0).unwrap();
    assert_eq!(root.subject().iter_organization().next().unwrap().as_str().unwrap().chars().count(), 64);
    assert_eq!(root.subject().iter_common_name().next().unwrap().as_str().unwrap().chars().count(), 64);
}

#[test]
fn keys_lie_sealed_and_only_in_their_own_row() {
    let house = House::new();
    let text = house.store.read(|db| Ok(export_root(&house.keys, db))).unwrap().unwrap();
    let PrivateKeyDer::Pkcs8(clear) = PrivateKeyDer::from_pem_slice(text.as_bytes()).unwrap() else {
        panic!()
    };
    let row = sealed(ROOT, &house).unwrap();
    // The private scalar of a P-256 key in PKCS #8 begins at byte 36.
    let scalar = &clear.secret_pkcs8_der()[36..68];
    assert!(!row.windows(32).any(|window| window == scalar));

    // The root's sealed key in the issuing authority's row does not open.
    let issuing_row = sealed(ISSUING, &house).unwrap();
    house
        .store
        .write_blocking(NOW.0, move |db| appliance::reseal_authority(ISSUING, &issuing_row, Some(&row), db))
        .unwrap();
    let loaded = house.store.read(|db| Ok(issuing(&house.keys, db))).unwrap();
    assert!(matches!(loaded, Err(Fault::Sealed { .. })));
}

#[test]
fn a_certificate_put_in_place_of_ours_is_noticed() {
    let (house, other) = (House::new(), House::new());
    let forged = certificate(ISSUING, &other);
    house
        .store
        .write_blocking(NOW.0, move |db| {
            db.change("UPDATE authority SET certificate = $1 WHERE name = 'issuing'", &[&forged])
        })
        .unwrap();
    let loaded = house.store.read(|db| Ok(issuing(&house.keys, db))).unwrap();
    assert!(matches!(loaded, Err(Fault::Damaged(_))));
}

#[test]
fn a_tls_client_that_trusts_the_root_accepts_the_server_certificate() {
    let house = House::new();
    let made =
        server_certificate(&house.issuing(), "https://id.birkenfurt.example:8443", true, &house.dice, NOW);
    let made = made.unwrap();
    let chain: Vec<_> =
        CertificateDer::pem_slice_iter(made.chain_pem.as_bytes()).map(Result::unwrap).collect();
    assert_eq!(chain.len(), 2);
    assert!(PrivateKeyDer::from_pem_slice(made.key_pem.as_bytes()).is_ok());

    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(house.root_pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = rustls::client::WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .unwrap();
    let accepts = |name: &str, at: Timestamp| {
        use rustls::client::danger::ServerCertVerifier as _;
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let at = UnixTime::since_unix_epoch(Duration::from_secs(at.as_seconds().unsigned_abs()));
        verifier.verify_server_cert(&chain[0], &chain[1..], &name, &[], at).is_ok()
    };
    for name in ["id.birkenfurt.example", "localhost", "127.0.0.1", "::1"] {
        assert!(accepts(name, NOW), "{name}");
    }
    assert!(!accepts("elsewhere.example", NOW));
    assert!(accepts("localhost", NOW + days(89)) && !accepts("localhost", NOW + days(91)));
    assert_eq!(made.expires, NOW + days(90));
}

#[test]
fn outside_a_demo_only_the_public_host_is_certified() {
    let house = House::new();
    let issuing = house.issuing();
    let make = |origin| server_certificate(&issuing, origin, false, &house.dice, NOW);
    let chain = make("https://id.birkenfurt.example").unwrap().chain_pem;
    let leaf = CertificateDer::pem_slice_iter(chain.as_bytes()).next().unwrap().unwrap();
    let (_, leaf) = X509Certificate::from_der(&leaf).unwrap();
    let names = &leaf.subject_alternative_name().unwrap().unwrap().value.general_names;
    assert_eq!(names.len(), 1);
    assert!(leaf.key_usage().unwrap().unwrap().value.digital_signature());
    assert!(leaf.extended_key_usage().unwrap().unwrap().value.server_auth);
    assert!(!leaf.basic_constraints().unwrap().unwrap().value.ca);
    for wrong in ["", "birkenfurt", "mailto:a@b.example", "unix:/run/x"] {
        assert!(matches!(make(wrong), Err(Fault::Address(_))), "{wrong}");
    }
    // Nothing outlives the authority.
    let late = issuing.expires - days(10);
    let made = server_certificate(&issuing, ORIGIN, false, &house.dice, late).unwrap();
    assert_eq!(made.expires, issuing.expires);
    let after = server_certificate(&issuing, ORIGIN, false, &house.dice, issuing.expires);
    assert!(matches!(after, Err(Fault::Expired(_))));
}

#[test]
fn revocation_lists_are_signed_numbered_and_short_lived() {
    let house = House::new();
    let make = |now| house.store.read(|db| Ok(issuing_crl(&house.keys, db, now))).unwrap().unwrap();
    let (first, later) = (make(NOW), make(NOW + Span::hours(1)));
    let parse = |der: &[u8], by: &str| {
        let (_, list) = CertificateRevocationList::from_der(der).unwrap();
        let issuer = certificate(by, &house);
        let (_, issuer) = X509Certificate::from_der(&issuer).unwrap();
        list.verify_signature(issuer.public_key()).unwrap();
        assert_eq!(list.issuer().as_raw(), issuer.subject().as_raw());
        assert_eq!(list.iter_revoked_certificates().count(), 0);
        let next = list.next_update().unwrap().timestamp() - list.last_update().timestamp();
        (list.crl_number().unwrap().clone(), next)
    };
    assert!(parse(&first, ISSUING).0 < parse(&later, ISSUING).0);
    assert_eq!(parse(&first, ISSUING).1, 86_400);
    let root = house.store.read(|db| Ok(root_crl(&house.keys, db, NOW))).unwrap().unwrap();
    assert_eq!(parse(&root, ROOT).1, 30 * 86_400);
}

#[test]
fn the_root_key_can_leave_and_a_last_list_stays() {
    let house = House::new();
    let text = house.store.read(|db| Ok(export_root(&house.keys, db))).unwrap().unwrap();
    assert!(text.starts_with(&house.root_pem()));
    let removal = house.store.read(|db| Ok(prepare_removal(&house.keys, db, NOW))).unwrap().unwrap();
    let once = removal.clone();
    assert!(house.store.write_blocking(NOW.0, move |db| once.keep(db)).unwrap());
    assert!(!house.store.write_blocking(NOW.0, move |db| removal.keep(db)).unwrap());
    assert_eq!(sealed(ROOT, &house), None);
    let gone = house.store.read(|db| Ok(export_root(&house.keys, db))).unwrap();
    assert!(matches!(gone, Err(Fault::Offline(_))));
    // The daily work goes on.
    house.signer(NOW);
    let list = house.store.read(|db| Ok(root_crl(&house.keys, db, NOW + days(3)))).unwrap().unwrap();
    let (_, list) = CertificateRevocationList::from_der(&list).unwrap();
    let next = list.next_update().unwrap().timestamp() - list.last_update().timestamp();
    assert_eq!(next, 365 * 86_400);
    // The exported copy is the key of the root certificate.
    let PrivateKeyDer::Pkcs8(key) = PrivateKeyDer::from_pem_slice(text.as_bytes()).unwrap() else { panic!() };
    let key = key::Key::from_pkcs8(key.secret_pkcs8_der()).unwrap();
    let der = certificate(ROOT, &house);
    let (_, root) = X509Certificate::from_der(&der).unwrap();
    assert_eq!(root.public_key().raw, key.public_der().unwrap());
}

#[test]
fn the_signer_is_kept_renewed_in_time_and_its_former_key_destroyed() {
    let house = House::new();
    let first = house.signer(NOW);
    assert_eq!(house.signer(NOW + days(600)).key.kid(), first.key.kid());
    let renewed = house.signer(NOW + days(641));
    assert_ne!(renewed.key.kid(), first.key.kid());
    assert_eq!(renewed.expires(), NOW + days(641 + 730));
    assert_eq!(sealed("signer", &house), None);
    assert!(sealed("signer-2", &house).is_some());
    // Near the end of the issuing authority a renewal gains nothing and does not happen over and over.
    let issuing_ends = house.issuing().expires;
    let near = issuing_ends - days(30);
    let last = house.signer(near);
    assert_eq!(last.expires().as_seconds(), issuing_ends.as_seconds());
    assert_eq!(house.signer(near + days(1)).key.kid(), last.key.kid());
    let over = ensure_signer_blocking(&house.store, &house.keys, &house.dice, issuing_ends + days(1));
    assert!(matches!(over, Err(Fault::Expired(_))));
}

#[tokio::test]
async fn the_waiting_form_makes_the_same_signer() {
    let house = House::new();
    let made = ensure_signer(&house.store, &house.keys, &house.dice, NOW).await.unwrap();
    assert_eq!(made.key.kid(), house.signer(NOW).key.kid());
}

#[test]
fn without_set_up_there_is_no_signer() {
    let house = House::empty();
    let none = ensure_signer_blocking(&house.store, &house.keys, &house.dice, NOW);
    assert!(matches!(none, Err(Fault::Missing(_))));
    let none: Result<_, StoreFault> = house.store.read(|db| Ok(root_pem(db)));
    assert!(matches!(none.unwrap(), Err(Fault::Missing(_))));
}
