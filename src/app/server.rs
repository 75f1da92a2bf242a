//! Listening and serving, until told to stop; then finishing what was begun.

use super::boot::{self, House};
use super::eid_service::{self, EidService};
use super::rounds::{self, Rounds};
use super::router;
use super::setup::HouseFault;
use super::{tls, trust};
use crate::http::courier::Courier;
use crate::http::{Appliance, uses};
use crate::oidc::backchannel;
use crate::web::visit::Rooms;
use crate::webhook;
use actix_web::HttpServer;
use actix_web::dev::{Server, ServerHandle};
use actix_web::web::Data;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// How long a stopping server waits for requests that it has begun to answer.
const SHUTDOWN_SECONDS: u64 = 20;
/// A client that sends nothing is disconnected after this time. The holder's program of an eID looks for card and PIN
/// in between and need not find its connection closed (TR-03124-1 §2.4.2 lets it resume one).
const IDLE: Duration = Duration::from_secs(75);
/// A request must have arrived within this time.
const REQUEST: Duration = Duration::from_secs(10);

/// A server that runs as long as it is awaited.
pub struct Running {
    /// The appliance, for whoever serves it.
    pub app: Data<Appliance>,
    /// The rooms.
    pub rooms: Data<Rooms>,
    /// Where customers of the eID server are served, if they are.
    pub eid_service: Option<SocketAddr>,
    server: Server,
    /// Customers are served beside it.
    beside: Option<ServerHandle>,
    signals: Signals,
    stop: watch::Sender<bool>,
}

/// What is bound already.
pub struct Listeners {
    /// For people and services.
    pub house: TcpListener,
    /// For customers of the eID server; else it is bound where the boot file says.
    pub eid_service: Option<TcpListener>,
}

impl From<TcpListener> for Listeners {
    fn from(house: TcpListener) -> Self {
        Self { house, eid_service: None }
    }
}

/// Signals that end the server. Listened to from the start: one that comes right after "ready" is not lost.
struct Signals {
    /// systemd: finish what was begun.
    terminate: Signal,
    /// Ctrl-C: somebody waits.
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for one; whether there is time to finish.
    async fn any(&mut self) -> bool {
        tokio::select! {
            _ = self.terminate.recv() => true,
            _ = self.interrupt.recv() => false,
        }
    }
}

/// Binds an address; the message names the remedy.
pub fn bind(address: SocketAddr) -> Result<TcpListener, HouseFault> {
    TcpListener::bind(address).map_err(|why| {
        let remedy = match why.kind() {
            std::io::ErrorKind::AddrInUse => {
                "another program (or another Torhaus) uses this port; stop it, or choose another: `--listen` of the demo, `listen` in torhaus.toml"
            }
            std::io::ErrorKind::PermissionDenied => {
                "ports below 1024 need the right to bind them; run under systemd, or choose another: `--listen` of the demo, `listen` in torhaus.toml"
            }
            _ => "choose an address of this machine: `--listen` of the demo, `listen` in torhaus.toml",
        };
        HouseFault::Broken(format!("can not listen on {address}: {why}; {remedy}"))
    })
}

/// Runs a future on a system of its own, for commands.
pub fn run<F: Future>(future: F) -> F::Output {
    actix_web::rt::System::new().block_on(future)
}

/// Starts to serve a house on bound listeners. `workers` 0: one for each core.
pub fn start(
    house: House,
    listeners: impl Into<Listeners>,
    workers: usize,
    demo_services: Vec<(String, String)>,
) -> Result<Running, HouseFault> {
    let Listeners { house: listener, eid_service } = listeners.into();
    let rooms = Data::new(boot::rooms(&house, demo_services)?);
    let House { appliance, boot, .. } = house;
    let now = appliance.now();
    let app = Data::new(appliance);
    let certificate = tls::load(&boot, &app, now)?;
    tell_of_certificate(certificate.as_ref().map(|(certificate, _)| certificate.as_ref()), &rooms);
    let (appliance, shared) = (app.clone(), rooms.clone());
    let mut server = HttpServer::new(move || router::app(appliance.clone(), shared.clone()))
        .disable_signals()
        .shutdown_timeout(SHUTDOWN_SECONDS)
        .keep_alive(IDLE)
        .client_request_timeout(REQUEST);
    if workers > 0 {
        server = server.workers(workers);
    }
    let io = |why: std::io::Error| HouseFault::Broken(format!("can not listen: {why}"));
    let server = match &certificate {
        Some((certificate, _)) => {
            server.listen_rustls_0_23(listener, tls::config(certificate.clone())?).map_err(io)?
        }
        None => server.listen(listener).map_err(io)?,
    };
    let (stop, stopped) = watch::channel(false);
    match Courier::new(trust::roots(&app)) {
        Ok(courier) => {
            rooms.oidc.client_keys.hire(courier.clone());
            if let Some(outbox) = rooms.oidc.outbox() {
                actix_web::rt::spawn(backchannel::deliver(outbox, courier.clone()));
            }
            actix_web::rt::spawn(webhook::deliver::walk(app.clone().into_inner(), courier, stopped.clone()));
        }
        Err(why) => return Err(HouseFault::Broken(format!("TLS towards services: {why}"))),
    }
    let eid_service =
        eid_service.map_or_else(|| boot.eid_service_listen.map(bind).transpose(), |one| Ok(Some(one)));
    let eid_service = eid_service?.map(|listener| eid_service::start(listener, &boot, &app)).transpose()?;
    let address = eid_service.as_ref().map(|service| service.address);
    let (beside, service_certificate) = eid_service.map(beside).unzip();
    let rounds = Rounds { app: app.clone(), rooms: rooms.clone(), certificate, service_certificate, boot };
    actix_web::rt::spawn(rounds::walk(rounds, stopped));
    let signals = Signals::new().map_err(io)?;
    Ok(Running { app, rooms, eid_service: address, server: server.run(), beside, signals, stop })
}

/// Lets customers be served beside the house.
fn beside(service: EidService) -> (ServerHandle, tls::Current) {
    let handle = service.server.handle();
    actix_web::rt::spawn(service.server);
    (handle, service.certificate)
}

/// Cards are read only over connections whose certificates our eID-Server names.
pub(super) fn tell_of_certificate(certificate: Option<&tls::Certificate>, rooms: &Rooms) {
    if let Some(hash) = certificate.and_then(tls::Certificate::leaf_hash) {
        rooms.makers.reached_by(hash);
    }
}

impl Running {
    /// Stops it from elsewhere.
    #[must_use]
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// Serves until a signal (or [`Running::handle`]) ends it; then everything that was begun is finished and the
    /// store is closed.
    pub async fn serve(mut self) -> Result<(), HouseFault> {
        let handle = self.server.handle();
        let mut server = self.server;
        let ended = tokio::select! {
            ended = &mut server => ended,
            graceful = self.signals.any() => {
                tracing::info!(graceful, "Stopping");
                let (ended, ()) = tokio::join!(server, handle.stop(graceful));
                ended
            }
        };
        if let Some(beside) = self.beside {
            beside.stop(true).await;
        }
        // Nobody listens any more if the rounds have ended on their own.
        let _told = self.stop.send(true);
        if let Err(fault) = uses::keep(&self.app).await {
            tracing::warn!(%fault, "The last uses of services were not written down");
        }
        self.app.store.close();
        ended.map_err(|why| HouseFault::Broken(why.to_string()))
    }
}
