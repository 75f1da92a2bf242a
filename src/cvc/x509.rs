//! X.509 certificates of the document PKI (RFC 5280; ICAO 9303-12): the few fields that count there.
//!
//! Own reading, because the curves of this PKI stand in certificates as explicit parameters, which no library at hand
//! reads. A critical extension that is not known here refuses the certificate (RFC 5280 §4.2).

use jiff::civil::Date;

use super::auxiliary_data::day;
use super::curve::{Curve, Hash};
use super::document_signer::{MAX_CERTIFICATE, SignerError};
use super::key::PublicKey;
use super::tlv::{self, Reader, TlvError};

/// id-ce-subjectKeyIdentifier 2.5.29.14.
const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1D, 0x0E];
/// id-ce-keyUsage 2.5.29.15.
const KEY_USAGE: &[u8] = &[0x55, 0x1D, 0x0F];
/// id-ce-basicConstraints 2.5.29.19.
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1D, 0x13];
/// id-ce-authorityKeyIdentifier 2.5.29.35.
const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1D, 0x23];

/// A certificate, read.
#[derive(Clone, Debug)]
pub(super) struct Parsed {
    /// What is signed, the whole object.
    body: Vec<u8>,
    /// The serial number, the whole object.
    pub(super) serial: Vec<u8>,
    /// `Name` of the issuer, the whole object.
    pub(super) issuer: Vec<u8>,
    /// `Name` of the holder, the whole object.
    pub(super) subject: Vec<u8>,
    pub(super) not_before: Date,
    pub(super) not_after: Date,
    pub(super) key: PublicKey,
    pub(super) key_identifier: Option<Vec<u8>>,
    pub(super) authority_key_identifier: Option<Vec<u8>>,
    /// `cA` of the basic constraints.
    pub(super) is_authority: bool,
    hash: Option<Hash>,
    signature: Vec<u8>,
}

impl Parsed {
    pub(super) fn parse(certificate: &[u8]) -> Result<Self, SignerError> {
        if certificate.len() > MAX_CERTIFICATE {
            return Err(SignerError::TooLong);
        }
        let mut outer = tlv::only(tlv::SEQUENCE, certificate)?.inside()?;
        let body = outer.take(tlv::SEQUENCE)?;
        let algorithm = outer.take(tlv::SEQUENCE)?;
        let signature = outer.take(tlv::BIT_STRING)?.bits()?.to_vec();
        outer.finish()?;
        let whole = body.whole.to_vec();
        let mut body = body.inside()?;
        body.take(0xA0)?;
        let serial = body.take(tlv::INTEGER)?.whole.to_vec();
        // The algorithm stands inside of what is signed as well, and must be the same (RFC 5280 §4.1.1.2).
        if body.take(tlv::SEQUENCE)?.whole != algorithm.whole {
            return Err(SignerError::Algorithm);
        }
        let issuer = body.take(tlv::SEQUENCE)?.whole.to_vec();
        let mut validity = body.take(tlv::SEQUENCE)?.inside()?;
        let (not_before, not_after) = (time(&validity.object()?)?, time(&validity.object()?)?);
        let subject = body.take(tlv::SEQUENCE)?.whole.to_vec();
        let mut spki = body.take(tlv::SEQUENCE)?.inside()?;
        let curve = Curve::from_algorithm(&spki.take(tlv::SEQUENCE)?)?.ok_or(SignerError::Algorithm)?;
        let key = PublicKey::from_point(curve, spki.take(tlv::BIT_STRING)?.bits()?)?;
        let mut parsed = Self {
            body: whole,
            serial,
            issuer,
            subject,
            not_before,
            not_after,
            key,
            key_identifier: None,
            authority_key_identifier: None,
            is_authority: false,
            hash: hash_of(&algorithm)?,
            signature,
        };
        parsed.read_extensions(body)?;
        Ok(parsed)
    }

    /// Whether this issuer's key made the signature, and both hold today.
    pub(super) fn issued_by(&self, issuer: &Self, today: Date) -> Result<(), SignerError> {
        let hash = self.hash.ok_or(SignerError::Algorithm)?;
        issuer.key.verify_der(hash, &self.body, &self.signature)?;
        let hold = |one: &Self| one.not_before <= today && today <= one.not_after;
        if hold(self) && hold(issuer) { Ok(()) } else { Err(SignerError::NotToday) }
    }

    fn read_extensions(&mut self, mut body: Reader<'_>) -> Result<(), SignerError> {
        let Some(extensions) = body.optional(0xA3)? else { return Ok(()) };
        let mut extensions = extensions.only(tlv::SEQUENCE)?.inside()?;
        while !extensions.is_empty() {
            let mut extension = extensions.take(tlv::SEQUENCE)?.inside()?;
            let id = extension.take(tlv::OID)?.value;
            let critical = extension.optional(tlv::BOOLEAN)?.is_some_and(|flag| flag.value != [0]);
            let value = extension.take(tlv::OCTET_STRING)?.value;
            match id {
                SUBJECT_KEY_IDENTIFIER => {
                    self.key_identifier = Some(tlv::only(tlv::OCTET_STRING, value)?.value.to_vec());
                }
                AUTHORITY_KEY_IDENTIFIER => {
                    let mut reader = tlv::only(tlv::SEQUENCE, value)?.inside()?;
                    self.authority_key_identifier = reader.optional(0x80)?.map(|id| id.value.to_vec());
                }
                BASIC_CONSTRAINTS => {
                    let mut reader = tlv::only(tlv::SEQUENCE, value)?.inside()?;
                    self.is_authority = reader.optional(tlv::BOOLEAN)?.is_some_and(|flag| flag.value != [0]);
                }
                KEY_USAGE => {}
                _ if critical => return Err(SignerError::Form(TlvError::Unexpected(tlv::OID))),
                _ => {}
            }
        }
        Ok(())
    }
}

/// The hash of an ECDSA signature algorithm; `None` for an algorithm of another kind.
fn hash_of(algorithm: &tlv::Object<'_>) -> Result<Option<Hash>, TlvError> {
    let id = algorithm.inside()?.take(tlv::OID)?.value;
    Ok([Hash::Sha256, Hash::Sha384, Hash::Sha512].into_iter().find(|hash| hash.x509_oids().1 == id))
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
