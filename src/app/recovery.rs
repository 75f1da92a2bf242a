//! The recovery key: shown once at setup, never kept. Its public half is kept, so that backups can be encrypted
//! to it; with it alone a town comes back on another machine.

use crate::domain::dice::{Dice, draw};
use aws_lc_rs::agreement::{PrivateKey, X25519};
use zeroize::Zeroizing;

/// The setting that holds the public half, as lower-case hex.
pub const SETTING: &str = "recovery-public-key";

/// A drawn recovery key.
pub struct RecoveryKey {
    /// 32 bytes in groups of five digits, to be written down.
    pub text: Zeroizing<String>,
    /// X25519 public key (RFC 7748), lower-case hex.
    pub public: String,
}

/// No letters that are confused on paper: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl RecoveryKey {
    /// Draws one.
    #[must_use]
    pub fn draw(dice: &dyn Dice) -> Self {
        let bytes: Zeroizing<[u8; 32]> = Zeroizing::new(draw(dice));
        let key = PrivateKey::from_private_key(&X25519, bytes.as_slice()).expect("any 32 bytes are a key");
        let public = key.compute_public_key().expect("a private key has a public half");
        Self { text: Zeroizing::new(write(&bytes)), public: crate::domain::service::hex(public.as_ref()) }
    }
}

/// Base 32 in groups of five: `7F3K2-…`.
fn write(bytes: &[u8; 32]) -> String {
    let mut digits = String::with_capacity(64);
    let (mut value, mut bits) = (0u32, 0u32);
    for &byte in bytes {
        value = (value << 8) | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            digits.push(char::from(ALPHABET[((value >> bits) & 31) as usize]));
        }
        value &= (1 << bits) - 1;
    }
    if bits > 0 {
        digits.push(char::from(ALPHABET[((value << (5 - bits)) & 31) as usize]));
    }
    let groups: Vec<&str> =
        (0..digits.len()).step_by(5).map(|at| &digits[at..(at + 5).min(digits.len())]).collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recovery_key_is_52_digits_in_groups() {
        let text = write(&[0xff; 32]);
        assert_eq!(text.replace('-', "").len(), 52);
        assert_eq!(text.split('-').count(), 11);
        assert!(text.starts_with("ZZZZZ-"));
    }
}
