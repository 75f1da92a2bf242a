use jiff::civil::date;

use super::super::certificate::{Certificate, CertificateError, Extensions, encode_key};
use super::super::chain::{ChainError, verify};
use super::super::chat::{Right, Rights, Role};
use super::super::curve::Curve;
use super::super::data_groups::DataGroup;
use super::super::issue::issue;
use super::super::key::KeyError;
use super::super::{oid, tlv};
use super::{Lab, TODAY, key, request};

const CURVE: Curve = Curve::BrainpoolP256r1;

fn refused(root: &Certificate, chain: &[&Certificate]) -> ChainError {
    let chain: Vec<Certificate> = chain.iter().map(|c| (*c).clone()).collect();
    verify(std::slice::from_ref(root), &chain, TODAY).unwrap_err()
}

#[test]
fn every_curve_makes_a_chain() {
    for curve in Curve::ALL {
        let lab = Lab::new(curve, Extensions::default());
        let chain = [lab.verifier, lab.terminal];
        let terminal = verify(&[lab.root], &chain, TODAY).unwrap();
        assert_eq!(terminal.key, *lab.terminal_key.public());
        assert_eq!(terminal.hash, curve.hash());
        assert!(terminal.rights.contains(Right::Read(DataGroup::GivenNames)));
        assert!(!terminal.rights.contains(Right::Read(DataGroup::FamilyNames)));
    }
}

#[test]
fn rights_are_what_everyone_above_has() {
    let lab = Lab::new(CURVE, Extensions::default());
    let few: Rights = [Right::AgeVerification, Right::PinManagement].into_iter().collect();
    let verifier = request("DECVCATEST00001", "DEDVTEST00001", Role::Verifier, few);
    let verifier = issue(&verifier, lab.verifier_key.public(), &lab.root_key).unwrap();
    let terminal = verify(&[lab.root], &[verifier, lab.terminal], TODAY).unwrap();
    assert_eq!(terminal.rights, Rights::NONE.with(Right::AgeVerification));
}

#[test]
fn the_first_and_the_last_day_count() {
    let lab = Lab::new(CURVE, Extensions::default());
    let on =
        |day| verify(std::slice::from_ref(&lab.root), &[lab.verifier.clone(), lab.terminal.clone()], day);
    for day in [date(2026, 11, 1), date(2026, 11, 30)] {
        on(day).unwrap();
    }
    for day in [date(2026, 10, 31), date(2026, 12, 1)] {
        assert!(matches!(on(day), Err(ChainError::Date(_))), "{day}");
    }
}

#[test]
fn a_link_leads_to_the_next_root() {
    let lab = Lab::new(CURVE, Extensions::default());
    let next_key = key(Curve::BrainpoolP384r1, 9);
    let link = request("DECVCATEST00001", "DECVCATEST00002", Role::Cvca, Rights::ALL);
    let link = issue(&link, next_key.public(), &lab.root_key).unwrap();
    let verifier_key = key(Curve::BrainpoolP384r1, 10);
    let verifier = request("DECVCATEST00002", "DEDVTEST00002", Role::OfficialVerifier, Rights::ALL);
    let verifier = issue(&verifier, verifier_key.public(), &next_key).unwrap();
    let terminal_key = key(Curve::BrainpoolP384r1, 11);
    let terminal = request("DEDVTEST00002", "DETERMINAL00002", Role::Terminal, Rights::ALL);
    let terminal = issue(&terminal, terminal_key.public(), &verifier_key).unwrap();
    let chain = [link.clone(), verifier.clone(), terminal.clone()];
    let verified = verify(std::slice::from_ref(&lab.root), &chain, TODAY).unwrap();
    assert_eq!(verified.key, *terminal_key.public());
    // The link serves as a trust point of its own as well.
    verify(&[link], &[verifier.clone(), terminal.clone()], TODAY).unwrap();
    let unknown = verify(&[lab.root], &[verifier.clone(), terminal], TODAY).unwrap_err();
    assert_eq!(unknown, ChainError::UnknownRoot(verifier.authority));
}

#[test]
fn roles_come_down_only() {
    let lab = Lab::new(CURVE, Extensions::default());
    let other = key(CURVE, 7);
    let by_verifier = |role| {
        let request = request("DEDVTEST00001", "DESOMEONE00001", role, Rights::ALL);
        issue(&request, other.public(), &lab.verifier_key).unwrap()
    };
    for role in [Role::Cvca, Role::OfficialVerifier, Role::Verifier] {
        let wrong = by_verifier(role);
        let below = request("DESOMEONE00001", "DETERMINAL00009", Role::Terminal, Rights::ALL);
        let below = issue(&below, lab.terminal_key.public(), &other).unwrap();
        assert_eq!(refused(&lab.root, &[&lab.verifier, &wrong, &below]), ChainError::Role(wrong.holder));
    }
    // A root may not certify a terminal, and a terminal nobody.
    let direct = request("DECVCATEST00001", "DETERMINAL00009", Role::Terminal, Rights::ALL);
    let direct = issue(&direct, other.public(), &lab.root_key).unwrap();
    assert_eq!(refused(&lab.root, &[&direct]), ChainError::Role(direct.holder));
    let below = request("DETERMINAL00001", "DETERMINAL00009", Role::Terminal, Rights::ALL);
    let below = issue(&below, other.public(), &lab.terminal_key).unwrap();
    assert_eq!(refused(&lab.root, &[&lab.verifier, &lab.terminal, &below]), ChainError::Role(below.holder));
}

