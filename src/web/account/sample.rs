//! The made-up resident of the page samples: nouns as the store gives them.

use std::collections::BTreeSet;

use super::dossier::{Dossier, View};
use crate::domain::assurance::{IdentityMethod, Level, Policy, Proven};
use crate::domain::attribute::{Address, Attribute, Datum, Identity, PartialDate};
use crate::domain::audit::{Actor, Event, Row};
use crate::domain::card::{
    Card, CardState, Link, Linked, LinkedBy, Review, ReviewPath, ReviewStage, UndoReason,
};
use crate::domain::consent::Consent;
use crate::domain::desk::{DocumentKind, Handover, Identification, NEEDED, Stage};
use crate::domain::id::{
    BindingId, CardId, CheckId, IdentificationId, PasskeyId, PersonId, ReviewId, ServiceId, SessionId,
    StaffId,
};
use crate::domain::passkey::{Holder, Passkey, PasskeyState};
use crate::domain::person::{Person, PersonState};
use crate::domain::registration::{
    ClientAuthentication, ClientSecret, DatumWanted, GrantType, Registration, SubjectType,
};
use crate::domain::secret::BearerHash;
use crate::domain::service::Service;
use crate::domain::session::Session;
use crate::domain::sign_in::Means;
use crate::domain::time::{Span, Timestamp};
use crate::domain::transfer_code::Outstanding;
use crate::store::binding::Binding;
use crate::store::consent::Told;
use crate::store::person::IdentityRecord;
use crate::web::page::Chrome;
use crate::web::words;

const PERSON: PersonId = PersonId::from_bytes([17; 16]);
const PHONE: PasskeyId = PasskeyId::from_bytes([33; 16]);
const LAPTOP: PasskeyId = PasskeyId::from_bytes([34; 16]);
const RING: PasskeyId = PasskeyId::from_bytes([35; 16]);
const CARD: CardId = CardId::from_bytes([97; 16]);
const PARKING: ServiceId = ServiceId::from_bytes([65; 16]);
const LIBRARY: ServiceId = ServiceId::from_bytes([66; 16]);

/// Logged in with the phone.
pub(crate) fn view() -> View {
    let model = |id: &[u8; 16]| (id[0] == 1).then_some("iCloud-Schlüsselbund");
    View { means: Means::Passkey(PHONE), policy: Policy::default(), model }
}

/// Erika Mustermann, three devices, two services, an eventful autumn.
pub(crate) fn dossier(chrome: &Chrome) -> Dossier {
    let now = words::now(chrome);
    let checked = now - Span::days(264);
    Dossier {
        person: Person {
            id: PERSON,
            user_handle: [9; 16],
            state: PersonState::Active,
            demo: chrome.demo,
            trial: None,
            created: checked,
        },
        identity: identity(),
        checks: vec![
            IdentityRecord {
                changed: vec![Attribute::Address],
                ..check(now - Span::days(12), now + Span::days(53))
            },
            IdentityRecord { id: CheckId::from_bytes([50; 16]), ..check(checked, now + Span::days(53)) },
        ],
        cards: cards(now),
        transfer_code: Some(Outstanding { made: now - Span::days(8), expires: now + Span::days(172) }),
        reviews: vec![review(now)],
        identifications: vec![identification(now)],
        passkeys: passkeys(now),
        bindings: [PHONE, LAPTOP].map(|key| binding(key, checked)).into(),
        consents: vec![
            told(PARKING, [Datum::Name, Datum::Address], now - Span::hours(16)),
            told(LIBRARY, [Datum::AgeOver18, Datum::Resident], now - Span::days(20)),
        ],
        services: services(chrome),
        sessions: vec![session(now)],
        history: history(now),
    }
}

pub(crate) fn identity() -> Identity {
    Identity {
        given_names: Some("Erika".to_owned()),
        family_name: Some("Mustermann".to_owned()),
        birth_name: Some("Gabler".to_owned()),
        doctoral_degree: None,
        birth_date: PartialDate::parse("1964-08-12"),
        birth_place: Some("Berlin".to_owned()),
        address: Some(Address {
            street: "Heidestraße 17".to_owned(),
            postal_code: "12345".to_owned(),
            locality: "Birkenfurt".to_owned(),
            country: "DE".to_owned(),
        }),
        document_type: Some("ID".to_owned()),
    }
}

/// The one that is read now, and the one before it.
fn cards(now: Timestamp) -> Vec<Card> {
    let current = Card {
        id: CARD,
        person: PERSON,
        state: CardState::Current,
        added: now - Span::days(264),
        last_read: now - Span::days(12),
        document_expires: Some(now + Span::days(53)),
        linked: None,
    };
    let earlier = Card {
        id: CardId::from_bytes([98; 16]),
        state: CardState::Replaced,
        added: now - Span::days(900),
        last_read: now - Span::days(300),
        document_expires: Some(now - Span::days(250)),
        ..current.clone()
    };
    vec![current, earlier]
}

