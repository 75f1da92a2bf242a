//! What every good login must look like at the service, checked with another JOSE implementation than ours
//! (OpenID Connect Core §3.1.3.7 and what the conformance suite looks at beside it).

use super::http::Request;
use super::service::SignIn;
use super::{Resident, Service};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use torhaus::domain::time::Clock;

/// A login as a careful service sees it.
#[derive(Debug)]
pub struct Login {
    /// The ID token's claims.
    pub id: Value,
    /// The ID token.
    pub id_token: String,
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: Option<String>,
    /// What UserInfo says.
    pub user: Value,
}

impl Login {
    /// Who.
    pub fn sub(&self) -> &str {
        self.id["sub"].as_str().expect("checked before")
    }
    /// How sure.
    pub fn acr(&self) -> &str {
        self.id["acr"].as_str().unwrap_or_default()
    }
}

impl Service<'_> {
    /// Takes what a resident's browser brought in answer to a request, and checks all of it.
    pub fn welcomes(&self, resident: &Resident<'_>, asked: &SignIn) -> Login {
        let brought = resident.brings();
        let known = ["code", "state", "iss"];
        assert!(brought.keys().all(|name| known.contains(&name.as_str())), "{brought:?}");
        assert_eq!(brought.get("state").map(String::as_str), asked.get("state"));
        assert_eq!(brought.get("iss"), Some(&self.town.origin), "RFC 9207");
        let code = resident.brings_code();
        assert!(code.len() >= 22, "at least 128 bits");
        let answer = self.redeems(&code);
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.checks(&answer.json(), &answer, asked.get("nonce"))
    }

    /// Checks an answer of the token endpoint.
    pub fn checks(&self, tokens: &Value, answer: &super::Answer, nonce: Option<&str>) -> Login {
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(tokens["token_type"], "Bearer");
        assert!(tokens["expires_in"].as_i64().is_some_and(|seconds| seconds > 0));
        let access = tokens["access_token"].as_str().expect("an access token").to_owned();
        assert!(
            access.len() >= 22 && access.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b))
        );
        let id_token = tokens["id_token"].as_str().expect("an ID token").to_owned();
        let id = self.verifies(&id_token);
        self.checks_claims(&id, nonce);
        // §3.1.3.6; every algorithm used here hashes with SHA-256.
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, access.as_bytes());
        assert_eq!(id["at_hash"], URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]));
        let told = self.userinfo(&access);
        assert_eq!(told.status, 200, "{}", told.text());
        assert_eq!(told.header("content-type"), Some("application/json"));
        let user = told.json();
        assert_eq!(user["sub"], id["sub"], "§5.3.2");
        assert!(
            user.as_object().is_some_and(|user| user.values().all(|value| !value.is_null() && value != ""))
        );
        Login { id, id_token, access, refresh: tokens["refresh_token"].as_str().map(str::to_owned), user }
    }

    /// The claims of a token signed by a published key.
    pub fn verifies(&self, token: &str) -> Value {
        let header = jsonwebtoken::decode_header(token).expect("a header");
        let kid = header.kid.expect("a kid");
        let keys: jsonwebtoken::jwk::JwkSet =
            serde_json::from_slice(&Request::get("/jwks").send(self.town.port()).body).expect("a JWKS");
        let key =
            jsonwebtoken::DecodingKey::from_jwk(keys.find(&kid).expect("a published key")).expect("a key");
        let mut rules = jsonwebtoken::Validation::new(header.alg);
        // The town's clock stands still; exp is looked at by hand.
        rules.validate_exp = false;
        rules.set_audience(&[&self.id]);
        rules.set_issuer(&[&self.town.origin]);
        rules.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
        jsonwebtoken::decode::<Value>(token, &key, &rules).expect("a good signature").claims
    }

    fn checks_claims(&self, id: &Value, nonce: Option<&str>) {
        let now = self.town.clock.now().as_seconds();
        assert_eq!(id["iss"], self.town.origin);
        assert_eq!(id["aud"], self.id);
        assert!(id.get("azp").is_none(), "only needed with several audiences");
        assert_eq!(id["iat"], now);
        assert!(id["exp"].as_i64().is_some_and(|exp| exp > now && exp <= now + 3600));
        assert!(id["auth_time"].as_i64().is_some_and(|at| at <= now));
        assert_eq!(id.get("nonce").and_then(Value::as_str), nonce);
        let sub = id["sub"].as_str().expect("a subject");
        assert!(sub.is_ascii() && (22..=255).contains(&sub.len()));
        assert!(id["acr"].is_string() && id["sid"].is_string() && id["amr"].is_array());
        // Data of the person come from UserInfo unless the request puts them here.
        for claim in ["name", "given_name", "family_name", "address", "birthdate"] {
            assert!(id.get(claim).is_none(), "{claim} was not asked into the ID token");
        }
    }
}
