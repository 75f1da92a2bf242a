//! What the operator enters of a rented eID service, and what it comes to.

use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
pub use crate::xml::signature::{Algorithm, KeyError};
use crate::xml::signature::{Signer, SigningKey};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use url::Url;
use x509_parser::prelude::{FromDer, X509Certificate};
use zeroize::Zeroizing;

/// Longer texts are not looked at.
const MAX_PEM: usize = 64 * 1024;
/// Certificates of one field at most.
const MAX_CERTIFICATES: usize = 20;

/// The settings as they are entered; texts are PEM where they hold certificates and keys.
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    /// Where the service's SOAP interface is: `https://…`.
    pub address: String,
    /// Our TLS client certificate, with its chain.
    pub tls_certificate: String,
    /// Its private key.
    pub tls_key: Secret<String>,
    /// Which TLS servers are the service: its own certificate, or the authorities that issue it.
    pub server_anchors: String,
    /// Our certificate for signing messages.
    pub signing_certificate: String,
    /// Its private key.
    pub signing_key: Secret<String>,
    /// The certificates that sign the service's messages: the present one, and the next one beside it.
    pub provider_certificates: String,
    /// How we sign.
    pub algorithm: Algorithm,
    /// `ServerAddress` of TC tokens, where the service names none in its answers.
    pub paos_address: Option<String>,
    /// Where a provider that is a Torhaus as well hands out TC tokens: the holder's program is sent there, and no path
    /// protection is needed ([`crate::eid::handover`]). No other provider has it.
    pub token_address: Option<String>,
    /// Asks for the level of assurance, and takes none but `hoch`. A service of version 2.0 of the guideline does not
    /// understand the question.
    pub asks_level: bool,
}

/// A field of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// [`ServiceSettings::address`]
    Address,
    /// [`ServiceSettings::tls_certificate`]
    TlsCertificate,
    /// [`ServiceSettings::tls_key`]
    TlsKey,
    /// [`ServiceSettings::server_anchors`]
    ServerAnchors,
    /// [`ServiceSettings::signing_certificate`]
    SigningCertificate,
    /// [`ServiceSettings::signing_key`]
    SigningKey,
    /// [`ServiceSettings::provider_certificates`]
    ProviderCertificates,
    /// [`ServiceSettings::paos_address`]
    PaosAddress,
    /// [`ServiceSettings::token_address`]
    TokenAddress,
}

impl Field {
    /// All of them, as a person goes through them.
    pub const ALL: [Self; 9] = [
        Self::Address,
        Self::ServerAnchors,
        Self::ProviderCertificates,
        Self::TlsCertificate,
        Self::TlsKey,
        Self::SigningCertificate,
        Self::SigningKey,
        Self::PaosAddress,
        Self::TokenAddress,
    ];

    /// The name used in forms and catalogue keys.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::TlsCertificate => "tls_certificate",
            Self::TlsKey => "tls_key",
            Self::ServerAnchors => "server_anchors",
            Self::SigningCertificate => "signing_certificate",
            Self::SigningKey => "signing_key",
            Self::ProviderCertificates => "provider_certificates",
            Self::PaosAddress => "paos_address",
            Self::TokenAddress => "token_address",
        }
    }
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {why}", .field.name())]
pub struct Mistake {
    /// Which.
    pub field: Field,
    /// What.
    pub why: Why,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// No address of this kind.
    #[error("this must be an address that begins with https:// and has neither user nor fragment")]
    Address,
    /// No certificate, or too many, or broken text.
    #[error("this must be one or more certificates as PEM text (-----BEGIN CERTIFICATE-----)")]
    Certificates,
    /// Not exactly one certificate.
    #[error("this must be one certificate")]
    One,
    /// No private key.
    #[error("this must be one private key as PEM text without a passphrase (-----BEGIN PRIVATE KEY-----)")]
    Key,
    /// TLS can not use certificate and key together.
    #[error("the private key does not belong to the certificate, or TLS can not use it")]
    TlsPair,
    /// TLS can not trust it.
    #[error("a certificate can not be a trust anchor")]
    Anchor,
    /// Signing can not use it.
    #[error("{0}")]
    Signature(KeyError),
}

/// The settings, checked: what [`super::Client`] works with.
pub struct Checked {
    pub(super) address: Url,
    pub(super) tls: ClientConfig,
    pub(super) key: SigningKey,
    pub(super) signers: Vec<Signer>,
    pub(super) paos_address: Option<String>,
    pub(super) token_address: Option<String>,
    pub(super) asks_level: bool,
}

