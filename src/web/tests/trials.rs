//! Trials: an owner logs made-up people in, sees what happens, and mends it; nobody real is touched.

use super::owners::{APP, decides, hidden, member, registers, service};
use super::staff::organisation;
use super::{Came, Guest, House};
use crate::domain::id::ServiceId;
use crate::domain::staff::Role;
use crate::domain::time::Span;
use crate::{paths, store};
use actix_web::test::TestRequest;
use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

const VERIFIER: &str = "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv";

/// What the program asks, with these parameters changed or (empty) left out.
fn asks(id: ServiceId, changed: &[(&str, &str)]) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, VERIFIER.as_bytes()));
    let id = id.to_string();
    let usual = [
        ("client_id", id.as_str()),
        ("response_type", "code"),
        ("scope", "openid profile email"),
        ("redirect_uri", APP),
        ("state", "zustand"),
        ("code_challenge_method", "S256"),
        ("code_challenge", challenge.as_str()),
    ];
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in usual {
        let value = changed.iter().find(|(known, _)| *known == name).map_or(value, |(_, value)| value);
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    for (name, value) in changed.iter().filter(|(name, _)| usual.iter().all(|(known, _)| known != name)) {
        query.append_pair(name, value);
    }
    format!("{}?{}", paths::AUTHORIZE, query.finish())
}

/// The secret as it was shown, once.
fn secret(shown: &Came) -> String {
    let (_, rest) = shown.body.split_once("client_secret)").expect("a secret");
    let (_, rest) = rest.split_once("th-addr\">").unwrap();
    rest.split('<').next().unwrap().to_owned()
}

/// The program at the token endpoint.
async fn redeems(house: &House, authorization: Option<String>, fields: &[(&str, &str)]) -> Came {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    let mut request = TestRequest::post()
        .uri(paths::TOKEN)
        .insert_header(("content-type", "application/x-www-form-urlencoded"))
        .set_payload(form.finish());
    if let Some(authorization) = authorization {
        request = request.insert_header(("authorization", authorization));
    }
    Guest::comes(house).sends(request).await
}

fn basic(id: ServiceId, secret: &str) -> Option<String> {
    Some(format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))))
}

/// The value of a parameter of an address.
fn param(address: &str, name: &str) -> String {
    let url = url::Url::parse(address).expect("an address");
    url.query_pairs()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// Plays somebody in the sign-in at this address; gives what comes next.
async fn plays(owner: &mut Guest<'_>, at: &str, who: &str, key: &str) -> Came {
    assert_eq!(owner.opens(at).await.status, 200);
    let came = owner.posts(&format!("{at}/made-up"), &[("who", who), ("key", key)]).await;
    assert_eq!((came.status, came.location.as_str()), (303, at), "{}", came.body);
    owner.opens(at).await
}

/// An owner with a waiting service that wants the name; gives it with its secret. A trial goes on.
async fn trying<'h>(house: &'h House, more: &[(&str, &str)]) -> (Guest<'h>, ServiceId, String) {
    let mut otto = member(Role::Owner(organisation("Amt", house)), house).await;
    let wants = [("data_name", "yes"), ("reason_name", "Für die Karte.")];
    let (id, shown) = registers(&mut otto, &[&wants[..], more].concat()).await;
    let secret = secret(&shown);
    otto.opens(&paths::service_trial(id)).await;
    let begun = otto.posts(&paths::service_trial(id), &[("act", "begin")]).await;
    assert_eq!(begun.status, 303, "{}", begun.body);
    (otto, id, secret)
}