/// A clerk linked the current card, some days ago.
pub(crate) fn link_by_clerk(dossier: &mut Dossier, now: Timestamp) {
    let at = now - Span::days(3);
    let link = Link { card: CARD, before: None, replaced: dossier.cards.get(1).map(|card| card.id) };
    for card in dossier.cards.iter_mut().filter(|card| card.id == CARD) {
        card.linked = Some(Linked { by: LinkedBy::Clerk, at });
    }
    dossier.reviews = vec![Review {
        stage: ReviewStage::Confirmed { by: StaffId::from_bytes([5; 16]), at, link },
        ..review(now)
    }];
}

/// A link was undone, and with it went all that was known.
pub(crate) fn undo_link(dossier: &mut Dossier, now: Timestamp) {
    let (by, at, why) = (StaffId::from_bytes([5; 16]), now - Span::days(1), UndoReason::OtherPerson);
    dossier.reviews = vec![Review { stage: ReviewStage::Undone { by, at, why }, ..review(now) }];
    dossier.identity = Identity::default();
}

/// A new card which is laid before a clerk.
pub(crate) fn review(now: Timestamp) -> Review {
    Review {
        id: ReviewId::from_bytes([113; 16]),
        person: PERSON,
        pseudonym: [1; 32],
        path: ReviewPath::Data,
        stage: ReviewStage::Open,
        document_expires: Some(now + Span::days(3600)),
        asked: now - Span::hours(20),
        expires: now + Span::days(29),
    }
}

/// A letter from the counter that is still out.
fn identification(now: Timestamp) -> Identification {
    Identification {
        id: IdentificationId::from_bytes([81; 16]),
        person: Some(PERSON),
        stage: Stage::Issued(Handover::Letter),
        asked_by: StaffId::from_bytes([5; 16]),
        asked: now - Span::days(2),
        decided_by: Some(StaffId::from_bytes([6; 16])),
        decided: Some(now - Span::days(2)),
        kind: DocumentKind::IdentityCard,
        document: [7; 32],
        document_expires: now + Span::days(900),
        examined: NEEDED.to_vec(),
        code_expires: Some(now + Span::days(12)),
        expires: now + Span::days(900),
    }
}

pub(crate) fn check(at: Timestamp, ends: Timestamp) -> IdentityRecord {
    IdentityRecord {
        id: CheckId::from_bytes([49; 16]),
        method: IdentityMethod::GermanEid,
        at,
        document_expires: Some(ends),
        provider: "demo".to_owned(),
        transaction: "7f3c-0412".to_owned(),
        demo: true,
        card: Some(CARD),
        changed: Vec::new(),
    }
}

pub(crate) fn passkeys(now: Timestamp) -> Vec<Passkey> {
    let base = Passkey {
        id: PHONE,
        holder: Holder::Person(PERSON),
        credential_id: vec![1; 32],
        credential: Vec::new(),
        name: "iPhone von Erika".to_owned(),
        aaguid: Some([1; 16]),
        transports: "hybrid internal".to_owned(),
        backup_eligible: true,
        backup_state: true,
        user_verified: true,
        attestation: Proven::Nothing,
        registered_level: Level::High,
        state: PasskeyState::Active,
        created: now - Span::days(264),
        last_used: Some(now - Span::hours(16)),
    };
    let laptop = Passkey {
        id: LAPTOP,
        name: "Laptop im Arbeitszimmer".to_owned(),
        aaguid: None,
        transports: "internal".to_owned(),
        backup_eligible: false,
        backup_state: false,
        attestation: Proven::Trusted,
        created: now - Span::days(102),
        last_used: Some(now - Span::days(13)),
        ..base.clone()
    };
    let ring = Passkey {
        id: RING,
        name: "Schlüsselbund".to_owned(),
        transports: "usb nfc".to_owned(),
        created: now - Span::days(200),
        last_used: None,
        attestation: Proven::Nothing,
        ..laptop.clone()
    };
    vec![base, laptop, ring]
}

fn binding(passkey: PasskeyId, issued: Timestamp) -> Binding {
    let [first, ..] = *passkey.bytes();
    Binding {
        id: BindingId::from_bytes([first; 16]),
        person: PERSON,
        passkey,
        statement: "eyJhbGciOiJFUzI1NiJ9.e30.AA".to_owned(),
        issued,
    }
}

