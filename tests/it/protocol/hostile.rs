//! Requests nobody honest makes.

use crate::town::http::{Request, exchange};
use crate::town::{Resident, Town};
use serde_json::json;

/// Ada's sign-in with everything begun, and what must not change.
fn counts(town: &Town) -> [i64; 6] {
    ["sign_in", "identity_check", "ceremony", "session", "person", "service_grant"]
        .map(|table| town.rows(table))
}

#[test]
fn a_form_comes_from_our_own_page() {
    let town = Town::open();
    let library = town.library();
    let mut ada = town.resident();
    ada.opens(&library.sign_in().url()).is_new();
    ada.browser.press("identify-eid", &[]);
    let (card, csrf) = (ada.browser.at.clone(), ada.browser.csrf());
    ada.opens(&library.sign_in().url());
    let sign_in = ada.browser.at.clone();
    let mut mallory = town.resident();
    mallory.opens(&library.sign_in().url());
    let foreign = mallory.browser.csrf();
    let before = counts(&town);

    let targets = [
        format!("{sign_in}/identity-checks"),
        format!("{sign_in}/key/skip"),
        format!("{sign_in}/consent"),
        card.clone(),
        format!("{card}/renewal"),
        "/session".to_owned(),
        "/sign-out".to_owned(),
    ];
    for target in &targets {
        let form = |token: Option<&str>| {
            let mut fields = vec![("answer", "agree"), ("person", "erika"), ("pin", "123456")];
            fields.extend(token.map(|token| ("csrf", token)));
            Request::form(target, &fields)
        };
        let own = &town.origin;
        for (what, request) in [
            ("no token", form(None).with("origin", own)),
            ("an empty token", form(Some("")).with("origin", own)),
            ("a foreign token", form(Some(&foreign)).with("origin", own)),
            ("a token with a blank", form(Some(&format!("{csrf} "))).with("origin", own)),
            ("cross-site", form(Some(&csrf)).with("sec-fetch-site", "cross-site")),
            ("same-site", form(Some(&csrf)).with("sec-fetch-site", "same-site")),
            ("another origin", form(Some(&csrf)).with("origin", "https://evil.example")),
            ("a null origin", form(Some(&csrf)).with("origin", "null")),
            ("our origin by another port", form(Some(&csrf)).with("origin", "http://localhost:1")),
        ] {
            assert_eq!(ada.browser.send(request).status, 403, "{what} at {target}");
        }
        // Without the cookie the token is worth nothing.
        assert_eq!(form(Some(&csrf)).with("origin", own).send(town.port()).status, 403, "{target}");
        // GET changes nothing.
        let status = ada.browser.send(Request::get(&format!("{target}?csrf={csrf}&answer=agree"))).status;
        assert!(matches!(status, 200 | 303 | 404 | 405), "{target}: {status}");
    }
    assert_eq!(counts(&town), before);
}

#[test]
fn a_script_comes_from_our_own_page() {
    let town = Town::open();
    let mut ada = town.resident();
    ada.opens(&town.library().sign_in().url());
    let (sign_in, csrf) = (ada.browser.at.clone(), ada.browser.csrf());
    let before = counts(&town);
    for path in ["/passkey/options", "/passkey", "/key/options", "/key"] {
        let target = format!("{sign_in}{path}");
        let post = |kind: &str| Request::post(&target, kind, "{}").with("accept", "application/json");
        let json = "application/json";
        for (what, request, status) in [
            ("no token", post(json).with("origin", &town.origin), 403),
            ("foreign", post(json).with("x-csrf-token", "A"), 403),
            ("cross-site", post(json).with("x-csrf-token", &csrf).with("sec-fetch-site", "cross-site"), 403),
            (
                "another origin",
                post(json).with("x-csrf-token", &csrf).with("origin", "https://evil.example"),
                403,
            ),
            // What a form of another site could send without asking.
            ("plain text", post("text/plain").with("x-csrf-token", &csrf), 400),
            ("a form", post("application/x-www-form-urlencoded").with("x-csrf-token", &csrf), 400),
        ] {
            let answer = ada.browser.send(request);
            assert_eq!(answer.status, status, "{what} at {path}");
            assert!(answer.json()["error"].is_string(), "words for the script: {what} at {path}");
        }
    }
    assert_eq!(counts(&town), before);
}

