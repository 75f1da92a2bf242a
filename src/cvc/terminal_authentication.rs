//! Terminal authentication version 2 (TR-03110-2 3.3, TR-03110-3 A.6, B.3).
//!
//! The terminal signs what ties it to this card, this session, the ephemeral key of the chip authentication that
//! follows, and what it will ask the card to compare.

use super::curve::Hash;
use super::key::{KeyError, PrivateKey, PublicKey};

/// What the signature covers.
#[derive(Clone, Copy, Debug)]
pub struct Session<'a> {
    /// `ID_PICC`: the compressed ephemeral key of the card from PACE (TR-03110-2 3.3.2).
    pub id_picc: &'a [u8],
    /// `r_PICC`: the card's challenge.
    pub challenge: &'a [u8; 8],
    /// The terminal's ephemeral key for chip authentication.
    pub ephemeral: &'a PublicKey,
    /// The object `67`, see [`super::auxiliary_data::AuxiliaryData::encode`]; empty if there is none.
    pub auxiliary_data: &'a [u8],
}

/// `ID_PICC || r_PICC || Comp(PK_PCD) || A_PCD` (TR-03110-2 3.3.1). The ephemeral key is given compressed, which is
/// all that a card has of it before chip authentication (TR-03110-3 B.3).
pub fn input(id_picc: &[u8], challenge: &[u8; 8], compressed: &[u8], auxiliary_data: &[u8]) -> Vec<u8> {
    [id_picc, challenge, compressed, auxiliary_data].concat()
}

impl Session<'_> {
    /// See [`input`].
    pub fn input(&self) -> Vec<u8> {
        input(self.id_picc, self.challenge, self.ephemeral.compressed(), self.auxiliary_data)
    }

    /// The terminal's side: `r || s`.
    ///
    /// # Errors
    /// [`KeyError::Library`].
    pub fn sign(&self, terminal: &PrivateKey) -> Result<Vec<u8>, KeyError> {
        terminal.sign(&self.input())
    }

    /// The card's side; key and hash are those of a [`super::chain::VerifiedTerminal`].
    ///
    /// # Errors
    /// [`KeyError::Signature`].
    pub fn verify(&self, terminal: &PublicKey, hash: Hash, signature: &[u8]) -> Result<(), KeyError> {
        terminal.verify(hash, &self.input(), signature)
    }
}
