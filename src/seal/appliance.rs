//! The appliance key: the top of the hierarchy, and during a rotation its predecessor.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::hmac;
use zeroize::{Zeroize as _, Zeroizing};

use super::cipher::{Broken, Cipher, NONCE};
use super::place::{Kind, Place};
use super::secret::Secret;

/// First byte of whatever is sealed under an appliance key.
const FORMAT: u8 = 1;

/// Names an appliance key: four bytes computed from it, written as eight hex digits. That a key is
/// what its name says can therefore be checked, which catches damage to the key file.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId([u8; 4]);

/// The appliance key under which we seal, and while a rotation is under way also the former one,
/// which still opens. Parsed once; see `keyfile.rs` for the file.
pub struct ApplianceKeys {
    pub(super) current: ApplianceKey,
    pub(super) former: Option<ApplianceKey>,
}

pub(super) struct ApplianceKey {
    pub(super) id: KeyId,
    pub(super) bytes: Secret<[u8; 32]>,
    cipher: Cipher,
}

impl ApplianceKeys {
    /// The key that seals now. What is sealed under another one must be sealed anew before a rotation
    /// can be finished; [`ApplianceKeys::sealed_under`] tells.
    pub fn current_id(&self) -> KeyId {
        self.current.id
    }

    /// The key that a rotation under way is getting rid of.
    pub fn former_id(&self) -> Option<KeyId> {
        self.former.as_ref().map(|former| former.id)
    }

    /// Which key sealed or wrapped these bytes, without opening them; None if they have another
    /// format.
    pub fn sealed_under(sealed: &[u8]) -> Option<KeyId> {
        split(sealed).map(|(id, _)| id)
    }

    /// Seals a secret of the appliance itself, such as a signature key: format byte, key id, nonce,
    /// ciphertext, tag (33 bytes more than `plain`). The nonce is 12 fresh random bytes.
    pub fn seal(&self, place: &Place<'_>, plain: &[u8], nonce: [u8; NONCE]) -> Vec<u8> {
        self.seal_as(Kind::Appliance, place, plain, nonce)
    }

    /// Undoes `seal`, given the same place.
    ///
    /// # Errors
    /// [`Broken::UnknownKey`] if the key is not loaded; otherwise [`Broken::Refused`].
    pub fn open(&self, place: &Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        self.open_as(Kind::Appliance, place, sealed)
    }

    pub(super) fn seal_as(&self, kind: Kind, place: &Place<'_>, plain: &[u8], nonce: [u8; NONCE]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(33 + plain.len());
        sealed.push(FORMAT);
        sealed.extend(self.current.id.0);
        self.current.cipher.seal(&place.associated_data(FORMAT, kind), plain, nonce, &mut sealed);
        sealed
    }

    pub(super) fn open_as(
        &self,
        kind: Kind,
        place: &Place<'_>,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Broken> {
        let (id, rest) = split(sealed).ok_or(Broken::Refused)?;
        let mut keys = std::iter::once(&self.current).chain(&self.former);
        let key = keys.find(|key| key.id == id).ok_or(Broken::UnknownKey(id))?;
        key.cipher.open(&place.associated_data(FORMAT, kind), rest)
    }
}

/// The id is not sealed itself: changing it only leads to a key under which the rest does not open.
fn split(sealed: &[u8]) -> Option<(KeyId, &[u8])> {
    let (&FORMAT, rest) = sealed.split_first()? else { return None };
    let (id, rest) = rest.split_first_chunk::<4>()?;
    Some((KeyId(*id), rest))
}

impl ApplianceKey {
    pub(super) fn new(mut bytes: [u8; 32]) -> Self {
        let name = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &bytes), b"torhaus appliance key id");
        let (id, _) = name.as_ref().split_first_chunk().expect("HMAC-SHA-256 has 32 bytes");
        let key = Self { id: KeyId(*id), bytes: Secret::new(bytes), cipher: Cipher::new(&bytes) };
        bytes.zeroize();
        key
    }
}

impl fmt::Debug for ApplianceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ApplianceKeys");
        shown.field("current", &self.current.id).field("former", &self.former_id()).finish_non_exhaustive()
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for KeyId {
    type Err = ();

    fn from_str(hex: &str) -> Result<Self, ()> {
        let id = u32::from_str_radix(hex, 16).map_err(|_not_hex| ())?;
        let id = Self(id.to_be_bytes());
        // One spelling only: eight small digits, no sign.
        if id.to_string() == hex { Ok(id) } else { Err(()) }
    }
}
