//! A new card and an account that is there: by a key, from the account, by a transfer code; and what a thief gets.

use super::HIGH;
use crate::town::{Card, Resident, Service, Town};
use torhaus::app::people;
use torhaus::domain::audit::Actor;
use torhaus::domain::id::PersonId;
use torhaus::domain::time::Span;
use torhaus::store;

/// Makes an account with a card; gives her, with her phone, and how a service knows her.
fn erika<'t>(town: &'t Town, library: &Service<'_>, card: &Card) -> (Resident<'t>, String) {
    let mut erika = town.resident();
    let asked = library.sign_in();
    erika.opens(&asked.url()).is_new().shows(card).makes_key().agrees_for_good();
    let sub = library.welcomes(&erika, &asked).sub().to_owned();
    (erika, sub)
}

/// Stands before the service's door without a session.
fn at_the_door<'a, 't>(who: &'a mut Resident<'t>, library: &Service<'_>) -> &'a mut Resident<'t> {
    who.forgets_session().opens(&library.sign_in().url())
}

fn cards(town: &Town, state: &str) -> i64 {
    town.number(&format!("SELECT count(*) FROM card WHERE state = '{state}'"))
}

fn person(town: &Town) -> PersonId {
    town.app().store.read(|db| store::person::page(None, 1, db)).expect("the store answers")[0].id
}

/// Makes a transfer code in the account; reads it off the page.
fn makes_code(who: &mut Resident<'_>) -> String {
    who.browser.open("/account");
    who.browser.click("transfer-code");
    who.browser.press("make-code", &[]);
    let text = who.sees().text();
    let inside = text.split_once("th-bigcode\"").and_then(|(_, rest)| rest.split_once('>'));
    inside.and_then(|(_, rest)| rest.split_once('<')).expect("a code").0.to_owned()
}

/// With a card that nobody knows, to the field for the code; types it.
fn types_code(who: &mut Resident<'_>, code: &str) -> u16 {
    who.browser.click("new-card");
    who.browser.click("transfer-code");
    who.browser.press("redeem-code", &[("code", code)]);
    who.sees().status
}

#[test]
fn the_phone_says_whose_the_new_card_is() {
    let town = Town::open();
    let library = town.library();
    let (mut erika, sub) = erika(&town, &library, &Card::erikas("old"));
    let asked = library.sign_in();
    erika.forgets_session().opens(&asked.url());
    erika.shows(&Card::erikas("new").living_at("AM WEHR 3"));
    erika.browser.click("new-card");
    town.restart();
    erika.proves_with_passkey();
    let login = library.welcomes(&erika, &asked);
    assert_eq!((login.acr(), login.sub()), (HIGH, sub.as_str()), "the card was read in this very login");
    assert_eq!(login.user["address"]["street_address"], "AM WEHR 3", "what the new card says");
    assert_eq!((town.rows("person"), cards(&town, "current"), cards(&town, "replaced")), (1, 1, 1));
    assert_eq!((town.audited("card.linked"), town.audited("card.replaced")), (1, 1));

    // What it has changed is told, by the names of what changed only.
    assert_eq!(town.number("SELECT count(*) FROM identity_record WHERE changed = 'address'"), 1);
    let told = town.number("SELECT count(*) FROM audit WHERE detail LIKE '%changed=address%'");
    assert_eq!(told, 1);
    erika.browser.open("/account");
    assert!(erika.sees().text().contains("erneuert: Anschrift"), "{}", erika.sees().text());
    let leaked = town.number("SELECT count(*) FROM audit WHERE detail LIKE '%WEHR%'");
    assert_eq!(leaked, 0, "nothing personal in the audit");

    // The new card opens, the old one does not.
    let mut elsewhere = town.resident();
    at_the_door(&mut elsewhere, &library).shows(&Card::erikas("new"));
    assert!(elsewhere.browser.at.starts_with("https://library.example/"), "{}", elsewhere.browser.at);
    let mut finder = town.resident();
    at_the_door(&mut finder, &library).shows(&Card::erikas("old"));
    assert!(finder.sees().heading().contains("öffnet Ihr Konto nicht mehr"), "{}", finder.sees().heading());
    assert_eq!((town.rows("person"), town.rows("card")), (1, 2));
}

