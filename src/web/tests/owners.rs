//! Organisations, their owners and what these register; the operator who lets it in.

use super::staff::{invite, joins, organisation};
use super::{Came, Guest, House};
use crate::domain::id::{OrganisationId, ServiceId};
use crate::domain::service::{Service, Standing};
use crate::domain::staff::Role;
use crate::{paths, store};

pub(super) const APP: &str = "https://filme.example/cb";

/// Somebody of staff, logged in.
pub(super) async fn member<'h>(role: Role, house: &'h House) -> Guest<'h> {
    let mut guest = Guest::comes(house);
    let address = invite(role, house);
    guest.opens(&address).await;
    assert_eq!(joins(&mut guest, &address, "Jana Petersen").await.status, 200);
    guest
}

/// The value of a hidden field of a page.
pub(super) fn hidden(page: &Came, name: &str) -> String {
    let (_, rest) =
        page.body.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{name}"));
    rest.split('"').next().unwrap().to_owned()
}

/// What the form holds after somebody filled it.
fn filled<'a>(service: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let usual = [
        ("service", service),
        ("name", "Filmverleih"),
        ("purpose", "um Filme auszuleihen"),
        ("kind", "web"),
        ("redirect_uris", APP),
        ("level", "low"),
        ("age", "any"),
    ];
    let kept = usual.into_iter().filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    kept.chain(more.iter().copied()).collect()
}

/// Registers a service with these data wanted; gives its id.
pub(super) async fn registers(owner: &mut Guest<'_>, more: &[(&str, &str)]) -> (ServiceId, Came) {
    let form = owner.opens(paths::SERVICES_NEW).await;
    assert_eq!(form.status, 200, "{}", form.body);
    let id = hidden(&form, "service");
    let came = owner.posts(paths::SERVICES, &filled(&id, more)).await;
    assert_eq!(came.status, 200, "{}", came.body);
    (id.parse().unwrap(), came)
}

pub(super) fn service(id: ServiceId, house: &House) -> Service {
    house.read(|db| store::service::by_id(id, db)).expect("a service")
}

/// Presses a button of the operator's page of a service, as it stands now.
pub(super) async fn decides(operator: &mut Guest<'_>, id: ServiceId, action: &str, why: &str) -> Came {
    let page = operator.opens(&paths::operator_service(id)).await;
    let version = hidden(&page, "version");
    operator
        .posts(&paths::operator_service(id), &[("action", action), ("version", &version), ("why", why)])
        .await
}

/// Whether residents can go there.
async fn is_open(id: ServiceId, house: &House) -> bool {
    let ask = format!(
        "{}?client_id={id}&response_type=code&scope=openid&redirect_uri={APP}&code_challenge_method=S256&code_challenge={}",
        paths::AUTHORIZE,
        "A".repeat(43)
    );
    Guest::comes(house).opens(&ask).await.location.starts_with("/sign-in/")
}

#[tokio::test]
async fn from_an_organisation_to_a_service_that_people_use() {
    let house = House::new();
    let mut olga = member(Role::Operator, &house).await;
    olga.opens(paths::OPERATOR_ORGANISATIONS).await;
    for wrong in ["", " ", &"x".repeat(81)] {
        assert_eq!(olga.posts(paths::OPERATOR_ORGANISATIONS, &[("name", wrong)]).await.status, 422);
    }
    let made = olga.posts(paths::OPERATOR_ORGANISATIONS, &[("name", " Film  Büro ")]).await;
    assert_eq!(made.status, 303, "{}", made.body);
    let taken = olga.posts(paths::OPERATOR_ORGANISATIONS, &[("name", "Film Büro")]).await;
    assert!(taken.status == 422 && taken.body.contains("gibt es schon"), "{}", taken.body);
    let invited = olga.posts(&made.location, &[("role", "owner")]).await;
    assert_eq!(invited.status, 200);
    let (_, rest) = invited.body.split_once("/invites/").unwrap();
    let address = format!("/invites/{}", rest.split('<').next().unwrap());
    assert!(!olga.opens(&made.location).await.body.contains("/invites/"), "shown once");

    let mut otto = Guest::comes(&house);
    otto.opens(&address).await;
    assert_eq!(joins(&mut otto, &address, "Otto").await.json()["location"], paths::SERVICES);
    let (id, shown) = registers(&mut otto, &[("data_name", "yes"), ("reason_name", "Für die Karte.")]).await;
    let kept = service(id, &house);
    assert_eq!((kept.standing(), kept.registration.office.as_str()), (Standing::Waiting, "Film Büro"));
    assert!(shown.body.contains(&id.to_string()) && shown.body.contains("Das Geheimnis sehen Sie nur jetzt"));
    assert!(!is_open(id, &house).await, "nobody has let it in");

    let overview = olga.opens(paths::OPERATOR).await;
    assert!(overview.body.contains("1 Dienst wartet auf Freigabe"), "{}", overview.body);
    assert_eq!(decides(&mut olga, id, "release", "").await.status, 303);
    assert!(is_open(id, &house).await);
    assert_eq!(house.audited("service.released"), 1);
    assert_eq!(decides(&mut olga, id, "pause", "").await.status, 303);
    assert!(!is_open(id, &house).await);
    assert!(otto.opens(&paths::service(id)).await.body.contains("angehalten"));
    assert_eq!(decides(&mut olga, id, "resume", "").await.status, 303);
    assert!(is_open(id, &house).await);
}

