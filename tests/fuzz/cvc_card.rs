//! The room `cvc`: what cards send, and what is sent to a card of our own.

use aws_lc_rs::cmac;

use torhaus::cvc::apdu::{ApduError, Command, Response, Status};
use torhaus::cvc::card_security;
use torhaus::cvc::chip_authentication::Protocol;
use torhaus::cvc::curve::{Curve, Hash};
use torhaus::cvc::data_groups::DataGroup;
use torhaus::cvc::document_signer::{Csca, DocumentSigner};
use torhaus::cvc::key::PublicKey;
use torhaus::cvc::oid;
use torhaus::cvc::place::PartialDate;
use torhaus::cvc::restricted_identification::Sector;
use torhaus::cvc::secure_messaging::{Card, MessagingError, Terminal};
use torhaus::cvc::security_infos::{InfosError, SecurityInfos};
use torhaus::cvc::tlv;

use super::lab::{LAB, TODAY, session_keys};
use super::recording::Recording;
use super::table::Target;

pub const TARGETS: &[Target] = &[
    Target { name: "cvc_card_files", look: card_files, seeds: card_file_seeds },
    Target { name: "cvc_data_groups", look: data_groups, seeds: data_group_seeds },
    Target { name: "cvc_messages", look: messages, seeds: message_seeds },
];

/// EF.CardAccess, EF.CardSecurity, the certificates of document signers, and keys and signatures in them.
fn card_files(bytes: &[u8]) -> bool {
    let mut taken = false;
    if let Ok(infos) = SecurityInfos::parse(bytes) {
        infos_hold(&infos);
        taken = true;
    }
    if let Ok(signer) = DocumentSigner::trusted(bytes) {
        assert!(signer.key.verify(Hash::Sha256, b"never signed", &[1; 64]).is_err());
        taken = true;
    }
    if let Ok(signer) = DocumentSigner::issued(bytes, std::slice::from_ref(&LAB.csca), TODAY) {
        let honest = DocumentSigner::trusted(&LAB.issued_certificate);
        assert_eq!(Ok(signer), honest, "a forged signer");
    }
    taken |= Csca::trusted(bytes).is_ok();
    if let Ok(certificate) = card_security::carried_certificate(bytes) {
        let _read = DocumentSigner::trusted(certificate);
        taken = true;
    }
    if let Ok(infos) = card_security::verify(bytes, std::slice::from_ref(&LAB.signer), TODAY) {
        assert_eq!(infos, LAB.infos, "a forged EF.CardSecurity");
        taken = true;
    }
    for curve in Curve::ALL {
        if let Ok(key) = PublicKey::from_point(curve, bytes) {
            assert_eq!(key.point(), bytes);
            taken = true;
        }
    }
    let signer = &LAB.signer.key;
    assert!(signer.verify(Hash::Sha256, b"never signed", bytes).is_err());
    assert!(signer.verify_der(Hash::Sha256, b"never signed", bytes).is_err());
    taken
}

fn infos_hold(infos: &SecurityInfos) {
    match SecurityInfos::parse(&infos.encode()) {
        Ok(again) => {
            assert_eq!(again.chip_keys.len(), infos.chip_keys.len());
            assert!(again.chip_keys.iter().all(|key| infos.chip_keys.contains(key)));
            assert_eq!(again.restricted_keys.len(), infos.restricted_keys.len());
            assert!(again.restricted_keys.iter().all(|key| infos.restricted_keys.contains(key)));
            assert!(again.confirms(infos) && infos.confirms(&again));
        }
        // Each chip key is written with entries of its own, also where several share them.
        Err(error) => assert_eq!(error, InfosError::TooLong),
    }
}

fn card_file_seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![
        LAB.infos.encode(),
        LAB.card_security.clone(),
        LAB.signer_certificate.clone(),
        LAB.csca_certificate.clone(),
        LAB.issued_certificate.clone(),
        LAB.chip.public().point().to_vec(),
    ];
    for recording in Recording::both() {
        seeds.push(recording.bytes("eac1_output/EFCardAccess"));
        seeds.push(recording.bytes("eac2_output/EFCardSecurity"));
    }
    seeds
}

