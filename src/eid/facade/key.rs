//! Our key for signing answers: RSA of 3072 bits with a certificate for itself, which customers pin. RSA, because every
//! client of an eID-Server knows it, and not every one knows ECDSA.

use crate::domain::dice::{Dice, draw};
use crate::domain::time::{Span, Timestamp};
use crate::xml::signature::{Algorithm, KeyError, SigningKey};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, KeyUsagePurpose, PKCS_RSA_SHA256, PublicKeyData,
    SerialNumber, SignatureAlgorithm, date_time_ymd,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use zeroize::{Zeroize, Zeroizing};

/// A certificate lives so long. Customers pin it, so its end only reminds them.
const LIFE: Span = Span::days(5 * 365);
/// Clocks of customers may be late.
const BACKDATED: Span = Span::hours(1);

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum NoKey {
    /// The crypto library refuses.
    #[error("the crypto library gives no RSA key")]
    Crypto,
    /// The certificate can not be made.
    #[error("the signing certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// What is kept is no such key.
    #[error("the kept signing key: {0}")]
    Kept(#[from] KeyError),
}

/// Key and certificate as they rest. Serialises in clear: only ever into something that is sealed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptSigningKey {
    /// PKCS #8.
    key: Vec<u8>,
    /// X.509, DER.
    certificate: Vec<u8>,
}

impl KeptSigningKey {
    /// Makes one in the name of a town.
    ///
    /// # Errors
    /// [`NoKey`].
    pub fn make(town: &str, dice: &dyn Dice, now: Timestamp) -> Result<Self, NoKey> {
        let pair = RsaKeyPair::generate(KeySize::Rsa3072).map_err(|_unspecified| NoKey::Crypto)?;
        let mut serial: [u8; 16] = draw(dice);
        // Positive and of full length (RFC 5280 §4.1.2.2).
        serial[0] = serial[0] & 0x7f | 0x40;
        let mut params = CertificateParams::default();
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, town);
        params.distinguished_name.push(DnType::CommonName, "Torhaus eID-Server");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let day = |at: Timestamp| {
            date_time_ymd(1970, 1, 1) + Duration::from_secs(at.as_seconds().max(0).unsigned_abs())
        };
        (params.not_before, params.not_after) = (day(now - BACKDATED), day(now + LIFE));
        let key = pair.as_der().map_err(|_unspecified| NoKey::Crypto)?.as_ref().to_vec();
        let certificate = params.self_signed(&Pair(pair))?.der().to_vec();
        Ok(Self { key, certificate })
    }

    /// The key at work.
    ///
    /// # Errors
    /// [`NoKey::Kept`].
    pub fn key(&self) -> Result<SigningKey, NoKey> {
        Ok(SigningKey::new(Algorithm::RsaSha256, &self.key, &self.certificate)?)
    }

    /// Its certificate, DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// As bytes that are to be sealed.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        // Two lists of numbers: there is nothing that JSON could not hold.
        Zeroizing::new(serde_json::to_vec(self).unwrap_or_default())
    }
}

impl Drop for KeptSigningKey {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl std::fmt::Debug for KeptSigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// For the maker of certificates.
struct Pair(RsaKeyPair);

impl PublicKeyData for Pair {
    fn der_bytes(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }
    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

impl rcgen::SigningKey for Pair {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_unspecified| rcgen::Error::RemoteKeyError)?;
        Ok(signature)
    }
}
