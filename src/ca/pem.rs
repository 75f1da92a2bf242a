//! PEM (RFC 7468): certificates and keys as text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use zeroize::Zeroizing;

/// Longer texts are not looked at.
const MAX_PEM: usize = 64 * 1024;
const LINE: usize = 64;

/// A certificate as text.
pub fn certificate(der: &[u8]) -> String {
    encode("CERTIFICATE", der).to_string()
}

/// A private key as text.
pub(super) fn private_key(pkcs8: &[u8]) -> Zeroizing<String> {
    encode("PRIVATE KEY", pkcs8)
}

/// The one certificate in a text; other kinds of section are skipped.
pub(super) fn one_certificate(text: &str) -> Option<Vec<u8>> {
    if text.len() > MAX_PEM {
        return None;
    }
    let mut found = CertificateDer::pem_slice_iter(text.as_bytes());
    let first = found.next()?.ok()?;
    found.next().is_none().then(|| first.to_vec())
}

fn encode(label: &str, der: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(STANDARD.encode(der));
    // Full size from the start: a growing buffer would leave copies behind.
    let mut text = Zeroizing::new(String::with_capacity(body.len() + body.len() / LINE + 80));
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, later) = rest.split_at(rest.len().min(LINE));
        text.push_str(line);
        text.push('\n');
        rest = later;
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}
