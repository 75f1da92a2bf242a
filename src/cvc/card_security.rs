//! EF.CardSecurity and passive authentication (TR-03110-3 A.1.2.5; CMS SignedData, RFC 5652).
//!
//! Without this check a forged card could bring a key of its own to chip authentication.

use jiff::civil::Date;

use super::curve::Hash;
use super::document_signer::{DocumentSigner, SignerError};
use super::key::{KeyError, PrivateKey, signature_to_der};
use super::oid;
use super::security_infos::{InfosError, MAX_FILE, SecurityInfos};
use super::tlv::{self, TlvError};

/// Why a card is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAuthentic {
    /// Longer than any such file.
    #[error("EF.CardSecurity is too long")]
    TooLong,
    /// Not well-formed.
    #[error("EF.CardSecurity is not well-formed: {0}")]
    Form(#[from] TlvError),
    /// Not signed data about security infos.
    #[error("EF.CardSecurity is something else")]
    Content,
    /// Not ECDSA with SHA-2, or two different hashes.
    #[error("EF.CardSecurity is signed in an unsupported way")]
    Algorithm,
    /// Not exactly one signer, or none that is trusted.
    #[error("no trusted document signer signed EF.CardSecurity")]
    UnknownSigner,
    /// The signer's certificate does not hold on this day.
    #[error("the document signer's certificate does not hold today")]
    SignerDate,
    /// The signed hash is not that of the contents.
    #[error("the contents of EF.CardSecurity were changed")]
    Digest,
    /// The signature is wrong.
    #[error("the signature of EF.CardSecurity is wrong")]
    Signature,
    /// What is signed is not readable.
    #[error("EF.CardSecurity: {0}")]
    Infos(#[from] InfosError),
}

/// Passive authentication: checks the signature with one of the trusted signers, then reads the contents.
///
/// Certificates inside the file are passed over: only `trusted` counts.
///
/// # Errors
/// Any of [`NotAuthentic`].
pub fn verify(file: &[u8], trusted: &[DocumentSigner], today: Date) -> Result<SecurityInfos, NotAuthentic> {
    let signed = SignedData::parse(file)?;
    let signer = trusted.iter().find(|signer| signed.names(signer)).ok_or(NotAuthentic::UnknownSigner)?;
    if today < signer.not_before || signer.not_after < today {
        return Err(NotAuthentic::SignerDate);
    }
    // The attributes are signed under the tag of a SET, not under the one they travel with (RFC 5652 5.4).
    let attributes = tlv::write(tlv::SET, &[signed.attributes.value]);
    let right = signer.key.verify_der(signed.hash, &attributes, signed.signature);
    right.ok().ok_or(NotAuthentic::Signature)?;
    signed.check_attributes()?;
    Ok(SecurityInfos::parse(signed.content)?)
}

/// The parts of the file that count.
struct SignedData<'a> {
    content: &'a [u8],
    /// `issuerAndSerialNumber` or the subject key identifier.
    signer: tlv::Object<'a>,
    hash: Hash,
    attributes: tlv::Object<'a>,
    signature: &'a [u8],
}

impl<'a> SignedData<'a> {
    fn parse(file: &'a [u8]) -> Result<Self, NotAuthentic> {
        if file.len() > MAX_FILE {
            return Err(NotAuthentic::TooLong);
        }
        let mut outer = tlv::only(tlv::SEQUENCE, file)?.inside()?;
        if outer.take(tlv::OID)?.value != oid::SIGNED_DATA {
            return Err(NotAuthentic::Content);
        }
        let mut reader = outer.take(0xA0)?.only(tlv::SEQUENCE)?.inside()?;
        outer.finish()?;
        reader.take(tlv::INTEGER)?;
        reader.take(tlv::SET)?;
        let mut content = reader.take(tlv::SEQUENCE)?.inside()?;
        if content.take(tlv::OID)?.value != oid::SECURITY_OBJECT {
            return Err(NotAuthentic::Content);
        }
        let content = content.take(0xA0)?.only(tlv::OCTET_STRING)?.value;
        reader.optional(0xA0)?;
        reader.optional(0xA1)?;
        let mut signers = reader.take(tlv::SET)?.inside()?;
        reader.finish()?;
        let signer = signers.take(tlv::SEQUENCE)?;
        if !signers.is_empty() {
            return Err(NotAuthentic::UnknownSigner);
        }
        Self::from_signer(content, &signer)
    }

    /// `SignerInfo` (RFC 5652 5.3).
    fn from_signer(content: &'a [u8], info: &tlv::Object<'a>) -> Result<Self, NotAuthentic> {
        let mut reader = info.inside()?;
        reader.take(tlv::INTEGER)?;
        let signer = reader.object()?;
        let digest = algorithm(&reader.take(tlv::SEQUENCE)?)?;
        let attributes = reader.take(0xA0)?;
        let signature_algorithm = algorithm(&reader.take(tlv::SEQUENCE)?)?;
        let signature = reader.take(tlv::OCTET_STRING)?.value;
        reader.optional(0xA1)?;
        reader.finish()?;
        let hash = [Hash::Sha256, Hash::Sha384, Hash::Sha512]
            .into_iter()
            .find(|hash| hash.x509_oids() == (digest, signature_algorithm))
            .ok_or(NotAuthentic::Algorithm)?;
        Ok(Self { content, signer, hash, attributes, signature })
    }

