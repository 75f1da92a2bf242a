//! Signed SOAP messages: WS-Security with an XML signature over Body and Timestamp, as BSI TR-03130-1 wants it.
//!
//! By SOAP 1.1, OASIS WS-Security 1.1 with its X.509 token profile (a certificate is named by issuer and serial, never
//! sent along), XML Signature 1.1, Exclusive XML Canonicalization 1.0, RFC 9231 for the names of algorithms. [`sign()`]
//! writes such a message, [`verify()`] gives the canonical bytes of Body and Timestamp that were signed: who reads these
//! and nothing else reads what was signed, wherever else in the message somebody put something.
//!
//! Canonical bytes are made by `bergshamra`. Its own verification is not used: in its strict mode a reference may lead
//! to ancestors and siblings of the signature only, and a SOAP Body is neither; without that mode it follows transforms,
//! files and keys which a message names. Here a message can choose nothing: one canonicalisation, one transform, a list
//! of algorithms, and the caller's certificates.
//!
//! Absent on purpose: keys out of `KeyInfo`, HMAC, SHA-1, DSA, every transform but exclusive canonicalisation (so no
//! XPath, XSLT, enveloped signatures or STR-Transform), detached and remote references, several signatures in one
//! message, encryption, brainpool curves (aws-lc-rs has none).

mod algorithm;
mod canonical;
mod issuer;
mod key;
mod sign;
#[cfg(test)]
mod tests;
mod verify;

pub use algorithm::Algorithm;
pub use key::{KeyError, Signer, SigningKey};
pub use sign::{Validity, sign};
pub use verify::{Signed, verify};

use super::read::XmlError;

/// SOAP 1.1.
pub const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// WS-Security: the header.
pub const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
/// WS-Security: timestamps and ids.
pub const WSU: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
/// XML Signature.
pub const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
/// Exclusive XML Canonicalization without comments: its name and its namespace.
pub const EXC_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// Why a message is not taken as signed, or could not be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not XML within the limits.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// No WS-Security header with a signature and a timestamp.
    #[error("the message is not signed")]
    Unsigned,
    /// The message is built in a way that would leave open what was signed.
    #[error("the signed message has no clear shape: {0}")]
    Shape(&'static str),
    /// An algorithm, transform or parameter that is not accepted.
    #[error("the signature names a {0} that is not accepted")]
    Algorithm(&'static str),
    /// A reference leads nowhere, or to what nobody signs.
    #[error("a reference of the signature leads to no part of the message")]
    Reference,
    /// Something that must be signed is not.
    #[error("the {0} is not signed")]
    NotCovered(&'static str),
    /// An element is not the one that was signed.
    #[error("a signed part of the message was changed")]
    Digest,
    /// No certificate of the caller's made the signature.
    #[error("the signature was not made by a trusted certificate")]
    Signature,
    /// The crypto library refused.
    #[error("the crypto library failed")]
    Crypto,
}
