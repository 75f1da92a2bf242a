//! A computer that several people use, one after the other, and a stranger who was there before.

use crate::town::http::Request;
use crate::town::service::{BACK, refreshing};
use crate::town::{Resident, Town};
use torhaus::app::people;
use torhaus::domain::audit::Actor;
use torhaus::domain::id::PersonId;
use torhaus::domain::person::PersonState;
use torhaus::store;

/// Stands before the consent page with a session, and has agreed to nothing.
fn at_the_consent<'t>(town: &'t Town, url: &str) -> Resident<'t> {
    let mut ada = town.resident();
    ada.opens(url).is_new().identifies_as("erika").makes_key();
    assert!(ada.browser.offers("agree"), "{:?}", ada.sees().heading());
    ada
}

/// Nothing of a sign-in that was proven opens.
fn is_shut(town: &Town, who: &mut Resident<'_>, address: &str, csrf: &str) {
    for page in ["", "/key", "/done", "/enrolment", "/abandonment"] {
        who.browser.open(&format!("{address}{page}"));
        assert_eq!(who.sees().status, 410, "{page}");
        assert!(!who.sees().text().contains("Mustermann"), "{page}");
    }
    let form = Request::form(&format!("{address}/consent"), &[("csrf", csrf), ("answer", "agree")]);
    assert_eq!(who.browser.send(form.with("origin", &town.origin)).status, 410);
    assert_eq!(town.rows("service_grant"), 0);
}

#[test]
fn after_a_log_out_nobody_goes_on_with_an_open_sign_in() {
    let town = Town::open();
    let mut ada = at_the_consent(&town, &town.library().sign_in().url());
    let (address, csrf) = (ada.browser.at.clone(), ada.browser.csrf());
    ada.browser.submit("/session", &[("csrf", &csrf)]);
    assert_eq!(town.rows("session"), 0);
    is_shut(&town, &mut ada, &address, &csrf);
    // Not even if the cookie had been kept.
    let kept = "A".repeat(43);
    ada.browser.jar.insert("__Host-torhaus".to_owned(), kept);
    is_shut(&town, &mut ada, &address, &csrf);
}

#[test]
fn who_knows_the_browsers_cookie_does_not_get_the_answer() {
    let town = Town::open();
    let mut ada = at_the_consent(&town, &town.library().sign_in().url());
    let (address, csrf) = (ada.browser.at.clone(), ada.browser.csrf());
    let mut mallory = town.resident();
    let cookie = ada.browser.jar["__Host-browser"].clone();
    mallory.browser.jar.insert("__Host-browser".to_owned(), cookie.clone());
    is_shut(&town, &mut mallory, &address, &csrf);
    // A session of one's own does not help.
    mallory.opens(&town.library().sign_in().url()).is_new().identifies_as("murat").makes_key();
    mallory.browser.jar.insert("__Host-browser".to_owned(), cookie);
    is_shut(&town, &mut mallory, &address, &csrf);
    // Ada is not bothered.
    ada.browser.open(&address);
    ada.agrees();
    assert!(ada.browser.at.starts_with(BACK));
}

#[test]
fn who_knows_the_browsers_cookie_does_not_make_the_key_of_a_new_person() {
    let town = Town::open();
    let mut ada = town.resident();
    ada.opens(&town.library().sign_in().url());
    let address = ada.browser.at.clone();
    let mut mallory = town.resident();
    let cookie = ada.browser.jar["__Host-browser"].clone();
    mallory.browser.jar.insert("__Host-browser".to_owned(), cookie);
    mallory.browser.open(&address);
    assert_eq!(mallory.sees().status, 200, "so far there is nothing to take");

    ada.is_new().identifies_as("erika");
    for page in ["", "/key", "/enrolment"] {
        mallory.browser.open(&format!("{address}{page}"));
        assert_eq!(mallory.sees().status, 403, "{page}");
    }
    ada.makes_key().agrees();
    ada.brings_code();
}

#[test]
fn who_logs_in_at_a_browser_logs_the_one_before_out() {
    let town = Town::open();
    let service = town.service(&refreshing("Stadtbibliothek", &["name"]));
    let mut murat = town.resident();
    murat.enrols(&service.sign_in().url(), "murat").forgets_session();
    let mut ada = town.resident();
    let asked = service.sign_in();
    ada.enrols(&asked.url(), "erika");
    let login = service.welcomes(&ada, &asked);
    let sessions = town.rows("session");

    // Murat comes with his phone to the browser where Ada is logged in.
    murat.browser = ada.browser;
    murat.opens(&service.sign_in().with("prompt", "login").url()).proves_with_passkey();
    assert_eq!(town.rows("session"), sessions, "one came, one went");
    assert_eq!(service.userinfo(&login.access).status, 401, "her tokens ended");
    assert_eq!(town.audited("signed-out"), 1);
}

#[test]
fn a_block_between_proof_and_answer_is_in_time() {
    let town = Town::open();
    let mut ada = at_the_consent(&town, &town.library().sign_in().url());
    let (address, csrf) = (ada.browser.at.clone(), ada.browser.csrf());
    let app = town.app();
    let person: PersonId = app.store.read(|db| store::person::page(None, 1, db)).expect("fits")[0].id;
    app.store
        .write_blocking(0, move |db| -> Result<(), store::Fault> {
            let found = store::person::by_id(person, db)?.expect("she is there");
            assert!(people::set_state(&found, PersonState::Blocked, Actor::Command, db)?);
            Ok(())
        })
        .expect("fits");
    is_shut(&town, &mut ada, &address, &csrf);
}

#[test]
fn a_binding_says_no_more_than_the_session_in_which_its_key_was_made() {
    let town = Town::open();
    let mut ada = town.resident();
    ada.enrols(&town.library().sign_in().url(), "erika").forgets_session();
    ada.opens(&format!("{}/account", town.origin)).proves_with_passkey();
    ada.browser.open("/account/devices");
    let (old, session) = (std::mem::take(&mut ada.phone), town.rows("passkey"));
    let answer = ada.tries_to_make_key();
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(town.rows("passkey"), session + 1);
    drop(old);
    let app = town.app();
    let levels: Vec<String> = app
        .store
        .read(|db| {
            let person = store::person::page(None, 1, db)?[0].id;
            store::binding::by_person(person, db)
        })
        .expect("fits")
        .iter()
        .map(|binding| claims(&binding.statement)["level"].as_str().expect("fits").to_owned())
        .collect();
    assert_eq!(levels.iter().filter(|level| *level == "high").count(), 1, "{levels:?}");
    assert_eq!(levels.iter().filter(|level| *level == "low").count(), 1, "{levels:?}");
}

fn claims(document: &str) -> serde_json::Value {
    use base64::Engine as _;
    let envelope: serde_json::Value = serde_json::from_str(document).expect("fits");
    let payload = envelope["statement"].as_str().expect("fits").split('.').nth(1).expect("fits");
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).expect("fits");
    serde_json::from_slice(&bytes).expect("fits")
}
