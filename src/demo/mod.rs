//! The demo services: three made-up town services that sign people in through the house, each a real
//! OpenID Connect relying party on a listener of its own.
//!
//! Standards: OpenID Connect Core 1.0, Discovery 1.0, RP-Initiated Logout 1.0, PKCE (RFC 7636), issuer
//! identification (RFC 9207). The protocol work is done by the crate `openidconnect`, on purpose not by
//! our own code: the demo proves that a stranger's client can talk to the house.
//!
//! Absent on purpose: any import from another room (HTTP is all that `demo` knows of the house), a
//! store (sessions live in memory and end with the process), refresh tokens, back-channel logout.

mod client;
mod endpoints;
mod pages;
mod random;
mod relying_party;
mod service;
mod sessions;
#[cfg(test)]
mod tests;
mod trouble;

use std::net::TcpListener;
use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::dev::Server;
use actix_web::web::Data;
use actix_web::{App, HttpServer};

pub use endpoints::configure;
pub use service::{
    ClientAuth, Datum, IdTokenAlg, Lang, Registration, SERVICES, Service, Text, post_logout_redirect_uri,
    redirect_uri,
};

use relying_party::RelyingParty;
use sessions::Sessions;

/// How many browsers one service remembers.
const SESSION_LIMIT: usize = 10_000;

/// One running demo service.
pub struct DemoService {
    party: RelyingParty,
    sessions: Mutex<Sessions>,
}

impl DemoService {
    /// Puts a service and its registration together. Nothing is fetched before the first login, so
    /// the provider may still be starting. `root_pem`: further roots to trust, for an issuer on HTTPS.
    ///
    /// # Errors
    /// `InvalidInput` if the issuer is no URL or `root_pem` holds no certificate.
    pub fn new(
        service: &'static Service,
        registration: Registration,
        root_pem: Option<&str>,
    ) -> std::io::Result<Self> {
        let party = RelyingParty::new(service, registration, root_pem)?;
        Ok(Self { party, sessions: Mutex::new(Sessions::new(SESSION_LIMIT)) })
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves one demo service on a listener that is already bound, with one worker. The caller awaits or
/// drops the server; signals are the caller's.
///
/// # Errors
/// What [`DemoService::new`] refuses, or the listener.
pub fn listen(
    service: &'static Service,
    registration: Registration,
    listener: TcpListener,
    root_pem: Option<&str>,
) -> std::io::Result<Server> {
    let running = Data::new(DemoService::new(service, registration, root_pem)?);
    let server = HttpServer::new(move || App::new().configure(|cfg| configure(cfg, running.clone())))
        .workers(1)
        .shutdown_timeout(2)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}
