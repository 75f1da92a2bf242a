//! A service in the hands of its owners: technical settings, changes to read, pausing, handing over, removing; their team.

use super::owners::{APP, decides, hidden, member, registers, service};
use super::staff::{joins, organisation};
use super::{Came, Guest, House};
use crate::domain::id::ServiceId;
use crate::domain::registration::ClientAuthentication;
use crate::domain::service::Standing;
use crate::domain::staff::Role;
use crate::{paths, store};

async fn acts(owner: &mut Guest<'_>, id: ServiceId, fields: &[(&str, &str)]) -> Came {
    let page = owner.opens(&paths::service_affairs(id)).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let version = hidden(&page, "version");
    owner.posts(&paths::service_affairs(id), &[&[("version", version.as_str())], fields].concat()).await
}

#[tokio::test]
async fn technical_settings_are_in_force_at_once_and_mistakes_stand_at_their_fields() {
    let house = House::real();
    let mut otto = member(Role::Owner(organisation("Amt", &house)), &house).await;
    let (id, _) = registers(&mut otto, &[]).await;
    let at = paths::service_technical(id);
    let page = otto.opens(&at).await;
    let version = hidden(&page, "version");
    let form = |method: &'static str, uri: &'static str, version: &str| {
        vec![
            ("authentication", method.to_owned()),
            ("id_token_alg", "ES256".to_owned()),
            ("post_logout_redirect_uris", "https://filme.example/bye".to_owned()),
            ("backchannel_logout_uri", String::new()),
            ("jwks_uri", uri.to_owned()),
            ("version", version.to_owned()),
        ]
    };
    let sent = |fields: Vec<(&'static str, String)>| fields;
    let wrong = sent(form("private_key_jwt", "http://filme.example/jwks", &version));
    let wrong: Vec<(&str, &str)> = wrong.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let came = otto.posts(&at, &wrong).await;
    assert!(
        came.status == 422 && came.body.contains("Die Adresse muss mit https:// beginnen"),
        "{}",
        came.body
    );
    let app = otto.posts(&at, &[("authentication", "none"), ("id_token_alg", "ES256")]).await;
    assert_eq!(app.status, 400, "a server does not become an app");
    let right = form("private_key_jwt", "https://filme.example/jwks", &version);
    let right: Vec<(&str, &str)> = right.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(otto.posts(&at, &right).await.status, 303);
    let kept = service(id, &house).registration;
    assert_eq!(kept.authentication, ClientAuthentication::PrivateKeyJwt);
    assert!(kept.secrets.is_empty() && kept.post_logout_redirect_uris == ["https://filme.example/bye"]);
    assert_eq!(otto.posts(&at, &right).await.status, 409, "somebody else was faster");
    let changes = otto.opens(&paths::service_changes(id)).await;
    for words in ["client_secret_basic", "private_key_jwt", "https://filme.example/bye", "Jana Petersen"] {
        assert!(changes.body.contains(words), "{words}: {}", changes.body);
    }
}

#[tokio::test]
async fn each_change_can_be_read_as_what_went_and_what_came() {
    let house = House::real();
    let own = organisation("Amt", &house);
    let mut otto = member(Role::Owner(own), &house).await;
    let (id, _) = registers(&mut otto, &[]).await;
    let mut olga = member(Role::Operator, &house).await;
    decides(&mut olga, id, "release", "").await;
    let page = otto.opens(&paths::service_settings(id)).await;
    let version = hidden(&page, "version");
    let fields = [
        ("service", id.to_string()),
        ("version", version),
        ("name", "<b>Filme & Musik</b>".to_owned()),
        ("purpose", "um Filme auszuleihen".to_owned()),
        ("kind", "web".to_owned()),
        ("redirect_uris", "https://neu.example/cb".to_owned()),
        ("level", "substantial".to_owned()),
        ("age", "any".to_owned()),
        ("data_name", "yes".to_owned()),
        ("reason_name", "Für die Karte.".to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(otto.posts(&paths::service_settings(id), &fields).await.status, 303);
    let mut vera = member(Role::Viewer(own), &house).await;
    let changes = vera.opens(&paths::service_changes(id)).await.body;
    for words in ["(gewünscht)", "https://neu.example/cb", "Für die Karte.", "Läuft", "Wartet"] {
        assert!(changes.contains(words), "{words}: {changes}");
    }
    assert!(!changes.contains("<b>Filme") && changes.contains("Filme"), "{changes}");
    assert!(!changes.contains("sha256"));
    let mut others = member(Role::Owner(organisation("Anderes", &house)), &house).await;
    assert_eq!(others.opens(&paths::service_changes(id)).await.status, 404);
}

#[tokio::test]
async fn an_owner_pauses_and_only_an_owner_lets_it_go_on() {
    let house = House::real();
    let mut otto = member(Role::Owner(organisation("Amt", &house)), &house).await;
    let (id, _) = registers(&mut otto, &[]).await;
    let mut olga = member(Role::Operator, &house).await;
    decides(&mut olga, id, "release", "").await;
    assert_eq!(acts(&mut otto, id, &[("action", "pause")]).await.status, 303);
    assert_eq!(service(id, &house).standing(), Standing::Paused);
    let version = service(id, &house).version.to_string();
    let resume = [("action", "resume"), ("version", version.as_str())];
    let came = olga.posts(&paths::operator_service(id), &resume).await;
    assert_eq!(came.status, 400, "an operator paused nothing");
    assert_eq!(acts(&mut otto, id, &[("action", "pause")]).await.status, 400);
    assert_eq!(acts(&mut otto, id, &[("action", "resume")]).await.status, 303);
    decides(&mut olga, id, "pause", "").await;
    assert_eq!(
        acts(&mut otto, id, &[("action", "resume")]).await.status,
        400,
        "what an operator paused stays so"
    );
    assert_eq!(service(id, &house).standing(), Standing::Paused);
}

#[tokio::test]
async fn a_service_goes_to_others_only_when_they_take_it() {
    let house = House::real();
    let (amt, verein) = (organisation("Amt", &house), organisation("Verein", &house));
    let mut otto = member(Role::Owner(amt), &house).await;
    let mut vera = member(Role::Owner(verein), &house).await;
    let mut third = member(Role::Owner(organisation("Dritte", &house)), &house).await;
    let (id, _) = registers(&mut otto, &[]).await;
    let to = verein.to_string();
    assert_eq!(
        acts(&mut otto, id, &[("action", "offer"), ("organisation", &amt.to_string())]).await.status,
        400
    );
    assert_eq!(acts(&mut otto, id, &[("action", "offer"), ("organisation", &to)]).await.status, 303);
    let accept = [("answer", "accept")];
    assert_eq!(third.posts(&paths::service_handover(id), &accept).await.status, 404);
    assert_eq!(otto.posts(&paths::service_handover(id), &accept).await.status, 404);
    assert!(
        vera.opens(paths::SERVICES).await.body.contains("möchte Ihnen einen Dienst übergeben: Filmverleih")
    );
    vera.posts(&paths::service_handover(id), &[("answer", "decline")]).await;
    assert_eq!(service(id, &house).offered_to, None);
    acts(&mut otto, id, &[("action", "offer"), ("organisation", &to)]).await;
    acts(&mut otto, id, &[("action", "keep")]).await;
    assert_eq!(vera.posts(&paths::service_handover(id), &accept).await.status, 404, "he kept it after all");
    acts(&mut otto, id, &[("action", "offer"), ("organisation", &to)]).await;
    assert_eq!(vera.posts(&paths::service_handover(id), &accept).await.status, 303);
    let kept = service(id, &house);
    assert_eq!((kept.organisation, kept.registration.office.as_str()), (Some(verein), "Verein"));
    assert_eq!(otto.opens(&paths::service(id)).await.status, 404);
    assert_eq!(vera.opens(&paths::service(id)).await.status, 200);
    assert_eq!(house.audited("service.handed-over"), 1);
}

#[tokio::test]
async fn a_service_goes_for_good_with_everything_about_it() {
    let house = House::new();
    let mut otto = member(Role::Owner(organisation("Amt", &house)), &house).await;
    let (id, _) = registers(&mut otto, &[("data_name", "yes"), ("reason_name", "Für die Karte.")]).await;
    let mut olga = member(Role::Operator, &house).await;
    decides(&mut olga, id, "release", "").await;
    let mut erika = Guest::comes(&house);
    erika.enrols("erika").await;
    let ask = format!(
        "{}?client_id={id}&response_type=code&scope=openid+name&redirect_uri={APP}&code_challenge_method=S256&code_challenge={}",
        paths::AUTHORIZE,
        "A".repeat(43)
    );
    let at = erika.opens(&ask).await.location;
    erika.opens(&at).await;
    erika.posts(&format!("{at}/consent"), &[("answer", "agree"), ("remember", "1")]).await;
    let page = otto.opens(&paths::service_affairs(id)).await;
    assert!(page.body.contains("weniger als 5 haben zugestimmt"), "{}", page.body);
    assert_eq!(acts(&mut otto, id, &[("action", "remove")]).await.status, 422, "not without the box");
    let stale = [("version", "1"), ("action", "remove"), ("confirm", "yes")];
    assert_eq!(otto.posts(&paths::service_affairs(id), &stale).await.status, 409);
    assert_eq!(acts(&mut otto, id, &[("action", "remove"), ("confirm", "yes")]).await.status, 303);
    assert!(house.read(|db| store::service::by_id(id, db)).is_none());
    assert_eq!(otto.opens(&paths::service(id)).await.status, 404);
    assert_eq!(erika.opens(&ask).await.status, 400);
    assert_eq!(erika.opens(paths::ACCOUNT).await.status, 200, "her account is as before");
    assert_eq!(house.audited("service.removed"), 1);
}

#[tokio::test]
async fn owners_invite_their_team_and_never_lock_themselves_out() {
    let house = House::real();
    let own = organisation("Amt", &house);
    let mut otto = member(Role::Owner(own), &house).await;
    otto.opens(paths::SERVICES_TEAM).await;
    assert_eq!(otto.posts(paths::SERVICES_TEAM, &[("role", "operator")]).await.status, 400);
    let invited = otto.posts(paths::SERVICES_TEAM, &[("role", "viewer")]).await;
    let (_, rest) = invited.body.split_once("/invites/").expect("an address");
    let address = format!("/invites/{}", rest.split('<').next().unwrap());
    let mut vera = Guest::comes(&house);
    vera.opens(&address).await;
    assert_eq!(joins(&mut vera, &address, "Vera").await.status, 200);
    assert_eq!(vera.opens(paths::SERVICES_TEAM).await.status, 403, "who only looks invites nobody");
    let team = house.read(|db| store::staff::of_organisation(own, db));
    let of = |name: &str| team.iter().find(|one| one.name == name).unwrap().id.to_string();
    let (me, her) = (of("Jana Petersen"), of("Vera"));
    let end = |id: &str| [("member".to_owned(), id.to_owned()), ("confirm".to_owned(), "yes".to_owned())];
    let fields = |pairs: &[(String, String); 2]| pairs.clone();
    for (id, status) in [(&me, 400), (&her, 303)] {
        let sent = fields(&end(id));
        let sent: Vec<(&str, &str)> =
            sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(otto.posts(paths::SERVICES_TEAM, &sent).await.status, status);
    }
    assert!(vera.opens(paths::SERVICES).await.location.starts_with("/sign-in/"));
    let stranger = member(Role::Owner(organisation("Anderes", &house)), &house).await;
    drop(stranger);
    let foreign = house.read(|db| store::staff::of_organisation(own, db));
    assert_eq!(foreign.len(), 1);
}
