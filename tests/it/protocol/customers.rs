//! Two towns over the eID-Interface (BSI TR-03130-1): one has its cards read by the other.

use crate::town::customer::Customer;
use crate::town::http::Request;
use crate::town::program::{Program, token_address};
use crate::town::{Resident, Town};
use std::net::{Ipv4Addr, SocketAddr};
use torhaus::app::data_directory::Boot;
use torhaus::domain::audit::{Actor, Entry, Event};
use torhaus::domain::identity_check::CheckRefused;
use torhaus::domain::time::Span;
use torhaus::eid::answer::{Answer, Outcome};
use torhaus::eid::client::Decision;
use torhaus::eid::paos::PaosResult;
use torhaus::eid::request::{Operation, Request as Asked, Want};
use torhaus::eid::service::client::Progress;
use torhaus::eid::service::message::{Minor, SessionId, Started};
use torhaus::eid::service::{Client, ServiceError, ServiceSettings, kept};
use torhaus::http::Trouble;
use torhaus::store;

const URL: &str = "https://id.nachbarstadt.example";

/// A demo town that lets others in, behind somebody who speaks TLS for it.
pub fn provider() -> Town {
    Town::today(|boot| {
        boot.public_url = secure(&boot.public_url);
        boot.eid_service_listen = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    })
}

pub fn asked() -> Asked {
    Asked::for_account([]).with(Operation::PlaceOfResidence, Want::Required)
}

/// What the product itself asks with, from somewhere else.
struct Renter {
    client: Client,
    runtime: actix_web::rt::Runtime,
}

impl Renter {
    fn of(customer: &Customer<'_>) -> Self {
        Self::with(customer.settings())
    }

    fn with(settings: ServiceSettings) -> Self {
        let checked = settings.check().map_err(|mistakes| format!("{mistakes:?}")).expect("good settings");
        let client = Client::new(checked).expect("a client");
        Self { client, runtime: actix_web::rt::Runtime::new().expect("a runtime") }
    }

    fn opens(&self, town: &Town) -> Result<Started, ServiceError> {
        self.runtime.block_on(self.client.use_id(&asked(), &town.clock))
    }

    fn asks(&self, session: &SessionId, counter: i32, town: &Town) -> Result<Progress, ServiceError> {
        self.runtime.block_on(self.client.get_result(session, counter, &town.clock))
    }

    fn hears(&self, session: &SessionId, counter: i32, town: &Town) -> Outcome {
        match self.asks(session, counter, town) {
            Ok(Progress::Ended(outcome)) => *outcome,
            other => panic!("not ended: {other:?}"),
        }
    }
}

fn answer(outcome: Outcome) -> Answer {
    outcome.unwrap_or_else(|refused| panic!("refused: {}", refused.name()))
}

#[test]
fn a_card_is_read_for_another_town_and_handed_over_once() {
    let town = provider();
    let customer = Customer::of(&town, "Nachbarstadt", URL);
    let renter = Renter::of(&customer);
    let started = renter.opens(&town).expect("a session");
    assert_eq!(started.server_address.as_deref(), Some(format!("{}/eid/paos", town.origin).as_str()));
    assert!(started.session.expose().len() >= 16 && started.psk.id.expose().len() >= 32);
    let mut program = Program::with(&town, customer.token(&started), URL, "erika");
    assert_eq!(renter.asks(&started.session, 1, &town), Ok(Progress::NotYet));
    program.reads();
    assert_eq!(program.ended, Some(PaosResult::Ok));
    let read = answer(renter.hears(&started.session, 2, &town));
    assert_eq!(read.data.family_names.as_deref(), Some("Mustermann"));
    assert!(read.data.restricted_id.is_some() && read.data.place_of_residence.is_some());
    assert!(read.level.is_some(), "it was asked for");
    assert!(read.data.birth_name.is_none(), "what was not asked is not there");
    // Handed over, and gone.
    assert_eq!((town.rows("eid_session"), town.rows("eid_customer_session")), (0, 0));
    assert_eq!(renter.hears(&started.session, 3, &town), Err(Minor::InvalidSession.refused()));
}

#[test]
fn pseudonyms_are_a_customers_own_and_stay() {
    let town = provider();
    let reads = |customer: &Customer<'_>| {
        // The same words at the same instant would be the same message, which is taken once.
        town.clock.turn(Span(1));
        let renter = Renter::of(customer);
        let started = renter.opens(&town).expect("a session");
        Program::with(&town, customer.token(&started), URL, "erika").reads();
        answer(renter.hears(&started.session, 1, &town)).data.restricted_id.expect("a pseudonym")
    };
    let (one, two) = (Customer::of(&town, "Nachbarstadt", URL), Customer::of(&town, "Landkreis", URL));
    let first = reads(&one);
    assert_eq!(reads(&one), first);
    assert_ne!(reads(&two), first);
}

#[test]
fn nothing_yet_for_longer_than_two_minutes_and_after_a_restart() {
    let town = provider();
    let customer = Customer::of(&town, "Nachbarstadt", URL);
    let renter = Renter::of(&customer);
    let started = renter.opens(&town).expect("a session");
    let mut program = Program::with(&town, customer.token(&started), URL, "murat");
    program.goes_on();
    for counter in 1..=26 {
        assert_eq!(renter.asks(&started.session, counter, &town), Ok(Progress::NotYet), "{counter}");
        town.clock.turn(Span::seconds(5));
    }
    town.restart();
    // The listener took another port.
    let renter = Renter::of(&customer);
    assert_eq!(renter.asks(&started.session, 27, &town), Ok(Progress::NotYet));
    program.reads();
    let read = answer(renter.hears(&started.session, 28, &town));
    assert_eq!(read.data.given_names.as_deref(), Some("Murat"));
}

