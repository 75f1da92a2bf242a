//! Linking a new card to a person at the counter, and undoing a link that was wrong: the namesake leaves nothing behind.

use super::counter::searches;
use super::owners::{APP, decides, member, registers, service};
use super::staff::organisation;
use super::{Came, Guest, House};
use crate::domain::assurance::IdentityMethod;
use crate::domain::attribute::Identity;
use crate::domain::audit::Actor;
use crate::domain::card::{Card, CardState, Review, ReviewStage, UndoReason};
use crate::domain::id::{CheckId, PersonId, ReviewId, ServiceId, SessionId, StaffId};
use crate::domain::identity_check::CheckResult;
use crate::domain::passkey::{Holder, Passkey, PasskeyState};
use crate::domain::staff::Role;
use crate::domain::time::Span;
use crate::eid::demo_card::person as demo_person;
use crate::eid::{Settled, settle};
use crate::http::session::{Kind, cookie};
use crate::store::vault;
use crate::web::card_undo::{Undo, Undone};
use crate::{paths, store};
use serde_json::json;

const RIGHT: [(&str, &str); 3] = [("action", "undo"), ("reason", "other-person"), ("confirm", "yes")];

/// What stands on a card of somebody of Erika's name, birth date and birth place, who lives elsewhere.
fn namesake() -> Identity {
    let mut identity = demo_person("erika").unwrap().identity();
    if let Some(address) = &mut identity.address {
        address.street = "Am Wehr 3".to_owned();
    }
    identity
}

/// Lays a card on which no made-up person of the demo holds; gives where the browser goes then.
async fn shows(guest: &mut Guest<'_>, reader: &str, pseudonym: &str, identity: Identity) -> String {
    let house = guest.house;
    let check: CheckId = reader.rsplit('/').next().unwrap().parse().unwrap();
    let (check, sign_in) = house.read(|db| {
        let check = store::identity_check::by_id(check, db)?.unwrap();
        let sign_in = store::sign_in::by_id(check.sign_in, db)?.unwrap();
        Ok((check, sign_in))
    });
    let result = CheckResult {
        identity,
        absent: Vec::new(),
        method: IdentityMethod::GermanEid,
        at: house.app.now(),
        document_expires: Some(house.app.now() + Span::days(3000)),
        card_pseudonym: pseudonym.as_bytes().to_vec(),
        transaction: "made up".to_owned(),
        provider: "a test".to_owned(),
        demo: true,
    };
    let at = paths::sign_in(sign_in.id);
    match settle(Ok(result), &check, &sign_in, &house.app).await.unwrap() {
        Settled::New(browser) => {
            let new = browser.cookie().unwrap();
            guest.jar.insert(new.name().to_owned(), new.value().to_owned());
            format!("{at}/key")
        }
        Settled::Known { login, .. } => {
            if let Some((_, value)) = &login.session {
                let new = cookie(Kind::Person, value.expose());
                guest.jar.insert(new.name().to_owned(), new.value().to_owned());
            }
            at
        }
        Settled::Asked => format!("{at}/card-review"),
        Settled::Refused(_) => reader.to_owned(),
    }
}

/// Comes to the account's door and to the reader.
async fn reader(guest: &mut Guest<'_>) -> String {
    guest.house.pass(Span::seconds(20));
    let at = guest.stands_at(paths::ACCOUNT).await;
    guest.posts(&format!("{at}/identity-checks"), &[("purpose", "enrol")]).await.location
}

/// With a card that nobody knows: asks whose account it is. Gives the question.
async fn asks(guest: &mut Guest<'_>, pseudonym: &str) -> Review {
    let reader = reader(guest).await;
    let key = shows(guest, &reader, pseudonym, namesake()).await;
    let ask = key.replace("/key", "/card-review");
    assert_eq!(guest.opens(&ask).await.status, 200);
    assert_eq!(guest.posts(&ask, &[]).await.status, 303);
    let (house, now) = (guest.house, guest.house.app.now());
    let open = house.read(|db| store::card_review::list(1, now, db)).remove(0);
    assert_eq!(open.stage, ReviewStage::Open);
    open
}

/// Comes in with a card that leads to an account.
async fn comes_in(guest: &mut Guest<'_>, pseudonym: &str) {
    let reader = reader(guest).await;
    let next = shows(guest, &reader, pseudonym, namesake()).await;
    assert_eq!(guest.opens(&next).await.location, paths::ACCOUNT);
    assert_eq!(guest.opens(paths::ACCOUNT).await.status, 200);
}

