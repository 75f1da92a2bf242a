//! From what a card answered to an identity of this house: the same for the server of our own and for a rented one.

use super::answer::{Answer, EidLevel, Permission, PersonalData};
use super::country::alpha_2;
use super::request::{Operation, Request, Want};
use crate::cvc::place::Place;
use crate::domain::assurance::IdentityMethod;
use crate::domain::attribute::{Address, Attribute, Identity, PartialDate};
use crate::domain::identity_check::{CheckRefused, CheckResult};
use crate::domain::time::{Span, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Bytes of a pseudonym at least: it is a hash (TR-03110-3 B.4), and a shorter one might be two people's.
const PSEUDONYM_LEAST: usize = 16;

/// What is known of a reading besides the answer.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'a> {
    /// The provider's name in records.
    pub provider: &'a str,
    /// The provider's name for this transaction.
    pub transaction: &'a str,
    /// When.
    pub at: Timestamp,
    /// A made-up card.
    pub demo: bool,
}

/// Takes an answer as the result of a check. `zone` is the town's: there the document's last day ends.
///
/// # Errors
/// [`CheckRefused::DataMissing`]: an account needs more than the card holds or the holder gave.
/// [`CheckRefused::ProviderDown`]: the provider says that this was less than a card with its PIN, or gave a pseudonym
/// that is none.
pub fn read(answer: &Answer, occasion: &Occasion<'_>, zone: &TimeZone) -> Result<CheckResult, CheckRefused> {
    // A provider that is silent about the level (TR-03130-1 before 2.4) has read a card with its PIN: it can no other.
    if answer.level.is_some_and(|level| level < EidLevel::High) {
        return Err(CheckRefused::ProviderDown);
    }
    // The holder can not take away what is required; a provider that lets it happen gives no account.
    let needed = Request::for_account([]);
    if needed.wanted(Want::Required).any(|one| answer.permission(one) == Permission::Prohibited) {
        return Err(CheckRefused::DataMissing);
    }
    let data = &answer.data;
    let identity = identity(data);
    let named = identity.given_names.is_some() || identity.family_name.is_some();
    let last_day = data.date_of_expiry.ok_or(CheckRefused::DataMissing)?;
    let pseudonym = data.restricted_id.as_ref().ok_or(CheckRefused::DataMissing)?;
    if !named || identity.birth_date.is_none() {
        return Err(CheckRefused::DataMissing);
    }
    if pseudonym.first.len() < PSEUDONYM_LEAST {
        return Err(CheckRefused::ProviderDown);
    }
    Ok(CheckResult {
        absent: absent(&identity, answer),
        identity,
        method: IdentityMethod::GermanEid,
        at: occasion.at,
        document_expires: Some(end_of(last_day, zone).ok_or(CheckRefused::DataMissing)?),
        card_pseudonym: pseudonym.first.clone(),
        transaction: occasion.transaction.to_owned(),
        provider: occasion.provider.to_owned(),
        demo: occasion.demo,
    })
}

/// What the card was asked for and does not hold: a degree that was taken back, a name at birth that is the family name
/// again. What it was not asked for is not among it.
fn absent(identity: &Identity, answer: &Answer) -> Vec<Attribute> {
    let held: Vec<Attribute> = identity.parts().into_iter().map(|(attribute, _)| attribute).collect();
    let asked = |attribute: &Attribute| {
        let operation = match attribute {
            Attribute::GivenNames => Operation::GivenNames,
            Attribute::FamilyName => Operation::FamilyNames,
            Attribute::BirthName => Operation::BirthName,
            Attribute::DoctoralDegree => Operation::AcademicTitle,
            Attribute::BirthDate => Operation::DateOfBirth,
            Attribute::BirthPlace => Operation::PlaceOfBirth,
            Attribute::Address => Operation::PlaceOfResidence,
            Attribute::DocumentType => Operation::DocumentType,
        };
        matches!(answer.permission(operation), Permission::Allowed | Permission::NotOnChip)
    };
    Attribute::ALL.into_iter().filter(|one| !held.contains(one)).filter(asked).collect()
}

/// What the document says, spelled as it spells it. The operations that are read for it: see [`Request::for_account`].
#[must_use]
pub fn identity(data: &PersonalData) -> Identity {
    let family_name = text(data.family_names.as_deref());
    Identity {
        given_names: text(data.given_names.as_deref()),
        // Some cards hold the name at birth of everybody.
        birth_name: text(data.birth_name.as_deref()).filter(|birth| Some(birth) != family_name.as_ref()),
        family_name,
        doctoral_degree: text(data.academic_title.as_deref()),
        birth_date: data.date_of_birth.as_ref().and_then(|date| birth_date(date.as_str())),
        birth_place: data.place_of_birth.as_ref().and_then(birth_place),
        address: data.place_of_residence.as_ref().and_then(address),
        document_type: text(data.document_type.as_deref()),
    }
}

