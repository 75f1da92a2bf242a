//! Everything stored about a person: as a page to read and print, and as JSON to take along.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use askama::Template;
use serde_json::{Value, json};

use super::cards;
use super::devices;
use super::dossier::{Dossier, View};
use super::entry::{self, Entered};
use super::history::{HistoryRow, history_rows};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::card::{Card, CardState};
use crate::domain::time::Timestamp;
use crate::http::Trouble;
use crate::store::person::IdentityRecord;
use crate::web::counter::identification;
use crate::web::operator::card_review_words;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::{desk, doors, words};
use crate::{paths, store};

/// The name under which the browser keeps the file: the same in every language.
const FILE_NAME: &str = "torhaus-export.json";

/// `GET /account/export`: to read and print.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let here = match entry::enter_fresh(&visit).await? {
        Entered::Here(here) => here,
        Entered::Away(answer) => return Ok(answer),
    };
    let frame = visit.frame();
    let dossier = here.dossier(u32::MAX, &visit)?;
    Ok(frame.show(&ExportPage::new(&dossier, &here.view(&visit), &frame.chrome), StatusCode::OK))
}

/// `GET /account/export.json`: to take along; written into the audit first.
pub async fn download(visit: Visit) -> Result<HttpResponse, Trouble> {
    let here = match entry::enter_fresh(&visit).await? {
        Entered::Here(here) => here,
        Entered::Away(answer) => return Ok(answer),
    };
    let (person, session) = (here.person, here.session.id);
    visit
        .app
        .write(move |db| -> Result<(), Trouble> {
            doors::still_open(session, db)?;
            let entry = Entry::new(Event::PersonExported, Actor::Person(person)).about(person);
            Ok(store::audit::append(&entry, db)?)
        })
        .await?;
    let everything = json(&here.dossier(u32::MAX, &visit)?, visit.app.now());
    let text = serde_json::to_string_pretty(&everything).map_err(|why| Trouble::fault("web", &why))?;
    Ok(attachment(FILE_NAME, text))
}

/// A file of JSON to be kept, of which nothing stays in a cache.
pub(super) fn attachment(name: &str, text: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(text)
}

