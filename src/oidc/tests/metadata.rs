//! What we say of ourselves, and the keyring.

use super::*;
use crate::jose::{JwkSet, SigningKey};

#[tokio::test]
async fn the_metadata_is_true() {
    let house = House::new();
    let answer = house.call(TestRequest::get().uri(paths::OPENID_CONFIGURATION)).await;
    assert_eq!(answer.headers().get("access-control-allow-origin").unwrap(), "*");
    assert_eq!(answer.headers().get("cache-control").unwrap(), "public, max-age=300");
    let (_, document) = read(answer).await;
    assert_eq!(document["issuer"], ISSUER);
    for name in [
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "end_session_endpoint",
        "introspection_endpoint",
        "revocation_endpoint",
    ] {
        assert!(document[name].as_str().unwrap().starts_with(&format!("{ISSUER}/")), "{name}");
    }
    for (name, value) in [
        ("scopes_supported", "openid"),
        ("response_types_supported", "code"),
        ("response_modes_supported", "form_post"),
        ("subject_types_supported", "pairwise"),
        ("id_token_signing_alg_values_supported", "RS256"),
        ("code_challenge_methods_supported", "S256"),
        ("token_endpoint_auth_methods_supported", "private_key_jwt"),
        ("prompt_values_supported", "none"),
        ("acr_values_supported", "http://eidas.europa.eu/LoA/substantial"),
        ("claims_supported", "age_over_18"),
    ] {
        assert!(document[name].as_array().unwrap().contains(&value.into()), "{name}");
    }
    for (name, value) in [
        ("request_parameter_supported", false),
        ("request_uri_parameter_supported", false),
        ("claims_parameter_supported", true),
        ("authorization_response_iss_parameter_supported", true),
    ] {
        assert_eq!(document[name], value, "{name}");
    }
}

#[tokio::test]
async fn a_key_made_elsewhere_is_found_when_it_is_needed() {
    let house = House::new();
    let erika = house.erika();
    let service = house.registers(Registration { id_token_alg: "EdDSA".into(), ..registration() });
    let jwks = async || {
        let (_, set) = read(house.call(TestRequest::get().uri(paths::JWKS)).await).await;
        assert!(set["keys"].as_array().unwrap().iter().all(|key| key.get("d").is_none()));
        let set: JwkSet = serde_json::from_value(set).unwrap();
        set.keys().iter().map(|key| key.alg().unwrap().name()).collect::<Vec<_>>()
    };
    assert_eq!(jwks().await, ["ES256"]);
    let code = house.code(&service, &erika, &[]).await;
    let (status, body) = house.redeems(&service, &code).await;
    assert_eq!((status, &body["error"]), (500, &"server_error".into()));
    let make = || {
        let app = &house.app;
        keys::ensure_key(Algorithm::EdDsa, &app.store, &app.keys, app.dice.as_ref(), START).unwrap()
    };
    assert!(make() && !make(), "one active key each");
    // The failed attempt has used nothing up, and the key is found at once.
    let (status, tokens) = house.redeems(&service, &code).await;
    assert_eq!(status, 200, "{tokens}");
    house.claims(&tokens["id_token"], "JWT");
    assert_eq!(jwks().await.len(), 2);
    assert_eq!(house.audited("key.signing-added"), 2);
    // A retired key signs nothing but is still published.
    let kid = house.provider.signer(Algorithm::EdDsa, &house.app).unwrap().kid().to_owned();
    house.write(move |db| db.change("UPDATE signing_key SET state = 'retired' WHERE kid = $1", &[&kid]));
    house.pass(Span::seconds(2));
    assert_eq!(jwks().await.len(), 2);
    assert!(house.provider.signer(Algorithm::EdDsa, &house.app).is_err());
}

#[tokio::test]
async fn a_key_under_a_false_name_is_not_taken() {
    let house = House::new();
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let sealed = house.app.keys.keys().seal(&keys::place("false"), &key.to_pkcs8().unwrap(), [0; 12]);
    let row = store::appliance::SealedKey {
        kid: "false".into(),
        alg: "EdDSA".into(),
        state: "active".into(),
        sealed,
        created: START,
    };
    house.write(move |db| store::appliance::insert_signing_key(&row, db));
    assert!(Provider::new(&house.app).is_err());
}
