//! Issues card-verifiable certificates: for the lab's own CVCA, document verifier and terminals.

use jiff::civil::Date;

use super::certificate::{
    self, AUTHORITY, BODY, CERTIFICATE, Certificate, CertificateError, EFFECTIVE, EXPIRATION, EXTENSIONS,
    Extensions, HOLDER, PROFILE, Reference, SIGNATURE, TEMPLATE,
};
use super::chat::{Chat, Role};
use super::key::{PrivateKey, PublicKey};
use super::{oid, tlv};

/// What is to be certified.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who signs; for a self-signed root the same as the holder.
    pub authority: Reference,
    /// Whose certificate it is.
    pub holder: Reference,
    /// Role and rights. A CVCA's certificate carries the domain parameters.
    pub chat: Chat,
    /// First day.
    pub effective: Date,
    /// Last day.
    pub expiration: Date,
    /// Hashes that a terminal's certificate binds.
    pub extensions: Extensions,
}

/// Signs `request` for the key `subject` with the issuer's key.
///
/// # Errors
/// [`CertificateError::Date`] outside of 2000 to 2099; [`CertificateError::Key`] if the library refuses.
pub fn issue(
    request: &Request,
    subject: &PublicKey,
    issuer: &PrivateKey,
) -> Result<Certificate, CertificateError> {
    let date = |day| certificate::encode_date(day).ok_or(CertificateError::Date);
    let explicit = request.chat.role == Role::Cvca;
    let body = tlv::write(
        BODY,
        &[
            &tlv::write(PROFILE, &[&[0]]),
            &tlv::write(AUTHORITY, &[request.authority.as_str().as_bytes()]),
            &certificate::encode_key(subject.curve().hash().ta_oid(), subject, explicit),
            &tlv::write(HOLDER, &[request.holder.as_str().as_bytes()]),
            &request.chat.encode(),
            &tlv::write(EFFECTIVE, &[&date(request.effective)?]),
            &tlv::write(EXPIRATION, &[&date(request.expiration)?]),
            &encode_extensions(&request.extensions),
        ],
    );
    let signature = issuer.sign(&body)?;
    Certificate::parse(&tlv::write(CERTIFICATE, &[&body, &tlv::write(SIGNATURE, &[&signature])]))
}

fn encode_extensions(extensions: &Extensions) -> Vec<u8> {
    let mut templates = Vec::new();
    if let Some(hash) = &extensions.description {
        let hash = tlv::write(0x80, &[hash]);
        templates.extend(tlv::write(TEMPLATE, &[&tlv::write_oid(oid::DESCRIPTION), &hash]));
    }
    if extensions.first_sector.is_some() || extensions.second_sector.is_some() {
        let hash =
            |tag, hash: &Option<Vec<u8>>| hash.as_ref().map(|h| tlv::write(tag, &[h])).unwrap_or_default();
        let (first, second) = (hash(0x80, &extensions.first_sector), hash(0x81, &extensions.second_sector));
        templates.extend(tlv::write(TEMPLATE, &[&tlv::write_oid(oid::SECTOR), &first, &second]));
    }
    if templates.is_empty() { Vec::new() } else { tlv::write(EXTENSIONS, &[&templates]) }
}
