//! Registering services: one act for commands, the demo and owners' pages. The words are those of OAuth 2.0 client
//! metadata (RFC 7591 §2).

use super::{Fault, claims, keys};
use crate::domain::assurance::Level;
use crate::domain::attribute::Datum;
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::id::{OrganisationId, ServiceId};
use crate::domain::redirect_uri::{WrongAddress, check_redirect_uri};
use crate::domain::registration::{
    ClientAuthentication, ClientSecret, DatumWanted, GrantType, Registration, SubjectType,
};
use crate::domain::secret::{Bearer, BearerHash};
use crate::domain::service::{Service, hex};
use crate::domain::time::{Span, Timestamp};
use crate::http::Appliance;
use crate::{jose, store};
use std::collections::BTreeSet;

/// JOSE names of the algorithms with which ID tokens are signed.
pub const ID_TOKEN_ALGS: [&str; 4] = ["RS256", "ES256", "PS256", "EdDSA"];

/// What somebody wants to register.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The name residents read.
    pub name: String,
    /// The office behind it.
    pub office: String,
    /// Icon key.
    pub icon: String,
    /// Why it needs the data.
    pub purpose: String,
    /// Where answers may go.
    pub redirect_uris: Vec<String>,
    /// Where a log-out may end.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where log-outs are announced.
    pub backchannel_logout_uri: Option<String>,
    /// How it proves itself.
    pub authentication: ClientAuthentication,
    /// Its public keys.
    pub jwks: Option<String>,
    /// Or where they are published.
    pub jwks_uri: Option<String>,
    /// Signature algorithm of its ID tokens.
    pub id_token_alg: String,
    /// Grants.
    pub grant_types: BTreeSet<GrantType>,
    /// Subject identifiers.
    pub subject_type: SubjectType,
    /// Refuse codes without PKCE.
    pub require_pkce: bool,
    /// The least level.
    pub min_level: Level,
    /// How old an identity check may be.
    pub max_identity_age: Option<Span>,
    /// Scopes.
    pub scopes: BTreeSet<String>,
    /// What is wanted of the data behind the scopes, where not all of it.
    pub only: Option<BTreeSet<Datum>>,
    /// Reasons for data, in the service's own words.
    pub reasons: Vec<(Datum, String)>,
    /// A service of the demo.
    pub demo: bool,
}

/// Why a wish can not be granted; each message names the value and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum WrongWish {
    /// No name, or too long.
    #[error("--name {0:?}: give it a name of 1 to 80 characters")]
    Name(String),
    /// No address though it logs people in.
    #[error("at least one --redirect-uri is needed for logging people in")]
    NoAddress,
    /// An address which can not be registered.
    #[error("--{0} {1:?}: {2}")]
    Address(&'static str, String, WrongAddress),
    /// Too many.
    #[error("more than 100 addresses; register several services instead")]
    TooMany,
    /// An unknown scope.
    #[error("--scope {0:?}: unknown; known are {1}")]
    Scope(String, String),
    /// An unknown algorithm.
    #[error("--id-token-signed-response-alg {0:?}: choose RS256, ES256, PS256 or EdDSA")]
    Algorithm(String),
    /// A public client can not be trusted with a grant.
    #[error(
        "a public service can not use the grant client_credentials: it has no secret to prove itself with"
    )]
    PublicGrant,
    /// Keys are needed, or not a key set.
    #[error("--jwks: {0}")]
    Jwks(String),
    /// The address of keys must be https.
    #[error("--jwks-uri {0:?}: must be https (or http on localhost)")]
    JwksUri(String),
    /// The back-channel address must be https.
    #[error("--backchannel-logout-uri {0:?}: must be https (or http on localhost)")]
    Backchannel(String),
    /// We are broken.
    #[error(transparent)]
    House(#[from] Fault),
}

impl From<store::Fault> for WrongWish {
    fn from(fault: store::Fault) -> Self {
        Self::House(fault.into())
    }
}

