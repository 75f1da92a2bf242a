//! The counter: a clerk finds somebody by name and birth date only, and everything they do can be read afterwards.

use super::owners::member;
use super::{Came, Guest, House};
use crate::domain::passkey::{Holder, PasskeyState};
use crate::domain::staff::Role;
use crate::domain::time::Span;
use crate::{paths, store};

pub(super) async fn searches(clerk: &mut Guest<'_>, given: &str, family: &str, birth: &str) -> Came {
    clerk.opens(paths::COUNTER).await;
    let fields = [("given_names", given), ("family_name", family), ("birth_date", birth)];
    clerk.posts(paths::COUNTER, &fields).await
}

#[tokio::test]
async fn a_clerk_finds_by_full_name_and_birth_date_and_nothing_less() {
    let house = House::new();
    let mut erika = Guest::comes(&house);
    let person = erika.enrols("erika").await;
    let mut clara = member(Role::Clerk, &house).await;
    let page = paths::counter_person(person);
    assert_eq!(clara.opens(&page).await.status, 404, "not by the address alone");
    for (given, family, birth) in [
        ("Erika", "Mustermann", ""),
        ("", "", "12.8.1964"),
        ("Erika", "Mustermann", "32.8.1964"),
        ("Erika", "Mustermann", "13.8.1964"),
        ("Erika", "", "12.8.1964"),
        ("%", "%", "12.8.1964"),
    ] {
        let came = searches(&mut clara, given, family, birth).await;
        assert_eq!(came.status, 422, "{given} {family} {birth}");
    }
    let found = searches(&mut clara, " ERIKA ", "mustermann", "12.08.1964").await;
    assert_eq!((found.status, found.location.as_str()), (303, page.as_str()), "{}", found.body);
    let seen = clara.opens(&page).await;
    for words in ["Erika Mustermann", "12. August 1964", "Handy", "Berlin"] {
        assert!(seen.body.contains(words), "{words}: {}", seen.body);
    }
    assert_eq!((house.audited("person.revealed"), house.audited("person.searched")), (1, 3));
    let mut other = member(Role::Clerk, &house).await;
    assert_eq!(other.opens(&page).await.status, 404, "each clerk finds for themself");
    house.pass(Span::minutes(16));
    assert_eq!(clara.opens(&page).await.status, 404, "the visit is over");
    assert_eq!(clara.posts(&page, &[("action", "block"), ("reason", "lost")]).await.status, 404);
}

#[tokio::test]
async fn a_clerk_blocks_a_device_with_a_reason_and_its_holder_reads_it() {
    let house = House::new();
    let mut erika = Guest::comes(&house);
    let person = erika.enrols("erika").await;
    let mut clara = member(Role::Clerk, &house).await;
    searches(&mut clara, "Erika", "Mustermann", "1964-08-12").await;
    let page = paths::counter_person(person);
    clara.opens(&page).await;
    let key = house.read(|db| store::passkey::by_holder(Holder::Person(person), db)).remove(0);
    let device = key.id.to_string();
    let block = |reason: &'static str| [("action", "block"), ("device", device.as_str()), ("reason", reason)];
    let unsaid = clara.posts(&page, &block("")).await;
    assert!(unsaid.status == 422 && unsaid.body.contains("Bitte wählen Sie einen Grund"), "{}", unsaid.body);
    assert_eq!(clara.posts(&page, &block("because I say so")).await.status, 422);
    for _twice in 0..2 {
        assert_eq!(clara.posts(&page, &block("stolen")).await.status, 303);
    }
    let state = |house: &House| house.read(|db| store::passkey::by_id(key.id, db)).unwrap().state;
    assert_eq!((state(&house), house.audited("passkey.blocked")), (PasskeyState::Blocked, 1));
    let at = erika.stands_at(paths::ACCOUNT).await;
    assert_ne!(erika.signs_in_at(&at, paths::ACCOUNT).await.status, 200, "it opens nothing any more");
    let release = [("action", "release"), ("device", device.as_str()), ("reason", "found")];
    assert_eq!(clara.posts(&page, &release).await.status, 303);
    assert_eq!(erika.signs_in(paths::ACCOUNT).await.status, 200);
    let history = erika.opens(paths::ACCOUNT_HISTORY).await.body;
    for words in
        ["Gerät an der Theke gesperrt", "Gerät gestohlen", "Gerät wiedergefunden", "An der Theke gesucht"]
    {
        assert!(history.contains(words), "{words}: {history}");
    }
    let mut ada = Guest::comes(&house);
    ada.enrols("ada").await;
    let hers = house.people().into_iter().find(|one| *one != person).unwrap();
    let foreign =
        house.read(|db| store::passkey::by_holder(Holder::Person(hers), db)).remove(0).id.to_string();
    let wrong = [("action", "block"), ("device", foreign.as_str()), ("reason", "lost")];
    assert_eq!(clara.posts(&page, &wrong).await.status, 404, "a device of somebody else");
}

