//! `PersonalData`.

use super::sequence::Sequence;
use crate::cvc::place::{PartialDate, Place, StructuredPlace};
use crate::eid::answer::{PersonalData, RestrictedId};
use crate::eid::request::Operation;
use crate::xml::write::{Node, hex_leaf, leaf, node};
use crate::xml::{Element, XmlError};
use jiff::civil::Date;

/// Bytes of a pseudonym at most.
const PSEUDONYM: usize = 64;
/// Characters of a code (`ID`, `D`) at most.
const CODE: usize = 8;

/// The element.
pub(super) fn write(data: &PersonalData) -> Node {
    let text = |name, value: &Option<String>| value.as_ref().map(|value| leaf(name, value.as_str()));
    let place =
        |name, value: &Option<Place>| value.as_ref().map(|value| node(name).child(write_place(value)));
    node("eid:PersonalData")
        .children(text("eid:DocumentType", &data.document_type))
        .children(text("eid:IssuingState", &data.issuing_state))
        .children(data.date_of_expiry.map(|date| leaf("eid:DateOfExpiry", date.to_string())))
        .children(text("eid:GivenNames", &data.given_names))
        .children(text("eid:FamilyNames", &data.family_names))
        .children(text("eid:ArtisticName", &data.artistic_name))
        .children(text("eid:AcademicTitle", &data.academic_title))
        .children(data.date_of_birth.as_ref().map(write_birth_date))
        .children(place("eid:PlaceOfBirth", &data.place_of_birth))
        .children(text("eid:Nationality", &data.nationality))
        .children(text("eid:BirthName", &data.birth_name))
        .children(place("eid:PlaceOfResidence", &data.place_of_residence))
        .children(text("eid:CommunityID", &data.community_id))
        .children(text("eid:ResidencePermitI", &data.residence_permit))
        .children(data.restricted_id.as_ref().map(|id| {
            node("eid:RestrictedID")
                .child(hex_leaf("eid:ID", &id.first))
                .children(id.second.as_ref().map(|second| hex_leaf("eid:ID2", second)))
        }))
}

/// Reads the element; what version 2.0 has besides is passed over.
pub(super) fn parse(element: &Element<'_>) -> Result<PersonalData, XmlError> {
    let mut inside = Sequence::of(element);
    let text = |found: Option<Element<'_>>| found.map(|element| element.raw_text()).transpose();
    let code = |found: Option<Element<'_>>| found.map(|element| parse_code(&element)).transpose();
    let place = |found: Option<Element<'_>>| found.map(|element| parse_place(&element)).transpose();
    let mut data = PersonalData {
        document_type: code(inside.maybe("DocumentType"))?,
        issuing_state: code(inside.maybe("IssuingState"))?,
        date_of_expiry: inside.maybe("DateOfExpiry").map(|date| parse_date(&date)).transpose()?,
        given_names: text(inside.maybe("GivenNames"))?,
        family_names: text(inside.maybe("FamilyNames"))?,
        artistic_name: text(inside.maybe("ArtisticName"))?,
        academic_title: text(inside.maybe("AcademicTitle"))?,
        date_of_birth: inside.maybe("DateOfBirth").map(|date| parse_birth_date(&date)).transpose()?,
        place_of_birth: place(inside.maybe("PlaceOfBirth"))?,
        nationality: code(inside.maybe("Nationality"))?,
        ..PersonalData::default()
    };
    inside.pass(&["Sex", "OptionalDataR"]);
    data.birth_name = text(inside.maybe("BirthName"))?;
    inside.pass(&["WrittenSignature", "DateOfIssuance"]);
    data.place_of_residence = place(inside.maybe("PlaceOfResidence"))?;
    data.community_id = text(inside.maybe("CommunityID"))?;
    inside.pass(&["MunicipalityID"]);
    data.residence_permit = text(inside.maybe("ResidencePermitI"))?;
    inside.pass(&["ResidencePermitII", "PhoneNumber", "EmailAddress"]);
    data.restricted_id = inside.maybe("RestrictedID").map(|id| parse_restricted_id(&id)).transpose()?;
    inside.end()?;
    Ok(data)
}