/// The end of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// In which field.
    pub field: Field,
    /// Its subject, as RFC 4514 writes it or nearly so.
    pub subject: String,
    /// Who issued it, written likewise.
    pub issuer: String,
    /// Its serial number, hexadecimal with colons.
    pub serial: String,
    /// Its last instant.
    pub at: Timestamp,
}

impl ServiceSettings {
    /// Checks everything and names every mistake.
    ///
    /// # Errors
    /// At least one [`Mistake`].
    pub fn check(&self) -> Result<Checked, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let mut note = |field, why| mistakes.push(Mistake { field, why });
        let address = https(&self.address);
        if address.is_none() {
            note(Field::Address, Why::Address);
        }
        if self.paos_address.as_deref().is_some_and(|address| https(address).is_none()) {
            note(Field::PaosAddress, Why::Address);
        }
        // The hand-over is the address's query.
        let bare = |address| https(address).is_some_and(|url| url.query().is_none());
        if !self.token_address.as_deref().is_none_or(bare) {
            note(Field::TokenAddress, Why::Address);
        }
        let tls = self.tls(&mut note);
        let key = self.key(&mut note);
        let mut signers = Vec::new();
        match certificates(&self.provider_certificates) {
            None => note(Field::ProviderCertificates, Why::Certificates),
            Some(found) => {
                for certificate in found {
                    match Signer::from_certificate(&certificate) {
                        Ok(signer) => signers.push(signer),
                        Err(why) => note(Field::ProviderCertificates, Why::Signature(why)),
                    }
                }
            }
        }
        match (address, tls, key) {
            (Some(address), Some(tls), Some(key)) if mistakes.is_empty() => Ok(Checked {
                address,
                tls,
                key,
                signers,
                paos_address: self.paos_address.clone(),
                token_address: self.token_address.clone(),
                asks_level: self.asks_level,
            }),
            _ => Err(mistakes),
        }
    }

    fn tls(&self, note: &mut impl FnMut(Field, Why)) -> Option<ClientConfig> {
        let chain = certificates(&self.tls_certificate);
        if chain.is_none() {
            note(Field::TlsCertificate, Why::Certificates);
        }
        let key = private_key(&self.tls_key);
        if key.is_none() {
            note(Field::TlsKey, Why::Key);
        }
        let mut roots = RootCertStore::empty();
        match certificates(&self.server_anchors) {
            None => note(Field::ServerAnchors, Why::Certificates),
            Some(anchors) => {
                if anchors.into_iter().any(|anchor| roots.add(anchor).is_err()) {
                    note(Field::ServerAnchors, Why::Anchor);
                }
            }
        }
        if roots.is_empty() {
            return None;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
        let config = builder.with_root_certificates(roots).with_client_auth_cert(chain?, key?);
        if config.is_err() {
            note(Field::TlsKey, Why::TlsPair);
        }
        config.ok()
    }

    fn key(&self, note: &mut impl FnMut(Field, Why)) -> Option<SigningKey> {
        let certificate = match certificates(&self.signing_certificate).as_deref() {
            None => Err(Why::Certificates),
            Some([one]) => Ok(one.clone()),
            Some(_) => Err(Why::One),
        };
        let certificate = certificate.map_err(|why| note(Field::SigningCertificate, why)).ok();
        let key = private_key(&self.signing_key);
        if key.is_none() {
            note(Field::SigningKey, Why::Key);
        }
        match SigningKey::new(self.algorithm, key?.secret_der(), &certificate?) {
            Ok(key) => Some(key),
            Err(why @ (KeyError::Certificate | KeyError::Kind)) => {
                note(Field::SigningCertificate, Why::Signature(why));
                None
            }
            Err(why) => {
                note(Field::SigningKey, Why::Signature(why));
                None
            }
        }
    }

    /// What a field holds; of a key as well.
    #[must_use]
    pub fn text(&self, field: Field) -> &str {
        match field {
            Field::Address => &self.address,
            Field::TlsCertificate => &self.tls_certificate,
            Field::TlsKey => self.tls_key.expose(),
            Field::ServerAnchors => &self.server_anchors,
            Field::SigningCertificate => &self.signing_certificate,
            Field::SigningKey => self.signing_key.expose(),
            Field::ProviderCertificates => &self.provider_certificates,
            Field::PaosAddress => self.paos_address.as_deref().unwrap_or(""),
            Field::TokenAddress => self.token_address.as_deref().unwrap_or(""),
        }
    }

    /// The fields in which others differ.
    #[must_use]
    pub fn differing(&self, others: &Self) -> Vec<Field> {
        Field::ALL.into_iter().filter(|field| self.text(*field) != others.text(*field)).collect()
    }

    /// When which certificate ends, the first first. Texts that hold none are passed over: see
    /// [`ServiceSettings::check`].
    #[must_use]
    pub fn expiries(&self) -> Vec<Expiry> {
        let fields = [
            (Field::TlsCertificate, &self.tls_certificate),
            (Field::ServerAnchors, &self.server_anchors),
            (Field::SigningCertificate, &self.signing_certificate),
            (Field::ProviderCertificates, &self.provider_certificates),
        ];
        let mut all: Vec<Expiry> = fields
            .into_iter()
            .flat_map(|(field, text)| {
                certificates(text).unwrap_or_default().into_iter().map(move |der| (field, der))
            })
            .filter_map(|(field, der)| {
                let (_, certificate) = X509Certificate::from_der(&der).ok()?;
                let at = Timestamp::from_seconds(certificate.validity().not_after.timestamp());
                let (subject, issuer) = (certificate.subject().to_string(), certificate.issuer().to_string());
                Some(Expiry { field, subject, issuer, serial: certificate.raw_serial_as_string(), at })
            })
            .collect();
        all.sort_by_key(|expiry| expiry.at);
        all
    }

    /// As bytes that are to be sealed.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let kept = Kept {
            address: self.address.as_str().into(),
            tls_certificate: self.tls_certificate.as_str().into(),
            tls_key: self.tls_key.expose().as_str().into(),
            server_anchors: self.server_anchors.as_str().into(),
            signing_certificate: self.signing_certificate.as_str().into(),
            signing_key: self.signing_key.expose().as_str().into(),
            provider_certificates: self.provider_certificates.as_str().into(),
            algorithm: self.algorithm,
            paos_address: self.paos_address.as_deref().map(Into::into),
            token_address: self.token_address.as_deref().map(Into::into),
            asks_level: self.asks_level,
        };
        // Texts and a few names: there is nothing that JSON could not hold.
        Zeroizing::new(serde_json::to_vec(&kept).unwrap_or_default())
    }

    /// Reads [`ServiceSettings::to_bytes`].
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let kept: Kept<'_> = serde_json::from_slice(bytes).ok()?;
        Some(Self {
            address: kept.address.into_owned(),
            tls_certificate: kept.tls_certificate.into_owned(),
            tls_key: Secret::new(kept.tls_key.into_owned()),
            server_anchors: kept.server_anchors.into_owned(),
            signing_certificate: kept.signing_certificate.into_owned(),
            signing_key: Secret::new(kept.signing_key.into_owned()),
            provider_certificates: kept.provider_certificates.into_owned(),
            algorithm: kept.algorithm,
            paos_address: kept.paos_address.map(std::borrow::Cow::into_owned),
            token_address: kept.token_address.map(std::borrow::Cow::into_owned),
            asks_level: kept.asks_level,
        })
    }
}