#[tokio::test]
async fn an_owner_logs_somebody_made_up_in_and_sees_each_step() {
    let house = House::real();
    let (mut otto, id, secret) = trying(&house, &[("level", "substantial")]).await;
    let at = otto.opens(&asks(id, &[("nonce", "einmal")])).await.location;
    assert!(at.starts_with("/sign-in/"), "{at}");
    let short = plays(&mut otto, &at, "child", "synced").await;
    assert!(
        short.body.contains("Verlangt ist die Stufe substanziell, erreicht ist niedrig"),
        "{}",
        short.body
    );
    let consent = plays(&mut otto, &at, "resident", "bound").await;
    assert!(consent.body.contains("Marlene Probst") && consent.body.contains("Für die Karte."));
    let answer =
        otto.posts(&format!("{at}/consent"), &[("answer", "agree"), ("remember", "1")]).await.location;
    let code = param(&answer, "code");
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", APP),
        ("code_verifier", VERIFIER),
    ];
    let tokens = redeems(&house, basic(id, &secret), &fields).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    let bearer = format!("Bearer {}", tokens.json()["access_token"].as_str().unwrap());
    let request = TestRequest::get().uri(paths::USERINFO).insert_header(("authorization", bearer));
    let told = Guest::comes(&house).sends(request).await.json();
    assert_eq!((&told["name"], &told["birthdate"]), (&"Marlene Probst".into(), &serde_json::Value::Null));

    let page = otto.opens(&paths::service_trial(id)).await;
    for words in [
        "Die Anmeldung klappt",
        "Nicht eingetragen und darum weggelassen: email",
        "Die Stufe reicht nicht",
        "Die Person stimmt zu",
        "Ihr Programm bekommt seine Tokens",
        "Ihr Programm holt die Angaben",
        "LoA/substantial",
        "einmal",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert!(
        !page.body.contains(&code) && !page.body.contains(&secret),
        "nothing that opens anything is kept"
    );
    let progress = otto.opens(&paths::service_trial_progress(id)).await;
    assert_eq!(progress.json()["steps"], 7, "{}", progress.body);
    // Nobody is counted, listed or known elsewhere; nothing of it is use.
    assert_eq!(house.people(), []);
    assert_eq!(house.read(store::person::count), 0);
    assert_eq!((house.audited("service.answered"), house.audited("service.tried")), (0, 1));
    assert!(otto.jar.keys().all(|name| name != "__Host-torhaus"), "nobody made up is logged in at the house");
    assert!(otto.opens(paths::ACCOUNT).await.location.starts_with("/sign-in/"));
}

#[tokio::test]
async fn a_trial_takes_nobody_real_and_real_people_no_trial() {
    let house = House::new();
    let (mut otto, id, secret) = trying(&house, &[]).await;
    let mut erika = Guest::comes(&house);
    let person = erika.enrols("erika").await;
    assert_eq!(erika.opens(&asks(id, &[])).await.status, 400, "nobody has let it in");
    let at = otto.opens(&asks(id, &[])).await.location;
    otto.opens(&at).await;
    for way in ["passkey/options", "key/options"] {
        let came = otto.calls(&format!("{at}/{way}"), &serde_json::json!({})).await;
        assert_eq!(came.status, 400, "{way}: {}", came.body);
    }
    let checked = otto.posts(&format!("{at}/identity-checks"), &[("purpose", "enrol")]).await;
    assert_eq!(checked.status, 400, "{}", checked.body);
    assert_eq!(otto.opens(&format!("{at}/enrolment")).await.status, 400);
    assert_eq!(erika.opens(&at).await.status, 403, "another browser");

    let mut olga = member(Role::Operator, &house).await;
    assert_eq!(decides(&mut olga, id, "release", "").await.status, 303);
    let real = erika.opens(&asks(id, &[])).await.location;
    assert_eq!(erika.opens(&real).await.status, 200);
    let posted = erika.posts(&format!("{real}/made-up"), &[("who", "resident"), ("key", "card")]).await;
    assert_eq!(posted.status, 404, "{}", posted.body);
    let answer = erika.posts(&format!("{real}/consent"), &[("answer", "agree")]).await.location;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &param(&answer, "code")),
        ("redirect_uri", APP),
        ("code_verifier", VERIFIER),
    ];
    assert_eq!(redeems(&house, basic(id, &secret), &fields).await.status, 200);
    let page = otto.opens(&paths::service_trial(id)).await;
    assert!(!page.body.contains("Erika"), "{}", page.body);
    assert!(!page.body.contains("bekommt seine Tokens"), "of a real login nothing is shown");
    assert_eq!(house.people(), [person]);
}

