//! Public keys of certificates and authenticators as JWK.

use crate::jose::Jwk;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use x509_parser::oid_registry::{
    OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_PKCS1_RSAENCRYPTION, OID_SIG_ED25519,
};
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// A SubjectPublicKeyInfo (RFC 5280 §4.1.2.7, DER) as JWK; `None` for bytes or kinds of key which JOSE does not take.
pub(super) fn jwk(der: &[u8]) -> Option<Jwk> {
    let (rest, info) = SubjectPublicKeyInfo::from_der(der).ok()?;
    if !rest.is_empty() {
        return None;
    }
    p256(&info).or_else(|| {
        let kind = &info.algorithm.algorithm;
        if *kind == OID_SIG_ED25519 {
            let x = text(&info.subject_public_key.data);
            return read(json!({ "kty": "OKP", "crv": "Ed25519", "x": x }));
        }
        match (*kind == OID_PKCS1_RSAENCRYPTION).then(|| info.parsed().ok())?? {
            PublicKey::RSA(key) => {
                read(json!({ "kty": "RSA", "n": number(key.modulus), "e": number(key.exponent) }))
            }
            _ => None,
        }
    })
}

/// The same for P-256 only.
pub(super) fn p256(info: &SubjectPublicKeyInfo<'_>) -> Option<Jwk> {
    let curve = info.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
    if info.algorithm.algorithm != OID_KEY_TYPE_EC_PUBLIC_KEY || curve != Some(OID_EC_P256) {
        return None;
    }
    // Uncompressed (SEC 1): 0x04, x, y.
    let (4, point) = info.subject_public_key.data.split_first()? else { return None };
    let (x, y) = point.split_at_checked(32)?;
    read(json!({ "kty": "EC", "crv": "P-256", "x": text(x), "y": text(y) }))
}

/// JOSE checks lengths, the curve and what else makes a key usable.
fn read(members: Value) -> Option<Jwk> {
    serde_json::from_value(members).ok()
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// DER puts a zero before a number whose first bit is set; JOSE does not.
fn number(bytes: &[u8]) -> String {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    text(&bytes[zeros..])
}
