//! Taking the root's key off line: it is needed only to certify the next issuing authority.

use super::authority::{self, ROOT};
use super::crl::{self, KEPT_ROOT_CRL, ROOT_LAST};
use super::{Fault, pem};
use crate::domain::time::Timestamp;
use crate::seal::SharedKeys;
use crate::store::{self, Read, Write, appliance};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// The root's certificate and private key (PKCS #8, in clear) as one PEM text.
///
/// # Errors
/// [`Fault::Offline`] when it is gone already; otherwise as [`super::issuing`].
pub fn export_root(keys: &SharedKeys, db: &Read) -> Result<Zeroizing<String>, Fault> {
    // Loading proves that key and certificate belong together before anybody relies on the copy.
    authority::load(ROOT, keys, db)?;
    let (certificate, pkcs8) = authority::open(ROOT, keys, db)?;
    let key = pem::private_key(&pkcs8);
    let certificate = pem::certificate(&certificate);
    let mut text = Zeroizing::new(String::with_capacity(certificate.len() + key.len()));
    text.push_str(&certificate);
    text.push_str(&key);
    Ok(text)
}

/// What is needed to remove the root's key from the store.
#[derive(Clone, Debug)]
pub struct RootRemoval {
    sealed: Vec<u8>,
    crl: String,
}

/// Signs the root's last revocation list, good for a year.
///
/// # Errors
/// As [`export_root`].
pub fn prepare_removal(keys: &SharedKeys, db: &Read, now: Timestamp) -> Result<RootRemoval, Fault> {
    let root = authority::load(ROOT, keys, db)?;
    let crl = STANDARD.encode(crl::sign(&root, ROOT_LAST, now)?);
    let row = appliance::authority(ROOT, db)?;
    let sealed = row.and_then(|(_, sealed)| sealed).ok_or_else(|| Fault::Offline(ROOT.to_owned()))?;
    Ok(RootRemoval { sealed, crl })
}

impl RootRemoval {
    /// Removes the key and keeps the list. `false`: the row changed in between; nothing was done.
    ///
    /// # Errors
    /// The store's.
    pub fn keep(&self, db: &Write) -> Result<bool, store::Fault> {
        if !appliance::reseal_authority(ROOT, &self.sealed, None, db)? {
            return Ok(false);
        }
        appliance::set_setting(KEPT_ROOT_CRL, &self.crl, db)?;
        Ok(true)
    }
}
