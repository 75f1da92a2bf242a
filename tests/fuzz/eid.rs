//! The room `eid`: what a citizen's program and an eID service say, and a whole authentication from any stage on.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use torhaus::cvc::certificate::Certificate;
use torhaus::domain::dice::Dice;
use torhaus::domain::secret::Secret;
use torhaus::eid::answer::{Answer, EidLevel, Outcome, Permission, PersonalData};
use torhaus::eid::card::Card;
use torhaus::eid::card::people::person;
use torhaus::eid::client::demo::{blocked, card_keys};
use torhaus::eid::client::{Client, Decision, Next, Surroundings};
use torhaus::eid::lab::Lab;
use torhaus::eid::paos::{self, FromClient, FromServer, Header, PaosResult};
use torhaus::eid::request::{Operation, Request, Want};
use torhaus::eid::server::session::{Around, Session, Stage, step};
use torhaus::eid::server::terminal::Terminal;
use torhaus::eid::server::trust::CardTrust;
use torhaus::eid::service::ServiceSettings;
use torhaus::eid::service::message::{
    GetResultRequest, Minor, Psk, ServerInfo, SessionId, Started, UseIdRequest, is_server_info_request,
    parse_get_result, parse_use_id, server_info_request, write_get_result, write_use_id,
};
use torhaus::eid::tc_token::TcToken;
use torhaus::xml::Element;
use torhaus::xml::read::{Limits, parse, parse_bytes};
use torhaus::xml::signature::Algorithm;
use torhaus::xml::write::Node;

use super::lab::{TODAY, pkcs8, x509};
use super::table::Target;

pub const TARGETS: &[Target] = &[
    Target { name: "paos", look: messages, seeds: message_seeds },
    Target { name: "eid_exchange", look: exchange, seeds: exchange_seeds },
    Target { name: "eid_service", look: service, seeds: service_seeds },
];

/// The words of TR-03130-1 and the names of signature algorithms, each of which has one spelling.
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

/// TC tokens and PAOS messages, read by whom they are for.
fn messages(bytes: &[u8]) -> bool {
    let mut taken = false;
    if let Ok(token) = TcToken::parse(bytes) {
        let written = token.write();
        assert_eq!(TcToken::parse(written.as_bytes()).unwrap().write(), written);
        taken = true;
    }
    if let Ok(received) = FromClient::parse(bytes)
        && let Ok(message) = received.message
    {
        let again = FromClient::parse(message.write(&received.header).as_bytes()).unwrap();
        assert_eq!(again.header, received.header);
        assert_eq!(again.message, Ok(message));
        taken = true;
    }
    if let Ok(received) = FromServer::parse(bytes) {
        let again = FromServer::parse(received.message.write(&received.header).as_bytes());
        assert_eq!(again, Ok(received));
        taken = true;
    }
    if let Ok(document) = parse_bytes(bytes, Limits::MESSAGE) {
        taken |= PaosResult::read(&document.root()).is_ok();
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let minor = paos::Minor::new(text);
        assert_eq!(paos::Minor::new(minor.as_str()), minor);
        let _told = minor.refused();
    }
    taken
}

fn message_seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![token().write().into_bytes()];
    let psk = TcToken { psk: Some(Secret::new(vec![1, 2, 3])), ..token() };
    seeds.push(psk.write().into_bytes());
    for leg in &HOUSE.legs {
        seeds.extend([leg.said.clone(), leg.heard.clone()]);
    }
    seeds.push(FromClient::Failed(paos::Minor::new(paos::Minor::CANCELLED)).write(&header()).into());
    seeds
}

/// One message for an authentication that stands at some stage: the first byte says at which. Whoever does not hold
/// the card may stop it, and nothing else.
fn exchange(bytes: &[u8]) -> bool {
    let Some((at, message)) = bytes.split_first() else { return false };
    let leg = &HOUSE.legs[usize::from(*at) % HOUSE.legs.len()];
    let Ok(received) = FromClient::parse(message) else { return false };
    let Ok(message) = received.message else { return false };
    let (stage, answer) = step(&leg.session, message, &HOUSE.around());
    match (&stage, &answer) {
        (Stage::Ended(outcome), FromServer::End(result)) => {
            assert_eq!(outcome.is_ok(), *result == PaosResult::Ok);
            assert!(outcome.is_err() || **outcome == HOUSE.outcome, "a forged answer");
        }
        (Stage::Ended(_), _) | (_, FromServer::End(_)) => panic!("an end that only one side knows of"),
        _ => {}
    }
    // What rests until the next message comes back as it was.
    let kept = serde_json::to_vec(&Session { stage, ..leg.session.clone() }).unwrap();
    let again: Session = serde_json::from_slice(&kept).unwrap();
    assert_eq!(serde_json::to_vec(&again).unwrap(), kept);
    true
}

fn exchange_seeds() -> Vec<Vec<u8>> {
    HOUSE.legs.iter().zip(0_u8..).map(|(leg, at)| [&[at], leg.said.as_slice()].concat()).collect()
}

