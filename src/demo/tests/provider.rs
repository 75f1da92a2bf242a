//! A small OpenID provider that can be told to misbehave.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::demo::{IdTokenAlg, Service};

/// The level it confirms unless told otherwise.
pub const HIGH: &str = "http://eidas.europa.eu/LoA/high";

/// Its routes.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/.well-known/openid-configuration", web::get().to(configuration))
        .route("/jwks", web::get().to(jwks))
        .route("/token", web::post().to(token))
        .route("/userinfo", web::get().to(userinfo));
}

/// What the provider of a test does wrong, or differently.
#[derive(Clone, Copy, PartialEq)]
pub enum Twist {
    None,
    Level(&'static str),
    OtherNonce,
    OtherAudience,
    OtherAccessToken,
    OtherPerson,
    OtherKey,
    OtherAlg,
    TurnedKeys,
    OldLogin,
}

pub struct Provider {
    pub issuer: String,
    twist: Twist,
    ec: [EcdsaKeyPair; 2],
    rsa: RsaKeyPair,
    alg: IdTokenAlg,
    asked: Mutex<Asked>,
}

#[derive(Default)]
pub struct Asked {
    pub nonce: String,
    pub challenge: String,
    pub keys_fetched: usize,
    pub token_request: String,
    pub authorization: Option<String>,
}

impl Provider {
    pub fn new(issuer: String, service: &Service, twist: Twist) -> Self {
        let ec = || EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let alg = match (twist, service.id_token_alg) {
            (Twist::OtherAlg, IdTokenAlg::Es256) => IdTokenAlg::Rs256,
            (Twist::OtherAlg, IdTokenAlg::Rs256) => IdTokenAlg::Es256,
            (_, registered) => registered,
        };
        Self { issuer, twist, ec: [ec(), ec()], rsa, alg, asked: Mutex::default() }
    }

    pub fn asked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn id_token(&self) -> String {
        let now = i64::try_from(UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
        let hash = digest(&SHA256, b"at-1");
        let at_hash = match self.twist {
            Twist::OtherAccessToken => URL_SAFE_NO_PAD.encode([0; 16]),
            _ => URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]),
        };
        let acr = if let Twist::Level(acr) = self.twist { acr } else { HIGH };
        let claims = json!({
            "iss": self.issuer, "sub": "pseudonym-1", "iat": now, "exp": now + 300, "at_hash": at_hash, "acr": acr,
            "aud": if self.twist == Twist::OtherAudience { "somebody" } else { "client-1" },
            "nonce": if self.twist == Twist::OtherNonce { "n".to_owned() } else { self.asked().nonce.clone() },
            "auth_time": if self.twist == Twist::OldLogin { now - 1000 } else { now - 5 },
            "amr": ["hwk", "user"],
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&json!({"alg": self.alg.name(), "kid": "k"})), part(&claims));
        let random = SystemRandom::new();
        let signature = match self.alg {
            IdTokenAlg::Es256 => self.ec[0].sign(&random, signed.as_bytes()).unwrap().as_ref().to_vec(),
            IdTokenAlg::Rs256 => {
                let mut bytes = vec![0; self.rsa.public_modulus_len()];
                self.rsa.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut bytes).unwrap();
                bytes
            }
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn jwks(&self) -> Value {
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut asked = self.asked();
        asked.keys_fetched += 1;
        let wrong = match self.twist {
            Twist::OtherKey => true,
            Twist::TurnedKeys => asked.keys_fetched == 1,
            _ => false,
        };
        let point = self.ec[usize::from(wrong)].public_key().as_ref().to_vec();
        let rsa = self.rsa.public_key();
        json!({"keys": [match self.alg {
            IdTokenAlg::Es256 => json!({"kty": "EC", "crv": "P-256", "kid": "k", "use": "sig", "alg": "ES256",
                "x": number(&point[1..33]), "y": number(&point[33..])}),
            IdTokenAlg::Rs256 => json!({"kty": "RSA", "kid": "k", "use": "sig", "alg": "RS256",
                "n": number(rsa.modulus().big_endian_without_leading_zero()),
                "e": number(rsa.exponent().big_endian_without_leading_zero())}),
        }]})
    }
}

async fn configuration(provider: Data<Provider>) -> HttpResponse {
    let issuer = &provider.issuer;
    HttpResponse::Ok().json(json!({
        "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"), "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/jwks"), "end_session_endpoint": format!("{issuer}/end-session"),
        "response_types_supported": ["code"], "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["ES256", "RS256"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn jwks(provider: Data<Provider>) -> HttpResponse {
    HttpResponse::Ok().json(provider.jwks())
}

/// Redeems the one code for whoever holds the verifier.
async fn token(req: HttpRequest, body: String, provider: Data<Provider>) -> HttpResponse {
    let field = |name: &str| {
        url::form_urlencoded::parse(body.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.to_string())
    };
    let verifier = field("code_verifier").unwrap_or_default();
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
    if field("code").as_deref() != Some("code-1") || challenge != provider.asked().challenge {
        return HttpResponse::BadRequest().json(json!({"error": "invalid_grant"}));
    }
    let mut asked = provider.asked();
    asked.authorization = req.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
    asked.token_request = body.clone();
    drop(asked);
    let id_token = provider.id_token();
    HttpResponse::Ok().json(json!({"access_token": "at-1", "token_type": "Bearer", "id_token": id_token}))
}

async fn userinfo(req: HttpRequest, provider: Data<Provider>) -> HttpResponse {
    if req.headers().get("authorization").is_none_or(|value| value != "Bearer at-1") {
        return HttpResponse::Unauthorized().finish();
    }
    let sub = if provider.twist == Twist::OtherPerson { "pseudonym-2" } else { "pseudonym-1" };
    HttpResponse::Ok().json(json!({
        "sub": sub, "name": "Erika <i>Mustermann</i>", "birthdate": "1964-08-12", "age_over_18": true,
        "address": {"street_address": "Heidestraße 17", "postal_code": "12345", "locality": "Birkenfurt"},
    }))
}
