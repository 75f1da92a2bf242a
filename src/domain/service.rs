//! A service: what its owner registered, and the one place where a return address is found good.

use super::assurance::Level;
use super::attribute::Datum;
use super::id::ServiceId;
use super::secret::BearerHash;
use super::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How a service proves itself at the token endpoint (OpenID Connect Core §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthentication {
    /// A public client: PKCE only.
    None,
    /// HTTP Basic.
    ClientSecretBasic,
    /// In the form.
    ClientSecretPost,
    /// A signed assertion (RFC 7523).
    PrivateKeyJwt,
}

impl ClientAuthentication {
    /// All methods.
    pub const ALL: [Self; 4] =
        [Self::None, Self::ClientSecretBasic, Self::ClientSecretPost, Self::PrivateKeyJwt];
    /// The registered name (RFC 7591 §2).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }
    /// Reads [`ClientAuthentication::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}

/// Grants a service may use (RFC 6749).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// §4.1
    AuthorizationCode,
    /// §6
    RefreshToken,
    /// §4.4
    ClientCredentials,
}

impl GrantType {
    /// All grants.
    pub const ALL: [Self; 3] = [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials];
    /// The registered name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
        }
    }
    /// Reads [`GrantType::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.name() == name)
    }
}

/// Which subject identifier a service sees (OpenID Connect Core §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectType {
    /// Its own, which no other service can compare.
    Pairwise,
    /// One shared by all services that registered so.
    Public,
}

/// One datum which a service wants, with the reason that residents read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatumWanted {
    /// What.
    pub datum: Datum,
    /// Why, in the service's words; empty where the catalogue's own words serve.
    pub reason: String,
}

/// A client secret: hash only, with its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSecret {
    /// SHA-256 in lower-case hex.
    pub sha256: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it stops working, if it does.
    pub expires: Option<Timestamp>,
}

/// Everything an owner registers; kept as one JSON text which SQL never looks into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// The name residents read.
    pub name: String,
    /// The office behind it.
    #[serde(default)]
    pub office: String,
    /// Icon key of the stylesheet (`car`, `book`, …).
    #[serde(default)]
    pub icon: String,
    /// Why it needs the data, in one sentence.
    #[serde(default)]
    pub purpose: String,
    /// Where answers may go; compared character by character.
    pub redirect_uris: Vec<String>,
    /// Where a log-out may end.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    /// Where log-outs are announced (OpenID Connect Back-Channel Logout).
    #[serde(default)]
    pub backchannel_logout_uri: Option<String>,
    /// How it proves itself.
    pub authentication: ClientAuthentication,
    /// Its secrets; several while one is being rotated.
    #[serde(default)]
    pub secrets: Vec<ClientSecret>,
    /// Its public keys as JWKS text, for `private_key_jwt`.
    #[serde(default)]
    pub jwks: Option<String>,
    /// Or where they are published, so that it can change them on its own.
    #[serde(default)]
    pub jwks_uri: Option<String>,
    /// JOSE name of the signature algorithm of its ID tokens.
    pub id_token_alg: String,
    /// Grants it may use.
    pub grant_types: BTreeSet<GrantType>,
    /// Subject identifiers it sees.
    pub subject_type: SubjectType,
    /// Services of one sector share a pseudonym; by default each is its own.
    #[serde(default)]
    pub sector: Option<String>,
    /// Whether a code without PKCE is refused; public clients always.
    pub require_pkce: bool,
    /// The least level of assurance.
    pub min_level: Level,
    /// How old an identity check may be.
    #[serde(default)]
    pub max_identity_age: Option<Span>,
    /// Scopes it may ask.
    pub scopes: BTreeSet<String>,
    /// Data it may ask.
    pub data: Vec<DatumWanted>,
    /// A service of the demo.
    #[serde(default)]
    pub demo: bool,
}

/// A registered service.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its id, which is also its `client_id`.
    pub id: ServiceId,
    /// What its owner registered.
    pub registration: Registration,
    /// Paused services are refused politely.
    pub active: bool,
    /// Since when.
    pub created: Timestamp,
}

/// A registered address to send an answer to. Made by [`Service::return_address`] only (and by the store from
/// what was such an address when it was saved): who holds one has checked it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnAddress(String);

