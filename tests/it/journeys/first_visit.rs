//! From nobody to an account, and back again.

use super::{HIGH, LOW};
use crate::town::Town;
use crate::town::service::wish;

#[test]
fn a_first_visit_ends_with_an_answer() {
    let town = Town::open();
    let library = town.library();
    let mut ada = town.resident();
    let asked = library.sign_in();

    ada.opens(&asked.url()).is_new().identifies_as("erika");
    assert_eq!(town.rows("person"), 0, "no account before there is a key");
    ada.makes_key();
    assert!(ada.sees().text().contains("Erika Mustermann") && ada.sees().text().contains("Heidestraße 17"));
    ada.agrees();

    let login = library.welcomes(&ada, &asked);
    assert_eq!(login.acr(), HIGH, "the card was read in this very login");
    assert_eq!(login.user["name"], "Erika Mustermann");
    assert_eq!(login.user["address"]["locality"], "Birkenfurt");
    assert!(login.user.get("birthdate").is_none(), "nobody asked for it");
    assert_eq!(town.number("SELECT count(*) FROM sign_in WHERE stage = 'answered'"), 1);
    assert_eq!((town.rows("person"), town.rows("passkey"), town.rows("binding")), (1, 1, 1));
    assert_eq!(town.audited("service.answered"), 1);
}

#[test]
fn the_second_login_is_one_gesture() {
    let town = Town::open();
    let library = town.library();
    let mut ada = town.resident();
    let asked = library.sign_in();
    ada.opens(&asked.url()).is_new().identifies_as("erika").makes_key().agrees_for_good();
    let first = library.welcomes(&ada, &asked);

    ada.forgets_session().opens(&asked.url()).proves_with_passkey();
    let second = library.welcomes(&ada, &asked);
    assert_eq!(second.acr(), LOW, "an unattested key of one's own is low");
    assert_eq!(second.sub(), first.sub());
    assert_ne!(second.access, first.access);
    assert_ne!(second.id["sid"], first.id["sid"]);

    // With a living session there is no gesture at all.
    ada.opens(&asked.url());
    let third = library.welcomes(&ada, &asked);
    assert_eq!((third.acr(), third.sub()), (LOW, first.sub()));
    assert_eq!(third.id["sid"], second.id["sid"]);
    assert_eq!(town.rows("person"), 1);
}

#[test]
fn services_can_not_compare_notes() {
    let town = Town::open();
    let (library, parking) = (town.library(), town.service(&wish("Anwohnerparken", &[])));
    let mut ada = town.resident();
    let (to_library, to_parking) = (library.sign_in(), parking.sign_in());
    ada.enrols(&to_library.url(), "erika");
    let at_library = library.welcomes(&ada, &to_library);
    ada.opens(&to_parking.url());
    let at_parking = parking.welcomes(&ada, &to_parking);
    assert_ne!(at_library.sub(), at_parking.sub());
    assert_ne!(at_library.id["sid"], at_parking.id["sid"]);

    ada.forgets_session().opens(&to_library.url()).proves_with_passkey().agrees();
    assert_eq!(library.welcomes(&ada, &to_library).sub(), at_library.sub());
    ada.forgets_session().opens(&to_parking.url()).proves_with_passkey();
    assert_eq!(parking.welcomes(&ada, &to_parking).sub(), at_parking.sub());

    let mut murat = town.resident();
    murat.enrols(&to_library.url(), "murat");
    assert_ne!(library.welcomes(&murat, &to_library).sub(), at_library.sub());
}

#[test]
fn a_known_card_opens_without_a_key() {
    let town = Town::open();
    let library = town.library();
    let asked = library.sign_in();
    let mut ada = town.resident();
    ada.enrols(&asked.url(), "erika");
    let first = library.welcomes(&ada, &asked);

    // At a friend's computer, with the card only.
    let mut at_a_friends = town.resident();
    at_a_friends.opens(&asked.url()).identifies_as("erika").agrees();
    let login = library.welcomes(&at_a_friends, &asked);
    assert_eq!((login.acr(), login.sub()), (HIGH, first.sub()));
    assert_eq!((town.rows("person"), town.rows("passkey")), (1, 1));
}

#[test]
fn who_is_known_may_skip_the_new_key() {
    let town = Town::open();
    let library = town.library();
    let asked = library.sign_in();
    town.resident().enrols(&asked.url(), "erika");

    let mut elsewhere = town.resident();
    elsewhere.opens(&asked.url()).is_new().identifies_as("erika").skips().agrees();
    assert_eq!(library.welcomes(&elsewhere, &asked).acr(), HIGH);
    assert_eq!((town.rows("person"), town.rows("passkey")), (1, 1));

    // Or make one more; both keys open the one account.
    let mut new_phone = town.resident();
    new_phone.enrols(&asked.url(), "erika");
    let login = library.welcomes(&new_phone, &asked);
    assert_eq!((town.rows("person"), town.rows("passkey")), (1, 2));
    new_phone.forgets_session().opens(&asked.url()).proves_with_passkey().agrees();
    assert_eq!(library.welcomes(&new_phone, &asked).sub(), login.sub());
}

#[test]
fn a_public_service_and_form_post_work_as_well() {
    use torhaus::domain::registration::ClientAuthentication;
    let town = Town::open();
    let app = town.service(&torhaus::oidc::registration::Wish {
        authentication: ClientAuthentication::None,
        ..wish("Stadt-App", &["name"])
    });
    let asked = app.sign_in().with("response_mode", "form_post");
    let mut ada = town.resident();
    ada.enrols(&asked.url(), "kadir");
    let login = app.welcomes(&ada, &asked);
    assert_eq!(login.user["name"], "Kadir");
    assert!(login.user.get("given_name").is_none(), "what the card does not have is left out");
    let policy = ada.sees().header("content-security-policy").unwrap_or_default();
    assert!(policy.contains("form-action 'self' https:"), "{policy}");
}

#[test]
fn every_algorithm_signs_what_it_should() {
    let town = Town::open();
    let mut ada = town.resident();
    for (number, algorithm) in ["RS256", "PS256", "ES256"].into_iter().enumerate() {
        let service = town.service(&torhaus::oidc::registration::Wish {
            id_token_alg: algorithm.to_owned(),
            ..wish(algorithm, &[])
        });
        let asked = service.sign_in();
        if number == 0 {
            ada.enrols(&asked.url(), "erika");
        } else {
            ada.opens(&asked.url());
        }
        let login = service.welcomes(&ada, &asked);
        let header = jsonwebtoken::decode_header(&login.id_token).unwrap();
        assert_eq!(format!("{:?}", header.alg), algorithm);
    }
}