#[test]
fn from_the_account_the_new_card_is_linked_at_once() {
    let town = Town::open();
    let library = town.library();
    let (mut erika, _) = erika(&town, &library, &Card::erikas("old"));
    erika.browser.open("/account");
    erika.browser.press("new-card", &[]);
    erika.shows(&Card::erikas("new").named("Erika", "Muster-Mann"));
    assert_eq!(erika.browser.at, "/account", "{}", erika.sees().heading());
    assert_eq!((cards(&town, "current"), cards(&town, "replaced")), (1, 1));

    // She still has the old one, and takes it up again with her session.
    erika.browser.press("new-card", &[]);
    erika.shows(&Card::erikas("old"));
    assert_eq!(erika.browser.at, "/account");
    assert_eq!((cards(&town, "current"), town.rows("card")), (1, 2));
    let mut elsewhere = town.resident();
    at_the_door(&mut elsewhere, &library).shows(&Card::erikas("old"));
    assert!(elsewhere.browser.at.starts_with("https://library.example/"));
}

#[test]
fn a_stolen_phone_takes_no_other_persons_card() {
    let town = Town::open();
    let library = town.library();
    let (mut erika, _) = erika(&town, &library, &Card::erikas("hers"));
    let mut thief = town.resident();
    thief.phone = std::mem::take(&mut erika.phone);

    // At the door, with a card of his own.
    at_the_door(&mut thief, &library).shows(&Card::mallorys("his"));
    thief.browser.click("new-card");
    thief.proves_with_passkey();
    assert!(thief.sees().heading().contains("jemand anderem"), "{}", thief.sees().heading());
    assert_eq!((town.rows("card"), town.rows("card_review")), (1, 0));

    // From the account, which the phone opens.
    thief.opens("/account").proves_with_passkey();
    thief.browser.press("new-card", &[]);
    thief.shows(&Card::mallorys("his"));
    assert!(thief.sees().heading().contains("jemand anderem"), "{}", thief.sees().heading());
    assert_eq!((town.rows("card"), town.rows("card_review"), town.rows("person")), (1, 0, 1));
    let seen = "SELECT count(*) FROM audit WHERE event = 'identity.refused' AND person IS NOT NULL";
    assert_eq!(town.number(seen), 2, "her history tells of both");
}

#[test]
fn a_blocked_key_and_a_key_of_staff_link_nothing() {
    let town = Town::open();
    let library = town.library();
    let (mut erika, _) = erika(&town, &library, &Card::erikas("old"));
    at_the_door(&mut erika, &library).shows(&Card::erikas("new"));
    erika.browser.click("new-card");
    let id = person(&town);
    town.app()
        .store
        .write_blocking(0, move |db| -> Result<(), store::Fault> {
            let found = store::person::by_id(id, db)?.expect("she is there");
            people::set_state(&found, torhaus::domain::person::PersonState::Blocked, Actor::Command, db)?;
            Ok(())
        })
        .expect("it fits");
    assert_eq!(erika.tries_passkey().status, 422);
    assert_eq!(town.rows("card"), 1);
}

#[test]
fn a_transfer_code_links_the_new_card_once() {
    let town = Town::open();
    let library = town.library();
    let (mut erika, sub) = erika(&town, &library, &Card::erikas("old"));
    let code = makes_code(&mut erika);
    let hidden = town.number("SELECT count(*) FROM transfer_code WHERE length(hash) = 32");
    assert_eq!(hidden, 1);
    erika.browser.open("/account/transfer-code");
    assert!(!erika.sees().text().contains(&code), "shown once");

    // Phone and card are gone; she has married, too.
    let mut later = town.resident();
    let asked = library.sign_in();
    later.opens(&asked.url()).shows(&Card::erikas("new").named("ERIKA", "BEISPIEL"));
    let slip = code.replace('-', "").chars().rev().collect::<String>();
    assert_eq!(types_code(&mut later, &slip), 422);
    assert!(later.sees().text().contains("Da stimmt ein Zeichen nicht"));
    later.browser.press("redeem-code", &[("code", &code.to_lowercase().replace('-', " "))]);
    let login = library.welcomes(&later, &asked);
    assert_eq!((login.acr(), login.sub()), (HIGH, sub.as_str()));
    assert_eq!(login.user["family_name"], "BEISPIEL");
    assert_eq!((town.rows("transfer_code"), cards(&town, "current")), (0, 1));
    assert_eq!(town.audited("transfer-code.used"), 1);

    // The same code, another card of hers.
    let mut again = town.resident();
    at_the_door(&mut again, &library).shows(&Card::erikas("third"));
    assert_eq!(types_code(&mut again, &code), 422);
    assert_eq!(town.rows("card"), 2);
}

