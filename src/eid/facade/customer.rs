//! A customer: an eService that has cards read by us.

use crate::domain::time::Timestamp;
use crate::eid::kept_key::KeptKey;
use crate::eid::request::{Operation, Request, Want};
use crate::eid::server::terminal::Asker;
use crate::xml::signature::{KeyError, Signer};
use aws_lc_rs::digest;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use url::Url;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Longer texts are not looked at.
const MAX_PEM: usize = 64 * 1024;
/// Certificates of one kind at most: the present one, and the next one beside it.
const MAX_CERTIFICATES: usize = 4;
/// Characters of a name at most.
const MAX_NAME: usize = 80;
/// Living sessions at once, if nothing else is said.
pub const USUAL_SESSIONS: u32 = 500;

/// A customer. Serialises with the sector's key in clear: only ever into something that is sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// Its name; the holder is shown it.
    pub name: String,
    /// The origin of its pages: `subjectURL`.
    pub url: String,
    /// The certificates that sign its messages, DER.
    pub signing: Vec<Vec<u8>>,
    /// SHA-256 of its TLS client certificates.
    pub tls: Vec<[u8; 32]>,
    /// What it may ask of a card.
    pub operations: BTreeSet<Operation>,
    /// Living sessions at once.
    pub sessions: u32,
    /// The key of its sector: its pseudonyms are nobody else's.
    pub sector: KeptKey,
}

/// What an operator enters of a customer; certificates as PEM.
#[derive(Clone, Debug)]
pub struct Wish {
    /// [`Customer::name`]
    pub name: String,
    /// [`Customer::url`]
    pub url: String,
    /// [`Customer::signing`]
    pub signing_certificate: String,
    /// [`Customer::tls`]
    pub tls_certificate: String,
    /// [`Customer::operations`]; none means all.
    pub operations: Vec<Operation>,
    /// [`Customer::sessions`]
    pub sessions: u32,
}

/// What is wrong with a wish.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// No name that can be shown.
    #[error("the name must have 1 to {MAX_NAME} printable characters, without spaces at its ends")]
    Name,
    /// No origin.
    #[error("the address must be the origin of the customer's pages: https://id.example, without a path")]
    Url,
    /// No certificate, or too many, or broken text.
    #[error("{0}: one to {MAX_CERTIFICATES} certificates as PEM text (-----BEGIN CERTIFICATE-----)")]
    Certificates(&'static str),
    /// A signing certificate of a kind that is not taken.
    #[error("signing certificate: {0}")]
    Signing(KeyError),
    /// Nothing could ever be open.
    #[error("a customer needs at least one session")]
    Sessions,
}

impl Wish {
    /// The customer, with a sector of its own; every mistake is named.
    ///
    /// # Errors
    /// At least one [`Mistake`].
    pub fn check(&self, sector: KeptKey) -> Result<Customer, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let printable = self.name.chars().all(|letter| !letter.is_control());
        if self.name.trim() != self.name || !printable || !(1..=MAX_NAME).contains(&self.name.chars().count())
        {
            mistakes.push(Mistake::Name);
        }
        let origin = Url::parse(&self.url).ok().filter(|url| url.scheme() == "https");
        if origin.is_none_or(|url| url.origin().ascii_serialization() != self.url) {
            mistakes.push(Mistake::Url);
        }
        let signing = certificates(&self.signing_certificate);
        if signing.is_empty() {
            mistakes.push(Mistake::Certificates("signing certificate"));
        }
        let refused = signing.iter().filter_map(|der| Signer::from_certificate(der).err());
        mistakes.extend(refused.map(Mistake::Signing));
        let tls = certificates(&self.tls_certificate);
        if tls.is_empty() {
            mistakes.push(Mistake::Certificates("TLS client certificate"));
        }
        if self.sessions == 0 {
            mistakes.push(Mistake::Sessions);
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let all: &[Operation] = if self.operations.is_empty() { &Operation::ALL } else { &self.operations };
        Ok(Customer {
            name: self.name.clone(),
            url: self.url.clone(),
            signing,
            tls: tls.iter().map(|der| fingerprint(der)).collect(),
            operations: all.iter().copied().collect(),
            sessions: self.sessions,
            sector,
        })
    }
}

impl Customer {
    /// Whom the holder is shown, as long as nothing is known of the customer's TLS.
    #[must_use]
    pub fn asker(&self) -> Asker {
        Asker {
            subject: self.name.clone(),
            url: self.url.clone(),
            tls: Vec::new(),
            operations: self.operations.clone(),
            sector: self.sector.clone(),
        }
    }

    /// Whether a request wants nothing that the customer may not ask.
    #[must_use]
    pub fn may_ask(&self, request: &Request) -> bool {
        let unasked = |one: &Operation| request.want(*one) == Want::Prohibited;
        Operation::ALL.iter().all(|one| unasked(one) || self.operations.contains(one))
    }
}

/// SHA-256 of a certificate (DER).
#[must_use]
pub fn fingerprint(certificate: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, certificate).as_ref());
    out
}

/// Whether a certificate (DER) is valid at an instant.
#[must_use]
pub fn is_valid_at(certificate: &[u8], now: Timestamp) -> bool {
    X509Certificate::from_der(certificate).is_ok_and(|(_, certificate)| {
        let validity = certificate.validity();
        (validity.not_before.timestamp()..=validity.not_after.timestamp()).contains(&now.as_seconds())
    })
}

/// All certificates of a text; none if one is broken or there are too many.
fn certificates(text: &str) -> Vec<Vec<u8>> {
    if text.len() > MAX_PEM {
        return Vec::new();
    }
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    let found = found.ok().filter(|found| found.len() <= MAX_CERTIFICATES).unwrap_or_default();
    let readable =
        found.iter().all(|der| X509Certificate::from_der(der).is_ok_and(|(rest, _)| rest.is_empty()));
    if readable { found.into_iter().map(|der| der.to_vec()).collect() } else { Vec::new() }
}
