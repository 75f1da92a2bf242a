//! HTTP to the service: mutual TLS, one request and one answer, both within limits of time and size.

use super::message::Act;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Request, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;
use std::time::Duration;

/// How long the service may take to answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// How long a connection may take.
const CONNECTING: Duration = Duration::from_secs(5);

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection, or TLS failed.
    #[error("the service can not be reached, or is not the one that is trusted")]
    Connect,
    /// The connection broke.
    #[error("the connection broke before the answer was complete")]
    Broken,
    /// Time is up.
    #[error("no answer in time")]
    Timeout,
    /// Longer than any answer.
    #[error("the answer is longer than any message")]
    TooLong,
    /// Neither an answer nor a SOAP fault.
    #[error("the service answers with HTTP status {0}")]
    Status(u16),
    /// A SOAP fault, whose text nobody signed: it is not looked at.
    #[error("the service answers with a fault")]
    Fault,
}

impl TransportError {
    /// Whether nothing came back that was an answer.
    #[must_use]
    pub const fn is_silence(&self) -> bool {
        matches!(self, Self::Connect | Self::Broken | Self::Timeout)
    }
}

/// The way to one service.
pub(super) struct Transport {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    address: Uri,
    patience: Duration,
}

impl Transport {
    pub(super) fn new(address: Uri, tls: ClientConfig, patience: Duration) -> Self {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_connect_timeout(Some(CONNECTING));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_only()
            .enable_http1()
            .wrap_connector(http);
        // No connection outlives its answer: workers have runtimes of their own.
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        Self { client, address, patience }
    }

    /// Sends a message (SOAP 1.1 §6) and gives the answer's bytes, at most `most` of them.
    pub(super) async fn post(&self, act: Act, message: String, most: usize) -> Result<Bytes, TransportError> {
        let action = HeaderValue::from_str(&format!("\"{}\"", act.soap_action()));
        let mut request = Request::post(self.address.clone())
            .header(CONTENT_TYPE, "text/xml; charset=utf-8")
            .body(Full::new(Bytes::from(message)))
            .map_err(|_why| TransportError::Connect)?;
        request.headers_mut().insert("SOAPAction", action.map_err(|_why| TransportError::Connect)?);
        let exchange = async {
            let answer = self.client.request(request).await.map_err(|why| {
                if why.is_connect() { TransportError::Connect } else { TransportError::Broken }
            })?;
            match answer.status() {
                StatusCode::OK => {}
                StatusCode::INTERNAL_SERVER_ERROR => return Err(TransportError::Fault),
                other => return Err(TransportError::Status(other.as_u16())),
            }
            let body = Limited::new(answer.into_body(), most).collect().await;
            let body = body.map_err(|why| {
                if why.is::<LengthLimitError>() { TransportError::TooLong } else { TransportError::Broken }
            })?;
            Ok(body.to_bytes())
        };
        tokio::time::timeout(self.patience, exchange).await.unwrap_or(Err(TransportError::Timeout))
    }
}
