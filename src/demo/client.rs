//! The HTTP client the relying parties bring to `openidconnect`: hyper with rustls, no redirects
//! (an answer that sends a client elsewhere is how server-side requests get steered), one mebibyte
//! and ten seconds at most.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

const LARGEST_ANSWER: usize = 1024 * 1024;
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Why a request brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The other side could not be reached, or TLS failed.
    #[error("no connection")]
    Connect(#[source] hyper_util::client::legacy::Error),
    /// The connection broke while the answer was read.
    #[error("the answer broke off")]
    Body(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The answer is longer than a mebibyte.
    #[error("the answer is too long")]
    TooLong,
    /// No complete answer after ten seconds.
    #[error("no answer in time")]
    Timeout,
}

/// The client; cheap to share, one per service.
pub struct HttpClient {
    inner: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    patience: Duration,
}

impl HttpClient {
    /// Speaks plain HTTP, and HTTPS to servers whose certificate leads to a root in `root_pem`
    /// (one or more PEM certificates). Without roots no HTTPS server is trusted: the demo has
    /// only its own.
    ///
    /// # Errors
    /// `InvalidInput` if `root_pem` holds no readable certificate.
    pub fn new(root_pem: Option<&str>) -> std::io::Result<Self> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(std::io::Error::other)?
            .with_root_certificates(roots(root_pem)?)
            .with_no_client_auth();
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build();
        // No idle connections: a few requests per login, and none may hold up the shutdown of the house.
        let inner = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        Ok(Self { inner, patience: LONGEST_WAIT })
    }

    /// For tests that do not want to wait ten seconds.
    #[cfg(test)]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = request.map(|body| Full::new(Bytes::from(body)));
        let (head, body) = self.inner.request(request).await.map_err(HttpError::Connect)?.into_parts();
        let body = Limited::new(body, LARGEST_ANSWER).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() { HttpError::TooLong } else { HttpError::Body(error) }
        })?;
        Ok(HttpResponse::from_parts(head, body.to_bytes().to_vec()))
    }
}

impl<'c> AsyncHttpClient<'c> for HttpClient {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            tokio::time::timeout(self.patience, self.send(request)).await.unwrap_or(Err(HttpError::Timeout))
        })
    }
}

fn roots(root_pem: Option<&str>) -> std::io::Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    let Some(pem) = root_pem else { return Ok(store) };
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        store.add(certificate.map_err(invalid)?).map_err(invalid)?;
    }
    if store.is_empty() {
        return Err(invalid("the root file holds no certificate"));
    }
    Ok(store)
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidInput, error)
}