/// A registered service with the secret which is shown once.
pub struct Registered {
    /// The service.
    pub service: Service,
    /// Its secret, if it has one.
    pub secret: Option<Bearer>,
}

impl Wish {
    /// The usual wish of a confidential web application.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            office: String::new(),
            icon: String::new(),
            purpose: String::new(),
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            backchannel_logout_uri: None,
            authentication: ClientAuthentication::ClientSecretBasic,
            jwks: None,
            jwks_uri: None,
            id_token_alg: "RS256".to_owned(),
            grant_types: BTreeSet::from([GrantType::AuthorizationCode]),
            subject_type: SubjectType::Pairwise,
            require_pkce: true,
            min_level: Level::Low,
            max_identity_age: None,
            scopes: BTreeSet::from(["openid".to_owned()]),
            only: None,
            reasons: Vec::new(),
            demo: false,
        }
    }

    fn check(&self) -> Result<(), WrongWish> {
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > 80 || name.chars().any(char::is_control) {
            return Err(WrongWish::Name(self.name.clone()));
        }
        if self.grant_types.contains(&GrantType::AuthorizationCode) && self.redirect_uris.is_empty() {
            return Err(WrongWish::NoAddress);
        }
        if self.redirect_uris.len() + self.post_logout_redirect_uris.len() > 100 {
            return Err(WrongWish::TooMany);
        }
        let lists = [
            ("redirect-uri", &self.redirect_uris),
            ("post-logout-redirect-uri", &self.post_logout_redirect_uris),
        ];
        for (flag, list) in lists {
            for address in list {
                check_redirect_uri(address).map_err(|why| WrongWish::Address(flag, address.clone(), why))?;
            }
        }
        if let Some(address) = self.backchannel_logout_uri.as_ref().filter(|address| !is_callable(address)) {
            return Err(WrongWish::Backchannel(address.clone()));
        }
        for scope in &self.scopes {
            if !claims::SCOPES.iter().any(|(known, _)| known == scope) {
                let known: Vec<&str> = claims::SCOPES.iter().map(|(known, _)| *known).collect();
                return Err(WrongWish::Scope(scope.clone(), known.join(", ")));
            }
        }
        if self.authentication == ClientAuthentication::None
            && self.grant_types.contains(&GrantType::ClientCredentials)
        {
            return Err(WrongWish::PublicGrant);
        }
        self.check_keys()
    }

    /// Keys as a file or as an address (RFC 7591 §2: not both).
    fn check_keys(&self) -> Result<(), WrongWish> {
        let needed = self.authentication == ClientAuthentication::PrivateKeyJwt;
        match check_keys(self.jwks.as_deref(), self.jwks_uri.as_deref()) {
            Err(WrongKeys::Both) => {
                Err(WrongWish::Jwks("give either --jwks FILE or --jwks-uri URI, not both".into()))
            }
            Err(WrongKeys::Neither) if needed => Err(WrongWish::Jwks(
                "private_key_jwt needs the service's public keys (--jwks FILE or --jwks-uri URI)".into(),
            )),
            Err(WrongKeys::Keys(why)) => Err(WrongWish::Jwks(why)),
            Err(WrongKeys::Uri) => Err(WrongWish::JwksUri(self.jwks_uri.clone().unwrap_or_default())),
            Err(WrongKeys::Neither) | Ok(()) => Ok(()),
        }
    }

    /// The data which its scopes ask, each with its reason.
    fn data(&self) -> Vec<DatumWanted> {
        let asked: BTreeSet<Datum> =
            self.scopes.iter().flat_map(|scope| claims::of_scope(scope)).map(|claim| claim.datum()).collect();
        let reason = |datum: Datum| {
            let own = self.reasons.iter().find(|(known, _)| *known == datum);
            own.map(|(_, reason)| reason.clone()).unwrap_or_default()
        };
        let wanted = |datum: &Datum| self.only.as_ref().is_none_or(|only| only.contains(datum));
        asked.into_iter().filter(wanted).map(|datum| DatumWanted { datum, reason: reason(datum) }).collect()
    }
}