/// Reveals and confirms.
async fn confirms(staff: &mut Guest<'_>, page: &str) {
    staff.opens(page).await;
    assert_eq!(staff.posts(page, &[("action", "reveal")]).await.status, 200);
    let came = staff.posts(page, &[("action", "confirm")]).await;
    assert_eq!((came.status, came.location.as_str()), (303, page), "{}", came.body);
}

async fn undoes(staff: &mut Guest<'_>, page: &str) -> Came {
    staff.opens(page).await;
    staff.posts(page, &RIGHT).await
}

fn review(id: ReviewId, house: &House) -> Review {
    house.read(|db| store::card_review::by_id(id, house.app.now(), db)).expect("a review")
}

fn cards(person: PersonId, house: &House) -> Vec<Card> {
    house.read(|db| store::card::by_person(person, db))
}

fn keys(person: PersonId, house: &House) -> Vec<Passkey> {
    house.read(|db| store::passkey::by_holder(Holder::Person(person), db))
}

fn states(person: PersonId, house: &House) -> Vec<CardState> {
    cards(person, house).iter().map(|card| card.state).collect()
}

fn known(person: PersonId, house: &House) -> Identity {
    let all = crate::domain::attribute::Attribute::ALL;
    house.read(|db| vault::open_identity(person, &all, &house.app.keys, db)).unwrap()
}

/// Erika with her account, a clerk, and a namesake whose card that clerk has linked to it.
async fn mistaken<'h>(house: &'h House) -> (Guest<'h>, PersonId, Guest<'h>, Guest<'h>, Review) {
    let mut erika = Guest::comes(house);
    let person = erika.enrols("erika").await;
    let mut clara = member(Role::Clerk, house).await;
    let mut namesake = Guest::comes(house);
    let review = asks(&mut namesake, "namesake").await;
    confirms(&mut clara, &paths::counter_card_review(review.id)).await;
    (erika, person, clara, namesake, review)
}

#[tokio::test]
async fn a_clerk_links_a_card_and_sees_no_list_of_people() {
    let house = House::new();
    let mut erika = Guest::comes(&house);
    let person = erika.enrols("erika").await;
    let review = asks(&mut Guest::comes(&house), "new").await;
    let mut clara = member(Role::Clerk, &house).await;
    let front = clara.opens(paths::COUNTER).await.body;
    assert!(front.contains(paths::COUNTER_CARD_REVIEWS) && front.contains("1 wartet"), "{front}");
    let page = paths::counter_card_review(review.id);
    let list = clara.opens(paths::COUNTER_CARD_REVIEWS).await.body;
    assert!(list.contains(&page) && !list.contains(paths::OPERATOR_CARD_REVIEWS), "{list}");
    let hidden = clara.opens(&page).await.body;
    assert!(!hidden.contains("Mustermann") && !hidden.contains(paths::OPERATOR_PEOPLE), "{hidden}");
    let shown = clara.posts(&page, &[("action", "reveal")]).await.body;
    assert!(shown.contains("12. August 1964") && shown.contains("Am Wehr 3"), "{shown}");
    assert_eq!(house.audited("person.revealed"), 1);
    // Neither revealing nor confirming brings the person before the clerk.
    assert_eq!(clara.opens(&paths::counter_person(person)).await.status, 404);
    assert_eq!(clara.posts(&page, &[("action", "confirm")]).await.status, 303);
    assert_eq!(clara.opens(&paths::counter_person(person)).await.status, 404);
    assert_eq!(states(person, &house), [CardState::Current, CardState::Replaced]);
    assert!(!clara.opens(paths::COUNTER).await.body.contains("1 wartet"));
    // Found by name, they are shown with their card and what can be undone.
    searches(&mut clara, "Erika", "Mustermann", "12.8.1964").await;
    let before = clara.opens(&paths::counter_person(person)).await.body;
    for words in ["Vom Amt bestätigt am", "Verbindung zurücknehmen", &page] {
        assert!(before.contains(words), "{words}: {before}");
    }
    assert!(clara.opens(&page).await.body.contains(&paths::counter_person(person)), "a way back");
}

