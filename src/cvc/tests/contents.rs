use jiff::civil::date;

use super::super::auxiliary_data::{AuxiliaryData, AuxiliaryError};
use super::super::chat::{Chat, ChatError, Right, Rights, Role};
use super::super::data_groups::{DataGroup, Value};
use super::super::description::{Description, DescriptionError};
use super::super::oid;
use super::super::place::{PartialDate, Place, StructuredPlace};
use super::super::tlv::{self, TlvError};
use super::unhex;

/// Bits by TR-03110-4 2.2.3, counted from the right.
#[test]
fn rights_have_their_bits() {
    let bits = [
        (Right::AgeVerification, "0000000001"),
        (Right::CommunityIdVerification, "0000000002"),
        (Right::RestrictedIdentification, "0000000004"),
        (Right::PrivilegedTerminal, "0000000008"),
        (Right::CanAllowed, "0000000010"),
        (Right::PinManagement, "0000000020"),
        (Right::InstallCertificate, "0000000040"),
        (Right::InstallQualifiedCertificate, "0000000080"),
        (Right::Read(DataGroup::DocumentType), "0000000100"),
        (Right::Read(DataGroup::PhoneNumber), "0010000000"),
        (Right::Write(DataGroup::PhoneNumber), "0200000000"),
        (Right::Write(DataGroup::PlaceOfResidence), "2000000000"),
        (Right::Write(DataGroup::DocumentType), "0000000000"),
    ];
    for (right, bytes) in bits {
        let chat = Chat { role: Role::Terminal, rights: Rights::NONE.with(right) };
        assert_eq!(chat.to_bytes(), *unhex(bytes), "{right:?}");
        assert_eq!(chat.rights.contains(right), bytes != "0000000000");
    }
    for (role, first) in
        [(Role::Cvca, 0xC0), (Role::OfficialVerifier, 0x80), (Role::Verifier, 0x40), (Role::Terminal, 0)]
    {
        let chat = Chat { role, rights: Rights::NONE };
        assert_eq!(chat.to_bytes(), [first, 0, 0, 0, 0]);
        assert_eq!(Chat::parse(&chat.encode()).unwrap(), chat);
    }
    assert_eq!(Chat::from_bytes(&[0; 4]), Err(ChatError::Length));
    // id-IS, the role of inspection systems.
    let inspection = unhex("7f4c0e060904007f000703010201530103");
    assert_eq!(Chat::parse(&inspection), Err(ChatError::OtherTerminal));
}

#[test]
fn groups_go_through_their_files() {
    let place = |city: &str| {
        Place::Structured(StructuredPlace {
            city: city.to_owned(),
            state: Some("NRW".to_owned()),
            country: "D".to_owned(),
            ..StructuredPlace::default()
        })
    };
    let values = [
        (DataGroup::Nationality, Value::Text("D".to_owned())),
        (DataGroup::ArtisticName, Value::Text(String::new())),
        (DataGroup::DateOfBirth, Value::PartialDate(PartialDate::new("1964    ").unwrap())),
        (DataGroup::DateOfIssuance, Value::Date(date(2021, 2, 3))),
        (DataGroup::PlaceOfResidence, Value::Places(vec![place("KÖLN"), Place::Freetext("BONN".to_owned())])),
        (DataGroup::PlaceOfResidence, Value::Places(vec![Place::None("keine Wohnung".to_owned())])),
        (DataGroup::ResidencePermit1, Value::Text("Niederlassungserlaubnis".to_owned())),
        (DataGroup::ResidencePermit2, Value::Compressed(vec![1, 2, 3])),
        (DataGroup::EmailAddress, Value::Text("erika@example.org".to_owned())),
        (DataGroup::Sex, Value::Opaque(unhex("130146"))),
    ];
    for (group, value) in values {
        let mut file = group.encode(&value).unwrap();
        assert_eq!(group.decode(&file).unwrap(), value);
        file.extend([0; 20]);
        assert_eq!(group.decode(&file).unwrap(), value, "a file longer than its contents");
        file.push(1);
        assert_eq!(group.decode(&file), Err(TlvError::Trailing));
        assert!(DataGroup::CommunityId.decode(&file).is_err(), "the file of another group");
        assert_eq!(DataGroup::CommunityId.encode(&value), None);
    }
}

#[test]
fn dates_that_are_none() {
    for day in ["196408", "1964081", "19640832", "1964o812", "19 40812", "196408123"] {
        assert!(PartialDate::new(day).is_err(), "{day}");
    }
    for day in ["1964    ", "196408  ", "        "] {
        assert_eq!(PartialDate::new(day).unwrap().day(), None);
    }
    let expiry = tlv::write(0x63, &[&tlv::write(tlv::NUMERIC, &[b"2029    "])]);
    assert!(DataGroup::DateOfExpiry.decode(&expiry).is_err(), "an expiry has no gaps");
    let community = tlv::write(0x72, &[&tlv::write(tlv::OCTET_STRING, &[&[0x02, 0x7A]])]);
    assert!(DataGroup::CommunityId.decode(&community).is_err(), "not decimal");
}

#[test]
fn auxiliary_data_that_are_refused() {
    assert_eq!(AuxiliaryData::default().encode().unwrap(), [0; 0]);
    assert_eq!(AuxiliaryData::parse(&[]).unwrap(), AuxiliaryData::default());
    let asks =
        |id: &[u8], value: &[u8]| tlv::write(0x73, &[&tlv::write_oid(id), &tlv::write(0x53, &[value])]);
    let refused = |templates: &[&[u8]]| AuxiliaryData::parse(&tlv::write(0x67, templates)).unwrap_err();
    let day = asks(oid::DATE_OF_EXPIRY, b"20261122");
    assert_eq!(refused(&[&day, &day]), AuxiliaryError::Template);
    assert_eq!(refused(&[&asks(oid::AT, b"20261122")]), AuxiliaryError::Template);
    assert_eq!(refused(&[&asks(oid::DATE_OF_BIRTH, b"20261322")]), AuxiliaryError::Date);
    assert_eq!(refused(&[&asks(oid::COMMUNITY_ID, &[0; 8])]), AuxiliaryError::Community);
    let long = AuxiliaryData { community: Some(vec![0; 8]), ..AuxiliaryData::default() };
    assert_eq!(long.encode(), Err(AuxiliaryError::Community));
}

#[test]
fn descriptions_go_through_and_are_refused() {
    let full = Description {
        issuer_name: "Zertifikatsanbieter".to_owned(),
        issuer_url: Some("https://ca.example".to_owned()),
        subject_name: "Stadt Köln".to_owned(),
        subject_url: "https://id.example".to_owned(),
        terms_of_usage: "Zweck".to_owned(),
        redirect_url: Some("https://other.example".to_owned()),
        tls_hashes: vec![vec![1; 32], vec![2; 32]],
    };
    assert_eq!(Description::parse(&full.encode()).unwrap(), full);
    let many = Description { tls_hashes: vec![vec![0; 32]; 65], ..full.clone() };
    assert_eq!(Description::parse(&many.encode()), Err(DescriptionError::TooMany));
    let long = Description { terms_of_usage: "x".repeat(40_000), ..full.clone() };
    assert_eq!(Description::parse(&long.encode()), Err(DescriptionError::TooLong));
    let mut html = full.encode();
    let at = html.windows(10).position(|window| window == oid::DESCRIPTION_PLAIN).unwrap();
    html[at + 9] = 2;
    assert_eq!(Description::parse(&html), Err(DescriptionError::Format));
}
