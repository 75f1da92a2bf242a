//! The four signature algorithms, and the token hash whose function depends on them.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use serde::{Deserialize, Serialize};

use super::base64url;

/// A signature algorithm by its JOSE name (RFC 7518 3.1, RFC 8037 3.1). The list is closed: what is
/// not here can neither be configured nor asked for by a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256; the signature is `r || s`, 64 bytes.
    #[serde(rename = "ES256")]
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256; what OpenID Connect clients expect when nothing is said.
    #[serde(rename = "RS256")]
    Rs256,
    /// RSASSA-PSS with SHA-256 and a salt of 32 bytes.
    #[serde(rename = "PS256")]
    Ps256,
    /// Ed25519. Ed448, which shares the JOSE name, is not supported.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

/// The text is not the name of a supported algorithm.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown signature algorithm {0:?}; use ES256, RS256, PS256 or EdDSA")]
pub struct UnknownAlgorithm(pub String);

impl Algorithm {
    /// All of them, most recommended first.
    pub const ALL: [Self; 4] = [Self::Es256, Self::EdDsa, Self::Ps256, Self::Rs256];

    /// The JOSE name, e.g. `ES256`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::EdDsa => "EdDSA",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        let found = Self::ALL.into_iter().find(|known| known.name() == name);
        found.ok_or_else(|| UnknownAlgorithm(name.to_owned()))
    }
}

/// `at_hash`: the left half of the token's hash in base64url, with the hash function of the ID
/// token's algorithm (OpenID Connect Core 3.1.3.6). Ed25519 hashes with SHA-512.
pub fn access_token_hash(token: &str, algorithm: Algorithm) -> String {
    let function = match algorithm {
        Algorithm::Es256 | Algorithm::Rs256 | Algorithm::Ps256 => &SHA256,
        Algorithm::EdDsa => &SHA512,
    };
    let hash = digest(function, token.as_bytes());
    let (left, _) = hash.as_ref().split_at(hash.as_ref().len() / 2);
    base64url::encode(left)
}
