//! A new card and neither key nor code: a clerk says whose it is, and nobody else learns anything.

use crate::town::{Answer, Card, Resident, Service, Town};
use serde_json::json;
use std::time::{Duration, Instant};
use torhaus::app::clock::SystemDice;
use torhaus::app::people;
use torhaus::domain::audit::Actor;
use torhaus::domain::id::InviteId;
use torhaus::domain::secret::Bearer;
use torhaus::domain::staff::Role;
use torhaus::domain::time::Span;
use torhaus::{paths, store};

/// A page without what differs from one sign-in to the next: its id, tokens, nonces.
pub fn masked(page: &Answer) -> String {
    const MARKS: [(&str, &str); 4] = [
        ("/sign-in/sgn_", ""),
        ("name=\"csrf\" content=\"", "-_"),
        ("name=\"csrf\" value=\"", "-_"),
        ("nonce=\"", "+/="),
    ];
    let text = page.text();
    let mut out = format!("{} ", page.status);
    let mut rest = text.as_str();
    while let Some((at, letters)) = MARKS
        .iter()
        .filter_map(|(mark, letters)| rest.find(mark).map(|at| (at + mark.len(), *letters)))
        .min_by_key(|(at, _)| *at)
    {
        out.push_str(&rest[..at]);
        rest = rest[at..].trim_start_matches(|c: char| c.is_ascii_alphanumeric() || letters.contains(c));
    }
    out + rest
}

/// An operator, invited and joined.
fn joins<'t>(town: &'t Town, name: &str) -> Resident<'t> {
    comes_as(Role::Operator, town, name)
}

/// A member of staff, invited and joined.
fn comes_as<'t>(role: Role, town: &'t Town, name: &str) -> Resident<'t> {
    let (id, secret) = (InviteId::draw(&SystemDice), Bearer::draw(&SystemDice));
    let hash = secret.hash();
    let invited = town
        .app()
        .store
        .write_blocking(town.app().now().0, move |db| store::staff::invite(id, &hash, role, db));
    invited.expect("it fits");
    let mut olga = town.resident();
    olga.browser.open(&paths::invite(id, secret.expose()));
    let page = olga.ceremony("register");
    let begun = olga.begins(&page);
    let credential = olga.phone.create(&begun, &town.origin);
    let body = json!({ "ceremony": begun["ceremony"], "credential": credential, "staff_name": name });
    let answer = olga.browser.post_json(&page["data-finish-url"], &body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    olga
}

fn erika<'t>(town: &'t Town, library: &Service<'_>, pseudonym: &'static str) -> Resident<'t> {
    let mut erika = town.resident();
    erika
        .opens(&library.sign_in().url())
        .is_new()
        .shows(&Card::erikas(pseudonym))
        .makes_key()
        .agrees_for_good();
    erika
}

/// With a card that nobody knows, to the question, and asks it. Gives the pages and how long the answer took.
fn asks<'t>(town: &'t Town, library: &Service<'_>, card: &Card) -> (Resident<'t>, Vec<String>, Duration) {
    let mut who = town.resident();
    who.opens(&library.sign_in().url()).shows(card);
    let mut pages = vec![masked(who.sees())];
    for step in ["new-card", "card-review"] {
        who.browser.click(step);
        pages.push(masked(who.sees()));
    }
    let begun = Instant::now();
    who.browser.press("ask-review", &[]);
    let took = begun.elapsed();
    pages.push(masked(who.sees()));
    assert!(who.browser.at.ends_with("/card-review"), "{}", who.browser.at);
    // And whatever one opens afterwards.
    let address = who.browser.at.clone();
    let sign_in = address.trim_end_matches("/card-review");
    for after in ["", "/key", "/new-card", "/transfer-code", "/card-review"] {
        who.browser.open(&format!("{sign_in}{after}"));
        pages.push(masked(who.sees()));
    }
    (who, pages, took)
}

/// Where the one open question is.
fn question(town: &Town) -> String {
    let app = town.app();
    let open = app.store.read(|db| store::card_review::list(10, app.now(), db)).expect("the store answers");
    paths::operator_card_review(open[0].id)
}

#[test]
fn one_none_and_several_look_the_same() {
    let town = Town::open();
    let library = town.library();
    let mut ways = Vec::new();
    // Nobody yet; then Erika; then a second account of the same data.
    for known in [None, Some("first"), Some("second")] {
        if let Some(pseudonym) = known {
            erika(&town, &library, pseudonym);
        }
        ways.push(asks(&town, &library, &Card::erikas("new")));
    }
    let [(_, none, _), (_, one, _), (_, several, _)] = ways.as_slice() else { panic!("three ways") };
    assert_eq!(none, one);
    assert_eq!(one, several);
    for (_, pages, took) in &ways {
        assert!(*took >= Duration::from_millis(390), "{took:?}: as long whatever is found");
        assert!(
            pages.iter().all(|page| !page.contains("Mustermann") || page.contains("Ausweis ist geprüft"))
        );
    }
    assert_eq!((town.audited("card.review-asked"), town.audited("card.unmatched")), (1, 2));
    assert_eq!(town.number("SELECT count(*) FROM card"), 2, "nothing is linked");
}

