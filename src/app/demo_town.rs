//! The demo town: a house of its own kind, three services as real relying parties beside it.

use super::boot;
use super::clock::SystemDice;
use super::data_directory::{Boot, Tls};
use super::server::{self, Listeners};
use super::setup::{self, HouseFault};
use crate::demo::{self, ClientAuth};
use crate::domain::assurance::Level;
use crate::domain::attribute::Datum;
use crate::domain::audit::Actor;
use crate::domain::id::InviteId;
use crate::domain::registration::ClientAuthentication;
use crate::domain::secret::Bearer;
use crate::domain::service::Service;
use crate::domain::staff::Role;
use crate::domain::time::Clock;
use crate::domain::town::Town;
use crate::http::Appliance;
use crate::oidc::claims;
use crate::oidc::registration::{self, Wish, WrongWish};
use crate::store::{self, Fault};
use crate::{ca, paths};
use actix_web::dev::Server;
use serde::Serialize;
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use url::Url;

/// What the demo says of itself in its first line (`--json`).
#[derive(Debug, Serialize)]
pub struct Announcement {
    /// The house.
    pub url: String,
    /// One-time address for an operator.
    pub operator_invite_url: String,
    /// The services.
    pub demo_services: Vec<DemoServiceAddress>,
    /// Where AusweisApp will find the eID server; the demo card needs none.
    pub eid_url: Option<String>,
    /// Where customers of the eID server are served, if they are.
    pub eid_service_url: Option<String>,
    /// Shown once, when the town is made.
    pub recovery_key: Option<String>,
    /// This process.
    pub pid: u32,
    /// Where its data lies.
    pub data_dir: String,
}

/// A demo service.
#[derive(Debug, Serialize)]
pub struct DemoServiceAddress {
    /// Its name.
    pub name: String,
    /// Its address.
    pub url: String,
}

/// Everything that runs.
pub struct DemoTown {
    /// The house.
    pub running: server::Running,
    /// The services.
    pub services: Vec<Server>,
    /// What to say.
    pub announcement: Announcement,
    /// Keeps a second demo off the directory as long as it is open.
    pub occupied: std::fs::File,
}

impl DemoTown {
    /// Serves until a signal ends it; then the services end, too.
    pub async fn serve(self) -> Result<(), HouseFault> {
        let handles: Vec<_> = self.services.iter().map(Server::handle).collect();
        for service in self.services {
            actix_web::rt::spawn(service);
        }
        let ended = self.running.serve().await;
        for handle in handles {
            handle.stop(false).await;
        }
        ended
    }
}

/// Makes or continues the demo town in a directory and starts everything. `listeners` are bound already: their ports
/// are part of the addresses.
pub fn start(directory: &Path, listeners: Listeners, tls: Tls) -> Result<DemoTown, HouseFault> {
    let at =
        |listener: &TcpListener| listener.local_addr().map_err(|why| HouseFault::Broken(why.to_string()));
    let address = at(&listeners.house)?;
    let eid_service_listen = listeners.eid_service.as_ref().map(at).transpose()?;
    let scheme = if tls == Tls::Off { "http" } else { "https" };
    let origin = format!("{scheme}://localhost:{}", address.port());
    let recovery_key = make(directory, &origin, address, tls)?;
    let mut house = boot::open(directory, true)?;
    let occupied = house.directory.occupy()?;
    // A continued demo may listen elsewhere today, and commands read where.
    house.boot = Boot { public_url: origin.clone(), listen: address, tls, eid_service_listen, ..house.boot };
    house.directory.replace_boot(&house.boot)?;
    house.appliance.origin.clone_from(&origin);
    let app = &house.appliance;
    let mut servers = Vec::new();
    let mut addresses = Vec::new();
    let root = match tls {
        Tls::Off => None,
        _ => Some(app.store.read(|db| Ok(ca::root_pem(db)))??),
    };
    for service in &demo::SERVICES {
        let listener = server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let (registration, url) = register(service, &listener, app)?;
        let started = demo::listen(service, registration, listener, root.as_deref())
            .map_err(|why| HouseFault::Broken(format!("the demo service {}: {why}", service.key)))?;
        servers.push(started);
        addresses.push(DemoServiceAddress { name: service.name.de.to_owned(), url });
    }
    let announcement = Announcement {
        url: origin,
        operator_invite_url: invite(Role::Operator, app)?,
        demo_services: addresses,
        eid_url: (tls != Tls::Off).then(|| app.url(paths::EID_PAOS)),
        eid_service_url: house.boot.eid_service_url(),
        recovery_key,
        pid: std::process::id(),
        data_dir: directory.display().to_string(),
    };
    let shown = announcement.demo_services.iter().map(|s| (s.name.clone(), s.url.clone())).collect();
    let running = server::start(house, listeners, 0, shown)?;
    Ok(DemoTown { running, services: servers, announcement, occupied })
}

