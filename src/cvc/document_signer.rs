//! Certificates of document signers (ICAO 9303-12; RFC 5280): as much as passive authentication needs of them.
//!
//! A signer is trusted because the caller names it. Whose CSCA signed its certificate is not looked at.

use jiff::civil::Date;

use super::auxiliary_data::day;
use super::curve::Curve;
use super::key::{KeyError, PrivateKey, PublicKey, signature_to_der};
use super::oid;
use super::tlv::{self, Reader, TlvError};

/// Longest certificate that is looked at, in bytes.
pub const MAX_CERTIFICATE: usize = 8192;
/// id-ce-subjectKeyIdentifier 2.5.29.14.
const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1D, 0x0E];

/// Why a signer's certificate is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    /// Longer than [`MAX_CERTIFICATE`].
    #[error("the signer's certificate is too long")]
    TooLong,
    /// Not well-formed.
    #[error("the signer's certificate is not well-formed: {0}")]
    Form(#[from] TlvError),
    /// A bound of its validity is not a day.
    #[error("the validity of the signer's certificate is not readable")]
    Date,
    /// Not an elliptic curve of ours.
    #[error("the signer's key is not of a supported kind")]
    Algorithm,
    /// Not a point, or the library refuses.
    #[error("the signer's certificate: {0}")]
    Key(#[from] KeyError),
}

/// A trusted document signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentSigner {
    /// Its key.
    pub key: PublicKey,
    /// First day.
    pub not_before: Date,
    /// Last day.
    pub not_after: Date,
    /// `Name` of the issuer, the whole object.
    pub(super) issuer: Vec<u8>,
    /// The serial number, the whole object.
    pub(super) serial: Vec<u8>,
    pub(super) key_identifier: Option<Vec<u8>>,
}

impl DocumentSigner {
    /// Reads a certificate in DER that the caller trusts.
    ///
    /// # Errors
    /// Any of [`SignerError`].
    pub fn trusted(certificate: &[u8]) -> Result<Self, SignerError> {
        if certificate.len() > MAX_CERTIFICATE {
            return Err(SignerError::TooLong);
        }
        let mut reader = tlv::only(tlv::SEQUENCE, certificate)?.inside()?;
        let mut body = reader.take(tlv::SEQUENCE)?.inside()?;
        body.take(0xA0)?;
        let serial = body.take(tlv::INTEGER)?.whole.to_vec();
        body.take(tlv::SEQUENCE)?;
        let issuer = body.take(tlv::SEQUENCE)?.whole.to_vec();
        let mut validity = body.take(tlv::SEQUENCE)?.inside()?;
        let (not_before, not_after) = (time(&validity.object()?)?, time(&validity.object()?)?);
        body.take(tlv::SEQUENCE)?;
        let mut spki = body.take(tlv::SEQUENCE)?.inside()?;
        let curve = Curve::from_algorithm(&spki.take(tlv::SEQUENCE)?)?.ok_or(SignerError::Algorithm)?;
        let key = PublicKey::from_point(curve, spki.take(tlv::BIT_STRING)?.bits()?)?;
        let key_identifier = key_identifier(body)?;
        Ok(Self { key, not_before, not_after, issuer, serial, key_identifier })
    }
}

fn key_identifier(mut body: Reader<'_>) -> Result<Option<Vec<u8>>, TlvError> {
    let Some(extensions) = body.optional(0xA3)? else { return Ok(None) };
    let mut extensions = extensions.only(tlv::SEQUENCE)?.inside()?;
    while !extensions.is_empty() {
        let mut extension = extensions.take(tlv::SEQUENCE)?.inside()?;
        if extension.take(tlv::OID)?.value == SUBJECT_KEY_IDENTIFIER {
            extension.optional(tlv::BOOLEAN)?;
            let value = extension.take(tlv::OCTET_STRING)?.value;
            return Ok(Some(tlv::only(tlv::OCTET_STRING, value)?.value.to_vec()));
        }
    }
    Ok(None)
}

/// The day of a UTCTime or GeneralizedTime in seconds and Zulu (RFC 5280 4.1.2.5).
fn time(object: &tlv::Object<'_>) -> Result<Date, SignerError> {
    let (century, text) = match (object.tag, object.value) {
        (tlv::UTC_TIME, text) if text.len() == 13 => (if text[0] >= b'5' { "19" } else { "20" }, text),
        (tlv::GENERALIZED_TIME, text) if text.len() == 15 => ("", text),
        _ => return Err(SignerError::Date),
    };
    let digits = [century.as_bytes(), &text[..text.len() - 7]].concat();
    day(&digits).filter(|_| text.ends_with(b"Z")).ok_or(SignerError::Date)
}

/// A self-signed certificate for the signer of the lab's own cards. The dates must lie in 2000 to 2049.
///
/// # Errors
/// [`SignerError::Key`]; [`SignerError::Date`].
pub fn issue_for_lab(
    key: &PrivateKey,
    name: &str,
    not_before: Date,
    not_after: Date,
) -> Result<Vec<u8>, SignerError> {
    let utc = |date: Date| {
        let year = date.year().checked_sub(2000).filter(|year| (0..50).contains(year));
        let year = year.ok_or(SignerError::Date)?;
        let text = format!("{year:02}{:02}{:02}000000Z", date.month(), date.day());
        Ok::<_, SignerError>(tlv::write(tlv::UTC_TIME, &[text.as_bytes()]))
    };
    let curve = key.curve();
    let name = tlv::write(
        tlv::SEQUENCE,
        &[&tlv::write_oid(oid::COMMON_NAME), &tlv::write(tlv::UTF8, &[name.as_bytes()])],
    );
    let name = tlv::write(tlv::SEQUENCE, &[&tlv::write(tlv::SET, &[&name])]);
    let signature_algorithm = tlv::write(tlv::SEQUENCE, &[&tlv::write_oid(curve.hash().x509_oids().1)]);
    let algorithm =
        tlv::write(tlv::SEQUENCE, &[&tlv::write_oid(oid::EC_PUBLIC_KEY), &tlv::write_oid(curve.oid())]);
    let spki =
        tlv::write(tlv::SEQUENCE, &[&algorithm, &tlv::write(tlv::BIT_STRING, &[&[0], key.public().point()])]);
    let body = tlv::write(
        tlv::SEQUENCE,
        &[
            &tlv::write(0xA0, &[&tlv::write_integer(&[2])]),
            &tlv::write_integer(&[1]),
            &signature_algorithm,
            &name,
            &tlv::write(tlv::SEQUENCE, &[&utc(not_before)?, &utc(not_after)?]),
            &name,
            &spki,
        ],
    );
    let signature = signature_to_der(&key.sign(&body)?);
    let signature = tlv::write(tlv::BIT_STRING, &[&[0], &signature]);
    Ok(tlv::write(tlv::SEQUENCE, &[&body, &signature_algorithm, &signature]))
}