    /// Whether this is the signer that the file names.
    fn names(&self, signer: &DocumentSigner) -> bool {
        match self.signer.tag {
            tlv::SEQUENCE => self.signer.value == [signer.issuer.as_slice(), &signer.serial].concat(),
            0x80 => signer.key_identifier.as_deref() == Some(self.signer.value),
            _ => false,
        }
    }

    /// The two attributes that must be there, once each (RFC 5652 5.4 and 11).
    fn check_attributes(&self) -> Result<(), NotAuthentic> {
        let (mut content_type, mut digest) = (None, None);
        let mut reader = self.attributes.inside()?;
        while !reader.is_empty() {
            let mut attribute = reader.take(tlv::SEQUENCE)?.inside()?;
            let id = attribute.take(tlv::OID)?.value;
            let values = attribute.take(tlv::SET)?;
            attribute.finish()?;
            let slot = match id {
                id if id == oid::CONTENT_TYPE => &mut content_type,
                id if id == oid::MESSAGE_DIGEST => &mut digest,
                _ => continue,
            };
            let mut values = values.inside()?;
            let value = values.object()?;
            values.finish()?;
            if slot.replace(value).is_some() {
                return Err(NotAuthentic::Content);
            }
        }
        let (Some(content_type), Some(digest)) = (content_type, digest) else {
            return Err(NotAuthentic::Content);
        };
        if (content_type.tag, content_type.value) != (tlv::OID, oid::SECURITY_OBJECT) {
            return Err(NotAuthentic::Content);
        }
        if (digest.tag, digest.value) != (tlv::OCTET_STRING, self.hash.of(&[self.content]).as_slice()) {
            return Err(NotAuthentic::Digest);
        }
        Ok(())
    }
}

/// The identifier of an `AlgorithmIdentifier`; its parameters are NULL or absent.
fn algorithm<'a>(object: &tlv::Object<'a>) -> Result<&'a [u8], TlvError> {
    let mut reader = object.inside()?;
    let id = reader.take(tlv::OID)?.value;
    reader.optional(0x05)?;
    reader.finish()?;
    Ok(id)
}

/// The first certificate that the file carries, not believed: for pinning a lab's signer and for diagnosis.
///
/// # Errors
/// [`NotAuthentic::Form`]; [`NotAuthentic::UnknownSigner`] if there is none.
pub fn carried_certificate(file: &[u8]) -> Result<&[u8], NotAuthentic> {
    if file.len() > MAX_FILE {
        return Err(NotAuthentic::TooLong);
    }
    let mut outer = tlv::only(tlv::SEQUENCE, file)?.inside()?;
    outer.take(tlv::OID)?;
    let mut reader = outer.take(0xA0)?.only(tlv::SEQUENCE)?.inside()?;
    reader.take(tlv::INTEGER)?;
    reader.take(tlv::SET)?;
    reader.take(tlv::SEQUENCE)?;
    let certificates = reader.optional(0xA0)?.ok_or(NotAuthentic::UnknownSigner)?;
    Ok(certificates.inside()?.take(tlv::SEQUENCE)?.whole)
}

/// Signs the security infos of a card of our own, with the certificate of [`super::document_signer::issue_for_lab`].
///
/// # Errors
/// [`SignerError`] about the certificate or the key.
pub fn sign_for_lab(
    infos: &SecurityInfos,
    certificate: &[u8],
    key: &PrivateKey,
) -> Result<Vec<u8>, SignerError> {
    let signer = DocumentSigner::trusted(certificate)?;
    if signer.key != *key.public() {
        return Err(KeyError::OtherCurve.into());
    }
    let hash = key.curve().hash();
    let (digest_id, signature_id) = hash.x509_oids();
    let content = infos.encode();
    let attribute = |id: &[u8], value: &[u8]| {
        tlv::write(tlv::SEQUENCE, &[&tlv::write_oid(id), &tlv::write(tlv::SET, &[value])])
    };
    let content_type = attribute(oid::CONTENT_TYPE, &tlv::write_oid(oid::SECURITY_OBJECT));
    let digest = attribute(oid::MESSAGE_DIGEST, &tlv::write(tlv::OCTET_STRING, &[&hash.of(&[&content])]));
    let signature = key.sign(&tlv::write(tlv::SET, &[&content_type, &digest]))?;
    let algorithm = |id: &[u8]| tlv::write(tlv::SEQUENCE, &[&tlv::write_oid(id)]);
    let signer_info = tlv::write(
        tlv::SEQUENCE,
        &[
            &tlv::write_integer(&[1]),
            &tlv::write(tlv::SEQUENCE, &[&signer.issuer, &signer.serial]),
            &algorithm(digest_id),
            &tlv::write(0xA0, &[&content_type, &digest]),
            &algorithm(signature_id),
            &tlv::write(tlv::OCTET_STRING, &[&signature_to_der(&signature)]),
        ],
    );
    let content = tlv::write(0xA0, &[&tlv::write(tlv::OCTET_STRING, &[&content])]);
    let signed = tlv::write(
        tlv::SEQUENCE,
        &[
            &tlv::write_integer(&[3]),
            &tlv::write(tlv::SET, &[&algorithm(digest_id)]),
            &tlv::write(tlv::SEQUENCE, &[&tlv::write_oid(oid::SECURITY_OBJECT), &content]),
            &tlv::write(0xA0, &[certificate]),
            &tlv::write(tlv::SET, &[&signer_info]),
        ],
    );
    Ok(tlv::write(tlv::SEQUENCE, &[&tlv::write_oid(oid::SIGNED_DATA), &tlv::write(0xA0, &[&signed])]))
}
