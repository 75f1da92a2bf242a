//! Requests to log in: what is admitted, what is refused, and where.

use super::*;
use crate::domain::sign_in::{Asker, Stage};
use crate::oidc::answer;
use crate::oidc::request::{Challenge, parse};

#[tokio::test]
async fn before_an_address_is_known_errors_stay_here() {
    let house = House::new();
    let library = house.library();
    let paused = Service { active: false, id: ServiceId::from_bytes([9; 16]), ..library.clone() };
    let kept = paused.clone();
    house.write(move |db| store::service::insert(&kept, Actor::Command, db));
    let client = id(&library);
    for (change, status) in [
        (&[("client_id", "")][..], 400),
        (&[("client_id", "svc_00000000000000000000000000")], 400),
        (&[("client_id", "nonsense")], 400),
        (&[("client_id", &id(&paused))], 400),
        (&[("redirect_uri", "")], 400),
        (&[("redirect_uri", "https://library.example/cb/")], 400),
        (&[("redirect_uri", "https://library.example/cb?x=1")], 400),
        (&[("redirect_uri", "https://library.example/CB")], 400),
        (&[("redirect_uri", "https://library.example:443/cb")], 400),
        (&[("redirect_uri", "https://library.example/%63b")], 400),
        (&[("redirect_uri", "https://evil.example/cb")], 400),
        // Also where everything else is wrong, too.
        (&[("redirect_uri", "https://evil.example/cb"), ("response_type", "")], 400),
    ] {
        let answer = house.asks(&good(&client, change), None).await;
        assert_eq!((answer.status().as_u16(), location(&answer)), (status, ""), "{change:?}");
    }
    let query = format!("{}&state=again", uri(paths::AUTHORIZE, &good(&client, &[])));
    assert_eq!(house.call(TestRequest::get().uri(&query)).await.status(), 400);
    let query = format!("{}&x=%ff", uri(paths::AUTHORIZE, &good(&client, &[])));
    assert_eq!(house.call(TestRequest::get().uri(&query)).await.status(), 400);
}

