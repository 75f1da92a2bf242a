//! How the house speaks to services on its own: to tell them something, or to ask for their keys.

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::TokioExecutor;
use std::sync::Arc;
use std::time::Duration;

/// How long a service may take to answer.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Speaks to services: plain HTTP to this machine while developing, HTTPS otherwise; follows no redirects.
#[derive(Clone)]
pub struct Courier(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl Courier {
    /// Trusts servers whose certificate leads to one of `roots`.
    ///
    /// # Errors
    /// If the TLS library refuses its own defaults.
    pub fn new(roots: rustls::RootCertStore) -> Result<Self, rustls::Error> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build();
        // No connection outlives its answer: workers have runtimes of their own.
        Ok(Self(Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector)))
    }

    /// Sends a request; who sends it limits the time.
    ///
    /// # Errors
    /// The connection's.
    pub async fn ask(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Error> {
        self.0.request(request).await
    }
}
