//! Bodies: what a script sends of a service, and what it is told. The names are those of OAuth 2.0 client metadata
//! (RFC 7591 §2) where it has one.

use super::problem::{Problem, Wrong};
use crate::domain::assurance::Level;
use crate::domain::attribute::Datum;
use crate::domain::registration::{ClientAuthentication, GrantType, Registration};
use crate::domain::service::Service;
use crate::domain::time::{Span, Timestamp};
use crate::oidc::registration::{ID_TOKEN_ALGS, Wish};
use crate::web::owner::form::{self, Age, Form, Kind};
use crate::web::owner::technical_form::{self, Technical};
use crate::web::words;
use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// A member that may be missing, `null` or there.
type Maybe<T> = Option<Option<T>>;

fn maybe<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Maybe<T>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}

/// A member that may be missing, but is not `null`.
fn there<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// What is sent of a service: everything of a new one, or what shall be otherwise of one that is there (RFC 7396).
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    #[serde(default, deserialize_with = "there")]
    name: Option<String>,
    #[serde(default, deserialize_with = "there")]
    purpose: Option<String>,
    #[serde(default, deserialize_with = "there")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "there")]
    redirect_uris: Option<Vec<String>>,
    #[serde(default, deserialize_with = "there")]
    min_level: Option<String>,
    #[serde(default, deserialize_with = "maybe")]
    max_identity_age_months: Maybe<u16>,
    #[serde(default, deserialize_with = "there")]
    data: Option<Vec<Wanted>>,
    #[serde(default, deserialize_with = "there")]
    token_endpoint_auth_method: Option<String>,
    #[serde(default, deserialize_with = "there")]
    id_token_signed_response_alg: Option<String>,
    #[serde(default, deserialize_with = "there")]
    post_logout_redirect_uris: Option<Vec<String>>,
    #[serde(default, deserialize_with = "maybe")]
    backchannel_logout_uri: Maybe<String>,
    #[serde(default, deserialize_with = "maybe")]
    jwks: Maybe<Value>,
    #[serde(default, deserialize_with = "maybe")]
    jwks_uri: Maybe<String>,
    #[serde(default, deserialize_with = "there")]
    paused: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    datum: String,
    reason: String,
}

/// Reads JSON of our own shapes; a member that is none of ours is refused by its name.
pub(crate) fn read<T: DeserializeOwned>(request: &HttpRequest, body: &Bytes) -> Result<T, Problem> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim();
    if !["application/json", "application/merge-patch+json"].contains(&kind) {
        return Err(Problem::bad_request("Send JSON: Content-Type: application/json"));
    }
    serde_json::from_slice(body)
        .map_err(|why| Problem::bad_request(format!("The body is not as described: {why}")))
}

fn wrong(member: impl AsRef<str>, detail: impl Into<String>) -> Wrong {
    Wrong::at(member, detail)
}

impl Body {
    /// The kind of a new service. Where it is none, the rest is judged as of the kind that it looks like.
    pub(crate) fn kind(&self, errors: &mut Vec<Wrong>) -> Kind {
        self.kind.as_deref().and_then(Kind::parse).unwrap_or_else(|| {
            let names = Kind::ALL.map(Kind::name).join(", ");
            errors.push(wrong("kind", format!("One of {names}.")));
            let for_people = self.purpose.is_some() || self.redirect_uris.is_some();
            if for_people { Kind::Web } else { Kind::Machine }
        })
    }

    /// The kind of a service that is there is not changed.
    pub(crate) fn no_kind(&self, errors: &mut Vec<Wrong>) {
        errors.extend(self.kind.as_ref().map(|_| wrong("kind", "It stays as the service was made.")));
    }

    /// Whether it says something that stands in the owner's form.
    pub(crate) const fn touches_form(&self) -> bool {
        self.name.is_some()
            || self.purpose.is_some()
            || self.redirect_uris.is_some()
            || self.min_level.is_some()
            || self.max_identity_age_months.is_some()
            || self.data.is_some()
    }

    /// What it comes to over a form, by the owner's rules; `None`: something is wrong with it.
    pub(crate) fn wish(&self, form: Form, office: &str, errors: &mut Vec<Wrong>) -> Option<Wish> {
        let form = self.over_form(form, errors);
        let wish = form.wish(office);
        wish.map_err(|mistakes| errors.extend(mistakes.iter().filter_map(|one| self.form_mistake(one)))).ok()
    }

