//! How services prove themselves: by their registered method, and by no other.

use super::{is_json_refusal, reader};
use crate::town::Town;
use crate::town::http::Request;
use crate::town::service::{redemption, wish};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use torhaus::domain::registration::ClientAuthentication;
use torhaus::domain::time::Clock;
use torhaus::oidc::registration::Wish;

const FORM: &str = "application/x-www-form-urlencoded";

fn by(authentication: ClientAuthentication) -> Wish {
    Wish { authentication, ..wish("Stadtbibliothek", &[]) }
}

#[test]
fn only_the_registered_method_counts() {
    let town = Town::open();
    let basic = town.service(&by(ClientAuthentication::ClientSecretBasic));
    let post = town.service(&by(ClientAuthentication::ClientSecretPost));
    let public = town.service(&by(ClientAuthentication::None));
    let secret = |service: &crate::town::Service<'_>| service.secret.clone().unwrap();
    let header = |id: &str, secret: &str| format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    let right = header(&basic.id, &secret(&basic));
    let field = |name: &str, value: &str| format!("&{name}={value}");
    let as_post = |id: &str, secret: &str| field("client_id", id) + &field("client_secret", secret);
    for (what, authorization, fields, status, code) in [
        ("right", Some(right.clone()), String::new(), 400, "invalid_grant"),
        (
            "right, scheme in small letters",
            Some(right.replace("Basic", "bAsIc")),
            String::new(),
            400,
            "invalid_grant",
        ),
        ("right, and the id again", Some(right.clone()), field("client_id", &basic.id), 400, "invalid_grant"),
        ("right, another id", Some(right.clone()), field("client_id", &post.id), 401, "invalid_client"),
        ("both ways", Some(right.clone()), as_post(&basic.id, &secret(&basic)), 400, "invalid_request"),
        ("wrong secret", Some(header(&basic.id, "wrong")), String::new(), 401, "invalid_client"),
        ("empty secret", Some(header(&basic.id, "")), String::new(), 401, "invalid_client"),
        ("another's secret", Some(header(&basic.id, &secret(&post))), String::new(), 401, "invalid_client"),
        ("not base64", Some("Basic %%%".to_owned()), String::new(), 401, "invalid_client"),
        ("no colon", Some(format!("Basic {}", STANDARD.encode("x"))), String::new(), 401, "invalid_client"),
        ("another scheme", Some("Bearer x".to_owned()), String::new(), 401, "invalid_client"),
        ("in the form", None, as_post(&basic.id, &secret(&basic)), 401, "invalid_client"),
        ("no secret at all", None, field("client_id", &basic.id), 401, "invalid_client"),
        ("form, right", None, as_post(&post.id, &secret(&post)), 400, "invalid_grant"),
        ("form, wrong", None, as_post(&post.id, "wrong"), 401, "invalid_client"),
        ("form, as header", Some(header(&post.id, &secret(&post))), String::new(), 401, "invalid_client"),
        ("public, right", None, field("client_id", &public.id), 400, "invalid_grant"),
        ("public with a secret", None, as_post(&public.id, "x"), 401, "invalid_client"),
        ("public as header", Some(header(&public.id, "")), String::new(), 401, "invalid_client"),
        (
            "unknown",
            Some(header("svc_00000000000000000000000000", "x")),
            String::new(),
            401,
            "invalid_client",
        ),
        ("not an id", Some(header("library", "x")), String::new(), 401, "invalid_client"),
        ("nobody", None, String::new(), 401, "invalid_client"),
    ] {
        for path in ["/token", "/introspect", "/revoke"] {
            let body = format!("grant_type=authorization_code&code=x&redirect_uri=y&token=z{fields}");
            let mut request = Request::post(path, FORM, body);
            if let Some(header) = &authorization {
                request = request.with("authorization", header);
            }
            let answer = request.send(town.port());
            let public_asks = path == "/introspect" && what == "public, right";
            let good = code == "invalid_grant" && path != "/token" && !public_asks;
            if good {
                assert_eq!(answer.status, 200, "{path} {what}: {}", answer.text());
            } else if public_asks {
                is_json_refusal(&answer, 401, "invalid_client", what);
            } else {
                is_json_refusal(&answer, status, code, &format!("{path} {what}"));
            }
            // RFC 6749 §5.2: who tried a scheme hears which one is known.
            let challenged =
                answer.header("www-authenticate").is_some_and(|value| value.starts_with("Basic"));
            assert_eq!(challenged, answer.status == 401 && authorization.is_some(), "{path} {what}");
        }
    }
    let twice = Request::post("/token", FORM, "grant_type=x")
        .with("authorization", &right)
        .with("authorization", &right);
    is_json_refusal(&twice.send(town.port()), 400, "invalid_request", "two headers");
}

#[test]
fn an_unknown_service_sounds_like_a_wrong_secret() {
    let town = Town::open();
    let library = town.library();
    let ask = |id: &str| {
        let header = format!("Basic {}", STANDARD.encode(format!("{id}:wrong")));
        let answer =
            Request::form("/token", &redemption("x")).with("authorization", &header).send(town.port());
        let headers: Vec<_> = answer.headers.iter().filter(|(name, _)| name != "date").cloned().collect();
        (answer.status, headers, answer.text())
    };
    assert_eq!(ask(&library.id), ask("svc_00000000000000000000000000"));
}