/// The files of the eID application; the tag says which group it is.
fn data_groups(bytes: &[u8]) -> bool {
    let mut taken = false;
    for group in DataGroup::ALL {
        if let Ok(value) = group.decode(bytes) {
            let written = group.encode(&value).unwrap();
            assert_eq!(group.decode(&written).as_ref(), Ok(&value), "{group:?}");
            assert!(!taken, "the file of two groups");
            taken = true;
        }
    }
    if let Ok(date) = PartialDate::new(&String::from_utf8_lossy(bytes)) {
        assert_eq!(date.as_str().as_bytes(), bytes);
        assert_eq!(PartialDate::try_from(String::from(date.clone())), Ok(date));
        taken = true;
    }
    taken
}

fn data_group_seeds() -> Vec<Vec<u8>> {
    let group = |group: DataGroup, inside: &[u8]| tlv::write(group.tag(), &[inside]);
    let text = |tag, text: &str| tlv::write(tag, &[text.as_bytes()]);
    let place = tlv::write(
        tlv::SEQUENCE,
        &[&tlv::write(0xAB, &[&text(tlv::UTF8, "LYON")]), &tlv::write(0xAD, &[&text(tlv::PRINTABLE, "F")])],
    );
    let mut seeds = vec![
        group(DataGroup::PlaceOfResidence, &tlv::write(tlv::SET, &[&place, &place])),
        group(DataGroup::PlaceOfResidence, &tlv::write(0xA2, &[&text(tlv::UTF8, "keine Hauptwohnung")])),
        group(DataGroup::PlaceOfBirth, &tlv::write(0xA1, &[&text(tlv::UTF8, "auf See")])),
        group(DataGroup::ResidencePermit1, &tlv::write(0xA1, &[&text(tlv::UTF8, "§ 28 Abs. 1")])),
        group(DataGroup::ResidencePermit2, &tlv::write(0xA2, &[&tlv::write(tlv::OCTET_STRING, &[&[3, 0]])])),
        group(DataGroup::DateOfBirth, &text(tlv::NUMERIC, "1964    ")),
        group(DataGroup::EmailAddress, &text(tlv::IA5, "erika@example.org")),
        group(DataGroup::Sex, &[1, 2, 3]),
        b"19640812".to_vec(),
        b"1964    ".to_vec(),
    ];
    for exchange in Recording::simulator().exchanges() {
        if exchange.name.starts_with("DG") && exchange.answer.status == Status::OK {
            seeds.push(exchange.answer.data);
        }
    }
    seeds
}

/// Commands and responses, in the clear and protected.
fn messages(bytes: &[u8]) -> bool {
    let protocol = [Protocol::Aes128, Protocol::Aes192, Protocol::Aes256][bytes.len() % 3];
    let command = Command::parse(bytes).ok();
    let response = Response::parse(bytes).ok();
    if let Some(command) = &command {
        assert_eq!(Command::parse(&command.encode().unwrap()).as_ref(), Ok(command));
    }
    if let Some(response) = &response {
        assert_eq!(response.encode(), bytes);
    }
    forged(protocol, bytes);
    signed(protocol, bytes);
    if let (Some(command), Some(response)) = (&command, &response) {
        carried(protocol, command, response);
    }
    command.is_some() || response.is_some()
}

/// Who does not have the keys can repeat what was sent, and nothing else.
fn forged(protocol: Protocol, bytes: &[u8]) {
    let (mut terminal, mut card) = ends(protocol);
    match card.unwrap(bytes) {
        Ok(read) => assert_eq!(read, question(), "a forged command"),
        Err(_) => assert_eq!(card.unwrap(bytes), Err(MessagingError::Closed)),
    }
    terminal.wrap(&question()).unwrap();
    match terminal.unwrap(bytes) {
        Ok(read) => assert_eq!(read, answer(), "a forged response"),
        Err(_) => assert_eq!(terminal.unwrap(bytes), Err(MessagingError::Closed)),
    }
}

