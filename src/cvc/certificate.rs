//! Card-verifiable certificates (TR-03110-3 C, D): read, written back, one signature checked.

use std::fmt;

use jiff::civil::Date;

use super::chat::{self, Chat, ChatError, Role};
use super::curve::{Curve, Hash, Parameters};
use super::key::{KeyError, PublicKey};
use super::{oid, tlv};

/// Longest certificate that is looked at, in bytes; real ones have less than 700.
pub const MAX_CERTIFICATE: usize = 4096;

pub(super) const CERTIFICATE: u16 = 0x7F21;
pub(super) const BODY: u16 = 0x7F4E;
pub(super) const PROFILE: u16 = 0x5F29;
pub(super) const AUTHORITY: u16 = 0x42;
/// Tag of a public key.
pub const PUBLIC_KEY: u16 = 0x7F49;
pub(super) const HOLDER: u16 = 0x5F20;
pub(super) const EFFECTIVE: u16 = 0x5F25;
pub(super) const EXPIRATION: u16 = 0x5F24;
pub(super) const EXTENSIONS: u16 = 0x65;
/// Tag of a discretionary data template.
pub const TEMPLATE: u16 = 0x73;
pub(super) const SIGNATURE: u16 = 0x5F37;

/// Why a certificate is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Longer than [`MAX_CERTIFICATE`].
    #[error("the certificate is too long")]
    TooLong,
    /// Not well-formed.
    #[error("the certificate is not well-formed: {0}")]
    Form(#[from] tlv::TlvError),
    /// Its profile is not version 1.
    #[error("the certificate has another profile")]
    Profile,
    /// A reference is not 8 to 16 visible characters.
    #[error("a reference in the certificate is not of its form")]
    Reference,
    /// A date is not six digits or not in the calendar.
    #[error("a date in the certificate is none")]
    Date,
    /// Its authorisation is refused.
    #[error("the certificate's authorisation is refused: {0}")]
    Chat(#[from] ChatError),
    /// Not ECDSA with SHA-2, or a curve that is not ours.
    #[error("the certificate's key is not of a supported kind")]
    Algorithm,
    /// Its key is no point, or a signature is wrong.
    #[error("the certificate: {0}")]
    Key(#[from] KeyError),
}

/// The name of an issuer or holder: country, mnemonic, sequence number (TR-03110-3 C.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference(String);

/// A public key as a certificate holds it: only a CVCA's brings its curve along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateKey {
    /// Hash of the signatures made with this key.
    pub hash: Hash,
    /// Its curve; `None` means the issuer's.
    pub curve: Option<Curve>,
    /// The uncompressed point, not checked yet.
    pub point: Vec<u8>,
}

/// What the extensions of a terminal's certificate bind (TR-03110-4 2.2.6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extensions {
    /// Hash of the certificate description.
    pub description: Option<Vec<u8>>,
    /// Hash of the first sector public key.
    pub first_sector: Option<Vec<u8>>,
    /// Hash of the second sector public key.
    pub second_sector: Option<Vec<u8>>,
}

/// A certificate, read. That it was read says nothing about its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Certification Authority Reference: who signed.
    pub authority: Reference,
    /// Certificate Holder Reference.
    pub holder: Reference,
    /// The holder's key.
    pub key: CertificateKey,
    /// Role and rights.
    pub chat: Chat,
    /// First day.
    pub effective: Date,
    /// Last day.
    pub expiration: Date,
    /// Extensions; unknown ones are passed over (they restrict nothing, TR-03110-3 C.3).
    pub extensions: Extensions,
    signature: Vec<u8>,
    body: Vec<u8>,
    whole: Vec<u8>,
}

