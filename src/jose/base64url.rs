//! base64url without padding, RFC 7515 appendix C. Foreign characters, padding and bits left over in
//! the last character are errors: each byte string has exactly one spelling.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub(super) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn append(bytes: &[u8], to: &mut String) {
    URL_SAFE_NO_PAD.encode_string(bytes, to);
}

pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