#[tokio::test]
async fn what_waits_about_somebody_and_how_their_card_came_stands_on_their_page() {
    let house = House::new();
    let mut erika = Guest::comes(&house);
    let person = erika.enrols("erika").await;
    let mut clara = member(Role::Clerk, &house).await;
    let review = asks(&mut Guest::comes(&house), "new").await;
    searches(&mut clara, "Erika", "Mustermann", "12.8.1964").await;
    let page = clara.opens(&paths::counter_person(person)).await.body;
    for words in ["Führt seit", "Wartet", &paths::counter_card_review(review.id)] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("Verbindung zurücknehmen"), "nothing was linked");
    // With her phone she links it herself: no clerk has anything to undo.
    let mut own = demo_person("erika").unwrap().identity();
    own.document_type = Some("ID".to_owned());
    let renewal = erika.opens(paths::ACCOUNT).await;
    assert_eq!(renewal.status, 200);
    let reader = erika.posts(paths::ACCOUNT_RENEWAL, &[]).await.location;
    shows(&mut erika, &reader, "her own", own).await;
    let page = clara.opens(&paths::counter_person(person)).await.body;
    assert!(page.contains("Mit einem Gerät der Person verbunden am"), "{page}");
    assert!(!page.contains("Verbindung zurücknehmen"));
}

#[tokio::test]
async fn operators_keep_their_page_and_others_have_none() {
    let house = House::new();
    let (mut erika, person, mut clara, _, review) = mistaken(&house).await;
    let own = organisation("Amt", &house);
    let (counter, operator) = (paths::counter_card_review(review.id), paths::operator_card_review(review.id));
    for role in [Role::Owner(own), Role::Viewer(own)] {
        let mut otto = member(role, &house).await;
        for page in [&counter, &operator] {
            assert_eq!(otto.opens(page).await.status, 403, "{page}");
            otto.opens(paths::HOME).await;
            assert_eq!(otto.posts(page, &RIGHT).await.status, 403, "{page}");
        }
    }
    let mut olga = member(Role::Operator, &house).await;
    assert_eq!(olga.opens(&counter).await.status, 403, "who runs the house is no clerk");
    assert_eq!(clara.opens(&operator).await.status, 403);
    erika.opens(paths::ACCOUNT).await;
    assert!(erika.posts(&counter, &RIGHT).await.location.starts_with("/sign-in/"));
    assert_eq!(house.audited("card.unlinked"), 0);
    let page = olga.opens(&operator).await.body;
    assert!(page.contains(&paths::operator_person(person)) && page.contains("Verbindung zurücknehmen"));
    assert_eq!(undoes(&mut olga, &operator).await.location, operator);
    assert_eq!((house.audited("card.unlinked"), house.audited("card.restored")), (1, 1));
}

