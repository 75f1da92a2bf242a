//! Random values of the demo services: session names, state, nonce, PKCE verifiers.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// 256 random bits as 43 characters of base64url, which is also a valid PKCE `code_verifier`
/// (RFC 7636 §4.1 wants 43 to 128 characters of that alphabet).
pub fn token() -> String {
    let mut bytes = [0u8; 32];
    aws_lc_rs::rand::fill(&mut bytes).expect("aws-lc ends the process rather than run without entropy");
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::token;

    #[test]
    fn tokens_fit_pkce_and_do_not_repeat() {
        let (one, other) = (token(), token());
        assert_eq!(one.len(), 43);
        assert!(one.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        assert_ne!(one, other);
    }
}