#[tokio::test]
async fn a_clerk_blocks_and_releases_a_whole_account() {
    let house = House::new();
    let mut erika = Guest::comes(&house);
    let person = erika.enrols("erika").await;
    let mut clara = member(Role::Clerk, &house).await;
    searches(&mut clara, "Erika", "Mustermann", "12.8.1964").await;
    let page = paths::counter_person(person);
    clara.opens(&page).await;
    assert_eq!(clara.posts(&page, &[("action", "block"), ("reason", "misused")]).await.status, 303);
    assert!(erika.opens(paths::ACCOUNT).await.location.starts_with("/sign-in/"), "out at once");
    assert!(clara.opens(&page).await.body.contains("gesperrt"));
    assert_eq!(clara.posts(&page, &[("action", "release"), ("reason", "mistake")]).await.status, 303);
    assert_eq!(erika.signs_in(paths::ACCOUNT).await.status, 200);
    assert_eq!((house.audited("person.blocked"), house.audited("person.released")), (1, 1));
}

#[tokio::test]
async fn people_of_an_earlier_version_are_named_by_the_rounds() {
    let house = House::new();
    let mut erika = Guest::comes(&house);
    erika.enrols("erika").await;
    house.write(|db| db.change("DELETE FROM person_name", &[]).map(drop));
    let mut clara = member(Role::Clerk, &house).await;
    assert_eq!(searches(&mut clara, "Erika", "Mustermann", "12.8.1964").await.status, 422);
    crate::app::rounds::name_people(&house.app).await.unwrap();
    assert_eq!(searches(&mut clara, "Erika", "Mustermann", "12.8.1964").await.status, 303);
}

#[tokio::test]
async fn an_operator_invites_clerks_and_ends_their_access() {
    let house = House::real();
    let mut olga = member(Role::Operator, &house).await;
    olga.opens(paths::OPERATOR_CLERKS).await;
    for role in ["operator", "owner", "viewer", ""] {
        assert_eq!(olga.posts(paths::OPERATOR_CLERKS, &[("role", role)]).await.status, 400, "{role}");
    }
    let invited = olga.posts(paths::OPERATOR_CLERKS, &[("role", "clerk")]).await;
    let (_, rest) = invited.body.split_once("/invites/").expect("an address");
    let address = format!("/invites/{}", rest.split('<').next().unwrap());
    let mut clara = Guest::comes(&house);
    clara.opens(&address).await;
    let joined = super::staff::joins(&mut clara, &address, "Clara").await;
    assert_eq!(joined.json()["location"], paths::COUNTER);
    for page in [paths::OPERATOR, paths::SERVICES, paths::SERVICES_TEAM, paths::OPERATOR_PEOPLE] {
        assert_eq!(clara.opens(page).await.status, 403, "{page}");
    }
    assert_eq!(olga.opens(paths::COUNTER).await.status, 403, "who runs the house is no clerk");
    let id = house.read(store::staff::clerks).remove(0).id.to_string();
    olga.opens(paths::OPERATOR_CLERKS).await;
    let end = [("member", id.as_str()), ("confirm", "yes")];
    assert_eq!(olga.posts(paths::OPERATOR_CLERKS, &end).await.status, 303);
    assert!(clara.opens(paths::COUNTER).await.location.starts_with("/sign-in/"));
}
