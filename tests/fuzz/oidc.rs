//! The rooms `oidc` and `http`: what comes in queries, forms and headers.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr};

use torhaus::http::Params;
use torhaus::http::address::{Network, TrustedProxies};
use torhaus::http::params::{BadParams, PARAMS_BYTES_MAX, PARAMS_MAX};
use torhaus::oidc::client_auth::Presented;
use torhaus::oidc::request::{self, Challenge, NONCE_MAX};

use super::table::Target;

pub const TARGETS: &[Target] = &[Target { name: "oidc", look, seeds }];

/// A form or query; what stands before a line break is a header.
fn look(bytes: &[u8]) -> bool {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (header, form) = end.map_or((None, bytes), |at| (Some(&bytes[..at]), &bytes[at + 1..]));
    let header = header.map(String::from_utf8_lossy);
    if let Some(header) = &header {
        forwarded(header);
    }
    let Ok(params) = Params::parse(form) else { return false };
    params_hold(&params);
    if let Ok(asked) = request::parse(&params) {
        assert!(asked.scopes.iter().any(|scope| scope == "openid"));
        assert!(asked.nonce.is_none_or(|nonce| nonce.len() <= NONCE_MAX));
        assert!(!(asked.prompt.none && (asked.prompt.login || asked.prompt.consent)));
    }
    if let Ok(presented) = Presented::read(header.as_deref(), &params) {
        let named = params.get("client_id");
        assert!(named.is_none_or(|named| named == presented.id.to_string()), "another client than named");
    }
    for (_, value) in params.iter() {
        if let Some(challenge) = Challenge::parse(value) {
            assert!(!challenge.is_met_by(value), "a challenge that is its own verifier");
        }
    }
    true
}

fn params_hold(params: &Params) {
    assert!(params.iter().count() <= PARAMS_MAX);
    let mut raw = String::new();
    let mut escape = |text: &str, end: char| {
        text.bytes().for_each(|byte| write!(raw, "%{byte:02x}").unwrap());
        raw.push(end);
    };
    for (name, value) in params.iter() {
        assert_eq!(params.iter().filter(|(other, _)| *other == name).count(), 1, "a name twice");
        assert_eq!(params.get(name), Some(value).filter(|value| !value.is_empty()));
        escape(name, '=');
        escape(value, '&');
    }
    match Params::parse(raw.as_bytes()) {
        Ok(again) => assert!(again.iter().eq(params.iter())),
        Err(error) => assert!(error == BadParams::TooLarge && raw.len() > PARAMS_BYTES_MAX),
    }
}

/// `X-Forwarded-For` moves nobody who does not come from a trusted proxy.
fn forwarded(header: &str) {
    let (proxy, stranger) = (IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)), IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
    let trusted =
        TrustedProxies(Network::parse("10.0.0.0/8").into_iter().chain(Network::parse(header)).collect());
    let only = TrustedProxies(Network::parse("10.0.0.0/8").into_iter().collect());
    assert_eq!(only.client(stranger, &[header]), stranger);
    let _client = trusted.client(proxy, &[header]);
}

fn seeds() -> Vec<Vec<u8>> {
    let asked = "response_type=code&scope=openid+profile%20email&nonce=n&state=s&prompt=login%20consent&max_age=3600\
        &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&ui_locales=de\
        &acr_values=a+b&id_token_hint=e30.e30.x";
    let claims = r#"{"id_token":{"acr":{"essential":true,"values":["x"]},"sub":{"value":"p"}},"userinfo":{"name":null,
        "verified_claims":{"verification":{"trust_framework":{"value":"eidas"}},"claims":{"birthdate":null}}}}"#;
    let claims: String = claims.bytes().fold(String::new(), |mut out, byte| {
        write!(out, "%{byte:02X}").unwrap();
        out
    });
    vec![
        asked.as_bytes().to_vec(),
        format!("response_type=code&scope=openid&claims={claims}").into_bytes(),
        b"grant_type=authorization_code&code=x&client_id=svc_00000000000000000000000000&client_secret=a%2Bb".to_vec(),
        b"Basic c3ZjXzAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwOnNlY3JldA==\ngrant_type=client_credentials".to_vec(),
        b"client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=\
          e30.eyJzdWIiOiJzdmNfMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAifQ.x"
            .to_vec(),
        b"203.0.113.7, 2001:db8::1, 10.1.2.3\na=1&b=x%20y&c=&&d".to_vec(),
        b"fd00::/8\n=".to_vec(),
    ]
}
