//! The room `eid`: messages of the holder's program, TC tokens, messages of a rented service.

use torhaus::cvc::chat::{Chat, Right, Rights, Role};
use torhaus::domain::secret::Secret;
use torhaus::eid::answer::{Answer, EidLevel, Permission};
use torhaus::eid::paos::from_client::{Eac1Output, Eac2Output};
use torhaus::eid::paos::from_server::{Eac1Input, Eac2Input};
use torhaus::eid::paos::{FromClient, FromServer, Header, Minor, PaosResult};
use torhaus::eid::request::{Operation, Request, Want};
use torhaus::eid::service::ServiceSettings;
use torhaus::eid::service::message::{
    GetResultRequest, ServerInfo, UseIdRequest, is_server_info_request, parse_get_result, parse_use_id,
    server_info_request,
};
use torhaus::eid::tc_token::TcToken;
use torhaus::xml::read::{Limits, parse_bytes};
use torhaus::xml::signature::Algorithm;

use super::table::Target;

pub const TARGETS: &[Target] = &[
    Target { name: "paos", look: paos, seeds: paos_seeds },
    Target { name: "eid_service", look: service, seeds: service_seeds },
];

/// The words of TR-03130-1 and of XML signatures, each of which has one spelling.
pub fn words(text: &str) {
    if let Some(operation) = Operation::parse(text) {
        assert_eq!(operation.name(), text);
    }
    if let Some(want) = Want::parse(text) {
        assert_eq!(want.name(), text);
    }
    if let Some(permission) = Permission::parse(text) {
        assert_eq!(permission.name(), text);
    }
    if let Some(level) = EidLevel::parse(text) {
        assert_eq!(level.name(), text);
    }
    if let Some(algorithm) = Algorithm::parse(text) {
        assert_eq!(algorithm.name(), text);
    }
}

/// What is read is written so that it reads the same.
fn paos(bytes: &[u8]) -> bool {
    let mut taken = false;
    if let Ok(received) = FromClient::parse(bytes)
        && let Ok(message) = received.message
    {
        let again = FromClient::parse(message.write(&received.header).as_bytes()).unwrap();
        assert_eq!((again.header, again.message.as_ref()), (received.header, Ok(&message)));
        taken = true;
    }
    if let Ok(received) = FromServer::parse(bytes) {
        let again = FromServer::parse(received.message.write(&received.header).as_bytes()).unwrap();
        assert_eq!(again, received);
        taken = true;
    }
    if let Ok(token) = TcToken::parse(bytes) {
        let written = token.write();
        assert_eq!(TcToken::parse(written.as_bytes()).unwrap().write(), written);
        taken = true;
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let minor = Minor::new(text);
        assert_eq!(Minor::new(minor.as_str()), minor);
        let _told = minor.refused();
    }
    taken
}

fn paos_seeds() -> Vec<Vec<u8>> {
    let header = Header { message_id: "urn:uuid:1".to_owned(), relates_to: Some("urn:uuid:0".to_owned()) };
    let chat = Chat { role: Role::Terminal, rights: Rights::NONE.with(Right::RestrictedIdentification) };
    let from_client = [
        FromClient::Start { session: "0a".repeat(32) },
        FromClient::Eac1(Eac1Output {
            chat,
            authorities: vec!["DECVCA00001".to_owned()],
            card_access: vec![0x31, 0],
            id_picc: vec![1; 32],
            challenge: [2; 8],
        }),
        FromClient::Eac2(Eac2Output { card_security: vec![0x30, 0], token: [1; 8], nonce: [2; 8] }),
        FromClient::Transmitted(vec![vec![0x90, 0], vec![]]),
        FromClient::Failed(Minor::new(Minor::CANCELLED)),
    ];
    let from_server = [
        FromServer::Eac1(Eac1Input {
            certificates: vec![vec![0x7F, 0x21, 0], vec![0x7F, 0x21, 0]],
            description: vec![0x30, 0],
            required: chat,
            optional: chat,
            auxiliary_data: vec![0x67, 0],
            transaction_info: Some("a & b".to_owned()),
        }),
        FromServer::Eac2(Eac2Input { ephemeral: vec![4; 65], signature: vec![5; 64] }),
        FromServer::Transmit(vec![vec![0x0C, 0xB0, 0x81, 0]]),
        FromServer::End(PaosResult::Ok),
        FromServer::End(PaosResult::error(Minor::TIMEOUT)),
    ];
    let token = TcToken {
        server_address: "https://id.example/eid/paos".to_owned(),
        session_identifier: Secret::new("ab".repeat(32)),
        refresh_address: "https://id.example/r?a=1&b=2".to_owned(),
        communication_error_address: "https://id.example/e".to_owned(),
        psk: Some(Secret::new(vec![1, 2, 3])),
    };
    let client = from_client.iter().map(|message| message.write(&header));
    let server = from_server.iter().map(|message| message.write(&header));
    client.chain(server).chain([token.write()]).map(String::into_bytes).collect()
}

/// Messages of TR-03130-1, without what protects them, and the settings as they rest.
fn service(bytes: &[u8]) -> bool {
    let mut taken = false;
    if let Some(settings) = ServiceSettings::from_bytes(bytes) {
        let again = ServiceSettings::from_bytes(&settings.to_bytes()).unwrap();
        assert_eq!(again.to_bytes(), settings.to_bytes());
        let _expiries = settings.expiries();
        let _mistakes = settings.check().err();
        taken = true;
    }
    let Ok(document) = parse_bytes(bytes, Limits::MESSAGE) else { return taken };
    let element = document.root();
    if let Ok(request) = UseIdRequest::parse(&element) {
        let written = request.write().document();
        let document = parse_bytes(written.as_bytes(), Limits::MESSAGE).unwrap();
        assert_eq!(UseIdRequest::parse(&document.root()).unwrap().request, request.request);
        taken = true;
    }
    taken |= GetResultRequest::parse(&element).is_ok();
    taken |= ServerInfo::parse(&element).is_ok();
    taken |= parse_use_id(&element).is_ok();
    taken |= is_server_info_request(&element);
    if let Ok(answer) = parse_get_result(&element) {
        let written = torhaus::eid::service::message::write_get_result(&answer).document();
        let document = parse_bytes(written.as_bytes(), Limits::MESSAGE).unwrap();
        let again = parse_get_result(&document.root()).unwrap();
        assert_eq!(again.ok().map(said), answer.ok().map(said));
        taken = true;
    }
    taken
}

/// An operation that is not named is prohibited.
fn said(mut answer: Answer) -> Answer {
    answer.operations.retain(|_, permission| *permission != Permission::Prohibited);
    answer
}

fn service_seeds() -> Vec<Vec<u8>> {
    let request =
        Operation::ALL.into_iter().fold(Request::default(), |all, one| all.with(one, Want::Allowed));
    let asked = UseIdRequest { request, level: Some(EidLevel::High), psk: None };
    let answer = Answer {
        data: Default::default(),
        fulfils_age: Some(true),
        fulfils_place: Some(false),
        operations: [(Operation::GivenNames, Permission::Allowed)].into(),
        level: Some(EidLevel::High),
    };
    [
        asked.write().document(),
        server_info_request().document(),
        torhaus::eid::service::message::write_get_result(&Ok(answer)).document(),
    ]
    .map(String::into_bytes)
    .to_vec()
}
