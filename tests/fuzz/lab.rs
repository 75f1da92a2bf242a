//! Keys, certificates and a card that are the same in every run, so that a crash can be looked at again.

use std::sync::LazyLock;

use jiff::civil::{Date, date};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, SerialNumber,
    date_time_ymd,
};

use torhaus::cvc::card_security;
use torhaus::cvc::certificate::{Certificate, Extensions, Reference};
use torhaus::cvc::chat::{Chat, Right, Rights, Role};
use torhaus::cvc::chip_authentication::{Protocol, SessionKeys};
use torhaus::cvc::curve::{Curve, Hash};
use torhaus::cvc::data_groups::DataGroup;
use torhaus::cvc::description::Description;
use torhaus::cvc::document_signer::{self, Csca, DocumentSigner};
use torhaus::cvc::issue::{Request, issue};
use torhaus::cvc::key::PrivateKey;
use torhaus::cvc::oid;
use torhaus::cvc::restricted_identification::SectorKey;
use torhaus::cvc::security_infos::{ChipKey, RestrictedKey, SecurityInfos};
use torhaus::cvc::tlv;

pub const TODAY: Date = date(2026, 11, 22);

/// A small public key infrastructure with a card. P-256 throughout, which is verified fast.
pub struct Lab {
    pub root_key: PrivateKey,
    pub root: Certificate,
    /// A new root, signed by the old one.
    pub link: Certificate,
    pub verifier: Certificate,
    pub verifier_of_link: Certificate,
    pub terminal: Certificate,
    pub description: Description,
    pub sector: SectorKey,
    pub chip: PrivateKey,
    pub infos: SecurityInfos,
    /// Whom `card_security` is signed by.
    pub signer: DocumentSigner,
    pub signer_certificate: Vec<u8>,
    pub card_security: Vec<u8>,
    /// A country signing CA, its certificate, and that of a signer which it issued.
    pub csca: Csca,
    pub csca_certificate: Vec<u8>,
    pub issued_certificate: Vec<u8>,
}

pub static LAB: LazyLock<Lab> = LazyLock::new(Lab::new);

impl Lab {
    fn new() -> Self {
        let [root_key, link_key, verifier_key, terminal_key, chip, signer_key] =
            [1, 2, 3, 4, 5, 6].map(|seed| key(Curve::P256, seed));
        let description = Description {
            issuer_name: "Lab DV".to_owned(),
            issuer_url: Some("https://dv.example/".to_owned()),
            subject_name: "Torhausen".to_owned(),
            subject_url: "https://id.torhausen.example".to_owned(),
            terms_of_usage: "Torhausen, Rathaus\nZweck: Anmeldung".to_owned(),
            redirect_url: Some("https://id.torhausen.example/eid".to_owned()),
            tls_hashes: vec![vec![7; 32], vec![8; 32]],
        };
        let sector = SectorKey::new(Hash::Sha256, key(Curve::P256, 7).public().clone()).unwrap();
        let all = Rights::ALL;
        let asked: Rights = [
            Right::AgeVerification,
            Right::RestrictedIdentification,
            Right::Read(DataGroup::GivenNames),
            Right::Read(DataGroup::PlaceOfResidence),
        ]
        .into_iter()
        .collect();
        let root = request("DECVCATEST00001", "DECVCATEST00001", Role::Cvca, all);
        let link = request("DECVCATEST00001", "DECVCATEST00002", Role::Cvca, all);
        let verifier = request("DECVCATEST00001", "DEDVTEST00001", Role::Verifier, all);
        let verifier_of_link = request("DECVCATEST00002", "DEDVTEST00001", Role::OfficialVerifier, all);
        let mut terminal = request("DEDVTEST00001", "DETERMINAL00001", Role::Terminal, asked);
        terminal.extensions = Extensions {
            description: Some(Hash::Sha256.of(&[&description.encode()])),
            first_sector: Some(sector.hash(Hash::Sha256)),
            second_sector: Some(vec![3; 32]),
        };
        let infos = SecurityInfos::new(
            vec![ChipKey { protocol: Protocol::Aes128, key: chip.public().clone(), key_id: Some(1) }],
            vec![RestrictedKey { hash: Hash::Sha256, key_id: 1, authorized_only: true }],
        );
        let signer_certificate =
            document_signer::issue_for_lab(&signer_key, "Lab", date(2026, 1, 1), date(2036, 1, 1)).unwrap();
        let csca_certificate = x509("Lab CSCA", 8, ("Lab CSCA", 8), true);
        Self {
            root: issue(&root, root_key.public(), &root_key).unwrap(),
            link: issue(&link, link_key.public(), &root_key).unwrap(),
            verifier: issue(&verifier, verifier_key.public(), &root_key).unwrap(),
            verifier_of_link: issue(&verifier_of_link, verifier_key.public(), &link_key).unwrap(),
            terminal: issue(&terminal, terminal_key.public(), &verifier_key).unwrap(),
            card_security: card_security::sign_for_lab(&infos, &signer_certificate, &signer_key).unwrap(),
            signer: DocumentSigner::trusted(&signer_certificate).unwrap(),
            csca: Csca::trusted(&csca_certificate).unwrap(),
            issued_certificate: x509("Lab DS", 9, ("Lab CSCA", 8), false),
            csca_certificate,
            signer_certificate,
            root_key,
            description,
            sector,
            chip,
            infos,
        }
    }

