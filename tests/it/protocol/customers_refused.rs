//! What a customer of the eID service must not do, and what a stranger gets: each refusal in the protocol's words,
//! nothing opened, nothing handed over.

use super::customers::{asked, provider};
use crate::town::customer::{Customer, code};
use crate::town::{Answer, Town};
use std::sync::Barrier;
use torhaus::domain::secret::Secret;
use torhaus::domain::time::{Clock, Span};
use torhaus::eid::facade::kept;
use torhaus::eid::request::{Operation, Request, Want};
use torhaus::eid::service::message::{GetResultRequest, Psk, SessionId, UseIdRequest, server_info_request};
use torhaus::xml::write::node;

const URL: &str = "https://id.nachbarstadt.example";

fn use_id() -> UseIdRequest {
    UseIdRequest { request: asked(), level: None, psk: None }
}

fn opened(town: &Town) -> i64 {
    town.rows("eid_session")
}

/// A SOAP fault that says no more than whose mistake it is.
fn is_fault(answer: Option<Answer>, whose: &str, what: &str) {
    let answer = answer.unwrap_or_else(|| panic!("{what}: no answer"));
    assert_eq!((answer.status, code(&answer).as_str()), (500, whose), "{what}: {}", answer.text());
    assert!(!answer.text().contains("Signature"), "{what}: nobody signs a fault");
}

#[test]
fn only_customers_get_past_the_handshake() {
    let town = provider();
    let customer = Customer::of(&town, "Nachbarstadt", URL);
    let other = Customer::stranger(&town, "Fremdstadt", URL);
    let message = || customer.signs(&use_id().write());
    assert!(customer.sends_with(None, &message()).is_none(), "no certificate");
    assert!(customer.sends_with(Some(&other.tls), &message()).is_none(), "a stranger's certificate");
    assert!(
        customer.sends_with(Some(&customer.signing), &message()).is_none(),
        "another certificate of theirs"
    );
    assert_eq!(opened(&town), 0);
    assert_eq!(code(&customer.asks(&use_id().write())), "ok");
    // Who is no customer any more is none at the next connection, and their sessions are gone.
    assert_eq!(opened(&town), 1);
    kept::remove("Nachbarstadt", &town.house().appliance).expect("a customer");
    assert!(customer.sends(&message()).is_none());
    assert_eq!(opened(&town), 0);
}

#[test]
fn what_no_customer_signed_is_not_even_read() {
    let town = provider();
    let customer = Customer::of(&town, "Nachbarstadt", URL);
    let genuine = customer.signs(&use_id().write());
    let signature = genuine.find("<ds:Signature").expect("a signature");
    let end = genuine.find("</ds:Signature>").expect("an end") + "</ds:Signature>".len();
    let unsigned = [&genuine[..signature], &genuine[end..]].concat();
    let forged = Customer::stranger(&town, "Nachbarstadt", URL).signs(&use_id().write());
    let changed = genuine.replace("REQUIRED", "ALLOWED");
    let entity = genuine.replacen("<soap:Envelope", "<!DOCTYPE x [<!ENTITY a 'b'>]><soap:Envelope", 1);
    let deep = format!("{}{}", "<a>".repeat(200), "</a>".repeat(200));
    assert_ne!(changed, genuine);
    for (what, message) in [
        ("unsigned", unsigned.as_str()),
        ("signed by a stranger", &forged),
        ("changed after signing", &changed),
        ("with a DOCTYPE", &entity),
        ("deep", &deep),
        ("empty", ""),
        ("no XML", "useID"),
    ] {
        is_fault(customer.sends(message), "InvalidSecurity", what);
    }
    assert_eq!((opened(&town), town.rows("eid_customer_message")), (0, 0), "nothing was kept");
    // The genuine one counts after all that, and once.
    assert_eq!(code(&customer.sends(&genuine).expect("an answer")), "ok");
    is_fault(customer.sends(&genuine), "InvalidSecurity", "replayed");
    town.restart();
    is_fault(customer.sends(&genuine), "InvalidSecurity", "replayed after a restart");
    assert_eq!(opened(&town), 1);
}

#[test]
fn a_message_of_another_time_is_refused() {
    let town = provider();
    let customer = Customer::of(&town, "Nachbarstadt", URL);
    let now = town.clock.now();
    for (what, at) in [("old", now - Span::minutes(6)), ("of the future", now + Span::minutes(6))] {
        is_fault(customer.sends(&customer.signs_at(&use_id().write(), at)), "InvalidSecurity", what);
    }
    let late = customer.signs(&use_id().write());
    town.clock.turn(Span::minutes(6));
    is_fault(customer.sends(&late), "InvalidSecurity", "stale");
    assert_eq!(opened(&town), 0);
}