    /// The form as it would be filled with it. What is wrong stays as it was.
    fn over_form(&self, form: Form, errors: &mut Vec<Wrong>) -> Form {
        let mut to = form;
        if let Some(name) = &self.name {
            to.name.clone_from(name);
        }
        if let Some(purpose) = &self.purpose {
            to.purpose.clone_from(purpose);
        }
        if let Some(uris) = &self.redirect_uris {
            to.addresses = lines("redirect_uris", uris, errors);
        }
        if let Some(level) = &self.min_level {
            match Level::parse(level).filter(|level| *level >= Level::Low) {
                Some(level) => to.level = level,
                None => errors.push(wrong("min_level", "One of low, substantial, high.")),
            }
        }
        match self.max_identity_age_months {
            None => {}
            Some(None) => to.age = Age::Any,
            Some(Some(12)) => to.age = Age::Year,
            Some(Some(24)) => to.age = Age::TwoYears,
            Some(Some(_)) => errors.push(wrong("max_identity_age_months", "12, 24 or null.")),
        }
        if let Some(data) = &self.data {
            to.data = wanted(data, errors);
        }
        to
    }

    /// The registration it comes to in what only machines care about, and whether it is paused; `None`: something is wrong.
    pub(crate) fn technical(
        &self,
        registered: &Registration,
        errors: &mut Vec<Wrong>,
    ) -> Option<Registration> {
        let form = self.over_technical(registered, errors);
        let to = form.over(registered);
        let to = to.map_err(|mistakes| errors.extend(mistakes.iter().map(|one| self.technical_mistake(one))));
        Some(Registration { paused: self.paused.unwrap_or(registered.paused), ..to.ok()? })
    }

    /// What only machines care about as it would be filled with it. An app without a secret stays one.
    fn over_technical(&self, registered: &Registration, errors: &mut Vec<Wrong>) -> Technical {
        let mut to = Technical::of(registered);
        let mut known = true;
        if let Some(method) = &self.token_endpoint_auth_method {
            let public = registered.authentication == ClientAuthentication::None;
            let method = ClientAuthentication::parse(method);
            match method.filter(|method| (*method == ClientAuthentication::None) == public) {
                Some(method) => to.authentication = method,
                None => {
                    known = false;
                    let by_secret = "One of client_secret_basic, client_secret_post, private_key_jwt.";
                    let detail = if public { "none: it keeps no secret." } else { by_secret };
                    errors.push(wrong("token_endpoint_auth_method", detail));
                }
            }
        }
        if let Some(alg) = &self.id_token_signed_response_alg {
            if ID_TOKEN_ALGS.contains(&alg.as_str()) {
                to.id_token_alg.clone_from(alg);
            } else {
                let known = format!("One of {}.", ID_TOKEN_ALGS.join(", "));
                errors.push(wrong("id_token_signed_response_alg", known));
            }
        }
        if let Some(uris) = &self.post_logout_redirect_uris {
            to.post_logout = lines("post_logout_redirect_uris", uris, errors);
        }
        let text = |to: &mut String, from: &Maybe<String>| {
            if let Some(from) = from {
                *to = from.as_deref().unwrap_or("").trim().to_owned();
            }
        };
        text(&mut to.backchannel, &self.backchannel_logout_uri);
        text(&mut to.jwks_uri, &self.jwks_uri);
        if let Some(jwks) = &self.jwks {
            to.jwks = jwks.as_ref().map(Value::to_string).unwrap_or_default();
        }
        if known && to.authentication != ClientAuthentication::PrivateKeyJwt {
            // They would be dropped without a word.
            let sent = [
                ("jwks", matches!(self.jwks, Some(Some(_)))),
                ("jwks_uri", matches!(self.jwks_uri, Some(Some(_)))),
            ];
            let sent = sent.into_iter().filter(|(_, sent)| *sent);
            errors.extend(
                sent.map(|(name, _)| wrong(name, "Only with token_endpoint_auth_method private_key_jwt.")),
            );
        }
        to
    }

    /// What is wrong with a form, where the body has it; `None`: it was named already.
    fn form_mistake(&self, mistake: &form::Mistake) -> Option<Wrong> {
        use form::Mistake;
        Some(match mistake {
            Mistake::Name => wrong("name", "1 to 80 characters on one line."),
            Mistake::Purpose => {
                wrong("purpose", "One sentence of 1 to 200 characters, which residents read.")
            }
            // All that were sent are wrong in themselves.
            Mistake::NoAddress if self.redirect_uris.as_ref().is_some_and(|uris| !uris.is_empty()) => {
                return None;
            }
            Mistake::NoAddress => wrong("redirect_uris", "At least one address to come back to."),
            Mistake::TooManyAddresses => wrong("redirect_uris", "At most 100 addresses."),
            Mistake::Address(address, why) => {
                wrong(place("redirect_uris", self.redirect_uris.as_deref(), address), why.to_string())
            }
            Mistake::Reason(datum) => {
                let sent = self.data.iter().flatten().position(|one| one.datum == datum.name());
                let at = sent.map_or_else(|| "data".to_owned(), |at| format!("data/{at}/reason"));
                wrong(at, format!("Why {} is needed, in 1 to 200 characters.", datum.name()))
            }
        })
    }

