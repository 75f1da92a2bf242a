//! What the API does not do: for whom, how often, and how it says so.

use super::House;
use super::api::{ALL, Script, films, makes, office};
use super::authorisation::{patterns, routes};
use crate::http::Trouble;
use crate::http::limit::Act;
use crate::{paths, store};
use actix_web::ResponseError;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv6Addr};

const NOWHERE: &str = "svc_0000000000000000000000000a";

fn pointers(body: &Value) -> Vec<&str> {
    let errors = body["errors"].as_array().into_iter().flatten();
    errors.filter_map(|one| one["pointer"].as_str()).collect()
}

#[tokio::test]
async fn no_route_is_open_without_a_token_whoevers_browser_it_is() {
    let house = House::new();
    let (_, otto, _) = office(&house, "Amt", &ALL).await;
    let cookies: Vec<String> = otto.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let cookies = cookies.join("; ");
    let nobody = Script { house: &house, token: String::new() };
    let patterns = patterns();
    let mut refused = 0;
    for (name, method) in routes() {
        let pattern = patterns[name.as_str()];
        if !pattern.starts_with("/api/") || pattern == paths::API_DESCRIPTION {
            continue;
        }
        let path = pattern.replace("{service}", NOWHERE);
        for more in [&[][..], &[("cookie", cookies.as_str())][..]] {
            let told = nobody.calls(&method, &path, more, None).await;
            assert_eq!(told.status, 401, "{method} {path}: {}", told.body);
            assert_eq!(told.header("www-authenticate"), "Bearer realm=\"api\"");
            assert_eq!(told.header("access-control-allow-origin"), "");
            assert_eq!(told.header("set-cookie"), "");
        }
        refused += 1;
    }
    assert!(refused >= 8, "{refused}");
}

#[tokio::test]
async fn what_the_framework_refuses_is_a_problem_too() {
    let house = House::new();
    let (_, _, script) = office(&house, "Amt", &ALL).await;
    let large = vec![b' '; 81 * 1024];
    let query = format!("{}?limit={}", paths::API_SERVICES, "1".repeat(33 * 1024));
    let one = format!("{}/{NOWHERE}", paths::API_SERVICES);
    for (method, path, body, status) in [
        ("GET", "/api/v1/people", None, 404),
        ("GET", "/api", None, 404),
        ("GET", "/api/v2/services", None, 404),
        ("GET", query.as_str(), None, 413),
        ("PUT", paths::API_SERVICES, None, 405),
        ("OPTIONS", paths::API_SERVICES, None, 405),
        ("POST", one.as_str(), None, 405),
        ("POST", paths::API_SERVICES, Some(large.clone()), 413),
        ("PATCH", one.as_str(), Some(large), 413),
    ] {
        let told = script.sends(method, path, &[], body).await;
        assert_eq!(told.status, status, "{method} {path}: {}", told.body);
        assert_eq!(told.header("content-type"), "application/problem+json", "{method} {path}");
        assert_eq!(told.body["status"], status, "{method} {path}: {}", told.body);
        assert_eq!(told.header("set-cookie"), "", "{method} {path}");
    }
}

