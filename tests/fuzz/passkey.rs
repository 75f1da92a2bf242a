//! The room `passkey`: what browsers send, as a whole and each part on its own.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciborium::Value as Cbor;
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;
use x509_parser::prelude::{FromDer, SubjectPublicKeyInfo};

use torhaus::passkey::{
    AttestationTrust, Begun, MAX_CREDENTIAL_ID_BYTES, Mediation, NewUser, Registered, RelyingParty, Stored,
    read_assertion,
};

use super::table::Target;

pub const TARGETS: &[Target] = &[
    Target { name: "passkey_registration", look: registration, seeds: registration_seeds },
    Target { name: "passkey_login", look: login, seeds: login_seeds },
];

const ADA: Uuid = Uuid::from_u128(0xada0_0000_0000_4000_8000_0000_0000_0001);

/// Answers of the phone in `tests/it/town/phone.rs`, written down once so that every run has the same keys.
const ANSWERS: &str = include_str!("passkey.json");

/// A gatehouse that waits for answers to challenges which never change.
struct Gate {
    party: RelyingParty,
    registration: Begun,
    login: Begun,
    /// The answers: a key without statement, one that its maker vouches for, a login with the first.
    honest: Value,
    packed: Value,
    assertion: Value,
    stored: Registered,
}

static GATE: LazyLock<Gate> = LazyLock::new(|| {
    let answers: Value = serde_json::from_str(ANSWERS).unwrap();
    let trust = AttestationTrust::from_pem(answers["maker"].as_str().unwrap()).unwrap();
    let origin = Url::parse("https://id.torhausen.example").unwrap();
    let party = RelyingParty::new("id.torhausen.example", "Torhausen", &origin, trust).unwrap();
    let user = NewUser { handle: ADA, name: "ada@torhausen", display_name: "Ada" };
    let registration = party.begin_registration(&user, &[], &[1; 32]).unwrap();
    let login = party.begin_authentication(Mediation::Modal, &[2; 32]);
    let [honest, packed, assertion] = ["none", "packed", "assertion"].map(|name| answers[name].clone());
    let stored =
        party.finish_registration(&registration.state, honest.to_string().as_bytes(), now()).unwrap();
    Gate { party, registration, login, honest, packed, assertion, stored }
});

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000)
}

/// The bytes as a whole answer, as an attestation object, and as client data.
fn registration(bytes: &[u8]) -> bool {
    let mut object = with(&GATE.honest, "attestationObject", bytes);
    if let Some(id) = credential_id(bytes) {
        object["id"] = json!(URL_SAFE_NO_PAD.encode(&id));
        object["rawId"] = object["id"].clone();
    }
    let client_data = with(&GATE.packed, "clientDataJSON", bytes);
    [bytes.to_vec(), object.to_string().into_bytes(), client_data.to_string().into_bytes()]
        .into_iter()
        .filter(|answer| registers(answer))
        .count()
        > 0
}

fn registers(answer: &[u8]) -> bool {
    let taken = GATE.party.finish_registration(&GATE.registration.state, answer, now());
    let Ok(key) = taken else { return false };
    assert!(key.user_verified && key.user_handle == ADA);
    assert!((1..=MAX_CREDENTIAL_ID_BYTES).contains(&key.credential_id.len()), "an id that no login may name");
    assert!([-7, -257].contains(&key.public_key.algorithm));
    let (rest, spki) = SubjectPublicKeyInfo::from_der(&key.public_key.spki_der).unwrap();
    assert!(rest.is_empty() && spki.parsed().is_ok());
    let next = GATE.party.begin_authentication_for(&[&key.credential], &[2; 32]);
    assert!(next.is_ok(), "a key that was stored and cannot be read");
    true
}

/// The id in the attested credential data (Level 3 §6.5.1), so that the answer around it names the same.
fn credential_id(object: &[u8]) -> Option<Vec<u8>> {
    let Cbor::Map(entries) = ciborium::from_reader(object).ok()? else { return None };
    let (_, data) = entries.into_iter().find(|(name, _)| name.as_text() == Some("authData"))?;
    let data = data.into_bytes().ok()?;
    let length = u16::from_be_bytes(data.get(53..55)?.try_into().ok()?);
    data.get(55..55 + usize::from(length)).map(<[u8]>::to_vec)
}

/// The bytes as a whole answer, and in the place of each of its signed parts.
fn login(bytes: &[u8]) -> bool {
    let whole = [bytes.to_vec()].into_iter();
    let parts = ["authenticatorData", "clientDataJSON", "signature", "userHandle"]
        .into_iter()
        .map(|part| with(&GATE.assertion, part, bytes).to_string().into_bytes());
    whole.chain(parts).filter(|answer| logs_in(answer)).count() > 0
}

fn logs_in(answer: &[u8]) -> bool {
    let Ok(assertion) = read_assertion(answer) else { return false };
    let stored = Stored { owner: ADA, credential: &GATE.stored.credential };
    let taken = GATE.party.finish_authentication(&GATE.login.state, &assertion, &stored);
    let Ok(authenticated) = taken else { return false };
    assert!(authenticated.user_verified && authenticated.user_handle == ADA);
    let given: Value = serde_json::from_slice(answer).unwrap();
    for signed in ["authenticatorData", "clientDataJSON"] {
        let [given, honest] = [&given, &GATE.assertion].map(|answer| part(answer, signed));
        assert_eq!(given, honest, "{signed} was not signed");
    }
    true
}

fn with(answer: &Value, part: &str, bytes: &[u8]) -> Value {
    let mut answer = answer.clone();
    answer["response"][part] = json!(URL_SAFE_NO_PAD.encode(bytes));
    answer
}

fn part(answer: &Value, part: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(answer["response"][part].as_str().unwrap().trim_end_matches('=')).unwrap()
}

fn registration_seeds() -> Vec<Vec<u8>> {
    vec![
        GATE.honest.to_string().into_bytes(),
        GATE.packed.to_string().into_bytes(),
        part(&GATE.honest, "attestationObject"),
        part(&GATE.packed, "clientDataJSON"),
    ]
}

fn login_seeds() -> Vec<Vec<u8>> {
    let parts = ["authenticatorData", "clientDataJSON", "signature", "userHandle"];
    let mut seeds: Vec<Vec<u8>> = parts.iter().map(|name| part(&GATE.assertion, name)).collect();
    seeds.push(GATE.assertion.to_string().into_bytes());
    seeds
}
