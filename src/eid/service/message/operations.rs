//! Lists of operations: wanted of a card, allowed by its holder, allowed by a certificate.

use super::EID;
use crate::eid::request::Operation;
use crate::xml::write::{Node, leaf, node};
use crate::xml::{Element, XmlError};
use std::collections::BTreeMap;

/// The order of the schemas: that of version 2.4, and between them, without meaning here, what 2.0.2 has besides.
const ORDER: [(&str, Option<Operation>); 29] = [
    ("DocumentType", Some(Operation::DocumentType)),
    ("IssuingState", Some(Operation::IssuingState)),
    ("DateOfExpiry", Some(Operation::DateOfExpiry)),
    ("GivenNames", Some(Operation::GivenNames)),
    ("FamilyNames", Some(Operation::FamilyNames)),
    ("ArtisticName", Some(Operation::ArtisticName)),
    ("AcademicTitle", Some(Operation::AcademicTitle)),
    ("DateOfBirth", Some(Operation::DateOfBirth)),
    ("PlaceOfBirth", Some(Operation::PlaceOfBirth)),
    ("Nationality", Some(Operation::Nationality)),
    ("Sex", None),
    ("OptionalDataR", None),
    ("BirthName", Some(Operation::BirthName)),
    ("WrittenSignature", None),
    ("DateOfIssuance", None),
    ("PlaceOfResidence", Some(Operation::PlaceOfResidence)),
    ("CommunityID", Some(Operation::CommunityId)),
    ("MunicipalityID", None),
    ("ResidencePermitI", Some(Operation::ResidencePermitI)),
    ("ResidencePermitII", None),
    ("PhoneNumber", None),
    ("EmailAddress", None),
    ("RestrictedID", Some(Operation::RestrictedId)),
    ("AgeVerification", Some(Operation::AgeVerification)),
    ("PlaceVerification", Some(Operation::PlaceVerification)),
    ("PSC", None),
    ("PSM", None),
    ("PSA", None),
    ("SpecificAttribute", None),
];

/// The value of an absent or empty operation.
const PROHIBITED: &str = "PROHIBITED";

/// A list. `CommunityID`, which 2.0 does not know, is left out where it is prohibited.
pub(super) fn write(name: &'static str, value: impl Fn(Operation) -> &'static str) -> Node {
    let operations = Operation::ALL.into_iter().filter_map(|operation| {
        let value = value(operation);
        let skipped = operation == Operation::CommunityId && value == PROHIBITED;
        (!skipped).then(|| leaf(element(operation), value))
    });
    node(name).children(operations)
}

/// A list, whose values `value` knows. What 2.0 has besides must be prohibited: here it can not be asked.
pub(super) fn parse<T>(
    list: &Element<'_>,
    value: impl Fn(&str) -> Option<T>,
) -> Result<BTreeMap<Operation, T>, XmlError> {
    let mut order = ORDER.iter();
    let mut found = BTreeMap::new();
    for element in list.elements() {
        // An element that is out of order, unknown or doubled is not among those that may still come.
        let here = order.find(|(name, _)| element.is(EID, name)).ok_or_else(|| list.wrong())?;
        let text = element.text()?;
        let text = if text.is_empty() { PROHIBITED } else { &text };
        match here.1 {
            Some(operation) => {
                found.insert(operation, value(text).ok_or_else(|| element.wrong())?);
            }
            None if text == PROHIBITED => {}
            None => return Err(element.wrong()),
        }
    }
    Ok(found)
}

/// The element's name with its prefix.
const fn element(operation: Operation) -> &'static str {
    match operation {
        Operation::DocumentType => "eid:DocumentType",
        Operation::IssuingState => "eid:IssuingState",
        Operation::DateOfExpiry => "eid:DateOfExpiry",
        Operation::GivenNames => "eid:GivenNames",
        Operation::FamilyNames => "eid:FamilyNames",
        Operation::ArtisticName => "eid:ArtisticName",
        Operation::AcademicTitle => "eid:AcademicTitle",
        Operation::DateOfBirth => "eid:DateOfBirth",
        Operation::PlaceOfBirth => "eid:PlaceOfBirth",
        Operation::Nationality => "eid:Nationality",
        Operation::BirthName => "eid:BirthName",
        Operation::PlaceOfResidence => "eid:PlaceOfResidence",
        Operation::CommunityId => "eid:CommunityID",
        Operation::ResidencePermitI => "eid:ResidencePermitI",
        Operation::RestrictedId => "eid:RestrictedID",
        Operation::AgeVerification => "eid:AgeVerification",
        Operation::PlaceVerification => "eid:PlaceVerification",
    }
}