#[tokio::test]
async fn refusals_travel_back_with_state_and_issuer() {
    let house = House::new();
    let library = house.library();
    let client = id(&library);
    let long = "x".repeat(2049);
    let deep = format!("{{\"userinfo\":{}null{}}}", "{\"a\":".repeat(20), "}".repeat(20));
    let hint = house.provider.signer(Algorithm::Es256, &house.app).unwrap();
    let claims = serde_json::json!({ "iss": ISSUER, "sub": "x", "aud": "svc_00000000000000000000000000" });
    let foreign_hint = hint.sign("JWT", &claims).unwrap();
    for (name, value, code) in [
        ("response_type", "", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "code id_token", "unsupported_response_type"),
        ("response_mode", "fragment", "invalid_request"),
        ("scope", "", "invalid_scope"),
        ("scope", "profile", "invalid_scope"),
        ("scope", "openid \"", "invalid_scope"),
        ("nonce", &long, "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("request", "e30.e30.", "request_not_supported"),
        ("request_uri", "https://library.example/r", "request_uri_not_supported"),
        ("registration", "{}", "registration_not_supported"),
        ("prompt", "none login", "invalid_request"),
        ("prompt", "create", "invalid_request"),
        ("max_age", "-1", "invalid_request"),
        ("max_age", "1.5", "invalid_request"),
        ("claims", "[]", "invalid_request"),
        ("claims", "{\"userinfo\":1}", "invalid_request"),
        ("claims", "{\"userinfo\":{\"name\":true}}", "invalid_request"),
        ("claims", &deep, "invalid_request"),
        (
            "claims",
            "{\"id_token\":{\"acr\":{\"essential\":true,\"values\":[\"gold\"]}}}",
            "unmet_authentication_requirements",
        ),
        ("id_token_hint", "nonsense", "invalid_request"),
        ("id_token_hint", &foreign_hint, "invalid_request"),
        ("prompt", "none", "login_required"),
    ] {
        let back = returned(&house.asks(&good(&client, &[(name, value)]), None).await);
        assert_eq!(back.get("error"), Some(code), "{name}={value}");
        assert_eq!((back.get("state"), back.get("iss")), (Some("st"), Some(ISSUER)));
        let text = back.get("error_description").unwrap();
        assert!(text.bytes().all(|b| matches!(b, 0x20..=0x7e) && b != b'"' && b != b'\\'), "{text}");
        assert_eq!(back.iter().count(), 4);
    }
    let back = returned(&house.asks(&good(&client, &[("state", &long)]), None).await);
    assert_eq!((back.get("error"), back.get("state")), (Some("invalid_request"), None));
    let back = returned(&house.asks(&good(&client, &[("state", ""), ("prompt", "none")]), None).await);
    assert_eq!((back.get("error"), back.get("state")), (Some("login_required"), None));
    // An address with a query of its own keeps it.
    let asked = [("redirect_uri", "https://library.example/cb?fixed=1"), ("prompt", "none")];
    let answer = house.asks(&good(&client, &asked), None).await;
    assert!(location(&answer).starts_with("https://library.example/cb?fixed=1&error=login_required&"));
}

#[tokio::test]
async fn what_is_unknown_is_tolerated() {
    let house = House::new();
    let (library, erika) = (house.library(), house.erika());
    for (name, value) in [
        ("extra", "foobar"),
        ("display", "popup"),
        ("login_hint", "erika"),
        ("ui_locales", "se"),
        ("claims_locales", "se"),
        ("acr_values", "gold http://eidas.europa.eu/LoA/low"),
        ("scope", "unknown openid"),
        ("claims", "{\"userinfo\":{\"shoe_size\":null},\"id_token\":null,\"x\":1}"),
        ("max_age", "10000"),
        ("max_age", "9999999999999999999"),
        ("nonce", ""),
        ("response_mode", "query"),
    ] {
        let back = returned(&house.asks(&good(&id(&library), &[(name, value)]), Some(&erika)).await);
        assert!(back.get("code").is_some(), "{name}={value}: {back:?}");
        assert_eq!((back.get("state"), back.get("iss")), (Some("st"), Some(ISSUER)));
    }
    assert_eq!(house.audited("service.answered"), 12);
}

#[tokio::test]
async fn who_is_not_logged_in_comes_to_a_sign_in() {
    let house = House::new();
    let library = house.library();
    let asked = [("ui_locales", "en de"), ("scope", "openid age_over_18 birthdate"), ("max_age", "60")];
    let answer = house.asks(&good(&id(&library), &asked), None).await;
    assert_eq!(answer.status(), 303);
    let to = location(&answer).to_owned();
    let (path, query) = to.split_once('?').unwrap();
    assert_eq!(query, "ui_locales=en+de");
    let cookie = answer.cookies().find(|cookie| cookie.name() == "__Host-browser").unwrap();
    let sign_in = path.rsplit('/').next().unwrap().parse().unwrap();
    let sign_in = house.app.store.read(|db| store::sign_in::by_id(sign_in, db)).unwrap().unwrap();
    assert_eq!(sign_in.browser, BearerHash::of(cookie.value()));
    assert_eq!(sign_in.stage, Stage::Open);
    // The birth date is not registered: neither asked nor told.
    assert_eq!(sign_in.needs.data, BTreeSet::from([Datum::AgeOver18]));
    assert_eq!((sign_in.needs.level, sign_in.needs.max_age), (Level::Low, Some(Span::seconds(60))));
    let declined = answer::declined(&sign_in, ISSUER).unwrap();
    assert_eq!(declined.params()[0], ("error", "access_denied".to_owned()));
    assert!(matches!(&sign_in.asker, Asker::Service { service, back, .. }
        if *service == library.id && back.as_str() == BACK));
}

#[tokio::test]
async fn a_post_comes_again_with_our_cookies() {
    let house = House::new();
    let library = house.library();
    let client = id(&library);
    let request = TestRequest::post().uri(paths::AUTHORIZE).set_form(good(&client, &[]));
    let answer = house.call(request).await;
    assert_eq!(answer.status(), 303);
    let again = uri(paths::AUTHORIZE, &good(&client, &[]));
    assert_eq!(location(&answer), again);
    let request = TestRequest::post().uri("/authorize?state=2").set_form(good(&client, &[]));
    assert_eq!(house.call(request).await.status(), 400);
    let request = TestRequest::post().uri(paths::AUTHORIZE).set_json(1);
    assert_eq!(house.call(request).await.status(), 400);
}

/// What prompt=none, a session and a demand come to: a code, or this error.
#[tokio::test]
async fn the_silent_way() {
    let house = House::new();
    let (library, erika) = (house.library(), house.erika());
    let client = id(&library);
    let silent = |more: &[(&'static str, &'static str)]| {
        let mut all = vec![("prompt", "none")];
        all.extend(more);
        all
    };
    house.pass(Span::seconds(5));
    for (more, outcome) in [
        (&[][..], "code"),
        (&[("max_age", "1000")], "code"),
        (&[("max_age", "1")], "login_required"),
        (&[("max_age", "0")], "login_required"),
        (&[("acr_values", "http://eidas.europa.eu/LoA/substantial")], "code"),
        (&[("acr_values", "http://eidas.europa.eu/LoA/high")], "unmet_authentication_requirements"),
        (&[("acr_values", "http://eidas.europa.eu/LoA/high http://eidas.europa.eu/LoA/low")], "code"),
        (
            &[(
                "claims",
                "{\"id_token\":{\"acr\":{\"essential\":true,\"value\":\"http://eidas.europa.eu/LoA/high\"}}}",
            )],
            "unmet_authentication_requirements",
        ),
        (&[("claims", "{\"id_token\":{\"sub\":{\"value\":\"somebody\"}}}")], "login_required"),
        (&[("scope", "openid age_over_18")], "consent_required"),
    ] {
        let back = returned(&house.asks(&good(&client, &silent(more)), Some(&erika)).await);
        let got = back.get("error").unwrap_or("code");
        assert_eq!(got, outcome, "{more:?}");
    }
    house.agrees(&erika, &library);
    let asked = silent(&[("scope", "openid age_over_18")]);
    let back = returned(&house.asks(&good(&client, &asked), Some(&erika)).await);
    assert!(back.get("code").is_some());
    // Shown nothing, `login` and `consent` open a sign-in although all is there.
    for prompt in ["login", "consent", "select_account"] {
        let answer = house.asks(&good(&client, &[("prompt", prompt)]), Some(&erika)).await;
        assert!(location(&answer).starts_with("/sign-in/"), "{prompt}");
    }
    // A blocked key opens nothing any more, nor does a blocked person.
    let key = house.app.store.read(|db| store::passkey::by_holder(Holder::Person(erika.person), db)).unwrap();
    house.write(move |db| store::passkey::set_state(&key[0], PasskeyState::Blocked, db));
    let back = returned(&house.asks(&good(&client, &silent(&[])), Some(&erika)).await);
    assert_eq!(back.get("error"), Some("login_required"));
}

#[tokio::test]
async fn an_aged_identity_and_a_live_eid_count_for_less_next_time() {
    let house = House::new();
    let strict = Registration { max_identity_age: Some(Span::days(10)), ..registration() };
    let (strict, erika) = (house.registers(strict), house.erika());
    let silent = [("prompt", "none")];
    let back = returned(&house.asks(&good(&id(&strict), &silent), Some(&erika)).await);
    assert_eq!(back.get("error"), Some("interaction_required"));
    let high = Registration { min_level: Level::High, ..registration() };
    let high = house.registers(high);
    let eid = Means::LiveEid(CheckId::from_bytes([4; 16]));
    let fresh = house.session(erika.person, eid, Level::High);
    let back = returned(&house.asks(&good(&id(&high), &silent), Some(&fresh)).await);
    assert_eq!(back.get("error"), Some("unmet_authentication_requirements"));
}

#[tokio::test]
async fn form_post_is_a_page_that_sends_itself() {
    let house = House::new();
    let (library, erika) = (house.library(), house.erika());
    let asked = [("response_mode", "form_post"), ("state", "\"><script>")];
    let answer = house.asks(&good(&id(&library), &asked), Some(&erika)).await;
    assert_eq!(answer.status(), 200);
    let policy = answer.headers().get("content-security-policy").unwrap().to_str().unwrap().to_owned();
    assert_eq!(answer.headers().get("cache-control").unwrap(), "no-store");
    let page = String::from_utf8(to_bytes(answer.into_body()).await.unwrap().to_vec()).unwrap();
    let nonce = page.split("nonce=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(policy.contains(&format!("'nonce-{nonce}'")) && policy.contains("form-action 'self' https:"));
    assert!(page.contains(&format!("action=\"{BACK}\"")) && page.contains("name=\"code\""));
    assert_eq!(page.matches("<script").count(), 1, "the state is escaped");
}

#[tokio::test]
async fn a_sign_in_is_answered_only_with_what_it_asked() {
    let house = House::new();
    let (library, erika) = (house.library(), house.erika());
    let asked = [("scope", "openid profile age_over_18"), ("prompt", "consent")];
    let answer = house.asks(&good(&id(&library), &asked), Some(&erika)).await;
    let sign_in = location(&answer).rsplit('/').next().unwrap().parse().unwrap();
    let sign_in = house.app.store.read(|db| store::sign_in::by_id(sign_in, db)).unwrap().unwrap();
    let Stage::Proven(proof) = sign_in.stage.clone() else { panic!("the session proves") };
    // Only a part is released, and something nobody asked for.
    let released = BTreeSet::from([Datum::AgeOver18, Datum::Address]);
    let prepared = answer::prepare(&house.app, &library, &sign_in, &proof, &released).unwrap();
    let code = prepared.answer().params()[0].1.clone();
    house.write(move |db| prepared.keep(db));
    let (status, tokens) = house.redeems(&library, &code).await;
    assert_eq!(status, 200, "{tokens}");
    let (_, told) = house.userinfo(tokens["access_token"].as_str().unwrap()).await;
    assert_eq!(told["age_over_18"], true);
    assert_eq!(told.as_object().unwrap().len(), 2, "{told}");
    // The level is judged again, and the person, too.
    let weak = crate::domain::sign_in::Proof { level: Level::Basic, ..proof.clone() };
    let refused = answer::prepare(&house.app, &library, &sign_in, &weak, &released).unwrap();
    assert_eq!(refused.answer().params()[0].1, "unmet_authentication_requirements");
    let mut named = sign_in.clone();
    named.needs.only = Some(PersonId::from_bytes([1; 16]));
    let refused = answer::prepare(&house.app, &library, &named, &proof, &released).unwrap();
    assert_eq!(refused.answer().params()[0].1, "access_denied");
    assert!(!refused.answer().is_success());
}

#[test]
fn verifiers_are_strict() {
    let good = Challenge::parse(&challenge()).unwrap();
    assert!(good.is_met_by(VERIFIER));
    let padded = format!("{VERIFIER}=");
    let long = "a".repeat(129);
    for bad in ["", "short", &VERIFIER[1..], &padded, &long, &challenge()] {
        assert!(!good.is_met_by(bad), "{bad}");
    }
    for bad in ["", "a", &challenge()[1..], &format!("{}=", &challenge()[1..])] {
        assert!(Challenge::parse(bad).is_none(), "{bad}");
    }
}

proptest::proptest! {
    #[test]
    fn any_parameters_are_parsed_or_refused(raw: Vec<u8>, claims: String) {
        let claims: String = url::form_urlencoded::byte_serialize(claims.as_bytes()).collect();
        let mut all = format!("response_type=code&scope=openid&claims={claims}&").into_bytes();
        all.extend(raw);
        if let Ok(params) = Params::parse(&all) {
            let _ = parse(&params);
        }
    }
}