/// A text without blanks around it, if there is one.
fn text(value: Option<&str>) -> Option<String> {
    value.map(str::trim).filter(|text| !text.is_empty()).map(ToOwned::to_owned)
}

/// `YYYYMMDD`, unknown parts blank. A day of an unknown month is no knowledge that a date can hold.
fn birth_date(card: &str) -> Option<PartialDate> {
    let part = |range| card.get(range).map(str::trim).filter(|part| !part.is_empty());
    let (year, month, day) = (part(0..4)?, part(4..6), part(6..8));
    PartialDate::parse(&match (month, day) {
        (Some(month), Some(day)) => format!("{year}-{month}-{day}"),
        (Some(month), None) => format!("{year}-{month}"),
        (None, _) => year.to_owned(),
    })
}

fn birth_place(place: &Place) -> Option<String> {
    match place {
        Place::Structured(place) => text(Some(&place.city)),
        Place::Freetext(place) => text(Some(place)),
        Place::None(_) => None,
    }
}

/// Where somebody lives. Who has no residence ("keine Wohnung in Deutschland") has no address.
fn address(place: &Place) -> Option<Address> {
    let some = |value: Option<&str>| text(value).unwrap_or_default();
    let address = match place {
        Place::Structured(place) => Address {
            street: some(place.street.as_deref()),
            postal_code: some(place.zip_code.as_deref()),
            locality: some(Some(&place.city)),
            country: alpha_2(&place.country).to_owned(),
        },
        // A whole address or a town: it can not be told, so that nobody becomes a resident by it.
        Place::Freetext(place) => Address {
            street: some(Some(place)),
            postal_code: String::new(),
            locality: String::new(),
            country: String::new(),
        },
        Place::None(_) => return None,
    };
    (!address.one_line().is_empty()).then_some(address)
}