#[tokio::test]
async fn the_same_form_twice_makes_one_service() {
    let house = House::new();
    let mut otto = member(Role::Owner(organisation("Amt", &house)), &house).await;
    let (id, first) = registers(&mut otto, &[]).await;
    let again = otto.posts(paths::SERVICES, &filled(&id.to_string(), &[])).await;
    assert_eq!((again.status, again.location.as_str()), (303, paths::service(id).as_str()));
    assert!(first.body.contains("client_secret") && house.audited("service.added") == 1);
}

#[tokio::test]
async fn mistakes_stand_at_their_fields_and_nothing_is_lost() {
    let house = House::new();
    let mut otto = member(Role::Owner(organisation("Amt", &house)), &house).await;
    let form = otto.opens(paths::SERVICES_NEW).await;
    let id = hidden(&form, "service");
    let sent = filled(
        &id,
        &[
            ("name", "<b>Film</b>"),
            ("purpose", ""),
            ("redirect_uris", "http://filme.example/\nhttps://filme.example/#x"),
            ("data_birth_date", "yes"),
        ],
    );
    let came = otto.posts(paths::SERVICES, &sent).await;
    assert_eq!(came.status, 422);
    for field in ["purpose", "redirect_uris", "reason_birth_date"] {
        assert!(came.body.contains(&format!("id=\"{field}-error\"")), "{field}");
        assert!(came.body.contains(&format!("href=\"#{field}\"")), "{field}");
    }
    assert!(
        !came.body.contains("<b>Film</b>") && came.body.contains("&#60;b&#62;Film"),
        "kept, and harmless"
    );
    assert!(house.read(|db| store::service::all(10, db)).is_empty());
}

#[tokio::test]
async fn what_is_of_others_is_not_there_and_who_looks_changes_nothing() {
    let house = House::new();
    let [own, other] = ["Amt", "Anderes Amt"].map(|name| organisation(name, &house));
    let mut otto = member(Role::Owner(own), &house).await;
    let (id, _) = registers(&mut otto, &[]).await;
    let [here, settings] = [paths::service(id), paths::service_settings(id)];
    let mut vera = member(Role::Viewer(own), &house).await;
    let mut ines = member(Role::Owner(other), &house).await;
    let mut olga = member(Role::Operator, &house).await;
    let mut erika = Guest::comes(&house);
    for (who, page, statuses) in [
        (&mut otto, &here, (200, 200)),
        (&mut vera, &here, (200, 403)),
        (&mut ines, &here, (404, 404)),
        (&mut olga, &here, (200, 403)),
        (&mut erika, &here, (303, 303)),
    ] {
        assert_eq!((who.opens(page).await.status, who.opens(&settings).await.status), statuses);
    }
    let sent = filled("svc_0000000000000000000000000a", &[("version", "1"), ("name", "Meins")]);
    for (who, status) in [(&mut vera, 403), (&mut ines, 404), (&mut olga, 403)] {
        assert_eq!(who.posts(&settings, &sent).await.status, status);
        assert_eq!(service(id, &house).registration.name, "Filmverleih");
    }
    for who in [&mut vera, &mut olga] {
        assert_eq!(who.opens(paths::SERVICES_NEW).await.status, 403);
        assert_eq!(
            who.posts(paths::SERVICES, &filled("svc_0000000000000000000000000a", &[])).await.status,
            403
        );
    }
    assert!(!ines.opens(paths::SERVICES).await.body.contains("Filmverleih"));
    assert!(vera.opens(paths::SERVICES).await.body.contains("Filmverleih"));
    // An owner can not let their own service in, nor make owners.
    let decide = paths::operator_service(id);
    assert_eq!(otto.posts(&decide, &[("action", "release"), ("version", "1")]).await.status, 403);
    let invite = paths::operator_organisation(own);
    assert_eq!(otto.posts(&invite, &[("role", "owner")]).await.status, 403);
    assert_eq!(service(id, &house).standing(), Standing::Waiting);
    let nowhere = paths::operator_organisation(OrganisationId::from_bytes([9; 16]));
    olga.opens(paths::OPERATOR_ORGANISATIONS).await;
    assert_eq!(olga.posts(&nowhere, &[("role", "owner")]).await.status, 404);
    assert_eq!(olga.posts(&invite, &[("role", "operator")]).await.status, 400, "not by this way");
}

