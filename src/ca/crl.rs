//! Certificate revocation lists (RFC 5280 §5): complete lists of both authorities. No certificate of ours is
//! revoked one by one yet, so they are empty; what they say is "as of now, none". Server certificates live
//! ninety days, a signer's key is destroyed with its renewal.

use super::authority::{self, Authority, ISSUING, ROOT};
use super::{Fault, authority::since_1970};
use crate::domain::time::{Span, Timestamp};
use crate::seal::SharedKeys;
use crate::store::{Read, appliance};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateRevocationListParams, KeyIdMethod, SerialNumber, date_time_ymd};

const ISSUING_NEXT: Span = Span::days(1);
const ROOT_NEXT: Span = Span::days(30);
/// The last list which the root signs before its key leaves.
pub(super) const ROOT_LAST: Span = Span::days(365);
/// The setting under which that list is kept, in base64.
pub(super) const KEPT_ROOT_CRL: &str = "ca.root-crl";

/// The issuing authority's list, DER; made for the moment, worth keeping for an hour.
///
/// # Errors
/// As [`super::issuing`].
pub fn issuing_crl(keys: &SharedKeys, db: &Read, now: Timestamp) -> Result<Vec<u8>, Fault> {
    sign(&authority::load(ISSUING, keys, db)?, ISSUING_NEXT, now)
}

/// The root's list, DER. While its key is off line: the last list it signed.
///
/// # Errors
/// As [`super::issuing`]; [`Fault::Offline`] only if no last list was kept.
pub fn root_crl(keys: &SharedKeys, db: &Read, now: Timestamp) -> Result<Vec<u8>, Fault> {
    match authority::load(ROOT, keys, db) {
        Ok(root) => sign(&root, ROOT_NEXT, now),
        Err(Fault::Offline(name)) => {
            let kept = appliance::setting(KEPT_ROOT_CRL, db)?.and_then(|text| STANDARD.decode(text).ok());
            kept.ok_or(Fault::Offline(name))
        }
        Err(fault) => Err(fault),
    }
}

pub(super) fn sign(authority: &Authority, next: Span, now: Timestamp) -> Result<Vec<u8>, Fault> {
    let params = CertificateRevocationListParams {
        this_update: date_time_ymd(1970, 1, 1) + since_1970(now),
        next_update: date_time_ymd(1970, 1, 1) + since_1970(now + next),
        // Grows with every list (§5.2.3), without a counter to keep.
        crl_number: SerialNumber::from(now.as_seconds().unsigned_abs()),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    Ok(params.signed_by(&authority.issuer)?.der().to_vec())
}
