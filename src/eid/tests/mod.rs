//! Server, client and card of this house against one another, without network or store.

mod lies;
mod people;
mod strangers;

use crate::cvc::certificate::Certificate;
use crate::domain::dice::Dice;
use crate::domain::secret::Secret;
use crate::eid::answer::Outcome;
use crate::eid::card::people::person;
use crate::eid::card::{Card, CardKeys};
use crate::eid::client::demo::{blocked, card_keys};
use crate::eid::client::{Client, Decision, Next, Surroundings};
use crate::eid::lab::Lab;
use crate::eid::paos::envelope::draw_message_id;
use crate::eid::paos::{FromClient, FromServer, Header, PaosResult};
use crate::eid::request::{Operation, Request, Want};
use crate::eid::server::session::{Around, Session, Stage, step};
use crate::eid::server::terminal::Terminal;
use crate::eid::server::trust::CardTrust;
use crate::eid::tc_token::TcToken;
use jiff::civil::{Date, date};
use std::sync::atomic::{AtomicU64, Ordering};

const TODAY: Date = date(2026, 11, 26);
const ORIGIN: &str = "https://id.birkenfurt.example";
const TLS: [u8; 32] = [7; 32];

/// Bytes that repeat in each run.
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

/// A lab with its server's parts.
struct House {
    lab: Lab,
    terminal: Terminal,
    trust: CardTrust,
    dice: Loaded,
}

impl House {
    fn new(seed: u64) -> Self {
        let dice = Loaded(AtomicU64::new(seed << 32));
        let lab = Lab::make(TODAY, &dice).unwrap();
        let lab = lab.clone().with_blocked(blocked(&lab, &lab.sector().unwrap()).unwrap());
        let terminal = lab.terminal("Stadt Birkenfurt", ORIGIN, &[TLS], TODAY).unwrap();
        Self { trust: lab.trust(), lab, terminal, dice }
    }

    fn root(&self) -> Certificate {
        Certificate::parse(self.lab.root_certificate()).unwrap()
    }

    fn card(&self, key: &str) -> Card {
        self.card_with(key, card_keys(&self.lab, key, 0).unwrap())
    }

    fn card_with(&self, key: &str, keys: CardKeys) -> Card {
        Card::new(person(key).unwrap().content(TODAY).unwrap(), keys, vec![self.root()])
    }

    fn surroundings(&self) -> Surroundings<'_> {
        Surroundings {
            roots: vec![self.root()],
            origin: ORIGIN.to_owned(),
            tls: Some(TLS),
            today: TODAY,
            dice: &self.dice,
        }
    }

    fn client(&self, key: &str) -> Client<'_> {
        Client::new(self.card(key), Decision::Agree, self.surroundings())
    }

    fn around(&self) -> Around<'_> {
        Around { terminal: &self.terminal, trust: &self.trust, today: TODAY, dice: &self.dice }
    }
}

/// What every account needs, an address and all that is optional.
fn everything() -> Request {
    let mut request = Request::default();
    request.age = Some(18);
    request.community = Some("0276".to_owned());
    let unasked = [Operation::ResidencePermitI, Operation::ArtisticName];
    Operation::ALL.into_iter().filter(|one| !unasked.contains(one)).fold(request, |all, one| {
        all.with(one, if one == Operation::AcademicTitle { Want::Allowed } else { Want::Required })
    })
}

fn token() -> TcToken {
    TcToken {
        server_address: format!("{ORIGIN}/eid/paos"),
        session_identifier: Secret::new("ab".repeat(32)),
        refresh_address: ORIGIN.to_owned(),
        communication_error_address: ORIGIN.to_owned(),
        psk: None,
    }
}

/// One exchange between a client and a server, with somebody in between who may change each message.
struct Exchange<'a> {
    house: &'a House,
    session: Session,
    /// Changes what the client said.
    to_server: Box<dyn FnMut(FromClient) -> FromClient + 'a>,
    /// Changes what the server said.
    to_client: Box<dyn FnMut(FromServer) -> FromServer + 'a>,
}

impl<'a> Exchange<'a> {
    fn new(house: &'a House, request: Request) -> Self {
        Self {
            house,
            session: Session { request, asker: None, stage: Stage::Opened },
            to_server: Box::new(|message| message),
            to_client: Box::new(|message| message),
        }
    }

    fn with_server_hearing(mut self, change: impl FnMut(FromClient) -> FromClient + 'a) -> Self {
        self.to_server = Box::new(change);
        self
    }

    fn with_client_hearing(mut self, change: impl FnMut(FromServer) -> FromServer + 'a) -> Self {
        self.to_client = Box::new(change);
        self
    }

    /// Until the end: what the server found out, and what it told the client.
    fn run(mut self, mut client: Client<'_>) -> (Outcome, PaosResult) {
        let mut said = client.start(&token());
        for _message in 0..20 {
            let heard = FromClient::parse(said.as_bytes()).unwrap();
            let message = (self.to_server)(heard.message.unwrap());
            let (stage, answer) = step(&self.session, message, &self.house.around());
            // What rests between two messages is only what can be written down.
            let kept = serde_json::to_vec(&Session { stage, ..self.session.clone() }).unwrap();
            self.session = serde_json::from_slice(&kept).unwrap();
            let header = Header {
                message_id: draw_message_id(&self.house.dice),
                relates_to: Some(heard.header.message_id),
            };
            let answer = (self.to_client)(answer).write(&header);
            match client.take(answer.as_bytes()).unwrap() {
                Next::Send(next) => said = next,
                Next::Done(result) => {
                    let Stage::Ended(outcome) = self.session.stage else {
                        panic!("the client was told of an end that is none")
                    };
                    return (*outcome, result);
                }
            }
        }
        panic!("no end");
    }
}
