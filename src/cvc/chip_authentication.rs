//! Chip authentication version 2 (TR-03110-2 3.4, TR-03110-3 A.4, B.2).
//!
//! The card proves that it has the key of its EF.CardSecurity, and both sides get the keys of secure messaging. That
//! the key belongs to a genuine card is shown by passive authentication, see [`super::card_security`].

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::{cmac, digest};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::certificate::encode_key;
use super::key::{KeyError, PrivateKey, PublicKey};
use super::oid;

/// Cipher and key length. 3DES is absent on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    /// id-CA-ECDH-AES-CBC-CMAC-128.
    Aes128,
    /// id-CA-ECDH-AES-CBC-CMAC-192.
    Aes192,
    /// id-CA-ECDH-AES-CBC-CMAC-256.
    Aes256,
}

/// The keys of secure messaging. Wiped from memory when dropped.
#[derive(Clone)]
pub struct SessionKeys {
    pub(super) protocol: Protocol,
    pub(super) encryption: Zeroizing<Vec<u8>>,
    pub(super) authentication: Zeroizing<Vec<u8>>,
}

/// Why chip authentication fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChipError {
    /// The key agreement is not possible.
    #[error("chip authentication: {0}")]
    Key(#[from] KeyError),
    /// The card does not have the key that it claims.
    #[error("the card's authentication token is wrong")]
    Token,
}

impl Protocol {
    /// The protocol's identifier.
    pub fn oid(self) -> &'static [u8] {
        match self {
            Self::Aes128 => oid::CA_ECDH_AES_128,
            Self::Aes192 => oid::CA_ECDH_AES_192,
            Self::Aes256 => oid::CA_ECDH_AES_256,
        }
    }

    /// The protocol with this identifier, if it is one of ours.
    pub fn from_oid(id: &[u8]) -> Option<Self> {
        [Self::Aes128, Self::Aes192, Self::Aes256].into_iter().find(|p| p.oid() == id)
    }

    fn key_length(self) -> usize {
        match self {
            Self::Aes128 => 16,
            Self::Aes192 => 24,
            Self::Aes256 => 32,
        }
    }
}

impl SessionKeys {
    /// `KDF(K, r, c) = H(K || r || c)`, c = 1 for encryption, 2 for authentication (TR-03110-3 A.2.3).
    pub fn derive(protocol: Protocol, shared: &[u8], nonce: &[u8]) -> Self {
        // SHA-1 here derives keys from a secret; it needs no collision resistance, and the guideline fixes it.
        let hash = match protocol {
            Protocol::Aes128 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Protocol::Aes192 | Protocol::Aes256 => &digest::SHA256,
        };
        let key = |counter: u32| {
            let mut context = digest::Context::new(hash);
            context.update(shared);
            context.update(nonce);
            context.update(&counter.to_be_bytes());
            Zeroizing::new(context.finish().as_ref()[..protocol.key_length()].to_vec())
        };
        Self { protocol, encryption: key(1), authentication: key(2) }
    }

    /// The key of encryption; for a recording.
    pub fn encryption(&self) -> &[u8] {
        &self.encryption
    }

    /// The key of authentication; for a recording.
    pub fn authentication(&self) -> &[u8] {
        &self.authentication
    }

    /// CMAC cut to eight bytes (TR-03110-3 E.2.2.2).
    pub(super) fn mac(&self, parts: &[&[u8]]) -> Result<[u8; 8], KeyError> {
        let algorithm = match self.protocol {
            Protocol::Aes128 => cmac::AES_128,
            Protocol::Aes192 => cmac::AES_192,
            Protocol::Aes256 => cmac::AES_256,
        };
        let key = cmac::Key::new(algorithm, &self.authentication).ok().ok_or(KeyError::Library)?;
        let tag = cmac::sign(&key, &parts.concat()).ok().ok_or(KeyError::Library)?;
        tag.as_ref().first_chunk::<8>().copied().ok_or(KeyError::Library)
    }

    /// `T_PICC`: over the terminal's ephemeral key with the protocol's identifier (TR-03110-3 A.2.2.3, B.2).
    fn token(&self, ephemeral: &PublicKey) -> Result<[u8; 8], KeyError> {
        self.mac(&[&encode_key(self.protocol.oid(), ephemeral, false)])
    }
}

impl std::fmt::Debug for SessionKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionKeys").field("protocol", &self.protocol).finish_non_exhaustive()
    }
}

/// The terminal's side: `chip` is from EF.CardSecurity, `nonce` and `token` from the card's answer.
///
/// # Errors
/// [`ChipError::Token`] if the card does not have the key; [`ChipError::Key`] if the curves differ.
pub fn terminal(
    protocol: Protocol,
    ephemeral: &PrivateKey,
    chip: &PublicKey,
    nonce: &[u8; 8],
    token: &[u8; 8],
) -> Result<SessionKeys, ChipError> {
    let keys = SessionKeys::derive(protocol, &ephemeral.agree(chip)?, nonce);
    let expected = keys.token(ephemeral.public())?;
    verify_slices_are_equal(&expected, token).ok().ok_or(ChipError::Token)?;
    Ok(keys)
}

/// The card's side: the keys and the token. `ephemeral` must be the one of terminal authentication, which the
/// caller compares by [`PublicKey::compressed`] (TR-03110-2 3.4.1 step 2); `nonce` is fresh.
///
/// # Errors
/// [`ChipError::Key`].
pub fn card(
    protocol: Protocol,
    chip: &PrivateKey,
    ephemeral: &PublicKey,
    nonce: &[u8; 8],
) -> Result<(SessionKeys, [u8; 8]), ChipError> {
    let keys = SessionKeys::derive(protocol, &chip.agree(ephemeral)?, nonce);
    let token = keys.token(ephemeral)?;
    Ok((keys, token))
}
