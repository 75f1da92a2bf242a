//! Path validation for the one shape of chain we issue: signer, issuing authority, root; all P-256.
//!
//! A subset of RFC 5280 §6 which accepts nothing that the whole would refuse: fixed length, one algorithm,
//! every critical extension known.

use super::statement::Refused;
use super::{pem, spki};
use crate::domain::time::Timestamp;
use crate::jose::{Algorithm, VerifyingKey};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::KeyUsage;
use x509_parser::oid_registry::{
    OID_SIG_ECDSA_WITH_SHA256, OID_X509_EXT_BASIC_CONSTRAINTS, OID_X509_EXT_EXTENDED_KEY_USAGE,
    OID_X509_EXT_KEY_USAGE, Oid,
};
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::{AlgorithmIdentifier, X509Version};

/// id-kp-documentSigning (RFC 9336).
const DOCUMENT_SIGNING: &str = "1.3.6.1.5.5.7.3.36";

/// A root certificate which the verifier trusts.
pub(super) struct Root(Vec<u8>);

/// A signer's key and when all certificates of its chain are valid.
pub(super) struct Certified {
    pub(super) key: VerifyingKey,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

impl Root {
    pub(super) fn from_pem(text: &str) -> Result<Self, Refused> {
        let der = pem::one_certificate(text).ok_or(Refused::Root)?;
        let root = parse(&der).map_err(|_refused| Refused::Root)?;
        let own = signed_by(&root, &root).and_then(|()| authority(&root, 1));
        own.map_err(|_refused| Refused::Root)?;
        Ok(Self(der))
    }

    /// Follows the chain down to a signer of statements. Times are for the caller to compare.
    pub(super) fn certified(&self, leaf: &[u8], issuing: &[u8]) -> Result<Certified, Refused> {
        let root = parse(&self.0)?;
        let issuing = parse(issuing)?;
        signed_by(&issuing, &root)?;
        authority(&issuing, 0)?;
        let leaf = parse(leaf)?;
        signed_by(&leaf, &issuing)?;
        signs_statements(&leaf)?;
        let jwk = spki::p256(leaf.public_key()).ok_or(Refused::Certificate)?;
        let key = VerifyingKey::from_jwk(&jwk, Algorithm::Es256).map_err(|_refused| Refused::Certificate)?;
        let validity = [&root, &issuing, &leaf].map(|certificate| certificate.validity());
        let from = validity.iter().map(|valid| valid.not_before.timestamp()).max().unwrap_or(i64::MAX);
        let until = validity.iter().map(|valid| valid.not_after.timestamp()).min().unwrap_or(i64::MIN);
        Ok(Certified { key, from: Timestamp::from_seconds(from), until: Timestamp::from_seconds(until) })
    }
}

fn parse(der: &[u8]) -> Result<X509Certificate<'_>, Refused> {
    let (rest, certificate) = X509Certificate::from_der(der).map_err(|_broken| Refused::Certificate)?;
    let known = [OID_X509_EXT_BASIC_CONSTRAINTS, OID_X509_EXT_KEY_USAGE, OID_X509_EXT_EXTENDED_KEY_USAGE];
    let unknown = certificate.extensions().iter().any(|one| one.critical && !known.contains(&one.oid));
    // Refuses an extension that comes twice (§4.2).
    let unique = certificate.tbs_certificate.extensions_map().is_ok();
    let strict = rest.is_empty() && spelling(&certificate) == der;
    if !strict || certificate.version() != X509Version::V3 || unknown || !unique {
        return Err(Refused::Certificate);
    }
    Ok(certificate)
}

/// ecdsa-with-SHA256 without parameters (RFC 5758 §3.2), DER.
const ES256_DER: [u8; 12] = [0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];

/// The one way to spell this certificate (X.690 §10). What stands around the signed part is not signed, and the
/// parser is lax about it: without this, one certificate would have many spellings.
fn spelling(certificate: &X509Certificate<'_>) -> Vec<u8> {
    let signature = [&[0][..], certificate.signature_value.data.as_ref()].concat();
    let signed = certificate.tbs_certificate.as_ref();
    element(0x30, &[signed, ES256_DER.as_slice(), element(0x03, &signature).as_slice()].concat())
}

/// Tag, length, content; certificates here have fewer than 65,536 bytes.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let [.., high, low] = content.len().to_be_bytes();
    let head = match content.len() {
        0..0x80 => vec![tag, low],
        0x80..0x100 => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [head.as_slice(), content].concat()
}

/// ECDSA with SHA-256 on P-256, and the names match byte for byte.
fn signed_by(subject: &X509Certificate<'_>, issuer: &X509Certificate<'_>) -> Result<(), Refused> {
    if !es256(&subject.signature_algorithm) || !es256(&subject.tbs_certificate.signature) {
        return Err(Refused::Certificate);
    }
    if subject.issuer().as_raw() != issuer.subject().as_raw() || spki::p256(issuer.public_key()).is_none() {
        return Err(Refused::UnknownRoot);
    }
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &issuer.public_key().subject_public_key.data);
    key.verify(subject.tbs_certificate.as_ref(), &subject.signature_value.data)
        .map_err(|_wrong| Refused::UnknownRoot)
}

fn es256(algorithm: &AlgorithmIdentifier<'_>) -> bool {
    algorithm.algorithm == OID_SIG_ECDSA_WITH_SHA256 && algorithm.parameters.is_none()
}

/// May certify others, with at least (root) or exactly (issuing: 0) so many authorities below it.
fn authority(certificate: &X509Certificate<'_>, below: u32) -> Result<(), Refused> {
    let constraints = certificate.basic_constraints().map_err(|_broken| Refused::Certificate)?;
    let constraints = constraints.ok_or(Refused::NotAnAuthority)?;
    let depth = constraints.value.path_len_constraint;
    let deep_enough = depth.is_none_or(|depth| depth >= below);
    if !constraints.value.ca || !deep_enough || !key_usage(certificate)?.key_cert_sign() {
        return Err(Refused::NotAnAuthority);
    }
    Ok(())
}

fn signs_statements(leaf: &X509Certificate<'_>) -> Result<(), Refused> {
    let constraints = leaf.basic_constraints().map_err(|_broken| Refused::Certificate)?;
    let purposes =
        leaf.extended_key_usage().map_err(|_broken| Refused::Certificate)?.ok_or(Refused::Usage)?;
    let named = |oid: &Oid<'_>| oid.to_id_string() == DOCUMENT_SIGNING;
    let is_authority = constraints.is_some_and(|constraints| constraints.value.ca);
    if is_authority || !purposes.value.other.iter().any(named) || !key_usage(leaf)?.digital_signature() {
        return Err(Refused::Usage);
    }
    Ok(())
}

fn key_usage(certificate: &X509Certificate<'_>) -> Result<KeyUsage, Refused> {
    let usage = certificate.key_usage().map_err(|_broken| Refused::Certificate)?;
    Ok(*usage.ok_or(Refused::Usage)?.value)
}
