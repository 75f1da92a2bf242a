//! What a service is told is the person's decision.

use crate::town::Town;

#[test]
fn consent_is_remembered_only_when_asked_to() {
    let town = Town::open();
    let library = town.library();
    let asked = library.sign_in();
    let mut ada = town.resident();
    ada.opens(&asked.url()).is_new().identifies_as("erika").makes_key().agrees();
    library.welcomes(&ada, &asked);

    ada.opens(&asked.url());
    assert!(ada.browser.offers("agree"), "it was for once");
    ada.agrees_for_good();
    library.welcomes(&ada, &asked);
    ada.opens(&asked.url());
    library.welcomes(&ada, &asked);
    ada.opens(&asked.clone().with("prompt", "consent").url());
    assert!(ada.browser.offers("agree"), "the service wants it asked anew");
}

#[test]
fn more_data_is_asked_again() {
    let town = Town::open();
    let library = town.library();
    let name_only = library.sign_in().with("scope", "openid name");
    let mut ada = town.resident();
    ada.opens(&name_only.url()).is_new().identifies_as("erika").makes_key();
    assert!(!ada.sees().text().contains("Heidestraße"), "the address was not asked for");
    ada.agrees_for_good();
    let login = library.welcomes(&ada, &name_only);
    assert!(login.user.get("address").is_none());

    let both = library.sign_in();
    ada.opens(&both.clone().with("prompt", "none").url());
    assert_eq!(ada.brings()["error"], "consent_required");
    ada.opens(&both.url());
    assert!(ada.browser.offers("agree") && ada.sees().text().contains("Heidestraße"));
    ada.agrees_for_good();
    assert!(library.welcomes(&ada, &both).user.get("address").is_some());
    // Less than agreed is no question.
    ada.opens(&name_only.url());
    assert!(
        library.welcomes(&ada, &name_only).user.get("address").is_none(),
        "only what this login asked for"
    );
}

#[test]
fn who_declines_tells_nothing() {
    let town = Town::open();
    let library = town.library();
    let asked = library.sign_in();
    let mut ada = town.resident();
    ada.opens(&asked.url()).is_new().identifies_as("erika").makes_key().declines();
    let brought = ada.brings();
    assert_eq!(brought["error"], "access_denied");
    assert_eq!(brought.get("state").map(String::as_str), asked.get("state"));
    assert_eq!(brought["iss"], town.origin);
    assert!(!brought.contains_key("code"));
    assert_eq!((town.rows("service_grant"), town.rows("consent")), (0, 0));
    assert_eq!(town.audited("service.answered"), 0);

    // The account is there all the same, and the next time one may agree.
    ada.opens(&asked.url()).agrees();
    library.welcomes(&ada, &asked);
}

#[test]
fn who_gives_up_goes_back() {
    let town = Town::open();
    let library = town.library();
    let mut ada = town.resident();
    ada.opens(&library.sign_in().url());
    ada.browser.click_to("/abandonment");
    assert_eq!(ada.brings()["error"], "access_denied");
    assert_eq!(town.number("SELECT count(*) FROM sign_in WHERE stage = 'abandoned'"), 1);
}

#[test]
fn a_service_without_data_asks_nothing() {
    let town = Town::open();
    let service = town.service(&crate::town::service::wish("Abfallkalender", &[]));
    let asked = service.sign_in();
    let mut ada = town.resident();
    ada.opens(&asked.url()).is_new().identifies_as("erika").makes_key();
    let login = service.welcomes(&ada, &asked);
    assert_eq!(
        login.user.as_object().map(serde_json::Map::len),
        Some(1),
        "sub and nothing else: {}",
        login.user
    );
}