#[tokio::test]
async fn an_undone_link_leaves_nothing_of_the_namesake() {
    let house = House::new();
    let (mut erika, person, mut clara, mut namesake, question) = mistaken(&house).await;
    let own = keys(person, &house).remove(0).id;
    comes_in(&mut namesake, "namesake").await;
    assert_eq!(known(person, &house).address.unwrap().street, "Am Wehr 3");
    let made = json!({ "device_name": "Fremdes Handy" });
    namesake.opens(paths::ACCOUNT_DEVICES).await;
    let made = namesake.makes_key(paths::ACCOUNT_DEVICE_OPTIONS, paths::ACCOUNT_DEVICES, made).await;
    assert_eq!(made.status, 200, "{}", made.body);
    namesake.opens(paths::ACCOUNT_TRANSFER_CODE).await;
    assert_eq!(namesake.posts(paths::ACCOUNT_TRANSFER_CODE, &[("action", "make")]).await.status, 200);
    house.pass(Span::seconds(30));
    assert_eq!(erika.opens(paths::ACCOUNT).await.status, 200, "logged in all the while");
    let page = paths::counter_card_review(question.id);
    let before = clara.opens(&page).await.body;
    for words in ["War das falsch?", "Alle Anmeldungen der Person enden", "Neue Geräte werden gesperrt"] {
        assert!(before.contains(words), "{words}: {before}");
    }
    for lacking in [
        [("action", "undo"), ("reason", ""), ("confirm", "yes")],
        [("action", "undo"), ("reason", "lost"), ("confirm", "yes")],
        [("action", "undo"), ("reason", "mistake"), ("confirm", "no")],
    ] {
        let came = clara.posts(&page, &lacking).await;
        let (reason, tick) =
            (came.body.contains("id=\"why-error\""), came.body.contains("id=\"confirm-error\""));
        assert_eq!((came.status, reason, tick), (422, !tick, lacking[2].1 == "no"), "{lacking:?}");
    }
    assert_eq!(house.audited("card.unlinked"), 0);
    let undone = clara.posts(&page, &RIGHT).await;
    assert_eq!((undone.status, undone.location.as_str()), (303, page.as_str()), "{}", undone.body);

    let stage = review(question.id, &house).stage;
    assert!(matches!(stage, ReviewStage::Undone { why: UndoReason::OtherPerson, .. }), "{stage:?}");
    assert_eq!(states(person, &house), [CardState::Current], "the one before counts");
    let blocked: Vec<_> = keys(person, &house).iter().map(|key| (key.id == own, key.state)).collect();
    assert_eq!(blocked, [(true, PasskeyState::Active), (false, PasskeyState::Blocked)]);
    assert_eq!(house.read(|db| store::binding::by_person(person, db)).len(), 1);
    assert_eq!(house.read(store::binding::revoked).len(), 1);
    assert!(house.read(|db| store::session::by_holder(Holder::Person(person), db)).is_empty());
    assert!(house.read(|db| store::transfer_code::by_person(person, db)).is_none());
    assert_eq!(house.read(|db| store::person::checks(person, db)).len(), 1);
    assert_eq!(known(person, &house), Identity::default(), "all of it was the namesake's");
    // Nobody finds her by name now; whoever undid it has her before them and identifies her anew.
    let after = clara.opens(&page).await.body;
    assert!(after.contains("Zurückgenommen") && after.contains(&paths::counter_person(person)), "{after}");
    let nameless = clara.opens(&paths::counter_person(person)).await;
    assert_eq!(nameless.status, 200);
    assert!(nameless.body.contains("Person ohne Angaben"), "{}", nameless.body);
    assert!(nameless.body.contains(&paths::counter_identify(person)), "{}", nameless.body);
    assert_eq!(searches(&mut clara, "Erika", "Mustermann", "12.8.1964").await.status, 422);

    for guest in [&mut erika, &mut namesake] {
        assert!(guest.opens(paths::ACCOUNT).await.location.starts_with("/sign-in/"), "out");
    }
    house.pass(Span::seconds(30));
    let at = namesake.stands_at(paths::ACCOUNT).await;
    assert_ne!(namesake.signs_in_at(&at, paths::ACCOUNT).await.status, 200, "their key opens nothing");
    // Their card makes an account of their own.
    let next = reader(&mut namesake).await;
    let key = shows(&mut namesake, &next, "namesake", self::namesake()).await;
    assert_eq!(namesake.opens(&key).await.status, 200);
    let theirs = namesake.makes_key(&format!("{key}/options"), &key, json!({ "device_name": "Handy" })).await;
    assert_eq!((theirs.status, house.people().len()), (200, 2), "{}", theirs.body);
}

#[tokio::test]
async fn the_person_reads_why_and_comes_back_with_the_card_they_have() {
    let house = House::new();
    let (mut erika, person, mut clara, mut namesake, question) = mistaken(&house).await;
    comes_in(&mut namesake, "namesake").await;
    undoes(&mut clara, &paths::counter_card_review(question.id)).await;
    house.pass(Span::seconds(30));
    assert_eq!(erika.signs_in(paths::ACCOUNT).await.status, 200);
    let account = erika.opens(paths::ACCOUNT).await;
    assert_eq!(account.status, 200);
    for words in
        ["haben wir die Verbindung mit einem Ausweis zurückgenommen", "Weisen Sie sich bitte neu aus"]
    {
        assert!(account.body.contains(words), "{words}: {}", account.body);
    }
    assert!(!account.body.contains("Am Wehr 3"));
    let history = erika.opens(paths::ACCOUNT_HISTORY).await.body;
    for words in [
        "Verbindung mit einem Ausweis vom Amt zurückgenommen",
        "Ausweis einer anderen Person",
        "entfernt: ",
        "Bisheriger Ausweis gilt wieder",
    ] {
        assert!(history.contains(words), "{words}: {history}");
    }
    // Pages that show who somebody is do so without it.
    for page in
        [paths::ACCOUNT_EXPORT, paths::ACCOUNT_EXPORT_JSON, paths::ACCOUNT_DEVICES, paths::ACCOUNT_DELETION]
    {
        assert_eq!(erika.opens(page).await.status, 200, "{page}");
    }
    erika.opens(paths::ACCOUNT).await;
    let renewal = erika.posts(paths::ACCOUNT_RENEWAL, &[]).await.location;
    let back = erika.lays_on(&renewal, "erika").await.location;
    erika.opens(&back).await;
    let account = erika.opens(paths::ACCOUNT).await.body;
    assert!(account.contains("Erika Mustermann") && account.contains("12. August 1964"), "{account}");
    assert!(!account.contains("Weisen Sie sich bitte neu aus"), "{account}");
    assert_eq!(states(person, &house), [CardState::Current]);
    assert_eq!(searches(&mut clara, "Erika", "Mustermann", "12.8.1964").await.status, 303, "found again");
}