#[test]
fn the_clerk_confirms_and_the_next_reading_finds_the_person() {
    let town = Town::open();
    let library = town.library();
    let asked = library.sign_in();
    let mut erika = town.resident();
    erika.opens(&asked.url()).is_new().shows(&Card::erikas("old")).makes_key().agrees_for_good();
    let sub = library.welcomes(&erika, &asked).sub().to_owned();
    let (mut later, ..) = asks(&town, &library, &Card::erikas("new").living_at("AM WEHR 3"));
    erika.browser.open("/account");
    assert!(erika.sees().text().contains("kam jemand mit einem neuen Ausweis"), "she is told");

    let mut olga = joins(&town, "Olga Orlowa");
    olga.browser.open(paths::OPERATOR);
    assert!(olga.sees().text().contains("1 neuer Ausweis wartet"), "{}", olga.sees().text());
    olga.browser.open(paths::OPERATOR_CARD_REVIEWS);
    let case = question(&town);
    olga.browser.click_to(&case);
    for personal in ["MUSTERMANN", "ERIKA", "AM WEHR", "1964"] {
        assert!(!olga.sees().text().contains(personal), "{personal} before it is revealed");
    }
    olga.browser.press("reveal", &[]);
    assert_eq!(town.audited("person.revealed"), 1);
    let text = olga.sees().text();
    for compared in ["MUSTERMANN", "HEIDESTRAẞE 17", "AM WEHR 3", "12. August 1964"] {
        assert!(text.contains(compared), "{compared}");
    }
    assert_eq!(olga.sees().header("cache-control"), Some("no-store"));

    // Another clerk decides at the same time; the second is told.
    let mut otto = joins(&town, "Otto Ohm");
    otto.browser.open(&case);
    otto.browser.press("reveal", &[]);
    olga.browser.press("confirm-card", &[]);
    assert!(olga.sees().status == 200 && olga.sees().text().contains("Olga Orlowa"));
    otto.browser.press("refuse-unclear", &[]);
    assert_eq!(otto.sees().status, 409);
    assert!(otto.sees().text().contains("Jemand war schneller"), "{}", otto.sees().text());
    assert_eq!((town.audited("card.review-confirmed"), town.audited("card.review-refused")), (1, 0));
    let by = "SELECT count(*) FROM audit WHERE event = 'card.linked' AND actor LIKE 'staff %'";
    assert_eq!(town.number(by), 1);
    let kept = "SELECT count(*) FROM card_review WHERE sealed_identity IS NOT NULL";
    assert_eq!(town.number(kept), 0, "what was read for it is gone");

    let asked = library.sign_in();
    later.opens(&asked.url()).shows(&Card::erikas("new"));
    assert_eq!(library.welcomes(&later, &asked).sub(), sub);
    later.forgets_session().opens(&asked.url()).shows(&Card::erikas("old"));
    assert!(later.sees().heading().contains("öffnet Ihr Konto nicht mehr"));
}

#[test]
fn a_clerk_who_does_not_confirm_changes_nothing() {
    let town = Town::open();
    let library = town.library();
    erika(&town, &library, "old");
    asks(&town, &library, &Card::erikas("new"));
    // Asked twice, one question waits.
    asks(&town, &library, &Card::erikas("new"));
    assert_eq!(town.rows("card_review"), 1);
    let mut olga = joins(&town, "Olga Orlowa");
    olga.browser.open(&question(&town));
    olga.browser.press("reveal", &[]);
    olga.browser.press("refuse-other-person", &[]);
    assert!(olga.sees().text().contains("einer anderen Person"));
    assert_eq!((town.rows("card"), town.audited("card.review-refused")), (1, 1));
    let mut later = town.resident();
    later.opens(&library.sign_in().url()).shows(&Card::erikas("new"));
    assert!(later.browser.at.ends_with("/key"), "{}", later.browser.at);
}

#[test]
fn a_card_that_became_an_account_is_not_taken_from_it() {
    let town = Town::open();
    let library = town.library();
    erika(&town, &library, "old");
    asks(&town, &library, &Card::erikas("new"));
    erika(&town, &library, "new");
    let mut olga = joins(&town, "Olga Orlowa");
    olga.browser.open(&question(&town));
    olga.browser.press("reveal", &[]);
    olga.browser.press("confirm-card", &[]);
    assert_eq!(olga.sees().status, 409);
    assert_eq!((town.rows("person"), town.audited("card.linked")), (2, 0));
}

