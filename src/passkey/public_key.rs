//! The public key of a credential in the form other software reads.

use webauthn_rs::prelude::{COSEAlgorithm, COSEKey, COSEKeyType, ECDSACurve};

use super::Refusal;

/// The public key of a credential, for the person binding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// COSE algorithm: -7 (ES256) or -257 (RS256).
    pub algorithm: i64,
    /// `SubjectPublicKeyInfo` in DER (RFC 5280 §4.1.2.7, RFC 5480, RFC 3279).
    pub spki_der: Vec<u8>,
}

/// DER of `SEQUENCE { id-ecPublicKey, prime256v1 }`.
const P256: &[u8] = &[
    0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07,
];
/// DER of `SEQUENCE { rsaEncryption, NULL }`.
const RSA: &[u8] =
    &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

impl PublicKey {
    /// Reads the library's form; ES256 means P-256 here (§5.8.5), which the library does not insist on.
    ///
    /// # Errors
    /// [`Refusal::UnsupportedAlgorithm`] for everything but ES256 on P-256 and RS256.
    pub(super) fn of(key: &COSEKey) -> Result<Self, Refusal> {
        let (algorithm, identifier, bits) = match (key.type_, &key.key) {
            (COSEAlgorithm::ES256, COSEKeyType::EC_EC2(ec)) if ec.curve == ECDSACurve::SECP256R1 => {
                (-7, P256, [&[4], ec.x.as_slice(), ec.y.as_slice()].concat())
            }
            (COSEAlgorithm::RS256, COSEKeyType::RSA(rsa)) => {
                (-257, RSA, der(0x30, &[unsigned(&rsa.n), unsigned(&rsa.e)].concat()))
            }
            _ => return Err(Refusal::UnsupportedAlgorithm),
        };
        let bit_string = der(0x03, &[&[0], bits.as_slice()].concat());
        Ok(Self { algorithm, spki_der: der(0x30, &[identifier, &bit_string].concat()) })
    }
}

/// An INTEGER that is not negative, from big-endian bytes.
fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let digits = &bytes[start..];
    let sign = digits.first().is_none_or(|byte| *byte >= 0x80);
    der(0x02, &[if sign { &[0][..] } else { &[] }, digits].concat())
}

/// Tag, length and content; contents here have fewer than 65,536 bytes.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let [.., high, low] = content.len().to_be_bytes();
    let head = match content.len() {
        0..0x80 => vec![tag, low],
        0x80..0x100 => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [head.as_slice(), content].concat()
}
