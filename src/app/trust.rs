//! Whom the house trusts when it calls somebody: the machine's certificate authorities, and its own.

use crate::ca;
use crate::http::Appliance;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Where Debian and Ubuntu keep the certificates which the machine trusts.
const SYSTEM: &str = "/etc/ssl/certs/ca-certificates.crt";

/// The roots. A machine without certificates trusts its own town only; the log says so.
#[must_use]
pub fn roots(app: &Appliance) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    match CertificateDer::pem_file_iter(SYSTEM) {
        Ok(found) => {
            roots.add_parsable_certificates(found.flatten());
        }
        Err(why) => tracing::warn!(file = SYSTEM, %why, "The machine's certificates can not be read"),
    }
    if let Ok(Ok(own)) = app.store.read(|db| Ok(ca::root_pem(db))) {
        roots.add_parsable_certificates(CertificateDer::pem_slice_iter(own.as_bytes()).flatten());
    }
    roots
}
