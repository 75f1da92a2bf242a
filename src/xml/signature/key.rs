//! Our key for signing, and the certificates whose signatures are taken.

use super::SignatureError;
use super::algorithm::Algorithm;
use super::issuer::rfc4514;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair, UnparsedPublicKey,
};
use std::fmt;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;

/// Why a key or a certificate can not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The bytes are no X.509 certificate.
    #[error("this is no X.509 certificate")]
    Certificate,
    /// The certificate's key is of a kind that is not accepted.
    #[error("the certificate holds neither an RSA key of 2048 to 8192 bits nor one over P-256 or P-384")]
    Kind,
    /// The private key is none for the algorithm.
    #[error("the private key is none for {}", .0.name())]
    Algorithm(Algorithm),
    /// Certificate and private key do not belong together.
    #[error("the private key does not belong to the certificate")]
    Mismatch,
}

/// A private key with the certificate by whose issuer and serial number it is named.
pub struct SigningKey {
    algorithm: Algorithm,
    pair: Pair,
    pub(super) issuer: String,
    pub(super) serial: String,
}

enum Pair {
    Rsa(Box<RsaKeyPair>, &'static dyn RsaEncoding),
    Ecdsa(EcdsaKeyPair),
}

impl SigningKey {
    /// From a private key (DER: PKCS #8, or PKCS #1 or SEC 1 as its kind has it) and its certificate (DER).
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn new(algorithm: Algorithm, private_key: &[u8], certificate: &[u8]) -> Result<Self, KeyError> {
        let signer = Signer::from_certificate(certificate)?;
        let (_, read) = X509Certificate::from_der(certificate).map_err(|_why| KeyError::Certificate)?;
        let key = Self {
            algorithm,
            pair: Pair::read(algorithm, private_key).ok_or(KeyError::Algorithm(algorithm))?,
            issuer: rfc4514(read.issuer()),
            serial: read.serial.to_string(),
        };
        let probe = key.sign(b"probe").map_err(|_why| KeyError::Algorithm(algorithm))?;
        if signer.made(algorithm, b"probe", &probe) { Ok(key) } else { Err(KeyError::Mismatch) }
    }

    /// The algorithm of its signatures.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// A signature as XML has it: ECDSA as r and s in full width (XML Signature 1.1 §6.4.3).
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let random = SystemRandom::new();
        let failed = |_why| SignatureError::Crypto;
        match &self.pair {
            Pair::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
            Pair::Ecdsa(pair) => Ok(pair.sign(&random, message).map_err(failed)?.as_ref().to_vec()),
        }
    }
}

/// Only what is public anyway.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

impl Pair {
    fn read(algorithm: Algorithm, der: &[u8]) -> Option<Self> {
        let encoding: &'static dyn RsaEncoding = match algorithm {
            Algorithm::RsaSha256 => &RSA_PKCS1_SHA256,
            Algorithm::RsaSha384 => &RSA_PKCS1_SHA384,
            Algorithm::RsaSha512 => &RSA_PKCS1_SHA512,
            Algorithm::RsaPssSha256 => &RSA_PSS_SHA256,
            Algorithm::EcdsaSha256 | Algorithm::EcdsaSha384 => {
                let curve = if algorithm == Algorithm::EcdsaSha256 {
                    &ECDSA_P256_SHA256_FIXED_SIGNING
                } else {
                    &ECDSA_P384_SHA384_FIXED_SIGNING
                };
                let pair = EcdsaKeyPair::from_pkcs8(curve, der);
                return pair
                    .or_else(|_| EcdsaKeyPair::from_private_key_der(curve, der))
                    .ok()
                    .map(Self::Ecdsa);
            }
        };
        let pair = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)).ok()?;
        (2048..=8192).contains(&(8 * pair.public_modulus_len())).then(|| Self::Rsa(Box::new(pair), encoding))
    }
}

/// A certificate whose signatures are taken. Only its key counts: who trusts it, and until when, is the caller's.
#[derive(Clone, PartialEq, Eq)]
pub struct Signer {
    kind: Kind,
    public_key: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rsa,
    P256,
    P384,
}

impl Signer {
    /// From a certificate (DER).
    ///
    /// # Errors
    /// [`KeyError::Certificate`], [`KeyError::Kind`].
    pub fn from_certificate(der: &[u8]) -> Result<Self, KeyError> {
        let (rest, certificate) = X509Certificate::from_der(der).map_err(|_why| KeyError::Certificate)?;
        let key = certificate.public_key();
        let kind = match key.parsed() {
            Ok(PublicKey::RSA(rsa)) if (2048..=8192).contains(&rsa.key_size()) => Kind::Rsa,
            Ok(PublicKey::EC(point)) if point.key_size() == 256 => Kind::P256,
            Ok(PublicKey::EC(point)) if point.key_size() == 384 => Kind::P384,
            _ => return Err(KeyError::Kind),
        };
        // A brainpool point is as long as one of P-256.
        let curve = key.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
        let fits = match kind {
            Kind::Rsa => true,
            Kind::P256 => curve == Some(x509_parser::oid_registry::OID_EC_P256),
            Kind::P384 => curve == Some(x509_parser::oid_registry::OID_NIST_EC_P384),
        };
        if !rest.is_empty() {
            return Err(KeyError::Certificate);
        }
        if !fits {
            return Err(KeyError::Kind);
        }
        Ok(Self { kind, public_key: key.subject_public_key.data.to_vec() })
    }

    /// Whether this certificate's key made a signature by the algorithm.
    pub(super) fn made(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let fits = match self.kind {
            Kind::Rsa => algorithm.is_rsa(),
            Kind::P256 => algorithm == Algorithm::EcdsaSha256,
            Kind::P384 => algorithm == Algorithm::EcdsaSha384,
        };
        let key = UnparsedPublicKey::new(algorithm.verification(), &self.public_key);
        fits && key.verify(message, signature).is_ok()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}
