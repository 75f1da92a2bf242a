//! The key hierarchy of the store: what is sealed before it reaches a row, and with which key.
//!
//! ```text
//! appliance key (a file, mode 0600) ─ wraps ─ person key (a row; deleting it deletes the person's
//!        │                                    data in every backup) ─ seals ─ personal attributes
//!        └─ seals ─ signature keys, lookup key, other secrets of the appliance
//! lookup key ─ keyed hashes of what must be found without being read
//! ```
//!
//! Sealing is AES-256-GCM-SIV (RFC 8452), which forgives a repeated nonce; each seal is bound to the
//! table, row and column it was made for, so a value copied elsewhere does not open. Keyed hashes
//! are HMAC-SHA-256 (RFC 2104).
//!
//! Absent on purpose: passwords and key stretching, asymmetric encryption, randomness (callers bring
//! it) and all I/O except the key file.

mod appliance;
mod cipher;
mod keyfile;
mod lookup;
mod person;
mod place;
mod secret;
mod shared;
#[cfg(test)]
mod tests;

pub use appliance::{ApplianceKeys, KeyId};
pub use cipher::{Broken, NONCE};
pub use keyfile::KeyFileFault;
pub use lookup::LookupKey;
pub use person::{PersonKey, open, seal};
pub use place::Place;
pub use secret::Secret;
pub use shared::SharedKeys;
