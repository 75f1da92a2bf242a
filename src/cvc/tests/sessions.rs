use super::super::apdu::{Command, Response, Status};
use super::super::auxiliary_data::AuxiliaryData;
use super::super::card_security::{self, NotAuthentic};
use super::super::certificate::Extensions;
use super::super::chain;
use super::super::chip_authentication::{self, Protocol, SessionKeys};
use super::super::curve::{Curve, Hash};
use super::super::data_groups::{DataGroup, Value};
use super::super::description::{self, Description};
use super::super::document_signer::{self, DocumentSigner, SignerError};
use super::super::key::PrivateKey;
use super::super::restricted_identification::{Sector, SectorKey};
use super::super::secure_messaging::{Card, MessagingError, Terminal};
use super::super::security_infos::{ChipKey, RestrictedKey, SecurityInfos};
use super::super::terminal_authentication::Session;
use super::{Lab, TODAY, key};
use jiff::civil::date;

const PROTOCOLS: [Protocol; 3] = [Protocol::Aes128, Protocol::Aes192, Protocol::Aes256];

/// A card of the lab.
struct LabCard {
    chip: PrivateKey,
    restricted: PrivateKey,
    signer: DocumentSigner,
    file: Vec<u8>,
}

impl LabCard {
    fn new(curve: Curve, protocol: Protocol) -> Self {
        let (chip, restricted, signer_key) = (key(curve, 20), key(curve, 21), key(curve, 22));
        let infos = SecurityInfos::new(
            vec![ChipKey { protocol, key: chip.public().clone(), key_id: Some(0x41) }],
            vec![RestrictedKey { hash: Hash::Sha256, key_id: 1, authorized_only: true }],
        );
        let (from, to) = (date(2026, 1, 1), date(2036, 1, 1));
        let certificate = document_signer::issue_for_lab(&signer_key, "Lab signer", from, to).unwrap();
        let file = card_security::sign_for_lab(&infos, &certificate, &signer_key).unwrap();
        assert_eq!(SecurityInfos::parse(&infos.encode()).unwrap(), infos);
        Self { chip, restricted, signer: DocumentSigner::trusted(&certificate).unwrap(), file }
    }
}

/// The whole of it, once: the terminal of the lab reads the given names of a card of the lab.
fn online_authentication(curve: Curve, protocol: Protocol) {
    let sector = SectorKey::new(Hash::Sha256, key(curve, 30).public().clone()).unwrap();
    let description = Description {
        issuer_name: "Lab".to_owned(),
        subject_name: "Stadt Musterstadt".to_owned(),
        subject_url: "https://id.example".to_owned(),
        terms_of_usage: "Zweck: Prüfung".to_owned(),
        ..Description::default()
    }
    .encode();
    let hash = curve.hash();
    let lab = Lab::new(
        curve,
        Extensions {
            description: Some(hash.of(&[&description])),
            first_sector: Some(sector.hash(hash)),
            second_sector: None,
        },
    );
    let card = LabCard::new(curve, protocol);

    // The card judges the terminal.
    let verified = chain::verify(&[lab.root], &[lab.verifier, lab.terminal], TODAY).unwrap();
    description::bound(&description, hash, verified.extensions.description.as_deref().unwrap()).unwrap();
    let (pace, ephemeral) = (key(curve, 31), key(curve, 32));
    let asked = AuxiliaryData { valid_on: Some(TODAY), ..AuxiliaryData::default() }.encode().unwrap();
    let session = Session {
        id_picc: pace.public().compressed(),
        challenge: &[7; 8],
        ephemeral: ephemeral.public(),
        auxiliary_data: &asked,
    };
    let signature = session.sign(&lab.terminal_key).unwrap();
    session.verify(&verified.key, verified.hash, &signature).unwrap();

    // The terminal judges the card.
    let (card_keys, token) =
        chip_authentication::card(protocol, &card.chip, ephemeral.public(), &[8; 8]).unwrap();
    let infos = card_security::verify(&card.file, &[card.signer], TODAY).unwrap();
    let chip = &infos.chip_keys[0];
    let keys = chip_authentication::terminal(chip.protocol, &ephemeral, &chip.key, &[8; 8], &token).unwrap();
    assert_eq!(keys.encryption(), card_keys.encryption());
    assert_eq!(keys.authentication(), card_keys.authentication());

    // Secure messaging: the pseudonym, then a data group.
    let (mut terminal, mut chip) = (Terminal::new(keys), Card::new(card_keys));
    let mut exchange = |command: Command, answer: &mut dyn FnMut(Command) -> Response| {
        let received = chip.unwrap(&terminal.wrap(&command).unwrap()).unwrap();
        assert_eq!(received, command);
        terminal.unwrap(&chip.wrap(&answer(received)).unwrap()).unwrap()
    };
    let answer = exchange(sector.ask(Sector::First).unwrap(), &mut |command| {
        let (asked, which) = SectorKey::asked(&command.data).unwrap();
        asked.check(verified.hash, &verified.extensions, which).unwrap();
        Response { data: asked.answer(which, &card.restricted).unwrap(), status: Status::OK }
    });
    let pseudonym = sector.pseudonym(Sector::First, &answer.data).unwrap();
    // What the owner of a sector's private key could calculate as well (TR-03110-2 3.5).
    let shared = key(curve, 30).agree(card.restricted.public()).unwrap();
    assert_eq!(pseudonym, Hash::Sha256.of(&[&shared]));
    let name = Value::Text("ERIKA".to_owned());
    let file = DataGroup::GivenNames.encode(&name).unwrap();
    let answer = exchange(Command::read(DataGroup::GivenNames), &mut |_| Response {
        data: file.clone(),
        status: Status::OK,
    });
    assert_eq!(DataGroup::GivenNames.decode(&answer.data).unwrap(), name);
}

