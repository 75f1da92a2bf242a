//! A resident on their own pages.

use super::{Guest, House};
use crate::domain::assurance::Level;
use crate::domain::id::PasskeyId;
use crate::domain::id::PersonId;
use crate::domain::passkey::{Holder, Passkey};
use crate::domain::time::Span;
use crate::eid::demo_card::Trait;
use crate::passkey::phone::{Manner, Phone};
use crate::{ca, paths, store};
use serde_json::json;

fn keys(house: &House, person: PersonId) -> Vec<Passkey> {
    house.read(|db| store::passkey::by_holder(Holder::Person(person), db))
}

fn names(keys: &[Passkey]) -> Vec<&str> {
    keys.iter().map(|key| key.name.as_str()).collect()
}

/// Adds another phone, which is the guest's from then on.
async fn adds(guest: &mut Guest<'_>, name: &str) -> PasskeyId {
    guest.phone = Phone::new(Manner::default());
    assert_eq!(guest.opens(paths::ACCOUNT_DEVICES).await.status, 200);
    let fields = json!({ "device_name": name });
    let came = guest.makes_key(paths::ACCOUNT_DEVICE_OPTIONS, paths::ACCOUNT_DEVICES, fields).await;
    assert_eq!((came.status, came.json()["location"].as_str()), (200, Some(paths::ACCOUNT)), "{}", came.body);
    let person = guest.house.people()[0];
    keys(guest.house, person).iter().find(|key| key.name == name).unwrap().id
}

#[tokio::test]
async fn what_shows_or_changes_everything_wants_a_fresh_proof() {
    let house = House::new();
    let mut erika = Guest::comes(&house);
    erika.enrols("erika").await;
    erika.jar.remove("__Host-torhaus");
    assert_eq!(erika.signs_in(paths::ACCOUNT).await.status, 200);
    let key = keys(&house, house.people()[0])[0].id;
    let device = paths::account_device(key);
    let guarded =
        [paths::ACCOUNT_DEVICES, paths::ACCOUNT_EXPORT, paths::ACCOUNT_EXPORT_JSON, paths::ACCOUNT_DELETION];
    for page in guarded.into_iter().chain([device.as_str()]) {
        assert_eq!(erika.opens(page).await.status, 200, "{page}");
    }
    house.pass(Span::minutes(11));
    let overview = erika.opens(paths::ACCOUNT).await;
    assert!(overview.body.contains("Erika Mustermann"), "{}", overview.body);
    for page in guarded.into_iter().chain([device.as_str()]) {
        let sent = erika.opens(page).await;
        assert!(sent.status == 303 && sent.location.starts_with("/sign-in/"), "{page}: {}", sent.status);
    }
    for post in [paths::ACCOUNT_DELETION, device.as_str()] {
        let sent = erika.posts(post, &[("confirm", "yes")]).await;
        assert!(sent.status == 303 && sent.location.starts_with("/sign-in/"), "{post}: {}", sent.status);
    }
    let came = erika.makes_key(paths::ACCOUNT_DEVICE_OPTIONS, paths::ACCOUNT_DEVICES, json!({})).await;
    assert_eq!(came.status, 422);
    assert_eq!(keys(&house, house.people()[0]).len(), 1);
    // Proved anew: back at the account, and everything is open again.
    let sent = erika.opens(paths::ACCOUNT_DEVICES).await.location;
    let page = erika.opens(&sent).await;
    assert!(page.body.contains("Danach sind Sie wieder in Ihrem Konto"), "{}", page.body);
    assert_eq!(erika.signs_in_at(&sent, paths::ACCOUNT).await.status, 200);
    assert_eq!(erika.opens(paths::ACCOUNT_DEVICES).await.status, 200);
}

