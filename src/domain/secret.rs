//! Bearer secrets: drawn once, shown once, kept as a hash only.

use super::dice::{Dice, draw};
use aws_lc_rs::{constant_time, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

/// A value which must not be shown: no `Display`, no `Serialize`, `Debug` prints `…`.
#[derive(Clone)]
pub struct Secret<T: zeroize::Zeroize>(Zeroizing<T>);

impl<T: zeroize::Zeroize> Secret<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }
    /// The value itself: a call that stands out in a review.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: zeroize::Zeroize> std::fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// A bearer secret of 256 bits in base64url: code, token, cookie, client secret, invite.
#[derive(Clone, Debug)]
pub struct Bearer(Secret<String>);

impl Bearer {
    /// Draws a new one.
    #[must_use]
    pub fn draw(dice: &dyn Dice) -> Self {
        let bytes: Zeroizing<[u8; 32]> = Zeroizing::new(draw(dice));
        Self(Secret::new(URL_SAFE_NO_PAD.encode(*bytes)))
    }
    /// The text which is handed out.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
    /// What the store keeps.
    #[must_use]
    pub fn hash(&self) -> BearerHash {
        BearerHash::of(self.expose())
    }
}

/// SHA-256 of a bearer secret. Enough because the secret has 256 bits of entropy: there is nothing to guess.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BearerHash(pub [u8; 32]);

impl BearerHash {
    /// Hashes what a stranger presented, whatever it is.
    #[must_use]
    pub fn of(presented: &str) -> Self {
        let mut out = [0; 32];
        out.copy_from_slice(digest::digest(&digest::SHA256, presented.as_bytes()).as_ref());
        Self(out)
    }
    /// Compares in constant time.
    #[must_use]
    pub fn matches(&self, presented: &str) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &Self::of(presented).0).is_ok()
    }
}

impl std::fmt::Debug for BearerHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}
