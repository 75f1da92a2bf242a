//! The room `jose`: tokens and keys.

use std::sync::LazyLock;

use serde_json::json;

use torhaus::jose::{Algorithm, Jwk, JwkSet, SigningKey, Typ, VerifyingKey, verify};

use super::table::Target;

pub const TARGETS: &[Target] = &[Target { name: "jose", look, seeds }];

/// RFC 7515 A.3: key and token.
const ES256_KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
const ES256_TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9\
    .eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ\
    .DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

/// Who may have signed, and everything that they did sign.
struct Signers {
    keys: Vec<VerifyingKey>,
    jwk: String,
    tokens: Vec<String>,
}

/// Ed25519 signs the same in every run.
static SIGNERS: LazyLock<Signers> = LazyLock::new(|| {
    let pkcs8 =
        [&[0x30, 0x2E, 2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 4, 0x22, 4, 0x20][..], &[7; 32]].concat();
    let eddsa = SigningKey::from_pkcs8(Algorithm::EdDsa, &pkcs8).unwrap();
    let es256: Jwk = serde_json::from_str(ES256_KEY).unwrap();
    let claims = json!({"iss": "https://id.example", "sub": "J\u{f6}rg \"J\"", "exp": 4_000_000_000_u32});
    Signers {
        jwk: serde_json::to_string(&eddsa.public_jwk()).unwrap(),
        keys: vec![eddsa.verifying_key().unwrap(), VerifyingKey::from_jwk(&es256, Algorithm::Es256).unwrap()],
        tokens: vec![
            ES256_TOKEN.to_owned(),
            eddsa.sign("JWT", &claims).unwrap(),
            eddsa.sign("at+jwt", &json!({})).unwrap(),
        ],
    }
});

fn look(bytes: &[u8]) -> bool {
    let mut taken = false;
    if let Ok(text) = std::str::from_utf8(bytes) {
        for typ in [Typ::AbsentOr(&["JWT", "at+jwt"]), Typ::Exactly("at+jwt")] {
            taken |= token_holds(text, typ);
        }
    }
    if let Ok(key) = serde_json::from_slice::<Jwk>(bytes) {
        key_holds(&key);
        taken = true;
    }
    if let Ok(set) = JwkSet::from_stranger(bytes) {
        set.keys().iter().for_each(key_holds);
        let again: JwkSet = serde_json::from_str(&serde_json::to_string(&set).unwrap()).unwrap();
        assert_eq!(again, set);
        taken = true;
    }
    taken
}

fn token_holds(text: &str, typ: Typ<'_>) -> bool {
    let Ok(verified) = verify(text, typ, &SIGNERS.keys) else { return false };
    let signed = |token: &str| token.rsplit_once('.').map(|(signed, _)| signed.to_owned());
    assert!(SIGNERS.tokens.iter().any(|own| signed(own) == signed(text)), "a forged token");
    assert!(typ.admits(verified.header.typ.as_deref()));
    assert!(verified.claims::<serde_json::Value>().is_ok_and(|claims| claims.is_object()));
    true
}

fn key_holds(key: &Jwk) {
    let again: Jwk = serde_json::from_str(&serde_json::to_string(key).unwrap()).unwrap();
    assert_eq!((&again, again.thumbprint()), (key, key.thumbprint()));
    let fits = |algorithm| VerifyingKey::from_jwk(key, algorithm).is_ok();
    let fitting = Algorithm::ALL.into_iter().filter(|algorithm| fits(*algorithm)).count();
    assert!((1..=2).contains(&fitting), "a key is for one algorithm, or for RS256 and PS256");
}

fn seeds() -> Vec<Vec<u8>> {
    let rsa =
        format!(r#"{{"kty":"RSA","alg":"RS256","kid":"k","n":"gA{}","e":"AQAB"}}"#, "A".repeat(338) + "AQ");
    let mut seeds: Vec<Vec<u8>> = SIGNERS.tokens.iter().map(|token| token.clone().into_bytes()).collect();
    seeds.push(
        format!(r#"{{"keys":[{ES256_KEY},{},{{"kty":"EC","crv":"P-521"}}]}}"#, SIGNERS.jwk).into_bytes(),
    );
    seeds.extend([ES256_KEY.as_bytes().to_vec(), SIGNERS.jwk.clone().into_bytes(), rsa.into_bytes()]);
    seeds
}
