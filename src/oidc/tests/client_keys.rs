//! Keys of services which are published at an address.

use super::*;
use crate::jose::{JwkSet, SigningKey};
use serde_json::json;
use std::sync::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A service's own server: answers every request with what it was told, and counts.
#[derive(Clone)]
struct Publisher {
    address: String,
    answer: Arc<Mutex<String>>,
    asked: Arc<AtomicU64>,
}

impl Publisher {
    async fn opens() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/jwks", listener.local_addr().unwrap());
        let this = Self { address, answer: Arc::default(), asked: Arc::default() };
        let (answer, asked) = (Arc::clone(&this.answer), Arc::clone(&this.asked));
        actix_web::rt::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut heard = [0; 4096];
                let read = stream.read(&mut heard).await.unwrap();
                assert!(heard[..read].starts_with(b"GET /jwks HTTP/1.1\r\n"));
                asked.fetch_add(1, Ordering::SeqCst);
                let answer = answer.lock().unwrap().clone();
                // Who has heard enough may hang up.
                let _sent = stream.write_all(answer.as_bytes()).await;
            }
        });
        this
    }
    fn says(&self, status: &str, body: &str) {
        *self.answer.lock().unwrap() = format!(
            "HTTP/1.1 {status}\r\nlocation: {}\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
    }
    fn publishes(&self, keys: &[&SigningKey]) {
        self.says("200 OK", &set(keys));
    }
    fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }
}

fn set(keys: &[&SigningKey]) -> String {
    let keys = keys.iter().map(|key| key.public_jwk()).collect();
    serde_json::to_string(&JwkSet::new(keys).unwrap()).unwrap()
}

fn key() -> SigningKey {
    SigningKey::generate(Algorithm::Es256).unwrap()
}

/// As in a server's worker: a look for keys runs on its own beside the request.
fn served(test: impl Future<Output = ()>) {
    actix_web::rt::System::new().block_on(test);
}

struct Office {
    house: House,
    service: Service,
    publisher: Publisher,
    count: AtomicU64,
}

impl Office {
    async fn opens() -> Self {
        let (house, publisher) = (House::new(), Publisher::opens().await);
        house
            .provider
            .client_keys
            .hire(crate::http::courier::Courier::new(rustls::RootCertStore::empty()).unwrap());
        let service = house.registers(Registration {
            authentication: ClientAuthentication::PrivateKeyJwt,
            jwks_uri: Some(publisher.address.clone()),
            ..registration()
        });
        Self { house, service, publisher, count: AtomicU64::new(0) }
    }
    /// A token for an assertion signed by this key.
    async fn tries(&self, key: &SigningKey) -> u16 {
        let (id, now) = (id(&self.service), self.house.app.now().as_seconds());
        let jti = self.count.fetch_add(1, Ordering::SeqCst).to_string();
        let claims = json!({ "iss": id, "sub": id, "aud": ISSUER, "exp": now + 60, "iat": now, "jti": jti });
        let assertion = key.sign("JWT", &claims).unwrap();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &assertion),
        ];
        let (status, body) =
            read(self.house.call(TestRequest::post().uri(paths::TOKEN).set_form(form)).await).await;
        assert!(status == 200 || body["error"] == "invalid_client", "{body}");
        status
    }
}

#[test]
fn a_changed_key_is_noticed_and_an_unknown_one_does_not_hammer() {
    served(async {
        let office = Office::opens().await;
        let (first, second, stranger) = (key(), key(), key());
        office.publisher.publishes(&[&first]);
        for _ in 0..3 {
            assert_eq!(office.tries(&first).await, 200);
        }
        assert_eq!(office.publisher.asked(), 1, "kept");
        office.publisher.publishes(&[&second]);
        assert_eq!(office.tries(&second).await, 401, "not before a minute has passed");
        office.house.pass(Span::minutes(1));
        assert_eq!(office.tries(&second).await, 200);
        assert_eq!(office.tries(&first).await, 401, "withdrawn");
        assert_eq!(office.publisher.asked(), 2);
        office.house.pass(Span::minutes(1));
        for _ in 0..5 {
            assert_eq!(office.tries(&stranger).await, 401);
        }
        assert_eq!(office.publisher.asked(), 3);
        // A withdrawn key is noticed without anybody naming a new one.
        office.publisher.publishes(&[&first]);
        office.house.pass(Span::minutes(10));
        assert_eq!(office.tries(&second).await, 401);
        assert_eq!((office.tries(&first).await, office.publisher.asked()), (200, 4));
    });
}

#[test]
fn a_burst_makes_one_request() {
    served(async {
        let office = Office::opens().await;
        let key = key();
        office.publisher.publishes(&[&key]);
        let all =
            tokio::join!(office.tries(&key), office.tries(&key), office.tries(&key), office.tries(&key));
        assert_eq!((all, office.publisher.asked()), ((200, 200, 200, 200), 1));
    });
}

#[test]
fn the_last_good_keys_outlive_an_address_for_a_day() {
    served(async {
        let office = Office::opens().await;
        let key = key();
        office.publisher.publishes(&[&key]);
        assert_eq!(office.tries(&key).await, 200);
        let good = set(&[&key]);
        let blank = |length| format!("{}{good}", " ".repeat(length - good.len()));
        for (count, (status, body)) in [
            ("500 Oops", good.as_str()),
            ("302 Found", &good),
            ("200 OK", "{\"keys\": 5}"),
            ("200 OK", "<html>"),
            ("200 OK", &blank(64 * 1024 + 1)),
            ("200 OK", r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#),
            ("not HTTP", ""),
        ]
        .into_iter()
        .enumerate()
        {
            office.publisher.says(status, body);
            office.house.pass(Span::hours(1));
            assert_eq!(office.tries(&key).await, 200, "{status} {body:.30}");
            assert_eq!(office.publisher.asked(), count as u64 + 2, "{status}: asked once, followed nowhere");
        }
        office.house.pass(Span::hours(17));
        assert_eq!(office.tries(&key).await, 401, "a day is over");
        // The longest good answer.
        office.publisher.says("200 OK", &blank(64 * 1024));
        office.house.pass(Span::minutes(1));
        assert_eq!(office.tries(&key).await, 200);
    });
}

#[test]
fn without_a_first_answer_nobody_is_proven() {
    served(async {
        let office = Office::opens().await;
        let key = key();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let dead = format!("http://{}/jwks", listener.local_addr().unwrap());
        drop(listener);
        let mut service = office.service.clone();
        service.registration.jwks_uri = Some(dead);
        let now = office.house.app.now();
        assert!(office.house.provider.client_keys.of(&service, None, now).await.is_none());
        // Another address is another matter, at once.
        office.publisher.publishes(&[&key]);
        assert_eq!(office.tries(&key).await, 200);
    });
}
