//! The provider as services and browsers see it: a whole appliance with a hand-turned clock and seeded dice.

mod authorization;
mod client_keys;
mod clients;
mod logging_out;
mod metadata;
mod telling;
mod tokens;

use super::{Provider, endpoints, keys};
use crate::domain::assurance::{IdentityMethod, Level, Policy, Proven};
use crate::domain::attribute::{Address, Datum, Identity, PartialDate};
use crate::domain::audit::Actor;
use crate::domain::consent::Consent;
use crate::domain::dice::{Dice, draw};
use crate::domain::id::{CheckId, PasskeyId, PersonId, ServiceId, SessionId};
use crate::domain::passkey::{Holder, Passkey, PasskeyState};
use crate::domain::person::{Person, PersonState};
use crate::domain::registration::{
    ClientAuthentication, ClientSecret, DatumWanted, GrantType, Registration, SubjectType,
};
use crate::domain::secret::{Bearer, BearerHash};
use crate::domain::service::{Service, hex};
use crate::domain::session::Session;
use crate::domain::sign_in::Means;
use crate::domain::time::{Clock, Span, Timestamp};
use crate::domain::town::Town;
use crate::http::address::TrustedProxies;
use crate::http::appliance::Secrets;
use crate::http::limit::Limits;
use crate::http::session::{Kind, cookie};
use crate::http::{Appliance, Params};
use crate::jose::{Algorithm, Typ, verify};
use crate::paths;
use crate::seal::{ApplianceKeys, LookupKey, SharedKeys};
use crate::store::person::IdentityRecord;
use crate::store::{self, Fault, Store};
use actix_web::body::{BoxBody, to_bytes};
use actix_web::cookie::Cookie;
use actix_web::http::header::{LOCATION, TryIntoHeaderPair};
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web::Data;
use actix_web::{App, HttpResponse, web};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

const ISSUER: &str = "https://id.birkenfurt.example";
const BACK: &str = "https://library.example/cb";
const BYE: &str = "https://library.example/bye";
const SECRET: &str = "a-secret:with+odd/letters";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const START: Timestamp = Timestamp(1_795_338_840_000);

#[derive(Clone)]
struct Hands(Arc<AtomicI64>);
impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// A different but repeatable value for every draw.
struct Seeded(AtomicU64);
impl Dice for Seeded {
    fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let count = self.0.fetch_add(1, Ordering::SeqCst);
            let hash = digest::digest(&digest::SHA256, &count.to_be_bytes());
            chunk.copy_from_slice(&hash.as_ref()[..chunk.len()]);
        }
    }
}

struct House {
    app: Data<Appliance>,
    provider: Data<Provider>,
    hands: Hands,
    folder: std::path::PathBuf,
}

