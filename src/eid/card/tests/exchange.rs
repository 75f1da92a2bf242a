use super::super::keys::{PSEUDONYM_KEY, REVOCATION_KEY};
use super::super::people::{PEOPLE, Trait, person};
use super::*;
use crate::cvc::data_groups::Value;
use crate::cvc::oid;
use crate::cvc::place::Place;
use crate::cvc::restricted_identification::Sector;
use crate::eid::answer::PersonalData;

/// The numbers of the keys as EF.CardSecurity tells them: for the pseudonym, for the block list.
fn key_ids(infos: &SecurityInfos) -> [u8; 2] {
    [true, false].map(|authorized_only| {
        let found = infos.restricted_keys.iter().find(|key| key.authorized_only == authorized_only);
        u8::try_from(found.unwrap().key_id).unwrap()
    })
}

fn pseudonym(reading: &mut Reading, sector: &SectorKey, which: Sector, key_id: u8) -> Vec<u8> {
    assert_eq!(reading.status(&sector.select(key_id)), Status::OK);
    let answer = reading.ask(&sector.ask(which).unwrap());
    assert_eq!(answer.status, Status::OK);
    sector.pseudonym(which, &answer.data).unwrap()
}

#[test]
fn everybodys_card_is_read_in_whole() {
    let mut pseudonyms = std::collections::BTreeSet::new();
    for holder in &PEOPLE {
        let mut reading = Reading::begun(&LAB, LAB.card(holder.key), pace());
        let content = holder.content(TODAY).unwrap();
        for group in DataGroup::ALL {
            let read = reading.read(group);
            assert_eq!(read.as_deref().ok(), content.file(group), "{}: {group:?}", holder.key);
            match read {
                Ok(file) => drop(group.decode(&file).unwrap()),
                Err(status) => assert_eq!(status, Status::FILE_NOT_FOUND),
            }
        }
        let [authorized, free] = key_ids(&reading.infos);
        assert_eq!([u32::from(authorized), u32::from(free)], [PSEUDONYM_KEY, REVOCATION_KEY]);
        let own = pseudonym(&mut reading, &LAB.sector, Sector::First, authorized);
        let blocked_by = pseudonym(&mut reading, &LAB.revocation, Sector::Second, free);
        assert_eq!(own.len(), 32);
        assert!(pseudonyms.insert(own) && pseudonyms.insert(blocked_by), "{}", holder.key);
    }
}

#[test]
fn a_card_is_known_again_by_its_pseudonym() {
    let [first, second] = [(); 2].map(|()| {
        let mut reading = Reading::begun(&LAB, LAB.card("erika"), pace());
        pseudonym(&mut reading, &LAB.sector, Sector::First, 2)
    });
    assert_eq!(first, second);
}

#[test]
fn comparisons_say_yes_or_no() {
    for holder in &PEOPLE {
        let mut reading = Reading::begun(&LAB, LAB.card(holder.key), pace());
        let mut yes = |id| match reading.status(&Command::verify(id)) {
            Status::OK => true,
            status => {
                assert_eq!(status, Status::VERIFICATION_FAILED);
                false
            }
        };
        assert!(yes(oid::DATE_OF_BIRTH), "{}", holder.key);
        assert_eq!(yes(oid::DATE_OF_EXPIRY), holder.particular != Trait::Expired, "{}", holder.key);
        assert_eq!(yes(oid::COMMUNITY_ID), holder.particular != Trait::ForeignAddress, "{}", holder.key);
    }
}

#[test]
fn every_curve_makes_a_card() {
    for curve in Curve::ALL {
        let lab = Lab::new(curve, asked_rights());
        let mut reading = Reading::begun(&lab, lab.card("ada"), pace());
        let file = reading.read(DataGroup::AcademicTitle).unwrap();
        assert_eq!(DataGroup::AcademicTitle.decode(&file).unwrap(), Value::Text("Dr.".to_owned()));
        let own = pseudonym(&mut reading, &lab.sector, Sector::First, 2);
        assert_eq!(own.len(), curve.hash().length());
    }
}

#[test]
fn a_card_is_laid_on_anew() {
    let mut reading = Reading::begun(&LAB, LAB.card("erika"), pace());
    assert_eq!(reading.card.transmit(&[0]), [0x69, 0x87]);
    let mut card = reading.card;
    card.reset();
    Reading::begun(&LAB, card, pace());
}