/// A heading and what stands below it, as key and value.
pub(crate) struct Block {
    pub(crate) title: String,
    pub(crate) facts: Vec<(&'static str, String)>,
}

/// `templates/account/export.html`
#[derive(Template)]
#[template(path = "account/export.html")]
pub(crate) struct ExportPage {
    pub(crate) chrome: Chrome,
    pub(crate) made: String,
    pub(crate) identity: Vec<(&'static str, String)>,
    pub(crate) account: Vec<(&'static str, String)>,
    pub(crate) checks: Vec<Block>,
    pub(crate) cards: Vec<Block>,
    /// Transfer code and open questions about the account.
    pub(crate) codes: Vec<Block>,
    pub(crate) devices: Vec<Block>,
    pub(crate) services: Vec<Block>,
    pub(crate) sessions: Vec<Block>,
    pub(crate) history: Vec<HistoryRow>,
    pub(crate) json_url: &'static str,
    pub(crate) back_url: &'static str,
}

impl ExportPage {
    /// `dossier.history` holds everything.
    pub(crate) fn new(dossier: &Dossier, view: &View, chrome: &Chrome) -> Self {
        Self {
            chrome: chrome.signed_in(&dossier.identity.display_name()),
            made: words::moment(words::now(chrome), chrome),
            identity: words::identity(&dossier.identity, chrome),
            account: vec![
                (chrome.t("account.export.id"), dossier.person.id.to_string()),
                (chrome.t("account.export.since"), words::moment(dossier.person.created, chrome)),
            ],
            checks: dossier.checks.iter().map(|check| check_block(check, chrome)).collect(),
            cards: dossier.cards.iter().map(|card| card_block(card, chrome)).collect(),
            codes: code_blocks(dossier, chrome),
            devices: device_blocks(dossier, view, chrome),
            services: service_blocks(dossier, chrome),
            sessions: session_blocks(dossier, chrome),
            history: history_rows(dossier, words::moment, chrome),
            json_url: paths::ACCOUNT_EXPORT_JSON,
            back_url: paths::ACCOUNT,
        }
    }
}

fn check_block(check: &IdentityRecord, chrome: &Chrome) -> Block {
    let mut facts = vec![
        (chrome.t("account.export.when"), words::moment(check.at, chrome)),
        (chrome.t("account.export.level"), words::level(check.method.level(), chrome).to_owned()),
        (chrome.t("account.export.provider"), check.provider.clone()),
        (chrome.t("account.export.transaction"), check.transaction.clone()),
    ];
    if let Some(end) = check.document_expires {
        facts.insert(2, (chrome.t("account.export.document_ends"), words::day(end, chrome)));
    }
    if let Some(changed) = words::attributes(check.changed.iter().copied(), chrome) {
        facts.push((chrome.t("account.export.changed"), changed));
    }
    if let Some(card) = check.card {
        facts.push((chrome.t("account.export.card"), card.to_string()));
    }
    Block { title: words::method(check.method, chrome).to_owned(), facts }
}

fn card_block(card: &Card, chrome: &Chrome) -> Block {
    let state = match card.state {
        CardState::Current => chrome.t("account.export.card_current"),
        CardState::Replaced => chrome.t("account.export.card_replaced"),
        CardState::Removed => chrome.t("account.export.card_removed"),
    };
    let facts = vec![
        (chrome.t("account.export.state"), state.to_owned()),
        (chrome.t("account.export.first_read"), words::moment(card.added, chrome)),
        (chrome.t("account.export.last_read"), words::moment(card.last_read, chrome)),
        (chrome.t("account.export.id"), card.id.to_string()),
    ];
    Block { title: cards::name(card, chrome), facts }
}

fn code_blocks(dossier: &Dossier, chrome: &Chrome) -> Vec<Block> {
    let code = dossier.transfer_code.iter().map(|code| Block {
        title: chrome.t("account.code.heading").to_owned(),
        facts: vec![
            (chrome.t("account.export.when"), words::moment(code.made, chrome)),
            (chrome.t("account.export.serves_until"), words::day(code.expires, chrome)),
        ],
    });
    let reviews = dossier.reviews.iter().map(|review| Block {
        title: chrome.t("account.export.review").to_owned(),
        facts: vec![
            (chrome.t("account.export.when"), words::moment(review.asked, chrome)),
            (chrome.t("account.export.state"), card_review_words::stage(&review.stage, chrome).to_owned()),
            (chrome.t("account.export.id"), review.id.to_string()),
        ],
    });
    let identifications = dossier.identifications.iter().map(|one| Block {
        title: chrome.t("account.export.identification").to_owned(),
        facts: vec![
            (chrome.t("account.export.when"), words::moment(one.asked, chrome)),
            (chrome.t("desk.kind"), desk::kind(one.kind, chrome).to_owned()),
            (chrome.t("account.export.state"), identification::stage(one, chrome)),
            (chrome.t("account.export.id"), one.id.to_string()),
        ],
    });
    code.chain(reviews).chain(identifications).collect()
}

fn device_blocks(dossier: &Dossier, view: &View, chrome: &Chrome) -> Vec<Block> {
    let block = |key: &crate::domain::passkey::Passkey| {
        let row = devices::device_row(key, None, chrome, false, view.model);
        let mut facts = vec![
            (chrome.t("account.export.facts"), row.facts),
            (chrome.t("account.export.id"), key.id.to_string()),
            (chrome.t("account.export.transports"), key.transports.clone()),
        ];
        for binding in dossier.bindings.iter().filter(|binding| binding.passkey == key.id) {
            let issued = words::moment(binding.issued, chrome);
            facts.push((chrome.t("account.export.binding"), format!("{} · {issued}", binding.id)));
        }
        facts.retain(|(_, value)| !value.is_empty());
        Block { title: key.name.clone(), facts }
    };
    dossier.passkeys.iter().map(block).collect()
}

fn service_blocks(dossier: &Dossier, chrome: &Chrome) -> Vec<Block> {
    let block = |told: &crate::store::consent::Told| {
        let consent = &told.consent;
        let name = dossier.service(consent.service).map(|service| service.registration.name.clone());
        let nothing = || chrome.t("account.export.nothing").to_owned();
        Block {
            title: name.unwrap_or_else(|| consent.service.to_string()),
            facts: vec![
                (
                    chrome.t("account.export.received"),
                    words::data(&consent.data, chrome).unwrap_or_else(nothing),
                ),
                (chrome.t("account.export.agreed"), words::moment(consent.given, chrome)),
                (chrome.t("account.export.last_told"), words::moment(told.told, chrome)),
            ],
        }
    };
    dossier.consents.iter().map(block).collect()
}

fn session_blocks(dossier: &Dossier, chrome: &Chrome) -> Vec<Block> {
    let block = |session: &crate::domain::session::Session| Block {
        title: session.id.to_string(),
        facts: vec![
            (chrome.t("account.export.signed_in"), words::moment(session.authenticated, chrome)),
            (chrome.t("account.export.seen"), words::moment(session.seen, chrome)),
            (chrome.t("account.export.level"), words::level(session.level, chrome).to_owned()),
        ],
    };
    dossier.sessions.iter().map(block).collect()
}

/// Everything stored, for machines; instants in RFC 3339, names as in the store. Left out: what serves only
/// to recognise (hashes of cookie and card) and to open (wrapped key, source number, credential state).
pub fn json(dossier: &Dossier, now: Timestamp) -> Value {
    let at = |at: Timestamp| words::instant(at).to_string();
    let person = &dossier.person;
    let list = |of: Vec<Value>| Value::Array(of);
    let checks = dossier.checks.iter().map(|check| {
        json!({ "id": check.id, "method": check.method, "level": check.method.level(), "at": at(check.at),
            "document_expires": check.document_expires.map(at), "provider": check.provider,
            "transaction": check.transaction, "demo": check.demo, "card": check.card, "changed": check.changed })
    });
    let cards = dossier.cards.iter().map(|card| {
        json!({ "id": card.id, "state": card.state.name(), "added": at(card.added), "last_read": at(card.last_read),
            "document_expires": card.document_expires.map(at) })
    });
    let code =
        dossier.transfer_code.map(|code| json!({ "made": at(code.made), "expires": at(code.expires) }));
    // Not what the card said that the question is about: it may be somebody else's.
    let reviews = dossier.reviews.iter().map(|review| {
        let stage = card_review_words::stage_name(&review.stage);
        json!({ "id": review.id, "path": review.path.name(), "stage": stage, "asked": at(review.asked) })
    });
    // The hash of the document's number serves only to recognise it.
    let identifications = dossier.identifications.iter().map(|one| {
        let examined: Vec<&str> = one.examined.iter().map(|one| one.name()).collect();
        json!({ "id": one.id, "document": one.kind.name(), "document_expires": at(one.document_expires),
            "examined": examined, "stage": one.stage.name().0, "asked": at(one.asked),
            "decided": one.decided.map(at), "code_expires": one.code_expires.map(at) })
    });
    let devices = dossier.passkeys.iter().map(|key| {
        json!({ "id": key.id, "name": key.name, "state": key.state.name(), "transports": key.transports,
            "aaguid": key.aaguid.map(|id| crate::domain::service::hex(&id)),
            "backup_eligible": key.backup_eligible, "backup_state": key.backup_state,
            "registered_level": key.registered_level, "created": at(key.created), "last_used": key.last_used.map(at) })
    });
    let bindings = dossier.bindings.iter().map(|binding| {
        json!({ "id": binding.id, "device": binding.passkey, "issued": at(binding.issued), "statement": binding.statement })
    });
    let consents = dossier.consents.iter().map(|told| {
        let service = dossier.service(told.consent.service);
        json!({ "service": told.consent.service, "name": service.map(|one| one.registration.name.as_str()),
            "data": told.consent.data, "remembered": told.consent.remembered, "given": at(told.consent.given),
            "last_told": at(told.told) })
    });
    let sessions = dossier.sessions.iter().map(|session| {
        json!({ "id": session.id, "level": session.level, "signed_in": at(session.authenticated), "seen": at(session.seen) })
    });
    let history = dossier.history.iter().map(|row| {
        json!({ "number": row.number, "at": at(row.at), "event": row.event, "actor": row.actor,
            "service": row.service, "detail": row.detail.lines().collect::<Vec<_>>() })
    });
    json!({
        "exported": at(now),
        "person": { "id": person.id, "state": person.state.name(), "demo": person.demo, "created": at(person.created) },
        "identity": dossier.identity,
        "identity_checks": list(checks.collect()),
        "cards": list(cards.collect()),
        "transfer_code": code,
        "card_reviews": list(reviews.collect()),
        "identifications": list(identifications.collect()),
        "devices": list(devices.collect()),
        "person_bindings": list(bindings.collect()),
        "consents": list(consents.collect()),
        "sessions": list(sessions.collect()),
        "history": list(history.collect()),
    })
}

impl Page for ExportPage {
    const NAME: &'static str = "account/export";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let dossier = super::sample::dossier(chrome);
        vec![("all", Self::new(&dossier, &super::sample::view(), chrome))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::account::sample;
    use crate::web::text::Language;

    #[test]
    fn nothing_of_the_dossier_is_left_out() {
        let chrome = Chrome::sample(Language::De);
        let dossier = sample::dossier(&chrome);
        let json = json(&dossier, words::now(&chrome));
        for (list, len) in [
            ("identity_checks", dossier.checks.len()),
            ("cards", dossier.cards.len()),
            ("card_reviews", dossier.reviews.len()),
            ("identifications", dossier.identifications.len()),
            ("devices", dossier.passkeys.len()),
            ("person_bindings", dossier.bindings.len()),
            ("consents", dossier.consents.len()),
            ("sessions", dossier.sessions.len()),
            ("history", dossier.history.len()),
        ] {
            assert!(len > 0, "the sample has no {list}");
            assert_eq!(json[list].as_array().unwrap().len(), len, "{list}");
        }
        assert_eq!(json["identity"]["family_name"], "Mustermann");
        assert_eq!(json["exported"], "2026-11-22T09:14:00Z");
        assert_eq!(json["identity_checks"][0]["changed"][0], "address");
        assert_eq!(json["transfer_code"]["made"], "2026-11-14T09:14:00Z");
        assert_eq!(json["devices"][0]["name"], "iPhone von Erika");
        assert_eq!(json["consents"][0]["data"][0], "name");
        let text = json.to_string();
        assert!(!text.contains("cookie") && !text.contains("credential"), "{text}");
        let html = ExportPage::new(&dossier, &sample::view(), &chrome).render().unwrap();
        for shown in ["Mustermann", "Heidestraße 17", "Laptop im Arbeitszimmer", "Stadtbibliothek"] {
            assert!(html.contains(shown), "{shown}");
        }
        for binding in &dossier.bindings {
            assert!(html.contains(&binding.id.to_string()));
        }
    }
}
