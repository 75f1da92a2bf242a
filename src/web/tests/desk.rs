//! Identification at the desk: one clerk writes down, another compares, and the person makes a key with a code.

use super::counter::searches;
use super::owners::{hidden, member};
use super::{Came, Guest, House};
use crate::domain::assurance::{IdentityMethod, Level};
use crate::domain::desk::{Identification, Stage, TRIES};
use crate::domain::id::{IdentificationId, PersonId};
use crate::domain::passkey::{Holder, Passkey};
use crate::domain::staff::Role;
use crate::domain::time::Span;
use crate::{paths, store};
use serde_json::json;

/// Somebody without an account, with a passport.
const RUTH: [(&str, &str); 12] = [
    ("given_names", "Ruth"),
    ("family_name", "Sommer"),
    ("birth_date", "3.4.1951"),
    ("birth_place", "Lemberg"),
    ("street", "Lindenweg 4"),
    ("postal_code", "12345"),
    ("locality", "Birkenfurt"),
    ("kind", "passport"),
    ("number", "C01X 0006H"),
    ("country", "d"),
    ("valid_until", "30.9.2031"),
    ("face", "yes"),
];
const CHECKED: [(&str, &str); 2] = [("features", "yes"), ("validity", "yes")];

/// Writes a document down, with these lines otherwise.
async fn writes(clerk: &mut Guest<'_>, more: &[(&str, &str)]) -> Came {
    let person = more.iter().find(|(name, _)| *name == "person").map(|(_, id)| (*id).to_owned());
    let form = match person {
        Some(person) => clerk.opens(&paths::counter_identify(person.parse().unwrap())).await,
        None => clerk.opens(paths::COUNTER_IDENTIFICATION_NEW).await,
    };
    assert_eq!(form.status, 200, "{}", form.body);
    let id = hidden(&form, "identification");
    let usual = RUTH.iter().chain(&CHECKED).filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    let fields: Vec<_> = usual.chain(more).copied().chain([("identification", id.as_str())]).collect();
    clerk.posts(paths::COUNTER_IDENTIFICATIONS, &fields).await
}

/// Presses a button of an identification's page.
async fn presses(clerk: &mut Guest<'_>, page: &str, fields: &[(&str, &str)]) -> Came {
    clerk.opens(page).await;
    clerk.posts(page, fields).await
}

async fn confirms(clerk: &mut Guest<'_>, page: &str) -> Came {
    presses(clerk, page, &[("action", "confirm"), ("compared", "yes")]).await
}

/// The code on the sheet.
async fn gets(clerk: &mut Guest<'_>, page: &str, handover: &str) -> String {
    let sheet = presses(clerk, page, &[("action", "issue"), ("handover", handover)]).await;
    assert_eq!(sheet.status, 200, "{}", sheet.body);
    let (_, rest) = sheet.body.split_once("data-code>").expect("a code");
    rest.split('<').next().unwrap().to_owned()
}

/// Comes with a code; gives the answer and where the sign-in stands.
async fn comes_with(guest: &mut Guest<'_>, code: &str, born: &str) -> (Came, String) {
    let at = guest.opens(paths::CODE).await.location;
    assert!(at.ends_with("/code"), "{at}");
    assert_eq!(guest.opens(&at).await.status, 200);
    (guest.posts(&at, &[("code", code), ("birth_date", born)]).await, at)
}

/// Makes the key to which a code led.
async fn makes(guest: &mut Guest<'_>, key: &str) -> Came {
    assert_eq!(guest.opens(key).await.status, 200);
    guest.makes_key(&format!("{key}/options"), key, json!({ "device_name": "Handy" })).await
}

fn identification(page: &str, house: &House) -> Identification {
    let id: IdentificationId = page.rsplit('/').next().unwrap().parse().unwrap();
    house.read(|db| store::desk::by_id(id, house.app.now(), db)).expect("an identification")
}

fn keys(person: PersonId, house: &House) -> Vec<Passkey> {
    house.read(|db| store::passkey::by_holder(Holder::Person(person), db))
}