#[test]
fn each_end_of_a_reading_has_its_code() {
    let town = provider();
    let customer = Customer::of(&town, "Nachbarstadt", URL);
    let renter = Renter::of(&customer);
    for (card, decision, told) in [
        ("hilde", Decision::Agree, CheckRefused::NotAuthentic),
        ("gregor", Decision::Agree, CheckRefused::NotAuthentic),
        ("erika", Decision::Cancel, CheckRefused::Cancelled),
    ] {
        let started = renter.opens(&town).expect("a session");
        Program::decides(&town, customer.token(&started), (URL, card), decision).reads();
        assert_eq!(renter.hears(&started.session, 1, &town), Err(told), "{card}");
        assert_eq!(town.rows("eid_session"), 0);
    }
}

#[test]
fn the_service_says_what_it_can() {
    let town = provider();
    let customer = Customer::stranger(&town, "Nachbarstadt", URL);
    customer.joins(&[Operation::GivenNames, Operation::FamilyNames], 1);
    let renter = Renter::of(&customer);
    let info = renter.runtime.block_on(renter.client.server_info(&town.clock)).expect("an answer");
    assert!(info.version.starts_with("Torhaus "), "{}", info.version);
    assert_eq!(info.interface, (2, 4));
    let missing: Vec<Operation> = info.missing(&asked()).collect();
    assert!(missing.contains(&Operation::RestrictedId) && !missing.contains(&Operation::GivenNames));
    assert_eq!(renter.opens(&town).err(), Some(ServiceError::Refused(Minor::MissingTerminalRights)));
}

/// A real town whose cards the provider reads, behind somebody who speaks TLS for it.
fn real(provider: &Town) -> Town {
    let town = Town::today(|boot| {
        let public_url = secure(&boot.public_url);
        *boot = Boot {
            demo: false,
            public_url,
            trusted_proxies: vec!["127.0.0.1/32".to_owned()],
            ..boot.clone()
        };
    });
    let customer = Customer::of(provider, "Nachbarstadt", &town.origin);
    let token_address = Some(format!("{}/eid-service/tc-token", provider.origin));
    let settings = ServiceSettings { token_address, ..customer.settings() };
    let app = town.app();
    let seen = kept::look(&app).expect("a store");
    let runtime = actix_web::rt::Runtime::new().expect("a runtime");
    let kept = runtime.block_on(kept::keep(
        &settings,
        &seen,
        |db| {
            let entry = Entry::new(Event::EidServiceChanged, Actor::Command);
            store::audit::append(&entry, db).map_err(Trouble::from).map(drop)
        },
        &app,
    ));
    assert!(kept.expect("a store"), "kept");
    town
}

fn secure(origin: &str) -> String {
    origin.replace("http:", "https:")
}

/// Somebody new at the page that opens the program; gives the address of the TC token.
fn at_the_reader<'t>(town: &'t Town, library: &crate::town::Service<'_>) -> (Resident<'t>, String) {
    let mut ada = town.resident();
    ada.opens(&library.sign_in().url()).is_new();
    ada.browser.press("identify-eid", &[]);
    let token = token_address(&ada.browser);
    (ada, token)
}

/// The program follows from the town to its provider.
fn follows(town: &Town, provider: &Town, token: &str) -> String {
    let path = token.strip_prefix(town.origin.as_str()).expect("an address of the town");
    let sent = Request::get(path).send(town.port());
    assert_eq!(sent.status, 303, "{}", sent.text());
    sent.location().strip_prefix(provider.origin.as_str()).expect("an address of the provider").to_owned()
}

#[test]
fn two_houses_in_a_chain_make_an_account() {
    let provider = provider();
    let town = real(&provider);
    let library = town.library();
    let (mut ada, token) = at_the_reader(&town, &library);
    let there = follows(&town, &provider, &token);
    let mut program = Program::opens_for(&provider, &there, &town.origin, "erika");
    program.reads();
    assert_eq!(program.ended, Some(PaosResult::Ok));
    assert!(program.refresh().starts_with(&town.origin), "{}", program.refresh());
    ada.browser.open_from_elsewhere(&program.refresh());
    assert!(ada.browser.at.ends_with("/key"), "{} {}", ada.browser.at, ada.browser.page.text());
    ada.makes_key();
    assert_eq!((town.rows("person"), provider.rows("person")), (1, 0));
    assert_eq!((town.rows("eid_session"), provider.rows("eid_session")), (0, 0));
}

#[test]
fn the_providers_token_is_for_whom_the_customer_says_and_once() {
    let provider = provider();
    let town = real(&provider);
    let library = town.library();
    let (_ada, token) = at_the_reader(&town, &library);
    let there = follows(&town, &provider, &token);
    let status = |path: &str| Request::get(path).send(provider.port()).status;
    let elsewhere = there.replace(&format!("localhost%3A{}", town.port()), "evil.example");
    assert_ne!(elsewhere, there);
    for wrong in [elsewhere.as_str(), &there[..there.len() - 2], "/eid-service/tc-token"] {
        assert_eq!(status(wrong), 404, "{wrong}");
    }
    let mut program = Program::opens_for(&provider, &there, &town.origin, "erika");
    program.goes_on();
    assert_eq!(status(&there), 404, "somebody has come already");
    program.reads();
    assert_eq!(program.ended, Some(PaosResult::Ok));
}
