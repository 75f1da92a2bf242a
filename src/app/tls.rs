//! TLS of the listener: from files or from the town's CA, replaced while running.

use super::data_directory::{Boot, Tls};
use super::setup::HouseFault;
use crate::ca;
use crate::domain::time::{Span, Timestamp};
use crate::http::Appliance;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ClientHello, ResolvesServerCert, ServerSessionMemoryCache};
use rustls::sign::CertifiedKey;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

/// TLS sessions that can be resumed: as many people as may read a card at the same time, and then some. About a
/// kibibyte each.
const SESSIONS: usize = 4096;

/// Holds the certificate of the day.
#[derive(Debug)]
pub struct Certificate {
    current: RwLock<Arc<CertifiedKey>>,
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// A certificate from our own CA is replaced when it has less than this left.
const RENEWED_BEFORE: Span = Span::days(30);

/// The certificate of the day and when to replace it.
pub type Current = (Arc<Certificate>, Option<Timestamp>);

/// The certificate of a house and, if it came from our CA, when to replace it.
pub fn load(boot: &Boot, app: &Appliance, now: Timestamp) -> Result<Option<Current>, HouseFault> {
    let Some((key, renew)) = read(boot, app, now)? else { return Ok(None) };
    Ok(Some((Arc::new(Certificate { current: RwLock::new(Arc::new(key)) }), renew)))
}

/// Replaces the certificate by what the files or the CA give now; returns when to do so again.
pub fn reload(
    boot: &Boot,
    app: &Appliance,
    certificate: &Certificate,
    now: Timestamp,
) -> Result<Option<Timestamp>, HouseFault> {
    let Some((key, renew)) = read(boot, app, now)? else { return Ok(None) };
    *certificate.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(key);
    Ok(renew)
}

fn read(
    boot: &Boot,
    app: &Appliance,
    now: Timestamp,
) -> Result<Option<(CertifiedKey, Option<Timestamp>)>, HouseFault> {
    let broken = |why: String| HouseFault::Broken(why);
    let (chain, key, renew) = match boot.tls {
        Tls::Off => return Ok(None),
        Tls::Files => (file(boot.tls_certificate.as_deref())?, file(boot.tls_key.as_deref())?, None),
        Tls::LocalCa => {
            let issuing = app.store.read(|db| Ok(ca::issuing(&app.keys, db)))??;
            let made = ca::server_certificate(&issuing, &app.origin, app.demo, app.dice.as_ref(), now)?;
            (made.chain_pem, made.key_pem.to_string(), Some(made.expires - RENEWED_BEFORE))
        }
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|why| broken(format!("the TLS certificate can not be read: {why}; give a chain in PEM")))?;
    if chain.is_empty() {
        return Err(broken("the TLS certificate file holds no certificate; give a chain in PEM".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
        .map_err(|why| broken(format!("the TLS key can not be read: {why}; give a private key in PEM")))?;
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let key = CertifiedKey::from_der(chain, key, &provider).map_err(|why| {
        broken(format!("TLS certificate and key do not fit: {why}; give the key of this certificate"))
    })?;
    Ok(Some((key, renew)))
}

fn file(path: Option<&Path>) -> Result<String, HouseFault> {
    let path = path.ok_or_else(|| HouseFault::Broken("tls = \"files\" without files".to_owned()))?;
    std::fs::read_to_string(path).map_err(|why| {
        let path = path.display();
        HouseFault::Broken(format!("{path}: {why}; put the file there, readable by the server's user"))
    })
}

/// When the certificate from files ends, and whether it names this host.
pub fn of_files(boot: &Boot, host: &str) -> Result<(Timestamp, bool), HouseFault> {
    let damaged =
        || HouseFault::Broken("the TLS certificate can not be read; give a chain in PEM".to_owned());
    let chain = file(boot.tls_certificate.as_deref())?;
    let leaf = CertificateDer::from_pem_slice(chain.as_bytes()).map_err(|_not_pem| damaged())?;
    let (_, parsed) = x509_parser::parse_x509_certificate(&leaf).map_err(|_not_x509| damaged())?;
    let name = ServerName::try_from(host).map_err(|_not_a_name| damaged())?;
    let leaf = rustls::server::ParsedCertificate::try_from(&leaf).map_err(|_not_for_tls| damaged())?;
    let named = rustls::client::verify_server_name(&leaf, &name).is_ok();
    Ok((Timestamp::from_seconds(parsed.validity().not_after.timestamp()), named))
}

impl Certificate {
    /// SHA-256 of the leaf of the day: what the certificate description of our eID-Server must name.
    #[must_use]
    pub fn leaf_hash(&self) -> Option<[u8; 32]> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let leaf = current.cert.first()?;
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, leaf).as_ref().try_into().ok()
    }
}

/// The listener's configuration.
pub fn config(certificate: Arc<Certificate>) -> Result<rustls::ServerConfig, HouseFault> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|why| HouseFault::Broken(why.to_string()))?;
    let mut config = config.with_no_client_auth().with_cert_resolver(certificate);
    // Sessions are kept here, not in tickets: in the attached model an eID-Client must resume exactly the session in
    // which it fetched the TC token (TR-03124-1 §2.4.2), and a ticket is another one at each resumption.
    config.session_storage = ServerSessionMemoryCache::new(SESSIONS);
    Ok(config)
}
