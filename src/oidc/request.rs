//! The parameters of an authentication request (OpenID Connect Core §3.1.2.1, RFC 6749 §4.1.1, RFC 7636).
//!
//! Pure: text in, [`Request`] or [`Refusal`] out. What the service may ask is decided by `authorize`.

use super::claims::{Claim, Wanted};
use super::refusal::Refusal;
use crate::domain::assurance::Level;
use crate::domain::time::Span;
use crate::http::Params;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Longest `state`.
pub const STATE_MAX: usize = 2048;
/// Longest `nonce`.
pub const NONCE_MAX: usize = 512;
/// Longest `claims`, and how deep it may nest.
pub const CLAIMS_MAX: usize = 8 * 1024;
const CLAIMS_DEPTH_MAX: usize = 8;
/// Longest `max_age` we tell apart from "never": a hundred years.
const MAX_AGE_MAX: u64 = 100 * 366 * 24 * 60 * 60;

/// How an answer travels back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query, by 303.
    #[default]
    Query,
    /// As a form which the browser sends (OAuth 2.0 Form Post Response Mode).
    FormPost,
}

/// A PKCE challenge of the method S256, well-formed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Challenge(String);

impl Challenge {
    /// 43 letters of base64url: a SHA-256 (RFC 7636 §4.2).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        (text.len() == 43 && text.bytes().all(letter)).then(|| Self(text.to_owned()))
    }
    /// Whether the verifier hashes to it. A malformed verifier (RFC 7636 §4.1) never does.
    #[must_use]
    pub fn is_met_by(&self, verifier: &str) -> bool {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        let letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
        if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(letter) {
            return false;
        }
        let hash = crate::domain::secret::BearerHash::of(verifier);
        let made = URL_SAFE_NO_PAD.encode(hash.0);
        aws_lc_rs::constant_time::verify_slices_are_equal(made.as_bytes(), self.0.as_bytes()).is_ok()
    }
}

/// What `prompt` demands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// Show nothing.
    pub none: bool,
    /// Prove anew; also for `select_account`, as a person chooses the account by the key they use.
    pub login: bool,
    /// Ask for consent anew.
    pub consent: bool,
}

/// What `claims` demands beside what scopes bring.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimsAsked {
    /// For the UserInfo answer.
    pub userinfo: Wanted,
    /// For the ID token.
    pub id_token: Wanted,
    /// Levels of which one is essential; empty: none is.
    pub acr: BTreeSet<Level>,
    /// The subject which alone will do.
    pub subject: Option<String>,
}

/// A request, understood.
#[derive(Clone, Debug)]
pub struct Request {
    /// Scopes in the order asked, `openid` among them, each once.
    pub scopes: Vec<String>,
    /// Repeated in the ID token.
    pub nonce: Option<String>,
    /// PKCE.
    pub challenge: Option<Challenge>,
    /// What may be shown.
    pub prompt: Prompt,
    /// How old the proof may be.
    pub max_age: Option<Span>,
    /// Known levels named in `acr_values`.
    pub acr_values: BTreeSet<Level>,
    /// What `claims` says.
    pub claims: ClaimsAsked,
    /// Not yet verified.
    pub hint: Option<String>,
    /// Languages, as asked.
    pub ui_locales: Option<String>,
}

/// Reads everything but `client_id`, `redirect_uri`, `state` and `response_mode`, which tell where an answer goes.
pub fn parse(params: &Params) -> Result<Request, Refusal> {
    // First what must never be ignored: it may say something else than the parameters beside it.
    for (name, refusal) in [
        ("request", Refusal::RequestObject),
        ("request_uri", Refusal::RequestUri),
        ("registration", Refusal::RegistrationParameter),
    ] {
        if params.get(name).is_some() {
            return Err(refusal);
        }
    }
    match params.get("response_type") {
        None => return Err(Refusal::ResponseTypeMissing),
        Some("code") => {}
        Some(_) => return Err(Refusal::ResponseTypeUnsupported),
    }
    let nonce = params.get("nonce").map(str::to_owned);
    if nonce.as_ref().is_some_and(|nonce| nonce.len() > NONCE_MAX) {
        return Err(Refusal::NonceTooLong);
    }
    let scopes = scopes(params.get("scope"))?;
    Ok(Request {
        scopes,
        nonce,
        challenge: challenge(params)?,
        prompt: prompt(params.get("prompt"))?,
        max_age: params.get("max_age").map(max_age).transpose()?,
        acr_values: words(params.get("acr_values")).filter_map(Level::from_acr).collect(),
        claims: params.get("claims").map(claims).transpose()?.unwrap_or_default(),
        hint: params.get("id_token_hint").map(str::to_owned),
        ui_locales: params.get("ui_locales").filter(|tags| tags.len() <= 100).map(str::to_owned),
    })
}

/// Words between single blanks; more blanks are forgiven.
fn words(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.unwrap_or("").split(' ').filter(|word| !word.is_empty())
}

/// RFC 6749 §3.3: `%x21 / %x23-5B / %x5D-7E`.
fn scopes(text: Option<&str>) -> Result<Vec<String>, Refusal> {
    let mut out: Vec<String> = Vec::new();
    for word in words(text) {
        if !word.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\')) {
            return Err(Refusal::ScopeMalformed);
        }
        if !out.iter().any(|known| known == word) {
            out.push(word.to_owned());
        }
    }
    if !out.iter().any(|scope| scope == "openid") {
        return Err(Refusal::ScopeWithoutOpenid);
    }
    Ok(out)
}

