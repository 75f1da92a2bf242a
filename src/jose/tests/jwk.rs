use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::*;
use super::{KEYS, key};

fn refused_jwk(jwk: Value) -> String {
    serde_json::from_value::<Jwk>(jwk).unwrap_err().to_string()
}

const RFC_7638_N: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJ\
    ECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSq\
    zs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniI\
    qbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

#[test]
fn rfc_7638_section_3_1() {
    let json = json!({"kty": "RSA", "n": RFC_7638_N, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"});
    let jwk: Jwk = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(jwk.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    assert_eq!((jwk.kid(), jwk.alg()), (Some("2011-04-29"), Some(Algorithm::Rs256)));
    assert_eq!(serde_json::to_value(&jwk).unwrap(), json);
}

/// The public JWK of one of our keys with members replaced; null removes.
fn changed(algorithm: Algorithm, change: Value) -> Value {
    let mut jwk = serde_json::to_value(key(algorithm).public_jwk()).unwrap();
    for (name, value) in change.as_object().unwrap() {
        jwk.as_object_mut().unwrap().insert(name.clone(), value.clone());
    }
    jwk
}

#[test]
fn jwks_that_are_refused() {
    use Algorithm::{EdDsa, Es256, Rs256};
    let short = base64url::encode(&[1; 31]);
    let rsa_1024 = base64url::encode(&[0xff; 128]);
    let rsa_2047 = base64url::encode(&[0x7f; 256]);
    let rsa_8192 = base64url::encode(&[0xff; 1024]);
    let leading_zero = base64url::encode(&[&[0][..], &[0xff; 256]].concat());
    let cases = [
        (changed(Es256, json!({"d": "AQ"})), "private"),
        (changed(Rs256, json!({"d": "AQ"})), "private"),
        (changed(Rs256, json!({"p": "AQ"})), "private"),
        (changed(Rs256, json!({"oth": []})), "private"),
        (json!({"kty": "oct", "k": "AQ"}), "shared secret"),
        (changed(Es256, json!({"k": "AQ"})), "shared secret"),
        (changed(Es256, json!({"crv": "P-384"})), "crv \"P-384\" is not supported"),
        (changed(EdDsa, json!({"crv": "X25519"})), "crv \"X25519\" is not supported"),
        (changed(Es256, json!({"kty": "OKP"})), "crv \"P-256\" is not supported"),
        (changed(Es256, json!({"kty": "XX"})), "kty \"XX\" is not supported"),
        (changed(Es256, json!({"kty": null})), "invalid type"),
        (changed(Es256, json!({"crv": null})), "\"crv\" is missing"),
        (changed(Es256, json!({"x": null})), "\"x\" is missing"),
        (changed(Es256, json!({"y": "?"})), "\"y\" is missing or not base64url"),
        (changed(Es256, json!({"x": short})), "\"x\" has the wrong size"),
        (changed(Es256, json!({"x": base64url::encode(&[1; 32])})), "not a valid public key"),
        (changed(EdDsa, json!({"x": short})), "\"x\" has the wrong size"),
        (changed(Es256, json!({"alg": "RS256"})), "not a key for RS256"),
        (changed(Es256, json!({"alg": "ES384"})), "alg \"ES384\" is not supported"),
        (changed(Es256, json!({"use": "enc"})), "use \"enc\" is not supported"),
        (changed(Es256, json!({"key_ops": ["sign"]})), "key_ops \"sign\" is not supported"),
        (changed(Es256, json!({"kid": "k".repeat(300)})), "\"kid\" has the wrong size"),
        (changed(Rs256, json!({"n": rsa_1024})), "\"n\" has the wrong size"),
        (changed(Rs256, json!({"n": rsa_2047})), "\"n\" has the wrong size"),
        (changed(Rs256, json!({"n": rsa_8192})), "\"n\" has the wrong size"),
        (changed(Rs256, json!({"n": leading_zero})), "\"n\" has the wrong size"),
        (changed(Rs256, json!({"n": ""})), "\"n\" has the wrong size"),
        (changed(Rs256, json!({"e": ""})), "\"e\" has the wrong size"),
        (changed(Rs256, json!({"e": "AQ"})), "\"e\" has the wrong size"),
        (changed(Rs256, json!({"e": "AAEAAQ"})), "\"e\" has the wrong size"),
        (changed(Rs256, json!({"e": "AQAAAAE"})), "\"e\" has the wrong size"),
        (json!([]), "kty"),
        (json!(7), "invalid type"),
    ];
    for (jwk, complaint) in cases {
        let message = refused_jwk(jwk.clone());
        assert!(message.contains(complaint), "{message} instead of {complaint} for {jwk}");
    }
    let fine = changed(Es256, json!({"x5t": "AQ", "key_ops": ["verify"], "use": null, "kid": null}));
    let fine: Jwk = serde_json::from_value(fine).unwrap();
    let unnamed = VerifyingKey::from_jwk(&fine, Es256).unwrap();
    assert_eq!(unnamed.kid(), key(Es256).kid());
}

#[test]
fn a_strangers_set_may_hold_keys_for_other_purposes_but_no_secrets() {
    let ours = json!(key(Algorithm::Es256).public_jwk());
    let other = [
        changed(Algorithm::Rs256, json!({"use": "enc", "alg": "RSA-OAEP-256"})),
        changed(Algorithm::Es256, json!({"crv": "P-384"})),
        changed(Algorithm::Es256, json!({"alg": "ECDH-ES"})),
        json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AQ"}),
    ];
    for other in other {
        let json = json!({"keys": [other, ours]});
        assert!(serde_json::from_value::<JwkSet>(json.clone()).is_err());
        let set = JwkSet::from_stranger(json.to_string().as_bytes()).unwrap();
        assert_eq!(set.keys(), [key(Algorithm::Es256).public_jwk()]);
    }
    let secrets =
        [json!({"kty": "oct", "k": "AQ"}), changed(Algorithm::Rs256, json!({"d": "AQ", "use": "enc"}))];
    for secret in secrets {
        let json = json!({"keys": [ours, secret]});
        assert!(JwkSet::from_stranger(json.to_string().as_bytes()).is_err());
    }
    for wrong in ["", "{}", "[]", r#"[[]]"#, r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#] {
        assert!(matches!(JwkSet::from_stranger(wrong.as_bytes()), Err(JwkRefused::Json(_))), "{wrong}");
    }
}

#[test]
fn a_set_has_a_limit_and_comes_back_from_json() {
    let keys = || KEYS.iter().map(SigningKey::public_jwk);
    let set = JwkSet::new(keys().collect()).unwrap();
    let json = serde_json::to_string(&set).unwrap();
    assert!(json.starts_with(r#"{"keys":[{"kty":"EC","crv":"P-256","x":""#), "{json}");
    assert_eq!(serde_json::from_str::<JwkSet>(&json).unwrap(), set);
    assert_eq!(JwkSet::from_stranger(json.as_bytes()).unwrap(), set);

    let many: Vec<Jwk> = keys().cycle().take(MAX_KEYS + 1).collect();
    let json = json!({ "keys": many }).to_string();
    assert!(JwkSet::from_stranger(json.as_bytes()).is_err());
    assert!(serde_json::from_str::<JwkSet>(&json).is_err());
    assert_eq!(JwkSet::new(many), Err(JwkRefused::TooMany(MAX_KEYS + 1)));
}

proptest! {
    #[test]
    fn reading_a_set_never_panics(bytes: Vec<u8>, n: Vec<u8>, e: Vec<u8>) {
        let _ = JwkSet::from_stranger(&bytes);
        let part = |bytes: &[u8]| base64url::encode(bytes);
        let rsa = json!({"keys": [{"kty": "RSA", "n": part(&n), "e": part(&e)}]});
        let _ = JwkSet::from_stranger(rsa.to_string().as_bytes());
    }
}
