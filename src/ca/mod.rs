//! The town's own certificate authority and everything that is signed in its name.
//!
//! Here: root and issuing authority (RFC 5280) and their revocation lists, server certificates for towns
//! without a public name, the signer of statements; the *person binding* (a JWS which ties an identity check
//! to an authenticator's public key, RFC 7515 and RFC 7800) and the list of revoked ones; checkpoints of the
//! audit and its verification.
//!
//! Private keys are rows of the table `authority`, sealed by the appliance key. The root's key can be taken
//! off line. The signer is renewed by itself; certificates of former signers stay, their keys do not.
//!
//! Absent on purpose: OCSP, delta lists, ACME, distribution points (a town's address may change, its
//! certificates do not), name constraints, keys other than P-256, a clock, and anything that would put
//! personal data into a statement.

mod audit;
mod authority;
pub mod binding;
mod chain;
pub mod checkpoint;
mod crl;
mod key;
mod pem;
mod revocation;
mod root;
mod rotation;
mod server;
mod signer;
mod spki;
mod statement;
#[cfg(test)]
pub(crate) mod tests;

pub use audit::{Break, CheckpointBroken, Report, Trust, verify_audit};
pub use authority::{Authority, ISSUING, NewAuthorities, ROOT, create, expires, issuing, root_pem};
pub use crl::{issuing_crl, root_crl};
pub use pem::certificate as certificate_pem;
pub use revocation::{MAX_REVOCATIONS, Revocations, revocations};
pub use root::{RootRemoval, export_root, prepare_removal};
pub use rotation::{Resealed, keep_resealed, reseal};
pub use server::{ServerCertificate, server_certificate};
pub use signer::{Signer, current_signer, ensure_signer, ensure_signer_blocking};
pub use statement::Refused;

use crate::{jose, seal, store};

/// We are broken, or not set up: no fault of whoever asked.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Fault),
    /// The file of the appliance key.
    #[error(transparent)]
    KeyFile(#[from] seal::KeyFileFault),
    /// A sealed key does not open.
    #[error("the key of the authority {name:?}: {cause}; restore a backup together with its key file")]
    Sealed {
        /// Name of its row.
        name: String,
        /// What the seal says.
        cause: seal::Broken,
    },
    /// There is no such authority.
    #[error("the authority {0:?} is missing from the store; run: torhaus setup")]
    Missing(String),
    /// Its key was taken off line.
    #[error("the private key of the authority {0:?} is not on this machine")]
    Offline(String),
    /// Certificate and key do not belong together, or are none.
    #[error("the row of the authority {0:?} is damaged; restore a backup")]
    Damaged(String),
    /// Its certificate has run out.
    #[error("the certificate of the authority {0:?} has expired; check the clock, or set up a new authority")]
    Expired(String),
    /// The town has no name which a certificate could carry.
    #[error("the town's name {0:?} holds nothing that a certificate could carry")]
    Town(String),
    /// The authenticator's key is none that a verifier could use.
    #[error("the authenticator's public key is not P-256, Ed25519 or RSA of 2048 to 4096 bits")]
    AuthenticatorKey,
    /// Not an address with a host.
    #[error("{0:?} is not a public address with a host name; write for example https://id.town.example")]
    Address(String),
    /// The certificate could not be built.
    #[error("a certificate could not be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The statement could not be signed.
    #[error(transparent)]
    Signing(#[from] jose::Fault),
    /// The crypto library refused.
    #[error("the crypto library failed")]
    Crypto(#[from] aws_lc_rs::error::Unspecified),
    /// A root certificate given from outside is none of ours.
    #[error(transparent)]
    Refused(#[from] Refused),
}
