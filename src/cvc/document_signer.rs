//! Certificates of document signers (ICAO 9303-12; RFC 5280): as much as passive authentication needs of them.
//!
//! A signer is trusted because the caller names it, or because a country signing CA which the caller names issued it.

use jiff::civil::Date;

use super::key::{KeyError, PrivateKey, PublicKey, signature_to_der};
use super::oid;
use super::tlv::{self, TlvError};
use super::x509::Parsed;

/// Longest certificate that is looked at, in bytes.
pub const MAX_CERTIFICATE: usize = 8192;

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
    /// Not a point, a wrong signature, or the library refuses.
    #[error("the signer's certificate: {0}")]
    Key(#[from] KeyError),
    /// No trusted country signing CA issued it.
    #[error("no trusted country signing CA issued the signer's certificate")]
    UnknownAuthority,
    /// It or its issuer does not hold on this day.
    #[error("the signer's certificate or its issuer's does not hold today")]
    NotToday,
    /// A certification authority where a signer is due.
    #[error("the signer's certificate is that of an authority")]
    Authority,
    /// A certificate that may not issue others where an authority is due.
    #[error("the certificate is not that of an authority")]
    NoAuthority,
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
        Ok(Self::from_parsed(Parsed::parse(certificate)?))
    }

    /// Reads a certificate in DER that one of the trusted country signing CAs issued (ICAO 9303-12 §5, RFC 5280 6.1
    /// for a path of two): names and key identifiers agree, the signature is right, both hold today, and the
    /// signer is no authority itself.
    ///
    /// # Errors
    /// [`SignerError::UnknownAuthority`], or what its form or signature is refused for.
    pub fn issued(certificate: &[u8], trusted: &[Csca], today: Date) -> Result<Self, SignerError> {
        let parsed = Parsed::parse(certificate)?;
        let names = |csca: &&Csca| {
            let same_key = match (&parsed.authority_key_identifier, &csca.0.key_identifier) {
                (Some(wanted), Some(own)) => wanted == own,
                _ => true,
            };
            csca.0.subject == parsed.issuer && same_key
        };
        // A CSCA that was renewed keeps its name: every one that could be meant is tried.
        let mut refused = SignerError::UnknownAuthority;
        for csca in trusted.iter().filter(names) {
            match parsed.issued_by(&csca.0, today) {
                Ok(()) if parsed.is_authority => refused = SignerError::Authority,
                Ok(()) => return Ok(Self::from_parsed(parsed)),
                Err(why) => refused = why,
            }
        }
        Err(refused)
    }

    fn from_parsed(parsed: Parsed) -> Self {
        Self {
            key: parsed.key,
            not_before: parsed.not_before,
            not_after: parsed.not_after,
            issuer: parsed.issuer,
            serial: parsed.serial,
            key_identifier: parsed.key_identifier,
        }
    }
}

/// A country signing certification authority that the operator trusts: from a national master list.
#[derive(Clone, Debug)]
pub struct Csca(Parsed);

impl Csca {
    /// Reads its certificate in DER. A link certificate serves as well as a self-signed one.
    ///
    /// # Errors
    /// Any of [`SignerError`]; [`SignerError::NoAuthority`] if it may not issue.
    pub fn trusted(certificate: &[u8]) -> Result<Self, SignerError> {
        let parsed = Parsed::parse(certificate)?;
        if parsed.is_authority { Ok(Self(parsed)) } else { Err(SignerError::NoAuthority) }
    }
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