fn told<const N: usize>(service: ServiceId, data: [Datum; N], told: Timestamp) -> Told {
    let given = told - Span::days(30);
    Told {
        consent: Consent { person: PERSON, service, data: BTreeSet::from(data), remembered: true, given },
        told,
    }
}

fn session(now: Timestamp) -> Session {
    Session {
        id: SessionId::from_bytes([81; 16]),
        cookie: BearerHash([0; 32]),
        holder: Holder::Person(PERSON),
        means: Means::Passkey(PHONE),
        level: Level::Low,
        authenticated: now - Span::minutes(4),
        seen: now - Span::minutes(1),
    }
}

/// The parking office's server and the library's app.
pub(crate) fn services(chrome: &Chrome) -> Vec<Service> {
    let now = words::now(chrome);
    let wanted = |datum, reason: &str| DatumWanted { datum, reason: reason.to_owned() };
    let secret = ClientSecret { sha256: "00".repeat(32), created: now - Span::days(40), expires: None };
    let parking = Registration {
        name: chrome.t("sample.service").to_owned(),
        office: chrome.t("sample.office").to_owned(),
        icon: "car".to_owned(),
        purpose: "Für Ihren Parkausweis.".to_owned(),
        redirect_uris: vec!["https://parken.birkenfurt.example/anmeldung/antwort".to_owned()],
        post_logout_redirect_uris: vec!["https://parken.birkenfurt.example/".to_owned()],
        backchannel_logout_uri: Some("https://parken.birkenfurt.example/abmeldung".to_owned()),
        authentication: ClientAuthentication::ClientSecretBasic,
        secrets: vec![secret],
        jwks: None,
        jwks_uri: None,
        id_token_alg: "ES256".to_owned(),
        grant_types: BTreeSet::from([GrantType::AuthorizationCode, GrantType::RefreshToken]),
        subject_type: SubjectType::Pairwise,
        sector: None,
        require_pkce: true,
        min_level: Level::Substantial,
        max_identity_age: Some(Span::days(365)),
        scopes: BTreeSet::from(["openid", "profile", "address"].map(str::to_owned)),
        data: vec![wanted(Datum::Name, "Er wird auf Sie ausgestellt."), wanted(Datum::Address, "")],
        paused: false,
        demo: chrome.demo,
    };
    let library = Registration {
        name: "Stadtbibliothek".to_owned(),
        office: String::new(),
        icon: "book".to_owned(),
        redirect_uris: vec!["app.birkenfurt.bibliothek:/antwort".to_owned()],
        post_logout_redirect_uris: Vec::new(),
        backchannel_logout_uri: None,
        authentication: ClientAuthentication::None,
        secrets: Vec::new(),
        grant_types: BTreeSet::from([GrantType::AuthorizationCode]),
        min_level: Level::Low,
        max_identity_age: None,
        data: vec![wanted(Datum::AgeOver18, ""), wanted(Datum::Resident, "")],
        scopes: BTreeSet::from(["openid".to_owned()]),
        ..parking.clone()
    };
    vec![
        Service::new(PARKING, None, parking, now - Span::days(40)),
        Service { active: false, ..Service::new(LIBRARY, None, library, now - Span::days(300)) },
    ]
}

/// Rows of the audit about the person, latest first.
pub(crate) fn history(now: Timestamp) -> Vec<Row> {
    let by = Actor::Person(PERSON);
    let with = |key: PasskeyId| format!("passkey={key}\nlevel=low");
    let rows = [
        (Event::ServiceAnswered, Some(PARKING), String::new(), Span::hours(16), by),
        (Event::ConsentGiven, Some(PARKING), String::new(), Span::hours(16), by),
        (Event::SignedIn, None, with(PHONE), Span::hours(16), by),
        (Event::IdentityChecked, None, "method=german-eid\nchanged=address".to_owned(), Span::days(12), by),
        (Event::PasskeyRefused, None, with(LAPTOP), Span::days(13), by),
        (Event::SignedOut, None, String::new(), Span::days(20), by),
        (Event::ServiceDeclined, Some(LIBRARY), String::new(), Span::days(20), by),
        (Event::PersonReleased, None, String::new(), Span::days(31), Actor::Command),
        (Event::PasskeyAdded, None, with(PHONE), Span::days(264), by),
        (Event::IdentityChecked, None, "level=high".to_owned(), Span::days(264), Actor::House),
    ];
    let row = |(n, (event, service, detail, ago, actor)): (i64, (Event, _, _, Span, Actor))| Row {
        number: 4711 - 3 * n,
        at: now - ago,
        event: event.name().to_owned(),
        actor: actor.text(),
        person: Some(PERSON),
        service,
        detail,
    };
    (0..).zip(rows).map(row).collect()
}