#[tokio::test]
async fn a_paused_service_with_a_trial_gives_real_people_nothing() {
    let house = House::new();
    let (mut otto, id, secret) = trying(&house, &[]).await;
    let mut olga = member(Role::Operator, &house).await;
    decides(&mut olga, id, "release", "").await;
    let mut erika = Guest::comes(&house);
    erika.enrols("erika").await;
    let at = erika.opens(&asks(id, &[])).await.location;
    erika.opens(&at).await;
    let answer = erika.posts(&format!("{at}/consent"), &[("answer", "agree")]).await.location;
    decides(&mut olga, id, "pause", "").await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &param(&answer, "code")),
        ("redirect_uri", APP),
        ("code_verifier", VERIFIER),
    ];
    let refused = redeems(&house, basic(id, &secret), &fields).await;
    assert_eq!((refused.status, &refused.json()["error"]), (400, &"invalid_grant".into()));
    let tried = otto.opens(&asks(id, &[])).await.location;
    assert!(tried.starts_with("/sign-in/"), "its owner goes on trying: {tried}");
}

#[tokio::test]
async fn each_refusal_names_its_setting_and_offers_to_mend_it() {
    let house = House::real();
    let (mut otto, id, secret) = trying(&house, &[]).await;
    let trial = paths::service_trial(id);
    let other = "https://filme.example/oidc/callback";
    assert_eq!(otto.opens(&asks(id, &[("redirect_uri", other)])).await.status, 400);
    let page = otto.opens(&trial).await;
    assert!(page.body.contains(&format!("Ihr Programm nennt die Adresse {other}")), "{}", page.body);
    let mend = |page: &Came| [("step", hidden(page, "step")), ("version", hidden(page, "version"))];
    let fields = mend(&page);
    let with = |fields: &[(&'static str, String); 2]| {
        let mut all = vec![("act", "mend".to_owned())];
        all.extend(fields.iter().cloned());
        all
    };
    for _twice in 0..2 {
        let sent = with(&fields);
        let sent: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(otto.posts(&trial, &sent).await.status, 303);
    }
    assert_eq!(service(id, &house).registration.redirect_uris, [APP, other], "once");
    assert!(otto.opens(&asks(id, &[("redirect_uri", other)])).await.location.starts_with("/sign-in/"));

    let back = otto.opens(&asks(id, &[("code_challenge", ""), ("code_challenge_method", "")])).await.location;
    assert_eq!(param(&back, "error"), "invalid_request");
    let page = otto.opens(&trial).await;
    assert!(page.body.contains("Die Anfrage kommt ohne PKCE"), "{}", page.body);
    let fields = with(&mend(&page));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    otto.posts(&trial, &fields).await;
    assert!(!service(id, &house).registration.require_pkce);

    let client_id = id.to_string();
    let posted = [("grant_type", "authorization_code"), ("client_secret", secret.as_str())];
    let posted = [&posted[..], &[("client_id", &client_id), ("code", "x"), ("redirect_uri", APP)]].concat();
    assert_eq!(redeems(&house, None, &posted).await.status, 401);
    let page = otto.opens(&trial).await;
    let words = "Ihr Programm weist sich mit client_secret_post aus, eingetragen ist client_secret_basic";
    assert!(page.body.contains(words), "{}", page.body);
    let fields = with(&mend(&page));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    otto.posts(&trial, &fields).await;
    assert_eq!(service(id, &house).registration.authentication.name(), "client_secret_post");
    assert_eq!(redeems(&house, None, &posted).await.json()["error"], "invalid_grant");
    assert!(otto.opens(&trial).await.body.contains("Diesen Code kennen wir nicht"));

    let strange = [("client_id", "filmverleih")];
    assert_eq!(otto.opens(&asks(id, &strange)).await.status, 400);
    assert!(otto.opens(&trial).await.body.contains("Ihr Programm nennt sich „filmverleih“"));
    let silent = otto.opens(&asks(id, &[("prompt", "none")])).await.location;
    assert_eq!(param(&silent, "error"), "login_required");
    assert!(otto.opens(&trial).await.body.contains("prompt=none"));
    assert_eq!(house.audited("service.changed"), 3);
}

#[tokio::test]
async fn what_goes_wrong_at_the_token_endpoint_is_told_to_the_owner_alone() {
    let house = House::real();
    let (mut otto, id, secret) = trying(&house, &[]).await;
    for (changed, words) in [
        (("redirect_uri", "https://filme.example/other"), "Die redirect_uri beim Einlösen ist eine andere"),
        (("code_verifier", "w"), "Der code_verifier passt nicht"),
        (("code_verifier", ""), "Der code_verifier fehlt"),
    ] {
        let at = otto.opens(&asks(id, &[])).await.location;
        plays(&mut otto, &at, "elsewhere", "card").await;
        let answer = otto.posts(&format!("{at}/consent"), &[("answer", "agree")]).await.location;
        let code = param(&answer, "code");
        let usual = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", APP),
            ("code_verifier", VERIFIER),
        ];
        let sent = usual.map(|(name, value)| (name, if name == changed.0 { changed.1 } else { value }));
        let refused = redeems(&house, basic(id, &secret), &sent).await.json();
        assert_eq!(refused["error"], "invalid_grant");
        let page = otto.opens(&paths::service_trial(id)).await;
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert_eq!(
        redeems(&house, basic(id, "falsch"), &[("grant_type", "authorization_code")]).await.status,
        401
    );
    let page = otto.opens(&paths::service_trial(id)).await;
    assert!(page.body.contains("Das Geheimnis stimmt nicht") && !page.body.contains("falsch"));
}

#[tokio::test]
async fn a_trial_ends_by_itself_with_everybody_in_it() {
    let house = House::real();
    let (mut otto, id, _) = trying(&house, &[]).await;
    let at = otto.opens(&asks(id, &[])).await.location;
    plays(&mut otto, &at, "sparse", "card").await;
    let everybody =
        |house: &House| house.read(|db| db.one("SELECT count(*) FROM person", &[], |row| row.get_i64(0)));
    assert_eq!(everybody(&house), Some(1));
    assert_eq!(otto.posts(&paths::service_trial(id), &[("act", "end")]).await.status, 303);
    assert_eq!(everybody(&house), Some(0));
    assert_eq!(otto.opens(&at).await.status, 410);
    assert_eq!(otto.opens(&asks(id, &[])).await.status, 400, "closed again");

    otto.opens(&paths::service_trial(id)).await;
    otto.posts(&paths::service_trial(id), &[("act", "begin")]).await;
    let at = otto.opens(&asks(id, &[])).await.location;
    plays(&mut otto, &at, "sparse", "card").await;
    // Logging out ends it, too.
    otto.opens(&paths::service_trial(id)).await;
    otto.posts(paths::OPERATOR_SESSION, &[]).await;
    assert_eq!(everybody(&house), Some(0));
    house.pass(Span::minutes(61));
    assert_eq!(otto.opens(&asks(id, &[])).await.status, 400);
}

#[tokio::test]
async fn who_may_not_change_a_service_may_not_try_it() {
    let house = House::real();
    let (_, id, _) = trying(&house, &[]).await;
    let trial = paths::service_trial(id);
    let own = service(id, &house).organisation.unwrap();
    let mut others = member(Role::Owner(organisation("Anderes Amt", &house)), &house).await;
    let mut viewer = member(Role::Viewer(own), &house).await;
    let mut olga = member(Role::Operator, &house).await;
    for (guest, status) in [(&mut others, 404), (&mut viewer, 403), (&mut olga, 403)] {
        assert_eq!(guest.opens(&trial).await.status, status);
        assert_eq!(guest.posts(&trial, &[("act", "begin")]).await.status, status);
        assert_ne!(guest.opens(&paths::service_trial_progress(id)).await.status, 200);
    }
}
