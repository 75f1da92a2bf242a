//! TLS of the listener: from files or from the town's CA, replaced while running.

use super::data_directory::{Boot, Tls};
use super::setup::HouseFault;
use crate::ca;
use crate::domain::time::{Span, Timestamp};
use crate::http::Appliance;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::sync::{Arc, PoisonError, RwLock};

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
        Tls::Files => {
            let file = |path: &Option<std::path::PathBuf>| {
                let path = path.as_ref().ok_or_else(|| broken("tls = \"files\" without files".to_owned()))?;
                std::fs::read_to_string(path).map_err(|why| broken(format!("{}: {why}", path.display())))
            };
            (file(&boot.tls_certificate)?, file(&boot.tls_key)?, None)
        }
        Tls::LocalCa => {
            let issuing = app.store.read(|db| Ok(ca::issuing(&app.keys, db)))??;
            let made = ca::server_certificate(&issuing, &app.origin, app.demo, app.dice.as_ref(), now)?;
            (made.chain_pem, made.key_pem.to_string(), Some(made.expires - RENEWED_BEFORE))
        }
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|why| broken(format!("the TLS certificate can not be read: {why}")))?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
        .map_err(|why| broken(format!("the TLS key can not be read: {why}")))?;
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let key = CertifiedKey::from_der(chain, key, &provider)
        .map_err(|why| broken(format!("TLS certificate and key do not fit: {why}")))?;
    Ok(Some((key, renew)))
}

/// The listener's configuration.
pub fn config(certificate: Arc<Certificate>) -> Result<rustls::ServerConfig, HouseFault> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|why| HouseFault::Broken(why.to_string()))?;
    Ok(config.with_no_client_auth().with_cert_resolver(certificate))
}