/// The settings as JSON. Its own type, so that the settings themselves can not be written by accident.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept<'a> {
    address: std::borrow::Cow<'a, str>,
    tls_certificate: std::borrow::Cow<'a, str>,
    tls_key: std::borrow::Cow<'a, str>,
    server_anchors: std::borrow::Cow<'a, str>,
    signing_certificate: std::borrow::Cow<'a, str>,
    signing_key: std::borrow::Cow<'a, str>,
    provider_certificates: std::borrow::Cow<'a, str>,
    algorithm: Algorithm,
    paos_address: Option<std::borrow::Cow<'a, str>>,
    #[serde(default)]
    token_address: Option<std::borrow::Cow<'a, str>>,
    asks_level: bool,
}

fn https(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (url.scheme() == "https" && plain && text.len() <= 2048).then_some(url)
}

/// All certificates of a text; `None` if there is none or one is broken.
fn certificates(text: &str) -> Option<Vec<CertificateDer<'static>>> {
    if text.len() > MAX_PEM {
        return None;
    }
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    found.ok().filter(|found| (1..=MAX_CERTIFICATES).contains(&found.len()))
}

fn private_key(text: &Secret<String>) -> Option<PrivateKeyDer<'static>> {
    let text = text.expose().as_bytes();
    if text.len() > MAX_PEM { None } else { PrivateKeyDer::from_pem_slice(text).ok() }
}
