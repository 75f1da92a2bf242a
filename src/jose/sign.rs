//! Our own signature keys. The key is parsed once; a signature costs one scratch buffer and the token.

use std::fmt;
use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use serde::Serialize;
use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::base64url;
use super::jwk::{Jwk, Material};
use super::verify::VerifyingKey;

/// Length in bytes of the longest RSA modulus that we load, and so of the longest signature.
const MAX_RSA: usize = 512;
/// The house issues a handful of types of token; their headers are encoded once.
const REMEMBERED_HEADERS: usize = 8;

/// A private key bound to one algorithm for life. Can be shared between threads.
pub struct SigningKey {
    algorithm: Algorithm,
    pair: Pair,
    public: Jwk,
    kid: String,
    headers: [OnceLock<EncodedHeader>; REMEMBERED_HEADERS],
}

/// We are broken: no fault of the one who asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The stored private key is not one for this algorithm.
    #[error("not a private key for {0} in PKCS #8")]
    Key(Algorithm),
    /// The claims cannot be written as JSON.
    #[error("the claims do not serialise: {0}")]
    Claims(#[from] serde_json::Error),
    /// The crypto library refused.
    #[error("the crypto library failed")]
    Crypto(#[from] aws_lc_rs::error::Unspecified),
}

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
}

struct EncodedHeader {
    typ: String,
    encoded: String,
}

impl SigningKey {
    /// Makes a new key; RSA keys have 2048 bits. RSA takes from a tenth of a second to seconds: do
    /// it outside of locks. Randomness comes from the crypto library's own generator, which
    /// reseeds from the system and accepts no other.
    ///
    /// # Errors
    /// Only if the crypto library fails.
    pub fn generate(algorithm: Algorithm) -> Result<Self, Fault> {
        let pair = match algorithm {
            Algorithm::Es256 => Pair::Ecdsa(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?),
            Algorithm::EdDsa => Pair::Ed25519(Ed25519KeyPair::generate()?),
            Algorithm::Rs256 => Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048)?, &RSA_PKCS1_SHA256),
            Algorithm::Ps256 => Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048)?, &RSA_PSS_SHA256),
        };
        Ok(Self::new(algorithm, pair))
    }

    /// Reads an unencrypted PKCS #8 document (DER).
    ///
    /// # Errors
    /// [`Fault::Key`] for another kind of key, broken bytes, or an RSA key outside 2048 to 4096 bits.
    pub fn from_pkcs8(algorithm: Algorithm, der: &[u8]) -> Result<Self, Fault> {
        let pair = match algorithm {
            Algorithm::Es256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map(Pair::Ecdsa)
            }
            Algorithm::EdDsa => Ed25519KeyPair::from_pkcs8(der).map(Pair::Ed25519),
            Algorithm::Rs256 => RsaKeyPair::from_pkcs8(der).map(|pair| Pair::Rsa(pair, &RSA_PKCS1_SHA256)),
            Algorithm::Ps256 => RsaKeyPair::from_pkcs8(der).map(|pair| Pair::Rsa(pair, &RSA_PSS_SHA256)),
        };
        let pair = pair.map_err(|_rejected| Fault::Key(algorithm))?;
        if let Pair::Rsa(rsa, _) = &pair
            && !(256..=MAX_RSA).contains(&rsa.public_modulus_len())
        {
            return Err(Fault::Key(algorithm));
        }
        Ok(Self::new(algorithm, pair))
    }

    /// The private key as PKCS #8 (DER), in clear: seal it before it goes anywhere.
    ///
    /// # Errors
    /// Only if the crypto library fails.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let copy = |bytes: &[u8]| Zeroizing::new(bytes.to_vec());
        Ok(match &self.pair {
            Pair::Ecdsa(pair) => copy(pair.to_pkcs8v1()?.as_ref()),
            Pair::Ed25519(pair) => copy(pair.to_pkcs8v1()?.as_ref()),
            Pair::Rsa(pair, _) => copy(AsDer::<Pkcs8V1Der>::as_der(pair)?.as_ref()),
        })
    }

    fn new(algorithm: Algorithm, pair: Pair) -> Self {
        let public = Jwk::ours(pair.public(), algorithm);
        let kid = public.thumbprint();
        Self { algorithm, pair, public, kid, headers: Default::default() }
    }

    /// The algorithm of every signature by this key.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The RFC 7638 thumbprint: the same key has the same name everywhere and forever.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What we publish, with `use`, `alg` and `kid`.
    pub fn public_jwk(&self) -> Jwk {
        self.public.clone()
    }

    /// The public half, ready for `verify`.
    ///
    /// # Errors
    /// Only if the crypto library fails.
    pub fn verifying_key(&self) -> Result<VerifyingKey, Fault> {
        VerifyingKey::from_jwk(&self.public, self.algorithm).map_err(|_refused| Fault::Key(self.algorithm))
    }

    /// A compact JWS (RFC 7515 7.1) over the claims as JSON, with the header members `typ`, `alg`,
    /// `kid`. `typ` is the media type without `application/`, e.g. `at+jwt`.
    ///
    /// # Errors
    /// [`Fault::Claims`] if the claims are not JSON; [`Fault::Crypto`].
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, Fault> {
        let mut payload = Vec::with_capacity(1024);
        serde_json::to_writer(&mut payload, claims)?;

        let signature_room = if matches!(self.pair, Pair::Rsa(..)) { MAX_RSA * 4 / 3 } else { 86 };
        let mut token = String::with_capacity(256 + payload.len() * 4 / 3 + signature_room);
        self.append_header(typ, &mut token)?;
        token.push('.');
        base64url::append(&payload, &mut token);

        let mut room = [0; MAX_RSA];
        let signature = self.pair.sign(token.as_bytes(), &mut room)?;
        token.push('.');
        base64url::append(signature, &mut token);
        Ok(token)
    }

    fn append_header(&self, typ: &str, token: &mut String) -> Result<(), Fault> {
        for slot in &self.headers {
            if slot.get().is_none() {
                let encoded = self.encode_header(typ)?;
                // Somebody may be faster with another type; then the next slot is ours.
                let _ = slot.set(EncodedHeader { typ: typ.to_owned(), encoded });
            }
            if let Some(header) = slot.get()
                && header.typ == typ
            {
                token.push_str(&header.encoded);
                return Ok(());
            }
        }
        token.push_str(&self.encode_header(typ)?);
        Ok(())
    }

    fn encode_header(&self, typ: &str) -> Result<String, Fault> {
        #[derive(Serialize)]
        struct Header<'a> {
            typ: &'a str,
            alg: Algorithm,
            kid: &'a str,
        }
        let header = Header { typ, alg: self.algorithm, kid: &self.kid };
        Ok(base64url::encode(&serde_json::to_vec(&header)?))
    }
}

