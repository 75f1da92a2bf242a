//! Staff: invited once, each with a key of their own, each on their own pages.

use super::{Came, Guest, House};
use crate::app::clock::SystemDice;
use crate::domain::id::{InviteId, OrganisationId};
use crate::domain::organisation::Organisation;
use crate::domain::secret::Bearer;
use crate::domain::staff::Role;
use crate::domain::time::Span;
use crate::{paths, store};
use serde_json::{Value, json};

/// Invites somebody; gives the address.
pub(super) fn invite(role: Role, house: &House) -> String {
    let (id, secret) = (InviteId::draw(&SystemDice), Bearer::draw(&SystemDice));
    let hash = secret.hash();
    house.write(move |db| store::staff::invite(id, &hash, role, db));
    paths::invite(id, secret.expose())
}

pub(super) async fn joins(guest: &mut Guest<'_>, address: &str, name: &str) -> Came {
    guest.makes_key(&format!("{address}/options"), address, json!({ "staff_name": name })).await
}

#[tokio::test]
async fn an_invitation_opens_once_and_only_for_its_secret() {
    let house = House::new();
    let (mut olga, mut other) = (Guest::comes(&house), Guest::comes(&house));
    let address = invite(Role::Operator, &house);
    assert_eq!(olga.opens(&format!("{address}x")).await.status, 410);
    assert_eq!(olga.opens(&address).await.status, 200);
    assert_eq!(other.opens(&address).await.status, 200);
    for name in ["", " \u{7} ", &"x".repeat(81)] {
        assert_eq!(joins(&mut olga, &address, name).await.status, 422, "{name:?}");
    }
    let (one, two) =
        tokio::join!(joins(&mut olga, &address, " Olga Orlowa "), joins(&mut other, &address, "Otto"));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 410], "{} {}", one.body, two.body);
    assert_eq!(house.read(store::staff::count_operators), 1);
    assert_eq!(house.audited("staff.joined"), 1);
    assert_eq!(other.opens(&address).await.status, 410);
    assert_eq!(joins(&mut other, &address, "Otto").await.status, 410);
    let late = invite(Role::Operator, &house);
    house.pass(Span::minutes(16));
    assert_eq!(other.opens(&late).await.status, 410);
}

#[tokio::test]
async fn an_operator_sees_figures_and_nobody_by_name() {
    let house = House::new();
    let (mut erika, mut olga) = (Guest::comes(&house), Guest::comes(&house));
    let person = erika.enrols("erika").await;
    let address = invite(Role::Operator, &house);
    olga.opens(&address).await;
    let came = joins(&mut olga, &address, "Olga Orlowa").await;
    assert_eq!(came.json()["location"], Value::from(paths::OPERATOR), "{}", came.body);
    let own = paths::operator_person(person);
    let pages =
        [paths::OPERATOR_SERVICES, paths::OPERATOR_PEOPLE, paths::OPERATOR_AUDIT, paths::SERVICES, &own];
    for page in pages.into_iter().chain([paths::OPERATOR]) {
        let came = olga.opens(page).await;
        assert_eq!(came.status, 200, "{page}");
        assert!(came.body.contains("Olga Orlowa") && !came.body.contains("Mustermann"), "{page}");
        assert!(came.body.contains(paths::OPERATOR_SESSION), "{page}: logging out is the staff's");
        // A resident is no operator.
        let sent = erika.opens(page).await;
        assert!(sent.status == 303 && sent.location.starts_with("/sign-in/"), "{page}");
    }
    assert_eq!(olga.posts(&own, &[("action", "burn")]).await.status, 400);
    assert_eq!(olga.posts(&own, &[("action", "block")]).await.location, own);
    assert_eq!(olga.posts(&own, &[("action", "block")]).await.status, 303, "nothing happens twice");
    assert_eq!(house.audited("person.blocked"), 1);
    assert_eq!(erika.opens(paths::ACCOUNT).await.status, 303, "blocked, and out at once");
    erika.jar.remove("__Host-torhaus");
    assert_eq!(erika.signs_in(paths::ACCOUNT).await.status, 422);
    assert_eq!(olga.posts(&own, &[("action", "release")]).await.status, 303);
    assert_eq!(erika.signs_in(paths::ACCOUNT).await.status, 200);

    assert_eq!(olga.posts(paths::OPERATOR_SESSION, &[]).await.status, 303);
    assert!(!olga.jar.contains_key("__Host-staff"));
    assert_eq!(olga.signs_in(paths::OPERATOR).await.status, 200);
    assert_eq!(olga.opens(paths::OPERATOR).await.status, 200);
}

/// An organisation, made beside the pages.
pub(super) fn organisation(name: &str, house: &House) -> OrganisationId {
    let id = OrganisationId::draw(&SystemDice);
    let organisation = Organisation { id, name: name.to_owned(), created: house.app.now() };
    assert!(house.write(move |db| store::organisation::insert(&organisation, db)));
    id
}

#[tokio::test]
async fn an_owner_has_nothing_of_the_operators() {
    let house = House::new();
    let mut otto = Guest::comes(&house);
    let address = invite(Role::Owner(organisation("Amt", &house)), &house);
    otto.opens(&address).await;
    let came = joins(&mut otto, &address, "Otto").await;
    assert_eq!(came.json()["location"], Value::from(paths::SERVICES), "{}", came.body);
    let services = otto.opens(paths::SERVICES).await;
    assert_eq!(services.status, 200);
    assert!(services.body.contains("Noch kein Dienst"), "{}", services.body);
    for page in [
        paths::OPERATOR,
        paths::OPERATOR_SERVICES,
        paths::OPERATOR_ORGANISATIONS,
        paths::OPERATOR_PEOPLE,
        paths::OPERATOR_AUDIT,
    ] {
        assert_eq!(otto.opens(page).await.status, 403, "{page}");
    }
    let any = paths::service(crate::domain::id::ServiceId::from_bytes([1; 16]));
    assert_eq!(otto.opens(&any).await.status, 404);
}