#[test]
fn a_code_that_is_over_opens_nothing() {
    let town = Town::open();
    let library = town.library();
    let (mut erika, _) = erika(&town, &library, &Card::erikas("old"));
    let first = makes_code(&mut erika);
    let second = makes_code(&mut erika);
    assert_ne!(first, second);
    let mut later = town.resident();
    at_the_door(&mut later, &library).shows(&Card::erikas("new"));
    assert_eq!(types_code(&mut later, &first), 422, "a newer one took its place");
    erika.browser.open("/account/transfer-code");
    erika.browser.press("withdraw-code", &[]);
    assert_eq!(types_code_again(&mut later, &second), 422, "withdrawn");
    let third = makes_code(&mut erika);
    town.clock.turn(Span::days(180));
    at_the_door(&mut later, &library).shows(&Card::erikas("new"));
    assert_eq!(types_code(&mut later, &third), 422, "half a year is over");
    town.clock.turn(Span::seconds(1));
    town.sweep();
    assert_eq!((town.rows("transfer_code"), town.rows("card")), (0, 1));
    assert_eq!(town.audited("transfer-code.withdrawn"), 1);
}

fn types_code_again(who: &mut Resident<'_>, code: &str) -> u16 {
    who.browser.press("redeem-code", &[("code", code)]);
    who.sees().status
}

#[test]
fn a_stolen_sheet_opens_nothing_with_another_card() {
    let town = Town::open();
    let library = town.library();
    let (mut erika, _) = erika(&town, &library, &Card::erikas("hers"));
    let code = makes_code(&mut erika);
    let page = |card: &Card, code: &str| {
        let mut thief = town.resident();
        at_the_door(&mut thief, &library).shows(card);
        assert_eq!(types_code(&mut thief, code), 422);
        super::new_card_review::masked(thief.sees())
    };
    // A thief; her twin, who lives in the same house; a code which nobody ever made.
    let thief = page(&Card::mallorys("his"), &code);
    let twin = page(&Card::erikas("twin").named("FRIEDA", "MUSTERMANN"), &code);
    let nobodys = page(&Card::mallorys("other"), "7K3M-0QXF-9RTA-2HVN");
    assert_eq!(thief, nobodys, "a thief does not learn that the code is one");
    assert_eq!(twin, nobodys);
    assert_eq!(town.audited("transfer-code.refused"), 2, "but she does");
    assert_eq!((town.rows("transfer_code"), town.rows("card")), (1, 1), "and can still use it");
    let mut herself = town.resident();
    at_the_door(&mut herself, &library).shows(&Card::erikas("new"));
    assert_eq!(types_code(&mut herself, &code), 303, "{}", herself.sees().heading());
}

#[test]
fn of_two_cards_with_one_code_at_once_one_is_linked() {
    let town = Town::open();
    let library = town.library();
    let (mut erika, _) = erika(&town, &library, &Card::erikas("old"));
    let code = makes_code(&mut erika);
    let ready = |pseudonym| {
        let mut who = town.resident();
        at_the_door(&mut who, &library).shows(&Card::erikas(pseudonym));
        who.browser.click("new-card");
        who.browser.click("transfer-code");
        who
    };
    let (mut one, mut other) = (ready("one"), ready("other"));
    std::thread::scope(|scope| {
        scope.spawn(|| types_code_again(&mut one, &code));
        scope.spawn(|| types_code_again(&mut other, &code));
    });
    assert_eq!((town.audited("card.linked"), town.audited("transfer-code.used")), (1, 1));
    assert_eq!((cards(&town, "current"), cards(&town, "replaced"), town.rows("card")), (1, 1, 2));
}

