//! A private key of an authority: P-256 in the crypto library's custody, which wipes it. The certificate
//! builder's own key type would keep an unwiped copy of the document.

use super::Fault;
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use rcgen::{PKCS_ECDSA_P256_SHA256, PublicKeyData, SignatureAlgorithm, SigningKey};
use zeroize::Zeroizing;

/// Signs certificates and revocation lists: ECDSA on P-256 with SHA-256.
pub(super) struct Key(EcdsaKeyPair);

impl Key {
    /// Draws a key. The library takes randomness from its own generator only.
    pub(super) fn generate() -> Result<Self, Fault> {
        Ok(Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING)?))
    }

    /// Reads PKCS #8; `None` for anything that is not such a key.
    pub(super) fn from_pkcs8(der: &[u8]) -> Option<Self> {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der).ok().map(Self)
    }

    /// PKCS #8 in clear.
    pub(super) fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, Fault> {
        Ok(Zeroizing::new(self.0.to_pkcs8v1()?.as_ref().to_vec()))
    }

    /// The uncompressed point.
    pub(super) fn public(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    /// The public key as SubjectPublicKeyInfo; only for comparison.
    pub(super) fn public_der(&self) -> Result<Vec<u8>, Fault> {
        let der: aws_lc_rs::encoding::PublicKeyX509Der<'_> = self.0.public_key().as_der()?;
        Ok(der.as_ref().to_vec())
    }
}

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        self.public()
    }
    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

impl SigningKey for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature = self.0.sign(&SystemRandom::new(), message);
        signature
            .map(|signature| signature.as_ref().to_vec())
            .map_err(|_unspecified| rcgen::Error::RemoteKeyError)
    }
}