    /// What is wrong with what only machines care about, where the body has it.
    fn technical_mistake(&self, mistake: &technical_form::Mistake) -> Wrong {
        use technical_form::Mistake;
        match mistake {
            Mistake::PostLogout(address) => wrong(
                place("post_logout_redirect_uris", self.post_logout_redirect_uris.as_deref(), address),
                "It can not be registered: an https address (http on localhost), or an app's own scheme.",
            ),
            Mistake::TooMany => wrong("post_logout_redirect_uris", "At most 100 addresses."),
            Mistake::Backchannel => wrong("backchannel_logout_uri", "An https address (http on localhost)."),
            Mistake::KeysMissing => wrong("jwks", "private_key_jwt needs jwks or jwks_uri."),
            Mistake::KeysBoth => wrong("jwks", "Either jwks or jwks_uri."),
            Mistake::Keys(why) => wrong("jwks", why.clone()),
            Mistake::KeysUri => wrong("jwks_uri", "An https address (http on localhost)."),
        }
    }
}

/// Addresses as the forms have them, one on each line; those that are no line are named and left out.
fn lines(member: &str, uris: &[String], errors: &mut Vec<Wrong>) -> String {
    let is_line = |uri: &str| !uri.trim().is_empty() && !uri.contains(['\r', '\n']);
    let broken = uris.iter().enumerate().filter(|(_, uri)| !is_line(uri));
    errors.extend(broken.map(|(at, _)| wrong(format!("{member}/{at}"), "No address.")));
    let good: Vec<&str> = uris.iter().map(String::as_str).filter(|uri| is_line(uri)).collect();
    good.join("\n")
}

/// Where an address stands in the body.
fn place(member: &str, sent: Option<&[String]>, address: &str) -> String {
    let at = sent.and_then(|sent| sent.iter().position(|one| one.trim() == address));
    at.map_or_else(|| member.to_owned(), |at| format!("{member}/{at}"))
}

fn wanted(data: &[Wanted], errors: &mut Vec<Wrong>) -> BTreeMap<Datum, String> {
    let mut all = BTreeMap::new();
    for (at, one) in data.iter().enumerate() {
        let known = Datum::ALL.into_iter().find(|datum| datum.name() == one.datum);
        let Some(datum) = known else {
            let names = Datum::ALL.map(Datum::name).join(", ");
            errors.push(wrong(format!("data/{at}/datum"), format!("One of {names}.")));
            continue;
        };
        match all.entry(datum) {
            Entry::Vacant(place) => {
                place.insert(one.reason.clone());
            }
            Entry::Occupied(_) => errors.push(wrong(format!("data/{at}/datum"), "It is there already.")),
        }
    }
    all
}

/// RFC 3339.
pub(crate) fn moment(at: Timestamp) -> String {
    words::instant(at).to_string()
}

/// A service, whole.
pub(crate) fn service(service: &Service) -> Value {
    json!({
        "id": service.id,
        "client_id": service.id,
        "version": service.version,
        "created": moment(service.created),
        "standing": service.standing().name(),
        "awaits_operator": service.awaits_operator(),
        "objection": service.objection,
        "offered_to": service.offered_to,
        "registered": registration(&service.registration),
        "proposed": service.proposal.as_ref().map(registration),
    })
}

/// What is registered, or proposed.
pub(crate) fn registration(of: &Registration) -> Value {
    let data: Vec<Value> =
        of.data.iter().map(|one| json!({ "datum": one.datum.name(), "reason": one.reason })).collect();
    let secrets: Vec<Value> = of
        .secrets
        .iter()
        .map(|secret| json!({ "created": moment(secret.created), "expires": secret.expires.map(moment) }))
        .collect();
    let months = of.max_identity_age.map(|age| if age > Span::days(365) { 24 } else { 12 });
    let grants: Vec<&str> = of.grant_types.iter().copied().map(GrantType::name).collect();
    json!({
        "name": of.name,
        "purpose": of.purpose,
        "redirect_uris": of.redirect_uris,
        "min_level": of.min_level.name(),
        "max_identity_age_months": months,
        "data": data,
        "scopes": of.scopes,
        "grant_types": grants,
        "token_endpoint_auth_method": of.authentication.name(),
        "require_pkce": of.require_pkce,
        "id_token_signed_response_alg": of.id_token_alg,
        "post_logout_redirect_uris": of.post_logout_redirect_uris,
        "backchannel_logout_uri": of.backchannel_logout_uri,
        "jwks": of.jwks.as_deref().and_then(|jwks| serde_json::from_str::<Value>(jwks).ok()),
        "jwks_uri": of.jwks_uri,
        "secrets": secrets,
        "paused": of.paused,
    })
}