#[tokio::test]
async fn a_token_and_an_address_are_slowed_down_and_others_are_not() {
    let house = House::new();
    let (own, mut otto, script) = office(&house, "Amt", &ALL).await;
    let other = Script { house: &house, token: makes(&mut otto, &ALL).await };
    let wrong = Script { house: &house, token: "tht_wrong".to_owned() };
    // Time goes on while it is counted: as often as it takes.
    let mut told = script.calls("GET", paths::API_SERVICES, &[], None).await;
    let used = house.read(|db| store::api_token::of_organisation(own, db));
    let used = used.iter().find(|token| token.last_used.is_some()).unwrap().id;
    for _ in 0..20 {
        while house.app.limits.count_api(used.bytes()).is_ok() {}
        told = script.calls("GET", paths::API_SERVICES, &[], None).await;
        if told.status == 429 {
            break;
        }
    }
    assert_eq!(told.status, 429, "{}", told.body);
    assert!(told.header("retry-after").parse::<u32>().unwrap() >= 1);
    assert_eq!(other.calls("GET", paths::API_SERVICES, &[], None).await.status, 200);

    let here = crate::http::address::origin_of(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
    assert_eq!(wrong.calls("GET", paths::API_SERVICES, &[], None).await.status, 401);
    for _ in 0..20 {
        while house.app.limits.count(Act::Fail, here).is_ok() {}
        told = wrong.calls("GET", paths::API_SERVICES, &[], None).await;
        if told.status == 429 {
            break;
        }
    }
    assert_eq!(told.status, 429, "{}", told.body);
    assert!(told.header("retry-after").parse::<u32>().unwrap() >= 1);
    assert_eq!(other.calls("GET", paths::API_SERVICES, &[], None).await.status, 200, "who has one goes on");
}

#[tokio::test]
async fn mistakes_of_all_kinds_are_named_together_where_the_body_has_them() {
    let house = House::new();
    let (_, _, script) = office(&house, "Amt", &ALL).await;
    let body = json!({
        "kind": "robot",
        "name": " ",
        "purpose": "um Filme auszuleihen",
        "redirect_uris": ["https://filme.example/cb", "http://filme.example/"],
        "min_level": "basic",
        "data": [
            { "datum": "address", "reason": "Wir schicken die Filme." },
            { "datum": "name", "reason": " " },
        ],
        "id_token_signed_response_alg": "none",
        "post_logout_redirect_uris": ["https://filme.example/bye", "javascript:alert(1)"],
        "backchannel_logout_uri": "ftp://a.example/",
    });
    let wrong = script.adds(&body).await;
    assert_eq!(wrong.status, 422, "{}", wrong.body);
    let mut named = pointers(&wrong.body);
    named.sort_unstable();
    assert_eq!(
        named,
        [
            "/backchannel_logout_uri",
            "/data/1/reason",
            "/id_token_signed_response_alg",
            "/kind",
            "/min_level",
            "/name",
            "/post_logout_redirect_uris/1",
            "/redirect_uris/1",
        ]
    );
    let made = script.adds(&films()).await;
    let id = made.body["id"].as_str().unwrap();
    let patch = json!({ "name": "", "min_level": "x", "backchannel_logout_uri": "ftp://a.example/" });
    let wrong = script.changes(id, made.header("etag"), &patch).await;
    let mut named = pointers(&wrong.body);
    named.sort_unstable();
    assert_eq!((wrong.status, &named[..]), (422, &["/backchannel_logout_uri", "/min_level", "/name"][..]));
    assert_eq!(script.reads(id).await.body["version"], 1, "nothing was changed");
}

#[tokio::test]
async fn no_member_is_taken_and_then_forgotten() {
    let house = House::new();
    let (_, _, script) = office(&house, "Amt", &ALL).await;
    let made = script.adds(&films()).await;
    let id = made.body["id"].as_str().unwrap();
    for (member, value) in [
        ("kind", json!("machine")),
        ("jwks_uri", json!("https://filme.example/jwks")),
        ("jwks", json!({ "keys": [] })),
    ] {
        let told = script.changes(id, "\"1\"", &json!({ member: value })).await;
        assert_eq!((told.status, pointers(&told.body)), (422, vec![&*format!("/{member}")]), "{}", told.body);
    }
    let two = json!({ "post_logout_redirect_uris": ["https://filme.example/a\nhttps://filme.example/b"] });
    let told = script.changes(id, "\"1\"", &two).await;
    assert_eq!(told.status, 422, "{}", told.body);
    assert_eq!(pointers(&told.body), ["/post_logout_redirect_uris/0"]);
    // `null` takes something away (RFC 7396), and these are always there.
    for member in
        ["name", "purpose", "redirect_uris", "min_level", "data", "paused", "post_logout_redirect_uris"]
    {
        let told = script.changes(id, "\"1\"", &json!({ member: null })).await;
        assert_eq!(told.status, 400, "{member}: {}", told.body);
    }
    // What was so before may be said again.
    let none = json!({ "jwks_uri": null, "jwks": null });
    assert_eq!(script.changes(id, "\"1\"", &none).await.status, 200);
}

#[tokio::test]
async fn who_was_too_slow_is_told_what_stands_now() {
    let house = House::new();
    let (_, _, script) = office(&house, "Amt", &ALL).await;
    let made = script.adds(&films()).await;
    let id = made.body["id"].as_str().unwrap();
    assert_eq!(script.changes(id, "\"1\"", &json!({ "name": "Filme" })).await.status, 200);
    let path = format!("{}/{id}", paths::API_SERVICES);
    let secrets = format!("{path}/secrets");
    let body = json!({ "name": "Kino" });
    let secret = json!({ "overlap_hours": 24, "life_days": 365 });
    for (method, path, body) in
        [("PATCH", &path, Some(&body)), ("DELETE", &path, None), ("POST", &secrets, Some(&secret))]
    {
        let late = script.calls(method, path, &[("if-match", "\"1\"")], body).await;
        assert_eq!((late.status, late.header("etag")), (412, "\"2\""), "{method} {path}: {}", late.body);
        // Who may only make secrets is not told the rest.
        let current = if path == &secrets { Value::Null } else { json!("Filme") };
        assert_eq!(late.body["current"]["registered"]["name"], current, "{method} {path}");
    }
    let again = script.changes(id, "\"2\"", &body).await;
    assert_eq!(again.status, 200);
}

#[test]
fn who_lost_the_right_during_a_write_is_told_that_the_token_is_no_good() {
    let problem = crate::web::api::problem::Problem::from(Trouble::NotYours);
    assert_eq!(problem.status_code(), 401);
    assert!(problem.error_response().headers().contains_key("www-authenticate"));
}

#[tokio::test]
async fn no_json_makes_the_house_fault() {
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let house = House::new();
    let (_, _, script) = office(&house, "Amt", &ALL).await;
    let made = script.adds(&films()).await;
    let id = made.body["id"].as_str().unwrap().to_owned();
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(vec![
            "web",
            "native",
            "machine",
            "none",
            "low",
            "private_key_jwt",
            "EdDSA",
            "name",
            "https://a.example/",
            "keys"
        ])
        .prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-z]{1,6}", inner, 0..4).prop_map(Value::from_iter),
        ]
    });
    let members = prop::sample::select(vec![
        "kind",
        "name",
        "purpose",
        "redirect_uris",
        "min_level",
        "max_identity_age_months",
        "data",
        "token_endpoint_auth_method",
        "id_token_signed_response_alg",
        "post_logout_redirect_uris",
        "backchannel_logout_uri",
        "jwks",
        "jwks_uri",
        "paused",
        "overlap_hours",
        "life_days",
        "other",
    ]);
    let bodies = prop::collection::hash_map(members, value, 0..8);
    let mut runner = TestRunner::deterministic();
    for _ in 0..60 {
        let drawn = bodies.new_tree(&mut runner).unwrap().current();
        // Over a good body, so that more than the first check is reached.
        let mut body = films();
        body.as_object_mut()
            .unwrap()
            .extend(drawn.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let bare: Value = drawn.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let etag = script.reads(&id).await.header("etag").to_owned();
        let secrets = format!("{}/{id}/secrets", paths::API_SERVICES);
        for told in [
            script.adds(&body).await,
            script.changes(&id, &etag, &bare).await,
            script.calls("POST", &secrets, &[("if-match", &etag)], Some(&bare)).await,
        ] {
            assert!(told.status < 500, "{body}: {}", told.body);
        }
    }
}