/// Two clerks and a confirmed document.
async fn confirmed<'h>(house: &'h House, more: &[(&str, &str)]) -> (Guest<'h>, String) {
    let mut clara = member(Role::Clerk, house).await;
    let mut emil = member(Role::Clerk, house).await;
    let begun = writes(&mut clara, more).await;
    assert_eq!(begun.status, 303, "{}", begun.body);
    assert_eq!(confirms(&mut emil, &begun.location).await.status, 303);
    (clara, begun.location)
}

#[tokio::test]
async fn two_clerks_identify_somebody_new_who_makes_a_key_at_the_desk() {
    let house = House::new();
    let mut clara = member(Role::Clerk, &house).await;
    let mut emil = member(Role::Clerk, &house).await;
    let page = writes(&mut clara, &[]).await.location;
    let waits = clara.opens(&page).await.body;
    assert!(waits.contains("zweite Person") && !waits.contains("Sommer"), "{waits}");
    // Nobody confirms their own, or without having compared.
    assert_eq!(confirms(&mut clara, &page).await.status, 409);
    assert_eq!(presses(&mut clara, &page, &[("action", "reveal")]).await.status, 409);
    let shown = presses(&mut emil, &page, &[("action", "reveal")]).await.body;
    for words in ["Ruth", "Sommer", "3. April 1951", "Lemberg", "Lindenweg 4"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains("C01X"), "the number is nowhere");
    assert_eq!(emil.posts(&page, &[("action", "confirm")]).await.status, 422);
    assert_eq!(confirms(&mut emil, &page).await.status, 303);
    assert_eq!(confirms(&mut emil, &page).await.status, 409, "once");
    let code = gets(&mut clara, &page, "spot").await;
    assert!(!clara.opens(&page).await.body.contains(&code), "shown once");

    let mut ruth = Guest::comes(&house);
    let (came, at) = comes_with(&mut ruth, &code.to_lowercase(), "1951-04-03").await;
    assert_eq!(came.status, 303, "{}", came.body);
    let made = makes(&mut ruth, &came.location).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert_eq!(ruth.opens(&at.replace("/code", "")).await.location, paths::ACCOUNT);
    let person = house.people().remove(0);
    let check = house.read(|db| store::person::latest_check(person, db)).unwrap();
    assert_eq!((check.method, check.card), (IdentityMethod::Counter, None));
    assert_eq!(keys(person, &house)[0].registered_level, Level::Substantial);
    assert_eq!(identification(&page, &house).stage, Stage::Redeemed);
    let account = ruth.opens(paths::ACCOUNT).await;
    assert!(account.status == 200 && account.body.contains("Ruth Sommer"), "{}", account.body);
    let history = ruth.opens(paths::ACCOUNT_HISTORY).await.body;
    assert!(history.contains("Mit dem Code ein Gerät eingerichtet"), "{history}");
    for event in ["asked", "confirmed"] {
        assert_eq!(house.audited(&format!("identification.{event}")), 1);
    }
    // It is found at the counter like every other, and its code opens nothing any more.
    assert_eq!(searches(&mut clara, "Ruth", "Sommer", "3.4.1951").await.status, 303);
    let mut thief = Guest::comes(&house);
    assert_eq!(comes_with(&mut thief, &code, "3.4.1951").await.0.status, 422);
    house.pass(Span::hours(13));
    assert_eq!(ruth.signs_in(paths::ACCOUNT).await.status, 200);
}

#[tokio::test]
async fn what_is_missing_is_said_where_it_is_missing() {
    let house = House::new();
    let mut clara = member(Role::Clerk, &house).await;
    for (line, value, words) in [
        ("birth_date", "1951-13-01", "Das Geburtsdatum fehlt"),
        ("birth_place", "", "Der Geburtsort fehlt"),
        ("kind", "library-card", "Bitte wählen Sie das Dokument"),
        ("number", "12", "4 bis 20"),
        ("number", "C01<script>", "4 bis 20"),
        ("country", "Deutschland", "einen bis drei"),
        ("valid_until", "2031", "ein Tag"),
        ("valid_until", "21.11.2026", "abgelaufen"),
        ("validity", "no", "müssen geprüft sein"),
        ("locality", "", "gehört ein Ort"),
    ] {
        let came = writes(&mut clara, &[(line, value)]).await;
        assert!(came.status == 422 && came.body.contains(words), "{line} {value}: {}", came.body);
        assert!(came.body.contains("Lindenweg 4"), "what was typed stays");
    }
    let nameless = writes(&mut clara, &[("given_names", ""), ("family_name", "")]).await;
    assert!(nameless.status == 422 && nameless.body.contains("fehlen"), "{}", nameless.body);
    assert_eq!(house.audited("identification.asked"), 0);
    // It ends with the last valid day, not before.
    assert_eq!(writes(&mut clara, &[("valid_until", "22.11.2026")]).await.status, 303);
}

