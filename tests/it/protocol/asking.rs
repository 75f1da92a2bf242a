//! Requests to log in that are right, with everything the standard offers.

use super::reader;
use crate::town::Town;
use crate::town::service::wish;
use serde_json::{Value, json};
use torhaus::domain::time::Span;

#[test]
fn what_may_be_ignored_is_ignored() {
    let town = Town::open();
    let library = town.library();
    let mut ada = reader(&town, &library);
    let good = library.sign_in();
    let hint = {
        ada.opens(&good.url());
        library.welcomes(&ada, &good).id_token
    };
    for (name, value) in [
        ("extra", "foobar"),
        ("display", "page"),
        ("display", "popup"),
        ("ui_locales", "se fr"),
        ("claims_locales", "se"),
        ("login_hint", "erika@example"),
        ("acr_values", "1 2 http://eidas.europa.eu/LoA/low"),
        ("nonce", &"n".repeat(384)),
        ("state", &"s".repeat(2048)),
        ("state", "\"<>&'+ %00 ü"),
        ("scope", "address name openid"),
        ("scope", "openid name address email phone unknown"),
        ("prompt", "none"),
        ("id_token_hint", &hint),
        ("max_age", "10000"),
        ("max_age", "99999999999999999"),
        ("response_mode", "query"),
        ("claims", r#"{"userinfo":{"name":{"essential":true},"shoe_size":null}}"#),
        ("claims", "{}"),
    ] {
        let asked = good.clone().with(name, value);
        ada.opens(&asked.url());
        library.welcomes(&ada, &asked);
    }
    for name in ["state", "nonce"] {
        let asked = good.clone().without(name);
        ada.opens(&asked.url());
        library.welcomes(&ada, &asked);
    }
}

#[test]
fn prompt_login_proves_anew() {
    let town = Town::open();
    let library = town.library();
    let mut ada = reader(&town, &library);
    let good = library.sign_in();
    ada.opens(&good.url());
    let first = library.welcomes(&ada, &good);
    for prompt in ["login", "select_account", "login consent"] {
        town.clock.turn(Span::seconds(2));
        let asked = good.clone().with("prompt", prompt);
        ada.opens(&asked.url());
        assert!(ada.browser.offers("sign-in-passkey"), "{prompt}");
        ada.proves_with_passkey();
        if prompt.contains("consent") {
            ada.agrees();
        }
        let login = library.welcomes(&ada, &asked);
        assert!(login.id["auth_time"].as_i64() > first.id["auth_time"].as_i64(), "{prompt}");
        assert_eq!(login.sub(), first.sub());
    }
}

#[test]
fn max_age_is_kept() {
    let town = Town::open();
    let library = town.library();
    let mut ada = reader(&town, &library);
    ada.forgets_session().opens(&library.sign_in().url()).proves_with_passkey();
    let first = library.welcomes(&ada, &library.sign_in());
    town.clock.turn(Span::seconds(3));

    for age in ["3", "10000"] {
        let enough = library.sign_in().with("max_age", age).with("prompt", "none");
        ada.opens(&enough.url());
        assert_eq!(library.welcomes(&ada, &enough).id["auth_time"], first.id["auth_time"], "{age}");
    }
    for age in ["2", "1", "0"] {
        let silent = library.sign_in().with("max_age", age).with("prompt", "none");
        ada.opens(&silent.url());
        super::is_refusal(&ada.brings(), "login_required", &town, age);
    }
    let asked = library.sign_in().with("max_age", "1");
    ada.opens(&asked.url()).proves_with_passkey();
    let login = library.welcomes(&ada, &asked);
    assert_eq!(login.id["auth_time"].as_i64(), first.id["auth_time"].as_i64().map(|at| at + 3));
}

#[test]
fn a_silent_request_never_shows_anything() {
    let town = Town::open();
    let library = town.library();
    let silent = library.sign_in().with("prompt", "none");
    let mut ada = town.resident();
    ada.opens(&silent.url());
    super::is_refusal(&ada.brings(), "login_required", &town, "nobody");
    ada.opens(&library.sign_in().url()).is_new().identifies_as("erika").makes_key().agrees();
    ada.opens(&silent.url());
    super::is_refusal(&ada.brings(), "consent_required", &town, "agreed once only");
    let high = silent.clone().with("acr_values", "http://eidas.europa.eu/LoA/high");
    ada.opens(&high.url());
    super::is_refusal(&ada.brings(), "unmet_authentication_requirements", &town, "level");
    ada.opens(&library.sign_in().url()).agrees_for_good();
    ada.opens(&silent.url());
    library.welcomes(&ada, &silent);
    // A session that ended of itself: low lives twelve hours, an hour idle; high five minutes idle.
    town.clock.turn(Span::hours(13));
    ada.opens(&silent.url());
    super::is_refusal(&ada.brings(), "login_required", &town, "too late");
}

#[test]
fn a_hint_names_who_is_wanted() {
    let town = Town::open();
    let (library, parking) = (town.library(), town.service(&wish("Anwohnerparken", &[])));
    let mut ada = reader(&town, &library);
    let good = library.sign_in();
    ada.forgets_session().opens(&good.url()).proves_with_passkey();
    let erika = library.welcomes(&ada, &good).id_token;
    let to_parking = parking.sign_in();
    ada.opens(&to_parking.url());
    let at_parking = parking.welcomes(&ada, &to_parking).id_token;
    let mut murat = town.resident();
    murat.opens(&good.url()).is_new().identifies_as("murat").makes_key().agrees_for_good();
    murat.brings_code();

    // An old hint is as good as a new one.
    town.clock.turn(Span::minutes(30));
    let with_hint = |hint: &str| good.clone().with("id_token_hint", hint);
    ada.opens(&with_hint(&erika).with("prompt", "none").url());
    ada.brings_code();
    murat.forgets_session().opens(&good.url()).proves_with_passkey();
    murat.brings_code();
    murat.opens(&with_hint(&erika).with("prompt", "none").url());
    super::is_refusal(&murat.brings(), "login_required", &town, "somebody else");
    // With a page: the wrong person proves themselves and is refused towards the service.
    murat.opens(&with_hint(&erika).url()).proves_with_passkey();
    super::is_refusal(&murat.brings(), "access_denied", &town, "somebody else");
    // A hint made for another service is none.
    ada.opens(&with_hint(&at_parking).with("prompt", "none").url());
    super::is_refusal(&ada.brings(), "invalid_request", &town, "of another service");
    let mut forged = erika.clone();
    let last = forged.pop();
    forged.push(if last == Some('A') { 'B' } else { 'A' });
    // The last letter of base64url may hold unused bits; the one before it never does.
    let spoilt = forged.replacen("eyJ", "eyK", 2);
    ada.opens(&with_hint(&spoilt).url());
    super::is_refusal(&ada.brings(), "invalid_request", &town, "forged");

    // The subject of the claims parameter works alike.
    let sub = library.verifies(&erika)["sub"].clone();
    let claims = json!({"id_token": {"sub": {"value": sub}}}).to_string();
    ada.opens(&good.clone().with("claims", &claims).with("prompt", "none").url());
    ada.brings_code();
    murat.opens(&good.clone().with("claims", &claims).with("prompt", "none").url());
    super::is_refusal(&murat.brings(), "login_required", &town, "claims name somebody else");
}

#[test]
fn claims_are_told_where_they_were_asked() {
    let town = Town::open();
    let library = town.library();
    let mut ada = reader(&town, &library);
    let asked = library.sign_in().with("scope", "openid").with(
        "claims",
        r#"{"id_token":{"family_name":null},"userinfo":{"given_name":{"essential":true},"birthdate":null,
            "verified_claims":{"verification":{"trust_framework":null},"claims":{"address":null}}}}"#,
    );
    ada.opens(&asked.url());
    if ada.browser.offers("agree") {
        ada.agrees();
    }
    let answer = library.redeems(&ada.brings_code()).json();
    let id = library.verifies(answer["id_token"].as_str().unwrap());
    assert_eq!(id["family_name"], "Mustermann");
    assert!(id.get("given_name").is_none());
    let user = library.userinfo(answer["access_token"].as_str().unwrap()).json();
    assert_eq!((&user["given_name"], user.get("family_name")), (&json!("Erika"), None));
    assert!(user.get("birthdate").is_none(), "the library is not registered for birth dates");
    let verified = &user["verified_claims"];
    assert_eq!(verified["verification"]["trust_framework"], "eidas");
    assert_eq!(verified["verification"]["assurance_level"], "high");
    assert_eq!(verified["claims"]["address"]["postal_code"], "12345");
}

