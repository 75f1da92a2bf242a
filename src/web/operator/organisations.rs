//! The organisations that answer for services.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::entry::{self, Entered, Member};
use super::{Tab, tabs};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::id::OrganisationId;
use crate::domain::organisation::{Organisation, tidy_name};
use crate::http::{Trouble, redirect};
use crate::web::doors;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::words;
use crate::{paths, store};

/// More organisations than any town has; the page shows no more.
const ORGANISATIONS_MAX: u32 = 1000;

/// `GET /operator/organisations`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    match entry::operator(&visit).await? {
        Entered::Member(member) => page(&visit, &member, None),
        Entered::Away(answer) => Ok(answer),
    }
}

/// `POST /operator/organisations`: makes one.
pub async fn add(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    let member = match entry::operator(&visit).await? {
        Entered::Member(member) => member,
        Entered::Away(answer) => return Ok(answer),
    };
    let given = form.get("name").unwrap_or("").to_owned();
    let Some(name) = tidy_name(&given) else { return page(&visit, &member, Some((given, Mistake::Name))) };
    let organisation =
        Organisation { id: OrganisationId::draw(visit.app.dice.as_ref()), name, created: visit.app.now() };
    let (id, session, actor) = (organisation.id, member.session.id, Actor::Staff(member.staff.id));
    let made = visit.app.write(move |db| -> Result<bool, Trouble> {
        doors::still_open(session, db)?;
        if !store::organisation::insert(&organisation, db)? {
            return Ok(false);
        }
        let entry = Entry::new(Event::OrganisationAdded, actor).with("organisation", organisation.id);
        store::audit::append(&entry, db)?;
        Ok(true)
    });
    if made.await? {
        Ok(redirect::see_other(&paths::operator_organisation(id)))
    } else {
        page(&visit, &member, Some((given, Mistake::Taken)))
    }
}

fn page(visit: &Visit, member: &Member, mistake: Option<(String, Mistake)>) -> Result<HttpResponse, Trouble> {
    let all = visit.app.store.read(|db| store::organisation::all(ORGANISATIONS_MAX, db))?;
    let frame = entry::frame(visit).at(paths::OPERATOR_ORGANISATIONS.to_owned());
    let status = if mistake.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(frame.show(&OrganisationsPage::new(&all, mistake, &member.staff.name, &frame.chrome), status))
}

/// What is wrong with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// None, or too long.
    Name,
    /// Another organisation has it.
    Taken,
}

/// One of them, in words.
pub(crate) struct OrganisationLine {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) since: String,
}

/// `templates/operator/organisations.html`
#[derive(Template)]
#[template(path = "operator/organisations.html")]
pub(crate) struct OrganisationsPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) organisations: Vec<OrganisationLine>,
    /// What was just entered and not taken.
    pub(crate) entered: String,
    pub(crate) mistake: Option<&'static str>,
    /// POST.
    pub(crate) add_url: &'static str,
}

impl OrganisationsPage {
    /// `staff`: the name of who is logged in.
    fn new(all: &[Organisation], mistake: Option<(String, Mistake)>, staff: &str, chrome: &Chrome) -> Self {
        let (entered, mistake) = mistake.unzip();
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs(paths::OPERATOR_ORGANISATIONS, chrome),
            organisations: all.iter().map(|one| line(one, chrome)).collect(),
            entered: entered.unwrap_or_default(),
            mistake: mistake.map(|mistake| match mistake {
                Mistake::Name => chrome.t("operator.organisations.name_wrong"),
                Mistake::Taken => chrome.t("operator.organisations.name_taken"),
            }),
            add_url: paths::OPERATOR_ORGANISATIONS,
        }
    }
}

fn line(organisation: &Organisation, chrome: &Chrome) -> OrganisationLine {
    OrganisationLine {
        name: organisation.name.clone(),
        url: paths::operator_organisation(organisation.id),
        since: words::day(organisation.created, chrome),
    }
}

/// Those of the samples.
pub(crate) fn samples(chrome: &Chrome) -> Vec<Organisation> {
    let organisation = |n: u8, name: &str| Organisation {
        id: OrganisationId::from_bytes([n; 16]),
        name: name.to_owned(),
        created: words::now(chrome),
    };
    vec![organisation(1, "Stadtbibliothek"), organisation(2, "Straßenverkehrsbehörde")]
}

impl Page for OrganisationsPage {
    const NAME: &'static str = "operator/organisations";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |all: &[Organisation], mistake| Self::new(all, mistake, super::SAMPLE_STAFF, chrome);
        let taken = Some(("Stadtbibliothek".to_owned(), Mistake::Taken));
        vec![
            ("two", page(&samples(chrome), None)),
            ("none", page(&[], None)),
            ("taken", page(&samples(chrome), taken)),
        ]
    }
}
