//! The pages as a browser meets them: the whole router over a house with a hand-turned clock, and guests with a
//! jar of cookies and a phone.

mod account;
mod api;
mod api_description;
mod api_refusals;
mod authorisation;
mod card_links;
mod counter;
mod custody;
mod desk;
mod eid_service;
mod hostile;
mod owners;
mod rented;
mod staff;
mod trials;
mod usage;
mod webhooks;

use super::operator::overview::TlsSource;
use super::visit::Rooms;
use crate::app::clock::SystemDice;
use crate::app::router;
use crate::domain::assurance::Policy;
use crate::domain::id::PersonId;
use crate::domain::time::{Clock, Span, Timestamp};
use crate::domain::town::Town;
use crate::eid::{Makers, lab_secret};
use crate::http::Appliance;
use crate::http::address::TrustedProxies;
use crate::http::appliance::Secrets;
use crate::http::limit::Limits;
use crate::passkey::phone::{Manner, Phone};
use crate::passkey::{AttestationTrust, RelyingParty};
use crate::seal::{ApplianceKeys, LookupKey, SharedKeys};
use crate::store::{self, Fault, Store};
use crate::{ca, jose, oidc, paths};
use actix_web::body::to_bytes;
use actix_web::http::header::LOCATION;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web::Data;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, RwLock};

const ORIGIN: &str = "https://id.birkenfurt.example";
const START: Timestamp = Timestamp(1_795_338_840_000);

#[derive(Clone)]
struct Hands(Arc<AtomicI64>);
impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

struct House {
    app: Data<Appliance>,
    rooms: Data<Rooms>,
    hands: Hands,
    folder: std::path::PathBuf,
}

impl Drop for House {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

impl House {
    /// A demo town.
    fn new() -> Self {
        Self::of(true)
    }

    /// A real one: nobody checks identities there yet.
    fn real() -> Self {
        Self::of(false)
    }

    fn of(demo: bool) -> Self {
        let mut name = [0; 16];
        aws_lc_rs::rand::fill(&mut name).unwrap();
        let folder = std::env::temp_dir().join(format!("torhaus-web-{}", crate::domain::service::hex(&name)));
        std::fs::create_dir(&folder).unwrap();
        let key_file = folder.join("appliance.key");
        let keys = ApplianceKeys::create(&key_file, [7; 32]).unwrap();
        let hands = Hands(Arc::new(AtomicI64::new(START.0)));
        let app = Appliance {
            store: Store::temporary().unwrap(),
            keys: SharedKeys::load(&key_file).unwrap(),
            secrets: Secrets {
                pseudonym: LookupKey::new([1; 32]),
                lookup: LookupKey::new([2; 32]),
                csrf: LookupKey::new([3; 32]),
            },
            clock: Box::new(hands.clone()),
            dice: Box::new(SystemDice),
            origin: ORIGIN.to_owned(),
            demo,
            policy: Policy::default(),
            limits: Limits::new(0),
            uses: crate::http::uses::Uses::default(),
            proxies: TrustedProxies::default(),
            town: RwLock::new(Arc::new(Town::default())),
        };
        let authorities = ca::create("Stadt Birkenfurt", &keys, &SystemDice, START).unwrap();
        app.store.write_blocking(START.0, move |db| authorities.keep(db)).unwrap();
        oidc::keys::ensure_key(jose::Algorithm::Es256, &app.store, &app.keys, &SystemDice, START).unwrap();
        let signer = ca::ensure_signer_blocking(&app.store, &app.keys, &SystemDice, START).unwrap();
        let origin = ORIGIN.parse().unwrap();
        let rooms = Rooms {
            passkeys: RelyingParty::new(
                "id.birkenfurt.example",
                "Birkenfurt",
                &origin,
                AttestationTrust::default(),
            )
            .unwrap(),
            makers: Arc::new(Makers {
                demo: demo.then(|| lab_secret::server(&app).unwrap()),
                ..Makers::default()
            }),
            oidc: Arc::new(oidc::Provider::new(&app).unwrap()),
            signer: RwLock::new(Arc::new(signer)),
            demo_services: Vec::new(),
            tls: TlsSource::Off,
            started: START,
        };
        Self { app: Data::new(app), rooms: Data::new(rooms), hands, folder }
    }

    fn pass(&self, span: Span) {
        self.hands.0.fetch_add(span.0, Ordering::SeqCst);
    }

    fn read<T>(&self, job: impl Fn(&store::Read<'_>) -> Result<T, Fault>) -> T {
        self.app.store.read(job).unwrap()
    }

    fn write<T: Send + 'static>(
        &self,
        job: impl Fn(&store::Write<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> T {
        self.app.store.write_blocking(self.app.now().0, job).unwrap()
    }

    /// How often an event stands in the audit.
    fn audited(&self, event: &str) -> usize {
        let rows = self.read(|db| store::audit::after(0, 1000, db));
        rows.iter().filter(|chained| chained.row.event == event).count()
    }

    /// Sweeps what is dead, as the rounds do.
    async fn rounds(&self) {
        crate::app::rounds::sweep(&self.app).await.unwrap();
    }

    fn people(&self) -> Vec<PersonId> {
        self.read(|db| store::person::page(None, 100, db)).into_iter().map(|person| person.id).collect()
    }
}

/// What came back.
struct Came {
    status: u16,
    location: String,
    disposition: String,
    body: String,
}

impl Came {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }
}

/// A browser in somebody's hands.
struct Guest<'h> {
    house: &'h House,
    jar: BTreeMap<String, String>,
    csrf: String,
    phone: Phone,
}

impl<'h> Guest<'h> {
    fn comes(house: &'h House) -> Self {
        Self { house, jar: BTreeMap::new(), csrf: String::new(), phone: Phone::new(Manner::default()) }
    }

