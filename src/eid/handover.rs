//! From a customer's page to its provider in the attached model: the address of the TC token at the provider, to which
//! the customer's own redirects. Not of TR-03130-1, which has no word for it: between a house and a house that it rents
//! from ([`super::service`] writes it, [`super::facade`] reads it).
//!
//! It names the session, where the browser shall go afterwards, and by which TLS certificates the customer is reached;
//! and proves by the session's PSK, which only the two of them know, that the customer says so.

use crate::domain::secret::Secret;
use crate::http::Params;
use crate::xml::read::from_hex;
use crate::xml::write::to_hex;
use aws_lc_rs::hmac;
use url::form_urlencoded::Serializer;

/// Longest identifier or address that is looked at.
const MAX_TEXT: usize = 2048;
/// TLS certificates at most: today's, and the one before.
const MAX_TLS: usize = 4;
/// What the proof is for: no other use of a PSK gives the same.
const PURPOSE: &str = "torhaus eid hand-over 1\n";

/// What the address says.
#[derive(Clone, Debug)]
pub struct Handover {
    /// `PSK/ID`.
    pub identifier: Secret<String>,
    /// `RefreshAddress` for the TC token.
    pub refresh_address: String,
    /// `CommunicationErrorAddress` for the TC token.
    pub communication_error_address: String,
    /// SHA-256 of the customer's TLS certificates.
    pub tls: Vec<[u8; 32]>,
}

/// A hand-over as it came, with its proof.
#[derive(Clone, Debug)]
pub struct Claimed {
    handover: Handover,
    proof: Vec<u8>,
}

impl Handover {
    /// The address at a provider whose TC tokens are at `base`.
    #[must_use]
    pub fn address(&self, base: &str, psk: &Secret<Vec<u8>>) -> String {
        let said = self.said();
        let proof = hmac::sign(&key(psk), &[PURPOSE, &said].concat().into_bytes());
        format!("{base}?{said}&proof={}", to_hex(proof.as_ref()).to_lowercase())
    }

    /// Reads the address's parameters; whether they are the customer's words, [`Claimed::proven`] says.
    #[must_use]
    pub fn claimed(query: &Params) -> Option<Claimed> {
        let text = |name| query.get(name).filter(|text| text.len() <= MAX_TEXT).map(ToOwned::to_owned);
        let tls = query.get("tls").unwrap_or_default().split(',').filter(|hex| !hex.is_empty());
        let tls: Option<Vec<[u8; 32]>> =
            tls.take(MAX_TLS + 1).map(|hex| from_hex(hex)?.try_into().ok()).collect();
        let handover = Self {
            identifier: Secret::new(text("session")?),
            refresh_address: text("refresh")?,
            communication_error_address: text("error")?,
            tls: tls.filter(|tls| tls.len() <= MAX_TLS)?,
        };
        Some(Claimed { handover, proof: from_hex(&text("proof")?)? })
    }

    fn said(&self) -> String {
        let tls: Vec<String> = self.tls.iter().map(|hash| to_hex(hash).to_lowercase()).collect();
        Serializer::new(String::new())
            .append_pair("session", self.identifier.expose())
            .append_pair("refresh", &self.refresh_address)
            .append_pair("error", &self.communication_error_address)
            .append_pair("tls", &tls.join(","))
            .finish()
    }
}

impl Claimed {
    /// The session it names.
    #[must_use]
    pub const fn identifier(&self) -> &Secret<String> {
        &self.handover.identifier
    }

    /// What it says, if who wrote it knows the session's PSK.
    #[must_use]
    pub fn proven(self, psk: &Secret<Vec<u8>>) -> Option<Handover> {
        let said = [PURPOSE, &self.handover.said()].concat();
        hmac::verify(&key(psk), said.as_bytes(), &self.proof).ok().map(|()| self.handover)
    }
}

fn key(psk: &Secret<Vec<u8>>) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, psk.expose())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn claimed(address: &str) -> Option<Claimed> {
        let (_, query) = address.split_once('?').unwrap();
        Handover::claimed(&Params::parse(query.as_bytes()).ok()?)
    }

    fn psk(byte: u8) -> Secret<Vec<u8>> {
        Secret::new(vec![byte; 32])
    }

    fn handover(tls: usize) -> Handover {
        Handover {
            identifier: Secret::new("ab".repeat(32)),
            refresh_address: "https://id.example/eid/1/return?once=a&b=%20".to_owned(),
            communication_error_address: "https://id.example/eid/1/failure?once=ü".to_owned(),
            tls: vec![[7; 32]; tls],
        }
    }

    #[test]
    fn what_was_said_arrives_and_only_the_psk_proves_it() {
        for tls in [0, 1, 2] {
            let address = handover(tls).address("https://eid.example/t", &psk(1));
            let read = claimed(&address).unwrap().proven(&psk(1)).unwrap();
            assert_eq!(read.said(), handover(tls).said());
            assert_eq!(read.tls.len(), tls);
            assert!(claimed(&address).unwrap().proven(&psk(2)).is_none());
            let other = address.replace("id.example", "id.examplf");
            assert!(claimed(&other).unwrap().proven(&psk(1)).is_none());
        }
        assert!(claimed(&handover(MAX_TLS + 1).address("x", &psk(1))).is_none());
        assert!(claimed("x?session=a&refresh=b&error=c").is_none());
    }

    proptest! {
        #[test]
        fn nothing_but_the_proof_is_taken(query in "[a-z=&%0-9,]{0,200}") {
            let proven = claimed(&["x?", &query].concat()).and_then(|claimed| claimed.proven(&psk(1)));
            prop_assert!(proven.is_none());
        }
    }
}
