//! Both directions agree, the order of the schemas is demanded, and violations name their element.

use super::*;
use crate::cvc::place::{PartialDate, Place, StructuredPlace};
use crate::domain::identity_check::CheckRefused;
use crate::domain::secret::Secret;
use crate::eid::answer::{Answer, EidLevel, Permission, PersonalData, RestrictedId};
use crate::eid::paos;
use crate::eid::request::{Operation, Request, Want};
use crate::xml::read::{Limits, parse};
use crate::xml::write::Node;
use crate::xml::{Element, XmlError};
use jiff::civil::Date;
use proptest::prelude::*;

fn reread<T>(node: &Node, read: impl Fn(&Element<'_>) -> T) -> T {
    read_text(&node.document(), read)
}

fn read_text<T>(text: &str, read: impl Fn(&Element<'_>) -> T) -> T {
    read(&parse(text, Limits::MESSAGE).unwrap().root())
}

fn started() -> Started {
    Started {
        session: SessionId::new((0..32).collect()).unwrap(),
        server_address: Some("https://eid.example/paos?x=1&y=2".to_owned()),
        psk: Psk { id: Secret::new("a".repeat(32)), key: Secret::new(vec![7; 32]) },
    }
}

fn answer() -> Answer {
    let residence = StructuredPlace {
        street: Some("HEIDESTRAẞE 17".into()),
        city: "KÖLN".into(),
        state: Some("NW".into()),
        country: "D".into(),
        zip_code: Some("51147".into()),
    };
    Answer {
        data: PersonalData {
            document_type: Some("ID".into()),
            issuing_state: Some("D".into()),
            date_of_expiry: Some(Date::constant(2029, 10, 31)),
            given_names: Some(String::new()),
            family_names: Some(" MUSTER & <MANN> ".into()),
            artistic_name: Some(String::new()),
            academic_title: Some("DR.".into()),
            date_of_birth: PartialDate::new("1964    ").ok(),
            place_of_birth: Some(Place::Freetext("BERLIN".into())),
            nationality: Some("D".into()),
            birth_name: Some("GABLER".into()),
            place_of_residence: Some(Place::Structured(residence)),
            community_id: Some("02760503150000".into()),
            residence_permit: Some("x".into()),
            restricted_id: Some(RestrictedId { first: vec![1; 32], second: Some(vec![2; 32]) }),
        },
        fulfils_age: Some(true),
        fulfils_place: Some(false),
        operations: Operation::ALL
            .into_iter()
            .zip([Permission::Allowed, Permission::NotOnChip, Permission::Prohibited].into_iter().cycle())
            .collect(),
        level: Some(EidLevel::High),
    }
}

#[test]
fn use_id_both_ways() {
    let mut request = Request::for_account([])
        .with(Operation::AgeVerification, Want::Allowed)
        .with(Operation::PlaceVerification, Want::Required)
        .with(Operation::CommunityId, Want::Allowed);
    request.age = Some(18);
    request.community = Some("027605".into());
    request.transaction_info = Some("Anmeldung & mehr".into());
    let asked =
        UseIdRequest { request: request.clone(), level: Some(EidLevel::High), psk: Some(started().psk) };
    let read = reread(&asked.write(), UseIdRequest::parse).unwrap();
    assert_eq!((&read.request, read.level), (&request, Some(EidLevel::High)));
    assert_eq!(read.psk.unwrap().key.expose(), &vec![7; 32]);

    let bare = UseIdRequest { request: Request::default(), level: None, psk: None };
    let text = bare.write().fragment();
    assert!(!text.contains("CommunityID") && !text.contains("LoA"), "as version 2.0 knows it: {text}");
    assert!(!read_text(&text, UseIdRequest::parse).unwrap().misses_argument());
    let missing = Request::default().with(Operation::AgeVerification, Want::Required);
    assert!(UseIdRequest { request: missing, level: None, psk: None }.misses_argument());

    let opened = reread(&write_use_id(&Ok(started())), parse_use_id).unwrap().unwrap();
    assert_eq!(opened.session.expose(), started().session.expose());
    assert_eq!(opened.server_address, started().server_address);
    assert_eq!(opened.psk.id.expose(), started().psk.id.expose());
}

#[test]
fn get_result_both_ways() {
    let asked = GetResultRequest { session: started().session, counter: 7 };
    let read = reread(&asked.write(), GetResultRequest::parse).unwrap();
    assert_eq!((read.session.expose(), read.counter), (asked.session.expose(), 7));
    assert_eq!(reread(&write_get_result(&Ok(answer())), parse_get_result).unwrap(), Ok(answer()));
    for place in [Place::None("keine Wohnung in Deutschland".into()), Place::Freetext("hier".into())] {
        let mut answer = answer();
        answer.data.place_of_residence = Some(place);
        answer.data.date_of_birth = PartialDate::new("19640812").ok();
        (answer.fulfils_age, answer.level) = (None, None);
        assert_eq!(reread(&write_get_result(&Ok(answer.clone())), parse_get_result).unwrap(), Ok(answer));
    }
}

#[test]
fn get_server_info_both_ways() {
    let info = ServerInfo {
        version: "Torhaus 0.1".into(),
        interface: (2, 4),
        bugfix: Some(0),
        rights: [Operation::GivenNames, Operation::RestrictedId, Operation::CommunityId].into(),
    };
    assert_eq!(reread(&info.write(), ServerInfo::parse).unwrap(), info);
    let missing: Vec<_> = info.missing(&Request::for_account([])).collect();
    assert!(missing.contains(&Operation::FamilyNames) && !missing.contains(&Operation::GivenNames));
    assert!(reread(&server_info_request(), is_server_info_request));
    assert!(!read_text("<getServerInfoRequest/>", is_server_info_request), "not of the namespace");
}

#[test]
fn every_refusal_comes_back_and_says_something() {
    let client = |code| Minor::Client(paos::Minor::new(code));
    for (minor, refused) in [
        (Minor::InternalError, CheckRefused::ProviderDown),
        (Minor::SchemaViolation, CheckRefused::ProviderDown),
        (Minor::InvalidPsk, CheckRefused::ProviderDown),
        (Minor::TooManyOpenSessions, CheckRefused::ProviderDown),
        (Minor::MissingArgument, CheckRefused::ProviderDown),
        (Minor::MissingTerminalRights, CheckRefused::TerminalRefused),
        (Minor::NoResultYet, CheckRefused::ProviderDown),
        (Minor::InvalidSession, CheckRefused::ClientTrouble),
        (Minor::InvalidCounter, CheckRefused::ProviderDown),
        (Minor::DeniedDocument, CheckRefused::NotAuthentic),
        (Minor::InvalidDocument, CheckRefused::NotAuthentic),
        (client("sal#cancellationByUser"), CheckRefused::Cancelled),
        (client("dp#trustedChannelEstablishmentFailed"), CheckRefused::TrustedChannel),
    ] {
        let (opened, read) = (write_use_id(&Err(minor.clone())), write_get_result(&Err(minor.clone())));
        assert_eq!(reread(&opened, parse_use_id).unwrap().unwrap_err(), minor);
        assert_eq!(reread(&read, parse_get_result).unwrap(), Err(minor.clone()));
        assert_eq!(minor.refused(), refused, "{}", minor.code());
    }
}

/// An answer as version 2.0 of the guideline has it: everything it knows besides, no levels, results without prefix,
/// and something where the schema wants it though there is an error.
#[test]
fn an_answer_of_version_2_0() {
    let text = "<a:getResultResponse xmlns:a='http://bsi.bund.de/eID/' xmlns='http://www.w3.org/2000/09/xmldsig#'>\
        <a:PersonalData><a:DocumentType>ID</a:DocumentType><a:DateOfExpiry>2029-10-31+01:00</a:DateOfExpiry>\
        <a:DateOfBirth><a:DateString>19640812</a:DateString><a:DateValue>1964-08-12Z</a:DateValue></a:DateOfBirth>\
        <a:Sex> </a:Sex><a:OptionalDataR/><a:BirthName>GABLER</a:BirthName><a:DateOfIssuance>2019-11-01</a:DateOfIssuance>\
        <a:MunicipalityID>02760503150000</a:MunicipalityID></a:PersonalData>\
        <a:FulfilsAgeVerification><a:FulfilsRequest> 1 </a:FulfilsRequest></a:FulfilsAgeVerification><a:PSC>00</a:PSC>\
        <d:Result xmlns:d='urn:oasis:names:tc:dss:1.0:core:schema'>\
        <ResultMajor>http://www.bsi.bund.de/ecard/api/1.1/resultmajor#ok</ResultMajor></d:Result></a:getResultResponse>";
    let answer = read_text(text, parse_get_result).unwrap().unwrap();
    assert_eq!(answer.data.date_of_expiry, Some(Date::constant(2029, 10, 31)));
    assert_eq!(answer.data.birth_name.as_deref(), Some("GABLER"));
    assert_eq!(answer.data.community_id, None);
    assert_eq!((answer.fulfils_age, answer.level), (Some(true), None));
    assert_eq!(
        answer.permission(Operation::BirthName),
        Permission::Allowed,
        "the list is absent: what is there is"
    );
    assert_eq!(answer.permission(Operation::GivenNames), Permission::Prohibited);

    let filled = "<a:useIDResponse xmlns:a='http://bsi.bund.de/eID/'><a:Session><a:ID>00</a:ID></a:Session>\
        <a:PSK><a:ID/><a:Key/></a:PSK><d:Result xmlns:d='urn:oasis:names:tc:dss:1.0:core:schema'>\
        <ResultMajor>http://www.bsi.bund.de/ecard/api/1.1/resultmajor#error</ResultMajor>\
        <ResultMinor>http://www.bsi.bund.de/eid/server/2.0/resultminor/useID#tooManyOpenSessions</ResultMinor>\
        <ResultMessage>x</ResultMessage></d:Result></a:useIDResponse>";
    assert_eq!(read_text(filled, parse_use_id).unwrap().unwrap_err(), Minor::TooManyOpenSessions);
    assert_eq!(
        read_text(&filled.replace("#error", "#ok"), parse_use_id).unwrap_err(),
        XmlError::Value("ID".into()),
        "a session of one byte"
    );
}

#[test]
fn violations_name_their_element() {
    let value = |name: &str| XmlError::Value(name.to_owned());
    let missing = |name: &str| XmlError::Missing(name.to_owned());
    let result = write_get_result(&Ok(answer())).fragment();
    let expiry = "<eid:DateOfExpiry>2029-10-31</eid:DateOfExpiry>";
    for (from, to, error) in [
        (expiry, "<eid:DateOfExpiry>31.10.2029</eid:DateOfExpiry>", value("DateOfExpiry")),
        (expiry, "<eid:DateOfExpiry>2029-10-31X</eid:DateOfExpiry>", value("DateOfExpiry")),
        (expiry, "<x:DateOfExpiry xmlns:x='urn:x'>2029-10-31</x:DateOfExpiry>", value("PersonalData")),
        (expiry, &format!("{expiry}{expiry}"), value("PersonalData")),
        (expiry, "<eid:GivenNames/><eid:DateOfExpiry>2029-10-31</eid:DateOfExpiry>", value("PersonalData")),
        ("1964    ", "196A    ", value("DateString")),
        ("1964    ", "1964", value("DateString")),
        ("<eid:City>KÖLN</eid:City>", "", missing("City")),
        ("<eid:Country>D</eid:Country>", "<eid:Country>Deutschland</eid:Country>", value("Country")),
        ("<eid:FreetextPlace>BERLIN</eid:FreetextPlace>", "", value("PlaceOfBirth")),
        ("LoA/hoch", "LoA/high", value("LevelOfAssuranceResult")),
        (">true<", ">yes<", value("FulfilsRequest")),
        (">NOTONCHIP<", ">PERHAPS<", value("IssuingState")),
        ("resultmajor#ok", "resultmajor#fine", value("ResultMajor")),
        ("dss:Result>", "dss:Outcome>", missing("Result")),
    ] {
        assert!(result.contains(from), "{from}");
        let changed = match from {
            "dss:Result>" => result.replace("dss:Result ", "dss:Outcome ").replace(from, to),
            _ => result.replacen(from, to, 1),
        };
        assert_eq!(read_text(&changed, parse_get_result).unwrap_err(), error, "{to}");
    }
    assert_eq!(read_text(&result, parse_use_id).unwrap_err(), missing("useIDResponse"));

    let mut request = Request::default().with(Operation::AgeVerification, Want::Required);
    (request.age, request.community) = (Some(18), Some("0276".into()));
    let asked = UseIdRequest { request, level: None, psk: Some(started().psk) }.write().fragment();
    for (from, to, error) in [
        ("<eid:Age>18<", "<eid:Age>-1<", value("Age")),
        ("<eid:Age>18<", "<eid:Age>256<", value("Age")),
        (">0276<", ">276<", value("CommunityID")),
        (">0276<", ">02760513<", value("CommunityID")),
        (">0276<", ">027605031<", value("CommunityID")),
        (">REQUIRED<", ">WANTED<", value("AgeVerification")),
        (
            "<eid:PlaceVerification>",
            "<eid:Sex>REQUIRED</eid:Sex><eid:PlaceVerification>",
            value("UseOperations"),
        ),
        ("<eid:BirthName>", "<eid:Sex>REQUIRED</eid:Sex><eid:BirthName>", value("Sex")),
        (
            "<eid:PSK>",
            "<eid:EIDTypeRequest><eid:CardCertified>DENIED</eid:CardCertified></eid:EIDTypeRequest><eid:PSK>",
            value("CardCertified"),
        ),
        ("<eid:PSK>", "<eid:PSMRequest>00</eid:PSMRequest><eid:PSK>", value("useIDRequest")),
        ("aaaa<", "a b<", value("ID")),
        ("0707<", "070<", value("Key")),
    ] {
        assert!(asked.contains(from), "{from}");
        let changed = asked.replacen(from, to, 1);
        assert_eq!(read_text(&changed, UseIdRequest::parse).unwrap_err(), error, "{to}");
    }
    let opened = write_use_id(&Ok(started())).fragment();
    for address in ["http://eid.example", "javascript:x", "https://a@eid.example", ""] {
        let changed = opened.replace("https://eid.example/paos?x=1&amp;y=2", address);
        assert_eq!(read_text(&changed, parse_use_id).unwrap_err(), value("eCardServerAddress"), "{address}");
    }
    let counter = GetResultRequest { session: started().session, counter: 1 }.write().fragment();
    for bad in ["<eid:RequestCounter>x</", "<eid:RequestCounter>2147483648</"] {
        let changed = counter.replace("<eid:RequestCounter>1</", bad);
        assert_eq!(read_text(&changed, GetResultRequest::parse).unwrap_err(), value("RequestCounter"));
    }
}

#[test]
fn a_card_among_the_kinds_that_are_allowed() {
    let asked = UseIdRequest { request: Request::default(), level: None, psk: Some(started().psk) };
    let kinds = "<eid:EIDTypeRequest><eid:CardCertified>ALLOWED</eid:CardCertified><eid:SECertified>DENIED</eid:SECertified>\
                 <eid:HWKeyStore>ALLOWED</eid:HWKeyStore></eid:EIDTypeRequest><eid:PSK>";
    let text = asked.write().fragment().replace("<eid:PSK>", kinds);
    assert!(read_text(&text, UseIdRequest::parse).is_ok());
}

proptest! {
    #[test]
    fn changed_bytes_are_refused_or_read(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        for text in [write_get_result(&Ok(answer())), write_use_id(&Ok(started()))].map(|node| node.document()) {
            let mut bytes = text.into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(document) = crate::xml::read::parse_bytes(&bytes, Limits::MESSAGE) {
                let root = document.root();
                let _read = (parse_get_result(&root).is_ok(), parse_use_id(&root).is_ok());
                let _asked = (UseIdRequest::parse(&root).is_ok(), ServerInfo::parse(&root).is_ok());
            }
        }
    }
}