#[tokio::test]
async fn a_letter_counts_for_less_and_lives_a_fortnight() {
    let house = House::new();
    let (mut clara, page) = confirmed(&house, &[]).await;
    let early = gets(&mut clara, &page, "letter").await;
    let code = gets(&mut clara, &page, "letter").await;
    let mut ruth = Guest::comes(&house);
    assert_eq!(comes_with(&mut ruth, &early, "3.4.1951").await.0.status, 422, "replaced by the second");
    house.pass(Span::days(13));
    house.rounds().await;
    let (came, _) = comes_with(&mut ruth, &code, "3.4.1951").await;
    assert_eq!(makes(&mut ruth, &came.location).await.status, 200);
    let person = house.people().remove(0);
    let check = house.read(|db| store::person::latest_check(person, db)).unwrap();
    assert_eq!(
        (check.method, keys(person, &house)[0].registered_level),
        (IdentityMethod::Letter, Level::Low)
    );

    let (mut clara, page) = confirmed(&house, &[("given_names", "Rosa"), ("number", "C01X0007H")]).await;
    let late = gets(&mut clara, &page, "letter").await;
    house.pass(Span::hours(2));
    let mut nora = member(Role::Clerk, &house).await;
    let over = presses(&mut nora, &page, &[("action", "issue"), ("handover", "letter")]).await;
    assert_eq!(over.status, 409, "no second sheet when the person is gone");
    house.pass(Span::days(14));
    house.rounds().await;
    let mut rosa = Guest::comes(&house);
    assert_eq!(comes_with(&mut rosa, &late, "3.4.1951").await.0.status, 422);
    let left = house.read(|db| db.all("SELECT id FROM desk_identification", &[], |row| row.get_blob(0)));
    assert_eq!(left.len(), 1, "what nobody used is forgotten, what made an account stays");
}

#[tokio::test]
async fn a_code_bears_five_wrong_birth_dates_and_no_more() {
    let house = House::new();
    let (mut clara, page) = confirmed(&house, &[]).await;
    let code = gets(&mut clara, &page, "letter").await;
    let mut thief = Guest::comes(&house);
    assert_eq!(comes_with(&mut thief, &code[1..], "3.4.1951").await.0.status, 422, "mistyped");
    assert_eq!(comes_with(&mut thief, &code, "bald").await.0.status, 422, "no date");
    for _ in 0..TRIES - 1 {
        assert_eq!(comes_with(&mut thief, &code, "4.4.1951").await.0.status, 422);
    }
    let mut ruth = Guest::comes(&house);
    assert_eq!(
        comes_with(&mut ruth, &code, "3.4.1951").await.0.status,
        303,
        "one was left, and all are back"
    );
    for _ in 0..TRIES {
        assert_eq!(comes_with(&mut thief, &code, "5.4.1951").await.0.status, 422);
    }
    assert_eq!(comes_with(&mut ruth, &code, "3.4.1951").await.0.status, 422, "void");
    assert_eq!(house.audited("enrolment-code.refused"), usize::try_from(2 * TRIES - 1).unwrap());
    // A new sheet helps, as long as the person stands there.
    let again = gets(&mut clara, &page, "spot").await;
    assert_eq!(comes_with(&mut ruth, &again, "3.4.1951").await.0.status, 303);
}