/// Whether something was read for an operation.
pub(super) const fn holds(data: &PersonalData, operation: Operation) -> bool {
    match operation {
        Operation::DocumentType => data.document_type.is_some(),
        Operation::IssuingState => data.issuing_state.is_some(),
        Operation::DateOfExpiry => data.date_of_expiry.is_some(),
        Operation::GivenNames => data.given_names.is_some(),
        Operation::FamilyNames => data.family_names.is_some(),
        Operation::ArtisticName => data.artistic_name.is_some(),
        Operation::AcademicTitle => data.academic_title.is_some(),
        Operation::DateOfBirth => data.date_of_birth.is_some(),
        Operation::PlaceOfBirth => data.place_of_birth.is_some(),
        Operation::Nationality => data.nationality.is_some(),
        Operation::BirthName => data.birth_name.is_some(),
        Operation::PlaceOfResidence => data.place_of_residence.is_some(),
        Operation::CommunityId => data.community_id.is_some(),
        Operation::ResidencePermitI => data.residence_permit.is_some(),
        Operation::RestrictedId => data.restricted_id.is_some(),
        Operation::AgeVerification | Operation::PlaceVerification => false,
    }
}

/// A short code in capitals, filled up with blanks or, as on the card, with `<`.
fn parse_code(element: &Element<'_>) -> Result<String, XmlError> {
    let text = element.raw_text()?;
    let right =
        text.len() <= CODE && text.bytes().all(|byte| byte.is_ascii_uppercase() || b" <".contains(&byte));
    if right { Ok(text) } else { Err(element.wrong()) }
}

/// `xs:date`, whose time zone means nothing for a day on a document.
fn parse_date(element: &Element<'_>) -> Result<Date, XmlError> {
    let text = element.text()?;
    let (day, zone) = text.split_at_checked(10).ok_or_else(|| element.wrong())?;
    let zoned = match zone.as_bytes() {
        [] | b"Z" => true,
        [b'+' | b'-', hours @ .., b':', tens, ones] => {
            hours.len() == 2 && [hours, &[*tens, *ones]].concat().iter().all(u8::is_ascii_digit)
        }
        _ => false,
    };
    day.parse().ok().filter(|_| zoned).ok_or_else(|| element.wrong())
}

fn write_birth_date(date: &PartialDate) -> Node {
    node("eid:DateOfBirth")
        .child(leaf("eid:DateString", date.as_str()))
        .children(date.day().map(|day| leaf("eid:DateValue", day.to_string())))
}

fn parse_birth_date(element: &Element<'_>) -> Result<PartialDate, XmlError> {
    let mut inside = Sequence::of(element);
    let text = inside.one("DateString")?;
    let date = PartialDate::new(&text.raw_text()?).ok().ok_or_else(|| text.wrong())?;
    if let Some(value) = inside.maybe("DateValue")
        && date.day() != Some(parse_date(&value)?)
    {
        return Err(value.wrong());
    }
    inside.end()?;
    Ok(date)
}

fn write_place(place: &Place) -> Node {
    let text = |name, value: &Option<String>| value.as_ref().map(|value| leaf(name, value.as_str()));
    match place {
        Place::Structured(place) => node("eid:StructuredPlace")
            .children(text("eid:Street", &place.street))
            .child(leaf("eid:City", place.city.as_str()))
            .children(text("eid:State", &place.state))
            .child(leaf("eid:Country", place.country.as_str()))
            .children(text("eid:ZipCode", &place.zip_code)),
        Place::Freetext(place) => leaf("eid:FreetextPlace", place.as_str()),
        Place::None(why) => leaf("eid:NoPlaceInfo", why.as_str()),
    }
}

fn parse_place(element: &Element<'_>) -> Result<Place, XmlError> {
    let mut inside = Sequence::of(element);
    let place = if let Some(place) = inside.maybe("StructuredPlace") {
        Place::Structured(parse_structured(&place)?)
    } else if let Some(place) = inside.maybe("FreetextPlace") {
        Place::Freetext(place.raw_text()?)
    } else {
        Place::None(inside.maybe("NoPlaceInfo").ok_or_else(|| element.wrong())?.raw_text()?)
    };
    inside.end()?;
    Ok(place)
}

fn parse_structured(element: &Element<'_>) -> Result<StructuredPlace, XmlError> {
    let mut inside = Sequence::of(element);
    let text = |found: Option<Element<'_>>| found.map(|element| element.raw_text()).transpose();
    let place = StructuredPlace {
        street: text(inside.maybe("Street"))?,
        city: inside.one("City")?.raw_text()?,
        state: text(inside.maybe("State"))?,
        country: parse_code(&inside.one("Country")?)?,
        zip_code: text(inside.maybe("ZipCode"))?,
    };
    inside.end()?;
    Ok(place)
}

fn parse_restricted_id(element: &Element<'_>) -> Result<RestrictedId, XmlError> {
    let mut inside = Sequence::of(element);
    let first = inside.one("ID")?.hex(PSEUDONYM)?;
    let second = inside.maybe("ID2").map(|second| second.hex(PSEUDONYM)).transpose()?;
    inside.end()?;
    Ok(RestrictedId { first, second })
}