fn ask(id: ServiceId, scope: &str) -> String {
    let challenge = "A".repeat(43);
    format!(
        "{}?client_id={id}&response_type=code&scope={scope}&redirect_uri={APP}&code_challenge_method=S256&code_challenge={challenge}",
        paths::AUTHORIZE,
    )
}

#[tokio::test]
async fn what_the_namesake_agreed_to_does_not_count_and_services_hear_of_it() {
    let house = House::new();
    let mut otto = member(Role::Owner(organisation("Amt", &house)), &house).await;
    let (id, _) = registers(&mut otto, &[("data_name", "yes"), ("reason_name", "Für die Karte.")]).await;
    let mut olga = member(Role::Operator, &house).await;
    decides(&mut olga, id, "release", "").await;
    house.write(move |db| {
        let kept = store::service::by_id(id, db)?.unwrap();
        let mut to = kept.registration.clone();
        to.backchannel_logout_uri = Some("https://filme.example/logout".to_owned());
        store::service::change(&kept, &to, Actor::Command, db)
    });
    assert!(service(id, &house).registration.backchannel_logout_uri.is_some());
    let (mut erika, person, mut clara, mut namesake, question) = mistaken(&house).await;
    comes_in(&mut namesake, "namesake").await;
    let at = namesake.opens(&ask(id, "openid+name")).await.location;
    namesake.opens(&at).await;
    let agreed = [("answer", "agree"), ("remember", "1")];
    let told = namesake.posts(&format!("{at}/consent"), &agreed).await;
    assert!(told.location.starts_with(APP), "{} {}", told.location, told.body);
    assert!(house.read(|db| store::consent::get(person, id, db)).is_some());
    undoes(&mut clara, &paths::counter_card_review(question.id)).await;
    assert!(house.read(|db| store::consent::get(person, id, db)).is_none());
    assert_eq!(house.audited("consent.withdrawn"), 1);
    assert_eq!(house.rooms.oidc.outbox().unwrap().len(), 1, "the service hears that the session has ended");
    let code = told.location.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let body = format!("grant_type=authorization_code&code={code}&redirect_uri={APP}&client_id={id}");
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let request = actix_web::test::TestRequest::post().uri(paths::TOKEN).insert_header(kind);
    assert_ne!(otto.sends(request.set_payload(body)).await.status, 200);
    // Erika is asked herself, and told what is missing.
    house.pass(Span::seconds(30));
    erika.signs_in(paths::ACCOUNT).await;
    let at = erika.opens(&ask(id, "openid+name")).await.location;
    let consent = erika.opens(&at).await.body;
    assert!(consent.contains("nicht bekannt") && consent.contains("wissen wir gerade nicht"), "{consent}");
}

#[tokio::test]
async fn where_the_card_was_never_read_only_the_link_goes() {
    let house = House::new();
    let (mut erika, person, mut clara, mut namesake, question) = mistaken(&house).await;
    house.pass(Span::seconds(30));
    erika.opens(paths::ACCOUNT_DEVICES).await;
    erika.phone = crate::passkey::phone::Phone::new(crate::passkey::phone::Manner::default());
    let made = json!({ "device_name": "Neues Handy" });
    let made = erika.makes_key(paths::ACCOUNT_DEVICE_OPTIONS, paths::ACCOUNT_DEVICES, made).await;
    assert_eq!(made.status, 200, "{}", made.body);
    undoes(&mut clara, &paths::counter_card_review(question.id)).await;
    assert!(keys(person, &house).iter().all(|key| key.state == PasskeyState::Active), "made by herself");
    assert_eq!(known(person, &house).given_names.as_deref(), Some("Erika"));
    assert_eq!(searches(&mut clara, "Erika", "Mustermann", "12.8.1964").await.status, 303);
    // Whoever comes with that card again is laid before the clerks with a word of warning.
    let again = asks(&mut namesake, "namesake").await;
    let page = clara.opens(&paths::counter_card_review(again.id)).await.body;
    assert!(page.contains("war schon einmal mit dem Konto verbunden"), "{page}");
}