#[test]
fn what_is_too_large_is_not_taken_in() {
    let town = provider();
    let customer = Customer::of(&town, "Nachbarstadt", URL);
    let genuine = customer.signs(&use_id().write());
    let large = genuine.replacen('>', &format!(">{}", " ".repeat(300_000)), 1);
    let answer = customer.sends(&large);
    assert!(answer.as_ref().is_none_or(|answer| answer.status == 413), "{answer:?}");
    assert_eq!(opened(&town), 0);
    assert_eq!(code(&customer.sends(&genuine).expect("an answer")), "ok", "the listener goes on");
}

#[test]
fn what_is_signed_and_no_request_is_said_to_be_none() {
    let town = provider();
    let customer = Customer::of(&town, "Nachbarstadt", URL);
    let foreign = node("eid:useIDRequest").with("xmlns:eid", "urn:example");
    is_fault(customer.sends(&customer.signs(&foreign)), "Client", "another namespace");
    let info = server_info_request().child(node("eid:more"));
    is_fault(customer.sends(&customer.signs(&info)), "Client", "a question with something inside");
    let more = use_id().write().child(node("eid:Unheard"));
    assert_eq!(code(&customer.asks(&more)), "schemaViolation", "more than the schema has");
    let counter = node("eid:getResultRequest").with("xmlns:eid", torhaus::eid::service::message::EID);
    assert_eq!(code(&customer.asks(&counter)), "schemaViolation", "nothing inside");
    assert_eq!(opened(&town), 0);
    assert_eq!(code(&customer.asks(&use_id().write())), "ok");
}

#[test]
fn what_a_customer_may_not_ask_or_forgot_has_its_code() {
    let town = provider();
    let customer = Customer::stranger(&town, "Nachbarstadt", URL);
    customer.joins(&[Operation::RestrictedId, Operation::AgeVerification], 2);
    let asks =
        |request: Request, psk| code(&customer.asks(&UseIdRequest { request, level: None, psk }.write()));
    let pseudonym = || Request::default().with(Operation::RestrictedId, Want::Required);
    assert_eq!(asks(pseudonym().with(Operation::GivenNames, Want::Allowed), None), "missingTerminalRights");
    let age = pseudonym().with(Operation::AgeVerification, Want::Required);
    assert_eq!(asks(age, None), "missingArgument");
    let key = |id: &str, bytes: usize| {
        Some(Psk { id: Secret::new(id.to_owned()), key: Secret::new(vec![7; bytes]) })
    };
    let id = "ab".repeat(32);
    assert_eq!(asks(pseudonym(), key("0123456789abcdef", 32)), "invalidPSK", "to be guessed");
    assert_eq!(asks(pseudonym(), key(&id, 16)), "invalidPSK", "a short key");
    assert_eq!(opened(&town), 0);
    assert_eq!(asks(pseudonym(), key(&id, 32)), "ok");
    assert_eq!(asks(pseudonym(), key(&id, 32)), "invalidPSK", "taken");
    assert_eq!(asks(pseudonym(), None), "ok");
    assert_eq!(asks(pseudonym(), None), "tooManyOpenSessions");
    town.clock.turn(Span::minutes(16));
    assert_eq!(asks(pseudonym(), None), "ok", "the others have died");
}

#[test]
fn a_session_is_its_customers_and_its_counter_only_grows() {
    let town = provider();
    let (one, two) = (Customer::of(&town, "Nachbarstadt", URL), Customer::of(&town, "Landkreis", URL));
    let session = one.opens(&use_id()).session;
    assert_eq!(code(&two.result(&session, 1)), "invalidSession");
    assert_eq!(code(&one.result(&SessionId::new(vec![9; 32]).expect("a name"), 1)), "invalidSession");
    assert_eq!(code(&one.result(&session, 0)), "invalidCounter");
    assert_eq!(code(&one.result(&session, -1)), "invalidCounter");
    assert_eq!(code(&one.result(&session, 3)), "noResultYet");
    for counter in [3, 2, 1] {
        assert_eq!(code(&one.result(&session, counter)), "invalidCounter", "{counter}");
    }
    assert_eq!(code(&one.result(&session, 4)), "noResultYet");
    town.clock.turn(Span::minutes(16));
    assert_eq!(code(&one.result(&session, 5)), "invalidSession", "it has died");
}

#[test]
fn of_two_questions_at_once_with_one_counter_one_counts() {
    let town = provider();
    let customer = Customer::of(&town, "Nachbarstadt", URL);
    let session = customer.opens(&use_id()).session;
    for counter in 1..=5 {
        let (both, session, customer) = (Barrier::new(2), &session, &customer);
        let mut codes: Vec<String> = std::thread::scope(|scope| {
            let asks = || {
                let message = customer.signs(&GetResultRequest { session: session.clone(), counter }.write());
                both.wait();
                code(&customer.sends(&message).expect("an answer"))
            };
            let two = [scope.spawn(asks), scope.spawn(asks)];
            two.map(|one| one.join().expect("no panic")).into()
        });
        codes.sort();
        assert_eq!(codes, ["invalidCounter", "noResultYet"], "{counter}");
    }
}