/// Makes the town's directory, unless it is there. Returns the recovery key of a new one.
fn make(directory: &Path, origin: &str, listen: SocketAddr, tls: Tls) -> Result<Option<String>, HouseFault> {
    let made = super::data_directory::DataDirectory::open(directory);
    if made.is_ok() {
        return Ok(None);
    }
    if !matches!(made, Err(super::data_directory::DirectoryFault::Missing(_))) {
        made?;
    }
    let boot = Boot { demo: true, ..Boot::new(origin, listen, tls) };
    let now = super::clock::SystemClock.now();
    let (_, recovery) = setup::create(directory, &boot, &Town::default(), &SystemDice, now)?;
    Ok(Some(recovery.text.to_string()))
}

/// Registers a demo service for today's address; one of an earlier run is replaced, so that its pseudonyms, which
/// hang on its sector, stay.
fn register(
    service: &'static demo::Service,
    listener: &TcpListener,
    app: &Appliance,
) -> Result<(demo::Registration, String), HouseFault> {
    let port = listener.local_addr().map_err(|why| HouseFault::Broken(why.to_string()))?.port();
    let url = format!("http://localhost:{port}");
    let base_url = Url::parse(&url).map_err(|why| HouseFault::Broken(why.to_string()))?;
    let known = app.store.read(|db| store::service::all(1000, db))?;
    let earlier = known.into_iter().find(|known| is(known, service));
    let registered = match earlier {
        Some(earlier) => {
            let changed = "the demo service was changed by somebody else; start again";
            let renewed = registration::renew_demo(&earlier, &addresses(&base_url), app)?;
            renewed.ok_or_else(|| HouseFault::Broken(changed.to_owned()))?
        }
        None => {
            let wish = wish(service, &base_url);
            registration::register(&wish, Actor::Command, app).map_err(|why| match why {
                WrongWish::House(fault) => fault.into(),
                other => HouseFault::Broken(other.to_string()),
            })?
        }
    };
    let registration = demo::Registration {
        client_id: registered.service.id.to_string(),
        client_secret: registered.secret.map(|secret| secret.expose().to_owned()),
        issuer: app.origin.clone(),
        base_url,
    };
    Ok((registration, url))
}

fn is(known: &Service, service: &demo::Service) -> bool {
    known.registration.demo && known.registration.name == service.name.de
}

fn addresses(base: &Url) -> (String, String) {
    (demo::redirect_uri(base).to_string(), demo::post_logout_redirect_uri(base).to_string())
}

fn wish(service: &'static demo::Service, base: &Url) -> Wish {
    let (redirect, signed_out) = addresses(base);
    let scopes: BTreeSet<String> = service.scopes.iter().map(|&scope| scope.to_owned()).collect();
    let reason = |wanted: &demo::Datum| {
        let data: BTreeSet<Datum> =
            claims::of_scope(wanted.claim).iter().map(|claim| claim.datum()).collect();
        data.into_iter().map(|datum| (datum, wanted.reason.de.to_owned())).collect::<Vec<_>>()
    };
    Wish {
        office: service.office.de.to_owned(),
        icon: match service.key {
            "parking" => "car",
            "library" => "book",
            _ => "",
        }
        .to_owned(),
        purpose: match service.key {
            "parking" => "Der Dienst braucht sie, um Ihren Parkausweis auszustellen.",
            "library" => "Die Bibliothek braucht sie, um zu entscheiden, welche Medien Sie ausleihen können.",
            _ => "Das Bürgerbüro braucht sie, um Ihre Anschrift zu ändern.",
        }
        .to_owned(),
        redirect_uris: vec![redirect],
        post_logout_redirect_uris: vec![signed_out],
        authentication: match service.auth {
            ClientAuth::Basic => ClientAuthentication::ClientSecretBasic,
            ClientAuth::Post => ClientAuthentication::ClientSecretPost,
            ClientAuth::None => ClientAuthentication::None,
        },
        id_token_alg: service.id_token_alg.name().to_owned(),
        min_level: service.acr.and_then(Level::from_acr).unwrap_or(Level::Low),
        scopes,
        reasons: service.data.iter().flat_map(reason).collect(),
        demo: true,
        ..Wish::new(service.name.de)
    }
}

/// Invites a member of staff; the address is shown once.
pub fn invite(role: Role, app: &Appliance) -> Result<String, HouseFault> {
    let (id, secret) = (InviteId::draw(app.dice.as_ref()), Bearer::draw(app.dice.as_ref()));
    let hash = secret.hash();
    app.store.write_blocking(app.now().0, move |db| -> Result<(), Fault> {
        use crate::domain::audit::{Entry, Event};
        store::staff::invite(id, &hash, role, db)?;
        store::audit::append(&Entry::new(Event::StaffInvited, Actor::Command).with("role", role.name()), db)
    })?;
    Ok(app.url(&paths::invite(id, secret.expose())))
}