#[test]
fn a_form_secret_redeems() {
    let town = Town::open();
    let post = town.service(&by(ClientAuthentication::ClientSecretPost));
    let mut ada = reader(&town, &post);
    ada.opens(&post.sign_in().url());
    post.welcomes(&ada, &post.sign_in());
}

#[test]
fn a_secret_can_be_rotated_with_an_overlap() {
    use torhaus::domain::audit::Actor;
    use torhaus::domain::id::ServiceId;
    use torhaus::domain::time::Span;
    use torhaus::oidc::registration::rotate_secret;
    let town = Town::open();
    let mut library = town.library();
    let old = library.secret.clone();
    let app = town.app();
    let id = ServiceId::parse(&library.id).unwrap();
    let service = app.store.read(|db| torhaus::store::service::by_id(id, db)).unwrap().unwrap();
    let new = rotate_secret(&service, 1, Actor::Command, &app).unwrap().unwrap();
    drop(app);
    assert_eq!(library.introspects("x").status, 200, "the old one still holds");
    library.secret = Some(new.expose().to_owned());
    assert_eq!(library.introspects("x").status, 200);
    town.clock.turn(Span::hours(1));
    assert_eq!(library.introspects("x").status, 200);
    library.secret = old;
    assert_eq!(library.introspects("x").status, 401, "the hour is over");
}

/// A service's own key.
struct Key(EcdsaKeyPair);

impl Key {
    fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a fresh key"))
    }
    fn jwks(&self) -> String {
        let point = self.0.public_key().as_ref();
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "1", "use": "sig", "alg": "ES256",
            "x": part(&point[1..33]), "y": part(&point[33..])}]})
        .to_string()
    }
    fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = self.0.sign(&SystemRandom::new(), message.as_bytes()).expect("a signature");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

#[test]
fn a_signed_assertion_is_good_once_and_for_us_alone() {
    let town = Town::open();
    let key = Key::new();
    let service = town.service(&Wish { jwks: Some(key.jwks()), ..by(ClientAuthentication::PrivateKeyJwt) });
    let now = town.clock.now().as_seconds();
    let header = json!({"alg": "ES256", "kid": "1", "typ": "JWT"});
    let claims = |jti: &str| json!({"iss": service.id, "sub": service.id, "aud": town.origin, "jti": jti, "exp": now + 60, "iat": now});
    let with = |name: &str, value: Value| {
        let mut claims = claims(name);
        claims[name] = value;
        key.sign(&header, &claims)
    };
    let without = |name: &str| {
        let mut claims = claims(name);
        claims.as_object_mut().map(|claims| claims.remove(name));
        key.sign(&header, &claims)
    };
    let present = |assertion: &str| {
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let fields = [("token", "x"), ("client_assertion_type", kind), ("client_assertion", assertion)];
        Request::form("/introspect", &fields).send(town.port())
    };
    let good = key.sign(&header, &claims("good"));
    assert_eq!(present(&good).status, 200, "{}", present(&good).text());
    is_json_refusal(&present(&good), 401, "invalid_client", "used before");
    let none =
        format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), good.split('.').nth(1).unwrap());
    for (what, assertion) in [
        ("expired", with("exp", (now - 60).into())),
        ("for long", with("exp", (now + 3600).into())),
        ("from the future", with("nbf", (now + 120).into())),
        ("for the token address", with("aud", format!("{}/token", town.origin).into())),
        ("for several", with("aud", json!([town.origin, "https://other.example"]))),
        ("of another", with("iss", "svc_00000000000000000000000000".into())),
        ("without jti", without("jti")),
        ("without exp", without("exp")),
        ("without sub", without("sub")),
        ("signed by another", Key::new().sign(&header, &claims("another"))),
        ("unsigned", none),
        ("by the secret of a public key", key.sign(&json!({"alg": "HS256", "kid": "1"}), &claims("hs"))),
        ("nonsense", "a.b.c".to_owned()),
    ] {
        is_json_refusal(&present(&assertion), 401, "invalid_client", what);
    }
}

#[test]
fn failures_are_counted_and_successes_are_not() {
    let town = Town::open();
    let (library, other) = (town.library(), town.library());
    let wrong = format!("Basic {}", STANDARD.encode(format!("{}:wrong", library.id)));
    let guess = || Request::form("/token", &redemption("x")).with("authorization", &wrong).send(town.port());
    let limited = (0..40).map(|_| guess()).find(|answer| answer.status == 429).expect("a limit");
    is_json_refusal(&limited, 429, "temporarily_unavailable", "too many");
    assert!(limited.header("retry-after").is_some_and(|wait| wait.parse::<u32>().is_ok_and(|wait| wait > 0)));
    for _ in 0..40 {
        assert_eq!(other.introspects("x").status, 200);
    }
    // Who guesses slows only themself down.
    assert_eq!(library.introspects("x").status, 200);
}
