//! Log-out asked for by services.

use super::reader;
use crate::town::http::Request;
use crate::town::service::{BYE, wish};
use crate::town::{Town, http};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;
use torhaus::domain::time::{Clock, Span};
use torhaus::oidc::registration::Wish;

fn end_session(fields: &[(&str, &str)]) -> String {
    format!("/end-session?{}", http::encode(fields))
}

#[test]
fn only_a_good_hint_ends_a_session_and_sends_on() {
    let town = Town::open();
    let (library, other) = (town.library(), town.library());
    let mut ada = reader(&town, &library);
    ada.opens(&library.sign_in().url());
    let hint = library.welcomes(&ada, &library.sign_in()).id_token;
    let unsigned = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#),
        hint.split('.').nth(1).unwrap()
    );
    let mut parts: Vec<&str> = hint.split('.').collect();
    let spoilt = parts[2].chars().rev().collect::<String>();
    parts[2] = &spoilt;
    let spoilt = parts.join(".");
    let bye = ("post_logout_redirect_uri", BYE);
    let good = ("id_token_hint", hint.as_str());
    for (what, fields) in [
        ("nothing", vec![]),
        ("only a state", vec![("state", "x")]),
        ("no hint", vec![bye, ("state", "x")]),
        ("no hint but a client", vec![bye, ("client_id", &library.id)]),
        ("an unregistered address", vec![good, ("post_logout_redirect_uri", "https://evil.example/")]),
        ("a redirect address", vec![good, ("post_logout_redirect_uri", "https://library.example/cb")]),
        ("a query added", vec![good, ("post_logout_redirect_uri", &format!("{BYE}?foo=bar"))]),
        ("unsigned", vec![bye, ("id_token_hint", &unsigned)]),
        ("spoilt", vec![bye, ("id_token_hint", &spoilt)]),
        ("nonsense", vec![bye, ("id_token_hint", "x")]),
        ("of another client", vec![bye, good, ("client_id", &other.id)]),
    ] {
        ada.browser.open(&end_session(&fields));
        assert_eq!(ada.sees().status, 200, "{what}");
        assert!(ada.browser.offers("sign-out"), "{what}: asks on our own page");
        ada.opens(&library.sign_in().with("prompt", "none").url());
        ada.brings_code();
    }
    // Asked, the person may stay or go; nobody is sent on.
    ada.browser.open("/sign-out");
    ada.browser.press("sign-out", &[]);
    assert_eq!((ada.sees().status, ada.browser.at.as_str()), (200, "/signed-out"));
    ada.opens(&library.sign_in().with("prompt", "none").url());
    assert_eq!(ada.brings()["error"], "login_required");
}

#[test]
fn a_good_hint_leads_back_with_the_state() {
    let town = Town::open();
    let library = town.library();
    let mut ada = reader(&town, &library);
    for (state, by_post) in [(Some("a & b"), false), (None, false), (Some("x"), true)] {
        ada.forgets_session().opens(&library.sign_in().url()).proves_with_passkey();
        let login = library.welcomes(&ada, &library.sign_in());
        // The hint may have expired.
        town.clock.turn(Span::minutes(20));
        let mut fields = vec![("id_token_hint", login.id_token.as_str()), ("post_logout_redirect_uri", BYE)];
        fields.extend(state.map(|state| ("state", state)));
        fields.push(("client_id", &library.id));
        if by_post {
            let answer =
                Request::form("/end-session", &fields).with("sec-fetch-site", "cross-site").send(town.port());
            let onward = answer.location().to_owned();
            ada.browser.open(&onward);
        } else {
            ada.browser.open(&end_session(&fields));
        }
        let back = url::Url::parse(&ada.browser.at).unwrap();
        assert_eq!(back.as_str().split('?').next(), Some(BYE));
        let told: Vec<_> = back.query_pairs().collect();
        assert_eq!(told.len(), usize::from(state.is_some()));
        assert_eq!(told.first().map(|(_, value)| value.as_ref()), state);
        assert!(!ada.browser.jar.contains_key("__Host-torhaus"), "the cookie goes");
        ada.opens(&library.sign_in().with("prompt", "none").url());
        assert_eq!(ada.brings()["error"], "login_required");
        assert_eq!(library.userinfo(&login.access).status, 401);
    }
    // Without an address: logged out, on our own page. The hint of an ended session ends nothing more.
    ada.opens(&library.sign_in().url()).proves_with_passkey();
    let hint = library.welcomes(&ada, &library.sign_in()).id_token;
    ada.browser.open(&end_session(&[("id_token_hint", &hint)]));
    assert_eq!((ada.sees().status, ada.browser.at.as_str()), (200, "/signed-out"));
    ada.opens(&library.sign_in().url()).proves_with_passkey();
    ada.brings_code();
    ada.browser.open(&end_session(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE)]));
    assert!(ada.browser.offers("sign-out"), "the hint of another session is in doubt");
}

#[test]
fn a_sign_out_needs_our_own_form() {
    let town = Town::open();
    let library = town.library();
    let mut ada = reader(&town, &library);
    for path in ["/session", "/sign-out"] {
        let forged = Request::form(path, &[("answer", "sign_out")])
            .with("origin", "https://evil.example")
            .with("sec-fetch-site", "cross-site");
        assert_eq!(ada.browser.send(forged).status, 403);
    }
    ada.opens(&library.sign_in().with("prompt", "none").url());
    ada.brings_code();
}

/// Waits for one request on a listener and answers it with 200.
fn receive(listener: &TcpListener) -> String {
    let (mut stream, _) = listener.accept().expect("a call");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    let mut seen = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let count = stream.read(&mut chunk).expect("a request");
        seen.extend(&chunk[..count]);
        let text = String::from_utf8_lossy(&seen).into_owned();
        let length = text
            .to_lowercase()
            .split_once("content-length: ")
            .and_then(|(_, rest)| rest.split("\r\n").next().and_then(|length| length.parse::<usize>().ok()));
        let body = text.split_once("\r\n\r\n").map(|(_, body)| body.len());
        if count == 0 || (body.is_some() && body >= length) {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .expect("an answer");
            return text;
        }
    }
}

#[test]
fn services_hear_of_the_end() {
    let town = Town::open();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://127.0.0.1:{}/ended", listener.local_addr().unwrap().port());
    let library =
        town.service(&Wish { backchannel_logout_uri: Some(address), ..wish("Stadtbibliothek", &["name"]) });
    let mut ada = reader(&town, &library);
    ada.opens(&library.sign_in().url());
    let login = library.welcomes(&ada, &library.sign_in());
    ada.browser.open(&end_session(&[("id_token_hint", &login.id_token), ("post_logout_redirect_uri", BYE)]));

    let call = receive(&listener);
    assert!(call.starts_with("POST /ended HTTP/1.1"), "{call}");
    assert!(call.to_lowercase().contains("content-type: application/x-www-form-urlencoded"), "{call}");
    let token = call.split_once("logout_token=").expect("a token").1.trim();
    let header = jsonwebtoken::decode_header(token).unwrap();
    assert_eq!(header.typ.as_deref(), Some("logout+jwt"));
    let claims: Value = {
        let payload = token.split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
    };
    assert_eq!((&claims["sub"], &claims["sid"]), (&login.id["sub"], &login.id["sid"]));
    assert_eq!(library.verifies(token), claims, "signed by a published key");
    assert!(claims["events"]["http://schemas.openid.net/event/backchannel-logout"].is_object());
    assert!(claims["jti"].is_string() && claims["iat"] == town.clock.now().as_seconds());
    assert!(claims.get("nonce").is_none(), "so that it never passes for an ID token");
}
