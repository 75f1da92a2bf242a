//! Places, dates with gaps and community identifiers inside data groups (TR-03110-4 2.2.2).

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::auxiliary_data::day;
use super::tlv::{self, TlvError};

/// Where somebody was born or lives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// In parts.
    Structured(StructuredPlace),
    /// As one text.
    Freetext(String),
    /// No place, and why: "keine Wohnung in Deutschland".
    None(String),
}

/// A place in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StructuredPlace {
    /// Street and number.
    pub street: Option<String>,
    /// Town.
    pub city: String,
    /// State or region.
    pub state: Option<String>,
    /// Country, as on licence plates or by ICAO: `D`.
    pub country: String,
    /// Postal code.
    pub zip_code: Option<String>,
}

/// A date of birth of which day or month may be unknown: spaces in their place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartialDate(String);

impl TryFrom<String> for PartialDate {
    type Error = TlvError;
    fn try_from(text: String) -> Result<Self, TlvError> {
        Self::new(&text)
    }
}

impl From<PartialDate> for String {
    fn from(date: PartialDate) -> Self {
        date.0
    }
}

impl PartialDate {
    /// Eight characters YYYYMMDD, each part digits or spaces; a complete one must be in the calendar.
    ///
    /// # Errors
    /// [`TlvError::Value`].
    pub fn new(text: &str) -> Result<Self, TlvError> {
        let bytes = text.as_bytes();
        let blank = |part: &[u8]| part.iter().all(|b| *b == b' ');
        let part = |part: &[u8]| blank(part) || part.iter().all(u8::is_ascii_digit);
        let form = bytes.len() == 8 && part(&bytes[..4]) && part(&bytes[4..6]) && part(&bytes[6..]);
        let complete = form && !bytes.contains(&b' ');
        if !form || (complete && day(bytes).is_none()) {
            return Err(TlvError::Value(tlv::NUMERIC));
        }
        Ok(Self(text.to_owned()))
    }

    /// The eight characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The day, if it is known.
    pub fn day(&self) -> Option<Date> {
        day(self.0.as_bytes())
    }
}

impl Place {
    /// `GeneralPlace`, its tag already in `object`.
    pub(super) fn from_object(object: &tlv::Object<'_>) -> Result<Self, TlvError> {
        match object.tag {
            tlv::SEQUENCE => Ok(Self::Structured(structured(object)?)),
            0xA1 => Ok(Self::Freetext(object.only(tlv::UTF8)?.text()?.to_owned())),
            0xA2 => Ok(Self::None(object.only(tlv::UTF8)?.text()?.to_owned())),
            _ => Err(TlvError::Unexpected(tlv::SEQUENCE)),
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let text = |tag, kind, text: &str| tlv::write(tag, &[&tlv::write(kind, &[text.as_bytes()])]);
        let place = match self {
            Self::Freetext(place) => return text(0xA1, tlv::UTF8, place),
            Self::None(why) => return text(0xA2, tlv::UTF8, why),
            Self::Structured(place) => place,
        };
        let maybe = |tag, kind, part: &Option<String>| {
            part.as_ref().map(|part| text(tag, kind, part)).unwrap_or_default()
        };
        tlv::write(
            tlv::SEQUENCE,
            &[
                &maybe(0xAA, tlv::UTF8, &place.street),
                &text(0xAB, tlv::UTF8, &place.city),
                &maybe(0xAC, tlv::UTF8, &place.state),
                &text(0xAD, tlv::PRINTABLE, &place.country),
                &maybe(0xAE, tlv::PRINTABLE, &place.zip_code),
            ],
        )
    }
}

fn structured(object: &tlv::Object<'_>) -> Result<StructuredPlace, TlvError> {
    let mut reader = object.inside()?;
    let mut part = |tag, kind| -> Result<Option<String>, TlvError> {
        let Some(object) = reader.optional(tag)? else { return Ok(None) };
        Ok(Some(object.only(kind)?.text()?.to_owned()))
    };
    let place = StructuredPlace {
        street: part(0xAA, tlv::UTF8)?,
        city: part(0xAB, tlv::UTF8)?.ok_or(TlvError::Unexpected(0xAB))?,
        state: part(0xAC, tlv::UTF8)?,
        country: part(0xAD, tlv::PRINTABLE)?.ok_or(TlvError::Unexpected(0xAD))?,
        zip_code: part(0xAE, tlv::PRINTABLE)?,
    };
    reader.finish()?;
    Ok(place)
}
