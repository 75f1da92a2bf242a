//! The data groups of the eID application (TR-03110-4 2.2.1 and 2.2.2).
//!
//! Absent on purpose: DG11, DG12, DG14, DG16, which German cards leave empty; they have a number, so that rights
//! can be spoken of, and are given as the bytes inside.

use jiff::civil::Date;

use super::auxiliary_data::day;
use super::place::{PartialDate, Place};
use super::tlv::{self, Reader, TlvError};

/// Longest file of a data group, in bytes.
pub const MAX_FILE: usize = 16 * 1024;
/// Most places of residence.
const MAX_PLACES: usize = 8;

/// A data group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the guideline has no more to say than the names")]
pub enum DataGroup {
    DocumentType = 1,
    IssuingState = 2,
    DateOfExpiry = 3,
    GivenNames = 4,
    FamilyNames = 5,
    ArtisticName = 6,
    AcademicTitle = 7,
    DateOfBirth = 8,
    PlaceOfBirth = 9,
    Nationality = 10,
    Sex = 11,
    OptionalData = 12,
    BirthName = 13,
    WrittenSignature = 14,
    DateOfIssuance = 15,
    Reserved = 16,
    PlaceOfResidence = 17,
    CommunityId = 18,
    ResidencePermit1 = 19,
    ResidencePermit2 = 20,
    PhoneNumber = 21,
    EmailAddress = 22,
}

/// What a data group holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Names, titles, country codes, types. May be empty: DG6 and DG7 of most cards are.
    Text(String),
    /// A day.
    Date(Date),
    /// A day that may have gaps.
    PartialDate(PartialDate),
    /// One or more places.
    Places(Vec<Place>),
    /// The community identifier in BCD: country, state, region, district, community.
    CommunityId(Vec<u8>),
    /// A permit as DEFLATE data, which this room does not unpack.
    Compressed(Vec<u8>),
    /// The bytes of a group that is not interpreted.
    Opaque(Vec<u8>),
}

/// How a group's contents are coded.
#[derive(Clone, Copy)]
enum Coding {
    Text(u16),
    Date,
    PartialDate,
    Place,
    CommunityId,
    Permit,
    Opaque,
}

