//! What we say of ourselves: OpenID Connect Discovery 1.0 §3, RFC 8414 §2. Every value is true, and everything
//! whose default would be wrong is said.

use super::claims::{Claim, SCOPES};
use super::request::ResponseMode;
use crate::domain::assurance::Level;
use crate::domain::registration::{ClientAuthentication, GrantType, SubjectType};
use crate::jose::Algorithm;
use crate::paths;
use serde_json::{Map, Value, json};

/// Languages of the pages, as BCP 47 tags.
const LOCALES: [&str; 2] = ["de", "en"];
/// Claims which are not about data.
const PROTOCOL_CLAIMS: [&str; 11] =
    ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"];

/// The document for an issuer without a slash at its end.
#[must_use]
pub fn document(issuer: &str) -> Vec<u8> {
    let mut out = Map::new();
    for (name, value) in endpoints(issuer).into_iter().chain(abilities()).chain(levels_and_claims()) {
        out.insert(name.to_owned(), value);
    }
    Value::from(out).to_string().into_bytes()
}

fn endpoints(issuer: &str) -> Vec<(&'static str, Value)> {
    let at = |path: &str| Value::from(format!("{issuer}{path}"));
    vec![
        ("issuer", issuer.into()),
        ("authorization_endpoint", at(paths::AUTHORIZE)),
        ("token_endpoint", at(paths::TOKEN)),
        ("userinfo_endpoint", at(paths::USERINFO)),
        ("jwks_uri", at(paths::JWKS)),
        ("introspection_endpoint", at(paths::INTROSPECT)),
        ("revocation_endpoint", at(paths::REVOKE)),
        ("end_session_endpoint", at(paths::END_SESSION)),
    ]
}

fn abilities() -> Vec<(&'static str, Value)> {
    let algorithms: Vec<&str> = Algorithm::ALL.into_iter().map(Algorithm::name).collect();
    let methods = |all: &[ClientAuthentication]| json!(all.iter().map(|way| way.name()).collect::<Vec<_>>());
    let grants: Vec<&str> = GrantType::ALL.into_iter().map(GrantType::name).collect();
    let modes = [ResponseMode::Query, ResponseMode::FormPost];
    let confidential = &ClientAuthentication::ALL[1..];
    vec![
        ("response_types_supported", json!(["code"])),
        ("response_modes_supported", json!(modes)),
        ("grant_types_supported", json!(grants)),
        ("subject_types_supported", json!([SubjectType::Pairwise, SubjectType::Public])),
        ("id_token_signing_alg_values_supported", json!(algorithms)),
        ("token_endpoint_auth_methods_supported", methods(&ClientAuthentication::ALL)),
        ("token_endpoint_auth_signing_alg_values_supported", json!(algorithms)),
        ("introspection_endpoint_auth_methods_supported", methods(confidential)),
        ("introspection_endpoint_auth_signing_alg_values_supported", json!(algorithms)),
        ("revocation_endpoint_auth_methods_supported", methods(&ClientAuthentication::ALL)),
        ("revocation_endpoint_auth_signing_alg_values_supported", json!(algorithms)),
        ("code_challenge_methods_supported", json!(["S256"])),
        ("prompt_values_supported", json!(["none", "login", "consent", "select_account"])),
        ("authorization_response_iss_parameter_supported", true.into()),
        ("claims_parameter_supported", true.into()),
        ("request_parameter_supported", false.into()),
        // Its default is true.
        ("request_uri_parameter_supported", false.into()),
        ("require_request_uri_registration", false.into()),
        ("backchannel_logout_supported", true.into()),
        ("backchannel_logout_session_supported", true.into()),
    ]
}

fn levels_and_claims() -> Vec<(&'static str, Value)> {
    let scopes: Vec<&str> = SCOPES.iter().map(|(name, _)| *name).collect();
    let names: Vec<&str> = Claim::ALL.into_iter().map(Claim::name).collect();
    let claims: Vec<&str> = PROTOCOL_CLAIMS.into_iter().chain(names.iter().copied()).collect();
    let levels: Vec<&str> = Level::ALL.into_iter().map(Level::acr).collect();
    vec![
        ("scopes_supported", json!(scopes)),
        ("claims_supported", json!(claims)),
        ("claim_types_supported", json!(["normal"])),
        ("acr_values_supported", json!(levels)),
        ("ui_locales_supported", json!(LOCALES)),
        ("verified_claims_supported", true.into()),
        ("trust_frameworks_supported", json!(["eidas"])),
        ("evidence_supported", json!(["electronic_record", "document"])),
        ("claims_in_verified_claims_supported", json!(names)),
    ]
}