#[test]
fn a_terminal_reads_a_card_with_every_curve_and_cipher() {
    for (curve, protocol) in Curve::ALL.into_iter().zip(PROTOCOLS.into_iter().cycle()) {
        online_authentication(curve, protocol);
    }
    for protocol in PROTOCOLS {
        online_authentication(Curve::BrainpoolP256r1, protocol);
    }
}

#[test]
fn a_signer_signs_with_its_own_certificate_only() {
    let (ours, theirs) = (key(Curve::P256, 1), key(Curve::P256, 2));
    let (from, to) = (date(2026, 1, 1), date(2036, 1, 1));
    let certificate = document_signer::issue_for_lab(&ours, "Lab", from, to).unwrap();
    let signed = card_security::sign_for_lab(&SecurityInfos::default(), &certificate, &theirs);
    assert!(matches!(signed, Err(SignerError::Key(_))));
    assert_eq!(document_signer::issue_for_lab(&ours, "Lab", from, date(2050, 1, 1)), Err(SignerError::Date));
}

#[test]
fn a_card_signed_by_somebody_else_is_not_believed() {
    let card = LabCard::new(Curve::BrainpoolP256r1, Protocol::Aes128);
    // Same name and number as the trusted signer, another key.
    let forger = key(Curve::BrainpoolP256r1, 40);
    let (from, to) = (date(2026, 1, 1), date(2036, 1, 1));
    let certificate = document_signer::issue_for_lab(&forger, "Lab signer", from, to).unwrap();
    let forged = card_security::sign_for_lab(&SecurityInfos::default(), &certificate, &forger).unwrap();
    let refused = card_security::verify(&forged, &[card.signer], TODAY);
    assert_eq!(refused, Err(NotAuthentic::Signature));
}

fn pair(protocol: Protocol) -> (Terminal, Card) {
    let keys = SessionKeys::derive(protocol, b"shared secret", b"nonce");
    (Terminal::new(keys.clone()), Card::new(keys))
}

#[test]
fn every_case_of_a_command_goes_through() {
    for protocol in PROTOCOLS {
        let (mut terminal, mut card) = pair(protocol);
        for ins in [0xB0, 0xB1] {
            for length in [0, 1, 15, 16, 17, 200, 256, 300, 4000] {
                for le in [None, Some(1), Some(255), Some(256), Some(257), Some(65_535), Some(65_536)] {
                    let command = Command { cla: 0, ins, p1: 1, p2: 2, data: vec![0x80; length], le };
                    assert_eq!(card.unwrap(&terminal.wrap(&command).unwrap()).unwrap(), command);
                    let response = Response { data: vec![0; length], status: Status(0x6282) };
                    assert_eq!(terminal.unwrap(&card.wrap(&response).unwrap()).unwrap(), response);
                }
            }
        }
    }
}

#[test]
fn every_changed_bit_of_a_command_is_seen() {
    let command = Command { cla: 0x80, ins: 0x20, p1: 0x80, p2: 0, data: vec![1, 2, 3], le: Some(256) };
    let wrapped = pair(Protocol::Aes256).0.wrap(&command).unwrap();
    // The last byte is the outer Le, which only transports.
    for at in 0..wrapped.len() - 1 {
        for bit in 0..8 {
            let mut changed = wrapped.clone();
            changed[at] ^= 1 << bit;
            let (_, mut card) = pair(Protocol::Aes256);
            assert!(card.unwrap(&changed).is_err(), "byte {at}, bit {bit}");
            assert_eq!(card.unwrap(&wrapped), Err(MessagingError::Closed));
        }
    }
}

#[test]
fn messages_come_in_their_order() {
    let (mut terminal, mut card) = pair(Protocol::Aes128);
    assert_eq!(card.wrap(&Response::status(Status::OK)), Err(MessagingError::Order));
    let (_, mut card_again) = pair(Protocol::Aes128);
    let [first, second] = [Command::select_eid(), Command::read(DataGroup::GivenNames)]
        .map(|command| terminal.wrap(&command).unwrap());
    card_again.unwrap(&first).unwrap();
    assert_eq!(card_again.unwrap(&second), Err(MessagingError::Order), "the first is not answered");
    let (_, mut other_cipher) = pair(Protocol::Aes192);
    assert_eq!(other_cipher.unwrap(&first), Err(MessagingError::Checksum));
    // A command sent without protection.
    card = pair(Protocol::Aes128).1;
    assert!(card.unwrap(&Command::select_eid().encode().unwrap()).is_err());
}