impl ReturnAddress {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Read back from the store; `tests/tidy.rs` allows the call only there.
    #[must_use]
    pub(crate) fn from_book(text: String) -> Self {
        Self(text)
    }
}

impl Service {
    /// The registered address equal to `asked`: RFC 9700 §2.1, exact comparison; only for loopback addresses
    /// of native apps the port is free (RFC 8252 §7.3).
    #[must_use]
    pub fn return_address(&self, asked: &str) -> Option<ReturnAddress> {
        let is = |known: &String| {
            known == asked || (self.is_public() && loopback_without_port(known, asked).unwrap_or(false))
        };
        self.registration.redirect_uris.iter().any(is).then(|| ReturnAddress(asked.to_owned()))
    }
    /// The registered post-logout address equal to `asked`.
    #[must_use]
    pub fn post_logout_address(&self, asked: &str) -> Option<ReturnAddress> {
        let known = &self.registration.post_logout_redirect_uris;
        known.iter().any(|known| known == asked).then(|| ReturnAddress(asked.to_owned()))
    }
    /// A client without a secret.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.registration.authentication == ClientAuthentication::None
    }
    /// Whether `presented` is one of its secrets which are alive. Looks at all of them.
    #[must_use]
    pub fn knows_secret(&self, presented: &str, now: Timestamp) -> bool {
        let hash = hex(&BearerHash::of(presented).0);
        let mut found = false;
        for secret in &self.registration.secrets {
            let same =
                aws_lc_rs::constant_time::verify_slices_are_equal(secret.sha256.as_bytes(), hash.as_bytes());
            found |= same.is_ok() & secret.expires.is_none_or(|end| now < end);
        }
        found
    }
    /// The sector of its pseudonyms.
    #[must_use]
    pub fn sector(&self) -> String {
        self.registration.sector.clone().unwrap_or_else(|| self.id.to_string())
    }
}

/// Lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        for nibble in [byte >> 4, byte & 15] {
            out.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
        out
    })
}

/// Both are `http` on the same loopback literal and differ in the port at most; all else is compared as text.
fn loopback_without_port(known: &str, asked: &str) -> Option<bool> {
    let split = |text: &'_ str| -> Option<(String, String)> {
        for host in ["127.0.0.1", "[::1]"] {
            let Some(rest) = text.strip_prefix("http://").and_then(|rest| rest.strip_prefix(host)) else {
                continue;
            };
            let rest = match rest.strip_prefix(':') {
                Some(rest) => {
                    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                    rest[..digits].parse::<u16>().ok().filter(|port| *port > 0)?;
                    &rest[digits..]
                }
                None => rest,
            };
            return (rest.is_empty() || rest.starts_with(['/', '?'])).then(|| (host.into(), rest.into()));
        }
        None
    };
    Some(split(known)? == split(asked)?)
}

/// Why an address can not be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongAddress {
    /// Not a URL at all.
    #[error("is not an absolute address; write it as https://…")]
    NotAbsolute,
    /// More than 2048 characters.
    #[error("is longer than 2048 characters")]
    TooLong,
    /// RFC 6749 §3.1.2: no fragment.
    #[error("has a fragment (#…); remove it")]
    Fragment,
    /// A user or a password in the address.
    #[error("has a user name or password in it; remove it")]
    UserInfo,
    /// `http` beyond this machine.
    #[error("uses http; use https (http is only for localhost while developing)")]
    PlainHttp,
    /// A scheme which browsers interpret, or one without a dot (RFC 8252 §7.1).
    #[error(
        "uses a scheme that is not allowed; apps use a scheme with a dot, like com.example.app:/callback"
    )]
    Scheme,
    /// Wildcards, white space, control characters.
    #[error("has a character that is not allowed in an address (blank, *, or not ASCII)")]
    Character,
}

