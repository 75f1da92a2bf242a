//! Reading identity cards with our own eID-Server: complete online authentications for each second of a core, and where
//! their time goes. The cards and programs are those of the demo, on the other core; messages go over HTTP, without
//! TLS, one connection for each program, as a holder's program keeps it.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use torhaus::app::boot;
use torhaus::cvc::certificate::Certificate;
use torhaus::domain::dice::Dice;
use torhaus::domain::eid_session::EidOwner;
use torhaus::domain::secret::Secret;
use torhaus::eid::card::Card;
use torhaus::eid::card::people::person;
use torhaus::eid::client::demo::card_keys;
use torhaus::eid::client::{Client, Decision, Next, Surroundings};
use torhaus::eid::paos::{FromClient, PaosResult};
use torhaus::eid::request::Request;
use torhaus::eid::server::session::{Around, Session, Stage, step};
use torhaus::eid::tc_token::TcToken;
use torhaus::eid::{Server, lab_secret};

use super::browser::Browser;
use super::house::{self, Folder};
use super::table::{self, line};

/// One after another, for the CPU time of one.
const CARDS: usize = 200;
/// So many programs speak at once.
const CLIENTS: usize = 64;
/// In-process repetitions of one exchange.
const ROUNDS: usize = 100;

/// The system's randomness.
struct Random;

impl Dice for Random {
    fn fill(&self, out: &mut [u8]) {
        aws_lc_rs::rand::fill(out).unwrap();
    }
}

static RANDOM: Random = Random;

pub fn run() {
    let (folder, port) = (Folder::new("eid"), house::free_port());
    house::demo_without_limit(&folder, port);
    let house = house::demo(&folder, port);
    // The same house once more, as a command opens it: sessions and cards are made here, read there.
    let beside = boot::open_for_command(folder.path()).unwrap().appliance;
    let server = lab_secret::server(&beside).unwrap();
    let make =
        |count: usize| -> Vec<_> { (0..count).map(|_| session(&server, &beside, &house.origin)).collect() };
    let mut programs = make(CARDS);
    let (begun, before) = (Instant::now(), house.processor());
    let messages: usize = programs.iter_mut().map(|program| read(program, port)).sum();
    let (clock, used) = (begun.elapsed(), house.processor() - before);
    let each = |time: Duration| time.as_secs_f64() * 1e3 / CARDS as f64;
    let note = format!("{} messages, {:.1} ms one by one", messages / CARDS, each(clock));
    line(&table::EID_CPU, each(used), &note);

    let crowd = make(CLIENTS * 8);
    let (begun, before) = (Instant::now(), house.processor());
    thread::scope(|scope| {
        let mut crowd = crowd;
        while !crowd.is_empty() {
            let part: Vec<_> = crowd.drain(..crowd.len().min(8)).collect();
            scope.spawn(move || {
                for mut program in part {
                    read(&mut program, port);
                }
            });
        }
    });
    let (clock, used) = (begun.elapsed(), house.processor() - before);
    let count = (CLIENTS * 8) as f64;
    let note = format!(
        "{CLIENTS} programs at once, {:.2} ms CPU each, {:.0}/s by the clock with the cards on the other core",
        used.as_secs_f64() * 1e3 / count,
        count / clock.as_secs_f64()
    );
    line(&table::EID_RATE, count / used.as_secs_f64(), &note);
    line(&table::EID_MEMORY, house.memory().0, "resident, after them");
    profile(&server, &beside);
}

type Program = (Client<'static>, String);

fn session(server: &Server, app: &torhaus::http::Appliance, origin: &str) -> Program {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let open = server.open(EidOwner::Customer("bench".to_owned()), Request::for_account([]), app);
    let identifier = runtime.block_on(open).unwrap().identifier.expose().clone();
    program(server, app.today(), origin, identifier)
}

fn program(server: &Server, today: jiff::civil::Date, origin: &str, identifier: String) -> Program {
    let root = Certificate::parse(server.lab().root_certificate()).unwrap();
    let content = person("erika").unwrap().content(today).unwrap();
    let card = Card::new(content, card_keys(server.lab(), "erika", 0).unwrap(), vec![root.clone()]);
    let around =
        Surroundings { roots: vec![root], origin: origin.to_owned(), tls: None, today, dice: &RANDOM };
    let mut client = Client::new(card, Decision::Agree, around);
    let says = client.start(&TcToken {
        server_address: origin.to_owned(),
        session_identifier: Secret::new(identifier),
        refresh_address: origin.to_owned(),
        communication_error_address: origin.to_owned(),
        psk: None,
    });
    (client, says)
}

/// To the end, which must be good; how many messages it took.
fn read((client, says): &mut Program, port: u16) -> usize {
    let mut browser = Browser::new(port);
    let kind = ("content-type", "application/vnd.paos+xml; charset=UTF-8");
    for messages in 1.. {
        let answer = browser.ask("POST", "/eid/paos", &[kind], says);
        assert_eq!(answer.status, 200, "{}", answer.body);
        match client.take(answer.body.as_bytes()).unwrap() {
            Next::Send(next) => *says = next,
            Next::Done(result) => {
                assert_eq!(result, PaosResult::Ok);
                return messages;
            }
        }
    }
    unreachable!("an exchange has an end")
}

/// Where the time of the server's own work goes: the steps without store and network, in this process.
fn profile(server: &Server, app: &torhaus::http::Appliance) {
    let (lab, tls) = (server.lab(), server.tls());
    let terminal = lab.terminal(&app.town().name, &app.origin, &tls, app.today()).unwrap();
    let trust = lab.trust();
    let around = Around { terminal: &terminal, trust: &trust, today: app.today(), dice: &RANDOM };
    let mut spent: BTreeMap<&str, Duration> = BTreeMap::new();
    let mut add = |name: &'static str, begun: Instant| *spent.entry(name).or_default() += begun.elapsed();
    for _round in 0..ROUNDS {
        let mut session = Session { request: Request::for_account([]), asker: None, stage: Stage::Opened };
        let (mut client, mut says) = program(server, app.today(), &app.origin, "ab".repeat(32));
        loop {
            let begun = Instant::now();
            let message = FromClient::parse(says.as_bytes()).unwrap();
            add("XML read", begun);
            let name = match &session.stage {
                Stage::Opened => "EAC1: who asks",
                Stage::Eac1Sent { .. } => "EAC2: ephemeral key, terminal's signature",
                Stage::Eac2Sent { .. } => "passive and chip authentication, first commands",
                Stage::Validity { .. } => "validity and block list judged, data asked",
                _ => "data decrypted and decoded",
            };
            let begun = Instant::now();
            let (stage, answer) = step(&session, message.message.unwrap(), &around);
            add(name, begun);
            let begun = Instant::now();
            session.stage = stage;
            let kept = serde_json::to_vec(&session).unwrap();
            session = serde_json::from_slice(&kept).unwrap();
            add("session written and read (JSON)", begun);
            let header = torhaus::eid::paos::Header {
                message_id: torhaus::eid::paos::envelope::draw_message_id(&RANDOM),
                relates_to: Some(message.header.message_id),
            };
            let begun = Instant::now();
            let text = answer.write(&header);
            add("XML written", begun);
            match client.take(text.as_bytes()).unwrap() {
                Next::Send(next) => says = next,
                Next::Done(result) => break assert_eq!(result, PaosResult::Ok),
            }
        }
    }
    for (name, time) in spent {
        line(&table::EID_PART, time.as_secs_f64() * 1e3 / ROUNDS as f64, name);
    }
}
