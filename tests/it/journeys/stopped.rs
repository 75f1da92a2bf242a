//! Journeys that end early: what is shown, and that nothing stays behind.

use crate::town::http::Request;
use crate::town::{Resident, Town};
use serde_json::json;
use std::collections::BTreeSet;
use torhaus::domain::time::Span;

fn nothing_is_left(town: &Town) {
    assert_eq!((town.rows("person"), town.rows("passkey"), town.rows("session")), (0, 0, 0));
    assert_eq!(town.number("SELECT count(*) FROM identity_check WHERE sealed_result IS NOT NULL"), 0);
    assert_eq!((town.rows("attribute"), town.rows("card"), town.rows("service_grant")), (0, 0, 0));
}

#[test]
fn a_card_that_does_not_work_out_has_a_page_of_its_own() {
    let town = Town::open();
    let url = town.library().sign_in().url();
    let mut headings = BTreeSet::new();
    let mut see = |ada: &Resident<'_>| {
        assert_eq!(ada.sees().status, 200);
        assert!(!ada.browser.offers("demo-card"));
        assert!(headings.insert(ada.sees().heading()), "{} again", ada.sees().heading());
        nothing_is_left(&town);
    };

    let mut ada = town.resident();
    ada.opens(&url).is_new().identifies_as("hilde");
    see(&ada);
    ada.opens(&url).is_new().identifies_as("gregor");
    see(&ada);

    ada.opens(&url).is_new();
    ada.browser.press("identify-eid", &[]);
    let (target, csrf) = (ada.browser.form("demo-card").action, ada.browser.csrf());
    ada.browser.submit(&target, &[("csrf", &csrf), ("answer", "cancel")]);
    see(&ada);

    ada.opens(&url).is_new().presents("erika", "000000");
    assert_eq!(ada.sees().status, 422);
    ada.presents("erika", "12345");
    assert_eq!(ada.sees().status, 422, "not six digits: no try is used up");
    ada.presents("erika", "111111");
    assert_eq!(ada.sees().status, 422);
    ada.presents("erika", "222222");
    see(&ada);
    let rows = town.number("SELECT count(*) FROM identity_check WHERE refused IS NOT NULL");
    assert_eq!((rows, town.audited("identity.refused")), (4, 4));

    // The right PIN comes too late, a fresh card helps.
    ada.opens(&url).is_new().identifies_as("erika");
    assert!(ada.browser.offers("renew-card"));
    ada.browser.press("renew-card", &[]);
    ada.identifies_as("erika").makes_key().agrees();
    ada.brings_code();
}

#[test]
fn an_account_needs_both_the_check_and_the_key() {
    let town = Town::open();
    let mut ada = town.resident();
    ada.opens(&town.library().sign_in().url()).is_new().identifies_as("erika");
    assert_eq!(town.number("SELECT count(*) FROM identity_check WHERE sealed_result IS NOT NULL"), 1);
    let page = ada.ceremony("register");
    let begun = ada.begins(&page);
    let key = ada.phone.create(&begun, &town.origin);

    town.clock.turn(Span::minutes(16));
    town.sweep();
    nothing_is_left(&town);
    assert_eq!((town.rows("identity_check"), town.rows("sign_in"), town.rows("ceremony")), (0, 0, 0));
    // The key comes too late.
    assert_eq!(ada.finishes(&page, &begun, &key).status, 410);
    nothing_is_left(&town);
}

#[test]
fn a_slow_ceremony_is_refused_and_may_be_begun_anew() {
    let town = Town::open();
    let mut ada = town.resident();
    ada.opens(&town.library().sign_in().url()).is_new().identifies_as("erika");
    let page = ada.ceremony("register");
    let begun = ada.begins(&page);
    let key = ada.phone.create(&begun, &town.origin);
    // Ceremonies live five minutes, sign-ins ten.
    town.clock.turn(Span::minutes(6));
    let answer = ada.finishes(&page, &begun, &key);
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert_eq!(town.rows("person"), 0);
    let again = ada.tries_to_make_key();
    assert_eq!(again.status, 200, "a fresh ceremony does: {}", again.text());
}

