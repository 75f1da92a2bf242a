//! What the house says of itself.

use crate::town::Town;
use crate::town::http::Request;
use crate::town::service::wish;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use torhaus::domain::time::Span;
use torhaus::oidc::registration::Wish;

fn words(value: &Value) -> BTreeSet<&str> {
    value.as_array().map(|list| list.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}

#[test]
fn the_discovery_document_tells_the_truth() {
    let town = Town::open();
    let answer = Request::get("/.well-known/openid-configuration").send(town.port());
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    let said = answer.json();
    assert_eq!(said["issuer"], town.origin);
    assert!(!town.origin.ends_with('/'));
    for endpoint in [
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "end_session_endpoint",
        "introspection_endpoint",
        "revocation_endpoint",
    ] {
        let address = said[endpoint].as_str().unwrap_or_default();
        let path = address.strip_prefix(&town.origin).unwrap_or_else(|| panic!("{endpoint}: {address}"));
        let there = Request::get(path).send(town.port());
        assert_ne!(there.status, 404, "{endpoint} leads somewhere");
        // RFC 9700 §2.6: no script of another origin reads the authorization endpoint.
        if endpoint == "authorization_endpoint" {
            assert_eq!(there.header("access-control-allow-origin"), None);
        }
    }
    assert!(words(&said["scopes_supported"]).contains("openid"));
    assert_eq!(words(&said["response_types_supported"]), ["code"].into());
    assert_eq!(words(&said["response_modes_supported"]), ["query", "form_post"].into());
    assert_eq!(
        words(&said["grant_types_supported"]),
        ["authorization_code", "refresh_token", "client_credentials"].into()
    );
    assert!(words(&said["subject_types_supported"]).is_subset(&["pairwise", "public"].into()));
    assert!(words(&said["id_token_signing_alg_values_supported"]).contains("RS256"));
    assert!(!words(&said["id_token_signing_alg_values_supported"]).contains("none"));
    assert_eq!(words(&said["code_challenge_methods_supported"]), ["S256"].into());
    let methods = words(&said["token_endpoint_auth_methods_supported"]);
    assert!(
        methods.is_superset(&["client_secret_basic", "client_secret_post", "private_key_jwt", "none"].into())
    );
    for (name, value) in [
        ("claims_parameter_supported", true),
        ("request_parameter_supported", false),
        ("request_uri_parameter_supported", false),
        ("authorization_response_iss_parameter_supported", true),
        ("backchannel_logout_supported", true),
        ("backchannel_logout_session_supported", true),
    ] {
        assert_eq!(said[name], json!(value), "{name}");
    }
    for (name, value) in said.as_object().unwrap() {
        assert!(!value.is_null() && *value != json!([]), "{name} is left out rather than empty");
    }
    let oauth = Request::get("/.well-known/oauth-authorization-server").send(town.port());
    assert_eq!(oauth.json(), said);
    for odd in ["/.well-known/openid-configuration/", "/x/.well-known/openid-configuration"] {
        assert_eq!(Request::get(odd).send(town.port()).status, 404, "{odd}");
    }
}

#[test]
fn keys_are_public_and_nothing_else() {
    let town = Town::open();
    for algorithm in ["RS256", "PS256", "EdDSA"] {
        town.service(&Wish { id_token_alg: algorithm.to_owned(), ..wish(algorithm, &[]) });
    }
    // The house looks once in a while whether somebody made a key.
    town.clock.turn(Span::seconds(5));
    let answer = Request::get("/jwks").send(town.port());
    assert_eq!(answer.header("content-type"), Some("application/jwk-set+json"));
    assert!(answer.header("cache-control").is_some_and(|value| value.contains("max-age")));
    let set = answer.json();
    let keys = set["keys"].as_array().unwrap();
    let mut kids = BTreeSet::new();
    for key in keys {
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(key.get(private).is_none(), "{private}");
        }
        assert_eq!(key["use"], "sig");
        assert!(kids.insert(key["kid"].as_str().unwrap()), "kids differ");
        serde_json::from_value::<jsonwebtoken::jwk::Jwk>(key.clone()).unwrap();
    }
    let algorithms: BTreeSet<&str> = keys.iter().filter_map(|key| key["alg"].as_str()).collect();
    assert_eq!(algorithms, ["ES256", "RS256", "PS256", "EdDSA"].into());
}
