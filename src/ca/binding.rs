//! The person binding: "on this day this person's identity was checked in this way, and they hold this key".
//!
//! It says how and when the check was made, not what it read. Its subject is the binding itself: two bindings
//! of one person cannot be told to be one person's, unless they name the same key. Proof of possession of the
//! key (`cnf`, RFC 7800) is for the verifier: who merely carries the file proves nothing.

use super::statement::{self, Envelope, Refused};
use super::{Fault, Revocations, Signer, spki};
use crate::domain::assurance::{IdentityMethod, Level};
use crate::domain::id::BindingId;
use crate::domain::time::Timestamp;
use crate::jose::Jwk;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// Longest document that is looked at, in bytes.
pub const MAX_BINDING: usize = 32 * 1024;
const TYP: &str = "torhaus-binding+jwt";

/// What a binding is to say.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// A fresh id.
    pub id: BindingId,
    /// How the person's identity was checked.
    pub method: IdentityMethod,
    /// The level of that check, or of the session in which the key was made, if that was lower.
    pub level: Level,
    /// When it was checked.
    pub checked: Timestamp,
    /// End of the document's last valid day.
    pub document_expires: Option<Timestamp>,
    /// Which provider made the check.
    pub provider: &'a str,
    /// The authenticator's public key: SubjectPublicKeyInfo (RFC 5280), DER.
    pub public_key_spki: &'a [u8],
    /// WebAuthn credential id.
    pub credential_id: &'a [u8],
    /// A made-up person.
    pub demo: bool,
}

/// The claims on the wire. A verifier ignores claims which it does not know.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: BindingId,
    jti: BindingId,
    iat: i64,
    method: IdentityMethod,
    level: Level,
    checked_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    document_expires: Option<i64>,
    provider: String,
    cnf: Confirmation,
    /// SHA-256 of the credential id in base64url.
    credential_id_sha256: String,
    demo: bool,
}

/// RFC 7800 §3.2
#[derive(Serialize, Deserialize)]
struct Confirmation {
    jwk: Jwk,
}

/// A binding which holds; what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Its id.
    pub id: BindingId,
    /// Who issued it.
    pub issuer: String,
    /// When, in whole seconds like every instant here.
    pub issued: Timestamp,
    /// How the person's identity was checked.
    pub method: IdentityMethod,
    /// The level of that check, or of the session in which the key was made, if that was lower.
    pub level: Level,
    /// When it was checked.
    pub checked: Timestamp,
    /// End of the document's last valid day.
    pub document_expires: Option<Timestamp>,
    /// Which provider made the check.
    pub provider: String,
    /// The authenticator's public key.
    pub key: Jwk,
    /// SHA-256 of the credential id in base64url.
    pub credential_id_sha256: String,
    /// A made-up person.
    pub demo: bool,
    /// A revocation list was looked at.
    pub revocation_checked: bool,
}

/// Signs a binding. The text is a JSON document: what the store keeps and the resident takes along.
///
/// # Errors
/// [`Fault::AuthenticatorKey`] for a key which is not P-256, Ed25519 or RSA of 2048 to 4096 bits; the crypto
/// library's.
pub fn issue(subject: &Subject<'_>, issuer: &str, signer: &Signer, now: Timestamp) -> Result<String, Fault> {
    let jwk = spki::jwk(subject.public_key_spki).ok_or(Fault::AuthenticatorKey)?;
    let claims = Claims {
        iss: issuer.to_owned(),
        sub: subject.id,
        jti: subject.id,
        iat: now.as_seconds(),
        method: subject.method,
        level: subject.level,
        checked_at: subject.checked.as_seconds(),
        document_expires: subject.document_expires.map(Timestamp::as_seconds),
        provider: subject.provider.to_owned(),
        cnf: Confirmation { jwk },
        credential_id_sha256: URL_SAFE_NO_PAD.encode(digest(&SHA256, subject.credential_id)),
        demo: subject.demo,
    };
    let envelope = statement::sign(TYP, &claims, signer)?;
    Ok(serde_json::to_string_pretty(&envelope).map_err(crate::jose::Fault::Claims)? + "\n")
}

/// Checks a binding against the town's root and, if given, its list of revoked bindings.
///
/// # Errors
/// See [`Refused`]; nothing panics, whatever the bytes.
pub fn verify(
    document: &[u8],
    root_pem: &str,
    revocations: Option<&Revocations>,
    now: Timestamp,
) -> Result<Verified, Refused> {
    let envelope: Envelope = statement::read(document, MAX_BINDING)?;
    let claims: Claims = envelope.open(TYP, root_pem, now)?;
    if claims.sub != claims.jti {
        return Err(Refused::Statement(crate::jose::Refused::Claims));
    }
    if let Some(list) = revocations {
        list.check(claims.jti, &claims.iss, now)?;
    }
    Ok(Verified {
        id: claims.jti,
        issuer: claims.iss,
        issued: Timestamp::from_seconds(claims.iat),
        method: claims.method,
        level: claims.level,
        checked: Timestamp::from_seconds(claims.checked_at),
        document_expires: claims.document_expires.map(Timestamp::from_seconds),
        provider: claims.provider,
        key: claims.cnf.jwk,
        credential_id_sha256: claims.credential_id_sha256,
        demo: claims.demo,
        revocation_checked: revocations.is_some(),
    })
}
