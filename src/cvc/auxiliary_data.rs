//! Authenticated auxiliary data: what the card is asked to compare (TR-03110-3 A.6.5, TR-03110-4 2.2.7).

use jiff::civil::Date;

use super::certificate::TEMPLATE;
use super::{oid, tlv};

const AUXILIARY: u16 = 0x67;
const DISCRETIONARY: u16 = 0x53;
/// Longest community identifier in bytes: the 14 digits of the full key.
const MAX_COMMUNITY: usize = 7;

/// What is to be compared. The card answers yes or no, never the value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuxiliaryData {
    /// The holder must be born on this day or before.
    pub born_by: Option<Date>,
    /// The document must be valid on this day: today.
    pub valid_on: Option<Date>,
    /// The beginning of the community identifier in BCD, for instance `0276` for Germany.
    pub community: Option<Vec<u8>>,
}

/// Why auxiliary data are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuxiliaryError {
    /// Not well-formed.
    #[error("the auxiliary data are not well-formed: {0}")]
    Form(#[from] tlv::TlvError),
    /// Not a day as YYYYMMDD.
    #[error("a date in the auxiliary data is none")]
    Date,
    /// Longer than a community identifier.
    #[error("the community identifier is too long")]
    Community,
    /// The same thing twice, or a thing this room does not know.
    #[error("the auxiliary data ask for something else")]
    Template,
}

impl AuxiliaryData {
    /// The object `67`; empty if nothing is asked.
    ///
    /// # Errors
    /// [`AuxiliaryError::Community`]; [`AuxiliaryError::Date`] for a year before 1.
    pub fn encode(&self) -> Result<Vec<u8>, AuxiliaryError> {
        let mut templates = Vec::new();
        let mut add = |id: &[u8], value: &[u8]| {
            templates
                .extend(tlv::write(TEMPLATE, &[&tlv::write_oid(id), &tlv::write(DISCRETIONARY, &[value])]));
        };
        if let Some(day) = self.born_by {
            add(oid::DATE_OF_BIRTH, digits(day)?.as_bytes());
        }
        if let Some(day) = self.valid_on {
            add(oid::DATE_OF_EXPIRY, digits(day)?.as_bytes());
        }
        if let Some(community) = &self.community {
            if community.is_empty() || community.len() > MAX_COMMUNITY {
                return Err(AuxiliaryError::Community);
            }
            add(oid::COMMUNITY_ID, community);
        }
        Ok(if templates.is_empty() { templates } else { tlv::write(AUXILIARY, &[&templates]) })
    }

    /// The card's side.
    ///
    /// # Errors
    /// Any of [`AuxiliaryError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, AuxiliaryError> {
        let mut data = Self::default();
        if bytes.is_empty() {
            return Ok(data);
        }
        let mut reader = tlv::only(AUXILIARY, bytes)?.inside()?;
        while !reader.is_empty() {
            let mut template = reader.take(TEMPLATE)?.inside()?;
            let id = template.take(tlv::OID)?.value;
            let value = template.take(DISCRETIONARY)?.value;
            template.finish()?;
            if id == oid::DATE_OF_BIRTH && data.born_by.is_none() {
                data.born_by = Some(day(value).ok_or(AuxiliaryError::Date)?);
            } else if id == oid::DATE_OF_EXPIRY && data.valid_on.is_none() {
                data.valid_on = Some(day(value).ok_or(AuxiliaryError::Date)?);
            } else if id == oid::COMMUNITY_ID && data.community.is_none() {
                if value.is_empty() || value.len() > MAX_COMMUNITY {
                    return Err(AuxiliaryError::Community);
                }
                data.community = Some(value.to_vec());
            } else {
                return Err(AuxiliaryError::Template);
            }
        }
        Ok(data)
    }
}

/// YYYYMMDD.
fn digits(day: Date) -> Result<String, AuxiliaryError> {
    if day.year() < 1 {
        return Err(AuxiliaryError::Date);
    }
    Ok(format!("{:04}{:02}{:02}", day.year(), day.month(), day.day()))
}

/// YYYYMMDD as a day of the calendar.
pub(super) fn day(text: &[u8]) -> Option<Date> {
    if text.len() != 8 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |digits: &[u8]| digits.iter().fold(0_i16, |sum, digit| 10 * sum + i16::from(digit - b'0'));
    let (month, day) = (number(&text[4..6]) as i8, number(&text[6..]) as i8);
    Date::new(number(&text[..4]), month, day).ok()
}