impl Drop for House {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// A resident in a browser.
struct Resident {
    person: PersonId,
    session: SessionId,
    cookie: Cookie<'static>,
}

impl House {
    fn new() -> Self {
        let mut name = [0; 16];
        aws_lc_rs::rand::fill(&mut name).unwrap();
        let folder = std::env::temp_dir().join(format!("torhaus-oidc-{}", hex(&name)));
        std::fs::create_dir(&folder).unwrap();
        let key_file = folder.join("appliance.key");
        ApplianceKeys::create(&key_file, [7; 32]).unwrap();
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
            dice: Box::new(Seeded(AtomicU64::new(0))),
            origin: ISSUER.to_owned(),
            demo: true,
            policy: Policy::default(),
            limits: Limits::new(0),
            uses: crate::http::uses::Uses::default(),
            proxies: TrustedProxies::default(),
            town: std::sync::RwLock::new(Arc::new(Town::default())),
        };
        keys::ensure_key(Algorithm::Es256, &app.store, &app.keys, app.dice.as_ref(), START).unwrap();
        let provider = Data::new(Provider::new(&app).unwrap());
        Self { app: Data::new(app), provider, hands, folder }
    }
    fn pass(&self, span: Span) {
        self.hands.0.fetch_add(span.0, Ordering::SeqCst);
    }
    fn write<T: Send + 'static>(
        &self,
        job: impl Fn(&store::Write<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> T {
        self.app.store.write_blocking(self.app.now().0, job).unwrap()
    }
    /// Registers a service.
    fn registers(&self, registration: Registration) -> Service {
        let id = ServiceId::draw(self.app.dice.as_ref());
        let service = Service::new(id, None, registration, START);
        let kept = service.clone();
        self.write(move |db| store::service::insert(&kept, Actor::Command, db).map(drop));
        service
    }
    /// The library, which authenticates by HTTP Basic and wants PKCE.
    fn library(&self) -> Service {
        self.registers(registration())
    }
    /// Erika, with a passkey that stays in her phone, logged in at `substantial`.
    fn erika(&self) -> Resident {
        let dice = self.app.dice.as_ref();
        let person = Person {
            id: PersonId::draw(dice),
            user_handle: draw(dice),
            state: PersonState::Active,
            demo: true,
            trial: None,
            created: START,
        };
        let id = person.id;
        let keys = self.app.keys.keys_for_sealing().unwrap();
        let (new, sealed) = store::vault::new_person(person, &erika(), &keys, dice);
        let check = CheckId::draw(dice);
        let record = IdentityRecord {
            id: check,
            method: IdentityMethod::GermanEid,
            at: START - Span::days(30),
            document_expires: None,
            provider: "demo".to_owned(),
            transaction: "1".to_owned(),
            demo: true,
            card: None,
            changed: Vec::new(),
        };
        self.write(move |db| {
            store::person::insert(&new, db)?;
            store::person::refresh_attributes(id, check, &sealed, &[], db)?;
            store::person::record_check(id, &record, db)
        });
        let key = passkey(id, draw(dice));
        let means = Means::Passkey(key.id);
        self.write(move |db| store::passkey::insert(&key, db));
        self.session(id, means, Level::Substantial)
    }
    /// Logs a person in, now.
    fn session(&self, person: PersonId, means: Means, level: Level) -> Resident {
        let bearer = Bearer::draw(self.app.dice.as_ref());
        let now = self.app.now();
        let session = Session {
            id: SessionId::draw(self.app.dice.as_ref()),
            cookie: bearer.hash(),
            holder: Holder::Person(person),
            means,
            level,
            authenticated: now,
            seen: now,
        };
        let id = session.id;
        self.write(move |db| store::session::insert(&session, db));
        Resident { person, session: id, cookie: cookie(Kind::Person, bearer.expose()) }
    }
    /// The resident agrees to tell everything the service may ask.
    fn agrees(&self, resident: &Resident, service: &Service) {
        let data = service.registration.data.iter().map(|wanted| wanted.datum).collect();
        let (person, service, given) = (resident.person, service.id, self.app.now());
        let consent = Consent { person, service, data, remembered: true, given };
        self.write(move |db| store::consent::give(&consent, db));
    }
    async fn call(&self, request: TestRequest) -> HttpResponse<BoxBody> {
        let app = App::new()
            .app_data(self.app.clone())
            .app_data(self.provider.clone())
            .route(paths::OPENID_CONFIGURATION, web::get().to(endpoints::metadata))
            .route(paths::JWKS, web::get().to(endpoints::jwks))
            .route(paths::AUTHORIZE, web::get().to(endpoints::authorize))
            .route(paths::AUTHORIZE, web::post().to(endpoints::authorize_by_post))
            .route(paths::TOKEN, web::post().to(endpoints::token))
            .route(paths::USERINFO, web::get().to(endpoints::userinfo))
            .route(paths::USERINFO, web::post().to(endpoints::userinfo_by_post))
            .route(paths::INTROSPECT, web::post().to(endpoints::introspect))
            .route(paths::REVOKE, web::post().to(endpoints::revoke))
            .route(paths::END_SESSION, web::get().to(endpoints::end_session))
            .route(paths::END_SESSION, web::post().to(endpoints::end_session_by_post));
        let service = init_service(app).await;
        let (_, answer) = call_service(&service, request.to_request()).await.into_parts();
        answer.map_into_boxed_body()
    }
    /// Asks with these parameters, as this resident or as nobody.
    async fn asks(&self, query: &[(&str, &str)], resident: Option<&Resident>) -> HttpResponse<BoxBody> {
        let mut request = TestRequest::get().uri(&uri(paths::AUTHORIZE, query));
        if let Some(resident) = resident {
            request = request.cookie(resident.cookie.clone());
        }
        self.call(request).await
    }
    /// A code, given silently.
    async fn code(&self, service: &Service, resident: &Resident, more: &[(&str, &str)]) -> String {
        let back = returned(&self.asks(&good(&id(service), more), Some(resident)).await);
        back.get("code").unwrap_or_else(|| panic!("no code: {back:?}")).to_owned()
    }
    /// A form to the token endpoint with HTTP Basic.
    async fn fetches(&self, service: &Service, form: &[(&str, &str)]) -> (u16, Value) {
        let request = TestRequest::post().uri(paths::TOKEN).insert_header(basic(service, SECRET));
        read(self.call(request.set_form(form)).await).await
    }
    /// The usual redemption.
    async fn redeems(&self, service: &Service, code: &str) -> (u16, Value) {
        self.fetches(service, &redemption(code)).await
    }
    async fn userinfo(&self, token: &str) -> (u16, Value) {
        let request = TestRequest::get().uri(paths::USERINFO);
        read(self.call(request.insert_header(("authorization", format!("Bearer {token}")))).await).await
    }
    /// The claims of a token signed by us.
    fn claims(&self, token: &Value, typ: &str) -> Value {
        let ring = self.provider.ring(&self.app).unwrap();
        verify(token.as_str().unwrap(), Typ::Exactly(typ), ring.verifying()).unwrap().claims().unwrap()
    }
    /// How often an event stands in the audit.
    fn audited(&self, event: &str) -> usize {
        let rows = self.app.store.read(|db| store::audit::after(0, 1000, db)).unwrap();
        rows.iter().filter(|chained| chained.row.event == event).count()
    }
}

fn erika() -> Identity {
    Identity {
        given_names: Some("Erika".into()),
        family_name: Some("Mustermann".into()),
        doctoral_degree: Some("Dr.".into()),
        birth_date: PartialDate::parse("1964-08-12"),
        birth_place: Some("Berlin".into()),
        address: Some(Address {
            street: "Heidestraße 17".into(),
            postal_code: "12345".into(),
            locality: "Birkenfurt".into(),
            country: "DE".into(),
        }),
        ..Identity::default()
    }
}

fn passkey(person: PersonId, credential_id: [u8; 16]) -> Passkey {
    Passkey {
        id: PasskeyId::from_bytes(credential_id),
        holder: Holder::Person(person),
        credential_id: credential_id.to_vec(),
        credential: vec![1],
        name: "Phone".into(),
        aaguid: None,
        transports: String::new(),
        backup_eligible: false,
        backup_state: false,
        user_verified: true,
        attestation: Proven::Trusted,
        registered_level: Level::High,
        state: PasskeyState::Active,
        created: START,
        last_used: None,
    }
}

fn registration() -> Registration {
    let secret = ClientSecret { sha256: hex(&BearerHash::of(SECRET).0), created: START, expires: None };
    let scopes = ["openid", "profile", "address", "age_over_18", "resident", "offline_access"];
    let data = [Datum::Name, Datum::Address, Datum::AgeOver18, Datum::Resident];
    Registration {
        name: "Stadtbibliothek".into(),
        office: String::new(),
        icon: String::new(),
        purpose: String::new(),
        redirect_uris: vec![BACK.into(), "https://library.example/cb?fixed=1".into()],
        post_logout_redirect_uris: vec![BYE.into()],
        backchannel_logout_uri: None,
        authentication: ClientAuthentication::ClientSecretBasic,
        secrets: vec![secret],
        jwks: None,
        jwks_uri: None,
        id_token_alg: "ES256".into(),
        grant_types: GrantType::ALL.into_iter().collect(),
        subject_type: SubjectType::Pairwise,
        sector: None,
        require_pkce: true,
        min_level: Level::Low,
        max_identity_age: None,
        scopes: scopes.into_iter().map(str::to_owned).collect::<BTreeSet<_>>(),
        data: data.into_iter().map(|datum| DatumWanted { datum, reason: String::new() }).collect(),
        paused: false,
        demo: false,
    }
}

fn id(service: &Service) -> String {
    service.id.to_string()
}

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, VERIFIER.as_bytes()))
}