/// The last millisecond of a day.
#[must_use]
pub fn end_of(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    let next = day.tomorrow().ok()?.to_zoned(zone.clone()).ok()?;
    Some(Timestamp(next.timestamp().as_millisecond()) - Span(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cvc::place::{PartialDate as CardDate, StructuredPlace};
    use crate::eid::answer::RestrictedId;
    use crate::eid::request::Operation;

    const OCCASION: Occasion<'_> = Occasion {
        provider: "eid-service",
        transaction: "t-1",
        at: Timestamp(1_790_000_000_000),
        demo: false,
    };

    fn erika() -> Answer {
        let residence = StructuredPlace {
            street: Some("HEIDESTRAẞE 17".into()),
            city: "KÖLN".into(),
            state: None,
            country: "D".into(),
            zip_code: Some("51147".into()),
        };
        Answer {
            data: PersonalData {
                document_type: Some("ID".into()),
                date_of_expiry: Some(Date::constant(2029, 10, 31)),
                given_names: Some("ERIKA".into()),
                family_names: Some("MUSTERMANN".into()),
                academic_title: Some(String::new()),
                date_of_birth: CardDate::new("19640812").ok(),
                place_of_birth: Some(Place::Freetext("BERLIN".into())),
                birth_name: Some("GABLER".into()),
                place_of_residence: Some(Place::Structured(residence)),
                restricted_id: Some(RestrictedId { first: vec![7; 32], second: None }),
                ..PersonalData::default()
            },
            fulfils_age: None,
            fulfils_place: None,
            operations: Operation::ALL.map(|one| (one, Permission::Allowed)).into(),
            level: Some(EidLevel::High),
        }
    }

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    fn refused(change: impl Fn(&mut Answer)) -> Option<CheckRefused> {
        let mut answer = erika();
        change(&mut answer);
        read(&answer, &OCCASION, &berlin()).err()
    }

    #[test]
    fn a_card_becomes_a_result() {
        let result = read(&erika(), &OCCASION, &berlin()).unwrap();
        assert_eq!(result.identity.full_name(), "ERIKA MUSTERMANN");
        assert_eq!(result.identity.birth_name.as_deref(), Some("GABLER"));
        assert_eq!(result.identity.doctoral_degree, None, "empty on the card");
        assert_eq!(result.identity.birth_date, PartialDate::parse("1964-08-12"));
        let address = result.identity.address.unwrap();
        assert_eq!(
            (address.one_line().as_str(), address.country.as_str()),
            ("HEIDESTRAẞE 17, 51147 KÖLN", "DE")
        );
        assert_eq!(result.card_pseudonym, [7; 32]);
        // 31 October 2029, 23:59:59.999 in Berlin, where winter time has begun.
        assert_eq!(result.document_expires.unwrap().0, 1_888_181_999_999);
    }

    #[test]
    fn what_was_asked_for_and_is_not_there_is_absent() {
        let absent = |change: fn(&mut Answer)| {
            let mut answer = erika();
            change(&mut answer);
            read(&answer, &OCCASION, &berlin()).unwrap().absent
        };
        assert_eq!(absent(|_| ()), [Attribute::DoctoralDegree]);
        assert_eq!(absent(|answer| answer.data.academic_title = Some("DR.".into())), []);
        let held_back = |answer: &mut Answer| {
            answer.operations.insert(Operation::AcademicTitle, Permission::Prohibited);
            answer.data.birth_name = Some("MUSTERMANN".into());
        };
        assert_eq!(absent(held_back), [Attribute::BirthName], "the family name again");
        assert_eq!(absent(|answer| answer.operations.retain(|one, _| *one != Operation::AcademicTitle)), []);
    }

    #[test]
    fn the_last_day_ends_where_the_town_lies() {
        let summer = end_of(Date::constant(2026, 7, 1), &berlin()).unwrap();
        let elsewhere = end_of(Date::constant(2026, 7, 1), &TimeZone::UTC).unwrap();
        assert_eq!(elsewhere.since(summer), Span::hours(2));
        assert_eq!(end_of(Date::MAX, &TimeZone::UTC), None);
    }

    #[test]
    fn who_has_one_name_or_no_birthday_has_an_account() {
        let mut answer = erika();
        answer.data.given_names = Some(String::new());
        answer.data.date_of_birth = CardDate::new("1975    ").ok();
        answer.data.place_of_birth = None;
        answer.operations.insert(Operation::PlaceOfBirth, Permission::NotOnChip);
        let identity = read(&answer, &OCCASION, &berlin()).unwrap().identity;
        assert_eq!((identity.given_names, identity.birth_place), (None, None));
        assert_eq!(identity.birth_date, PartialDate::parse("1975"));
    }

    #[test]
    fn dates_are_never_completed() {
        for (card, ours) in [
            ("197506  ", Some("1975-06")),
            ("1975  12", Some("1975")),
            ("        ", None),
            ("197513  ", None),
        ] {
            assert_eq!(birth_date(card).map(|date| date.to_string()).as_deref(), ours, "{card}");
        }
    }

    #[test]
    fn without_what_an_account_needs_there_is_none() {
        type Change = fn(&mut Answer);
        let missing: [Change; 6] = [
            |answer| answer.data.date_of_expiry = None,
            |answer| answer.data.restricted_id = None,
            |answer| answer.data.date_of_birth = CardDate::new("        ").ok(),
            |answer| (answer.data.given_names, answer.data.family_names) = (None, Some(" ".into())),
            |answer| answer.operations.retain(|one, _| *one != Operation::FamilyNames),
            |answer| answer.operations.extend([(Operation::RestrictedId, Permission::Prohibited)]),
        ];
        for (at, change) in missing.into_iter().enumerate() {
            assert_eq!(refused(change), Some(CheckRefused::DataMissing), "{at}");
        }
    }

    #[test]
    fn less_than_a_card_with_its_pin_is_no_result() {
        assert_eq!(refused(|answer| answer.level = None), None);
        for level in [EidLevel::Undefined, EidLevel::Normal, EidLevel::Substantial] {
            assert_eq!(refused(|answer| answer.level = Some(level)), Some(CheckRefused::ProviderDown));
        }
        let short = RestrictedId { first: vec![7; 15], second: None };
        assert_eq!(
            refused(|answer| answer.data.restricted_id = Some(short.clone())),
            Some(CheckRefused::ProviderDown)
        );
    }

    #[test]
    fn places_that_are_no_addresses() {
        let none = Place::None("keine Wohnung in Deutschland".into());
        assert_eq!((address(&none), birth_place(&none)), (None, None));
        assert_eq!(address(&Place::Freetext(" ".into())), None);
        let free = address(&Place::Freetext("c/o Botschaft, Wien".into())).unwrap();
        assert_eq!((free.one_line().as_str(), free.locality.as_str()), ("c/o Botschaft, Wien", ""));
        let abroad =
            StructuredPlace { city: "GRAZ".into(), country: "AUT".into(), ..StructuredPlace::default() };
        assert_eq!(address(&Place::Structured(abroad.clone())).unwrap().country, "AT");
        assert_eq!(birth_place(&Place::Structured(abroad)).as_deref(), Some("GRAZ"));
    }
}
