//! A private key of card cryptography as it rests: sealed in the store, wiped when dropped.

use crate::cvc::curve::Curve;
use crate::cvc::key::{KeyError, PrivateKey};
use crate::domain::dice::Dice;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

/// Curve and secret number. Serialises in clear: only ever into something that is sealed.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeptKey {
    /// The number of the standardized domain parameters (TR-03110-3 A.2.1.1).
    curve: u32,
    secret: Vec<u8>,
}

impl KeptKey {
    /// Draws one.
    ///
    /// # Errors
    /// [`KeyError::Randomness`] of a source that gives none.
    pub fn draw(curve: Curve, dice: &dyn Dice) -> Result<(Self, PrivateKey), KeyError> {
        Self::draw_from(curve, &mut |out| dice.fill(out))
    }

    /// Draws one from another source of bytes.
    ///
    /// # Errors
    /// [`KeyError::Randomness`].
    pub fn draw_from(curve: Curve, fill: &mut dyn FnMut(&mut [u8])) -> Result<(Self, PrivateKey), KeyError> {
        // `PrivateKey` gives its secret to nobody, so the last draw, which became the key, is kept here.
        let mut last = Zeroizing::new(Vec::new());
        let key = PrivateKey::draw(curve, &mut |out| {
            fill(out);
            *last = out.to_vec();
        })?;
        Ok((Self { curve: curve.standardized_id(), secret: last.to_vec() }, key))
    }

    /// The key.
    ///
    /// # Errors
    /// [`KeyError::Private`] if what was kept is none.
    pub fn key(&self) -> Result<PrivateKey, KeyError> {
        let curve = Curve::ALL.into_iter().find(|curve| curve.standardized_id() == self.curve);
        PrivateKey::from_bytes(curve.ok_or(KeyError::Private)?, &self.secret)
    }
}

impl Drop for KeptKey {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

impl std::fmt::Debug for KeptKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_key_comes_back() {
        for curve in Curve::ALL {
            let mut next = 7_u8;
            let mut fill = |out: &mut [u8]| {
                out.iter_mut().for_each(|byte| {
                    next = next.wrapping_mul(31).wrapping_add(1);
                    *byte = next;
                });
                out[0] &= 0x0F;
            };
            let (kept, key) = KeptKey::draw_from(curve, &mut fill).unwrap();
            let text = serde_json::to_string(&kept).unwrap();
            let again: KeptKey = serde_json::from_str(&text).unwrap();
            assert_eq!(again.key().unwrap().public(), key.public());
            assert_eq!(format!("{kept:?}"), "…");
        }
    }
}