/// A good request, changed: a name given again replaces, an empty value removes.
fn good<'a>(client: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    static CHALLENGE: std::sync::LazyLock<String> = std::sync::LazyLock::new(challenge);
    let mut out = vec![
        ("client_id", client),
        ("redirect_uri", BACK),
        ("response_type", "code"),
        ("scope", "openid"),
        ("state", "st"),
        ("nonce", "no"),
        ("code_challenge", CHALLENGE.as_str()),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in more {
        out.retain(|(known, _)| known != name);
        if !value.is_empty() {
            out.push((name, value));
        }
    }
    out
}

fn redemption(code: &str) -> [(&str, &str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ]
}

fn uri(path: &str, query: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    format!("{path}?{query}")
}

/// RFC 6749 §2.3.1: both parts form-encoded.
fn basic(service: &Service, secret: &str) -> impl TryIntoHeaderPair + use<> {
    let encode = |part: &str| url::form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encode(&id(service)), encode(secret));
    let pair = base64::engine::general_purpose::STANDARD.encode(pair);
    ("authorization", format!("Basic {pair}"))
}

/// Where an answer sends the browser.
fn location(answer: &HttpResponse<BoxBody>) -> &str {
    answer.headers().get(LOCATION).map_or("", |to| to.to_str().unwrap())
}

/// The parameters that came back to the library.
fn returned(answer: &HttpResponse<BoxBody>) -> Params {
    let to = location(answer);
    assert_eq!(answer.status(), 303);
    let query = to.strip_prefix(BACK).unwrap_or_else(|| panic!("not to the library: {to}"));
    Params::parse(query.trim_start_matches('?').as_bytes()).unwrap()
}

async fn read(answer: HttpResponse<BoxBody>) -> (u16, Value) {
    let status = answer.status().as_u16();
    let body = to_bytes(answer.into_body()).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}