/// The messages of TR-03130-1 without what protects them, and the settings as they rest.
fn service(bytes: &[u8]) -> bool {
    if let Some(settings) = ServiceSettings::from_bytes(bytes) {
        let again = ServiceSettings::from_bytes(&settings.to_bytes()).unwrap();
        assert_eq!(again.to_bytes(), settings.to_bytes());
        let _expiries = settings.expiries();
        let _mistakes = settings.check().err();
        return true;
    }
    let Ok(document) = parse_bytes(bytes, Limits::MESSAGE) else { return false };
    let root = document.root();
    let mut taken = is_server_info_request(&root);
    if let Ok(asked) = UseIdRequest::parse(&root) {
        let again = reread(&asked.write(), UseIdRequest::parse).unwrap();
        assert_eq!((&again.request, again.level), (&asked.request, asked.level));
        assert_eq!(again.misses_argument(), asked.misses_argument());
        assert_eq!(again.psk.is_some(), asked.psk.is_some());
        taken = true;
    }
    if let Ok(answer) = parse_use_id(&root) {
        let again = reread(&write_use_id(&answer), parse_use_id).unwrap();
        assert_eq!(again.is_ok(), answer.is_ok());
        if let (Ok(again), Ok(started)) = (again, answer) {
            assert_eq!(again.session.expose(), started.session.expose());
            assert_eq!(again.server_address, started.server_address);
            assert_eq!(again.psk.key.expose(), started.psk.key.expose());
        }
        taken = true;
    }
    if let Ok(asked) = GetResultRequest::parse(&root) {
        let again = reread(&asked.write(), GetResultRequest::parse).unwrap();
        assert_eq!((again.session.expose(), again.counter), (asked.session.expose(), asked.counter));
        taken = true;
    }
    if let Ok(answer) = parse_get_result(&root) {
        result_holds(&answer);
        taken = true;
    }
    if let Ok(info) = ServerInfo::parse(&root) {
        assert_eq!(reread(&info.write(), ServerInfo::parse), Ok(info));
        taken = true;
    }
    taken
}

fn result_holds(answer: &Result<Answer, Minor>) {
    let again = reread(&write_get_result(answer), parse_get_result).unwrap();
    match (again, answer) {
        (Ok(again), Ok(answer)) => {
            assert_eq!(said(again), said(answer.clone()));
            let kept = serde_json::to_vec(answer).unwrap();
            assert_eq!(&serde_json::from_slice::<Answer>(&kept).unwrap(), answer);
        }
        // A code that nobody knows is not handed on.
        (Err(again), Err(Minor::Unknown)) => assert_eq!(again, Minor::InternalError),
        (again, answer) => assert_eq!(again.as_ref().err(), answer.as_ref().err()),
    }
}

/// An operation that is not named is prohibited.
fn said(mut answer: Answer) -> Answer {
    answer.operations.retain(|_, permission| *permission != Permission::Prohibited);
    answer
}

fn reread<T>(node: &Node, read: impl Fn(&Element<'_>) -> T) -> T {
    read(&parse(&node.document(), Limits::MESSAGE).unwrap().root())
}

fn service_seeds() -> Vec<Vec<u8>> {
    let started = Started {
        session: SessionId::new((0..32).collect()).unwrap(),
        server_address: Some("https://eid.example/paos?x=1&y=2".to_owned()),
        psk: Psk { id: Secret::new("a".repeat(32)), key: Secret::new(vec![7; 32]) },
    };
    let psk = Psk { id: Secret::new("b".repeat(16)), key: Secret::new(vec![8; 16]) };
    let asked = UseIdRequest { request: everything(), level: Some(EidLevel::High), psk: Some(psk) };
    let session = SessionId::new(vec![9; 16]).unwrap();
    let info = ServerInfo {
        version: "Torhaus 0.1".to_owned(),
        interface: (2, 4),
        bugfix: Some(0),
        rights: [Operation::GivenNames, Operation::RestrictedId].into(),
    };
    let refused = r#"<e:getResultResponse xmlns:e="http://bsi.bund.de/eID/"><d:Result xmlns:d="urn:oasis:names:tc:dss:1.0:core:schema"><ResultMajor>http://www.bsi.bund.de/ecard/api/1.1/resultmajor#error</ResultMajor><ResultMinor>http://www.bsi.bund.de/eid/server/2.0/resultminor/getResult#noResultYet</ResultMinor></d:Result></e:getResultResponse>"#;
    let mut answer = HOUSE.outcome.clone().unwrap();
    answer.level = Some(EidLevel::High);
    let empty = Answer { data: PersonalData::default(), fulfils_age: Some(false), ..answer.clone() };
    [
        asked.write(),
        write_use_id(&Ok(started)),
        GetResultRequest { session, counter: 7 }.write(),
        write_get_result(&Ok(answer)),
        write_get_result(&Ok(empty)),
        info.write(),
        server_info_request(),
    ]
    .map(|node| node.document().into_bytes())
    .into_iter()
    .chain([refused.as_bytes().to_vec(), settings()])
    .collect()
}

/// Settings whose certificates and keys are right.
fn settings() -> Vec<u8> {
    let pem = |label: &str, der: &[u8]| {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
    };
    let certificate = pem("CERTIFICATE", &x509("eService", 30, ("eService", 30), false));
    let key = pem("PRIVATE KEY", &pkcs8(30));
    let settings = ServiceSettings {
        address: "https://eid.example/soap".to_owned(),
        tls_certificate: certificate.clone(),
        tls_key: Secret::new(key.clone()),
        server_anchors: pem("CERTIFICATE", &x509("CA", 31, ("CA", 31), true)),
        signing_certificate: certificate.clone(),
        signing_key: Secret::new(key),
        provider_certificates: certificate,
        algorithm: Algorithm::EcdsaSha256,
        paos_address: Some("https://eid.example/paos".to_owned()),
        token_address: Some("https://eid.example/eid-service/tc-token".to_owned()),
        asks_level: true,
    };
    assert!(settings.check().is_ok(), "{:?}", settings.check().err());
    settings.to_bytes().to_vec()
}

/// A lab, and one authentication with it in which all went well.
struct House {
    terminal: Terminal,
    trust: CardTrust,
    legs: Vec<Leg>,
    outcome: Outcome,
}

/// What the client said at a stage, and what it heard.
struct Leg {
    session: Session,
    said: Vec<u8>,
    heard: Vec<u8>,
}

/// Bytes that are the same in every run.
struct Loaded(AtomicU64);

impl Dice for Loaded {
    fn fill(&self, out: &mut [u8]) {
        for piece in out.chunks_mut(32) {
            let count = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            let block = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &count);
            piece.copy_from_slice(&block.as_ref()[..piece.len()]);
        }
    }
}