#[tokio::test]
async fn what_is_not_theirs_is_not_found() {
    let house = House::new();
    let (mut erika, mut ben) = (Guest::comes(&house), Guest::comes(&house));
    let hers = erika.enrols("erika").await;
    let other = crate::eid::demo_card::PEOPLE.iter().find(|person| {
        person.key != "erika" && !matches!(person.particular, Trait::Blocked | Trait::Expired)
    });
    ben.enrols(other.unwrap().key).await;
    let key = keys(&house, hers)[0].id;
    for path in [paths::account_device(key), paths::account_binding(key)] {
        assert_eq!(erika.opens(&path).await.status, 200, "{path}");
        assert_eq!(ben.opens(&path).await.status, 404, "{path}");
    }
    ben.opens(paths::ACCOUNT).await;
    assert_eq!(ben.posts(&paths::account_device(key), &[("confirm", "yes")]).await.status, 404);
    let service = paths::account_service(crate::domain::id::ServiceId::from_bytes([1; 16]));
    assert_eq!(ben.opens(&service).await.status, 404);
    assert_eq!(ben.posts(&service, &[]).await.status, 404);
    assert_eq!(keys(&house, hers).len(), 1);
    assert_eq!(house.audited("consent.withdrawn"), 0);
    // A form without its token changes nothing, whoever is logged in.
    for path in [paths::account_device(key), paths::ACCOUNT_DELETION.to_owned()] {
        erika.csrf = "forged".to_owned();
        assert_eq!(erika.posts(&path, &[("confirm", "yes")]).await.status, 403);
    }
    assert_eq!(keys(&house, hers).len(), 1);
    assert_eq!(house.people().len(), 2);
}

#[tokio::test]
async fn a_key_added_in_a_lower_session_never_reaches_more() {
    let house = House::new();
    let mut erika = Guest::comes(&house);
    let person = erika.enrols("erika").await;
    assert_eq!(keys(&house, person)[0].registered_level, Level::High);
    adds(&mut erika, "zweites").await;
    assert_eq!(keys(&house, person)[1].registered_level, Level::High, "next to the card");
    erika.jar.remove("__Host-torhaus");
    assert_eq!(erika.signs_in(paths::ACCOUNT).await.status, 200);
    let third = adds(&mut erika, "drittes").await;
    let third = keys(&house, person).into_iter().find(|key| key.id == third).unwrap();
    assert_eq!(third.registered_level, Level::Low);
    let file = erika.opens(&paths::account_binding(third.id)).await;
    assert!(file.disposition.starts_with("attachment"), "{}", file.disposition);
    let root = house.read(|db| Ok(ca::root_pem(db))).unwrap();
    assert!(ca::binding::verify(file.body.as_bytes(), &root, None, house.app.now()).is_ok());
    assert_eq!(house.audited("passkey.added"), 3);
}

#[tokio::test]
async fn of_two_keys_removed_at_once_one_stays() {
    let house = House::new();
    let mut erika = Guest::comes(&house);
    let person = erika.enrols("erika").await;
    let second = adds(&mut erika, "zweites").await;
    let first = keys(&house, person).iter().find(|key| key.id != second).unwrap().id;
    let mut tab = Guest { jar: erika.jar.clone(), csrf: erika.csrf.clone(), ..Guest::comes(&house) };
    let (one, other) = (paths::account_device(first), paths::account_device(second));
    let (one, other) = tokio::join!(erika.posts(&one, &[]), tab.posts(&other, &[]));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422]);
    assert_eq!(keys(&house, person).len(), 1);
    let last = keys(&house, person)[0].id;
    let path = paths::account_device(last);
    assert_eq!(erika.posts(&path, &[]).await.status, 422, "the last way in wants its tick");
    assert_eq!(erika.posts(&path, &[("confirm", "yes")]).await.status, 303);
    assert_eq!(erika.posts(&path, &[("confirm", "yes")]).await.status, 404, "once");
    assert_eq!((house.audited("passkey.removed"), house.audited("binding.revoked")), (2, 2));
    assert_eq!(house.read(store::binding::revoked).len(), 2);
}

