//! `torhaus service`: registering services from the machine.

use super::Where;
use super::out::{Failure, json, line};
use crate::domain::assurance::Level;
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::id::ServiceId;
use crate::domain::registration::{ClientAuthentication, GrantType, SubjectType};
use crate::domain::service::{Service, Standing};
use crate::http::Appliance;
use crate::oidc::registration::{self, Wish};
use crate::store::{self, Fault};
use clap::{Args, Subcommand};
use std::collections::BTreeSet;
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum Command {
    /// Register a service.
    Add(Box<Add>),
    /// List services.
    List {
        #[command(flatten)]
        place: Where,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show a service.
    Show {
        #[command(flatten)]
        place: Where,
        /// Its client_id.
        client_id: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Remove a service with everything people granted it.
    Remove {
        #[command(flatten)]
        place: Where,
        /// Its client_id.
        client_id: String,
    },
    /// Give a service a new secret.
    RotateSecret {
        #[command(flatten)]
        place: Where,
        /// Its client_id.
        client_id: String,
        /// For how many hours the old secret still works.
        #[arg(long, default_value_t = 0)]
        overlap_hours: u32,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Flags as contract.md has them.
#[derive(Args)]
pub struct Add {
    #[command(flatten)]
    place: Where,
    /// The name residents read.
    #[arg(long)]
    name: String,
    /// Where answers may go; repeatable.
    #[arg(long, value_name = "URI")]
    redirect_uri: Vec<String>,
    /// An app or page without a secret.
    #[arg(long)]
    public: bool,
    /// A scope it may ask; repeatable.
    #[arg(long)]
    scope: Vec<String>,
    /// RS256, ES256, PS256 or EdDSA.
    #[arg(long, default_value = "RS256")]
    id_token_signed_response_alg: String,
    /// authorization_code, refresh_token, client_credentials; repeatable.
    #[arg(long)]
    grant_type: Vec<String>,
    /// basic, low, substantial or high.
    #[arg(long, default_value = "low")]
    min_assurance: String,
    /// Where a log-out may end; repeatable.
    #[arg(long, value_name = "URI")]
    post_logout_redirect_uri: Vec<String>,
    /// Where log-outs are announced.
    #[arg(long, value_name = "URI")]
    backchannel_logout_uri: Option<String>,
    /// client_secret_basic, client_secret_post, private_key_jwt or none.
    #[arg(long)]
    token_endpoint_auth_method: Option<String>,
    /// Its public keys, a JWKS file.
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// Where it publishes them, instead.
    #[arg(long, value_name = "URI")]
    jwks_uri: Option<String>,
    /// pairwise or public.
    #[arg(long, default_value = "pairwise")]
    subject_type: String,
    /// Do not insist on PKCE.
    #[arg(long)]
    no_pkce: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Command {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(),
            Self::List { place, json } => list(&place, json),
            Self::Show { place, client_id, json: as_json } => {
                let house = place.open()?;
                show(&find(&client_id, &house.appliance)?, as_json);
                Ok(())
            }
            Self::Remove { place, client_id } => remove(&place, &client_id),
            Self::RotateSecret { place, client_id, overlap_hours, json } => {
                rotate(&place, &client_id, overlap_hours, json)
            }
        }
    }
}

impl Add {
    fn run(self) -> Result<(), Failure> {
        let wish = self.wish()?;
        let house = self.place.open()?;
        let app = &house.appliance;
        let registered = registration::register(&wish, Actor::Command, app)?;
        let secret = registered.secret.as_ref().map(crate::domain::secret::Bearer::expose);
        let id = registered.service.id;
        if self.json {
            let mut out = serde_json::json!({ "client_id": id, "issuer": app.origin });
            if let Some(secret) = secret {
                out["client_secret"] = secret.into();
            }
            json(&out);
        } else {
            line(&format!("client_id      {id}"));
            if let Some(secret) = secret {
                line(&format!("client_secret  {secret}   (shown this once)"));
            }
            line(&format!("issuer         {}", app.origin));
        }
        Ok(())
    }

    fn wish(&self) -> Result<Wish, Failure> {
        let wrong = |flag: &str, value: &str, known: &str| {
            Failure::Use(format!("--{flag} {value:?}: unknown; known are {known}"))
        };
        let method = match (&self.token_endpoint_auth_method, self.public) {
            (None, false) => ClientAuthentication::ClientSecretBasic,
            (None, true) => ClientAuthentication::None,
            (Some(name), public) => {
                let known = "client_secret_basic, client_secret_post, private_key_jwt, none";
                let method = ClientAuthentication::parse(name)
                    .ok_or_else(|| wrong("token-endpoint-auth-method", name, known))?;
                if public && method != ClientAuthentication::None {
                    return Err(Failure::Use(format!(
                        "--public and --token-endpoint-auth-method {name}: a public service has no secret; leave one out"
                    )));
                }
                method
            }
        };
        let grants = self.grant_type.iter().map(|name| {
            let known = "authorization_code, refresh_token, client_credentials";
            GrantType::parse(name).ok_or_else(|| wrong("grant-type", name, known))
        });
        let mut grant_types = grants.collect::<Result<BTreeSet<_>, _>>()?;
        if grant_types.is_empty() {
            grant_types.insert(GrantType::AuthorizationCode);
        }
        let level = &self.min_assurance;
        let mut scopes: BTreeSet<String> = self.scope.iter().cloned().collect();
        if grant_types.contains(&GrantType::AuthorizationCode) {
            scopes.insert("openid".to_owned());
        }
        let jwks = self.jwks.as_ref().map(|file| {
            std::fs::read_to_string(file)
                .map_err(|why| Failure::Use(format!("--jwks {}: {why}", file.display())))
        });
        Ok(Wish {
            redirect_uris: self.redirect_uri.clone(),
            post_logout_redirect_uris: self.post_logout_redirect_uri.clone(),
            backchannel_logout_uri: self.backchannel_logout_uri.clone(),
            authentication: method,
            jwks: jwks.transpose()?,
            jwks_uri: self.jwks_uri.clone(),
            id_token_alg: self.id_token_signed_response_alg.clone(),
            grant_types,
            subject_type: match self.subject_type.as_str() {
                "pairwise" => SubjectType::Pairwise,
                "public" => SubjectType::Public,
                other => return Err(wrong("subject-type", other, "pairwise, public")),
            },
            require_pkce: !self.no_pkce,
            min_level: Level::parse(level)
                .ok_or_else(|| wrong("min-assurance", level, "basic, low, substantial, high"))?,
            scopes,
            ..Wish::new(&self.name)
        })
    }
}

fn find(client_id: &str, app: &Appliance) -> Result<Service, Failure> {
    let id = ServiceId::parse(client_id).map_err(|_wrong| {
        Failure::Use(format!("{client_id:?} is not a client_id; see `torhaus service list`"))
    })?;
    let found = app.store.read(|db| store::service::by_id(id, db))?;
    found.ok_or_else(|| {
        Failure::Failed(format!("there is no service {client_id}; see `torhaus service list`"))
    })
}

fn list(place: &Where, as_json: bool) -> Result<(), Failure> {
    let house = place.open()?;
    let services = house.appliance.store.read(|db| store::service::all(100_000, db))?;
    if as_json {
        json(&services.iter().map(described).collect::<Vec<_>>());
        return Ok(());
    }
    for service in &services {
        let state = match service.standing() {
            Standing::Open => "",
            standing => standing.name(),
        };
        let state = if state.is_empty() { String::new() } else { format!("  ({state})") };
        line(&format!("{}  {}{state}", service.id, service.registration.name));
    }
    Ok(())
}

/// Everything but secrets.
fn described(service: &Service) -> serde_json::Value {
    let registration = &service.registration;
    serde_json::json!({
        "client_id": service.id,
        "name": registration.name,
        "active": service.active,
        "state": service.standing().name(),
        "organisation": service.organisation,
        "redirect_uris": registration.redirect_uris,
        "post_logout_redirect_uris": registration.post_logout_redirect_uris,
        "backchannel_logout_uri": registration.backchannel_logout_uri,
        "jwks_uri": registration.jwks_uri,
        "token_endpoint_auth_method": registration.authentication.name(),
        "grant_types": registration.grant_types.iter().map(|grant| grant.name()).collect::<Vec<_>>(),
        "id_token_signed_response_alg": registration.id_token_alg,
        "subject_type": registration.subject_type,
        "require_pkce": registration.require_pkce,
        "min_assurance": registration.min_level.name(),
        "scopes": registration.scopes,
        "data": registration.data,
        "secrets": registration.secrets.len(),
    })
}

fn show(service: &Service, as_json: bool) {
    let described = described(service);
    if as_json {
        return json(&described);
    }
    for (name, value) in described.as_object().into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        line(&format!("{name:30}{text}"));
    }
}

fn remove(place: &Where, client_id: &str) -> Result<(), Failure> {
    let house = place.open()?;
    let app = &house.appliance;
    let id = find(client_id, app)?.id;
    app.store.write_blocking(app.now().0, move |db| -> Result<(), Fault> {
        if store::service::by_id(id, db)?.is_some() {
            // Before it is gone: its organisation's webhooks hear of it.
            store::audit::append(&Entry::new(Event::ServiceRemoved, Actor::Command).at(id), db)?;
            store::service::remove(id, db)?;
        }
        Ok(())
    })?;
    line(&format!("removed {client_id}"));
    Ok(())
}

fn rotate(place: &Where, client_id: &str, overlap_hours: u32, as_json: bool) -> Result<(), Failure> {
    let house = place.open()?;
    let service = find(client_id, &house.appliance)?;
    if service.registration.secrets.is_empty() {
        return Err(Failure::Use(format!(
            "{client_id} has no secret: it is public, or proves itself with a key"
        )));
    }
    let secret = registration::rotate_secret(&service, overlap_hours, Actor::Command, &house.appliance)?;
    let secret =
        secret.ok_or_else(|| Failure::Failed("the service was changed in between; try again".to_owned()))?;
    if as_json {
        json(&serde_json::json!({ "client_id": service.id, "client_secret": secret.expose() }));
    } else {
        line(&format!("client_secret  {}   (shown this once)", secret.expose()));
    }
    Ok(())
}
