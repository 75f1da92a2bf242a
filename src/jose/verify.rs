//! Verification of compact JWS.

use aws_lc_rs::signature::ParsedPublicKey;
use serde::de::DeserializeOwned;

use super::algorithm::Algorithm;
use super::base64url;
use super::header::{Header, Typ};
use super::jwk::{Jwk, JwkRefused};

/// Longest token that is looked at, in bytes.
pub const MAX_TOKEN: usize = 16 * 1024;

/// A public key parsed once and bound to one algorithm.
#[derive(Clone, Debug)]
pub struct VerifyingKey {
    algorithm: Algorithm,
    kid: String,
    key: ParsedPublicKey,
}

/// A token whose signature is right. The claims are still to be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// What the header says.
    pub header: Header,
    /// The algorithm of the key that verified the token.
    pub algorithm: Algorithm,
    /// The payload as it was signed.
    pub payload: Vec<u8>,
}

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// Longer than [`MAX_TOKEN`].
    #[error("the token is longer than {MAX_TOKEN} bytes")]
    TooLong,
    /// Not three parts in base64url without padding.
    #[error("the token is not a compact JWS")]
    Form,
    /// The header is not a JSON object in UTF-8 with `alg`, or names a member twice.
    #[error("the token's header is not acceptable JSON")]
    Header,
    /// `crit`, `b64` or `zip` is present.
    #[error("the token demands an extension that is not supported")]
    Extension,
    /// `typ` does not say what this token must be.
    #[error("the token's typ is not the expected one")]
    Typ,
    /// No key given is for this `alg`.
    #[error("the token's alg is not allowed here")]
    Algorithm,
    /// No key with this `alg` and `kid`; or no `kid`, and several keys could be meant.
    #[error("the token's key is not known")]
    UnknownKey,
    /// The signature is wrong.
    #[error("the token's signature is wrong")]
    Signature,
    /// The payload is not JSON of the expected shape.
    #[error("the token's claims are not acceptable JSON")]
    Claims,
}

impl VerifyingKey {
    /// # Errors
    /// [`JwkRefused::WrongAlgorithm`] if the key is of another type or says that it is for another
    /// algorithm.
    pub fn from_jwk(jwk: &Jwk, algorithm: Algorithm) -> Result<Self, JwkRefused> {
        let key = jwk.parsed(algorithm)?;
        let kid = jwk.kid().map_or_else(|| jwk.thumbprint(), str::to_owned);
        Ok(Self { algorithm, kid, key })
    }

    /// The only algorithm that this key verifies.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The name of the key: what its JWK says, otherwise its thumbprint.
    pub fn kid(&self) -> &str {
        &self.kid
    }
}

impl Verified {
    /// The payload read as a JSON object (RFC 7519 7.2).
    ///
    /// # Errors
    /// [`Refused::Claims`].
    pub fn claims<T: DeserializeOwned>(&self) -> Result<T, Refused> {
        // serde would also fill a struct from an array.
        if !json_object(&self.payload) {
            return Err(Refused::Claims);
        }
        serde_json::from_slice(&self.payload).map_err(|_error| Refused::Claims)
    }
}

/// Verifies a compact JWS. The keys are at the same time the list of allowed algorithms, because each
/// is bound to one; what the token says only chooses among them.
///
/// # Errors
/// See [`Refused`]; anything else than a perfect token is refused, nothing panics.
pub fn verify(compact: &str, typ: Typ<'_>, keys: &[VerifyingKey]) -> Result<Verified, Refused> {
    if compact.len() > MAX_TOKEN {
        return Err(Refused::TooLong);
    }
    let (signed, signature) = compact.rsplit_once('.').ok_or(Refused::Form)?;
    let (header, payload) = signed.split_once('.').ok_or(Refused::Form)?;
    // A dot too many ends up in the payload, where it is not base64url.
    let header = base64url::decode(header).ok_or(Refused::Form)?;
    let payload = base64url::decode(payload).ok_or(Refused::Form)?;
    let signature = base64url::decode(signature).ok_or(Refused::Form)?;

    let header: Header = serde_json::from_slice(&header).map_err(|_error| Refused::Header)?;
    if header.demanding {
        return Err(Refused::Extension);
    }
    if !typ.admits(header.typ.as_deref()) {
        return Err(Refused::Typ);
    }
    let key = choose(&header, keys)?;
    key.key.verify_sig(signed.as_bytes(), &signature).map_err(|_unspecified| Refused::Signature)?;
    Ok(Verified { header, algorithm: key.algorithm, payload })
}

/// Whether JSON, if it is JSON, is an object.
pub(super) fn json_object(json: &[u8]) -> bool {
    json.trim_ascii_start().first() == Some(&b'{')
}

fn choose<'k>(header: &Header, keys: &'k [VerifyingKey]) -> Result<&'k VerifyingKey, Refused> {
    let mut fitting = keys.iter().filter(|key| key.algorithm.name() == header.alg).peekable();
    if fitting.peek().is_none() {
        return Err(Refused::Algorithm);
    }
    let chosen = match &header.kid {
        Some(kid) => fitting.find(|key| key.kid == *kid),
        None => fitting.next().filter(|_| fitting.next().is_none()),
    };
    chosen.ok_or(Refused::UnknownKey)
}
