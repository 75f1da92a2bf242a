//! Everybody's card, read whole.

use super::{Exchange, House, TODAY, everything};
use crate::domain::identity_check::CheckRefused;
use crate::domain::time::Timestamp;
use crate::eid::answer::Permission;
use crate::eid::card::people::{PEOPLE, Trait};
use crate::eid::paos::PaosResult;
use crate::eid::reading::{self, Occasion};
use crate::eid::request::{Operation, Request};
use jiff::tz::TimeZone;

#[test]
fn every_good_card_gives_exactly_its_holder() {
    let house = House::new(1);
    for person in &PEOPLE {
        let (outcome, told) = Exchange::new(&house, everything()).run(house.client(person.key));
        match person.particular {
            Trait::Blocked => {
                assert_eq!(outcome, Err(CheckRefused::CardBlocked));
                assert_ne!(told, PaosResult::Ok);
                continue;
            }
            Trait::Expired => {
                assert_eq!(outcome, Err(CheckRefused::CardExpired));
                continue;
            }
            _ => assert_eq!(told, PaosResult::Ok, "{}", person.key),
        }
        let answer = outcome.unwrap();
        let occasion = Occasion { provider: "eid-server", transaction: "t", at: Timestamp(0), demo: true };
        let result = reading::read(&answer, &occasion, &TimeZone::UTC).unwrap();
        assert_eq!(result.identity, person.identity(), "{}", person.key);
        assert!(result.document_expires.is_some());
        assert_eq!(answer.data.date_of_expiry, Some(person.expiry(TODAY)));
        assert!(answer.fulfils_age.is_some() && answer.fulfils_place.is_some(), "{}", person.key);
    }
}

#[test]
fn a_card_has_one_pseudonym_and_no_two_cards_have_the_same() {
    let house = House::new(2);
    let pseudonym = |key: &str| {
        let (outcome, _) = Exchange::new(&house, Request::for_account([])).run(house.client(key));
        outcome.unwrap().data.restricted_id.unwrap().first
    };
    assert_eq!(pseudonym("erika"), pseudonym("erika"));
    assert_ne!(pseudonym("erika"), pseudonym("murat"));
    let elsewhere = House::new(3);
    let other = Exchange::new(&elsewhere, Request::for_account([])).run(elsewhere.client("erika")).0;
    assert_ne!(other.unwrap().data.restricted_id.unwrap().first, pseudonym("erika"), "another sector");
}

#[test]
fn what_was_not_asked_is_not_read() {
    let house = House::new(4);
    let (outcome, _) = Exchange::new(&house, Request::for_account([])).run(house.client("erika"));
    let answer = outcome.unwrap();
    assert_eq!(answer.data.place_of_residence, None);
    assert_eq!(answer.data.nationality, None);
    assert_eq!(answer.data.community_id, None);
    assert_eq!(answer.fulfils_age, None);
    assert_eq!(answer.permission(Operation::PlaceOfResidence), Permission::Prohibited);
    assert_eq!(answer.permission(Operation::GivenNames), Permission::Allowed);
}

#[test]
fn what_a_card_does_not_hold_is_said() {
    let house = House::new(5);
    let request = Request::for_account([]).with(Operation::ArtisticName, crate::eid::request::Want::Allowed);
    let (outcome, _) = Exchange::new(&house, request).run(house.client("erika"));
    let answer = outcome.unwrap();
    assert_eq!(answer.data.artistic_name.filter(|name| !name.is_empty()), None);
}
