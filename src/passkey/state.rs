//! What lies in the store between the halves of a ceremony.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::Refusal;

/// Length of a challenge in bytes (§13.4.3 asks for 16 at least).
pub const CHALLENGE_BYTES: usize = 32;

/// A fresh random challenge, drawn by the caller: one source of randomness in the house.
pub type Challenge = [u8; CHALLENGE_BYTES];

/// The first half of a ceremony.
#[derive(Clone, Debug)]
pub struct Begun {
    /// For the page: `{"publicKey": …}`, and `"mediation"` where it is conditional; to be read by
    /// `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`.
    pub options: Value,
    /// For the store: JSON text, to be used once, within the timeout, by the same browser. Not secret,
    /// but must never come from the browser.
    pub state: String,
}

/// The state of either ceremony. The tag keeps one from finishing the other.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum State {
    Registration(Registration),
    Authentication(Authentication),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Registration {
    /// For whom the credential is made.
    pub user_handle: Uuid,
    /// Credential ids the person has already, base64url.
    pub exclude: Vec<String>,
    /// The library's own state.
    pub library: Value,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Authentication {
    /// Credential ids that may answer, base64url; absent when any discoverable one may.
    pub allowed: Option<Vec<String>>,
    /// The library's own state.
    pub library: Value,
}

impl State {
    pub fn write(&self) -> String {
        serde_json::to_string(self).expect("strings, ids and JSON always serialise")
    }

    pub fn registration(text: &str) -> Result<Registration, Refusal> {
        match serde_json::from_str(text) {
            Ok(Self::Registration(state)) => Ok(state),
            _ => Err(Refusal::WrongState),
        }
    }

    pub fn authentication(text: &str) -> Result<Authentication, Refusal> {
        match serde_json::from_str(text) {
            Ok(Self::Authentication(state)) => Ok(state),
            _ => Err(Refusal::WrongState),
        }
    }
}

/// The library's state as JSON, with our challenge at `pointer` instead of the one it drew by itself.
pub(super) fn with_challenge(library: impl Serialize, pointer: &str, challenge: &Challenge) -> Value {
    let mut value = serde_json::to_value(library).expect("the library's states always serialise");
    *value
        .pointer_mut(pointer)
        .expect("the library keeps its challenge there; every ceremony test holds it") =
        Value::String(base64url(challenge));
    value
}

pub(super) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
