//! The room `passkey`: a relying party of Web Authentication Level 3 (W3C), as pure functions.
//!
//! One [`RelyingParty`] per appliance. A ceremony has two halves: the first gives the options for the
//! page and a state for the store, the second takes the state back, once, with the browser's answer.
//! Challenges and the present time come in as arguments; nothing here reads a clock, a row or a socket.
//!
//! Two crates of one family do the verifying. Logging in goes through the safe `webauthn-rs`. Registering
//! goes through its core, `webauthn-rs-core`, because the safe interface has only "no attestation" and
//! "attestation demanded from a list of roots", while we ask for attestation and judge what comes.
//! Its builder also says "resident key required" by itself instead of our editing options afterwards.
//! What the library leaves out is checked here, before it or after it: the exact origin, `crossOrigin`
//! and `topOrigin` in both ceremonies, key algorithm against curve, credential id length, owner of the
//! credential, and the trust path with each root tried on its own.
//!
//! Policy, not negotiable: discoverable credentials, user verification required, backup eligibility
//! fixed at registration, a counter that does not rise is refused as a possible clone.
//!
//! Absent on purpose: attestation demanded from everybody, `SafetyNet` (withdrawn), trust in TPM and
//! `StrongBox` statements (the library cannot check them yet, they count as unattested), Ed25519, RSA
//! keys of other lengths than 2048 bits, related origins, and the PRF extension.

mod aaguid;
mod attestation;
mod authentication;
mod client_data;
mod public_key;
mod refusal;
mod registration;
mod relying_party;
mod state;

pub use aaguid::{Aaguid, authenticator_name};
pub use attestation::{Attestation, AttestationTrust, BadRoot};
pub use authentication::{Assertion, Authenticated, Mediation, Stored, read_assertion};
pub use public_key::PublicKey;
pub use refusal::Refusal;
pub use registration::{NewUser, Registered};
pub use relying_party::{BadConfig, RelyingParty};
pub use state::{Begun, CHALLENGE_BYTES, Challenge};

/// Longest answer of a browser which is read, in bytes. A TPM attestation with its chain has about 8 KiB.
pub const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// Longest credential id (Level 3 §6.5.1).
pub const MAX_CREDENTIAL_ID_BYTES: usize = 1023;

/// Reads JSON, all of it in UTF-8 (RFC 8259 §8.1): members which nobody asks for would else pass unread.
fn read_json<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_str(std::str::from_utf8(bytes).ok()?).ok()
}

#[cfg(test)]
#[path = "../../tests/it/town/phone.rs"]
pub mod phone;
#[cfg(test)]
mod tests;