static DICE: Loaded = Loaded(AtomicU64::new(0));
static HOUSE: LazyLock<House> = LazyLock::new(House::new);
const ORIGIN: &str = "https://id.torhausen.example";
const TLS: [u8; 32] = [7; 32];

impl House {
    fn new() -> Self {
        let lab = Lab::make(TODAY, &DICE).unwrap();
        let lab = lab.clone().with_blocked(blocked(&lab, &lab.sector().unwrap()).unwrap());
        let root = Certificate::parse(lab.root_certificate()).unwrap();
        let terminal = lab.terminal("Torhausen", ORIGIN, &[TLS], TODAY).unwrap();
        let content = person("erika").unwrap().content(TODAY).unwrap();
        let card = Card::new(content, card_keys(&lab, "erika", 0).unwrap(), vec![root.clone()]);
        let around = Surroundings {
            roots: vec![root],
            origin: ORIGIN.to_owned(),
            tls: Some(TLS),
            today: TODAY,
            dice: &DICE,
        };
        let trust = lab.trust();
        let mut house = Self { terminal, trust, legs: Vec::new(), outcome: Ok(nothing()) };
        house.outcome = house.run(Client::new(card, Decision::Agree, around));
        house
    }

    fn around(&self) -> Around<'_> {
        Around { terminal: &self.terminal, trust: &self.trust, today: TODAY, dice: &DICE }
    }

    /// Lets the client speak to the server and writes down each leg.
    fn run(&mut self, mut client: Client<'_>) -> Outcome {
        let mut session = Session { request: everything(), asker: None, stage: Stage::Opened };
        let mut said = client.start(&token());
        loop {
            let received = FromClient::parse(said.as_bytes()).unwrap();
            let (stage, answer) = step(&session, received.message.unwrap(), &self.around());
            let relates_to = Some(received.header.message_id);
            let heard = answer.write(&Header { relates_to, ..header() }).into_bytes();
            let next = client.take(&heard).unwrap();
            let request = session.request.clone();
            self.legs.push(Leg { session, said: said.into_bytes(), heard });
            session = Session { request, asker: None, stage };
            match (next, &session.stage) {
                (Next::Send(next), _) => said = next,
                (Next::Done(_), Stage::Ended(outcome)) => return (**outcome).clone(),
                (Next::Done(_), _) => panic!("the client was told of an end that is none"),
            }
        }
    }
}

fn nothing() -> Answer {
    let data = PersonalData::default();
    Answer { data, fulfils_age: None, fulfils_place: None, operations: [].into(), level: None }
}

fn header() -> Header {
    Header { message_id: "urn:uuid:1".to_owned(), relates_to: None }
}

/// All that can be asked.
fn everything() -> Request {
    let mut request = Request::default();
    request.age = Some(18);
    request.community = Some("0276".to_owned());
    request.transaction_info = Some("Anmeldung & mehr".to_owned());
    Operation::ALL.into_iter().fold(request, |all, one| {
        let optional = [Operation::AcademicTitle, Operation::ArtisticName, Operation::ResidencePermitI];
        all.with(one, if optional.contains(&one) { Want::Allowed } else { Want::Required })
    })
}

fn token() -> TcToken {
    TcToken {
        server_address: format!("{ORIGIN}/eid/paos"),
        session_identifier: Secret::new("ab".repeat(32)),
        refresh_address: format!("{ORIGIN}/eid/return?a=1&b=2"),
        communication_error_address: ORIGIN.to_owned(),
        psk: None,
    }
}