    async fn sends(&mut self, request: TestRequest) -> Came {
        let mut request = request.insert_header(("accept-language", "de"));
        for (name, value) in &self.jar {
            request = request.cookie(actix_web::cookie::Cookie::new(name.clone(), value.clone()));
        }
        let service = init_service(router::app(self.house.app.clone(), self.house.rooms.clone())).await;
        let answer = call_service(&service, request.to_request()).await.into_parts().1;
        for cookie in answer.cookies() {
            if cookie.value().is_empty() {
                self.jar.remove(cookie.name());
            } else {
                self.jar.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
        let header = |name| answer.headers().get(name).map_or("", |text| text.to_str().unwrap()).to_owned();
        let (location, disposition) =
            (header(LOCATION), header(actix_web::http::header::CONTENT_DISPOSITION));
        let status = answer.status().as_u16();
        let body = String::from_utf8_lossy(&to_bytes(answer.into_body()).await.unwrap()).into_owned();
        if let Some((_, after)) = body.split_once("<meta name=\"csrf\" content=\"") {
            self.csrf = after.split('"').next().unwrap().to_owned();
        }
        Came { status, location, disposition, body }
    }

    async fn opens(&mut self, path: &str) -> Came {
        self.sends(TestRequest::get().uri(path)).await
    }

    /// A form of the last page.
    async fn posts(&mut self, path: &str, fields: &[(&str, &str)]) -> Came {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("csrf", &self.csrf).extend_pairs(fields);
        let kind = ("content-type", "application/x-www-form-urlencoded");
        self.sends(TestRequest::post().uri(path).insert_header(kind).set_payload(form.finish())).await
    }

    /// The script of the last page.
    async fn calls(&mut self, path: &str, body: &Value) -> Came {
        let request = TestRequest::post().uri(path).insert_header(("x-csrf-token", self.csrf.clone()));
        self.sends(request.insert_header(("accept", "application/json")).set_json(body)).await
    }

    /// Makes a key as a page's script does.
    async fn makes_key(&mut self, options_url: &str, finish_url: &str, fields: Value) -> Came {
        let begun = self.calls(options_url, &json!({})).await;
        if begun.status != 200 {
            return begun;
        }
        let begun = begun.json();
        let credential = self.phone.create(&json!({ "publicKey": begun["publicKey"] }), ORIGIN);
        let mut body = json!({ "ceremony": begun["ceremony"], "credential": credential });
        body.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap_or_default());
        self.calls(finish_url, &body).await
    }

    /// Comes to a door of ours and stands before its sign-in; gives the sign-in's address.
    async fn stands_at(&mut self, door: &str) -> String {
        let sent = self.opens(door).await;
        assert_eq!(sent.status, 303, "{}", sent.body);
        assert!(sent.location.starts_with("/sign-in/"), "{}", sent.location);
        assert_eq!(self.opens(&sent.location).await.status, 200);
        sent.location
    }

    /// Logs in with the phone.
    async fn signs_in(&mut self, door: &str) -> Came {
        let at = self.stands_at(door).await;
        self.signs_in_at(&at, door).await
    }

    /// The same at a sign-in that is open already.
    async fn signs_in_at(&mut self, at: &str, door: &str) -> Came {
        let begun = self.calls(&format!("{at}/passkey/options"), &json!({})).await.json();
        let credential = self.phone.get(&json!({ "publicKey": begun["publicKey"] }), ORIGIN);
        let body = json!({ "ceremony": begun["ceremony"], "credential": credential });
        let came = self.calls(&format!("{at}/passkey"), &body).await;
        if came.status == 200 {
            assert_eq!(self.opens(at).await.location, door);
        }
        came
    }

    /// Lays a demo card on the reader.
    async fn lays_on(&mut self, reader: &str, who: &str) -> Came {
        assert!(reader.starts_with("/demo-card/"), "{reader}");
        assert_eq!(self.opens(reader).await.status, 200);
        self.posts(reader, &[("person", who), ("pin", "123456")]).await
    }

    /// The whole way of somebody new to their account; gives who they are now.
    async fn enrols(&mut self, who: &str) -> PersonId {
        let before = self.house.people();
        let at = self.stands_at(paths::ACCOUNT).await;
        let reader = self.posts(&format!("{at}/identity-checks"), &[("purpose", "enrol")]).await.location;
        let key = self.lays_on(&reader, who).await.location;
        assert_eq!(self.opens(&key).await.status, 200);
        let name = json!({ "device_name": "Handy" });
        let came = self.makes_key(&format!("{key}/options"), &key, name).await;
        assert_eq!(came.status, 200, "{}", came.body);
        assert_eq!(self.opens(&at).await.location, paths::ACCOUNT);
        let people = self.house.people();
        people.into_iter().find(|id| !before.contains(id)).expect("somebody new")
    }
}