/// Why keys of a service are not taken.
#[derive(Debug, PartialEq, Eq)]
pub enum WrongKeys {
    /// As text and as an address (RFC 7591 §2: not both).
    Both,
    /// None of them.
    Neither,
    /// No set of public keys; why.
    Keys(String),
    /// The address must be https.
    Uri,
}

/// Keys as a text or as an address.
///
/// # Errors
/// [`WrongKeys`].
pub fn check_keys(jwks: Option<&str>, jwks_uri: Option<&str>) -> Result<(), WrongKeys> {
    match (jwks, jwks_uri) {
        (Some(_), Some(_)) => Err(WrongKeys::Both),
        (None, None) => Err(WrongKeys::Neither),
        (Some(text), None) => {
            let set = jose::JwkSet::from_stranger(text.as_bytes());
            set.map(|_| ()).map_err(|why| WrongKeys::Keys(why.to_string()))
        }
        (None, Some(address)) => {
            if is_callable(address) {
                Ok(())
            } else {
                Err(WrongKeys::Uri)
            }
        }
    }
}

/// An address which the house itself may call.
#[must_use]
pub fn is_callable(address: &str) -> bool {
    let http = address.starts_with("https://") || address.starts_with("http://");
    http && check_redirect_uri(address).is_ok()
}

impl Wish {
    /// The service of this wish, with the secret that is shown once; nothing is kept yet. Of the house itself people may
    /// log in at once; an organisation's waits for an operator.
    ///
    /// # Errors
    /// [`WrongWish`].
    pub fn draft(
        &self,
        id: ServiceId,
        organisation: Option<OrganisationId>,
        app: &Appliance,
    ) -> Result<Registered, WrongWish> {
        self.check()?;
        self.algorithm()?;
        let now = app.now();
        let needs_secret = matches!(
            self.authentication,
            ClientAuthentication::ClientSecretBasic | ClientAuthentication::ClientSecretPost
        );
        let secret = needs_secret.then(|| Bearer::draw(app.dice.as_ref()));
        let registration = Registration {
            secrets: secret.iter().map(|secret| kept(secret, now)).collect(),
            ..self.registration()
        };
        let service = Service::new(id, organisation, registration, now);
        Ok(Registered { service, secret })
    }

    /// The signature algorithm of its ID tokens.
    ///
    /// # Errors
    /// [`WrongWish::Algorithm`].
    pub fn algorithm(&self) -> Result<jose::Algorithm, WrongWish> {
        self.id_token_alg.parse().map_err(|_unknown| WrongWish::Algorithm(self.id_token_alg.clone()))
    }

    /// As it is kept, without secrets. Nothing is checked: see [`Wish::draft`].
    #[must_use]
    pub fn registration(&self) -> Registration {
        Registration {
            name: self.name.trim().to_owned(),
            office: self.office.clone(),
            icon: self.icon.clone(),
            purpose: self.purpose.clone(),
            redirect_uris: self.redirect_uris.clone(),
            post_logout_redirect_uris: self.post_logout_redirect_uris.clone(),
            backchannel_logout_uri: self.backchannel_logout_uri.clone(),
            authentication: self.authentication,
            secrets: Vec::new(),
            jwks: self.jwks.clone(),
            jwks_uri: self.jwks_uri.clone(),
            id_token_alg: self.id_token_alg.clone(),
            grant_types: self.grant_types.clone(),
            subject_type: self.subject_type,
            sector: None,
            require_pkce: self.require_pkce || self.authentication == ClientAuthentication::None,
            min_level: self.min_level,
            max_identity_age: self.max_identity_age,
            scopes: self.scopes.clone(),
            data: self.data(),
            paused: false,
            demo: self.demo,
        }
    }
}

/// Makes sure that there is a key for the ID tokens of a wish. Blocks: up to seconds for RSA.
///
/// # Errors
/// [`WrongWish`].
pub fn ready_key(wish: &Wish, app: &Appliance) -> Result<(), WrongWish> {
    keys::ensure_key(wish.algorithm()?, &app.store, &app.keys, app.dice.as_ref(), app.now())?;
    Ok(())
}

