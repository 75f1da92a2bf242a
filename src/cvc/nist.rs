//! ECDSA and Diffie-Hellman over P-256 and P-384, by aws-lc-rs.

use aws_lc_rs::agreement::{self, ECDH_P256, ECDH_P384, UnparsedPublicKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P256_SHA384_ASN1, ECDSA_P256_SHA512_ASN1,
    ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P384_SHA512_ASN1,
    EcdsaKeyPair, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, ParsedPublicKey,
};
use zeroize::Zeroizing;

use super::curve::Hash;

/// Which of the two.
#[derive(Clone, Copy)]
pub(super) enum Nist {
    P256,
    P384,
}

impl Nist {
    fn agreement(self) -> &'static agreement::Algorithm {
        match self {
            Self::P256 => &ECDH_P256,
            Self::P384 => &ECDH_P384,
        }
    }

    fn signing(self) -> &'static EcdsaSigningAlgorithm {
        match self {
            Self::P256 => &ECDSA_P256_SHA256_FIXED_SIGNING,
            Self::P384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
        }
    }

    fn verification(self, hash: Hash) -> &'static EcdsaVerificationAlgorithm {
        match (self, hash) {
            (Self::P256, Hash::Sha256) => &ECDSA_P256_SHA256_ASN1,
            (Self::P256, Hash::Sha384) => &ECDSA_P256_SHA384_ASN1,
            (Self::P256, Hash::Sha512) => &ECDSA_P256_SHA512_ASN1,
            (Self::P384, Hash::Sha256) => &ECDSA_P384_SHA256_ASN1,
            (Self::P384, Hash::Sha384) => &ECDSA_P384_SHA384_ASN1,
            (Self::P384, Hash::Sha512) => &ECDSA_P384_SHA512_ASN1,
        }
    }

    /// Whether these bytes are a point on the curve other than infinity.
    pub(super) fn is_point(self, point: &[u8]) -> bool {
        ParsedPublicKey::new(self.verification(Hash::Sha256), point).is_ok()
    }

    /// The uncompressed public point; `None` if the scalar is not in 1..n.
    pub(super) fn public(self, secret: &[u8]) -> Option<Vec<u8>> {
        let secret = agreement::PrivateKey::from_private_key(self.agreement(), secret).ok()?;
        Some(secret.compute_public_key().ok()?.as_ref().to_vec())
    }

    /// The x coordinate of the shared point.
    pub(super) fn agree(self, secret: &[u8], point: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let secret = agreement::PrivateKey::from_private_key(self.agreement(), secret).ok()?;
        let public = UnparsedPublicKey::new(self.agreement(), point);
        agreement::agree(&secret, public, (), |shared| Ok(Zeroizing::new(shared.to_vec()))).ok()
    }

    /// `r || s` with the curve's own hash.
    pub(super) fn sign(self, secret: &[u8], point: &[u8], message: &[u8]) -> Option<Vec<u8>> {
        let pair = EcdsaKeyPair::from_private_key_and_public_key(self.signing(), secret, point).ok()?;
        Some(pair.sign(&SystemRandom::new(), message).ok()?.as_ref().to_vec())
    }

    /// Whether a signature in DER is right.
    pub(super) fn verify(self, point: &[u8], hash: Hash, message: &[u8], der: &[u8]) -> bool {
        ParsedPublicKey::new(self.verification(hash), point)
            .is_ok_and(|key| key.verify_sig(message, der).is_ok())
    }
}
