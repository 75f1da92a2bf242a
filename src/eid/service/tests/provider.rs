//! A provider of an eID service on this machine: real TLS with client certificates, and whatever answer a test wants.

use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::eid::service::ServiceSettings;
use crate::eid::service::ws_security;
use crate::xml::read::Limits;
use crate::xml::signature::{self, Algorithm, Signer, SigningKey};
use crate::xml::write::Node;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, RsaKeySize};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

/// A certificate with its key.
pub struct Pair {
    pub certificate: CertificateDer<'static>,
    pub certificate_pem: String,
    pub key_pem: String,
    key: Vec<u8>,
}

impl Pair {
    fn of(params: &CertificateParams, key: &KeyPair, issuer: Option<&Issuer<'_, KeyPair>>) -> Self {
        let certificate = match issuer {
            Some(issuer) => params.signed_by(key, issuer),
            None => params.self_signed(key),
        };
        let certificate = certificate.unwrap();
        let (der, pem) = (certificate.der().clone(), certificate.pem());
        Self {
            certificate: der,
            certificate_pem: pem,
            key_pem: key.serialize_pem(),
            key: key.serialize_der(),
        }
    }

    /// A certificate for itself.
    pub fn alone() -> Self {
        Self::of(&CertificateParams::new(Vec::new()).unwrap(), &KeyPair::generate().unwrap(), None)
    }

    pub fn signing(&self, algorithm: Algorithm) -> SigningKey {
        SigningKey::new(algorithm, &self.key, &self.certificate).unwrap()
    }
}

/// The certificates of both sides. RSA keys take long: all tests share them.
pub struct Pki {
    authority: Pair,
    server: Pair,
    pub client: Pair,
    pub town: Pair,
    pub provider: Pair,
}

pub static PKI: LazyLock<Pki> = LazyLock::new(|| {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let authority = Pair::of(&params, &key, None);
    let issuer = Issuer::new(params, key);
    let leaf = |name: &str| {
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        Pair::of(&params, &KeyPair::generate().unwrap(), Some(&issuer))
    };
    let rsa = || {
        let key = KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        Pair::of(&CertificateParams::new(Vec::new()).unwrap(), &key, None)
    };
    Pki { authority, server: leaf("127.0.0.1"), client: leaf("town.example"), town: rsa(), provider: rsa() }
});

/// What a provider does with a request.
pub enum Reply {
    /// Answers with a status and a text.
    Http(u16, String),
    /// Waits before that.
    Slow(Duration),
    /// Breaks off in the middle of an answer.
    Half,
    /// Closes without an answer.
    Gone,
}

/// What the provider was asked: the SOAP action and the text, whose signature it has verified.
pub struct Request {
    pub action: String,
    pub body: String,
}

type Script = Box<dyn FnOnce(&Request) -> Reply + Send>;

/// The provider at work.
pub struct Provider {
    pub port: u16,
    script: Arc<Mutex<VecDeque<Script>>>,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Provider {
    pub fn new() -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(PKI.authority.certificate.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let key = PrivateKeyDer::try_from(PKI.server.key.clone()).unwrap();
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier.build().unwrap())
            .with_single_cert(vec![PKI.server.certificate.clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let provider = Self {
            port: listener.local_addr().unwrap().port(),
            script: Arc::default(),
            asked: Arc::default(),
        };
        let (script, asked, config) =
            (Arc::clone(&provider.script), Arc::clone(&provider.asked), Arc::new(config));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // A client whom TLS does not let in is none.
                let _served = serve(stream.unwrap(), &config, &script, &asked);
            }
        });
        provider
    }

    /// What to do next, after what was said before.
    pub fn then(&self, script: impl FnOnce(&Request) -> Reply + Send + 'static) -> &Self {
        self.script.lock().unwrap().push_back(Box::new(script));
        self
    }

    /// Answers with a signed message of an instant.
    pub fn signed(&self, content: &Node, at: Timestamp) -> &Self {
        let text = sign(content, at);
        self.then(move |_request| Reply::Http(200, text))
    }

    /// The counters of the results asked for so far.
    pub fn counters(&self) -> Vec<i32> {
        let asked = self.asked.lock().unwrap();
        let counter = |request: &Request| {
            let rest = request.body.split("RequestCounter>").nth(1)?;
            rest.split('<').next()?.parse().ok()
        };
        asked.iter().filter_map(counter).collect()
    }

    /// The actions so far.
    pub fn actions(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|request| request.action.clone()).collect()
    }

    /// Settings for it.
    pub fn settings(&self) -> ServiceSettings {
        ServiceSettings {
            address: format!("https://127.0.0.1:{}/eid?x=1", self.port),
            tls_certificate: PKI.client.certificate_pem.clone(),
            tls_key: Secret::new(PKI.client.key_pem.clone()),
            server_anchors: PKI.authority.certificate_pem.clone(),
            signing_certificate: PKI.town.certificate_pem.clone(),
            signing_key: Secret::new(PKI.town.key_pem.clone()),
            provider_certificates: format!(
                "{}{}",
                Pair::alone().certificate_pem,
                PKI.provider.certificate_pem
            ),
            algorithm: Algorithm::RsaSha256,
            paos_address: Some("https://eid.example/paos".to_owned()),
            token_address: None,
            asks_level: true,
        }
    }
}

/// A message of the provider.
pub fn sign(content: &Node, at: Timestamp) -> String {
    ws_security::sign(content, &PKI.provider.signing(Algorithm::RsaSha256), at).unwrap()
}

fn serve(
    stream: TcpStream,
    config: &Arc<ServerConfig>,
    script: &Mutex<VecDeque<Script>>,
    asked: &Mutex<Vec<Request>>,
) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let connection = ServerConnection::new(Arc::clone(config)).map_err(std::io::Error::other)?;
    let mut tls = StreamOwned::new(connection, stream);
    let request = read_request(&mut tls)?;
    let signers = [Signer::from_certificate(&PKI.town.certificate).unwrap()];
    signature::verify(request.body.as_bytes(), Limits::MESSAGE, &signers).map_err(std::io::Error::other)?;
    let next = script.lock().unwrap().pop_front();
    let reply = next.map_or(Reply::Gone, |script| script(&request));
    asked.lock().unwrap().push(request);
    match reply {
        Reply::Gone => return Ok(()),
        Reply::Slow(pause) => {
            let (_sender, receiver) = std::sync::mpsc::channel::<()>();
            let _over = receiver.recv_timeout(pause);
            return Ok(());
        }
        Reply::Half => tls.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n<half")?,
        Reply::Http(status, text) => {
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n",
                text.len()
            );
            tls.write_all(head.as_bytes())?;
            tls.write_all(text.as_bytes())?;
        }
    }
    tls.flush()?;
    tls.conn.send_close_notify();
    tls.flush()
}

fn read_request(stream: &mut impl Read) -> std::io::Result<Request> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    assert!(head.starts_with("post /eid?x=1 http/1.1\r\n"), "{head}");
    let header =
        |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("").trim().to_owned();
    assert_eq!(header("content-type:"), "text/xml; charset=utf-8");
    let mut body = vec![0; header("content-length:").parse().unwrap()];
    stream.read_exact(&mut body)?;
    Ok(Request { action: header("soapaction:"), body: String::from_utf8(body).unwrap() })
}
