//! Root and issuing authority: made at set-up, loaded to sign.

use super::key::Key;
use super::{Fault, pem};
use crate::domain::dice::{Dice, draw};
use crate::domain::time::{Span, Timestamp};
use crate::seal::{ApplianceKeys, Place, SharedKeys};
use crate::store::appliance::{self, SealedAuthority};
use crate::store::{self, Read, Write};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyUsagePurpose,
    PublicKeyData, SerialNumber, date_time_ymd,
};
use rustls::pki_types::CertificateDer;
use std::time::Duration;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use zeroize::Zeroizing;

/// Row of the root authority.
pub const ROOT: &str = "root";
/// Row of the issuing authority.
pub const ISSUING: &str = "issuing";

const ROOT_LIFE: Span = Span::days(20 * 365 + 5);
const ISSUING_LIFE: Span = Span::days(5 * 365 + 1);
/// Clocks of others may be a little behind ours.
const BACKDATED: Span = Span::minutes(5);
/// RFC 5280 appendix A.1: ub-organization-name and ub-common-name.
const MAX_NAME: usize = 64;
/// 9999-12-31T23:59:59Z, the last instant a certificate can name (RFC 5280 §4.1.2.5).
const LAST_SECOND: i64 = 253_402_300_799;

/// The two authorities, certificates and sealed keys, ready for the store.
#[derive(Clone)]
pub struct NewAuthorities {
    /// The root.
    pub root: SealedAuthority,
    /// The issuing authority, certified by the root.
    pub issuing: SealedAuthority,
}

/// Draws both authorities of a town. Nothing is kept yet: see [`NewAuthorities::keep`].
///
/// # Errors
/// [`Fault::Town`] for a name without a printable character; the crypto library's.
pub fn create(
    town: &str,
    keys: &ApplianceKeys,
    dice: &dyn Dice,
    now: Timestamp,
) -> Result<NewAuthorities, Fault> {
    let town = printable(town, MAX_NAME).ok_or_else(|| Fault::Town(town.to_owned()))?;
    let root_key = Key::generate()?;
    let root_params = authority_params(&town, "Root CA", 1, dice, now..now + ROOT_LIFE);
    let root_der = root_params.self_signed(&root_key)?.der().to_vec();
    let root = Issuer::from_params(&root_params, &root_key);
    let key = Key::generate()?;
    let params = authority_params(&town, "Issuing CA", 0, dice, now..now + ISSUING_LIFE);
    let der = params.signed_by(&key, &root)?.der().to_vec();
    let sealed = |name, key: &Key| Ok::<_, Fault>(Some(seal(name, &key.to_pkcs8()?, keys, dice)));
    Ok(NewAuthorities { root: (root_der, sealed(ROOT, &root_key)?), issuing: (der, sealed(ISSUING, &key)?) })
}

impl NewAuthorities {
    /// Keeps both, or neither. `false`: there are authorities already.
    ///
    /// # Errors
    /// The store's.
    pub fn keep(&self, db: &Write) -> Result<bool, store::Fault> {
        if appliance::authority(ROOT, db)?.is_some() || appliance::authority(ISSUING, db)?.is_some() {
            return Ok(false);
        }
        Ok(appliance::insert_authority(ROOT, &self.root, db)?
            && appliance::insert_authority(ISSUING, &self.issuing, db)?)
    }

    /// The root certificate, to be handed out.
    #[must_use]
    pub fn root_pem(&self) -> String {
        pem::certificate(&self.root.0)
    }
}

/// An authority that can sign. Its key lies open in memory: load it for the act, then drop it.
pub struct Authority {
    /// Its certificate, DER.
    pub certificate: Vec<u8>,
    /// End of its certificate; nothing it signs is valid for longer.
    pub expires: Timestamp,
    pub(super) issuer: Issuer<'static, Key>,
    town: String,
}

/// The issuing authority.
///
/// # Errors
/// [`Fault::Missing`], [`Fault::Offline`], [`Fault::Sealed`], [`Fault::Damaged`]; the store's.
pub fn issuing(keys: &SharedKeys, db: &Read) -> Result<Authority, Fault> {
    load(ISSUING, keys, db)
}

/// The root certificate as PEM.
///
/// # Errors
/// [`Fault::Missing`]; the store's.
pub fn root_pem(db: &Read) -> Result<String, Fault> {
    let (der, _) = appliance::authority(ROOT, db)?.ok_or_else(|| Fault::Missing(ROOT.to_owned()))?;
    Ok(pem::certificate(&der))
}

/// The last instant of an authority's certificate ([`ROOT`], [`ISSUING`]); its key stays closed.
///
/// # Errors
/// [`Fault::Missing`], [`Fault::Damaged`]; the store's.
pub fn expires(name: &str, db: &Read) -> Result<Timestamp, Fault> {
    let (der, _) = appliance::authority(name, db)?.ok_or_else(|| Fault::Missing(name.to_owned()))?;
    let (_, parsed) = X509Certificate::from_der(&der).map_err(|_broken| Fault::Damaged(name.to_owned()))?;
    Ok(Timestamp::from_seconds(parsed.validity().not_after.timestamp()))
}