#[test]
fn a_scope_tells_what_it_stands_for() {
    let town = Town::open();
    let all = ["profile", "address", "birthdate", "place_of_birth", "age_over_16", "age_over_18", "resident"];
    let office = town.service(&wish("Bürgerbüro", &all));
    let mut ada = reader(&town, &office);
    for (scope, told) in [
        ("openid", json!({})),
        ("openid age_over_18", json!({"age_over_18": true})),
        ("openid age_over_16 resident", json!({"age_over_16": true, "resident": true})),
        ("openid birthdate", json!({"birthdate": "1964-08-12"})),
        ("openid place_of_birth", json!({"place_of_birth": {"locality": "Berlin"}})),
        (
            "openid profile",
            json!({"name": "Erika Mustermann", "given_name": "Erika", "family_name": "Mustermann",
                "birthdate": "1964-08-12"}),
        ),
        (
            "openid address",
            json!({"address": {"formatted": "Heidestraße 17\n12345 Birkenfurt\nDE", "street_address": "Heidestraße 17",
                "postal_code": "12345", "locality": "Birkenfurt", "country": "DE"}}),
        ),
    ] {
        let asked = office.sign_in().with("scope", scope);
        ada.opens(&asked.url());
        let mut user = office.welcomes(&ada, &asked).user;
        user.as_object_mut().map(|user| user.remove("sub"));
        assert_eq!(user, told, "{scope}");
    }
    let brought = |token: &Value| token["scope"].as_str().map(str::to_owned);
    ada.opens(&office.sign_in().with("scope", "openid name birthdate").url());
    let answer = office.redeems(&ada.brings_code()).json();
    assert_eq!(
        brought(&answer).as_deref(),
        Some("openid birthdate"),
        "what is not registered is dropped, and said"
    );
}
