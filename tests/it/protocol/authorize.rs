//! Requests to log in that are wrong.

use super::{is_own_page, is_refusal, told_at_service};
use crate::town::Town;
use crate::town::http::Request;
use crate::town::resident::brought;
use crate::town::service::{BACK, SignIn, challenge, wish};
use torhaus::domain::registration::ClientAuthentication;
use torhaus::oidc::registration::Wish;

#[test]
fn without_a_known_service_and_address_nobody_is_sent_anywhere() {
    let town = Town::open();
    let library = town.library();
    let good = library.sign_in();
    let other_kind = library.id.replace("svc_", "per_");
    for (what, asked) in [
        ("no client_id", good.clone().without("client_id")),
        ("an empty client_id", good.clone().with("client_id", "")),
        ("an unknown client_id", good.clone().with("client_id", "svc_00000000000000000000000000")),
        ("an id of another kind", good.clone().with("client_id", &other_kind)),
        ("nonsense", good.clone().with("client_id", "'; DROP TABLE service;--")),
        ("in capitals", good.clone().with("client_id", &library.id.to_uppercase())),
        ("no redirect_uri", good.clone().without("redirect_uri")),
        ("an empty redirect_uri", good.clone().with("redirect_uri", "")),
        ("a relative redirect_uri", good.clone().with("redirect_uri", "/cb")),
        ("a script", good.clone().with("redirect_uri", "javascript:alert(1)")),
        // Nothing else that is wrong may change that.
        (
            "no redirect_uri, and a wrong type",
            good.clone().without("redirect_uri").with("response_type", "token"),
        ),
        ("no service, and silent", good.clone().without("client_id").with("prompt", "none")),
    ] {
        is_own_page(&Request::get(&asked.path()).send(town.port()), 400, what);
    }
    assert_eq!(town.rows("sign_in"), 0);
}

#[test]
fn redirect_addresses_are_compared_letter_by_letter() {
    let town = Town::open();
    let mut with_query = wish("Stadtbibliothek", &[]);
    with_query.redirect_uris.push("https://library.example/q?a=1".to_owned());
    let library = town.service(&with_query);
    for (address, registered) in [
        (BACK, true),
        ("https://library.example/q?a=1", true),
        ("https://library.example/cb/", false),
        ("https://library.example/cb?", false),
        ("https://library.example/cb?x=1", false),
        ("https://library.example/cb#", false),
        ("https://library.example/cb#x", false),
        ("https://library.example/CB", false),
        ("https://library.example/c%62", false),
        ("https://library.example/./cb", false),
        ("https://library.example/x/../cb", false),
        ("https://library.example//cb", false),
        ("https://library.example/cb%00", false),
        ("https://library.example:443/cb", false),
        ("https://LIBRARY.example/cb", false),
        ("HTTPS://library.example/cb", false),
        ("http://library.example/cb", false),
        ("https://library.example./cb", false),
        ("https://library.example.evil.example/cb", false),
        ("https://evil.example/?https://library.example/cb", false),
        ("https://library.example@evil.example/cb", false),
        ("https://evil.example\\@library.example/cb", false),
        ("https://user@library.example/cb", false),
        ("//library.example/cb", false),
        (" https://library.example/cb", false),
        ("https://library.example/cb ", false),
        ("https://library.example/cb\r\nx: y", false),
        ("https://library.example/cb\0", false),
        ("https://library.example/q?a=1&b=2", false),
        ("https://library.example/q?a=2", false),
        ("https://library.example/q", false),
    ] {
        let asked = library.sign_in().with("redirect_uri", address);
        let answer = Request::get(&asked.path()).send(town.port());
        if registered {
            assert_eq!(answer.status, 303, "{address:?}");
            assert!(answer.location().starts_with("/sign-in/"), "{address:?}");
        } else {
            is_own_page(&answer, 400, address);
        }
    }
    // A parameter is added to the query that is there.
    let refused =
        library.sign_in().with("redirect_uri", "https://library.example/q?a=1").with("prompt", "none");
    let answer = Request::get(&refused.path()).send(town.port());
    assert!(
        answer.location().starts_with("https://library.example/q?a=1&error=login_required"),
        "{}",
        answer.location()
    );
}