pub(super) fn load(name: &str, keys: &SharedKeys, db: &Read) -> Result<Authority, Fault> {
    let (certificate, pkcs8) = open(name, keys, db)?;
    let damaged = || Fault::Damaged(name.to_owned());
    let key = Key::from_pkcs8(&pkcs8).ok_or_else(damaged)?;
    let (_, parsed) = X509Certificate::from_der(&certificate).map_err(|_broken| damaged())?;
    // A certificate put in place of ours comes without the key, which only the appliance key can seal.
    if parsed.public_key().raw != key.public_der()? {
        return Err(damaged());
    }
    let town = parsed.subject().iter_organization().next().and_then(|town| town.as_str().ok());
    let town = town.ok_or_else(damaged)?.to_owned();
    let expires = Timestamp::from_seconds(parsed.validity().not_after.timestamp());
    let issuer = Issuer::from_ca_cert_der(&CertificateDer::from(certificate.as_slice()), key)?;
    Ok(Authority { certificate, expires, issuer, town })
}

/// Certificate and opened key of a row.
pub(super) fn open(name: &str, keys: &SharedKeys, db: &Read) -> Result<(Vec<u8>, Zeroizing<Vec<u8>>), Fault> {
    let (certificate, sealed) =
        appliance::authority(name, db)?.ok_or_else(|| Fault::Missing(name.to_owned()))?;
    let sealed = sealed.ok_or_else(|| Fault::Offline(name.to_owned()))?;
    let opened = keys.open_with(|keys| keys.open(&place(name), &sealed));
    let pkcs8 = opened.map_err(|cause| Fault::Sealed { name: name.to_owned(), cause })?;
    Ok((certificate, pkcs8))
}

/// Seals a key for its row.
pub(super) fn seal(name: &str, pkcs8: &[u8], keys: &ApplianceKeys, dice: &dyn Dice) -> Vec<u8> {
    keys.seal(&place(name), pkcs8, draw(dice))
}

pub(super) const fn place(name: &str) -> Place<'_> {
    Place { table: "authority", row: name.as_bytes(), column: "sealed" }
}

impl Authority {
    /// Parameters of a certificate for an end entity of this town; ends with the authority at the latest.
    pub(super) fn leaf(&self, name: &str, life: Span, dice: &dyn Dice, now: Timestamp) -> CertificateParams {
        let until = (now + life).min(self.expires);
        let mut params = blank(dice, now..until);
        params.distinguished_name = subject(&self.town, name);
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params
    }

    /// Certifies a public key; returns DER.
    pub(super) fn certify(
        &self,
        params: &CertificateParams,
        key: &impl PublicKeyData,
    ) -> Result<Vec<u8>, Fault> {
        Ok(params.signed_by(key, &self.issuer)?.der().to_vec())
    }
}

fn authority_params(
    town: &str,
    role: &str,
    path_length: u8,
    dice: &dyn Dice,
    valid: std::ops::Range<Timestamp>,
) -> CertificateParams {
    let mut params = blank(dice, valid);
    // The list of roots in a browser shows the common name: the town must be in it.
    let short = printable(town, MAX_NAME - role.len() - 1).unwrap_or_default();
    params.distinguished_name = subject(town, &format!("{short} {role}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(path_length));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn blank(dice: &dyn Dice, valid: std::ops::Range<Timestamp>) -> CertificateParams {
    let mut serial: [u8; 16] = draw(dice);
    // Positive and of full length (RFC 5280 §4.1.2.2).
    serial[0] = serial[0] & 0x7f | 0x40;
    let mut params = CertificateParams::default();
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.not_before = date_time_ymd(1970, 1, 1) + since_1970(valid.start - BACKDATED);
    params.not_after = date_time_ymd(1970, 1, 1) + since_1970(valid.end);
    params.use_authority_key_identifier_extension = true;
    params
}

/// What a certificate can express of an instant: whole seconds from 1970 to 9999.
pub(super) fn since_1970(at: Timestamp) -> Duration {
    Duration::from_secs(at.as_seconds().clamp(0, LAST_SECOND).unsigned_abs())
}

fn subject(town: &str, name: &str) -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::OrganizationName, town);
    subject.push(DnType::CommonName, name);
    subject
}

/// At most `limit` characters without control characters and outer white space.
fn printable(text: &str, limit: usize) -> Option<String> {
    let text: String = text.chars().filter(|char| !char.is_control()).collect();
    let text: String = text.trim().chars().take(limit).collect();
    let text = text.trim_end().to_owned();
    (!text.is_empty()).then_some(text)
}
