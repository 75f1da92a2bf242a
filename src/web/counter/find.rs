//! Finding somebody: full name and birth date, as their document says.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::{Place, clerk, frame, tabs};
use crate::domain::attribute::{Attribute, Identity};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::id::PersonId;
use crate::domain::likeness;
use crate::eid::refresh::name_hash;
use crate::http::{Params, Trouble, redirect};
use crate::paths;
use crate::store::{self, vault};
use crate::web::dates::typed_date;
use crate::web::operator::entry::Member;
use crate::web::operator::{SAMPLE_STAFF, Tab};
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;

/// Characters of a name at most.
const NAME_MAX: usize = 120;
/// Namesakes of one birth date at most.
const FOUND_MAX: u32 = 20;

/// `GET /counter`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    match clerk(&visit).await? {
        Ok(member) => page(&visit, &member, Form::default(), None),
        Err(answer) => Ok(answer),
    }
}

/// What was entered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    pub(crate) given_names: String,
    pub(crate) family_name: String,
    pub(crate) birth_date: String,
    /// Asked only where two people have the same name and birth date.
    pub(crate) birth_place: String,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// A name or the date is missing or no date.
    Incomplete,
    Nobody,
    /// The birth place must tell them apart.
    Several,
}

/// `POST /counter`
pub async fn search(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = read(&visit.form(&body)?);
    let member = match clerk(&visit).await? {
        Ok(member) => member,
        Err(answer) => return Ok(answer),
    };
    let Some(wanted) = identity(&form) else {
        return page(&visit, &member, form, Some(Outcome::Incomplete));
    };
    // Whoever tries names one after the other is slowed down.
    visit.app.limits.count_account(member.staff.id.bytes())?;
    let found = found(&wanted, &visit)?;
    let person = match found.as_slice() {
        [only] => Some(*only),
        _ => None,
    };
    let (still, session, actor) = (member.still(), member.session.id, Actor::Staff(member.staff.id));
    let written = visit.app.write(move |db| -> Result<(), Trouble> {
        still(db)?;
        let entry = Entry::new(Event::PersonSearched, actor);
        match person {
            Some(person) => {
                store::counter::open(session, person, db)?;
                store::audit::append(&entry.about(person), db)?;
            }
            None => store::audit::append(&entry, db)?,
        }
        Ok(())
    });
    written.await?;
    match person {
        Some(person) => Ok(redirect::see_other(&paths::counter_person(person))),
        None if found.is_empty() => page(&visit, &member, form, Some(Outcome::Nobody)),
        None => page(&visit, &member, form, Some(Outcome::Several)),
    }
}

fn read(form: &Params) -> Form {
    let text = |name| form.get(name).unwrap_or("").trim().chars().take(NAME_MAX).collect();
    Form {
        given_names: text("given_names"),
        family_name: text("family_name"),
        birth_date: text("birth_date"),
        birth_place: text("birth_place"),
    }
}

/// `None`: something is missing.
fn identity(form: &Form) -> Option<Identity> {
    let some = |text: &String| (!text.is_empty()).then(|| text.clone());
    let identity = Identity {
        given_names: some(&form.given_names),
        family_name: some(&form.family_name),
        birth_date: Some(typed_date(&form.birth_date)?),
        birth_place: some(&form.birth_place),
        ..Identity::default()
    };
    likeness::name_value(&identity).map(|_| identity)
}

/// Those of this name and birth date; of several, those whom the birth place does not rule out.
fn found(wanted: &Identity, visit: &Visit) -> Result<Vec<PersonId>, Trouble> {
    let app = &visit.app;
    let Some(hash) = name_hash(wanted, app) else { return Ok(Vec::new()) };
    let all = app.store.read(|db| store::counter::find(&hash, FOUND_MAX, db))?;
    if all.len() < 2 || wanted.birth_place.is_none() {
        return Ok(all);
    }
    let mut fitting = Vec::new();
    for person in all {
        let place = [Attribute::BirthPlace];
        let known = app.store.read(|db| vault::open_identity(person, &place, &app.keys, db))?;
        if known.is_some_and(|known| likeness::same_birth_place(&known, wanted)) {
            fitting.push(person);
        }
    }
    Ok(fitting)
}

fn page(
    visit: &Visit,
    member: &Member,
    form: Form,
    outcome: Option<Outcome>,
) -> Result<HttpResponse, Trouble> {
    let frame = frame(visit)?.at(paths::COUNTER.to_owned());
    let status = match outcome {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Ok(frame.show(&FindPage::new(form, outcome, &member.staff.name, &frame.chrome), status))
}

/// `templates/counter/find.html`
#[derive(Template)]
#[template(path = "counter/find.html")]
pub(crate) struct FindPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) form: Form,
    /// What to say of the last search: title and text.
    pub(crate) notice: Option<(&'static str, String)>,
    pub(crate) mistake: bool,
    pub(crate) ask_place: bool,
    pub(crate) search_url: &'static str,
    pub(crate) identify_url: &'static str,
}

impl FindPage {
    fn new(form: Form, outcome: Option<Outcome>, staff: &str, chrome: &Chrome) -> Self {
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs(Place::Find, chrome),
            ask_place: outcome == Some(Outcome::Several) || !form.birth_place.is_empty(),
            form,
            notice: outcome.map(|outcome| {
                let (title, more) = match outcome {
                    Outcome::Incomplete => {
                        (chrome.t("counter.incomplete"), chrome.t("counter.incomplete_more"))
                    }
                    Outcome::Nobody => (chrome.t("counter.nobody"), chrome.t("counter.nobody_more")),
                    Outcome::Several => (chrome.t("counter.several"), chrome.t("counter.several_more")),
                };
                (title, more.to_owned())
            }),
            mistake: outcome == Some(Outcome::Incomplete),
            search_url: paths::COUNTER,
            identify_url: paths::COUNTER_IDENTIFICATION_NEW,
        }
    }
}

impl Page for FindPage {
    const NAME: &'static str = "counter/find";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let erika = || Form {
            given_names: "Erika".to_owned(),
            family_name: "Mustermann".to_owned(),
            birth_date: "12.8.1964".to_owned(),
            birth_place: String::new(),
        };
        let page = |form, outcome| Self::new(form, outcome, SAMPLE_STAFF, chrome);
        vec![
            ("empty", page(Form::default(), None)),
            ("nobody", page(erika(), Some(Outcome::Nobody))),
            ("several", page(erika(), Some(Outcome::Several))),
            (
                "incomplete",
                page(Form { birth_date: "1964".to_owned(), ..erika() }, Some(Outcome::Incomplete)),
            ),
        ]
    }
}