#[test]
fn only_a_native_loopback_may_choose_its_port() {
    let town = Town::open();
    let native = |authentication| Wish {
        redirect_uris: vec!["http://127.0.0.1/cb".to_owned(), "http://localhost/cb".to_owned()],
        authentication,
        ..wish("Stadt-App", &[])
    };
    let app = town.service(&native(ClientAuthentication::None));
    let server = town.service(&native(ClientAuthentication::ClientSecretBasic));
    for (address, app_may) in [
        ("http://127.0.0.1:49152/cb", true),
        ("http://127.0.0.1:49152/other", false),
        ("http://localhost:49152/cb", false),
        ("http://127.0.0.2:49152/cb", false),
        ("http://127.0.0.1:49152@evil.example/cb", false),
        ("http://127.0.0.1:0/cb", false),
        ("http://127.0.0.1.evil.example:80/cb", false),
        ("https://127.0.0.1:49152/cb", false),
    ] {
        for (service, may) in [(&app, app_may), (&server, false)] {
            let asked = service.sign_in().with("redirect_uri", address);
            let status = Request::get(&asked.path()).send(town.port()).status;
            assert_eq!(status, if may { 303 } else { 400 }, "{address}");
        }
    }
}

/// Every mistake of a parameter which the service must hear of.
fn mistakes(good: &SignIn) -> Vec<(&'static str, SignIn, &'static str)> {
    const BAD: &str = "invalid_request";
    let with = |name: &str, value: &str| good.clone().with(name, value);
    let without = |name: &str| good.clone().without(name);
    let claims = |json: &str| with("claims", json);
    let large = format!(r#"{{"userinfo":{{"{}":null}}}}"#, "x".repeat(8200));
    let deep = format!(r#"{{"userinfo":{{"a":{}1{}}}}}"#, "[".repeat(30), "]".repeat(30));
    vec![
        ("no response_type", without("response_type"), BAD),
        ("implicit", with("response_type", "token"), "unsupported_response_type"),
        ("hybrid", with("response_type", "code id_token"), "unsupported_response_type"),
        ("type none", with("response_type", "none"), "unsupported_response_type"),
        ("fragment", with("response_mode", "fragment"), BAD),
        ("unknown mode", with("response_mode", "pigeon"), BAD),
        ("no scope", without("scope"), "invalid_scope"),
        ("no openid", with("scope", "name address"), "invalid_scope"),
        ("openid in capitals", with("scope", "OPENID"), "invalid_scope"),
        ("quotes in scope", with("scope", "openid \"name\""), "invalid_scope"),
        ("nonce too long", with("nonce", &"n".repeat(513)), BAD),
        ("no PKCE", without("code_challenge").without("code_challenge_method"), BAD),
        ("PKCE by default plain", without("code_challenge_method"), BAD),
        ("PKCE plain", with("code_challenge_method", "plain"), BAD),
        ("PKCE unknown", with("code_challenge_method", "S512"), BAD),
        ("PKCE without challenge", without("code_challenge"), BAD),
        ("challenge too short", with("code_challenge", &challenge("x")[1..]), BAD),
        ("challenge too long", with("code_challenge", &format!("{}A", challenge("x"))), BAD),
        (
            "challenge of odd letters",
            with("code_challenge", &challenge("x").replace(&challenge("x")[..1], "+")),
            BAD,
        ),
        ("none and login", with("prompt", "none login"), BAD),
        ("unknown prompt", with("prompt", "please"), BAD),
        ("negative max_age", with("max_age", "-1"), BAD),
        ("max_age in words", with("max_age", "soon"), BAD),
        ("claims not JSON", claims("{"), BAD),
        ("claims a list", claims("[]"), BAD),
        ("claims of wrong form", claims(r#"{"userinfo":[]}"#), BAD),
        ("a claim of wrong form", claims(r#"{"userinfo":{"name":"yes"}}"#), BAD),
        ("claims too large", claims(&large), BAD),
        ("claims too deep", claims(&deep), BAD),
        (
            "an essential level nobody has",
            claims(r#"{"id_token":{"acr":{"essential":true,"value":"mine"}}}"#),
            "unmet_authentication_requirements",
        ),
        ("a hint that is none", with("id_token_hint", "a.b.c"), BAD),
        ("an unsigned hint", with("id_token_hint", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."), BAD),
        ("request", with("request", "eyJhbGciOiJub25lIn0.e30."), "request_not_supported"),
        ("request_uri", with("request_uri", "https://library.example/r"), "request_uri_not_supported"),
        ("registration", with("registration", "{}"), "registration_not_supported"),
        ("nobody is logged in", with("prompt", "none"), "login_required"),
    ]
}

#[test]
fn mistakes_travel_back_with_error_state_and_issuer() {
    let town = Town::open();
    let library = town.library();
    let good = library.sign_in();
    for (what, asked, code) in mistakes(&good) {
        let told = told_at_service(&town, &asked);
        is_refusal(&told, code, &town, what);
        assert_eq!(told.get("state").map(String::as_str), good.get("state"), "{what}");
    }
    // What is too long is not given back.
    let told = told_at_service(&town, &good.clone().with("state", &"s".repeat(2049)));
    is_refusal(&told, "invalid_request", &town, "state too long");
    assert_eq!(told.get("state"), None);
    assert_eq!(town.rows("sign_in"), 0);
}

#[test]
fn mistakes_travel_back_by_form_post_too() {
    let town = Town::open();
    let library = town.library();
    let good = library.sign_in().with("response_mode", "form_post");
    for (what, asked, code) in mistakes(&good) {
        if what.contains("mode") || what == "fragment" {
            continue;
        }
        let answer = Request::get(&asked.path()).send(town.port());
        assert_eq!(answer.status, 200, "{what}");
        let told = brought("", &answer);
        is_refusal(&told, code, &town, what);
        assert_eq!(told.get("state").map(String::as_str), good.get("state"), "{what}");
    }
}

#[test]
fn a_parameter_comes_once_and_in_utf8() {
    let town = Town::open();
    let good = town.library().sign_in().query();
    for twice in ["client_id", "redirect_uri", "state", "scope", "prompt", "code_challenge", "unknown"] {
        let path = format!("/authorize?{good}&{twice}=1&{twice}=2");
        is_own_page(&Request::get(&path).send(town.port()), 400, twice);
    }
    for raw in
        ["state2=%ff", "state2=%c3%28", "%ff=1", "state2=%", "state2=%4", "state2=%zz", "state2=\u{e4}"]
    {
        let path = format!("/authorize?{good}&{raw}");
        let answer = Request::get(&path).send(town.port());
        assert!((400..500).contains(&answer.status), "{raw}: {}", answer.status);
        assert_eq!(answer.header("location"), None, "{raw}");
    }
    let many: String = (0..101).map(|n| format!("&p{n}=1")).collect();
    is_own_page(&Request::get(&format!("/authorize?{good}{many}")).send(town.port()), 413, "101 parameters");
    let large = format!("/authorize?{good}&x={}", "x".repeat(33 * 1024));
    is_own_page(&Request::get(&large).send(town.port()), 413, "33 KB");
    assert_eq!(town.rows("sign_in"), 0);
}

#[test]
fn a_form_of_another_site_asks_again_by_get() {
    let town = Town::open();
    let library = town.library();
    let asked = library.sign_in();
    let post = Request::post("/authorize", "application/x-www-form-urlencoded", asked.query())
        .with("origin", "https://library.example")
        .with("sec-fetch-site", "cross-site");
    let answer = post.send(town.port());
    assert_eq!(answer.status, 303);
    assert!(answer.header("access-control-allow-origin").is_none(), "RFC 9700 §2.6");
    let mut ada = town.resident();
    let onward = format!("{}{}", town.origin, answer.location());
    ada.enrols(&onward, "erika");
    library.welcomes(&ada, &asked);

    let wrong = Request::post("/authorize", "application/json", "{}");
    is_own_page(&wrong.send(town.port()), 400, "JSON");
    for method in ["PUT", "DELETE", "PATCH"] {
        let status = Request::get("/authorize").method(method).send(town.port()).status;
        assert_eq!(status, 405, "{method}");
    }
}

#[test]
fn who_registered_without_pkce_may_do_without_but_not_half() {
    let town = Town::open();
    let old = town.service(&Wish { require_pkce: false, ..wish("Altes Verfahren", &[]) });
    let mut ada = super::reader(&town, &old);
    let asked = old.sign_in().without("code_challenge").without("code_challenge_method");
    ada.opens(&asked.url());
    let code = ada.brings_code();
    // RFC 9700 §4.8: a verifier without a challenge means that somebody cut the challenge out.
    super::is_json_refusal(&old.redeems(&code), 400, "invalid_grant", "downgrade");
    ada.opens(&asked.url());
    let answer = old.redeems_with(&ada.brings_code(), &[("code_verifier", "")]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    // With a challenge the verifier is a must.
    ada.opens(&old.sign_in().url());
    let answer = old.redeems_with(&ada.brings_code(), &[("code_verifier", "")]);
    super::is_json_refusal(&answer, 400, "invalid_grant", "no verifier");
    // A public client never does without, whatever was wished.
    let public = Wish { require_pkce: false, authentication: ClientAuthentication::None, ..wish("App", &[]) };
    let asked = town.service(&public).sign_in().without("code_challenge").without("code_challenge_method");
    is_refusal(&told_at_service(&town, &asked), "invalid_request", &town, "public without PKCE");
}