/// Checks an address before it is registered. RFC 9700 §2.1, RFC 8252 §7.
pub fn check_redirect_uri(text: &str) -> Result<(), WrongAddress> {
    if text.len() > 2048 {
        return Err(WrongAddress::TooLong);
    }
    if !text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'*' | b'\\' | b'"' | b'<' | b'>')) {
        return Err(WrongAddress::Character);
    }
    let Ok(url) = url::Url::parse(text) else { return Err(WrongAddress::NotAbsolute) };
    if text.contains('#') {
        return Err(WrongAddress::Fragment);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(WrongAddress::UserInfo);
    }
    match url.scheme() {
        "https" if url.host().is_some() => Ok(()),
        "http" if matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) => Ok(()),
        "http" => Err(WrongAddress::PlainHttp),
        scheme if scheme.contains('.') => Ok(()),
        _ => Err(WrongAddress::Scheme),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(public: bool, addresses: &[&str]) -> Service {
        Service {
            id: ServiceId::from_bytes([1; 16]),
            active: true,
            created: Timestamp(0),
            registration: Registration {
                name: "Stadtbibliothek".into(),
                office: String::new(),
                icon: String::new(),
                purpose: String::new(),
                redirect_uris: addresses.iter().map(|&address| address.into()).collect(),
                post_logout_redirect_uris: Vec::new(),
                backchannel_logout_uri: None,
                authentication: if public {
                    ClientAuthentication::None
                } else {
                    ClientAuthentication::ClientSecretBasic
                },
                secrets: Vec::new(),
                jwks: None,
                jwks_uri: None,
                id_token_alg: "ES256".into(),
                grant_types: BTreeSet::new(),
                subject_type: SubjectType::Pairwise,
                sector: None,
                require_pkce: true,
                min_level: Level::Low,
                max_identity_age: None,
                scopes: BTreeSet::new(),
                data: Vec::new(),
                demo: false,
            },
        }
    }

    #[test]
    fn return_addresses_are_compared_character_by_character() {
        let service = service(false, &["https://app.example/cb", "http://127.0.0.1/cb"]);
        assert!(service.return_address("https://app.example/cb").is_some());
        for other in [
            "https://app.example/cb/",
            "https://app.example/cb?x=1",
            "https://app.example/CB",
            "HTTPS://app.example/cb",
            "https://APP.example/cb",
            "https://app.example:443/cb",
            "https://app.example/./cb",
            "https://app.example/%63b",
            "https://app.example/cb#",
            "https://app.example@evil.example/cb",
            "https://evil.example/cb",
            "http://app.example/cb",
            " https://app.example/cb",
            "http://127.0.0.1:5000/cb",
            "",
        ] {
            assert!(service.return_address(other).is_none(), "{other}");
        }
    }

    #[test]
    fn only_native_loopback_has_a_free_port() {
        let service = service(true, &["http://127.0.0.1/cb", "http://[::1]:1/cb", "http://localhost/cb"]);
        for good in ["http://127.0.0.1:5000/cb", "http://127.0.0.1/cb", "http://[::1]:65535/cb"] {
            assert!(service.return_address(good).is_some(), "{good}");
        }
        for bad in [
            "http://127.0.0.1:5000/other",
            "http://127.0.0.1:0/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1:5000@evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "https://127.0.0.1:5000/cb",
            "http://localhost:5000/cb",
        ] {
            assert!(service.return_address(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn what_may_be_registered() {
        for good in [
            "https://app.example/cb?x=1",
            "http://localhost:3000/",
            "http://127.0.0.1/cb",
            "com.example.app:/callback",
        ] {
            assert_eq!(check_redirect_uri(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("/cb", WrongAddress::NotAbsolute),
            ("http://app.example/", WrongAddress::PlainHttp),
            ("https://app.example/#x", WrongAddress::Fragment),
            ("https://u:p@app.example/", WrongAddress::UserInfo),
            ("javascript:alert(1)", WrongAddress::Scheme),
            ("https://*.example/", WrongAddress::Character),
            ("https://app.example/a b", WrongAddress::Character),
            ("https://straße.example/", WrongAddress::Character),
        ] {
            assert_eq!(check_redirect_uri(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn a_secret_ends_when_it_is_said_to_end() {
        let mut service = service(false, &[]);
        let sha256 = hex(&BearerHash::of("secret").0);
        service.registration.secrets =
            vec![ClientSecret { sha256, created: Timestamp(0), expires: Some(Timestamp(10)) }];
        assert!(service.knows_secret("secret", Timestamp(9)));
        assert!(!service.knows_secret("secret", Timestamp(10)));
        assert!(!service.knows_secret("secret ", Timestamp(9)));
    }
}
