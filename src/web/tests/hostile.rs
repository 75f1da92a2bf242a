//! Owners and their services under bad input: markup in every field, as many as anybody could make, sent at once.

use super::owners::{decides, hidden, member, registers, service};
use super::staff::{invite, joins, organisation};
use super::{Guest, House};
use crate::domain::audit::Actor;
use crate::domain::id::ServiceId;
use crate::domain::service::Service;
use crate::domain::staff::Role;
use crate::{paths, store};

const MARKUP: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";

/// No page shows it as markup.
fn is_clean(page: &str, what: &str) {
    for bad in ["<script>alert", "<img src=x", "\"'><"] {
        assert!(!page.contains(bad), "{what}: {bad} {page}");
    }
}

#[tokio::test]
async fn markup_in_every_field_is_shown_as_it_was_written() {
    let house = House::new();
    let name = MARKUP;
    let own = organisation(name, &house);
    let address = invite(Role::Owner(own), &house);
    let mut otto = Guest::comes(&house);
    otto.opens(&address).await;
    assert_eq!(joins(&mut otto, &address, name).await.status, 200);
    let wants = [("name", name), ("purpose", MARKUP), ("data_name", "yes"), ("reason_name", MARKUP)];
    let (id, shown) = registers(&mut otto, &wants).await;
    is_clean(&shown.body, "registered");
    let mut olga = member(Role::Operator, &house).await;
    assert_eq!(decides(&mut olga, id, "return", MARKUP).await.status, 303);
    for page in [
        paths::SERVICES.to_owned(),
        paths::SERVICES_TEAM.to_owned(),
        paths::service(id),
        paths::service_settings(id),
        paths::service_changes(id),
        paths::service_affairs(id),
        paths::service_recipes(id),
        paths::service_recipe(id, "gitlab"),
        paths::service_trial(id),
        paths::service_technical(id),
    ] {
        let came = otto.opens(&page).await;
        assert_eq!(came.status, 200, "{page}");
        is_clean(&came.body, &page);
    }
    for page in [
        paths::OPERATOR_SERVICES.to_owned(),
        paths::operator_service(id),
        paths::OPERATOR_ORGANISATIONS.to_owned(),
        paths::operator_organisation(own),
        paths::OPERATOR_AUDIT.to_owned(),
    ] {
        is_clean(&olga.opens(&page).await.body, &page);
    }
    // What a program sends is shown as it came, too.
    otto.opens(&paths::service_trial(id)).await;
    otto.posts(&paths::service_trial(id), &[("act", "begin")]).await;
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let client = id.to_string();
    query.extend_pairs([
        ("client_id", client.as_str()),
        ("redirect_uri", MARKUP),
        ("state", MARKUP),
        (MARKUP, MARKUP),
    ]);
    let asked = otto.opens(&format!("{}?{}", paths::AUTHORIZE, query.finish())).await;
    is_clean(&asked.body, "the error page");
    let trial = otto.opens(&paths::service_trial(id)).await;
    assert!(trial.body.contains("Sie ist nicht eingetragen"), "{}", trial.body);
    is_clean(&trial.body, "the trial");
    assert!(!trial.body.contains("value=\"mend\""), "what can not be registered is not offered");
}

#[tokio::test]
async fn a_hundred_addresses_are_enough_and_none_is_lost() {
    let house = House::real();
    let mut otto = member(Role::Owner(organisation("Amt", &house)), &house).await;
    let addresses: Vec<String> = (0..100).map(|n| format!("https://filme.example/{n}")).collect();
    let all = addresses.join("\n");
    let (id, _) = registers(&mut otto, &[("redirect_uris", &all)]).await;
    assert_eq!(service(id, &house).registration.redirect_uris, addresses);
    // One more: not by the form, not by a recipe, not by a trial.
    let page = otto.opens(&paths::service_recipe(id, "nextcloud")).await;
    assert!(!page.body.contains("data-action=\"apply-recipe\""), "{}", page.body);
    let version = hidden(&otto.opens(&paths::service_settings(id)).await, "version");
    let more = format!("{all}\nhttps://filme.example/100");
    let fields = [
        ("service", id.to_string()),
        ("version", version),
        ("name", "Filme".to_owned()),
        ("purpose", "um Filme auszuleihen".to_owned()),
        ("kind", "web".to_owned()),
        ("redirect_uris", more),
        ("level", "low".to_owned()),
        ("age", "any".to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(otto.posts(&paths::service_settings(id), &fields).await.status, 422);
    assert_eq!(service(id, &house).registration.redirect_uris.len(), 100);
}

#[tokio::test]
async fn ten_thousand_services_are_a_page_and_each_is_found() {
    let house = House::real();
    let own = organisation("Amt", &house);
    house.write(move |db| {
        for n in 0..10_000_u32 {
            let mut bytes = [7; 16];
            bytes[..4].copy_from_slice(&n.to_be_bytes());
            let mut registration = Service::sample().registration;
            registration.name = format!("Dienst {n:05} 100%");
            let service = Service::new(ServiceId::from_bytes(bytes), Some(own), registration, db_now(db));
            store::service::insert(&service, Actor::Command, db)?;
        }
        Ok(())
    });
    let mut olga = member(Role::Operator, &house).await;
    let mut otto = member(Role::Owner(own), &house).await;
    for (guest, page) in [(&mut olga, paths::OPERATOR_SERVICES), (&mut otto, paths::SERVICES)] {
        let all = guest.opens(page).await;
        assert!(all.status == 200 && all.body.contains("Dienst 00000"), "{page}");
        assert!(all.body.contains("Es gibt mehr, als hier stehen"), "{page}");
        assert!(all.body.len() < 1_500_000, "{page}: {} bytes", all.body.len());
        let one = guest.opens(&format!("{page}?name=09876")).await;
        assert!(one.body.contains("Dienst 09876") && !one.body.contains("Dienst 00000"), "{page}");
        assert!(!one.body.contains("Es gibt mehr"), "{page}");
        // Signs of a pattern are letters like others.
        assert!(
            guest.opens(&format!("{page}?name=9876+100%25")).await.body.contains("Dienst 09876"),
            "{page}"
        );
        assert!(!guest.opens(&format!("{page}?name=D%25st")).await.body.contains("Dienst 0"), "{page}");
        assert_eq!(guest.opens(&format!("{page}?name={}", "x".repeat(5000))).await.status, 200, "{page}");
    }
    let mut other = member(Role::Owner(organisation("Anderes", &house)), &house).await;
    assert!(!other.opens(&format!("{}?name=09876", paths::SERVICES)).await.body.contains("Dienst 09876"));
}

fn db_now(db: &store::Write<'_>) -> crate::domain::time::Timestamp {
    crate::domain::time::Timestamp(db.at())
}