    /// Every certificate that somebody of the lab signed.
    pub fn signed(&self) -> [&Certificate; 5] {
        [&self.root, &self.link, &self.verifier, &self.verifier_of_link, &self.terminal]
    }
}

/// The keys of secure messaging.
pub fn session_keys(protocol: Protocol) -> SessionKeys {
    SessionKeys::derive(protocol, b"a shared secret", b"a nonce!")
}

pub fn key(curve: Curve, seed: u8) -> PrivateKey {
    PrivateKey::from_bytes(curve, &secret(curve, seed)).unwrap()
}

/// A number that is hardly ever too large for the curve.
fn secret(curve: Curve, seed: u8) -> Vec<u8> {
    let mut hash = Hash::Sha512.of(&[&[seed]]);
    hash[0] = 1;
    hash[..curve.field_length()].to_vec()
}

/// A key over P-256 as PKCS #8 (RFC 5208, RFC 5915), for what wants it so.
pub fn pkcs8(seed: u8) -> Vec<u8> {
    let curve = Curve::P256;
    let public = tlv::write(tlv::BIT_STRING, &[&[0], key(curve, seed).public().point()]);
    let number = tlv::write(tlv::OCTET_STRING, &[&secret(curve, seed)]);
    let private =
        tlv::write(tlv::SEQUENCE, &[&tlv::write_integer(&[1]), &number, &tlv::write(0xA1, &[&public])]);
    let kind =
        tlv::write(tlv::SEQUENCE, &[&tlv::write_oid(oid::EC_PUBLIC_KEY), &tlv::write_oid(curve.oid())]);
    let private = tlv::write(tlv::OCTET_STRING, &[&private]);
    tlv::write(tlv::SEQUENCE, &[&tlv::write_integer(&[0]), &kind, &private])
}

/// An X.509 certificate for the key of a seed, signed by the key of another: `(issuer, seed)`.
pub fn x509(name: &str, seed: u8, by: (&str, u8), is_authority: bool) -> Vec<u8> {
    let params = |name: &str, is_authority: bool| {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.serial_number = Some(SerialNumber::from(u64::from(seed)));
        (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2036, 1, 1));
        params.is_ca =
            if is_authority { IsCa::Ca(BasicConstraints::Unconstrained) } else { IsCa::ExplicitNoCa };
        params
    };
    let pair = |seed| KeyPair::try_from(pkcs8(seed)).unwrap();
    let issuer = Issuer::new(params(by.0, true), pair(by.1));
    params(name, is_authority).signed_by(&pair(seed), &issuer).unwrap().der().to_vec()
}

fn request(authority: &str, holder: &str, role: Role, rights: Rights) -> Request {
    Request {
        authority: Reference::new(authority).unwrap(),
        holder: Reference::new(holder).unwrap(),
        chat: Chat { role, rights },
        effective: date(2026, 11, 1),
        expiration: date(2026, 11, 30),
        extensions: Extensions::default(),
    }
}
