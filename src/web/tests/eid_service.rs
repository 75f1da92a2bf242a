//! The settings of the rented eID service: entered, tested, replaced, removed; by operators only.

use super::staff::{invite, joins, organisation};
use super::{Came, Guest, House};
use crate::domain::staff::Role;
use crate::eid::request::Operation;
use crate::eid::service::ServiceSettings;
use crate::eid::service::kept;
use crate::eid::service::message::{Minor, ServerInfo, write_get_result};
use crate::eid::service::settings::Field;
use crate::eid::service::tests::provider::{Pair, Provider, Reply};
use crate::{paths, store};

const PAGE: &str = paths::OPERATOR_EID_SERVICE;

async fn operator(house: &House) -> Guest<'_> {
    let mut guest = Guest::comes(house);
    let address = invite(Role::Operator, house);
    guest.opens(&address).await;
    assert_eq!(joins(&mut guest, &address, "Olga Orlowa").await.status, 200);
    guest
}

/// The form as the page shows it, with these entries.
async fn fills(guest: &mut Guest<'_>, entries: &[(&str, &str)]) -> Came {
    let page = guest.opens(PAGE).await;
    assert_eq!(page.status, 200, "{}", page.body);
    sends(guest, &seen(&page.body), entries).await
}

async fn sends(guest: &mut Guest<'_>, seen: &str, entries: &[(&str, &str)]) -> Came {
    let mut fields = vec![("action", "save"), ("seen", seen)];
    fields.extend_from_slice(entries);
    if !entries.iter().any(|(name, _)| *name == "algorithm") {
        fields.push(("algorithm", "rsa-sha256"));
    }
    guest.posts(PAGE, &fields).await
}

fn seen(page: &str) -> String {
    let (_, after) = page.split_once("name=\"seen\" value=\"").expect("a form");
    after.split('"').next().unwrap().to_owned()
}

/// What an operator enters for a provider.
fn entries(settings: &ServiceSettings) -> Vec<(&'static str, &str)> {
    let mut all: Vec<_> = Field::ALL.into_iter().map(|field| (field.name(), settings.text(field))).collect();
    all.push(("asks_level", "yes"));
    all
}

fn info(rights: impl IntoIterator<Item = Operation>) -> ServerInfo {
    let rights = rights.into_iter().collect();
    ServerInfo { version: "Anbieter 7".to_owned(), interface: (2, 4), bugfix: None, rights }
}

#[tokio::test]
async fn an_operator_sets_a_service_up_and_keys_are_never_shown() {
    let (house, provider) = (House::real(), Provider::new());
    let mut olga = operator(&house).await;
    assert!(olga.opens(paths::OPERATOR).await.body.contains(PAGE), "the overview leads there");
    let settings = provider.settings();
    let came = fills(&mut olga, &entries(&settings)).await;
    assert_eq!((came.status, came.location.as_str()), (303, PAGE), "{}", came.body);
    let kept = kept::load(&house.app).unwrap().unwrap();
    for field in Field::ALL {
        assert_eq!(kept.text(field), settings.text(field).trim(), "{field:?}");
    }
    assert_eq!(house.audited("eid-service.changed"), 1);
    let page = olga.opens(PAGE).await.body;
    assert!(!page.contains("PRIVATE KEY-----\n") && page.contains(&settings.address));

    // Everything but the address stays as it is where a field is left empty.
    let address = format!("{}&y=3", settings.address);
    let came = fills(&mut olga, &[("address", &address), ("asks_level", "yes")]).await;
    assert_eq!(came.status, 303, "{}", came.body);
    let now = kept::load(&house.app).unwrap().unwrap();
    assert_eq!(now.differing(&kept), [Field::Address, Field::PaosAddress]);
    let rows = house.read(|db| store::audit::after(0, 1000, db));
    let last = rows.iter().rfind(|row| row.row.event == "eid-service.changed").unwrap();
    assert_eq!(last.row.detail, "address=changed\npaos_address=changed");
}

#[tokio::test]
async fn mistakes_stand_at_their_fields_and_nothing_is_saved() {
    let (house, provider) = (House::real(), Provider::new());
    let mut olga = operator(&house).await;
    let came = fills(&mut olga, &[]).await;
    assert_eq!(came.status, 422);
    for field in
        Field::ALL.into_iter().filter(|field| !matches!(field, Field::PaosAddress | Field::TokenAddress))
    {
        assert!(came.body.contains(&format!("id=\"{}-error\"", field.name())), "{field:?}");
    }
    let mut settings = provider.settings();
    settings.tls_key = crate::domain::secret::Secret::new(Pair::alone().key_pem);
    let came = fills(&mut olga, &entries(&settings)).await;
    assert_eq!(came.status, 422);
    assert!(came.body.contains("id=\"tls_key-error\"") && !came.body.contains("id=\"address-error\""));
    assert!(!came.body.contains("PRIVATE KEY-----\n"), "a key that was entered is not sent back");
    let came = fills(&mut olga, &[("algorithm", "md5")]).await;
    assert_eq!(came.status, 400);
    assert!(kept::load(&house.app).unwrap().is_none());
    assert_eq!(house.audited("eid-service.changed"), 0);
    let large = "x".repeat(90_000);
    assert_eq!(fills(&mut olga, &[("server_anchors", &large)]).await.status, 413);
}

