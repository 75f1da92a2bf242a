//! A thousand cards at once: nobody gets another's data, and the memory they need has a bound.

use crate::town::program::post;
use crate::town::{SeededDice, Town};
use std::sync::Mutex;
use torhaus::cvc::certificate::Certificate;
use torhaus::cvc::data_groups::{DataGroup, Value};
use torhaus::cvc::place::{PartialDate, Place, StructuredPlace};
use torhaus::domain::eid_session::EidOwner;
use torhaus::domain::secret::{BearerHash, Secret};
use torhaus::eid::card::{Card, Content};
use torhaus::eid::client::demo::card_keys;
use torhaus::eid::client::{Client, Decision, Next, Surroundings};
use torhaus::eid::paos::PaosResult;
use torhaus::eid::request::Request;
use torhaus::eid::server::exchange::outcome;
use torhaus::eid::tc_token::TcToken;
use torhaus::eid::{Server, lab_secret};
use torhaus::store;

/// How many.
const CROWD: usize = 1_000;
/// How many speak at the same time; each waits for its answer while all others are in between.
const VOICES: usize = 16;
/// What the crowd may need beside what is there without it, cards and clients included.
const MEMORY_MIB: u64 = 256;

/// Somebody in the crowd.
struct Holder {
    name: String,
    identifier: String,
    client: Client<'static>,
    says: String,
    ended: Option<PaosResult>,
}

fn content(name: &str) -> Content {
    let text = |text: &str| Value::Text(text.to_owned());
    let place = Place::Structured(StructuredPlace {
        city: "BIRKENFURT".to_owned(),
        country: "D".to_owned(),
        ..StructuredPlace::default()
    });
    Content::new([
        (DataGroup::DocumentType, text("ID")),
        (DataGroup::DateOfExpiry, Value::Date(jiff::civil::date(2031, 1, 1))),
        (DataGroup::GivenNames, text(name)),
        (DataGroup::FamilyNames, text(&format!("VON {name}"))),
        (DataGroup::DateOfBirth, Value::PartialDate(PartialDate::new("19800101").expect("a day"))),
        (DataGroup::PlaceOfBirth, Value::Places(vec![place])),
    ])
    .expect("a card's contents")
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a size");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("a number")
}

fn gather(town: &Town) -> Vec<Holder> {
    let app = town.house().appliance;
    let server: Server = lab_secret::server(&app).expect("the lab of a demo");
    let root = Certificate::parse(server.lab().root_certificate()).expect("the root");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    (0..CROWD)
        .map(|number| {
            let name = format!("N{number}");
            let request = Request::for_account([]);
            let opened = runtime.block_on(server.open(EidOwner::Customer("crowd".to_owned()), request, &app));
            let identifier = opened.expect("a session").identifier.expose().clone();
            let keys = card_keys(server.lab(), &name, 0).expect("a card");
            let card = Card::new(content(&name), keys, vec![root.clone()]);
            let around = Surroundings {
                roots: vec![root.clone()],
                origin: town.origin.clone(),
                tls: None,
                today: app.today(),
                dice: Box::leak(Box::new(SeededDice::new(town.next_seed()))),
            };
            let mut client = Client::new(card, Decision::Agree, around);
            let says = client.start(&TcToken {
                server_address: format!("{}/eid/paos", town.origin),
                session_identifier: Secret::new(identifier.clone()),
                refresh_address: town.origin.clone(),
                communication_error_address: town.origin.clone(),
                psk: None,
            });
            Holder { name, identifier, client, says, ended: None }
        })
        .collect()
}

/// Everybody says one thing and hears the answer.
fn round(town: &Town, crowd: &mut [Holder]) {
    let waiting = Mutex::new(crowd.iter_mut().filter(|holder| holder.ended.is_none()));
    std::thread::scope(|scope| {
        for _voice in 0..VOICES {
            scope.spawn(|| {
                loop {
                    let Some(holder) = waiting.lock().expect("no voice fails").next() else { return };
                    let answer = post(town, &holder.says);
                    assert_eq!(answer.status, 200, "{}: {}", holder.name, answer.text());
                    match holder.client.take(answer.text().as_bytes()).expect("a message") {
                        Next::Send(next) => holder.says = next,
                        Next::Done(result) => holder.ended = Some(result),
                    }
                }
            });
        }
    });
}

#[test]
fn a_thousand_cards_at_once_stay_apart() {
    let town = Town::with(|boot| boot.open_per_minute = 0);
    let before = resident_kib();
    let mut crowd = gather(&town);
    for _round in 0..8 {
        round(&town, &mut crowd);
    }
    let after = resident_kib();
    let app = town.house().appliance;
    let mut pseudonyms = std::collections::BTreeSet::new();
    for holder in &crowd {
        assert_eq!(holder.ended, Some(PaosResult::Ok), "{}", holder.name);
        let identifier = BearerHash::of(&holder.identifier);
        let row = app.store.read(|db| store::eid_session::by_identifier(&identifier, db)).expect("the store");
        let answer =
            outcome(&row.expect("a session"), &app).expect("it opens").expect("an end").expect("good");
        assert_eq!(answer.data.given_names.as_deref(), Some(holder.name.as_str()));
        assert_eq!(answer.data.family_names, Some(format!("VON {}", holder.name)));
        pseudonyms.insert(answer.data.restricted_id.expect("a pseudonym").first);
    }
    assert_eq!(pseudonyms.len(), CROWD);
    let grown = after.saturating_sub(before) / 1024;
    assert!(grown < MEMORY_MIB, "{grown} MiB");
}