#[test]
fn guessing_codes_is_slow() {
    let town = Town::open();
    let mut guesser = town.resident();
    at_the_door(&mut guesser, &town.library()).shows(&Card::mallorys("his"));
    let first = types_code(&mut guesser, "7K3M-0QXF-9RTA-2HVN");
    assert_eq!(first, 422);
    let csrf = guesser.browser.csrf();
    let form = guesser.browser.form("redeem-code").action;
    let mut statuses = Vec::new();
    for _ in 0..25 {
        guesser.browser.submit(&form, &[("csrf", &csrf), ("code", "7K3M-0QXF-9RTA-2HVN")]);
        statuses.push(guesser.sees().status);
    }
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
}

#[test]
fn a_card_is_taken_off_and_taken_up_again() {
    let town = Town::open();
    let library = town.library();
    let (mut erika, sub) = erika(&town, &library, &Card::erikas("hers"));
    // Somebody is logged in with the card, on another computer.
    let mut finder = town.resident();
    at_the_door(&mut finder, &library).shows(&Card::erikas("hers"));
    let sessions = town.rows("session");

    erika.forgets_session().opens("/account").proves_with_passkey();
    erika.browser.click("remove-card");
    erika.browser.press("remove-card", &[]);
    assert_eq!(erika.sees().status, 422, "the card that leads to the account wants its tick");
    erika.browser.press("remove-card", &[("confirm", "yes")]);
    assert_eq!(erika.browser.at, "/account");
    assert!(erika.sees().text().contains("Kein Ausweis führt zu Ihrem Konto"));
    assert_eq!(town.audited("card.removed"), 1);
    assert!(town.rows("session") < sessions + 1, "who came with it is logged out");
    finder.browser.open("/account");
    assert!(finder.browser.at.starts_with("/sign-in/"), "{}", finder.browser.at);

    // It makes no second account, and opens nothing.
    at_the_door(&mut finder, &library).shows(&Card::erikas("hers"));
    assert!(finder.sees().heading().contains("öffnet Ihr Konto nicht mehr"));
    // With her phone it is hers again.
    erika.browser.press("new-card", &[]);
    erika.shows(&Card::erikas("hers"));
    assert_eq!((erika.browser.at.as_str(), town.rows("card")), ("/account", 1));
    let asked = library.sign_in();
    finder.forgets_session().opens(&asked.url()).shows(&Card::erikas("hers"));
    assert_eq!(library.welcomes(&finder, &asked).sub(), sub);
}

#[test]
fn what_was_not_read_stays_and_what_is_gone_goes() {
    let town = Town::open();
    let library = town.library();
    let mut first = Card::erikas("hers");
    first.identity.doctoral_degree = Some("DR.".to_owned());
    let (mut erika, _) = erika(&town, &library, &first);
    let rows = town.rows("attribute");
    let mut sparse = Card::erikas("hers");
    sparse.identity.address = None;
    at_the_door(&mut erika, &library).shows(&sparse);
    assert_eq!(town.rows("attribute"), rows, "neither degree nor address was read");
    assert_eq!(town.number("SELECT count(*) FROM identity_record WHERE changed <> ''"), 0);
    sparse.absent = vec![torhaus::domain::attribute::Attribute::DoctoralDegree];
    town.clock.turn(Span::minutes(1));
    at_the_door(&mut erika, &library).shows(&sparse);
    assert_eq!(town.rows("attribute"), rows - 1, "the degree was asked for, and is not there");
    assert_eq!(town.number("SELECT count(*) FROM identity_record WHERE changed = 'doctoral_degree'"), 1);
    let by_card = "SELECT count(*) FROM identity_record r JOIN card c ON c.id = r.card";
    assert_eq!(town.number(by_card), 3);
}

#[test]
fn deleted_in_between_nothing_is_linked() {
    let town = Town::open();
    let library = town.library();
    let (mut erika, _) = erika(&town, &library, &Card::erikas("old"));
    let code = makes_code(&mut erika);
    let mut later = town.resident();
    at_the_door(&mut later, &library).shows(&Card::erikas("new"));
    at_the_door(&mut erika, &library).shows(&Card::erikas("third"));
    erika.browser.click("new-card");
    let id = person(&town);
    let gone = town.app().store.write_blocking(0, move |db| people::delete(id, Actor::Command, &[], db));
    assert!(gone.expect("it fits"));
    assert_eq!(erika.tries_passkey().status, 422);
    assert_eq!(types_code(&mut later, &code), 422);
    for table in ["card", "person_match", "transfer_code", "card_review", "attribute"] {
        assert_eq!(town.rows(table), 0, "{table}");
    }
}