#[tokio::test]
async fn the_sessions_of_a_removed_key_end() {
    let house = House::new();
    let mut erika = Guest::comes(&house);
    let person = erika.enrols("erika").await;
    let key = keys(&house, person)[0].id;
    let mut thief = Guest::comes(&house);
    thief.phone = std::mem::replace(&mut erika.phone, Phone::new(Manner::default()));
    assert_eq!(thief.signs_in(paths::ACCOUNT).await.status, 200);
    assert_eq!(thief.opens(paths::ACCOUNT).await.status, 200);
    adds(&mut erika, "zweites").await;
    assert_eq!(erika.posts(&paths::account_device(key), &[]).await.location, paths::ACCOUNT);
    assert_eq!(thief.opens(paths::ACCOUNT).await.status, 303, "the thief is out");
    thief.jar.remove("__Host-torhaus");
    assert_eq!(thief.signs_in(paths::ACCOUNT).await.status, 422, "and stays out");
    // Whoever removes the key they came with is logged out.
    erika.jar.remove("__Host-torhaus");
    assert_eq!(erika.signs_in(paths::ACCOUNT).await.status, 200);
    let own = keys(&house, person);
    assert_eq!(names(&own), ["zweites"]);
    let path = paths::account_device(own[0].id);
    assert_eq!(erika.posts(&path, &[("confirm", "yes")]).await.location, paths::SIGNED_OUT);
    assert!(!erika.jar.contains_key("__Host-torhaus"));
}

#[tokio::test]
async fn identifying_anew_takes_their_own_card_only() {
    let house = House::new();
    let mut erika = Guest::comes(&house);
    let person = erika.enrols("erika").await;
    let stranger = crate::eid::demo_card::PEOPLE
        .iter()
        .find(|other| other.key != "erika" && !matches!(other.particular, Trait::Blocked | Trait::Expired));
    erika.opens(paths::ACCOUNT).await;
    let reader = erika.posts(paths::ACCOUNT_RENEWAL, &[]).await.location;
    let refused = erika.lays_on(&reader, stranger.unwrap().key).await;
    assert_eq!(refused.location, reader, "a card nobody knows makes no second account");
    assert_eq!(house.people(), [person]);
    house.pass(Span::minutes(1));
    let checks = house.read(|db| store::person::checks(person, db)).len();
    erika.opens(paths::ACCOUNT).await;
    let reader = erika.posts(paths::ACCOUNT_RENEWAL, &[]).await.location;
    let on = erika.lays_on(&reader, "erika").await.location;
    assert_eq!(erika.opens(&on).await.location, paths::ACCOUNT);
    assert_eq!(house.read(|db| store::person::checks(person, db)).len(), checks + 1);
    assert_eq!(erika.opens(paths::ACCOUNT).await.status, 200);
}

#[tokio::test]
async fn an_account_is_exported_and_deleted() {
    let house = House::new();
    let mut erika = Guest::comes(&house);
    let person = erika.enrols("erika").await;
    let file = erika.opens(paths::ACCOUNT_EXPORT_JSON).await;
    assert!(file.disposition.starts_with("attachment"), "{}", file.disposition);
    assert_eq!(file.json()["person"]["id"], json!(person));
    assert!(file.body.contains("Mustermann"));
    assert_eq!(house.audited("person.exported"), 1);
    let history = erika.opens(&format!("{}?before=3", paths::ACCOUNT_HISTORY)).await;
    assert_eq!(history.status, 200);
    assert_eq!(erika.opens(&format!("{}?before=x", paths::ACCOUNT_HISTORY)).await.status, 400);

    erika.opens(paths::ACCOUNT_DELETION).await;
    assert_eq!(erika.posts(paths::ACCOUNT_DELETION, &[]).await.status, 422);
    assert_eq!(house.people(), [person]);
    let cookies = erika.jar.clone();
    let goodbye = erika.posts(paths::ACCOUNT_DELETION, &[("confirm", "yes")]).await;
    assert_eq!(goodbye.status, 200);
    assert!(!goodbye.body.contains("Mustermann") && !erika.jar.contains_key("__Host-torhaus"));
    assert!(house.people().is_empty());
    assert_eq!((house.audited("person.deleted"), house.audited("binding.revoked")), (1, 1));
    erika.jar = cookies;
    assert_eq!(erika.opens(paths::ACCOUNT).await.status, 303, "the old cookie opens nothing");
}
