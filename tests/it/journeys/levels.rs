//! A service that asks for more certainty.

use super::HIGH;
use crate::town::Town;
use crate::town::service::wish;
use torhaus::domain::assurance::Level;
use torhaus::oidc::registration::Wish;

fn registry(level: Level) -> Wish {
    Wish { min_level: level, ..wish("Melderegister", &[]) }
}

#[test]
fn a_live_card_lifts_the_login_and_nothing_beyond() {
    let town = Town::open();
    let (library, office) = (town.library(), town.service(&registry(Level::Substantial)));
    let mut ada = town.resident();
    ada.enrols(&library.sign_in().url(), "erika");
    let asked = office.sign_in();

    ada.forgets_session().opens(&asked.url()).proves_with_passkey();
    assert!(
        ada.browser.offers("identify-eid") && !ada.browser.offers("agree"),
        "the key alone is not enough"
    );
    ada.identifies_as("erika");
    assert_eq!(office.welcomes(&ada, &asked).acr(), HIGH);

    // The session keeps the level of the key.
    ada.opens(&asked.with("prompt", "none").url());
    let brought = ada.brings();
    assert_eq!(brought["error"], "unmet_authentication_requirements");
    assert_eq!((town.rows("person"), town.rows("passkey")), (1, 1));
}

#[test]
fn somebody_elses_card_does_not_lift() {
    let town = Town::open();
    let (library, office) = (town.library(), town.service(&registry(Level::High)));
    town.resident().enrols(&library.sign_in().url(), "murat");
    let mut ada = town.resident();
    ada.enrols(&library.sign_in().url(), "erika");
    let answered = town.audited("service.answered");

    // Murat's card is known, Oksana's is not: neither helps.
    for other in ["murat", "oksana"] {
        ada.forgets_session().opens(&office.sign_in().url()).proves_with_passkey().identifies_as(other);
        assert_eq!(ada.sees().status, 200);
        assert!(ada.browser.offers("identify-eid"), "{:?}", ada.sees().heading());
    }
    assert_eq!(town.audited("service.answered"), answered);
    assert_eq!(town.number("SELECT count(*) FROM identity_check WHERE refused = 'other-person'"), 2);
    assert_eq!(town.rows("person"), 2);
    assert_eq!(town.number("SELECT count(*) FROM identity_check WHERE sealed_result IS NOT NULL"), 0);
}

#[test]
fn a_service_may_ask_for_a_level_once() {
    let town = Town::open();
    let library = town.library();
    let mut ada = town.resident();
    ada.enrols(&library.sign_in().url(), "erika");
    for asked in [
        library.sign_in().with("acr_values", "http://eidas.europa.eu/LoA/high"),
        library.sign_in().with(
            "claims",
            r#"{"id_token":{"acr":{"essential":true,"values":["http://eidas.europa.eu/LoA/high"]}}}"#,
        ),
    ] {
        ada.forgets_session().opens(&asked.url()).proves_with_passkey();
        assert!(!ada.browser.offers("agree"), "{:?}", ada.sees().heading());
        ada.identifies_as("erika").agrees();
        assert_eq!(library.welcomes(&ada, &asked).acr(), HIGH);
    }
}