#[test]
fn what_is_particular_stands_on_the_card() {
    let read = |holder: &str, group: DataGroup| {
        let content = person(holder).unwrap().content(TODAY).unwrap();
        content.file(group).map(|file| group.decode(file).unwrap())
    };
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    assert_eq!(read("kadir", DataGroup::GivenNames), text(""));
    let Some(Value::PartialDate(born)) = read("kadir", DataGroup::DateOfBirth) else { panic!() };
    assert_eq!(born.as_str(), "1975    ");
    assert_eq!(read("hilde", DataGroup::DateOfExpiry), Some(Value::Date(date(2025, 10, 31))));
    assert_eq!(read("erika", DataGroup::DateOfExpiry), Some(Value::Date(date(2029, 10, 31))));
    assert_eq!(read("ines", DataGroup::DocumentType), text("UB"));
    assert_eq!(read("ines", DataGroup::CommunityId), None);
    let Some(Value::Places(homes)) = read("ines", DataGroup::PlaceOfResidence) else { panic!() };
    let [Place::Structured(home)] = homes.as_slice() else { panic!() };
    assert_eq!([home.city.as_str(), home.country.as_str()], ["LISBOA", "PRT"]);
    assert!(read("oksana", DataGroup::ResidencePermit1).is_some());
    assert_eq!(read("erika", DataGroup::ResidencePermit1), None);
    for holder in &PEOPLE {
        let identity = holder.identity();
        assert!(identity.birth_date.is_some(), "{}", holder.key);
        assert!(!identity.full_name().is_empty(), "{}", holder.key);
        assert_eq!(read(holder.key, DataGroup::FamilyNames), text(&identity.family_name.unwrap()));
    }
}

/// What the house reads of a card is what is known of its made-up holder.
#[test]
fn the_house_reads_everybody_as_they_are() {
    for holder in &PEOPLE {
        let content = holder.content(TODAY).unwrap();
        let mut data = PersonalData::default();
        for group in DataGroup::ALL {
            let Some(file) = content.file(group) else { continue };
            match (group, group.decode(file).unwrap()) {
                (DataGroup::DocumentType, Value::Text(text)) => data.document_type = Some(text),
                (DataGroup::GivenNames, Value::Text(text)) => data.given_names = Some(text),
                (DataGroup::FamilyNames, Value::Text(text)) => data.family_names = Some(text),
                (DataGroup::AcademicTitle, Value::Text(text)) => data.academic_title = Some(text),
                (DataGroup::BirthName, Value::Text(text)) => data.birth_name = Some(text),
                (DataGroup::DateOfBirth, Value::PartialDate(day)) => data.date_of_birth = Some(day),
                (DataGroup::PlaceOfBirth, Value::Places(places)) => {
                    data.place_of_birth = places.first().cloned();
                }
                (DataGroup::PlaceOfResidence, Value::Places(places)) => {
                    data.place_of_residence = places.first().cloned();
                }
                _ => {}
            }
        }
        assert_eq!(crate::eid::reading::identity(&data), holder.identity(), "{}", holder.key);
    }
}

/// The commands of the recordings, as the terminal of the lab sends them too.
#[test]
fn files_are_read_as_real_cards_give_them() {
    let mut reading = Reading::begun(&LAB, LAB.card("thordis"), pace());
    let content = person("thordis").unwrap().content(TODAY).unwrap();
    let file = content.file(DataGroup::PlaceOfResidence).unwrap();
    assert!(file.len() > 256, "needs a second command: {}", file.len());
    let mut read = |p1, p2, le| {
        let answer = reading.ask(&Command { cla: 0, ins: 0xB0, p1, p2, data: Vec::new(), le });
        (answer.data, answer.status)
    };
    let [high, low] = u16::try_from(file.len()).unwrap().to_be_bytes();
    let cases = [
        ("no file yet", 0, 0, Some(256), &[][..], Status::NO_FILE_SELECTED),
        ("the first part", 0x91, 0, Some(256), &file[..256], Status::OK),
        ("what is left", 1, 0, Some(256), &file[256..], Status::OK),
        ("exactly", 0, 4, Some(10), &file[4..14], Status::OK),
        ("from an offset, by short identifier", 0x91, 200, Some(256), &file[200..], Status::OK),
        ("too much", high, low - 2, Some(3), &file[file.len() - 2..], Status::END_OF_FILE),
        ("at the end", high, low, Some(256), &[], Status::END_OF_FILE),
        ("beyond the end", high, low + 1, Some(256), &[], Status::WRONG_OFFSET),
        ("at once, in extended length", 0x91, 0, Some(65_536), file, Status::OK),
        ("nothing", 0x91, 0, None, &[], Status::WRONG_LENGTH),
        ("no such number", 0x9F, 0, Some(256), &[], Status::FILE_NOT_FOUND),
        ("number zero", 0x80, 0, Some(256), &[], Status::FILE_NOT_FOUND),
        ("bits that must be zero", 0xB1, 0, Some(256), &[], Status::WRONG_PARAMETERS),
    ];
    for (what, p1, p2, le, data, status) in cases {
        assert_eq!(read(p1, p2, le), (data.to_vec(), status), "{what}");
    }
    let select =
        |file: [u8; 2]| Command { cla: 0, ins: 0xA4, p1: 2, p2: 0x0C, data: file.to_vec(), le: None };
    assert_eq!(reading.status(&select([1, 7])), Status::OK);
    assert_eq!(reading.ask(&Command::read_on(0).unwrap()).data, [0x67, 0x02, 0x0C, 0x00]);
    assert_eq!(reading.status(&select([1, 21])), Status::FILE_NOT_FOUND);
    assert_eq!(reading.status(&select([2, 7])), Status::FILE_NOT_FOUND);
}