#[tokio::test]
async fn of_two_who_come_with_one_code_one_makes_a_key() {
    let house = House::new();
    let (mut clara, page) = confirmed(&house, &[]).await;
    let code = gets(&mut clara, &page, "spot").await;
    let (mut ruth, mut other) = (Guest::comes(&house), Guest::comes(&house));
    let hers = comes_with(&mut ruth, &code, "3.4.1951").await.0.location;
    let theirs = comes_with(&mut other, &code, "3.4.1951").await.0.location;
    let made = [makes(&mut ruth, &hers).await.status, makes(&mut other, &theirs).await.status];
    assert_eq!((made[0], house.people().len()), (200, 1));
    assert_ne!(made[1], 200);
    // A code is no card: the ways of new cards are closed to it.
    let (mut clara, page) = confirmed(&house, &[("given_names", "Rosa"), ("number", "C01X0007H")]).await;
    let code = gets(&mut clara, &page, "spot").await;
    let mut rosa = Guest::comes(&house);
    let at = comes_with(&mut rosa, &code, "3.4.1951").await.1.replace("/code", "");
    for way in ["new-card", "transfer-code", "card-review"] {
        assert_eq!(rosa.opens(&format!("{at}/{way}")).await.location, at, "{way}");
    }
}

#[tokio::test]
async fn somebody_who_has_an_account_is_identified_anew_and_gets_a_new_key() {
    let house = House::new();
    let mut erika = Guest::comes(&house);
    let person = erika.enrols("erika").await;
    let mut clara = member(Role::Clerk, &house).await;
    let mut emil = member(Role::Clerk, &house).await;
    let id = person.to_string();
    let hers = |more: &[(&'static str, &'static str)]| -> Vec<(&str, &str)> {
        let usual = [("given_names", "Erika"), ("family_name", "Mustermann"), ("birth_date", "12.8.1964")];
        let usual = usual.into_iter().chain([("birth_place", "Berlin"), ("kind", "identity-card")]);
        let kept = usual.filter(|(name, _)| more.iter().all(|(other, _)| other != name));
        kept.chain(more.iter().copied()).collect()
    };
    // No second account, and nobody before whom they do not stand.
    let new = writes(&mut clara, &hers(&[])).await;
    assert!(new.status == 422 && new.body.contains("schon ein Konto"), "{}", new.body);
    assert_eq!(clara.opens(&paths::counter_identify(person)).await.status, 404);
    searches(&mut clara, "Erika", "Mustermann", "12.8.1964").await;
    let form = clara.opens(&paths::counter_identify(person)).await.body;
    assert!(form.contains("value=\"Mustermann\"") || form.contains("value=\"MUSTERMANN\""), "{form}");
    let mut all = hers(&[("birth_date", "13.8.1964")]);
    all.push(("person", &id));
    let other = writes(&mut clara, &all).await;
    assert!(other.status == 422 && other.body.contains("passt nicht"), "{}", other.body);

    house.pass(Span::days(400));
    let mut clara = member(Role::Clerk, &house).await;
    searches(&mut clara, "Erika", "Mustermann", "12.8.1964").await;
    let mut all = hers(&[("family_name", "Beispiel"), ("birth_name", "Gabler"), ("street", "Neue Straße 1")]);
    all.push(("person", &id));
    let page = writes(&mut clara, &all).await.location;
    let mut emil_again = member(Role::Clerk, &house).await;
    assert_ne!(confirms(&mut emil, &page).await.status, 409, "his session has ended");
    assert_eq!(confirms(&mut emil_again, &page).await.status, 303);
    let check = house.read(|db| store::person::latest_check(person, db)).unwrap();
    assert_eq!((check.method, check.at), (IdentityMethod::Counter, house.app.now()));
    assert_eq!(searches(&mut clara, "Erika", "Beispiel", "12.8.1964").await.status, 303, "by the new name");
    assert_eq!(house.read(|db| store::card::by_person(person, db)).len(), 1, "the card is hers as before");

    let code = gets(&mut clara, &page, "spot").await;
    // She is told, in case she is not who has got it.
    erika.signs_in(paths::ACCOUNT).await;
    assert!(erika.opens(paths::ACCOUNT).await.body.contains("wurde im Amt ein Code ausgegeben"));
    let export = erika.opens(paths::ACCOUNT_EXPORT_JSON).await.json();
    assert_eq!(export["identifications"][0]["document"], "identity-card");
    let mut phone = Guest::comes(&house);
    let (came, at) = comes_with(&mut phone, &code, "12.8.1964").await;
    assert_eq!(came.status, 303, "{}", came.body);
    let made = makes(&mut phone, &came.location).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert_eq!(phone.opens(&at.replace("/code", "")).await.location, paths::ACCOUNT);
    assert_eq!((house.people().len(), keys(person, &house).len()), (1, 2));
    assert!(phone.opens(paths::ACCOUNT).await.body.contains("Erika Beispiel"));
    // The same document makes nobody else an account.
    let mut stolen = hers(&[("given_names", "Rosa"), ("birth_date", "1.1.1970")]);
    stolen.retain(|(name, _)| *name != "person");
    let again = writes(&mut clara, &stolen).await;
    assert!(again.status == 422 && again.body.contains("anderen Konto"), "{}", again.body);
}

