//! Another town that has its cards read by this one: a customer of its eID service, over mutual TLS.

use super::Town;
use super::http::{Answer, parse};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use torhaus::ca;
use torhaus::domain::secret::Secret;
use torhaus::domain::time::{Clock, Timestamp};
use torhaus::eid::facade::customer::Wish;
use torhaus::eid::facade::kept;
use torhaus::eid::request::Operation;
use torhaus::eid::service::message::{GetResultRequest, SessionId, Started, UseIdRequest, parse_use_id};
use torhaus::eid::service::settings::Algorithm;
use torhaus::eid::service::{ServiceSettings, ws_security};
use torhaus::eid::tc_token::TcToken;
use torhaus::xml::read::{self, Limits};
use torhaus::xml::signature::SigningKey;
use torhaus::xml::write::Node;

/// A certificate for itself, with its key.
pub struct Pair {
    certificate: String,
    key: String,
}

impl Pair {
    // P-256.
    fn make() -> Self {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec!["town.example".to_owned()]).expect("a name");
        let certificate = params.self_signed(&key).expect("a certificate");
        Self { certificate: certificate.pem(), key: key.serialize_pem() }
    }

    fn signing(&self) -> SigningKey {
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).expect("a key");
        let certificate = CertificateDer::from_pem_slice(self.certificate.as_bytes()).expect("a certificate");
        SigningKey::new(Algorithm::EcdsaSha256, key.secret_der(), &certificate).expect("a key that signs")
    }
}

/// The customer.
pub struct Customer<'t> {
    provider: &'t Town,
    /// How it is called.
    pub name: String,
    /// The origin of its pages.
    pub url: String,
    /// Signs its messages.
    pub signing: Pair,
    /// Opens the connection.
    pub tls: Pair,
    written: AtomicU32,
}

impl<'t> Customer<'t> {
    /// Somebody the provider does not know.
    pub fn stranger(provider: &'t Town, name: &str, url: &str) -> Self {
        let (signing, tls) = (Pair::make(), Pair::make());
        let (name, url) = (name.to_owned(), url.to_owned());
        Self { provider, name, url, signing, tls, written: AtomicU32::new(0) }
    }

    /// A customer who may ask everything.
    pub fn of(provider: &'t Town, name: &str, url: &str) -> Self {
        let customer = Self::stranger(provider, name, url);
        customer.joins(&[], 500);
        customer
    }

    /// Becomes a customer who may ask these things (none: all) and have so many sessions.
    pub fn joins(&self, operations: &[Operation], sessions: u32) {
        let wish = Wish {
            name: self.name.clone(),
            url: self.url.clone(),
            signing_certificate: self.signing.certificate.clone(),
            tls_certificate: self.tls.certificate.clone(),
            operations: operations.to_vec(),
            sessions,
        };
        // Beside the running server, as the command does.
        kept::add(&wish, &self.provider.house().appliance).expect("a good customer");
    }

    /// What it enters at home to rent the service.
    pub fn settings(&self) -> ServiceSettings {
        let app = self.provider.house().appliance;
        let signer = kept::signing_key(&app).expect("a key");
        ServiceSettings {
            address: format!("https://localhost:{}/eid-service", self.provider.eid_service_port()),
            tls_certificate: self.tls.certificate.clone(),
            tls_key: Secret::new(self.tls.key.clone()),
            server_anchors: self.anchor(),
            signing_certificate: self.signing.certificate.clone(),
            signing_key: Secret::new(self.signing.key.clone()),
            provider_certificates: ca::certificate_pem(signer.certificate()),
            algorithm: Algorithm::EcdsaSha256,
            paos_address: None,
            token_address: None,
            asks_level: true,
        }
    }

    fn anchor(&self) -> String {
        let app = self.provider.house().appliance;
        app.store.read(|db| Ok(ca::root_pem(db))).expect("a store").expect("a root")
    }

