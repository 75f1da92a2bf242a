//! Finding a row by a value that the row must not show.

use std::fmt;

use aws_lc_rs::hmac;
use zeroize::Zeroize as _;

/// The key of all lookup hashes of the appliance. Without it a stolen database cannot be searched for
/// guessed names or numbers.
pub struct LookupKey(hmac::Key);

impl LookupKey {
    /// From 32 random bytes, drawn once per appliance and kept sealed.
    pub fn new(mut bytes: [u8; 32]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
        bytes.zeroize();
        Self(key)
    }

    /// HMAC-SHA-256 over the length of the purpose (8 bytes, big-endian), the purpose, the value. The
    /// same value has unrelated hashes for different purposes.
    pub fn hash(&self, purpose: &str, value: &[u8]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(&(purpose.len() as u64).to_be_bytes());
        context.update(purpose.as_bytes());
        context.update(value);
        context.sign().as_ref().try_into().expect("HMAC-SHA-256 has 32 bytes")
    }
}

impl fmt::Debug for LookupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookupKey(…)")
    }
}
