//! The listener for customers of our eID-Server: mutual TLS with a certificate of the town's CA, and nothing behind it
//! but the SOAP interface.

use super::data_directory::{Boot, Tls};
use super::setup::HouseFault;
use super::tls::{self, Current};
use crate::eid::endpoints::soap;
use crate::eid::facade::{self, Facade};
use crate::http::Appliance;
use actix_web::dev::Server;
use actix_web::http::KeepAlive;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

/// A handshake, and then a request, must have arrived within this time.
const PATIENCE: Duration = Duration::from_secs(10);
/// Customers are few, and each asks every few seconds.
const WORKERS: usize = 2;
/// Connections of one worker at once.
const CONNECTIONS: usize = 128;
/// Handshakes of one worker at once: what a stranger can occupy.
const HANDSHAKES: usize = 32;
/// How long a stopping listener waits for requests that it has begun to answer.
const SHUTDOWN_SECONDS: u64 = 5;

/// The listener at work.
pub struct EidService {
    /// Serves as long as it is awaited.
    pub server: Server,
    /// Where it listens.
    pub address: SocketAddr,
    /// Its certificate, and when to replace it.
    pub certificate: Current,
}

/// Starts to serve customers.
///
/// # Errors
/// [`HouseFault`]: in a real house, or without keys.
pub fn start(listener: TcpListener, boot: &Boot, app: &Data<Appliance>) -> Result<EidService, HouseFault> {
    let broken = |why: &dyn std::fmt::Display| HouseFault::Broken(format!("the eID service: {why}"));
    let address = listener.local_addr().map_err(|why| broken(&why))?;
    let certificate = tls::load(&own(boot), app, app.now())?;
    let certificate = certificate.ok_or_else(|| broken(&"it has no certificate"))?;
    let facade = Data::new(Facade::open(app).map_err(|why| broken(&why))?);
    let resolver = Arc::clone(&certificate.0);
    let config = facade::tls::config(resolver, facade.clone().into_inner(), app.clone().into_inner());
    let config = config.map_err(|why| broken(&why))?;
    let app = app.clone();
    let server = HttpServer::new(move || {
        App::new().app_data(app.clone()).app_data(facade.clone()).configure(soap::configure)
    })
    .disable_signals()
    .workers(WORKERS)
    .max_connections(CONNECTIONS)
    .max_connection_rate(HANDSHAKES)
    // Each request shows its certificate: who is no customer any more does not go on over an old connection.
    .keep_alive(KeepAlive::Disabled)
    .client_request_timeout(PATIENCE)
    .shutdown_timeout(SHUTDOWN_SECONDS)
    .listen_rustls_0_23(listener, config)
    .map_err(|why| broken(&why))?;
    Ok(EidService { server: server.run(), address, certificate })
}

/// The boot file as it counts for this listener: its certificate is the town CA's, whatever people's browsers see.
pub(super) fn own(boot: &Boot) -> Boot {
    Boot { tls: Tls::LocalCa, ..boot.clone() }
}
