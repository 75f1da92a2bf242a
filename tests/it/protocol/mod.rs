//! Tables: what is asked, rightly and wrongly, and what must come back.

mod asking;
mod authorize;
mod card;
mod clients;
mod crowd;
mod customers;
mod customers_refused;
mod ending;
mod hostile;
mod pages;
mod published;
mod tokens;
mod told;
mod webauthn;

use crate::town::http::Request;
use crate::town::resident::brought;
use crate::town::service::SignIn;
use crate::town::{Answer, Resident, Service, Town};
use std::collections::BTreeMap;

/// Erika with an account, logged in, who agreed for good to what this service asks.
fn reader<'t>(town: &'t Town, service: &Service<'_>) -> Resident<'t> {
    let mut ada = town.resident();
    ada.opens(&service.sign_in().url()).is_new().identifies_as("erika").makes_key();
    if ada.browser.offers("agree") {
        ada.agrees_for_good();
    }
    ada.brings_code();
    ada
}

/// What comes back at the service for a browser nobody is logged in with.
fn told_at_service(town: &Town, asked: &SignIn) -> BTreeMap<String, String> {
    let answer = Request::get(&asked.path()).send(town.port());
    assert_eq!(answer.status, 303, "{:?} {}", asked.query(), answer.heading());
    brought(answer.location(), &answer)
}

/// An error must be one of its standard: code, description in the right letters, state, iss, and nothing else.
fn is_refusal(brought: &BTreeMap<String, String>, code: &str, town: &Town, what: &str) {
    assert_eq!(brought.get("error").map(String::as_str), Some(code), "{what}: {brought:?}");
    assert_eq!(brought.get("iss"), Some(&town.origin), "{what}");
    let known = ["error", "error_description", "state", "iss"];
    assert!(brought.keys().all(|name| known.contains(&name.as_str())), "{what}: {brought:?}");
    is_plain(&brought["error_description"]);
}

/// RFC 6749 §5.2: `%x20-21 / %x23-5B / %x5D-7E`.
fn is_plain(description: &str) {
    let right = |b: u8| matches!(b, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    assert!(!description.is_empty() && description.bytes().all(right), "{description:?}");
}

/// An error of an endpoint for machines.
fn is_json_refusal(answer: &Answer, status: u16, code: &str, what: &str) {
    assert_eq!((answer.status, answer.error().as_str()), (status, code), "{what}: {}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"), "{what}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
    is_plain(answer.json()["error_description"].as_str().unwrap_or_default());
}

/// An error on our own page: nobody is sent anywhere.
fn is_own_page(answer: &Answer, status: u16, what: &str) {
    assert_eq!(answer.status, status, "{what}: {}", answer.text());
    assert_eq!(answer.header("location"), None, "{what}");
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{what}");
    assert!(!answer.heading().is_empty(), "{what}");
}
