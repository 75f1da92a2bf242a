//! How much a service is used, as its owner sees it: counted by the hour, small counts hidden, never a person.

use super::owners::{APP, decides, member, registers};
use super::staff::organisation;
use super::{Guest, House};
use crate::domain::id::ServiceId;
use crate::domain::staff::Role;
use crate::domain::time::Span;
use crate::paths;

fn ask(id: ServiceId, more: &str) -> String {
    format!(
        "{}?client_id={id}&response_type=code&scope=openid&redirect_uri={APP}&code_challenge_method=S256&code_challenge={}{more}",
        paths::AUTHORIZE,
        "A".repeat(43)
    )
}

#[tokio::test]
async fn logins_are_counted_by_the_hour_and_small_counts_are_not_shown() {
    let house = House::new();
    let own = organisation("Amt", &house);
    let mut otto = member(Role::Owner(own), &house).await;
    let (id, _) = registers(&mut otto, &[]).await;
    let mut olga = member(Role::Operator, &house).await;
    decides(&mut olga, id, "release", "").await;
    let mut erika = Guest::comes(&house);
    erika.enrols("erika").await;
    // Once with a key, and then silently.
    let at = erika.opens(&ask(id, "&prompt=login")).await.location;
    erika.opens(&at).await;
    house.pass(Span::seconds(12));
    let begun = erika.calls(&format!("{at}/passkey/options"), &serde_json::json!({})).await.json();
    let credential = erika.phone.get(&serde_json::json!({ "publicKey": begun["publicKey"] }), super::ORIGIN);
    let body = serde_json::json!({ "ceremony": begun["ceremony"], "credential": credential });
    erika.calls(&format!("{at}/passkey"), &body).await;
    assert!(erika.opens(&at).await.location.starts_with(APP));
    let page = otto.opens(&paths::service_use(id, 7)).await;
    assert!(page.status == 200 && page.body.contains("weniger als 5"), "{}", page.body);
    assert!(!page.body.contains("Erika"));
    for _again in 0..5 {
        assert!(erika.opens(&ask(id, "")).await.location.starts_with(APP));
    }
    for _wrong in 0..6 {
        let nobody = Guest::comes(&house).opens(&ask(id, "&prompt=none")).await.location;
        assert!(nobody.contains("login_required"), "{nobody}");
    }
    house.pass(Span::hours(30));
    let mut vera = member(Role::Viewer(own), &house).await;
    let page = vera.opens(&paths::service_use(id, 30)).await.body;
    assert!(page.contains("<dd class=\"th-tile__value\">6</dd>"), "{page}");
    assert!(page.contains("niemand war angemeldet (prompt=none)"), "{page}");
    let file = vera.opens(&paths::service_use_csv(id, 7)).await;
    assert!(
        file.body.starts_with("day,outcome,level,kind,uses\r\n") && file.disposition.contains("use-svc_")
    );
    assert!(
        file.body.contains(",answered,low,synced-key,<5\r\n")
            || file.body.contains(",answered,low,device-key,<5\r\n"),
        "{}",
        file.body
    );
    assert!(file.body.contains(",silent,low,") && file.body.contains(",5\r\n"), "{}", file.body);
    assert!(vera.opens(&paths::service(id)).await.body.contains(">6<"), "the overview counts the same");
    assert_eq!(vera.opens(&paths::service_use(id, 8)).await.status, 400);
    let mut others = member(Role::Owner(organisation("Anderes", &house)), &house).await;
    for path in [paths::service_use(id, 7), paths::service_use_csv(id, 7)] {
        assert_eq!(others.opens(&path).await.status, 404);
    }
}
