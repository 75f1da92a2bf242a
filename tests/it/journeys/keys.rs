//! Keys that behave oddly, and what their owners see.

use super::LOW;
use crate::town::Town;
use crate::town::phone::{Manner, Phone};

#[test]
fn a_synced_passkey_is_low_and_stays_one() {
    let town = Town::open();
    let library = town.library();
    let asked = library.sign_in();
    let mut ada = town.resident();
    ada.phone = Phone::new(Manner::synced());
    ada.enrols(&asked.url(), "erika");
    ada.forgets_session().opens(&asked.url()).proves_with_passkey().agrees();
    let login = library.welcomes(&ada, &asked);
    assert_eq!(login.acr(), LOW);
}

#[test]
fn a_bound_key_that_turns_up_in_a_backup_is_suspended() {
    let town = Town::open();
    let asked = town.library().sign_in();
    let mut ada = town.resident();
    ada.enrols(&asked.url(), "erika");
    let sessions = town.rows("session");
    ada.phone.manner.backup_eligible = true;
    ada.phone.manner.backup_state = true;
    ada.forgets_session().opens(&asked.url());
    let refused = ada.tries_passkey();
    assert_eq!(refused.status, 422);
    assert_eq!(town.number("SELECT count(*) FROM passkey WHERE state = 'suspended'"), 1);
    assert_eq!(town.audited("passkey.suspended"), 1);
    assert_eq!(town.rows("session"), sessions, "nobody was logged in");

    // Told plainly, as the key proved whose it is; also when it behaves again.
    ada.phone.manner = Manner::default();
    let again = ada.tries_passkey();
    assert_eq!((again.status, again.text()), (422, refused.text()));
    // The card still opens.
    ada.identifies_as("erika").agrees();
    ada.brings_code();
}

#[test]
fn a_counter_that_goes_back_is_refused_and_told_to_the_house() {
    let town = Town::open();
    let asked = town.library().sign_in();
    let mut ada = town.resident();
    ada.phone.manner.counts = true;
    ada.enrols(&asked.url(), "erika");
    for _ in 0..2 {
        ada.forgets_session().opens(&asked.url()).proves_with_passkey().agrees();
    }
    ada.phone.lies.counter = Some(1);
    ada.forgets_session().opens(&asked.url());
    assert_eq!(ada.tries_passkey().status, 422);
    assert_eq!(town.audited("passkey.refused"), 1);
    assert_eq!(town.number("SELECT count(*) FROM passkey WHERE state = 'active'"), 1);
}

#[test]
fn the_same_phone_is_not_registered_twice() {
    let town = Town::open();
    let asked = town.library().sign_in();
    let mut ada = town.resident();
    ada.enrols(&asked.url(), "erika");
    ada.forgets_session().opens(&asked.url()).is_new().identifies_as("erika");
    let page = ada.ceremony("register");
    let begun = ada.begins(&page);
    let excluded = &begun["publicKey"]["excludeCredentials"];
    assert_eq!(excluded.as_array().map(Vec::len), Some(1), "the browser can tell: {excluded}");
}