#[tokio::test]
async fn a_second_clerk_refuses_and_a_code_is_taken_back() {
    let house = House::new();
    let mut clara = member(Role::Clerk, &house).await;
    let mut emil = member(Role::Clerk, &house).await;
    let page = writes(&mut clara, &[]).await.location;
    assert_eq!(presses(&mut emil, &page, &[("action", "refuse"), ("reason", "")]).await.status, 422);
    let refuse = [("action", "refuse"), ("reason", "document")];
    assert_eq!(presses(&mut clara, &page, &refuse).await.status, 409, "not one's own");
    assert_eq!(presses(&mut emil, &page, &refuse).await.status, 303);
    assert!(clara.opens(&page).await.body.contains("Zweifel am Dokument"));
    assert_eq!(confirms(&mut emil, &page).await.status, 409);
    let issue = [("action", "issue"), ("handover", "letter")];
    assert_eq!(presses(&mut clara, &page, &issue).await.status, 409);

    let (mut clara, page) = confirmed(&house, &[]).await;
    assert_eq!(presses(&mut clara, &page, &[("action", "issue")]).await.status, 422);
    let code = gets(&mut clara, &page, "letter").await;
    let take_back = [("action", "withdraw"), ("reason", "letter-lost")];
    assert_eq!(presses(&mut clara, &page, &take_back).await.status, 303);
    assert_eq!(presses(&mut clara, &page, &take_back).await.status, 409);
    let mut thief = Guest::comes(&house);
    assert_eq!(comes_with(&mut thief, &code, "3.4.1951").await.0.status, 422);
    assert_eq!(house.audited("enrolment-code.withdrawn"), 1);
    // Nobody waits for longer than an hour.
    let page = writes(&mut clara, &[("number", "C01X0009H")]).await.location;
    house.pass(Span::minutes(61));
    let mut nora = member(Role::Clerk, &house).await;
    assert_eq!(confirms(&mut nora, &page).await.status, 404);
}

#[tokio::test]
async fn a_blocked_account_gets_no_key_by_a_code() {
    let house = House::new();
    let (mut clara, page) = confirmed(&house, &[]).await;
    let code = gets(&mut clara, &page, "spot").await;
    let mut ruth = Guest::comes(&house);
    let key = comes_with(&mut ruth, &code, "3.4.1951").await.0.location;
    assert_eq!(makes(&mut ruth, &key).await.status, 200);
    let person = house.people().remove(0);
    searches(&mut clara, "Ruth", "Sommer", "3.4.1951").await;
    let id = person.to_string();
    let mut emil = member(Role::Clerk, &house).await;
    let again = writes(&mut clara, &[("person", &id)]).await.location;
    confirms(&mut emil, &again).await;
    let code = gets(&mut clara, &again, "spot").await;
    let at_counter = paths::counter_person(person);
    clara.opens(&at_counter).await;
    clara.posts(&at_counter, &[("action", "block"), ("reason", "misused")]).await;
    let (came, _) = comes_with(&mut ruth, &code, "3.4.1951").await;
    assert!(came.status == 422 && came.body.contains("gesperrt"), "{}", came.body);
}
