//! What is signed here is verified here, and what was changed, moved or chosen by a stranger is not.

mod hostile;
mod xmlsec;

use super::*;
use crate::xml::read::{Limits, parse};
use crate::xml::write::{Node, leaf, node};
use rcgen::{CertificateParams, DnType, KeyPair, RsaKeySize};
use std::sync::LazyLock;

/// A key with its certificate, both DER.
pub(super) struct Pair {
    pub key: Vec<u8>,
    pub certificate: Vec<u8>,
}

impl Pair {
    fn new(key: &KeyPair) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "Signatur");
        params.distinguished_name.push(DnType::OrganizationName, "Stadt Birkenfurt, IT");
        let certificate = params.self_signed(key).unwrap();
        Self { key: key.serialize_der(), certificate: certificate.der().to_vec() }
    }

    pub fn signing(&self, algorithm: Algorithm) -> SigningKey {
        SigningKey::new(algorithm, &self.key, &self.certificate).unwrap()
    }

    pub fn signer(&self) -> Signer {
        Signer::from_certificate(&self.certificate).unwrap()
    }
}

/// RSA keys take long: all tests share them.
pub(super) static RSA: LazyLock<Pair> = LazyLock::new(|| {
    Pair::new(&KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap())
});
pub(super) static P256: LazyLock<Pair> = LazyLock::new(|| Pair::new(&KeyPair::generate().unwrap()));
static P384: LazyLock<Pair> =
    LazyLock::new(|| Pair::new(&KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap()));

fn validity() -> Validity {
    Validity { created: "2026-11-22T10:00:00.000Z".into(), expires: "2026-11-22T10:05:00.000Z".into() }
}

fn content() -> Node {
    node("eid:useIDRequest")
        .with("xmlns:eid", "http://bsi.bund.de/eID/")
        .child(leaf("eid:X", "a & \u{1E9E}\r\n"))
}

/// A message signed with the key.
fn message(pair: &Pair, algorithm: Algorithm) -> String {
    sign(&content(), &validity(), &pair.signing(algorithm)).unwrap()
}

fn verified(message: &str, signers: &[Signer]) -> Result<Signed, SignatureError> {
    verify(message.as_bytes(), Limits::MESSAGE, signers)
}

#[test]
fn every_algorithm_signs_and_verifies() {
    for algorithm in Algorithm::ALL {
        let pair = match algorithm {
            Algorithm::EcdsaSha256 => &P256,
            Algorithm::EcdsaSha384 => &P384,
            _ => &RSA,
        };
        let message = message(pair, algorithm);
        let signers = [P256.signer(), P384.signer(), RSA.signer()];
        let signed = verified(&message, &signers).unwrap();
        assert_eq!(signers[signed.signer], pair.signer(), "{}", algorithm.name());
        assert_eq!(Algorithm::parse(algorithm.name()), Some(algorithm));
        assert_eq!(Algorithm::from_uri(algorithm.uri()), Some(algorithm));

        let body = parse(&signed.body, Limits::MESSAGE).unwrap();
        assert!(body.root().is(SOAP, "Body"));
        let text = body.root().one("useIDRequest").unwrap().one("X").unwrap().raw_text().unwrap();
        assert_eq!(text, "a & \u{1E9E}\r\n");
        let timestamp = parse(&signed.timestamp, Limits::MESSAGE).unwrap();
        assert_eq!(timestamp.root().one_of(WSU, "Created").unwrap().text().unwrap(), validity().created);
    }
}

#[test]
fn a_message_names_the_certificate_and_does_not_bring_it() {
    let text = message(&P256, Algorithm::EcdsaSha256);
    let document = parse(&text, Limits::MESSAGE).unwrap();
    let security = document.root().one("Header").unwrap().one_of(WSSE, "Security").unwrap();
    let names: Vec<&str> = security.elements().map(|element| element.name()).collect();
    assert_eq!(names, ["Timestamp", "Signature"], "strict layout");
    let key_info = security.one("Signature").unwrap().one("KeyInfo").unwrap();
    let token = key_info.one_of(WSSE, "SecurityTokenReference").unwrap().one_of(DS, "X509Data").unwrap();
    let named = token.one("X509IssuerSerial").unwrap();
    assert_eq!(named.one("X509IssuerName").unwrap().text().unwrap(), "O=Stadt Birkenfurt\\, IT,CN=Signatur");
    let serial = named.one("X509SerialNumber").unwrap().text().unwrap();
    assert!(serial.bytes().all(|digit| digit.is_ascii_digit()) && serial.len() > 20, "{serial}");
    assert!(!text.contains("X509Certificate") && !text.contains("sha1"));
}

#[test]
fn keys_and_certificates_belong_together() {
    let new = |algorithm, key: &Pair, certificate: &Pair| {
        SigningKey::new(algorithm, &key.key, &certificate.certificate).err()
    };
    let other = Pair::new(&KeyPair::generate().unwrap());
    assert_eq!(new(Algorithm::EcdsaSha256, &P256, &P256), None);
    assert_eq!(new(Algorithm::EcdsaSha256, &P256, &other), Some(KeyError::Mismatch));
    assert_eq!(new(Algorithm::EcdsaSha256, &P256, &RSA), Some(KeyError::Mismatch));
    assert_eq!(new(Algorithm::RsaSha256, &P256, &P256), Some(KeyError::Algorithm(Algorithm::RsaSha256)));
    let ed = Pair::new(&KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap());
    assert_eq!(new(Algorithm::EcdsaSha256, &P256, &ed), Some(KeyError::Kind));
    assert_eq!(Signer::from_certificate(b"no").err(), Some(KeyError::Certificate));
    let longer = [P256.certificate.as_slice(), b"x"].concat();
    assert_eq!(Signer::from_certificate(&longer).err(), Some(KeyError::Certificate));
}

#[test]
fn nobody_else_made_the_signature() {
    let message = message(&P256, Algorithm::EcdsaSha256);
    let other = Pair::new(&KeyPair::generate().unwrap());
    for signers in [&[other.signer(), RSA.signer()][..], &[]] {
        assert_eq!(verified(&message, signers), Err(SignatureError::Signature));
    }
}