#[test]
fn a_key_of_somebody_else_is_refused() {
    let lab = Lab::new(CURVE, Extensions::default());
    let forger = key(CURVE, 7);
    let request = request("DEDVTEST00001", "DETERMINAL00001", Role::Terminal, Rights::ALL);
    let forged = issue(&request, lab.terminal_key.public(), &forger).unwrap();
    let error = CertificateError::Key(KeyError::Signature);
    let expected = ChainError::Certificate { holder: forged.holder.clone(), error };
    assert_eq!(refused(&lab.root, &[&lab.verifier, &forged]), expected);
    // A root that did not sign itself.
    let request = super::request("DECVCATEST00001", "DECVCATEST00001", Role::Cvca, Rights::ALL);
    let unsigned = issue(&request, lab.root_key.public(), &forger).unwrap();
    let expected = ChainError::Certificate { holder: unsigned.holder.clone(), error };
    assert_eq!(refused(&unsigned, &[&lab.verifier, &lab.terminal]), expected);
}

#[test]
fn a_point_on_another_curve_is_refused() {
    let lab = Lab::new(CURVE, Extensions::default());
    let elsewhere = key(Curve::P256, 7);
    let request = request("DEDVTEST00001", "DETERMINAL00001", Role::Terminal, Rights::ALL);
    let terminal = issue(&request, elsewhere.public(), &lab.verifier_key).unwrap();
    let error = CertificateError::Key(KeyError::Point);
    let expected = ChainError::Certificate { holder: terminal.holder.clone(), error };
    assert_eq!(refused(&lab.root, &[&lab.verifier, &terminal]), expected);
}

/// The certificate with the objects of its body replaced, its signature left as it was.
fn rebuilt(certificate: &Certificate, change: impl Fn(u16) -> Option<Vec<u8>>) -> Vec<u8> {
    let mut body = tlv::only(0x7F4E, certificate.body()).unwrap().inside().unwrap();
    let mut objects = Vec::new();
    while !body.is_empty() {
        let object = body.object().unwrap();
        objects.extend(change(object.tag).unwrap_or_else(|| object.whole.to_vec()));
    }
    let body = tlv::write(0x7F4E, &[&objects]);
    tlv::write(0x7F21, &[&body, &tlv::write(0x5F37, &[certificate.signature()])])
}

#[test]
fn forms_of_a_certificate_that_are_refused() {
    let lab = Lab::new(CURVE, Extensions { description: Some(vec![1; 32]), ..Extensions::default() });
    let object = |tag, value: &[u8]| tlv::write(tag, &[value]);
    let explicit = encode_key(oid::TA_ECDSA_SHA_256, lab.terminal_key.public(), true);
    let sha_1 = [oid::TA, &[2, 1]].concat();
    let bound = tlv::write(0x73, &[&tlv::write_oid(oid::DESCRIPTION), &object(0x80, &[1; 32])]);
    let cases = [
        ("curve of its own", 0x7F49, explicit, CertificateError::Algorithm),
        ("SHA-1", 0x7F49, tlv::write(0x7F49, &[&tlv::write_oid(&sha_1)]), CertificateError::Algorithm),
        ("profile", 0x5F29, object(0x5F29, &[1]), CertificateError::Profile),
        ("short name", 0x5F20, object(0x5F20, b"DEX0001"), CertificateError::Reference),
        ("name with a gap", 0x42, object(0x42, b"DE CA 00001"), CertificateError::Reference),
        ("no day", 0x5F25, object(0x5F25, &[2, 6, 0, 2, 3, 0]), CertificateError::Date),
        ("no digits", 0x5F24, object(0x5F24, &[2, 6, 0, 2, 0, 10]), CertificateError::Date),
        ("no digits by far", 0x5F24, object(0x5F24, &[255, 6, 0, 2, 0, 1]), CertificateError::Date),
        (
            "two descriptions",
            0x65,
            tlv::write(0x65, &[&bound, &bound]),
            CertificateError::Form(tlv::TlvError::Unexpected(0x73)),
        ),
    ];
    for (what, tag, replacement, expected) in cases {
        let bytes = rebuilt(&lab.terminal, |t| (t == tag).then(|| replacement.clone()));
        assert_eq!(Certificate::parse(&bytes), Err(expected), "{what}");
    }
    let same = rebuilt(&lab.terminal, |_| None);
    assert_eq!(Certificate::parse(&same).unwrap(), lab.terminal);
    assert_eq!(Certificate::parse(&[0; 5000]), Err(CertificateError::TooLong));
}

#[test]
fn a_chain_without_end_is_refused() {
    let lab = Lab::new(CURVE, Extensions::default());
    let mut chain = vec![&lab.verifier; 8];
    chain.push(&lab.terminal);
    assert_eq!(refused(&lab.root, &chain), ChainError::Incomplete);
}