#[test]
fn a_new_name_with_the_phone_goes_to_the_clerk() {
    let town = Town::open();
    let library = town.library();
    let mut erika = erika(&town, &library, "old");
    let married = Card::erikas("new").named("ERIKA", "BEISPIEL");
    erika.forgets_session().opens(&library.sign_in().url()).shows(&married);
    erika.browser.click("new-card");
    erika.proves_with_passkey();
    assert_eq!(erika.sees().heading(), "Wir prüfen das");
    assert_eq!((town.rows("card"), town.rows("card_review")), (1, 1));
    let mut olga = joins(&town, "Olga Orlowa");
    olga.browser.open(&question(&town));
    olga.browser.press("reveal", &[]);
    assert!(olga.sees().text().contains("BEISPIEL") && olga.sees().text().contains("MUSTERMANN"));
    olga.browser.press("confirm-card", &[]);
    let asked = library.sign_in();
    erika.opens(&asked.url()).shows(&married);
    let login = library.welcomes(&erika, &asked);
    assert_eq!(login.user["family_name"], "BEISPIEL", "the next reading renews the name");
    erika.browser.open("/account");
    assert!(erika.sees().text().contains("erneuert: Familienname"));
}

#[test]
fn a_question_is_forgotten_with_its_person_and_with_time() {
    let town = Town::open();
    let library = town.library();
    erika(&town, &library, "old");
    asks(&town, &library, &Card::erikas("new"));
    let case = question(&town);
    let mut olga = joins(&town, "Olga Orlowa");
    olga.browser.open(&case);
    olga.browser.press("reveal", &[]);
    let app = town.app();
    let person = app.store.read(|db| store::person::page(None, 1, db)).expect("the store answers")[0].id;
    let gone = app.store.write_blocking(0, move |db| people::delete(person, Actor::Command, &[], db));
    assert!(gone.expect("it fits"));
    olga.browser.press("confirm-card", &[]);
    assert_eq!(olga.sees().status, 404);
    assert_eq!((town.rows("card_review"), town.rows("card")), (0, 0));

    erika(&town, &library, "again");
    asks(&town, &library, &Card::erikas("new"));
    town.clock.turn(Span::days(31));
    town.sweep();
    assert_eq!(town.rows("card_review"), 0);
}

#[test]
fn the_questions_are_the_operators_alone() {
    let town = Town::open();
    let library = town.library();
    let mut erika = erika(&town, &library, "old");
    asks(&town, &library, &Card::erikas("new"));
    let case = question(&town);
    for page in [paths::OPERATOR_CARD_REVIEWS, &case] {
        erika.browser.open(page);
        assert!(erika.browser.at.starts_with("/sign-in/"), "{page}: a resident is no operator");
    }
    let mut olga = joins(&town, "Olga Orlowa");
    olga.browser.open(&case);
    let csrf = olga.browser.csrf();
    for fields in
        [vec![("action", "burn")], vec![("action", "refuse")], vec![("action", "refuse"), ("reason", "x")]]
    {
        let mut fields = fields;
        fields.push(("csrf", csrf.as_str()));
        olga.browser.submit(&case, &fields);
        assert_eq!(olga.sees().status, 400, "{fields:?}");
    }
    olga.browser.submit(&case, &[("action", "confirm"), ("csrf", "forged")]);
    assert_eq!(olga.sees().status, 403);
    assert_eq!(town.rows("card"), 1);
}

/// Where the question is at the counter.
fn at_counter(case: &str) -> String {
    case.replace("/operator/", "/counter/")
}

