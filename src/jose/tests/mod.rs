use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::*;

mod jwk;

/// One key for each algorithm; RSA keys are slow to make.
static KEYS: LazyLock<Vec<SigningKey>> =
    LazyLock::new(|| Algorithm::ALL.into_iter().map(|alg| SigningKey::generate(alg).unwrap()).collect());

fn key(algorithm: Algorithm) -> &'static SigningKey {
    KEYS.iter().find(|key| key.algorithm() == algorithm).unwrap()
}

fn all_verifying() -> Vec<VerifyingKey> {
    KEYS.iter().map(|key| key.verifying_key().unwrap()).collect()
}

fn from_json(jwk: Value, algorithm: Algorithm) -> VerifyingKey {
    VerifyingKey::from_jwk(&serde_json::from_value(jwk).unwrap(), algorithm).unwrap()
}

/// A token with any header over `{}`, rightly signed if the header says ES256.
fn with_header(header: &str) -> String {
    signed_parts(&format!("{}.{}", base64url::encode(header.as_bytes()), base64url::encode(b"{}")))
}

fn signed_parts(parts: &str) -> String {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
    let pkcs8 = key(Algorithm::Es256).to_pkcs8().unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8).unwrap();
    let signature = pair.sign(&aws_lc_rs::rand::SystemRandom::new(), parts.as_bytes()).unwrap();
    format!("{parts}.{}", base64url::encode(signature.as_ref()))
}

const ANY: Typ<'static> = Typ::AbsentOr(&["JWT"]);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    exp: u64,
}

fn claims() -> Claims {
    Claims { iss: "https://stadt.example".into(), sub: "Jörg \"J\"".into(), exp: 4_000_000_000 }
}

