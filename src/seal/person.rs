//! The key of one person, and what is sealed with it.

use std::fmt;

use zeroize::{Zeroize as _, Zeroizing};

use super::appliance::ApplianceKeys;
use super::cipher::{Broken, Cipher, NONCE};
use super::place::{Kind, Place};
use super::secret::Secret;

/// First byte of a value sealed under a person's key.
const FORMAT: u8 = 1;

/// The key under which everything about one person is sealed. It exists in the database only in
/// wrapped form; deleting that row makes the person's data unreadable wherever it was copied.
pub struct PersonKey {
    bytes: Secret<[u8; 32]>,
    cipher: Cipher,
}

impl PersonKey {
    /// A new key from 32 fresh random bytes.
    pub fn draw(mut random: [u8; 32]) -> Self {
        let key = Self::from_bytes(&random);
        random.zeroize();
        key
    }

    fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self { bytes: Secret::new(*bytes), cipher: Cipher::new(bytes) }
    }

    /// The key as it is stored: sealed under the current appliance key for this place.
    pub fn wrap(&self, keys: &ApplianceKeys, place: &Place<'_>, nonce: [u8; NONCE]) -> Vec<u8> {
        keys.seal_as(Kind::WrappedKey, place, self.bytes.expose(), nonce)
    }

    /// Undoes `wrap`.
    ///
    /// # Errors
    /// [`Broken::UnknownKey`] if the appliance key is not loaded; otherwise [`Broken::Refused`].
    pub fn unwrap(wrapped: &[u8], keys: &ApplianceKeys, place: &Place<'_>) -> Result<Self, Broken> {
        let bytes: Zeroizing<Vec<u8>> = keys.open_as(Kind::WrappedKey, place, wrapped)?;
        let bytes: &[u8; 32] = bytes.as_slice().try_into().map_err(|_length| Broken::Refused)?;
        Ok(Self::from_bytes(bytes))
    }
}

impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonKey(…)")
    }
}

/// Seals a value of a person for one place: format byte, nonce, ciphertext, tag (29 bytes more than
/// `plain`). The nonce is 12 fresh random bytes.
pub fn seal(key: &PersonKey, place: &Place<'_>, plain: &[u8], nonce: [u8; NONCE]) -> Vec<u8> {
    let associated = place.associated_data(FORMAT, Kind::Personal);
    let mut sealed = Vec::with_capacity(29 + plain.len());
    sealed.push(FORMAT);
    key.cipher.seal(&associated, plain, nonce, &mut sealed);
    sealed
}

/// Undoes `seal`, given the same key and place.
///
/// # Errors
/// [`Broken::Refused`].
pub fn open(key: &PersonKey, place: &Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Broken> {
    let Some((&FORMAT, rest)) = sealed.split_first() else { return Err(Broken::Refused) };
    key.cipher.open(&place.associated_data(FORMAT, Kind::Personal), rest)
}
