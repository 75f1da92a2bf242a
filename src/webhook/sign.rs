//! Secrets and signatures (Standard Webhooks 1.0.0, "Signature scheme", symmetric).

use crate::domain::dice::{Dice, draw};
use crate::domain::id::MessageId;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};

/// How a secret begins where it is shown.
const PREFIX: &str = "whsec_";

/// 32 random bytes, which sign.
#[derive(Clone, Debug)]
pub struct SigningSecret(Secret<[u8; 32]>);

impl SigningSecret {
    /// Draws one.
    #[must_use]
    pub fn draw(dice: &dyn Dice) -> Self {
        Self(Secret::new(draw(dice)))
    }
    /// From what was sealed. `None`: it is no secret.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(Secret::new(bytes)))
    }
    /// What is sealed.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.0.expose()
    }
    /// As its owner copies it: `whsec_` and base64.
    #[must_use]
    pub fn expose(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(self.0.expose()))
    }
}

/// The value of `webhook-signature`: one signature for each secret that counts now.
#[must_use]
pub fn signature(secrets: &[SigningSecret], id: MessageId, at: Timestamp, body: &str) -> String {
    let signed = format!("{id}.{}.{body}", at.as_seconds());
    let one = |secret: &SigningSecret| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.bytes());
        format!("v1,{}", STANDARD.encode(hmac::sign(&key, signed.as_bytes())))
    };
    secrets.iter().map(one).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_signature_that_anybody_else_makes() {
        let secret = SigningSecret::from_bytes(&[7; 32]).unwrap();
        assert_eq!(secret.expose(), "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=");
        let id = MessageId::from_bytes([1; 16]);
        assert_eq!(id.to_string(), "msg_01040g2081040g2081040g2081");
        // python3: hmac.new(bytes([7])*32, b'msg_….1795338840.{"type":"test"}', 'sha256')
        let signed =
            signature(std::slice::from_ref(&secret), id, Timestamp(1_795_338_840_123), r#"{"type":"test"}"#);
        assert_eq!(signed, "v1,dfNRMbfEtp1kYN4MXAEROSsC7HUaeNEsj5fZ9DIRJwE=");
        let two = signature(&[secret.clone(), secret], id, Timestamp(0), "");
        assert_eq!(two.split(' ').count(), 2);
        assert!(SigningSecret::from_bytes(&[1; 31]).is_none());
    }
}