#[test]
fn rfc_7515_appendix_a_3() {
    let key = from_json(
        json!({"kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}),
        Algorithm::Es256,
    );
    let token = "eyJhbGciOiJFUzI1NiJ9\
        .eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ\
        .DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let verified = verify(token, ANY, &[key]).unwrap();
    assert_eq!(verified.claims::<Value>().unwrap()["iss"], "joe");
}

#[test]
fn rfc_8037_appendix_a() {
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    let parsed: Jwk = serde_json::from_value(jwk.clone()).unwrap();
    assert_eq!(parsed.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    let token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc\
        .hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let verified = verify(token, ANY, &[from_json(jwk, Algorithm::EdDsa)]).unwrap();
    assert_eq!(verified.payload, b"Example of Ed25519 signing");
    assert_eq!(verified.claims::<Value>(), Err(Refused::Claims));
    let listed = Verified { payload: br#" ["a","b",3]"#.to_vec(), ..verified };
    assert_eq!(listed.claims::<Claims>(), Err(Refused::Claims));

    // A.4: Ed25519 is deterministic, so the private key of A.1 must give this very signature.
    let seed = base64url::decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
    let mut pkcs8 = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    pkcs8.extend(seed);
    let key = SigningKey::from_pkcs8(Algorithm::EdDsa, &pkcs8).unwrap();
    assert_eq!(key.kid(), parsed.thumbprint());
    assert_eq!(*key.to_pkcs8().unwrap(), pkcs8);
}

/// The hash values are those of OpenSSL: `printf %s TOKEN | openssl dgst -sha256 -binary`, left half.
#[test]
fn the_access_token_hash_is_the_left_half() {
    let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    for algorithm in [Algorithm::Es256, Algorithm::Rs256, Algorithm::Ps256] {
        assert_eq!(access_token_hash(token, algorithm), "77QmUPtjPfzWtF2AnpK9RQ");
    }
    assert_eq!(access_token_hash(token, Algorithm::EdDsa), "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM");
}

#[test]
fn algorithms_go_by_their_jose_names() {
    for algorithm in Algorithm::ALL {
        assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
        assert_eq!(serde_json::to_value(algorithm).unwrap(), algorithm.name());
        assert_eq!(serde_json::from_value::<Algorithm>(algorithm.name().into()).unwrap(), algorithm);
    }
    for wrong in ["none", "HS256", "es256", "ES384", "", "Ed25519"] {
        assert_eq!(wrong.parse::<Algorithm>(), Err(UnknownAlgorithm(wrong.to_owned())));
        assert!(serde_json::from_value::<Algorithm>(wrong.into()).is_err());
    }
}

#[test]
fn each_algorithm_signs_and_verifies_also_after_storage() {
    let keys = all_verifying();
    for key in KEYS.iter() {
        let stored = key.to_pkcs8().unwrap();
        let restored = SigningKey::from_pkcs8(key.algorithm(), &stored).unwrap();
        assert_eq!(restored.public_jwk(), key.public_jwk());
        for signer in [key, &restored] {
            let token = signer.sign("at+jwt", &claims()).unwrap();
            let verified = verify(&token, Typ::Exactly("at+jwt"), &keys).unwrap();
            assert_eq!(verified.claims::<Claims>().unwrap(), claims());
            assert_eq!(verified.algorithm, key.algorithm());
            assert_eq!(verified.header.kid.as_deref(), Some(key.kid()));
        }
        for other in Algorithm::ALL {
            let taken = SigningKey::from_pkcs8(other, &stored).is_ok();
            let both_rsa = other.name().ends_with("S256") && key.algorithm().name().ends_with("S256");
            let same_family =
                both_rsa && (other == Algorithm::Es256) == (key.algorithm() == Algorithm::Es256);
            assert_eq!(taken, other == key.algorithm() || same_family, "{} as {other}", key.algorithm());
        }
        assert!(SigningKey::from_pkcs8(key.algorithm(), &stored[1..]).is_err());
    }
}

#[test]
fn the_header_is_typ_alg_kid_for_any_number_of_types() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    for round in 0..2 {
        for number in 0..12 {
            let typ = format!("type\"{number}");
            let token = key.sign(&typ, &json!({"round": round})).unwrap();
            let header = base64url::decode(token.split('.').next().unwrap()).unwrap();
            let expected = format!(r#"{{"typ":"type\"{number}","alg":"EdDSA","kid":"{}"}}"#, key.kid());
            assert_eq!(String::from_utf8(header).unwrap(), expected);
        }
    }
    let not_json = std::collections::HashMap::from([((1, 2), 3)]);
    assert!(matches!(key.sign("JWT", &not_json), Err(Fault::Claims(_))));
}

#[test]
fn debug_shows_only_what_is_public() {
    let key = key(Algorithm::Es256);
    assert_eq!(format!("{key:?}"), format!("SigningKey {{ alg: Es256, kid: {:?}, .. }}", key.kid()));
}

#[test]
fn jsonwebtoken_understands_us_and_we_understand_it() {
    use jsonwebtoken as other;
    let keys = all_verifying();
    for key in KEYS.iter() {
        let algorithm: other::Algorithm = key.algorithm().name().parse().unwrap();
        let jwk: other::jwk::Jwk =
            serde_json::from_value(serde_json::to_value(key.public_jwk()).unwrap()).unwrap();
        let theirs = other::DecodingKey::from_jwk(&jwk).unwrap();
        let token = key.sign("JWT", &claims()).unwrap();
        let read = other::decode::<Claims>(&token, &theirs, &other::Validation::new(algorithm)).unwrap();
        assert_eq!(read.claims, claims());
        assert_eq!(read.header.kid.as_deref(), Some(key.kid()));

        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(key.to_pkcs8().unwrap().as_slice())
        );
        let private = match key.algorithm() {
            Algorithm::Es256 => other::EncodingKey::from_ec_pem(pem.as_bytes()),
            Algorithm::EdDsa => other::EncodingKey::from_ed_pem(pem.as_bytes()),
            Algorithm::Rs256 | Algorithm::Ps256 => other::EncodingKey::from_rsa_pem(pem.as_bytes()),
        };
        let header = other::Header { kid: Some(key.kid().to_owned()), ..other::Header::new(algorithm) };
        let token = other::encode(&header, &claims(), &private.unwrap()).unwrap();
        assert_eq!(verify(&token, ANY, &keys).unwrap().claims::<Claims>().unwrap(), claims());
    }
}

#[test]
fn headers_that_are_refused() {
    let keys = all_verifying();
    let kid = key(Algorithm::Es256).kid();
    let long_kid = "k".repeat(MAX_TOKEN);
    let many: String = (0..40).map(|number| format!(r#","m{number}":1"#)).collect();
    let cases = [
        (format!(r#"{{"alg":"ES256","kid":"{kid}"}}"#), None),
        (format!(r#"{{"alg":"ES256","kid":"{kid}","jwk":{{"kty":"oct"}},"x5u":"http://evil"}}"#), None),
        (r#"{"alg":"ES256"}"#.to_owned(), None),
        (r#"{"alg":"ES256","typ":"application/jwt"}"#.to_owned(), None),
        (r#"{"alg":"none"}"#.to_owned(), Some(Refused::Algorithm)),
        (r#"{"alg":"NONE"}"#.to_owned(), Some(Refused::Algorithm)),
        (r#"{"alg":"HS256"}"#.to_owned(), Some(Refused::Algorithm)),
        (r#"{"alg":"es256"}"#.to_owned(), Some(Refused::Algorithm)),
        (r#"{"alg":""}"#.to_owned(), Some(Refused::Algorithm)),
        (r#"{"alg":"RS256"}"#.to_owned(), Some(Refused::Signature)),
        (format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#), Some(Refused::UnknownKey)),
        (r#"{"alg":"ES256","kid":"other"}"#.to_owned(), Some(Refused::UnknownKey)),
        (r#"{"alg":"ES256","typ":"at+jwt"}"#.to_owned(), Some(Refused::Typ)),
        (r#"{"alg":"ES256","typ":"a/jwt"}"#.to_owned(), Some(Refused::Typ)),
        (r#"{"alg":"ES256","typ":""}"#.to_owned(), Some(Refused::Typ)),
        (r#"{"alg":"ES256","crit":["exp"],"exp":1}"#.to_owned(), Some(Refused::Extension)),
        (r#"{"alg":"ES256","crit":null}"#.to_owned(), Some(Refused::Extension)),
        (r#"{"alg":"ES256","b64":false}"#.to_owned(), Some(Refused::Extension)),
        (r#"{"alg":"ES256","zip":"DEF"}"#.to_owned(), Some(Refused::Extension)),
        (r#"{"alg":"ES256","alg":"ES256"}"#.to_owned(), Some(Refused::Header)),
        (r#"{"alg":"ES256","x":1,"\u0078":1}"#.to_owned(), Some(Refused::Header)),
        (format!(r#"{{"alg":"ES256"{many}}}"#), Some(Refused::Header)),
        (r#"{"typ":"JWT"}"#.to_owned(), Some(Refused::Header)),
        (r#"{"alg":null}"#.to_owned(), Some(Refused::Header)),
        (r#"{"alg":["ES256"]}"#.to_owned(), Some(Refused::Header)),
        (r#"{"alg":"ES256","kid":7}"#.to_owned(), Some(Refused::Header)),
        (r#"{"alg":"ES256"} {}"#.to_owned(), Some(Refused::Header)),
        (r#"["ES256"]"#.to_owned(), Some(Refused::Header)),
        ("\u{feff}{\"alg\":\"ES256\"}".to_owned(), Some(Refused::Header)),
        (String::new(), Some(Refused::Header)),
        (format!(r#"{{"alg":"ES256","kid":"{long_kid}"}}"#), Some(Refused::TooLong)),
    ];
    for (header, refusal) in cases {
        assert_eq!(verify(&with_header(&header), ANY, &keys).err(), refusal, "{header:.200}");
    }
}

#[test]
fn types_are_kept_apart() {
    let keys = all_verifying();
    let access = key(Algorithm::Es256).sign("at+jwt", &claims()).unwrap();
    let id = key(Algorithm::Es256).sign("JWT", &claims()).unwrap();
    let untyped = with_header(r#"{"alg":"ES256"}"#);
    let cases = [
        (&access, Typ::Exactly("at+jwt"), true),
        (&access, Typ::Exactly("application/AT+JWT"), true),
        (&access, Typ::Exactly("JWT"), false),
        (&access, Typ::AbsentOr(&["JWT"]), false),
        (&access, Typ::AbsentOr(&["JWT", "at+jwt"]), true),
        (&id, Typ::Exactly("at+jwt"), false),
        (&id, Typ::AbsentOr(&["JWT"]), true),
        (&untyped, Typ::AbsentOr(&[]), true),
        (&untyped, Typ::Exactly("JWT"), false),
    ];
    for (token, typ, fine) in cases {
        assert_eq!(verify(token, typ, &keys).err(), (!fine).then_some(Refused::Typ), "{typ:?}");
    }
}

#[test]
fn forms_that_are_refused() {
    let keys = all_verifying();
    let token = key(Algorithm::Es256).sign("JWT", &claims()).unwrap();
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    let cases = [
        String::new(),
        ".".to_owned(),
        format!("{header}.{payload}"),
        format!("{token}."),
        format!("{token}.{signature}"),
        format!("{header}.{payload}.{signature}="),
        format!("{header}.{payload}=.{signature}"),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{header}.{payload}.{}", signature.replace(['-', '_'], "+") + "+"),
        format!("{header}.{payload}.{signature}é"),
    ];
    for case in cases {
        assert_eq!(verify(&case, ANY, &keys), Err(Refused::Form), "{case}");
    }
    assert_eq!(verify("..", ANY, &keys), Err(Refused::Header));
    let empty = format!("{header}.{payload}.");
    assert_eq!(verify(&empty, ANY, &keys), Err(Refused::Signature));
    assert_eq!(verify(&token, ANY, &[]), Err(Refused::Algorithm));
}

#[test]
fn an_es256_signature_is_64_bytes_and_not_asn_1() {
    let keys = all_verifying();
    let token = key(Algorithm::Es256).sign("JWT", &claims()).unwrap();
    let (parts, signature) = token.rsplit_once('.').unwrap();
    let raw = base64url::decode(signature).unwrap();
    let (r, s) = raw.split_at(32);
    let asn_1 = [&[0x30, 0x46, 2, 0x21, 0][..], r, &[2, 0x21, 0], s].concat();
    let padded = [&[0][..], r, &[0], s].concat();
    for wrong in [asn_1, padded, [0; 64].to_vec(), raw[..63].to_vec(), [&raw[..], &[0]].concat()] {
        let token = format!("{parts}.{}", base64url::encode(&wrong));
        assert_eq!(verify(&token, ANY, &keys), Err(Refused::Signature));
    }
}

#[test]
fn a_key_of_the_other_rsa_algorithm_does_not_verify() {
    let token = key(Algorithm::Rs256).sign("JWT", &claims()).unwrap();
    let mut jwk = serde_json::to_value(key(Algorithm::Rs256).public_jwk()).unwrap();
    let strict: Jwk = serde_json::from_value(jwk.clone()).unwrap();
    let refused = VerifyingKey::from_jwk(&strict, Algorithm::Ps256).unwrap_err();
    assert_eq!(refused, JwkRefused::WrongAlgorithm(Algorithm::Ps256));
    assert!(VerifyingKey::from_jwk(&strict, Algorithm::Es256).is_err());

    jwk.as_object_mut().unwrap().remove("alg");
    let open: JwkSet = serde_json::from_value(json!({ "keys": [jwk] })).unwrap();
    assert_eq!(open.verifying_keys(&Algorithm::ALL).len(), 2);
    assert!(verify(&token, ANY, &open.verifying_keys(&Algorithm::ALL)).is_ok());
    let only_ps256 = open.verifying_keys(&[Algorithm::Ps256]);
    assert_eq!(verify(&token, ANY, &only_ps256), Err(Refused::Algorithm));
}

#[test]
fn without_kid_the_key_must_be_unmistakable() {
    let mut keys = all_verifying();
    let token = with_header(r#"{"alg":"ES256"}"#);
    assert!(verify(&token, ANY, &keys).is_ok());
    keys.push(SigningKey::generate(Algorithm::Es256).unwrap().verifying_key().unwrap());
    assert_eq!(verify(&token, ANY, &keys), Err(Refused::UnknownKey));
    let named = key(Algorithm::Es256).sign("JWT", &claims()).unwrap();
    assert!(verify(&named, ANY, &keys).is_ok());
}

proptest! {
    #[test]
    fn verify_never_panics(text in "\\PC{0,200}") {
        prop_assert!(verify(&text, ANY, &all_verifying()).is_err());
    }

    #[test]
    fn verify_never_panics_on_three_parts(header: Vec<u8>, payload: Vec<u8>, signature: Vec<u8>) {
        let part = |bytes: &[u8]| base64url::encode(bytes);
        let token = format!("{}.{}.{}", part(&header), part(&payload), part(&signature));
        prop_assert!(verify(&token, ANY, &all_verifying()).is_err());
    }

    #[test]
    fn a_changed_character_never_verifies(which in 0_usize..4, at: prop::sample::Index, to in "[ -~]") {
        let token = KEYS[which].sign("JWT", &claims()).unwrap();
        let at = at.index(token.len());
        let mut damaged = token.clone();
        damaged.replace_range(at..=at, &to);
        prop_assume!(damaged != token);
        prop_assert!(verify(&damaged, ANY, &all_verifying()).is_err());
    }
}

/// Not a test of right or wrong: prints how many tokens one core makes and checks.
#[test]
#[ignore = "a measurement; run it by name with --nocapture"]
fn speed() {
    let keys = all_verifying();
    for key in KEYS.iter() {
        let rounds =
            if key.kid() == keys[0].kid() || key.algorithm() == Algorithm::EdDsa { 20_000 } else { 500 };
        let token = key.sign("at+jwt", &claims()).unwrap();
        let start = std::time::Instant::now();
        for _ in 0..rounds {
            std::hint::black_box(key.sign("at+jwt", &claims()).unwrap());
        }
        let signed = start.elapsed();
        let start = std::time::Instant::now();
        for _ in 0..rounds {
            std::hint::black_box(verify(&token, Typ::Exactly("at+jwt"), &keys).unwrap());
        }
        let per_second = |time: std::time::Duration| f64::from(rounds) / time.as_secs_f64();
        let (sign, verify) = (per_second(signed), per_second(start.elapsed()));
        println!("{}: {sign:.0} signed, {verify:.0} verified per second", key.algorithm());
    }
}
