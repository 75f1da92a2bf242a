//! The client data: what the browser vouches for (§5.8.1).

use serde::Deserialize;
use serde_json::Value;

use super::Refusal;

/// Only what is judged here; unknown members are kept in the signed bytes and ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    ceremony: String,
    origin: String,
    cross_origin: Option<bool>,
    top_origin: Option<Value>,
}

/// Checks type, origin and framing. The library compares origins as URLs, ignoring path and user
/// information, and looks at `crossOrigin` at registration only; here the origin is compared as the
/// specification says, character by character, and framing is refused in both ceremonies.
/// The challenge is left to the library.
///
/// # Errors
/// [`Refusal::Malformed`], [`Refusal::WrongCeremony`], [`Refusal::WrongOrigin`], [`Refusal::CrossOrigin`].
pub(super) fn check(json: &[u8], ceremony: &str, origin: &str) -> Result<(), Refusal> {
    let Ok(data) = serde_json::from_slice::<ClientData>(json) else { return Err(Refusal::Malformed) };
    if data.ceremony != ceremony {
        return Err(Refusal::WrongCeremony);
    }
    if data.origin != origin {
        return Err(Refusal::WrongOrigin);
    }
    if data.cross_origin == Some(true) || data.top_origin.is_some() {
        return Err(Refusal::CrossOrigin);
    }
    Ok(())
}
