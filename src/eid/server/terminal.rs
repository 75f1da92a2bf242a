//! Who asks: the authentication terminal with its certificates, what they bind, and its sector.

use crate::cvc::certificate::Certificate;
use crate::cvc::chain::{self, ChainError};
use crate::cvc::chat::Rights;
use crate::cvc::description::{self, DescriptionError};
use crate::cvc::key::PrivateKey;
use crate::cvc::restricted_identification::{RestrictedError, Sector, SectorKey};
use jiff::civil::Date;

/// A terminal whose parts fit together; checked when it was made.
#[derive(Debug)]
pub struct Terminal {
    key: PrivateKey,
    chain: Vec<Certificate>,
    description: Vec<u8>,
    sector: SectorKey,
    rights: Rights,
}

/// What a terminal is put together from.
#[derive(Debug)]
pub struct Parts {
    /// Certificates in order: links, the document verifier, the terminal.
    pub chain: Vec<Certificate>,
    /// The terminal's key.
    pub key: PrivateKey,
    /// The certificate description in DER.
    pub description: Vec<u8>,
    /// The sector.
    pub sector: SectorKey,
}

/// Why the parts do not fit.
#[derive(Debug, thiserror::Error)]
pub enum TerminalError {
    /// The chain does not lead from the root to a terminal.
    #[error("the terminal's certificates: {0}")]
    Chain(#[from] ChainError),
    /// The key is not the certificate's.
    #[error("the terminal's key does not belong to its certificate")]
    Key,
    /// The certificate binds no or another description.
    #[error("the terminal's certificate description: {0}")]
    Description(#[from] DescriptionError),
    /// The certificate binds no or another sector.
    #[error("the terminal's sector: {0}")]
    Sector(#[from] RestrictedError),
}

impl Terminal {
    /// Puts one together.
    ///
    /// # Errors
    /// Any of [`TerminalError`]: better here than at a resident's card.
    pub fn new(roots: &[Certificate], parts: Parts, today: Date) -> Result<Self, TerminalError> {
        let Parts { chain, key, description, sector } = parts;
        let verified = chain::verify(roots, &chain, today)?;
        if verified.key != *key.public() {
            return Err(TerminalError::Key);
        }
        let hash = verified.binding_hash;
        let bound = verified.extensions.description.clone().unwrap_or_default();
        description::bound(&description, hash, &bound)?;
        sector.check(hash, &verified.extensions, Sector::First)?;
        Ok(Self { key, chain, description, sector, rights: verified.rights })
    }

    /// Its key.
    pub(super) const fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// Its certificates as EAC1 carries them: the terminal's first.
    pub(super) fn certificates(&self) -> Vec<Vec<u8>> {
        self.chain.iter().rev().map(|certificate| certificate.as_bytes().to_vec()).collect()
    }

    /// The certificate description in DER.
    pub(super) fn description(&self) -> &[u8] {
        &self.description
    }

    /// Its sector.
    pub(super) const fn sector(&self) -> &SectorKey {
        &self.sector
    }

    /// What its certificates let it ask.
    #[must_use]
    pub const fn rights(&self) -> Rights {
        self.rights
    }
}
