//! How services prove themselves: by the registered method and by no other.

use super::*;
use crate::jose::{JwkSet, SigningKey};
use serde_json::json;

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Asks for the service's own token; the service's id stands in `client_id` where `named`.
async fn tries(house: &House, header: Option<String>, form: &[(&str, &str)]) -> (u16, Value, bool) {
    let mut all = vec![("grant_type", "client_credentials")];
    all.extend(form);
    let mut request = TestRequest::post().uri(paths::TOKEN).set_form(all);
    if let Some(header) = header {
        request = request.insert_header(("authorization", header));
    }
    let answer = house.call(request).await;
    let challenged = answer.headers().contains_key("www-authenticate");
    let (status, body) = read(answer).await;
    (status, body["error"].clone(), challenged)
}

fn header(id: &str, secret: &str) -> Option<String> {
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}"));
    Some(format!("Basic {pair}"))
}

#[tokio::test]
async fn secrets() {
    let house = House::new();
    let by = |authentication| house.registers(Registration { authentication, ..registration() });
    let (basic, post, none): (&str, &str, &str) = (
        &id(&by(ClientAuthentication::ClientSecretBasic)),
        &id(&by(ClientAuthentication::ClientSecretPost)),
        &id(&by(ClientAuthentication::None)),
    );
    let encoded = "a-secret%3Awith%2Bodd%2Fletters";
    let unknown = "svc_00000000000000000000000000";
    let table = [
        ("basic", header(basic, encoded), &[][..], 200, ""),
        ("basic, other case", header(basic, encoded).map(|h| h.replace("Basic", "bAsIc")), &[], 200, ""),
        ("basic, named twice alike", header(basic, encoded), &[("client_id", basic)], 200, ""),
        ("basic, named twice", header(basic, encoded), &[("client_id", post)], 401, "invalid_client"),
        ("basic, wrong", header(basic, "wrong"), &[], 401, "invalid_client"),
        ("basic, empty", header(basic, ""), &[], 401, "invalid_client"),
        ("basic at post", header(post, encoded), &[], 401, "invalid_client"),
        ("basic, unknown", header(unknown, encoded), &[], 401, "invalid_client"),
        ("not basic", Some("Bearer x".into()), &[("client_id", basic)], 401, "invalid_client"),
        ("both", header(basic, encoded), &[("client_secret", SECRET)], 400, "invalid_request"),
        ("post", None, &[("client_id", post), ("client_secret", SECRET)], 200, ""),
        ("post at basic", None, &[("client_id", basic), ("client_secret", SECRET)], 401, "invalid_client"),
        ("post, wrong", None, &[("client_id", post), ("client_secret", "no")], 401, "invalid_client"),
        ("nothing at basic", None, &[("client_id", basic)], 401, "invalid_client"),
        ("nobody", None, &[], 401, "invalid_client"),
        ("public for itself", None, &[("client_id", none)], 400, "unauthorized_client"),
    ];
    for (name, header, form, status, error) in table {
        let tried_basic = header.is_some();
        let (got, said, challenged) = tries(&house, header, form).await;
        assert_eq!((got, said.as_str().unwrap_or("")), (status, error), "{name}");
        assert_eq!(challenged, status == 401 && tried_basic, "{name}");
    }
}

#[tokio::test]
async fn a_body_is_one_strict_form() {
    let house = House::new();
    let library = house.library();
    for (kind, body) in [
        ("application/json", "{}"),
        ("text/plain", "grant_type=client_credentials"),
        ("application/x-www-form-urlencoded", "grant_type=client_credentials&grant_type=client_credentials"),
        ("application/x-www-form-urlencoded", "grant_type=%ff"),
    ] {
        let request = TestRequest::post().uri(paths::TOKEN).insert_header(basic(&library, SECRET));
        let request = request.insert_header(("content-type", kind)).set_payload(body);
        let (status, body) = read(house.call(request).await).await;
        assert_eq!((status, &body["error"]), (400, &"invalid_request".into()), "{kind}");
    }
}

#[tokio::test]
async fn guessing_slows_down_the_guesser_alone() {
    let house = House::new();
    let library = house.library();
    let mut last = 0;
    for _ in 0..30 {
        last = tries(&house, header(&id(&library), "wrong"), &[]).await.0;
    }
    assert_eq!(last, 429);
    let right = tries(&house, header(&id(&library), "a-secret%3Awith%2Bodd%2Fletters"), &[]).await;
    assert_eq!(right.0, 200);
}

#[tokio::test]
async fn signed_assertions() {
    let house = House::new();
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let stranger = SigningKey::generate(Algorithm::Es256).unwrap();
    let jwks = serde_json::to_string(&JwkSet::new(vec![key.public_jwk()]).unwrap()).unwrap();
    let registration = Registration {
        authentication: ClientAuthentication::PrivateKeyJwt,
        jwks: Some(jwks),
        ..registration()
    };
    let service = house.registers(registration);
    let (id, now) = (id(&service), START.as_seconds());
    let good =
        |jti: &str| json!({ "iss": id, "sub": id, "aud": ISSUER, "exp": now + 60, "iat": now, "jti": jti });
    let present = async |key: &SigningKey, claims: &Value, typ: &str| {
        let assertion = key.sign(typ, claims).unwrap();
        tries(&house, None, &[("client_assertion_type", JWT_BEARER), ("client_assertion", &assertion)])
            .await
            .0
    };
    assert_eq!(present(&key, &good("1"), "JWT").await, 200);
    assert_eq!(present(&key, &good("1"), "JWT").await, 401, "used before");
    assert_eq!(present(&key, &good("2"), "client-authentication+jwt").await, 200);
    assert_eq!(present(&key, &good("3"), "at+jwt").await, 401);
    assert_eq!(present(&stranger, &good("4"), "JWT").await, 401);
    for (number, (name, value)) in [
        ("aud", json!([ISSUER])),
        ("aud", json!(format!("{ISSUER}{}", paths::TOKEN))),
        ("aud", json!("https://other.example")),
        ("iss", json!("svc_00000000000000000000000000")),
        ("exp", json!(now - 300)),
        ("exp", json!(now + 3600)),
        ("nbf", json!(now + 60)),
        ("iat", json!(now + 60)),
        ("jti", json!("")),
        ("jti", Value::Null),
        ("sub", Value::Null),
        ("exp", Value::Null),
    ]
    .into_iter()
    .enumerate()
    {
        let mut claims = good(&format!("bad {number}"));
        claims[name] = value.clone();
        let refused = present(&key, &claims, "JWT").await;
        // The refusals of one client are counted; here they must stay what they are.
        assert!(matches!(refused, 401), "{name} {value}");
    }
    let mut early = good("early");
    early["nbf"] = json!(now + 8);
    assert_eq!(present(&key, &early, "JWT").await, 200);
    let assertion = key.sign("JWT", &good("5")).unwrap();
    let wrong_type = [("client_assertion_type", "x"), ("client_assertion", assertion.as_str())];
    assert_eq!(tries(&house, None, &wrong_type).await.0, 401);
    let other = [
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion.as_str()),
        ("client_id", "svc_00000000000000000000000000"),
    ];
    assert_eq!(tries(&house, None, &other).await.0, 401);
}