/// The same bytes with a right checksum, so that what stands behind the checksum is looked at as well.
fn signed(protocol: Protocol, bytes: &[u8]) {
    let (mut terminal, mut card) = ends(protocol);
    if let Some((header, objects)) = bytes.split_first_chunk::<4>() {
        let [cla, ins, p1, p2] = *header;
        let header = [cla | 0x0C, ins, p1, p2];
        let mut data = objects.to_vec();
        let padded_objects = if objects.is_empty() { Vec::new() } else { padded(objects) };
        let parts = [&counter(1)[..], &padded(&header), &padded_objects].concat();
        data.extend(tlv::write(0x8E, &[&mac(protocol, &parts)]));
        let [cla, ins, p1, p2] = header;
        if let Ok(outer) = (Command { cla, ins, p1, p2, data, le: Some(65_536) }).encode() {
            let _read = card.unwrap(&outer);
        }
    }
    if let Some((objects, status)) = bytes.split_last_chunk::<2>() {
        terminal.wrap(&Command::select_eid()).unwrap();
        let checksum = mac(protocol, &[&counter(2)[..], &padded(objects)].concat());
        let outer = [objects, &tlv::write(0x8E, &[&checksum]), status].concat();
        let _read = terminal.unwrap(&outer);
    }
}

/// What is protected at one end comes out at the other.
fn carried(protocol: Protocol, command: &Command, response: &Response) {
    let (mut terminal, mut card) = ends(protocol);
    let command = Command { cla: command.cla & !0x0C, ..command.clone() };
    match terminal.wrap(&command) {
        Ok(sent) => assert_eq!(card.unwrap(&sent), Ok(command)),
        Err(error) => return assert_eq!(error, MessagingError::Apdu(ApduError::TooLong)),
    }
    let answer = card.wrap(response).unwrap();
    assert_eq!(terminal.unwrap(&answer).as_ref(), Ok(response));
}

fn ends(protocol: Protocol) -> (Terminal, Card) {
    (Terminal::new(session_keys(protocol)), Card::new(session_keys(protocol)))
}

fn question() -> Command {
    Command::read(DataGroup::GivenNames)
}

fn answer() -> Response {
    Response { data: b"ERIKA".to_vec(), status: Status::OK }
}

/// The send sequence counter (TR-03110-3 E.3).
fn counter(number: u8) -> [u8; 16] {
    u128::from(number).to_be_bytes()
}

/// Padding method 2 of ISO/IEC 9797-1.
fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut out = [bytes, &[0x80]].concat();
    out.resize(out.len().next_multiple_of(16), 0);
    out
}

/// CMAC cut to eight bytes, made without the code under test.
fn mac(protocol: Protocol, bytes: &[u8]) -> Vec<u8> {
    let algorithm = match protocol {
        Protocol::Aes128 => cmac::AES_128,
        Protocol::Aes192 => cmac::AES_192,
        Protocol::Aes256 => cmac::AES_256,
    };
    let key = cmac::Key::new(algorithm, session_keys(protocol).authentication()).unwrap();
    cmac::sign(&key, bytes).unwrap().as_ref()[..8].to_vec()
}

fn message_seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![
        Command::select_eid().encode().unwrap(),
        Command::verify(oid::DATE_OF_BIRTH).encode().unwrap(),
        Command::read_on(300).unwrap().encode().unwrap(),
        LAB.sector.ask(Sector::First).unwrap().encode().unwrap(),
        Command { cla: 0, ins: 0xB1, p1: 0, p2: 0, data: vec![0x54, 1, 0], le: Some(65_536) }
            .encode()
            .unwrap(),
        Command { cla: 0, ins: 0xA4, p1: 0, p2: 0, data: Vec::new(), le: Some(256) }.encode().unwrap(),
    ];
    for protocol in [Protocol::Aes128, Protocol::Aes192, Protocol::Aes256] {
        let (mut terminal, mut card) = ends(protocol);
        let sent = terminal.wrap(&question()).unwrap();
        card.unwrap(&sent).unwrap();
        let back = card.wrap(&answer()).unwrap();
        // Objects with a right checksum begin where `signed` takes them.
        seeds.push([&[0, 0xB0, 0x84, 0], &back[..back.len() - 12]].concat());
        seeds.push(back[..back.len() - 12].iter().chain(&[0x90, 0]).copied().collect());
        seeds.push(sent);
        seeds.push(back);
    }
    for exchange in Recording::openpace().exchanges().into_iter().take(5) {
        seeds.extend([exchange.command, exchange.response]);
    }
    seeds
}