#[test]
fn a_sign_in_belongs_to_the_browser_that_opened_it() {
    let town = Town::open();
    let mut ada = town.resident();
    ada.opens(&town.library().sign_in().url());
    let address = ada.browser.at.clone();

    let mut mallory = town.resident();
    mallory.opens(&town.library().sign_in().url());
    let own = mallory.browser.page.clone();
    let (ceremonies, checks) = (town.rows("ceremony"), town.rows("identity_check"));
    for page in ["", "/enrolment", "/key", "/done", "/abandonment"] {
        mallory.browser.open(&format!("{address}{page}"));
        assert_eq!(mallory.sees().status, 403, "{page}");
    }
    mallory.browser.page = own;
    let csrf = mallory.browser.csrf();
    for form in ["/identity-checks", "/key/skip", "/consent"] {
        let answer = mallory.browser.send(
            Request::form(&format!("{address}{form}"), &[("csrf", &csrf), ("answer", "agree")])
                .with("origin", &town.origin),
        );
        assert_eq!(answer.status, 403, "{form}");
    }
    for script in ["/passkey/options", "/key/options"] {
        let answer = mallory.browser.post_json(&format!("{address}{script}"), &json!({}));
        assert_eq!(answer.status, 403, "{script}");
    }
    assert_eq!((town.rows("ceremony"), town.rows("identity_check")), (ceremonies, checks));
    assert_eq!(town.number("SELECT count(*) FROM sign_in WHERE stage = 'open'"), 2);
    // Ada goes on as if nothing had been.
    ada.is_new().identifies_as("erika").makes_key().agrees();
    ada.brings_code();
}

#[test]
fn a_stolen_check_is_of_no_use() {
    let town = Town::open();
    let mut ada = town.resident();
    ada.opens(&town.library().sign_in().url()).is_new();
    ada.browser.press("identify-eid", &[]);
    let card = ada.browser.at.clone();
    let mut mallory = town.resident();
    mallory.opens(&town.library().sign_in().url());
    let csrf = mallory.browser.csrf();
    mallory.browser.open(&card);
    assert_eq!(mallory.sees().status, 403);
    mallory.browser.submit(&card, &[("csrf", &csrf), ("person", "erika"), ("pin", "123456")]);
    assert_eq!(mallory.sees().status, 403);
    assert_eq!(town.number("SELECT count(*) FROM identity_check WHERE stage <> 'open'"), 0);
}

#[test]
fn an_old_sign_in_is_gone() {
    let town = Town::open();
    let mut ada = town.resident();
    ada.opens(&town.library().sign_in().url());
    let address = ada.browser.at.clone();
    let page = ada.sees().clone();
    town.clock.turn(Span::minutes(11));
    for part in ["", "/enrolment", "/key", "/done", "/abandonment"] {
        ada.browser.open(&format!("{address}{part}"));
        assert_eq!(ada.sees().status, 410, "{part}");
    }
    ada.browser.page = page;
    assert_eq!(ada.browser.post_json(&format!("{address}/passkey/options"), &json!({})).status, 410);
    ada.browser.press("identify-eid", &[]);
    assert_eq!(ada.sees().status, 410);
    nothing_is_left(&town);
}

#[test]
fn an_answered_sign_in_answers_once() {
    let town = Town::open();
    let library = town.library();
    let mut ada = town.resident();
    ada.opens(&library.sign_in().url()).is_new().identifies_as("erika").makes_key();
    let (address, csrf) = (ada.browser.at.clone(), ada.browser.csrf());
    ada.agrees();
    let grants = town.rows("service_grant");
    ada.browser.open(&address);
    assert_eq!(ada.sees().status, 410);
    ada.browser.submit(&format!("{address}/consent"), &[("csrf", &csrf), ("answer", "agree")]);
    assert_eq!(ada.sees().status, 410);
    assert_eq!(town.rows("service_grant"), grants);
}