/// Only what is public anyway.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SigningKey");
        shown.field("alg", &self.algorithm).field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl Pair {
    fn public(&self) -> Material {
        match self {
            Self::Ecdsa(pair) => {
                // Uncompressed SEC 1 point: 0x04, x, y.
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                Material::P256 { x: fixed(x), y: fixed(y) }
            }
            Self::Ed25519(pair) => Material::Ed25519 { x: fixed(pair.public_key().as_ref()) },
            Self::Rsa(pair, _) => Material::Rsa {
                n: pair.public_key().modulus().big_endian_without_leading_zero().to_vec(),
                e: pair.public_key().exponent().big_endian_without_leading_zero().to_vec(),
            },
        }
    }

    fn sign<'a>(
        &self,
        message: &[u8],
        room: &'a mut [u8; MAX_RSA],
    ) -> Result<&'a [u8], aws_lc_rs::error::Unspecified> {
        let random = SystemRandom::new();
        let signature = match self {
            Self::Ecdsa(pair) => pair.sign(&random, message)?,
            Self::Ed25519(pair) => pair.try_sign(message)?,
            Self::Rsa(pair, encoding) => {
                let signature = &mut room[..pair.public_modulus_len()];
                pair.sign(*encoding, &random, message, signature)?;
                return Ok(signature);
            }
        };
        let signature = signature.as_ref();
        room[..signature.len()].copy_from_slice(signature);
        Ok(&room[..signature.len()])
    }
}

fn fixed(coordinate: &[u8]) -> [u8; 32] {
    coordinate.try_into().expect("the library writes coordinates in full width")
}
