//! What can be broken in this room; never the fault of the one who asked.

use crate::jose::{self, Algorithm};
use crate::{seal, store};

/// We are broken. Logged once, at the boundary.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Fault),
    /// Signing.
    #[error(transparent)]
    Jose(#[from] jose::Fault),
    /// A signing key does not open.
    #[error("signing key: {0}")]
    Seal(#[from] seal::Broken),
    /// The appliance key can not be read.
    #[error(transparent)]
    KeyFile(#[from] seal::KeyFileFault),
    /// Nobody made a key for an algorithm which a service is registered with.
    #[error("no active signing key for {0}; `torhaus service add` makes it")]
    NoKey(Algorithm),
    /// A row holds what this room never writes.
    #[error("corrupt {0}")]
    Corrupt(&'static str),
}
