//! AES-256-GCM-SIV around the crypto library: one key, parsed once.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::appliance::KeyId;

/// Bytes of randomness that each seal needs from its caller.
pub const NONCE: usize = NONCE_LEN;
/// Bytes that the seal adds to the text at the end.
const TAG: usize = 16;

/// The sealed bytes do not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Sealed under an appliance key that is not loaded: reload the key file, then try again.
    #[error("sealed under the appliance key {0}, which is not in the key file")]
    UnknownKey(KeyId),
    /// Damaged, cut off, of an unknown format, sealed under another key or for another place. Which
    /// of these cannot be told, except for the format.
    #[error("the sealed value does not open here")]
    Refused,
}

pub(super) struct Cipher(LessSafeKey);

impl Cipher {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM_SIV, key).expect("32 bytes are the right length");
        Self(LessSafeKey::new(key))
    }

    /// Appends nonce, ciphertext and tag to `out`.
    pub(super) fn seal(&self, associated: &[u8], plain: &[u8], nonce: [u8; NONCE], out: &mut Vec<u8>) {
        out.reserve(NONCE + plain.len() + TAG);
        out.extend(nonce);
        let start = out.len();
        out.extend(plain);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce, Aad::from(associated), &mut out[start..])
            .expect("sealing fails only beyond 64 GiB");
        out.extend(tag.as_ref());
    }

    /// Opens what `seal` appended.
    pub(super) fn open(&self, associated: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        let (nonce, text) = sealed.split_first_chunk::<NONCE>().ok_or(Broken::Refused)?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let mut text = Zeroizing::new(text.to_vec());
        let plain = self.0.open_in_place(nonce, Aad::from(associated), &mut text);
        let length = plain.map_err(|_unspecified| Broken::Refused)?.len();
        text.truncate(length);
        Ok(text)
    }
}