#[tokio::test]
async fn a_link_is_undone_once_and_nothing_slips_in_between() {
    let house = House::new();
    let (_erika, person, mut clara, mut namesake, question) = mistaken(&house).await;
    let page = paths::counter_card_review(question.id);
    let by = StaffId::from_bytes([9; 16]);
    let keep = |undo: Undo| house.write(move |db| undo.keep(by, UndoReason::Mistake, db));
    // Made ready before the card was read, and kept afterwards: nothing happens.
    let early = Undo::ready(&review(question.id, &house), &house.app).unwrap().unwrap();
    comes_in(&mut namesake, "namesake").await;
    assert!(matches!(keep(early), Undone::Overtaken));
    assert_eq!(states(person, &house), [CardState::Current, CardState::Replaced]);
    // Two at once: one does it, the other hears that somebody was faster.
    let two = [(); 2].map(|()| Undo::ready(&review(question.id, &house), &house.app).unwrap().unwrap());
    let [first, second] = two.map(keep);
    assert!(matches!(first, Undone::Done(_)) && matches!(second, Undone::Overtaken));
    assert_eq!(house.audited("card.unlinked"), 1);
    let late = undoes(&mut clara, &page).await;
    assert!(late.status == 409 && late.body.contains("Jemand war schneller"), "{}", late.body);
    assert_eq!((house.audited("card.unlinked"), house.audited("card.restored")), (1, 1));
}

#[tokio::test]
async fn a_reading_that_began_before_opens_nothing_afterwards() {
    let house = House::new();
    let (_erika, person, mut clara, mut namesake, question) = mistaken(&house).await;
    let begun = reader(&mut namesake).await;
    undoes(&mut clara, &paths::counter_card_review(question.id)).await;
    let next = shows(&mut namesake, &begun, "namesake", self::namesake()).await;
    assert!(next.ends_with("/key"), "a card that leads to nobody: {next}");
    assert!(house.read(|db| store::session::by_holder(Holder::Person(person), db)).is_empty());
}

#[tokio::test]
async fn after_thirty_days_it_stays() {
    let house = House::new();
    let (_erika, person, _, _, question) = mistaken(&house).await;
    let page = paths::counter_card_review(question.id);
    house.pass(Span::days(29));
    let mut in_time = member(Role::Clerk, &house).await;
    assert!(in_time.opens(&page).await.body.contains("Verbindung zurücknehmen"));
    house.pass(Span::days(1));
    let mut late = member(Role::Clerk, &house).await;
    assert_eq!(late.opens(&page).await.status, 404);
    late.opens(paths::COUNTER).await;
    assert_eq!(late.posts(&page, &RIGHT).await.status, 404);
    let by = StaffId::from_bytes([9; 16]);
    let stays = house.write(move |db| store::card_review::undo(question.id, (by, UndoReason::Mistake), db));
    assert!(!stays, "the store says so, too");
    assert_eq!(states(person, &house), [CardState::Current, CardState::Replaced]);
    searches(&mut late, "Erika", "Mustermann", "12.8.1964").await;
    let before = late.opens(&paths::counter_person(person)).await.body;
    assert!(before.contains("Vom Amt bestätigt am") && !before.contains("Verbindung zurücknehmen"));
}

#[tokio::test]
async fn once_another_card_counts_there_is_nothing_to_undo_and_the_page_says_so() {
    let house = House::new();
    let (_erika, person, mut clara, _, first) = mistaken(&house).await;
    let page = paths::counter_card_review(first.id);
    let second = asks(&mut Guest::comes(&house), "another").await;
    confirms(&mut clara, &paths::counter_card_review(second.id)).await;
    let shown = clara.opens(&page).await.body;
    assert!(shown.contains("inzwischen durch einen anderen ersetzt") && !shown.contains("value=\"undo\""));
    let came = clara.posts(&page, &RIGHT).await;
    assert!(came.status == 409 && came.body.contains("inzwischen etwas anderes geschehen"), "{}", came.body);
    assert_eq!(house.audited("card.unlinked"), 0);
    // Undoing the second brings the first back, and not Erika's: that is what it had replaced.
    undoes(&mut clara, &paths::counter_card_review(second.id)).await;
    let all = cards(person, &house);
    assert_eq!((all.len(), all[0].state, all[0].added), (2, CardState::Current, first.asked));
    // And now the first can be undone.
    assert_eq!(undoes(&mut clara, &page).await.status, 303);
    assert_eq!((states(person, &house), house.audited("card.restored")), (vec![CardState::Current], 2));
}

