//! The certificate description: what a citizen reads about the service before consenting (TR-03110-4 2.2.6).

use super::curve::Hash;
use super::{oid, tlv};

/// Longest description that is looked at, in bytes.
pub const MAX_DESCRIPTION: usize = 32 * 1024;
/// Most TLS certificate hashes.
const MAX_HASHES: usize = 64;

/// Why a description is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DescriptionError {
    /// Longer than [`MAX_DESCRIPTION`].
    #[error("the certificate description is too long")]
    TooLong,
    /// Not well-formed.
    #[error("the certificate description is not well-formed: {0}")]
    Form(#[from] tlv::TlvError),
    /// HTML or PDF.
    #[error("the certificate description is not plain text")]
    Format,
    /// More hashes than anyone needs.
    #[error("the certificate description names too many certificates")]
    TooMany,
    /// Its hash is not the one in the terminal's certificate.
    #[error("the certificate description is not the one that the certificate binds")]
    OtherHash,
}

/// A description in plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// Who issued the certificate.
    pub issuer_name: String,
    /// Its address.
    pub issuer_url: Option<String>,
    /// Who asks.
    pub subject_name: String,
    /// Its address: the origin that the citizen's program compares.
    pub subject_url: String,
    /// Provider, purpose and authority for data protection, as text for people.
    pub terms_of_usage: String,
    /// Where the citizen's program goes if that is not the subject's address.
    pub redirect_url: Option<String>,
    /// Hashes of every TLS certificate on the way; as long as the hash of the document verifier's certificate.
    pub tls_hashes: Vec<Vec<u8>>,
}

impl Description {
    /// The DER form. The terms are a UTF8String (`PlainTermsOfUsage`): AusweisApp shows anything else as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let text = |tag, kind, text: &str| tlv::write(tag, &[&tlv::write(kind, &[text.as_bytes()])]);
        let maybe = |tag, url: &Option<String>| {
            url.as_ref().map(|url| text(tag, tlv::PRINTABLE, url)).unwrap_or_default()
        };
        let hashes: Vec<u8> =
            self.tls_hashes.iter().flat_map(|hash| tlv::write(tlv::OCTET_STRING, &[hash])).collect();
        let hashes = if hashes.is_empty() {
            Vec::new()
        } else {
            tlv::write(0xA7, &[&tlv::write(tlv::SET, &[&hashes])])
        };
        tlv::write(
            tlv::SEQUENCE,
            &[
                &tlv::write_oid(oid::DESCRIPTION_PLAIN),
                &text(0xA1, tlv::UTF8, &self.issuer_name),
                &maybe(0xA2, &self.issuer_url),
                &text(0xA3, tlv::UTF8, &self.subject_name),
                &text(0xA4, tlv::PRINTABLE, &self.subject_url),
                &text(0xA5, tlv::UTF8, &self.terms_of_usage),
                &maybe(0xA6, &self.redirect_url),
                &hashes,
            ],
        )
    }

    /// # Errors
    /// Any of [`DescriptionError`] but the last.
    pub fn parse(bytes: &[u8]) -> Result<Self, DescriptionError> {
        if bytes.len() > MAX_DESCRIPTION {
            return Err(DescriptionError::TooLong);
        }
        let mut reader = tlv::only(tlv::SEQUENCE, bytes)?.inside()?;
        if reader.take(tlv::OID)?.value != oid::DESCRIPTION_PLAIN {
            return Err(DescriptionError::Format);
        }
        let issuer_name = required(&mut reader, 0xA1, &[tlv::UTF8])?;
        let issuer_url = optional(&mut reader, 0xA2, URL)?;
        let subject_name = required(&mut reader, 0xA3, &[tlv::UTF8])?;
        // Demanded here: without it a citizen's program has no origin to compare.
        let subject_url = required(&mut reader, 0xA4, URL)?;
        let terms_of_usage = required(&mut reader, 0xA5, &[tlv::UTF8, tlv::OCTET_STRING])?;
        let redirect_url = optional(&mut reader, 0xA6, URL)?;
        let mut tls_hashes = Vec::new();
        if let Some(set) = reader.optional(0xA7)? {
            let mut hashes = set.only(tlv::SET)?.inside()?;
            while !hashes.is_empty() {
                tls_hashes.push(hashes.take(tlv::OCTET_STRING)?.value.to_vec());
                if tls_hashes.len() > MAX_HASHES {
                    return Err(DescriptionError::TooMany);
                }
            }
        }
        reader.finish()?;
        Ok(Self {
            issuer_name,
            issuer_url,
            subject_name,
            subject_url,
            terms_of_usage,
            redirect_url,
            tls_hashes,
        })
    }
}

/// Reads a description that a certificate binds by this hash.
///
/// # Errors
/// [`DescriptionError::OtherHash`], or what [`Description::parse`] refuses.
pub fn bound(bytes: &[u8], hash: Hash, expected: &[u8]) -> Result<Description, DescriptionError> {
    if hash.of(&[bytes]) != expected {
        return Err(DescriptionError::OtherHash);
    }
    Description::parse(bytes)
}

/// Strings that hold addresses; the guideline says PrintableString, which has no `~` or `%`.
const URL: &[u16] = &[tlv::PRINTABLE, tlv::UTF8, tlv::IA5];

fn optional(
    reader: &mut tlv::Reader<'_>,
    tag: u16,
    kinds: &[u16],
) -> Result<Option<String>, DescriptionError> {
    let Some(object) = reader.optional(tag)? else { return Ok(None) };
    let mut inside = object.inside()?;
    let text = inside.object()?;
    inside.finish()?;
    if !kinds.contains(&text.tag) {
        return Err(tlv::TlvError::Unexpected(kinds[0]).into());
    }
    Ok(Some(text.text()?.to_owned()))
}

fn required(reader: &mut tlv::Reader<'_>, tag: u16, kinds: &[u16]) -> Result<String, DescriptionError> {
    optional(reader, tag, kinds)?.ok_or(DescriptionError::Form(tlv::TlvError::Unexpected(tag)))
}