impl Reference {
    /// # Errors
    /// [`CertificateError::Reference`].
    pub fn new(text: &str) -> Result<Self, CertificateError> {
        let form = (8..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if form { Ok(Self(text.to_owned())) } else { Err(CertificateError::Reference) }
    }

    fn from_object(object: &tlv::Object<'_>) -> Result<Self, CertificateError> {
        Self::new(object.text()?)
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl CertificateKey {
    /// The key, its curve taken from the issuer if it has none of its own (TR-03110-3 D.3.3).
    ///
    /// # Errors
    /// [`CertificateError::Key`] if the point is not on the curve.
    pub fn public(&self, inherited: Curve) -> Result<PublicKey, CertificateError> {
        Ok(PublicKey::from_point(self.curve.unwrap_or(inherited), &self.point)?)
    }

    fn from_object(object: &tlv::Object<'_>) -> Result<Self, CertificateError> {
        let mut reader = object.inside()?;
        let id = reader.take(tlv::OID)?.value;
        let hash = Hash::from_ta_oid(id).ok_or(CertificateError::Algorithm)?;
        let (curve, point) = domain_and_point(&mut reader)?;
        reader.finish()?;
        let curve = curve.map(|c| c.ok_or(CertificateError::Algorithm)).transpose()?;
        Ok(Self { hash, curve, point: point.to_vec() })
    }
}

/// The parts of an elliptic curve key after its identifier (TR-03110-3 D.3.3): domain parameters or none, the point.
/// The inner `None` stands for parameters that are not one of our curves.
pub(super) fn domain_and_point<'a>(
    reader: &mut tlv::Reader<'a>,
) -> Result<(Option<Option<Curve>>, &'a [u8]), tlv::TlvError> {
    let Some(p) = reader.optional(0x81)? else {
        return Ok((None, reader.take(0x86)?.value));
    };
    let (a, b) = (reader.take(0x82)?.value, reader.take(0x83)?.value);
    let (g, n) = (reader.take(0x84)?.value, reader.take(0x85)?.value);
    let point = reader.take(0x86)?.value;
    let cofactor = reader.optional(0x87)?;
    let one = cofactor.is_none_or(|c| c.value == [1]);
    let curve = Curve::from_parameters(&Parameters { p: p.value, a, b, g, n }).filter(|_| one);
    Ok((Some(curve), point))
}

/// `7F49`: a public key, with its domain parameters if `explicit` (TR-03110-3 D.3.3).
pub fn encode_key(id: &[u8], key: &PublicKey, explicit: bool) -> Vec<u8> {
    let id = tlv::write_oid(id);
    let point = tlv::write(0x86, &[key.point()]);
    if !explicit {
        return tlv::write(PUBLIC_KEY, &[&id, &point]);
    }
    let parameters = key.curve().parameters();
    let (p, a, b) = (
        tlv::write(0x81, &[parameters.p]),
        tlv::write(0x82, &[parameters.a]),
        tlv::write(0x83, &[parameters.b]),
    );
    let (g, n) = (tlv::write(0x84, &[parameters.g]), tlv::write(0x85, &[parameters.n]));
    tlv::write(PUBLIC_KEY, &[&id, &p, &a, &b, &g, &n, &point, &tlv::write(0x87, &[&[1]])])
}

impl Certificate {
    /// # Errors
    /// Any of [`CertificateError`] except a wrong signature.
    pub fn parse(bytes: &[u8]) -> Result<Self, CertificateError> {
        if bytes.len() > MAX_CERTIFICATE {
            return Err(CertificateError::TooLong);
        }
        let mut outer = tlv::only(CERTIFICATE, bytes)?.inside()?;
        let body = outer.take(BODY)?;
        let signature = outer.take(SIGNATURE)?;
        outer.finish()?;
        let mut reader = body.inside()?;
        if reader.take(PROFILE)?.value != [0] {
            return Err(CertificateError::Profile);
        }
        let authority = Reference::from_object(&reader.take(AUTHORITY)?)?;
        let key = CertificateKey::from_object(&reader.take(PUBLIC_KEY)?)?;
        let holder = Reference::from_object(&reader.take(HOLDER)?)?;
        let chat = Chat::from_object(&reader.take(chat::TAG)?)?;
        // Who is not a root inherits the curve (TR-03110-3 D.3.3).
        if chat.role != Role::Cvca && key.curve.is_some() {
            return Err(CertificateError::Algorithm);
        }
        let effective = date(reader.take(EFFECTIVE)?.value)?;
        let expiration = date(reader.take(EXPIRATION)?.value)?;
        let extensions = reader.optional(EXTENSIONS)?;
        reader.finish()?;
        Ok(Self {
            authority,
            holder,
            key,
            chat,
            effective,
            expiration,
            extensions: extensions.as_ref().map_or_else(|| Ok(Extensions::default()), read_extensions)?,
            signature: signature.value.to_vec(),
            body: body.whole.to_vec(),
            whole: bytes.to_vec(),
        })
    }

    /// The certificate as it was read or issued.
    pub fn as_bytes(&self) -> &[u8] {
        &self.whole
    }

    /// What is signed: the whole object `7F4E` (TR-03110-3 C.1.1).
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// `r || s`.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Whether the issuer's key made this signature, and nothing else.
    ///
    /// # Errors
    /// [`CertificateError::Key`].
    pub fn verify(&self, issuer: &PublicKey, hash: Hash) -> Result<(), CertificateError> {
        Ok(issuer.verify(hash, &self.body, &self.signature)?)
    }

    /// Whether the certificate holds on this day; both bounds are days on which it does (TR-03110-3 C.1.6).
    pub fn holds_on(&self, today: Date) -> bool {
        self.effective <= today && today <= self.expiration
    }
}

fn read_extensions(object: &tlv::Object<'_>) -> Result<Extensions, CertificateError> {
    let mut extensions = Extensions::default();
    let mut reader = object.inside()?;
    while !reader.is_empty() {
        let mut template = reader.take(TEMPLATE)?.inside()?;
        let id = template.take(tlv::OID)?.value;
        if id == oid::DESCRIPTION && extensions.description.is_none() {
            extensions.description = Some(template.take(0x80)?.value.to_vec());
            template.finish()?;
        } else if id == oid::SECTOR && extensions.first_sector.is_none() {
            extensions.first_sector = template.optional(0x80)?.map(|hash| hash.value.to_vec());
            extensions.second_sector = template.optional(0x81)?.map(|hash| hash.value.to_vec());
            template.finish()?;
        } else if id == oid::DESCRIPTION || id == oid::SECTOR {
            // Twice the same extension: which one binds would depend on the reader.
            return Err(tlv::TlvError::Unexpected(TEMPLATE).into());
        }
    }
    Ok(extensions)
}

/// Six unpacked BCD digits YYMMDD; the century is 20 (TR-03110-3 D.2.1.3).
fn date(bytes: &[u8]) -> Result<Date, CertificateError> {
    let [y1, y2, m1, m2, d1, d2]: [u8; 6] = bytes.try_into().ok().ok_or(CertificateError::Date)?;
    let two = |tens: u8, ones: u8| {
        (tens <= 9 && ones <= 9).then(|| 10 * tens as i8 + ones as i8).ok_or(CertificateError::Date)
    };
    let (year, month, day) = (two(y1, y2)?, two(m1, m2)?, two(d1, d2)?);
    Date::new(2000 + i16::from(year), month, day).ok().ok_or(CertificateError::Date)
}

/// The same, written; `None` outside of the years 2000 to 2099.
pub(super) fn encode_date(date: Date) -> Option<[u8; 6]> {
    let year = u8::try_from(date.year().checked_sub(2000)?).ok().filter(|year| *year <= 99)?;
    let (month, day) = (date.month() as u8, date.day() as u8);
    Some([year / 10, year % 10, month / 10, month % 10, day / 10, day % 10])
}