impl DataGroup {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::DocumentType,
        Self::IssuingState,
        Self::DateOfExpiry,
        Self::GivenNames,
        Self::FamilyNames,
        Self::ArtisticName,
        Self::AcademicTitle,
        Self::DateOfBirth,
        Self::PlaceOfBirth,
        Self::Nationality,
        Self::Sex,
        Self::OptionalData,
        Self::BirthName,
        Self::WrittenSignature,
        Self::DateOfIssuance,
        Self::Reserved,
        Self::PlaceOfResidence,
        Self::CommunityId,
        Self::ResidencePermit1,
        Self::ResidencePermit2,
        Self::PhoneNumber,
        Self::EmailAddress,
    ];

    /// 1 to 22; also its short file identifier (TR-03110-4 2.2.1).
    pub fn number(self) -> u8 {
        self as u8
    }

    /// Its application tag: `61` for DG1.
    pub fn tag(self) -> u16 {
        0x60 + u16::from(self.number())
    }

    fn coding(self) -> Coding {
        match self {
            Self::DocumentType | Self::IssuingState | Self::Nationality => Coding::Text(tlv::PRINTABLE),
            Self::GivenNames
            | Self::FamilyNames
            | Self::ArtisticName
            | Self::AcademicTitle
            | Self::BirthName => Coding::Text(tlv::UTF8),
            Self::PhoneNumber => Coding::Text(tlv::PRINTABLE),
            Self::EmailAddress => Coding::Text(tlv::IA5),
            Self::DateOfExpiry | Self::DateOfIssuance => Coding::Date,
            Self::DateOfBirth => Coding::PartialDate,
            Self::PlaceOfBirth | Self::PlaceOfResidence => Coding::Place,
            Self::CommunityId => Coding::CommunityId,
            Self::ResidencePermit1 | Self::ResidencePermit2 => Coding::Permit,
            Self::Sex | Self::OptionalData | Self::WrittenSignature | Self::Reserved => Coding::Opaque,
        }
    }

    /// Reads the file of this group. Zero bytes after its object are the rest of the file and passed over.
    ///
    /// # Errors
    /// Any of [`TlvError`].
    pub fn decode(self, file: &[u8]) -> Result<Value, TlvError> {
        if file.len() > MAX_FILE {
            return Err(TlvError::TooLong);
        }
        let mut reader = Reader::der(file)?;
        let object = reader.take(self.tag())?;
        if reader.rest().iter().any(|byte| *byte != 0) {
            return Err(TlvError::Trailing);
        }
        match self.coding() {
            Coding::Text(kind) => Ok(Value::Text(object.only(kind)?.text()?.to_owned())),
            Coding::Date => {
                let digits = object.only(tlv::NUMERIC)?.value;
                day(digits).map(Value::Date).ok_or(TlvError::Value(tlv::NUMERIC))
            }
            Coding::PartialDate => {
                Ok(Value::PartialDate(PartialDate::new(object.only(tlv::NUMERIC)?.text()?)?))
            }
            Coding::Place => places(&object),
            Coding::CommunityId => {
                let digits = object.only(tlv::OCTET_STRING)?.value;
                let decimal = digits.iter().all(|b| b >> 4 <= 9 && b & 0x0F <= 9);
                if !decimal || digits.is_empty() || digits.len() > 7 {
                    return Err(TlvError::Value(tlv::OCTET_STRING));
                }
                Ok(Value::CommunityId(digits.to_vec()))
            }
            Coding::Permit => permit(&object),
            Coding::Opaque => Ok(Value::Opaque(object.value.to_vec())),
        }
    }

    /// Writes the file of this group: for a card of our own. `None` if the value is not one for this group.
    pub fn encode(self, value: &Value) -> Option<Vec<u8>> {
        let inside = match (self.coding(), value) {
            (Coding::Text(kind), Value::Text(text)) => tlv::write(kind, &[text.as_bytes()]),
            (Coding::Date, Value::Date(date)) => {
                let digits = format!("{:04}{:02}{:02}", date.year(), date.month(), date.day());
                day(digits.as_bytes())?;
                tlv::write(tlv::NUMERIC, &[digits.as_bytes()])
            }
            (Coding::PartialDate, Value::PartialDate(date)) => {
                tlv::write(tlv::NUMERIC, &[date.as_str().as_bytes()])
            }
            (Coding::Place, Value::Places(places)) => match places.as_slice() {
                [] => return None,
                [place] => place.encode(),
                places => {
                    let places: Vec<u8> = places.iter().flat_map(Place::encode).collect();
                    tlv::write(tlv::SET, &[&places])
                }
            },
            (Coding::CommunityId, Value::CommunityId(digits)) => tlv::write(tlv::OCTET_STRING, &[digits]),
            (Coding::Permit, Value::Text(text)) => {
                tlv::write(0xA1, &[&tlv::write(tlv::UTF8, &[text.as_bytes()])])
            }
            (Coding::Permit, Value::Compressed(data)) => {
                tlv::write(0xA2, &[&tlv::write(tlv::OCTET_STRING, &[data])])
            }
            (Coding::Opaque, Value::Opaque(bytes)) => bytes.clone(),
            _ => return None,
        };
        Some(tlv::write(self.tag(), &[&inside]))
    }
}

/// One `GeneralPlace`, or a SET of them.
fn places(object: &tlv::Object<'_>) -> Result<Value, TlvError> {
    let mut reader = object.inside()?;
    let first = reader.object()?;
    reader.finish()?;
    if first.tag != tlv::SET {
        return Ok(Value::Places(vec![Place::from_object(&first)?]));
    }
    let mut set = first.inside()?;
    let mut places = Vec::new();
    while !set.is_empty() {
        if places.len() == MAX_PLACES {
            return Err(TlvError::TooLong);
        }
        places.push(Place::from_object(&set.object()?)?);
    }
    if places.is_empty() { Err(TlvError::Value(tlv::SET)) } else { Ok(Value::Places(places)) }
}

/// `Text`: as it is, or compressed (TR-03110-4 2.2.2).
fn permit(object: &tlv::Object<'_>) -> Result<Value, TlvError> {
    let mut reader = object.inside()?;
    let choice = reader.object()?;
    reader.finish()?;
    match choice.tag {
        0xA1 => Ok(Value::Text(choice.only(tlv::UTF8)?.text()?.to_owned())),
        0xA2 => Ok(Value::Compressed(choice.only(tlv::OCTET_STRING)?.value.to_vec())),
        _ => Err(TlvError::Unexpected(0xA1)),
    }
}
