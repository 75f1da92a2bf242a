//! Messages that are not due, and bytes that are no messages.

use super::{Exchange, House, TODAY, everything, token};
use crate::domain::identity_check::CheckRefused;
use crate::eid::paos::from_client::{Eac1Output, Eac2Output};
use crate::eid::paos::{FromClient, FromServer, Header, Minor, PaosResult};
use crate::eid::server::session::{Session, Stage, step};
use proptest::prelude::*;

fn header() -> Header {
    Header { message_id: "urn:uuid:1".to_owned(), relates_to: Some("urn:uuid:0".to_owned()) }
}

fn eac1() -> FromClient {
    FromClient::Eac1(Eac1Output {
        chat: everything().chat(crate::eid::request::Want::Required),
        authorities: Vec::new(),
        card_access: vec![0x31, 0],
        id_picc: vec![1; 32],
        challenge: [2; 8],
    })
}

fn eac2() -> FromClient {
    FromClient::Eac2(Eac2Output { card_security: vec![0x30, 0], token: [1; 8], nonce: [2; 8] })
}

fn start() -> FromClient {
    FromClient::Start { session: token().session_identifier.expose().clone() }
}

/// Every stage that an honest exchange passes, with the message that is due at it.
fn stages(house: &House) -> Vec<(Session, FromClient)> {
    let seen = std::cell::RefCell::new(Vec::new());
    let exchange = Exchange::new(house, everything()).with_server_hearing(|message| {
        seen.borrow_mut().push(message.clone());
        message
    });
    let (outcome, _) = exchange.run(house.client("erika"));
    assert!(outcome.is_ok());
    let mut session = Session { request: everything(), asker: None, stage: Stage::Opened };
    let mut stages = Vec::new();
    for message in seen.into_inner() {
        let (stage, _) = step(&session, message.clone(), &house.around());
        stages.push((session.clone(), message));
        session.stage = stage;
        if matches!(session.stage, Stage::Ended(_)) {
            break;
        }
    }
    stages
}

#[test]
fn every_message_out_of_order_ends_the_session() {
    let house = House::new(30);
    let kinds = [start(), eac1(), eac2(), FromClient::Transmitted(vec![vec![0x90, 0]])];
    let same = |a: &FromClient, b: &FromClient| std::mem::discriminant(a) == std::mem::discriminant(b);
    let stages = stages(&house);
    assert!(stages.len() >= 3, "the exchange has its stages");
    for (session, due) in &stages {
        for message in kinds.iter().filter(|message| !same(message, due)) {
            let (stage, answer) = step(session, message.clone(), &house.around());
            let Stage::Ended(outcome) = stage else { panic!("{message:?} is taken") };
            assert_eq!(outcome.unwrap_err(), CheckRefused::ClientTrouble);
            assert_eq!(answer, FromServer::End(PaosResult::error(Minor::UNKNOWN_FUNCTION)));
        }
    }
}

#[test]
fn what_is_over_stays_over() {
    let house = House::new(31);
    let ended = Session {
        request: everything(),
        asker: None,
        stage: Stage::Ended(Box::new(Err(CheckRefused::Cancelled))),
    };
    for message in [start(), eac1(), eac2(), FromClient::Failed(Minor::new(Minor::CANCELLED))] {
        let (_, answer) = step(&ended, message, &house.around());
        assert_eq!(answer, FromServer::End(PaosResult::error(Minor::TIMEOUT)));
    }
}

#[test]
fn an_error_of_the_client_ends_it_at_every_stage() {
    let house = House::new(32);
    for (session, _) in stages(&house) {
        let (stage, answer) =
            step(&session, FromClient::Failed(Minor::new(Minor::CANCELLED)), &house.around());
        let Stage::Ended(outcome) = stage else { panic!("goes on") };
        assert_eq!(outcome.unwrap_err(), CheckRefused::Cancelled);
        assert_eq!(answer, FromServer::End(PaosResult::error(Minor::CANCELLED)));
    }
}

#[test]
fn messages_of_both_sides_read_back() {
    for message in [start(), eac1(), eac2(), FromClient::Transmitted(vec![vec![1, 2], vec![]])] {
        let read = FromClient::parse(message.write(&header()).as_bytes()).unwrap();
        assert_eq!((read.header, read.message.unwrap()), (header(), message));
    }
    let house = House::new(33);
    for (session, due) in stages(&house) {
        let (_, message) = step(&session, due, &house.around());
        let read = FromServer::parse(message.write(&header()).as_bytes()).unwrap();
        assert_eq!(read.message, message);
    }
    assert!(TODAY.year() > 2000);
}

#[test]
fn bytes_that_are_no_messages_are_refused() {
    let good = eac2().write(&header());
    let wrong = [
        String::new(),
        good.replace("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<!DOCTYPE x [<!ENTITY a 'b'>]>"),
        good.replace("soap:Body", "soap:Bodies"),
        good.replace("<wsa:MessageID>urn:uuid:1</wsa:MessageID>", ""),
        good.replace("</soap:Header>", "<wsa:MessageID>urn:uuid:2</wsa:MessageID></soap:Header>"),
        good.replace("http://schemas.xmlsoap.org/soap/envelope/", "urn:another"),
        format!("{}{}", good, " ".repeat(300_000)),
        good[..good.len() / 2].to_owned(),
    ];
    for bad in &wrong {
        assert!(FromClient::parse(bad.as_bytes()).is_err(), "{bad:.80}");
    }
    let inside = [
        good.replace("EAC2OutputType", "EAC9OutputType"),
        good.replace("<iso:Nonce>", "<iso:Nonce>00"),
        good.replace("<iso:Nonce>", "<iso:Nonce><iso:Nonce/>"),
        good.replace("resultmajor#ok", "resultmajor#perhaps"),
        good.replace("iso:DIDAuthenticateResponse", "iso:Shutdown"),
        good.replace("<iso:EFCardSecurity>", "<iso:EFCardSecurity>zz"),
    ];
    for bad in &inside {
        let read = FromClient::parse(bad.as_bytes()).unwrap();
        assert!(read.message.is_err(), "{bad:.80}");
        assert_eq!(read.header, header(), "the session can still be found and ended");
    }
}

proptest! {
    #[test]
    fn noise_is_refused_or_read(noise in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _read = FromClient::parse(&noise).is_ok();
        let _read = FromServer::parse(&noise).is_ok();
    }

    #[test]
    fn a_message_with_one_letter_changed_never_panics(at in 0_usize..1500, letter in any::<u8>()) {
        let mut bytes = eac2().write(&header()).into_bytes();
        let place = at % bytes.len();
        bytes[place] = letter;
        let _read = FromClient::parse(&bytes).is_ok();
    }

    #[test]
    fn noise_in_place_of_responses_ends_the_session(
        noise in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 0..24)
    ) {
        let house = House::new(34);
        let stages = stages(&house);
        let (session, _) = stages.last().unwrap();
        let (stage, _) = step(session, FromClient::Transmitted(noise), &house.around());
        prop_assert!(matches!(stage, Stage::Ended(outcome) if outcome.is_err()));
    }
}
