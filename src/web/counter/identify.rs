//! Identifying somebody at the desk: the first clerk writes down what the document says.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::document::{Document, Lack};
use super::person::before;
use super::{Place, clerk, tabs};
use crate::domain::attribute::{Attribute, Identity};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::desk::{DocumentKind, Examined, Identification, Stage, WAIT};
use crate::domain::id::{IdentificationId, PersonId};
use crate::domain::likeness::{self, Likeness};
use crate::eid::refresh::name_hash;
use crate::http::{Trouble, redirect};
use crate::paths;
use crate::store::{self, vault};
use crate::web::desk;
use crate::web::operator::entry::Member;
use crate::web::operator::{SAMPLE_STAFF, Tab};
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;

/// Namesakes of one birth date who are looked at.
const NAMESAKES: u32 = 20;

/// `GET /counter/identifications/new`, with `person` for somebody who has an account and stands before this clerk.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let member = match clerk(&visit).await? {
        Ok(member) => member,
        Err(answer) => return Ok(answer),
    };
    let query = visit.query()?;
    let person = person(query.get("person"), &member, &visit)?;
    let document = match person {
        Some(person) => Document::of(&known(person, &visit)?),
        None => Document::default(),
    };
    let id = IdentificationId::draw(visit.app.dice.as_ref());
    page(&visit, &member, (id, person), &document, &[])
}

/// `POST /counter/identifications`: `identification` is the id which the form was given, so that sending it twice begins
/// one; the rest is [`Document`].
pub async fn begin(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    let member = match clerk(&visit).await? {
        Ok(member) => member,
        Err(answer) => return Ok(answer),
    };
    let id: Option<IdentificationId> = form.get("identification").and_then(|id| id.parse().ok());
    let id = id.ok_or(Trouble::BadRequest("identification"))?;
    let person = person(form.get("person"), &member, &visit)?;
    let document = Document::read(&form);
    let shown = match document.shown(&visit.app) {
        Ok(shown) => shown,
        Err(lacks) => return page(&visit, &member, (id, person), &document, &lacks),
    };
    visit.app.limits.count_account(member.staff.id.bytes())?;
    if let Some(lack) = stands_against(&shown.identity, shown.document, person, &visit)? {
        return page(&visit, &member, (id, person), &document, &[lack]);
    }
    let now = visit.app.now();
    let identification = Identification {
        id,
        person,
        stage: Stage::Open,
        asked_by: member.staff.id,
        asked: now,
        decided_by: None,
        decided: None,
        kind: shown.kind,
        document: shown.document,
        document_expires: shown.expires,
        examined: shown.examined,
        code_expires: None,
        expires: now + WAIT,
    };
    let keys = visit.app.keys.keys_for_sealing().map_err(|why| Trouble::fault("seal", &why))?;
    let sealed = vault::seal_document(id, &shown.identity, &keys, visit.app.dice.as_ref());
    let (still, actor) = (member.still(), Actor::Staff(member.staff.id));
    let begun = visit.app.write(move |db| -> Result<(), Trouble> {
        still(db)?;
        if !store::desk::insert(&identification, &sealed, db)? {
            return Ok(());
        }
        let mut entry = Entry::new(Event::IdentificationAsked, actor).with("identification", id);
        entry = entry.with("document", identification.kind.name());
        for one in &identification.examined {
            entry = entry.with("examined", one.name());
        }
        let entry = identification.person.map_or_else(|| entry.clone(), |person| entry.clone().about(person));
        Ok(store::audit::append(&entry, db)?)
    });
    begun.await?;
    Ok(redirect::see_other(&paths::counter_identification(id)))
}

/// Whom it is about; only somebody whom this clerk has found.
fn person(given: Option<&str>, member: &Member, visit: &Visit) -> Result<Option<PersonId>, Trouble> {
    let Some(id) = given else { return Ok(None) };
    let id: PersonId = id.parse().map_err(|_wrong| Trouble::NotFound)?;
    before(id, member, visit).map(Some)
}

fn known(person: PersonId, visit: &Visit) -> Result<Identity, Trouble> {
    let app = &visit.app;
    let known = app.store.read(|db| vault::open_identity(person, &Attribute::ALL, &app.keys, db))?;
    known.ok_or(Trouble::NotFound)
}

/// Why this document can not be written down for this person, or for somebody new.
fn stands_against(
    read: &Identity,
    document: [u8; 32],
    person: Option<PersonId>,
    visit: &Visit,
) -> Result<Option<Lack>, Trouble> {
    let other = visit.app.store.read(|db| store::desk::other_holder(&document, person, db))?;
    if other.is_some() {
        return Ok(Some(Lack::DocumentOfAnother));
    }
    let Some(person) = person else { return Ok(has_account(read, visit)?.then_some(Lack::HasAccount)) };
    let different = likeness::likeness(&known(person, visit)?, read) == Likeness::Different;
    Ok(different.then_some(Lack::OtherPerson))
}

/// Whether there is an account of this name, birth date and birth place.
fn has_account(read: &Identity, visit: &Visit) -> Result<bool, Trouble> {
    let app = &visit.app;
    let Some(hash) = name_hash(read, app) else { return Ok(false) };
    for namesake in app.store.read(|db| store::counter::find(&hash, NAMESAKES, db))? {
        let place = [Attribute::BirthPlace];
        let known = app.store.read(|db| vault::open_identity(namesake, &place, &app.keys, db))?;
        // Of whom no birth place is known, nobody can say that it is another person.
        let other = known
            .is_some_and(|known| known.birth_place.is_some() && !likeness::same_birth_place(&known, read));
        if !other {
            return Ok(true);
        }
    }
    Ok(false)
}