#[tokio::test]
async fn a_wish_for_more_waits_and_a_refusal_says_why() {
    let house = House::new();
    let mut olga = member(Role::Operator, &house).await;
    let mut otto = member(Role::Owner(organisation("Amt", &house)), &house).await;
    let (id, _) =
        registers(&mut otto, &[("data_age_over_18", "yes"), ("reason_age_over_18", "Ab 18.")]).await;
    let settings = paths::service_settings(id);
    assert_eq!(decides(&mut olga, id, "return", " ").await.status, 422, "a word why");
    assert_eq!(decides(&mut olga, id, "return", "Bitte <kürzer>.").await.status, 303);
    let told = otto.opens(&paths::service(id)).await;
    assert!(told.body.contains("Bitte &#60;kürzer&#62;."), "{}", told.body);
    let version = hidden(&otto.opens(&settings).await, "version");
    let own = id.to_string();
    let age = [("data_age_over_18", "yes"), ("reason_age_over_18", "Nur ab 18.")];
    let sent = filled(&own, &[&[("version", version.as_str())][..], &age].concat()).to_vec();
    assert_eq!(otto.posts(&settings, &sent).await.status, 303);
    assert_eq!(service(id, &house).standing(), Standing::Waiting);
    assert_eq!(decides(&mut olga, id, "release", "").await.status, 303);

    // Now people are there: a new address counts at once, a new datum waits.
    let version = hidden(&otto.opens(&settings).await, "version");
    let more = [("version", version.as_str()), ("data_name", "yes"), ("reason_name", "Für die Karte.")];
    assert_eq!(otto.posts(&settings, &filled(&own, &[&more[..], &age].concat())).await.status, 303);
    let kept = service(id, &house);
    assert_eq!((kept.registration.data.len(), kept.proposal.as_ref().unwrap().data.len()), (1, 2));
    assert!(kept.is_open() && is_open(id, &house).await);
    assert!(olga.opens(&paths::operator_service(id)).await.body.contains("Für die Karte."));
    assert_eq!(decides(&mut olga, id, "release", "").await.status, 303);
    let kept = service(id, &house);
    assert_eq!((kept.registration.data.len(), kept.proposal), (2, None));
    assert_eq!(house.audited("service.released"), 2);
}

#[tokio::test]
async fn of_two_at_once_the_second_sees_what_the_first_did() {
    let house = House::new();
    let own = organisation("Amt", &house);
    let mut olga = member(Role::Operator, &house).await;
    let (mut otto, mut ines) =
        (member(Role::Owner(own), &house).await, member(Role::Owner(own), &house).await);
    let (id, _) = registers(&mut otto, &[]).await;
    let settings = paths::service_settings(id);
    let version = hidden(&otto.opens(&settings).await, "version");
    ines.opens(&settings).await;
    let own = id.to_string();
    let seen = ("version", version.as_str());
    assert_eq!(otto.posts(&settings, &filled(&own, &[seen, ("name", "Ottos")])).await.status, 303);
    let late = ines.posts(&settings, &filled(&own, &[seen, ("name", "Ines’")])).await;
    assert!(late.status == 409 && late.body.contains("Ines’"), "{}", late.body);
    assert_eq!(service(id, &house).registration.name, "Ottos");
    // What is shown now is what a second press is about.
    let now = hidden(&late, "version");
    assert_eq!(
        ines.posts(&settings, &filled(&own, &[("version", &now), ("name", "Ines’")])).await.status,
        303
    );
    assert_eq!(service(id, &house).registration.name, "Ines’");
    // An operator does not let in what they have not seen.
    olga.opens(&paths::operator_service(id)).await;
    let stale =
        olga.posts(&paths::operator_service(id), &[("action", "release"), ("version", &version)]).await;
    assert_eq!(stale.status, 409);
    assert_eq!(service(id, &house).standing(), Standing::Waiting);
    let decide = paths::operator_service(id);
    let now = hidden(&stale, "version");
    let press = [("action", "release"), ("version", now.as_str())];
    let mut second = Guest::comes(&house);
    second.jar.clone_from(&olga.jar);
    second.csrf.clone_from(&olga.csrf);
    let (one, two) = tokio::join!(olga.posts(&decide, &press), second.posts(&decide, &press));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert!(statuses == [303, 409] || statuses == [303, 400], "{statuses:?}");
    assert_eq!(house.audited("service.released"), 1);
}