#[tokio::test]
async fn of_two_operators_the_second_sees_what_the_first_changed() {
    let (house, provider) = (House::real(), Provider::new());
    let (mut olga, mut otto) = (operator(&house).await, operator(&house).await);
    let mine = provider.settings();
    let before = seen(&olga.opens(PAGE).await.body);
    otto.opens(PAGE).await;
    assert_eq!(sends(&mut otto, &before, &entries(&mine)).await.status, 303);
    let mut other = provider.settings();
    other.address = "https://eid.example/other".to_owned();
    let came = sends(&mut olga, &before, &entries(&other)).await;
    assert_eq!(came.status, 409);
    assert!(came.body.contains("Adresse der Schnittstelle") && came.body.contains("eid.example/other"));
    assert_eq!(kept::load(&house.app).unwrap().unwrap().address, mine.address, "nothing is lost");
    // Who has seen it may say: mine.
    assert_eq!(sends(&mut olga, &seen(&came.body), &entries(&other)).await.status, 303);
    assert_eq!(kept::load(&house.app).unwrap().unwrap().address, other.address);
    // Removing what somebody else has just changed asks again, too.
    let stale = otto.posts(PAGE, &[("action", "remove"), ("confirm", "yes"), ("seen", &before)]).await;
    assert_eq!(stale.status, 409);
    assert!(kept::load(&house.app).unwrap().is_some());
}

#[tokio::test]
async fn a_test_says_whether_it_answers_and_what_it_may_not_read() {
    let (house, provider) = (House::real(), Provider::new());
    let mut olga = operator(&house).await;
    olga.opens(PAGE).await;
    assert_eq!(olga.posts(PAGE, &[("action", "test")]).await.status, 400, "there is nothing to test");
    let settings = provider.settings();
    assert_eq!(fills(&mut olga, &entries(&settings)).await.status, 303);
    olga.opens(PAGE).await;
    let test = [("action", "test")];

    provider.signed(&info(Operation::ALL).write(), house.app.now());
    let came = olga.posts(PAGE, &test).await;
    assert_eq!(came.status, 200);
    assert!(came.body.contains("Der eID-Service antwortet.") && came.body.contains("Anbieter 7"));
    let without = Operation::ALL.into_iter().filter(|one| *one != Operation::FamilyNames);
    provider.signed(&info(without).write(), house.app.now());
    let came = olga.posts(PAGE, &test).await.body;
    assert!(
        came.contains("darf aber nicht genug")
            && came.contains("Es fehlt:</b> <span class=\"th-addr\">FamilyNames<")
    );

    for (reply, words) in [
        (Reply::Gone, "antwortet nicht"),
        (Reply::Http(500, "<fault/>".to_owned()), "weist uns ab"),
        (Reply::Http(200, "<unsigned/>".to_owned()), "nicht zu trauen"),
    ] {
        provider.then(|_| reply);
        let came = olga.posts(PAGE, &test).await;
        assert!(came.status == 200 && came.body.contains(words), "{words}: {}", came.body);
    }
    provider.signed(&write_get_result(&Err(Minor::InternalError)), house.app.now());
    assert!(olga.posts(PAGE, &test).await.body.contains("nicht zu verstehen"));
    assert_eq!(provider.actions().len(), 6);
    // Nobody knocks without end.
    let mut last = 200;
    for _ in 0..20 {
        last = olga.posts(PAGE, &test).await.status;
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn removing_is_asked_for_twice() {
    let (house, provider) = (House::real(), Provider::new());
    let mut olga = operator(&house).await;
    assert_eq!(fills(&mut olga, &entries(&provider.settings())).await.status, 303);
    let mark = seen(&olga.opens(PAGE).await.body);
    let came = olga.posts(PAGE, &[("action", "remove"), ("seen", &mark)]).await;
    assert_eq!(came.status, 422);
    assert!(kept::load(&house.app).unwrap().is_some());
    let came = olga.posts(PAGE, &[("action", "remove"), ("seen", &mark), ("confirm", "yes")]).await;
    assert_eq!(came.status, 303);
    assert!(kept::load(&house.app).unwrap().is_none());
    assert_eq!(house.audited("eid-service.removed"), 1);
    let again = olga.posts(PAGE, &[("action", "remove"), ("seen", &mark), ("confirm", "yes")]).await;
    assert_eq!((again.status, house.audited("eid-service.removed")), (200, 1), "nothing happens twice");
}

#[tokio::test]
async fn it_is_for_operators_of_real_houses() {
    let (house, demo) = (House::real(), House::new());
    let mut stranger = Guest::comes(&house);
    assert_eq!(stranger.opens(PAGE).await.status, 303);
    assert_eq!(stranger.posts(PAGE, &[("action", "test")]).await.status, 403, "without a token of ours");
    let mut owner = Guest::comes(&house);
    let address = invite(Role::Owner(organisation("Amt", &house)), &house);
    owner.opens(&address).await;
    assert_eq!(joins(&mut owner, &address, "Otto").await.status, 200);
    assert_eq!(owner.opens(PAGE).await.status, 403);
    owner.opens(paths::SERVICES).await;
    assert_eq!(owner.posts(PAGE, &[("action", "test")]).await.status, 403);

    let mut olga = operator(&demo).await;
    let page = olga.opens(PAGE).await;
    assert!(
        page.status == 200
            && page.body.contains("Hier wird geübt")
            && !page.body.contains("name=\"address\"")
    );
    assert_eq!(olga.posts(PAGE, &[("action", "save"), ("algorithm", "rsa-sha256")]).await.status, 404);
}
