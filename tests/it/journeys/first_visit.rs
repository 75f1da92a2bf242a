//! From nobody to an account, and back again.

use crate::town::Town;
use torhaus::domain::time::Span;

const HIGH: &str = "http://eidas.europa.eu/LoA/high";
const LOW: &str = "http://eidas.europa.eu/LoA/low";

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
