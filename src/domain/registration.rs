//! What an owner registers of a service.

use super::assurance::Level;
use super::attribute::Datum;
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
    /// Its owner lets nobody log in for now.
    #[serde(default)]
    pub paused: bool,
    /// A service of the demo.
    #[serde(default)]
    pub demo: bool,
}

impl Registration {
    /// The names of the fields in which another differs; secrets and what only commands set are left out.
    #[must_use]
    pub fn differing(&self, other: &Self) -> Vec<&'static str> {
        let fields = [
            ("name", self.name != other.name),
            ("purpose", self.purpose != other.purpose),
            ("redirect_uris", self.redirect_uris != other.redirect_uris),
            ("min_level", self.min_level != other.min_level),
            ("max_identity_age", self.max_identity_age != other.max_identity_age),
            ("data", self.data != other.data),
            ("authentication", self.authentication != other.authentication),
            ("require_pkce", self.require_pkce != other.require_pkce),
            ("grant_types", self.grant_types != other.grant_types),
            ("post_logout_redirect_uris", self.post_logout_redirect_uris != other.post_logout_redirect_uris),
            ("backchannel_logout_uri", self.backchannel_logout_uri != other.backchannel_logout_uri),
            ("id_token_alg", self.id_token_alg != other.id_token_alg),
            ("jwks", self.jwks != other.jwks),
            ("jwks_uri", self.jwks_uri != other.jwks_uri),
            ("paused", self.paused != other.paused),
        ];
        fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
    }

    /// Whether it asks residents for something that `other` does not ask.
    #[must_use]
    pub fn asks_more_than(&self, other: &Self) -> bool {
        self.data.iter().any(|wanted| other.data.iter().all(|known| known.datum != wanted.datum))
    }
}