fn challenge(params: &Params) -> Result<Option<Challenge>, Refusal> {
    match (params.get("code_challenge"), params.get("code_challenge_method")) {
        (None, None) => Ok(None),
        (Some(text), Some("S256")) => Challenge::parse(text).map(Some).ok_or(Refusal::ChallengeMalformed),
        // RFC 7636 §4.3: without a method it would be `plain`.
        (Some(_), _) | (None, Some(_)) => Err(Refusal::ChallengeMethod),
    }
}

fn prompt(text: Option<&str>) -> Result<Prompt, Refusal> {
    let mut out = Prompt::default();
    for word in words(text) {
        match word {
            "none" => out.none = true,
            "login" | "select_account" => out.login = true,
            "consent" => out.consent = true,
            _ => return Err(Refusal::Prompt),
        }
    }
    if out.none && (out.login || out.consent) { Err(Refusal::Prompt) } else { Ok(out) }
}

fn max_age(text: &str) -> Result<Span, Refusal> {
    if text.len() > 19 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refusal::MaxAge);
    }
    let seconds: u64 = text.parse().map_err(|_too_large| Refusal::MaxAge)?;
    i64::try_from(seconds.min(MAX_AGE_MAX)).map(Span::seconds).map_err(|_impossible| Refusal::MaxAge)
}

/// The parameter `claims` (OpenID Connect Core §5.5). Unknown claims are ignored; what is known must have the
/// form of the standard.
fn claims(text: &str) -> Result<ClaimsAsked, Refusal> {
    if text.len() > CLAIMS_MAX {
        return Err(Refusal::Claims);
    }
    let Ok(Value::Object(top)) = serde_json::from_str(text) else { return Err(Refusal::Claims) };
    if top.values().any(|value| depth(value) >= CLAIMS_DEPTH_MAX) {
        return Err(Refusal::Claims);
    }
    let member = |name: &str| match top.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(claims)) => Ok(Some(claims)),
        Some(_) => Err(Refusal::Claims),
    };
    let mut out = ClaimsAsked::default();
    if let Some(asked) = member("userinfo")? {
        out.userinfo = wanted(asked)?;
        out.subject = subject(asked)?;
    }
    if let Some(asked) = member("id_token")? {
        out.id_token = wanted(asked)?;
        out.acr = essential_acr(asked.get("acr"))?;
        let subject = subject(asked)?;
        // Two different subjects: nobody can be both.
        if out.subject.is_some() && subject.is_some() && out.subject != subject {
            return Err(Refusal::Claims);
        }
        out.subject = subject.or(out.subject);
    }
    Ok(out)
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn wanted(asked: &Map<String, Value>) -> Result<Wanted, Refusal> {
    let mut out = Wanted::default();
    for (name, how) in asked {
        if !matches!(how, Value::Null | Value::Object(_) | Value::Array(_)) {
            return Err(Refusal::Claims);
        }
        if name == "verified_claims" {
            out.verified = verified(how)?;
        } else if let Some(claim) = Claim::parse(name) {
            out.plain.insert(claim);
        }
    }
    Ok(out)
}

/// OpenID Identity Assurance 1.0 §6: elements with `verification` and `claims`. An element which demands
/// another trust framework than ours is left out, as §6.5 says.
fn verified(how: &Value) -> Result<BTreeSet<Claim>, Refusal> {
    let elements = match how {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut out = BTreeSet::new();
    for element in elements {
        let (Some(verification), Some(claims)) =
            (element["verification"].as_object(), element["claims"].as_object())
        else {
            return Err(Refusal::Claims);
        };
        if allows(verification.get("trust_framework"), "eidas") {
            out.extend(claims.keys().filter_map(|name| Claim::parse(name)));
        }
    }
    Ok(out)
}

/// Whether a requested member leaves room for `ours`.
fn allows(asked: Option<&Value>, ours: &str) -> bool {
    let Some(Value::Object(asked)) = asked else { return true };
    let by_value = asked.get("value").is_none_or(|value| value == ours);
    let by_values = asked.get("values").and_then(Value::as_array);
    by_value && by_values.is_none_or(|values| values.iter().any(|value| value == ours))
}

fn subject(asked: &Map<String, Value>) -> Result<Option<String>, Refusal> {
    match asked.get("sub").and_then(|sub| sub.get("value")) {
        None => Ok(None),
        Some(Value::String(sub)) if sub.len() <= 255 => Ok(Some(sub.clone())),
        Some(_) => Err(Refusal::Claims),
    }
}

/// OpenID Connect Core §5.5.1.1: an essential `acr` which can not be met is a failed login.
fn essential_acr(asked: Option<&Value>) -> Result<BTreeSet<Level>, Refusal> {
    let Some(asked) = asked.filter(|asked| asked["essential"] == true) else { return Ok(BTreeSet::new()) };
    let one = asked.get("value").into_iter();
    let all = one.chain(asked.get("values").and_then(Value::as_array).into_iter().flatten());
    let mut named = false;
    let levels: BTreeSet<Level> =
        all.inspect(|_| named = true).filter_map(|value| value.as_str().and_then(Level::from_acr)).collect();
    if named && levels.is_empty() { Err(Refusal::LevelUnmet) } else { Ok(levels) }
}