#[tokio::test]
async fn who_leaves_an_organisation_is_out_at_once_and_its_services_stay() {
    let house = House::new();
    let [own, other] = ["Amt", "Anderes Amt"].map(|name| organisation(name, &house));
    let mut olga = member(Role::Operator, &house).await;
    let mut otto = member(Role::Owner(own), &house).await;
    let (id, _) = registers(&mut otto, &[]).await;
    let [here, elsewhere] = [own, other].map(paths::operator_organisation);
    let page = olga.opens(&here).await;
    let who = hidden(&page, "member");
    let asked = olga.posts(&here, &[("member", &who)]).await;
    assert!(asked.body.contains("Zugang von Jana Petersen beenden?"), "{}", asked.body);
    assert_eq!(otto.opens(paths::SERVICES).await.status, 200, "not yet");
    let sure = [("member", who.as_str()), ("confirm", "yes")];
    assert_eq!(olga.posts(&elsewhere, &sure).await.status, 303);
    assert_eq!(otto.opens(paths::SERVICES).await.status, 200, "not of that organisation");
    assert_eq!(otto.posts(&here, &sure).await.status, 403);
    let form = otto.opens(paths::SERVICES_NEW).await;
    assert_eq!(olga.posts(&here, &sure).await.status, 303);
    assert_eq!(olga.posts(&here, &sure).await.status, 303, "twice is once");
    assert_eq!(house.audited("staff.removed"), 1);
    // With a form that was open before, too.
    let late = otto.posts(paths::SERVICES, &filled(&hidden(&form, "service"), &[])).await;
    assert!(
        late.status == 303 && late.location.starts_with("/sign-in/"),
        "{} {}",
        late.status,
        late.location
    );
    assert_eq!(house.read(|db| store::service::all(10, db)).len(), 1);
    assert_eq!(service(id, &house).organisation, Some(own));
    assert_eq!(otto.signs_in(paths::SERVICES).await.status, 422, "the key opens nothing");
}

#[tokio::test]
async fn an_owner_makes_a_new_secret_and_the_old_one_goes_on_for_a_while() {
    let house = House::new();
    let own = organisation("Amt", &house);
    let mut otto = member(Role::Owner(own), &house).await;
    let mut vera = member(Role::Viewer(own), &house).await;
    let (id, shown) = registers(&mut otto, &[]).await;
    let secret = |page: &Came| {
        let (_, rest) = page.body.split_once("client_secret").unwrap();
        let (_, rest) = rest.split_once("th-addr\">").unwrap();
        rest.split('<').next().unwrap().to_owned()
    };
    let first = secret(&shown);
    let [here, renewal] = [paths::service(id), paths::service_secret(id)];
    assert!(!vera.opens(&here).await.body.contains(&renewal));
    assert_eq!(vera.posts(&renewal, &[("overlap", "24"), ("life", "0"), ("version", "1")]).await.status, 403);
    let version = hidden(&otto.opens(&here).await, "version");
    assert_eq!(
        otto.posts(&renewal, &[("overlap", "9"), ("life", "0"), ("version", &version)]).await.status,
        400
    );
    let press = [("overlap", "24"), ("life", "365"), ("version", version.as_str())];
    let renewed = otto.posts(&renewal, &press).await;
    assert!(
        renewed.status == 200 && renewed.body.contains("Neues Geheimnis für Filmverleih"),
        "{}",
        renewed.body
    );
    let second = secret(&renewed);
    // The same press once more makes no third.
    assert_eq!(otto.posts(&renewal, &press).await.location, here);
    let knows = |secret: &str| service(id, &house).knows_secret(secret, house.app.now());
    assert!(knows(&first) && knows(&second));
    assert_eq!(house.audited("service.secret-rotated"), 1);
    assert!(!otto.opens(&here).await.body.contains(&second), "shown once");
    let (app, _) = registers(&mut otto, &[("kind", "native")]).await;
    assert!(!otto.opens(&paths::service(app)).await.body.contains("overlap"));
    let none =
        otto.posts(&paths::service_secret(app), &[("overlap", "0"), ("life", "0"), ("version", "1")]).await;
    assert_eq!(none.status, 400);
    house.pass(crate::domain::time::Span::hours(25));
    assert!(!knows(&first) && knows(&second));
}
