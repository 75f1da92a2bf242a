//! JOSE: signed tokens and the keys that go with them.
//!
//! Here: compact JWS (RFC 7515), JWK and JWK Set of public keys (RFC 7517), the algorithms ES256,
//! RS256, PS256 (RFC 7518) and EdDSA with Ed25519 (RFC 8037), thumbprints (RFC 7638), the hash that
//! ties an access token to an ID token (OpenID Connect Core 3.1.3.6), following RFC 8725.
//!
//! Absent on purpose: `none` and every HMAC algorithm, so that no public key can be passed off as a
//! secret; trust in keys that travel inside a token (`jwk`, `jku`, `x5c`, `x5u`); `crit`, `b64` and
//! `zip`; JSON serialisation; private JWKs; encryption. Whether the *claims* are acceptable (issuer,
//! audience, times) is decided by the caller, who knows what the token is for.
//!
//! We do not use a ready-made crate because those at hand parse the private key again for each
//! signature, which doubles the price of a token.

mod algorithm;
mod base64url;
mod header;
mod jwk;
mod sign;
#[cfg(test)]
mod tests;
mod verify;

pub use algorithm::{Algorithm, UnknownAlgorithm, access_token_hash};
pub use header::{Header, Typ};
pub use jwk::{Jwk, JwkRefused, JwkSet, MAX_KEYS};
pub use sign::{Fault, SigningKey};
pub use verify::{MAX_TOKEN, Refused, Verified, VerifyingKey, verify};
