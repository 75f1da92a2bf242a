//! A signed statement as a file: a compact JWS with the certificates that lead from its signer to the root.
//!
//! ```json
//! { "statement": "eyJ0eXAi…", "certificates": ["signer, base64 DER", "issuing authority"] }
//! ```
//! The certificates stand beside the token, not in its header: our JOSE takes no key from a token, and a
//! verifier checks them against a root which it already has.

use super::chain;
use super::{Fault, Signer};
use crate::domain::time::{Span, Timestamp};
use crate::jose::{self, Typ};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Longest certificate that is looked at, in bytes.
const MAX_CERTIFICATE: usize = 4096;
/// The signer's clock may be a little ahead of the verifier's.
const AHEAD: Span = Span::minutes(5);

/// Why a statement is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The given root is not one certificate of a certificate authority with a P-256 key.
    #[error("the root certificate is not usable: one PEM certificate of the town's root authority is needed")]
    Root,
    /// Longer than what we ever issue.
    #[error("the file is too large to be one of ours")]
    TooLarge,
    /// Not the JSON that we write.
    #[error("the file is not a statement: it is damaged or something else")]
    Form,
    /// A certificate which does not parse or has another form than ours.
    #[error("a certificate in the file is damaged or of an unknown form")]
    Certificate,
    /// The certificates do not lead to the given root.
    #[error("the certificates in the file do not lead to this root: it is another town's, or forged")]
    UnknownRoot,
    /// A certificate in the chain must not certify others.
    #[error("a certificate in the file certifies another one without being allowed to")]
    NotAnAuthority,
    /// The signer's certificate is for something else.
    #[error("the signer's certificate is not meant for signing statements")]
    Usage,
    /// A certificate was not valid when the statement was made.
    #[error("a certificate was not valid at the time when the statement was made")]
    NotValidThen,
    /// The token: typ, form, signature, claims.
    #[error("the signed statement is not acceptable: {0}")]
    Statement(#[from] jose::Refused),
    /// Made in the future.
    #[error("the statement was made in the future: a clock is wrong")]
    Future,
    /// The binding is on the list.
    #[error("the binding was revoked")]
    Revoked,
    /// The list is no longer valid.
    #[error("the revocation list is out of date: fetch a new one")]
    RevocationsOutdated,
    /// The list does not fit what was signed, or is not sorted.
    #[error("the revocation list was changed")]
    RevocationsChanged,
    /// The list is another issuer's.
    #[error("the revocation list is another issuer's")]
    RevocationsOfAnother,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Envelope {
    pub(super) statement: String,
    pub(super) certificates: [String; 2],
}

/// The claim that every statement has; the others are the caller's.
#[derive(Deserialize)]
struct Made {
    iat: i64,
}

/// Signs claims, which must hold `iat`.
pub(super) fn sign(typ: &str, claims: &impl Serialize, signer: &Signer) -> Result<Envelope, Fault> {
    let statement = signer.key.sign(typ, claims)?;
    let [leaf, issuing] = &signer.certificates;
    Ok(Envelope { statement, certificates: [STANDARD.encode(leaf), STANDARD.encode(issuing)] })
}

impl Envelope {
    /// Checks chain, signature and times; then the claims are the signer's words.
    pub(super) fn open<T: DeserializeOwned>(
        &self,
        typ: &str,
        root_pem: &str,
        now: Timestamp,
    ) -> Result<T, Refused> {
        let root = chain::Root::from_pem(root_pem)?;
        let [leaf, issuing] = &self.certificates;
        let certified = root.certified(&certificate(leaf)?, &certificate(issuing)?)?;
        let verified = jose::verify(&self.statement, Typ::Exactly(typ), &[certified.key])?;
        let Made { iat } = verified.claims()?;
        let made = Timestamp::from_seconds(iat);
        if made > now + AHEAD {
            return Err(Refused::Future);
        }
        // At the time of signing: a binding outlives its signer, whose key is destroyed at renewal.
        if made < certified.from || made > certified.until {
            return Err(Refused::NotValidThen);
        }
        Ok(verified.claims()?)
    }
}

fn certificate(text: &str) -> Result<Vec<u8>, Refused> {
    if text.len() > MAX_CERTIFICATE * 4 / 3 + 4 {
        return Err(Refused::TooLarge);
    }
    STANDARD.decode(text).map_err(|_broken| Refused::Certificate)
}

/// Reads JSON that we wrote.
pub(super) fn read<T: DeserializeOwned>(document: &[u8], limit: usize) -> Result<T, Refused> {
    if document.len() > limit {
        return Err(Refused::TooLarge);
    }
    // serde would also fill a struct from an array.
    if document.trim_ascii_start().first() != Some(&b'{') {
        return Err(Refused::Form);
    }
    serde_json::from_slice(document).map_err(|_broken| Refused::Form)
}