    /// A message, signed now; no two are the same.
    pub fn signs(&self, content: &Node) -> String {
        self.signs_at(content, self.provider.clock.now())
    }

    /// A message, signed at an instant.
    pub fn signs_at(&self, content: &Node, at: Timestamp) -> String {
        let nth = self.written.fetch_add(1, Ordering::Relaxed);
        ws_security::sign_nth(content, &self.signing.signing(), at, nth).expect("a signed message")
    }

    /// Signs a message, sends it and gives the answer.
    pub fn asks(&self, content: &Node) -> Answer {
        self.sends(&self.signs(content)).expect("an answer")
    }

    /// Sends bytes as they are. `None`: the connection was refused.
    pub fn sends(&self, message: &str) -> Option<Answer> {
        self.sends_with(Some(&self.tls), message)
    }

    /// The same with another client certificate, or none.
    pub fn sends_with(&self, tls: Option<&Pair>, message: &str) -> Option<Answer> {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(self.anchor().as_bytes()).expect("a root"))
            .expect("an anchor");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots);
        let config = match tls {
            None => builder.with_no_client_auth(),
            Some(pair) => {
                let chain =
                    CertificateDer::from_pem_slice(pair.certificate.as_bytes()).expect("a certificate");
                let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).expect("a key");
                builder.with_client_auth_cert(vec![chain], key).expect("a pair")
            }
        };
        let port = self.provider.eid_service_port();
        let name = ServerName::try_from("localhost").expect("a name");
        let line = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("a listener");
        line.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
        let connection = ClientConnection::new(Arc::new(config), name).expect("a connection");
        let mut stream = StreamOwned::new(connection, line);
        let head = format!(
            "POST /eid-service HTTP/1.1\r\nhost: localhost:{port}\r\ncontent-type: text/xml; charset=utf-8\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            message.len()
        );
        // Where the message is too long the answer comes before its end.
        let sent = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(message.as_bytes()));
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        if answer.is_empty() {
            assert!(sent.is_err() || read.is_err(), "closed without a word");
            return None;
        }
        Some(parse(&answer))
    }

    /// Opens a session; the answer's signature is somebody else's concern.
    pub fn opens(&self, asked: &UseIdRequest) -> Started {
        let answer = self.asks(&asked.write());
        started(&answer).unwrap_or_else(|| panic!("no session: {}", answer.text()))
    }

    /// `getResult`
    pub fn result(&self, session: &SessionId, counter: i32) -> Answer {
        self.asks(&GetResultRequest { session: session.clone(), counter }.write())
    }

    /// The TC token with which its page would open the holder's program, in the attached model.
    pub fn token(&self, started: &Started) -> TcToken {
        TcToken {
            server_address: started.server_address.clone().expect("an address"),
            session_identifier: started.psk.id.clone(),
            refresh_address: format!("{}/back", self.url),
            communication_error_address: format!("{}/failed", self.url),
            psk: None,
        }
    }
}

/// What a useID answer opened.
fn started(answer: &Answer) -> Option<Started> {
    let text = answer.text();
    let document = read::parse(&text, Limits::MESSAGE).ok()?;
    let envelope = document.root();
    let body = envelope.elements().find(|one| one.name() == "Body")?;
    let only = body.elements().next()?;
    parse_use_id(&only).ok()?.ok()
}

/// The code of a signed answer: the part after `#`, or `ok`.
pub fn code(answer: &Answer) -> String {
    let text = answer.text();
    let inside = |name: &str| {
        let at = text.find(&format!("{name}>"))?;
        text[at + name.len() + 1..].split('<').next().map(str::to_owned)
    };
    let full = inside("ResultMinor").or_else(|| inside("ResultMajor")).or_else(|| inside("faultcode"));
    let full = full.unwrap_or_else(|| panic!("no result: {} {text}", answer.status));
    full.rsplit(['#', ':']).next().unwrap_or_default().to_owned()
}