#[tokio::test]
async fn a_card_that_was_taken_off_is_not_brought_back() {
    let house = House::new();
    let (_erika, person, mut clara, _, question) = mistaken(&house).await;
    let old = cards(person, &house).remove(1);
    assert!(house.write(move |db| store::card::remove(&old, db)));
    assert_eq!(undoes(&mut clara, &paths::counter_card_review(question.id)).await.status, 303);
    assert_eq!((states(person, &house), house.audited("card.restored")), (vec![CardState::Removed], 0));
    // Nor one that had been replaced long before, where the latest was taken off.
    let mut next = Guest::comes(&house);
    let second = asks(&mut next, "second").await;
    confirms(&mut clara, &paths::counter_card_review(second.id)).await;
    let current = cards(person, &house).remove(0);
    let off = current.clone();
    assert!(house.write(move |db| store::card::remove(&off, db)));
    let shown = clara.opens(&paths::counter_card_review(second.id)).await.body;
    assert!(shown.contains("inzwischen abgelegt"), "{shown}");
    assert_eq!(undoes(&mut clara, &paths::counter_card_review(second.id)).await.status, 409);
}

#[tokio::test]
async fn a_card_which_the_person_had_before_is_what_it_was() {
    let house = House::new();
    let (_erika, person, mut clara, mut namesake, first) = mistaken(&house).await;
    comes_in(&mut namesake, "namesake").await;
    let second = asks(&mut Guest::comes(&house), "second").await;
    confirms(&mut clara, &paths::counter_card_review(second.id)).await;
    // The namesake's card, replaced by now, is laid before a clerk once more, and taken up again.
    let asked = house.app.now();
    let again = Review {
        id: ReviewId::from_bytes([77; 16]),
        stage: ReviewStage::Open,
        asked,
        expires: asked + Span::days(30),
        ..review(first.id, &house)
    };
    let (id, sealed) = (again.id, sealed(&again, &house));
    house.write(move |db| store::card_review::ask(&again, &sealed, db));
    confirms(&mut clara, &paths::counter_card_review(id)).await;
    let ReviewStage::Confirmed { link, .. } = review(id, &house).stage else { panic!("confirmed") };
    assert_eq!(link.before, Some(CardState::Replaced));
    assert!(
        clara.opens(&paths::counter_card_review(first.id)).await.body.contains("auf anderem Weg verbunden")
    );
    let checks = house.read(|db| store::person::checks(person, db)).len();
    assert_eq!(undoes(&mut clara, &paths::counter_card_review(id)).await.status, 303);
    let now = cards(person, &house);
    let card = now.iter().find(|card| card.id == link.card).unwrap();
    assert_eq!(card.state, CardState::Replaced, "it opens nothing and makes no second account");
    assert_eq!(house.read(|db| store::person::checks(person, db)).len(), checks, "what it told before stays");
    assert_eq!(now.iter().filter(|card| card.state == CardState::Current).count(), 1);
}

fn sealed(review: &Review, house: &House) -> Vec<u8> {
    let place = (review.id, review.person);
    let dice = house.app.dice.as_ref();
    house.read(|db| vault::seal_review(place, &namesake(), &house.app.keys, dice, db)).unwrap()
}

#[tokio::test]
async fn whose_access_ended_undoes_nothing() {
    let house = House::new();
    let (_erika, person, mut clara, _, question) = mistaken(&house).await;
    let page = paths::counter_card_review(question.id);
    clara.opens(&page).await;
    let clerk = house.read(store::staff::clerks).remove(0).id;
    let sessions: Vec<SessionId> = house
        .read(|db| store::session::by_holder(Holder::Staff(clerk), db))
        .iter()
        .map(|session| session.id)
        .collect();
    house.write(move |db| sessions.iter().try_for_each(|id| store::session::remove(*id, db).map(drop)));
    assert!(clara.posts(&page, &RIGHT).await.location.starts_with("/sign-in/"));
    assert_eq!(states(person, &house), [CardState::Current, CardState::Replaced]);
}