/// The same for a named algorithm.
///
/// # Errors
/// [`WrongWish`].
pub fn ready_key_of(alg: &str, app: &Appliance) -> Result<(), WrongWish> {
    ready_key(&Wish { id_token_alg: alg.to_owned(), ..Wish::new("") }, app)
}

/// Registers a service of the house and makes sure that a key for its ID tokens exists. Blocks: for commands and set-up.
///
/// # Errors
/// [`WrongWish`].
pub fn register(wish: &Wish, actor: Actor, app: &Appliance) -> Result<Registered, WrongWish> {
    let registered = wish.draft(ServiceId::draw(app.dice.as_ref()), None, app)?;
    ready_key(wish, app)?;
    let row = registered.service.clone();
    app.store.write_blocking(app.now().0, move |db| -> Result<(), store::Fault> {
        store::service::insert(&row, actor, db)?;
        store::audit::append(&Entry::new(Event::ServiceAdded, actor).at(row.id), db)
    })?;
    Ok(registered)
}

/// A registration with a new secret, which is shown once and ends after `life`, if it does; the old ones stop at once, or
/// after `overlap`.
#[must_use]
pub fn with_new_secret(
    registration: &Registration,
    (overlap, life): (Span, Option<Span>),
    app: &Appliance,
) -> (Registration, Bearer) {
    let now = app.now();
    let secret = Bearer::draw(app.dice.as_ref());
    let mut to = registration.clone();
    let end = now + overlap;
    for old in &mut to.secrets {
        old.expires = Some(old.expires.map_or(end, |known| known.min(end)));
    }
    to.secrets.retain(|old| old.expires.is_none_or(|end| now < end));
    to.secrets.push(ClientSecret { expires: life.map(|life| now + life), ..kept(&secret, now) });
    (to, secret)
}

/// Gives a service a new secret; the old ones stop at once, or after `overlap_hours`.
pub fn rotate_secret(
    service: &Service,
    overlap_hours: u32,
    actor: Actor,
    app: &Appliance,
) -> Result<Option<Bearer>, store::Fault> {
    let overlap = Span::hours(i64::from(overlap_hours));
    let (to, secret) = with_new_secret(&service.registration, (overlap, None), app);
    let from = service.clone();
    let changed = app.store.write_blocking(app.now().0, move |db| -> Result<bool, store::Fault> {
        let changed = store::service::change(&from, &to, actor, db)?;
        if changed {
            store::audit::append(&Entry::new(Event::SecretRotated, actor).at(from.id), db)?;
        }
        Ok(changed)
    })?;
    Ok(changed.then_some(secret))
}

/// Gives a demo service, known from an earlier run, today's addresses and a new secret; `None`: somebody else changed it.
pub fn renew_demo(
    service: &Service,
    (redirect, signed_out): &(String, String),
    app: &Appliance,
) -> Result<Option<Registered>, store::Fault> {
    let now = app.now();
    let mut to = service.registration.clone();
    to.redirect_uris = vec![redirect.clone()];
    to.post_logout_redirect_uris = vec![signed_out.clone()];
    let secret = (!service.registration.secrets.is_empty()).then(|| Bearer::draw(app.dice.as_ref()));
    to.secrets = secret.iter().map(|secret| kept(secret, now)).collect();
    let (from, registration) = (service.clone(), to.clone());
    let changed = app.store.write_blocking(now.0, move |db| -> Result<bool, store::Fault> {
        let changed = store::service::change(&from, &registration, Actor::Command, db)?;
        store::audit::append(&Entry::new(Event::ServiceChanged, Actor::Command).at(from.id), db)?;
        Ok(changed)
    })?;
    let service = Service { registration: to, ..service.clone() };
    Ok(changed.then_some(Registered { service, secret }))
}

fn kept(secret: &Bearer, now: Timestamp) -> ClientSecret {
    let BearerHash(hash) = secret.hash();
    ClientSecret { sha256: hex(&hash), created: now, expires: None }
}