#[test]
fn a_clerk_at_the_counter_confirms_and_takes_it_back() {
    let town = Town::open();
    let library = town.library();
    let asked = library.sign_in();
    let mut erika = town.resident();
    erika.opens(&asked.url()).is_new().shows(&Card::erikas("old")).makes_key().agrees_for_good();
    let sub = library.welcomes(&erika, &asked).sub().to_owned();
    town.clock.turn(Span::minutes(1));
    let (mut other, ..) = asks(&town, &library, &Card::erikas("new").living_at("AM WEHR 3"));
    let mut clara = comes_as(Role::Clerk, &town, "Clara Claas");
    clara.browser.open(paths::COUNTER_CARD_REVIEWS);
    let case = at_counter(&question(&town));
    clara.browser.click_to(&case);
    assert!(!clara.sees().text().contains(paths::OPERATOR_PEOPLE), "clerks see no list of people");
    clara.browser.press("reveal", &[]);
    clara.browser.press("confirm-card", &[]);
    assert!(clara.sees().text().contains("Clara Claas"), "{}", clara.sees().text());
    // Whoever holds the new card comes in, makes a key of their own, and the address is renewed.
    town.clock.turn(Span::minutes(1));
    other.opens(&library.sign_in().url()).shows(&Card::erikas("new").living_at("AM WEHR 3"));
    other.browser.open(paths::ACCOUNT_DEVICES);
    assert_eq!(other.tries_to_make_key().status, 200);
    other.browser.open(paths::ACCOUNT);
    assert!(other.sees().text().contains("AM WEHR 3"), "{}", other.sees().text());

    clara.browser.open(&case);
    clara.browser.press("undo-card", &[("reason", "mistake")]);
    assert_eq!(clara.sees().status, 422, "not without the box");
    clara.browser.press("undo-card", &[("confirm", "yes")]);
    assert_eq!(clara.sees().status, 422, "not without a reason");
    clara.browser.press("undo-card", &[("reason", "mistake"), ("confirm", "yes")]);
    let text = clara.sees().text();
    assert!(text.contains("Zurückgenommen") && text.contains("war ein Versehen"), "{text}");
    assert_eq!((town.audited("card.unlinked"), town.audited("passkey.blocked")), (1, 1));

    // The stranger is out, and their card is nobody's; what it told is gone.
    other.browser.open(paths::ACCOUNT);
    assert!(other.browser.at.contains("/sign-in/"), "{}", other.browser.at);
    assert_eq!((town.rows("card"), town.rows("identity_record")), (1, 1));
    let told = "SELECT count(*) FROM attribute WHERE check_id NOT IN (SELECT id FROM identity_record)";
    assert_eq!(town.number(told), 0);
    other.opens(&library.sign_in().url()).shows(&Card::erikas("new"));
    assert!(other.browser.at.ends_with("/key"), "their own account: {}", other.browser.at);
    // Erika's card opens hers again, and brings back what is missing.
    let asked = library.sign_in();
    erika.forgets_session().opens(&asked.url()).shows(&Card::erikas("old"));
    assert_eq!(library.welcomes(&erika, &asked).sub(), sub);
    erika.browser.open(paths::ACCOUNT_HISTORY);
    let text = erika.sees().text();
    assert!(text.contains("vom Amt zurückgenommen") && text.contains("war ein Versehen"), "{text}");
    erika.browser.open(paths::ACCOUNT);
    assert!(erika.sees().text().contains("HEIDESTRAẞE 17"));
}

#[test]
fn a_link_is_taken_back_once_and_not_after_another_card() {
    let town = Town::open();
    let library = town.library();
    erika(&town, &library, "old");
    asks(&town, &library, &Card::erikas("new"));
    let case = question(&town);
    let (mut olga, mut clara) = (joins(&town, "Olga Orlowa"), comes_as(Role::Clerk, &town, "Clara Claas"));
    olga.browser.open(&case);
    olga.browser.press("reveal", &[]);
    olga.browser.press("confirm-card", &[]);
    // A third card takes its place.
    asks(&town, &library, &Card::erikas("third"));
    let third = question(&town);
    olga.browser.open(&third);
    olga.browser.press("reveal", &[]);
    olga.browser.press("confirm-card", &[]);
    olga.browser.open(&case);
    assert!(!olga.browser.offers("undo-card") && olga.sees().text().contains("durch einen anderen ersetzt"));
    let csrf = olga.browser.csrf();
    let fields = [("csrf", csrf.as_str()), ("action", "undo"), ("reason", "misused"), ("confirm", "yes")];
    olga.browser.submit(&case, &fields);
    assert_eq!(olga.sees().status, 409, "{}", olga.sees().text());
    assert_eq!(town.audited("card.unlinked"), 0);
    // The third goes; of two who press at once one is told.
    olga.browser.open(&third);
    clara.browser.open(&at_counter(&third));
    olga.browser.press("undo-card", &[("reason", "mistake"), ("confirm", "yes")]);
    assert_eq!(olga.sees().status, 200);
    clara.browser.press("undo-card", &[("reason", "mistake"), ("confirm", "yes")]);
    assert_eq!(clara.sees().status, 409);
    assert_eq!(town.audited("card.unlinked"), 1);
    assert_eq!(
        town.number("SELECT count(*) FROM card WHERE state = 'current'"),
        1,
        "the second counts again"
    );
    town.clock.turn(Span::days(31));
    let mut late = joins(&town, "Otto Ohm");
    late.browser.open(&case);
    assert_eq!(late.sees().status, 404, "after a month it stays as it is");
}