#[test]
fn what_is_too_large_is_refused() {
    let town = Town::open();
    let mut ada = town.resident();
    ada.opens(&town.library().sign_in().url());
    let (sign_in, csrf) = (ada.browser.at.clone(), ada.browser.csrf());
    let large = "x".repeat(100 * 1024);
    let form = Request::form(&format!("{sign_in}/identity-checks"), &[("csrf", &csrf), ("x", &large)]);
    assert_eq!(ada.browser.send(form).status, 413);
    let page = ada.ceremony("authenticate");
    let body = json!({ "ceremony": "cer_00000000000000000000000000", "credential": { "id": large } });
    let answer = ada.browser.post_json(&page["data-finish-url"], &body);
    assert_eq!((answer.status, answer.json()["error"].is_string()), (413, true));
    for path in ["/", "/authorize", "/userinfo", "/end-session", &sign_in] {
        let status = Request::get(&format!("{path}?x={large}")).send(town.port()).status;
        assert!(status == 200 || (400..500).contains(&status), "{path} with 100 KB: {status}");
        let status = Request::get(path).with("x-large", &large.repeat(3)).send(town.port()).status;
        assert!((400..500).contains(&status), "{path} with 300 KB of header: {status}");
    }
    let many = (0..200).fold(Request::get("/"), |request, n| request.with(&format!("x-{n}"), "1"));
    let status = many.send(town.port()).status;
    assert!((400..500).contains(&status), "200 headers: {status}");
    let cookies = Request::get("/account").with("cookie", &format!("__Host-torhaus={large}"));
    assert!(cookies.send(town.port()).status < 500);
}

#[test]
fn broken_requests_break_nothing() {
    let town = Town::open();
    let host = format!("host: localhost:{}\r\nconnection: close\r\n\r\n", town.port());
    let lines: [&[u8]; 14] = [
        b"GET /\xff\xfe HTTP/1.1\r\n",
        b"GET /%ff%fe HTTP/1.1\r\n",
        b"GET /sign-in/%ff HTTP/1.1\r\n",
        b"GET /sign-in/sgn_%00 HTTP/1.1\r\n",
        b"GET /static/../Cargo.toml HTTP/1.1\r\n",
        b"GET /static/%2e%2e%2fappliance.key HTTP/1.1\r\n",
        b"GET /static/..%5c HTTP/1.1\r\n",
        b"GET /sign-in/../authorize HTTP/1.1\r\n",
        b"GET /authorize?%ff HTTP/1.1\r\n",
        b"GET / HTTP/9.9\r\n",
        b"GET  / HTTP/1.1\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n",
        b"GET / HTTP/1.1\r\nx: \xff\xfe\r\ncookie: __Host-torhaus=\xff\r\naccept-language: \xff\r\n",
        b"POST /token HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n",
    ];
    for line in lines {
        let answer = exchange(town.port(), &[line, host.as_bytes()].concat());
        let shown = String::from_utf8_lossy(line);
        assert!(answer.status < 500, "{shown}: {} {}", answer.status, answer.text());
        assert!(!answer.everything().contains("[dependencies]"), "{shown}");
    }
    for cookie in
        ["__Host-torhaus=", "__Host-torhaus=x", "__Host-browser=\"x\"", "=", ";;;", "__Host-staff=%00"]
    {
        let status = Request::get("/sign-out").with("cookie", cookie).send(town.port()).status;
        assert_eq!(status, 303, "{cookie}: nobody is logged in");
    }
    assert_eq!(Request::get("/health/ready").send(town.port()).status, 200, "and the house stands");
}

#[test]
fn sign_in_addresses_are_not_guessed() {
    let town = Town::open();
    let mut ada = town.resident();
    ada.opens(&town.library().sign_in().url());
    let known = ada.browser.at.clone();
    let unknown = "/sign-in/sgn_00000000000000000000000000";
    let mut mallory = town.resident();
    let see = |mallory: &mut Resident<'_>, path: &str| {
        mallory.browser.open(path);
        mallory.sees().status
    };
    assert_eq!(see(&mut mallory, &known), 403);
    assert_eq!(see(&mut mallory, unknown), 410);
    for odd in
        [known.to_uppercase(), known.replace("sgn_", "chk_"), format!("{known}0"), format!("{known}%20")]
    {
        assert_eq!(see(&mut mallory, &odd), 404, "{odd}");
    }
    assert!(!mallory.sees().everything().contains("Stadtbibliothek"));
}
