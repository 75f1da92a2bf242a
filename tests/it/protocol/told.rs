//! UserInfo, introspection, revocation.

use super::{is_json_refusal, reader};
use crate::town::http::Request;
use crate::town::service::refreshing;
use crate::town::{Answer, Town};
use serde_json::json;

const FORM: &str = "application/x-www-form-urlencoded";

fn is_challenge(answer: &Answer, status: u16, error: Option<&str>, what: &str) {
    assert_eq!(answer.status, status, "{what}: {}", answer.text());
    let challenge = answer.header("www-authenticate").unwrap_or_default();
    match error {
        None => assert_eq!(challenge, "Bearer", "{what}: RFC 6750 §3.1, no code without a token"),
        Some(error) => {
            assert!(challenge.starts_with(&format!("Bearer error=\"{error}\"")), "{what}: {challenge}");
            is_json_refusal(answer, status, error, what);
        }
    }
}

#[test]
fn a_token_is_shown_once_and_never_in_the_query() {
    let town = Town::open();
    let library = town.library();
    let mut ada = reader(&town, &library);
    ada.opens(&library.sign_in().url());
    let login = library.welcomes(&ada, &library.sign_in());
    let token = &login.access;
    let bearer = format!("Bearer {token}");
    let get = || Request::get("/userinfo");
    let post = |body: String| Request::post("/userinfo", FORM, body);
    for (what, request) in [
        ("header", get().with("authorization", &bearer)),
        ("small letters", get().with("authorization", &bearer.replace("Bearer", "bearer"))),
        ("post with header", Request::post("/userinfo", "", "").with("authorization", &bearer)),
        ("post with a form", post(format!("access_token={token}"))),
    ] {
        let answer = request.send(town.port());
        assert_eq!((answer.status, answer.json()), (200, login.user.clone()), "{what}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    }
    let dead = "Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for (what, request, status, error) in [
        ("query", Request::get(&format!("/userinfo?access_token={token}")), 400, Some("invalid_request")),
        (
            "query and header",
            Request::get(&format!("/userinfo?access_token={token}")).with("authorization", &bearer),
            400,
            Some("invalid_request"),
        ),
        (
            "header and form",
            post(format!("access_token={token}")).with("authorization", &bearer),
            400,
            Some("invalid_request"),
        ),
        (
            "two headers",
            get().with("authorization", &bearer).with("authorization", &bearer),
            400,
            Some("invalid_request"),
        ),
        (
            "form twice",
            post(format!("access_token={token}&access_token={token}")),
            400,
            Some("invalid_request"),
        ),
        ("nothing", get(), 401, None),
        ("empty form", post(String::new()), 401, None),
        ("basic", get().with("authorization", &library.basic().unwrap()), 401, None),
        (
            "as JSON",
            Request::post("/userinfo", "application/json", json!({"access_token": token}).to_string()),
            401,
            None,
        ),
        ("unknown", get().with("authorization", dead), 401, Some("invalid_token")),
        ("nonsense", get().with("authorization", "Bearer \u{1}"), 400, None),
    ] {
        let answer = request.send(town.port());
        if what == "nonsense" {
            assert!((400..500).contains(&answer.status), "{}", answer.status);
        } else {
            is_challenge(&answer, status, error, what);
        }
    }
    assert_eq!(library.calls("/revoke", &[("token", token)]).status, 200);
    is_challenge(&library.userinfo(token), 401, Some("invalid_token"), "given back");
}

#[test]
fn a_service_hears_of_its_own_tokens_only() {
    let town = Town::open();
    let library = town.service(&refreshing("Stadtbibliothek", &["name"]));
    let other = town.library();
    let mut ada = reader(&town, &library);
    ada.opens(&library.sign_in().url());
    let login = library.welcomes(&ada, &library.sign_in());
    let refresh = login.refresh.clone().unwrap();

    let told = library.introspects(&login.access).json();
    assert_eq!(told["active"], true);
    assert_eq!((&told["sub"], &told["client_id"]), (&login.id["sub"], &json!(library.id)));
    assert_eq!((&told["iss"], &told["token_type"]), (&json!(town.origin), &json!("Bearer")));
    assert_eq!(told["exp"].as_i64(), told["iat"].as_i64().map(|at| at + 600));
    assert!(told.get("name").is_none(), "no data of the person");
    assert_eq!(library.introspects(&refresh).json()["active"], true);
    for token in [login.access.as_str(), &refresh, "nonsense", "a.b.c", &login.id_token] {
        assert_eq!(other.introspects(token).json(), json!({"active": false}), "all of them look alike");
    }
    is_json_refusal(&library.calls("/introspect", &[]), 400, "invalid_request", "no token");

    // Others may say that it is lost, but nothing happens to it.
    for token in [&login.access, &refresh] {
        assert_eq!(other.calls("/revoke", &[("token", token)]).status, 200);
        assert_eq!(library.introspects(token).json()["active"], true);
    }
    assert_eq!(library.calls("/revoke", &[("token", "nonsense")]).status, 200, "RFC 7009 §2.2");
    is_json_refusal(&library.calls("/revoke", &[]), 400, "invalid_request", "no token");
    let hint = [("token", refresh.as_str()), ("token_type_hint", "access_token")];
    assert_eq!(library.calls("/revoke", &hint).status, 200, "a wrong hint is no harm");
    for token in [&login.access, &refresh] {
        assert_eq!(library.introspects(token).json(), json!({"active": false}), "the family goes together");
    }
}