fn page(
    visit: &Visit,
    member: &Member,
    about: (IdentificationId, Option<PersonId>),
    document: &Document,
    lacks: &[Lack],
) -> Result<HttpResponse, Trouble> {
    let here = about.1.map_or_else(|| paths::COUNTER_IDENTIFICATION_NEW.to_owned(), paths::counter_identify);
    let frame = super::frame(visit)?.at(here);
    let status = if lacks.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(frame.show(&IdentifyPage::new(about, document, lacks, &member.staff.name, &frame.chrome), status))
}

/// One line to fill in.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) words: &'static str,
    pub(crate) hint: Option<&'static str>,
    pub(crate) value: String,
    pub(crate) mistake: Option<&'static str>,
}

/// One to choose or to tick.
pub(crate) struct Mark {
    pub(crate) value: &'static str,
    pub(crate) words: &'static str,
    pub(crate) on: bool,
}

/// `templates/counter/identify.html`
#[derive(Template)]
#[template(path = "counter/identify.html")]
pub(crate) struct IdentifyPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) id: String,
    /// Somebody who has an account.
    pub(crate) person: Option<String>,
    pub(crate) who: Vec<Field>,
    pub(crate) home: Vec<Field>,
    pub(crate) paper: Vec<Field>,
    pub(crate) kinds: Vec<Mark>,
    pub(crate) kind_mistake: bool,
    pub(crate) examined: Vec<Mark>,
    pub(crate) examined_mistake: bool,
    /// What stands against it as a whole: title and text.
    pub(crate) obstacle: Option<(&'static str, String)>,
    pub(crate) mistaken: bool,
    pub(crate) begin_url: &'static str,
    pub(crate) find_url: &'static str,
    pub(crate) back_url: String,
}

impl IdentifyPage {
    fn new(
        (id, person): (IdentificationId, Option<PersonId>),
        document: &Document,
        lacks: &[Lack],
        staff: &str,
        chrome: &Chrome,
    ) -> Self {
        let line = |name, words, hint| Field {
            name,
            words,
            hint,
            value: document.field(name).to_owned(),
            mistake: lacks.iter().find(|lack| lack.field() == Some(name)).map(|lack| lack.words(chrome)),
        };
        let date = Some(chrome.t("counter.birth_date_hint"));
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs(Place::Identify, chrome),
            id: id.to_string(),
            person: person.map(|person| person.to_string()),
            who: vec![
                line("given_names", chrome.t("counter.given_names"), Some(chrome.t("desk.given_names_hint"))),
                line("family_name", chrome.t("counter.family_name"), None),
                line("birth_name", chrome.t("desk.birth_name"), Some(chrome.t("desk.birth_name_hint"))),
                line("doctoral_degree", chrome.t("desk.degree"), Some(chrome.t("desk.optional"))),
                line("birth_date", chrome.t("counter.birth_date"), date),
                line("birth_place", chrome.t("counter.birth_place"), None),
            ],
            home: vec![
                line("street", chrome.t("desk.street"), None),
                line("postal_code", chrome.t("desk.postal_code"), None),
                line("locality", chrome.t("desk.locality"), None),
            ],
            paper: vec![
                line("number", chrome.t("desk.number"), Some(chrome.t("desk.number_hint"))),
                line("country", chrome.t("desk.country"), Some(chrome.t("desk.country_hint"))),
                line("valid_until", chrome.t("desk.valid_until"), Some(chrome.t("desk.valid_until_hint"))),
            ],
            kinds: DocumentKind::ALL
                .iter()
                .map(|kind| Mark {
                    value: kind.name(),
                    words: desk::kind(*kind, chrome),
                    on: document.field("kind") == kind.name(),
                })
                .collect(),
            kind_mistake: lacks.contains(&Lack::Kind),
            examined: Examined::ALL
                .iter()
                .map(|one| Mark {
                    value: one.name(),
                    words: desk::examined(*one, chrome),
                    on: document.examined.contains(one),
                })
                .collect(),
            examined_mistake: lacks.contains(&Lack::Examined),
            obstacle: lacks.iter().find_map(|lack| lack.obstacle(chrome)),
            mistaken: !lacks.is_empty(),
            begin_url: paths::COUNTER_IDENTIFICATIONS,
            find_url: paths::COUNTER,
            back_url: person.map_or_else(|| paths::COUNTER_IDENTIFICATIONS.to_owned(), paths::counter_person),
        }
    }
}

impl Page for IdentifyPage {
    const NAME: &'static str = "counter/identify";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let id = IdentificationId::from_bytes([81; 16]);
        let person = PersonId::from_bytes([17; 16]);
        let erika = Document::of(&crate::web::account::sample::identity());
        let page = |person, document: &Document, lacks: &[Lack]| {
            Self::new((id, person), document, lacks, SAMPLE_STAFF, chrome)
        };
        vec![
            ("new", page(None, &Document::default(), &[])),
            ("known", page(Some(person), &erika, &[])),
            ("mistakes", page(None, &Document::default(), Lack::FIELDS)),
            ("has_account", page(None, &erika, &[Lack::HasAccount])),
        ]
    }
}
