//! One person: state, checks and devices, without any personal data. Block and release.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::entry::{self, Entered};
use super::{Tab, tabs};
use crate::domain::audit::Actor;
use crate::domain::id::PersonId;
use crate::domain::passkey::{Holder, Passkey, PasskeyState};
use crate::domain::person::{Person, PersonState};
use crate::http::{Trouble, redirect};
use crate::passkey::authenticator_name;
use crate::store::person::IdentityRecord;
use crate::web::account::dossier::ModelName;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::{doors, people, words};
use crate::{paths, store};

/// `GET /operator/people/{person}`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let member = match entry::operator(&visit).await? {
        Entered::Member(member) => member,
        Entered::Away(answer) => return Ok(answer),
    };
    let id: PersonId = visit.id("person")?;
    let (person, checks, passkeys, told) = visit.app.store.read(|db| {
        Ok((
            store::person::by_id(id, db)?,
            store::person::checks(id, db)?,
            store::passkey::by_holder(Holder::Person(id), db)?,
            store::consent::by_person(id, db)?.len(),
        ))
    })?;
    let file = PersonFile {
        person: &person.ok_or(Trouble::NotFound)?,
        checks: &checks,
        passkeys: &passkeys,
        services: u64::try_from(told).unwrap_or(u64::MAX),
    };
    let frame = entry::frame(&visit);
    let page = PersonPage::new(&file, authenticator_name, &member.staff.name, &frame.chrome);
    Ok(frame.show(&page, StatusCode::OK))
}

/// `POST /operator/people/{person}`: blocks or releases, and shows what is now.
pub async fn act(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    let member = match entry::operator(&visit).await? {
        Entered::Member(member) => member,
        Entered::Away(answer) => return Ok(answer),
    };
    let to = match form.get("action") {
        Some("block") => PersonState::Blocked,
        Some("release") => PersonState::Active,
        _ => return Err(Trouble::BadRequest("action")),
    };
    let (id, session, actor) = (visit.id("person")?, member.session.id, Actor::Staff(member.staff.id));
    let found = visit.app.write(move |db| -> Result<bool, Trouble> {
        doors::still_open(session, db)?;
        let Some(person) = store::person::by_id(id, db)? else { return Ok(false) };
        // Somebody else has done the same already: nothing to do, and nothing to be written down.
        if person.state != to {
            people::set_state(&person, to, actor, db)?;
        }
        Ok(true)
    });
    if !found.await? {
        return Err(Trouble::NotFound);
    }
    Ok(redirect::see_other(&paths::operator_person(id)))
}

/// An identity check, in words.
pub(crate) struct CheckLine {
    pub(crate) method: &'static str,
    pub(crate) level: &'static str,
    pub(crate) at: String,
    pub(crate) provider: String,
}

/// A device: its model, never the name its holder gave it.
pub(crate) struct DeviceLine {
    pub(crate) model: &'static str,
    pub(crate) id: String,
    /// Badge and word of its state.
    pub(crate) kind: &'static str,
    pub(crate) state: &'static str,
    pub(crate) made: String,
    pub(crate) used: Option<String>,
}

/// `templates/operator/person.html`. The form sends `action=block` or `action=release` to this very address.
#[derive(Template)]
#[template(path = "operator/person.html")]
pub(crate) struct PersonPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) id: String,
    pub(crate) active: bool,
    pub(crate) demo: bool,
    pub(crate) since: String,
    pub(crate) services: u64,
    pub(crate) checks: Vec<CheckLine>,
    pub(crate) devices: Vec<DeviceLine>,
    /// POST.
    pub(crate) action_url: String,
    pub(crate) back_url: &'static str,
}

/// What the page shows a part of.
pub(crate) struct PersonFile<'a> {
    pub(crate) person: &'a Person,
    pub(crate) checks: &'a [IdentityRecord],
    pub(crate) passkeys: &'a [Passkey],
    /// How many services were told something.
    pub(crate) services: u64,
}

impl PersonPage {
    /// `staff`: the name of who is logged in.
    pub(crate) fn new(file: &PersonFile<'_>, model: ModelName, staff: &str, chrome: &Chrome) -> Self {
        let person = file.person;
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs(paths::OPERATOR_PEOPLE, chrome),
            id: person.id.to_string(),
            active: person.state == PersonState::Active,
            demo: person.demo,
            since: words::moment(person.created, chrome),
            services: file.services,
            checks: file.checks.iter().map(|check| check_line(check, chrome)).collect(),
            devices: file.passkeys.iter().map(|key| device_line(key, model, chrome)).collect(),
            action_url: paths::operator_person(person.id),
            back_url: paths::OPERATOR_PEOPLE,
        }
    }
}

fn check_line(check: &IdentityRecord, chrome: &Chrome) -> CheckLine {
    CheckLine {
        method: words::method(check.method, chrome),
        level: words::level(check.method.level(), chrome),
        at: words::day(check.at, chrome),
        provider: check.provider.clone(),
    }
}

fn device_line(key: &Passkey, model: ModelName, chrome: &Chrome) -> DeviceLine {
    let (kind, state) = match key.state {
        PasskeyState::Active => ("success", chrome.t("operator.person.device_active")),
        PasskeyState::Suspended => ("warning", chrome.t("operator.person.device_suspended")),
        PasskeyState::Blocked => ("danger", chrome.t("operator.person.device_blocked")),
    };
    DeviceLine {
        model: key
            .aaguid
            .as_ref()
            .and_then(model)
            .unwrap_or_else(|| chrome.t("operator.person.model_unknown")),
        id: words::short(key.id),
        kind,
        state,
        made: words::day(key.created, chrome),
        used: key.last_used.map(|at| words::relative(at, chrome)),
    }
}

impl Page for PersonPage {
    const NAME: &'static str = "operator/person";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use crate::web::account::sample;
        let dossier = sample::dossier(chrome);
        let mut blocked = sample::dossier(chrome);
        blocked.person.state = PersonState::Blocked;
        blocked.passkeys[1].state = PasskeyState::Suspended;
        blocked.passkeys[2].state = PasskeyState::Blocked;
        let model = sample::view().model;
        let page = |dossier: &crate::web::account::dossier::Dossier, passkeys| {
            let file = PersonFile { person: &dossier.person, checks: &dossier.checks, passkeys, services: 2 };
            Self::new(&file, model, super::SAMPLE_STAFF, chrome)
        };
        vec![
            ("active", page(&dossier, &dossier.passkeys)),
            ("blocked", page(&blocked, &blocked.passkeys)),
            ("bare", page(&dossier, &[])),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::text::Language;

    #[test]
    fn no_personal_data_reaches_the_page_and_the_form_offers_the_other_state() {
        let chrome = Chrome::sample(Language::De);
        for (name, page) in PersonPage::samples(&chrome) {
            let html = page.render().unwrap();
            for personal in ["Erika", "Mustermann", "Heidestra", "1964", "Arbeitszimmer", "Schlüsselbund von"]
            {
                assert!(!html.contains(personal), "{name}: {personal}");
            }
            assert_eq!(html.contains("value=\"block\""), name != "blocked", "{name}");
            assert_eq!(html.contains("value=\"release\""), name == "blocked", "{name}");
        }
    }
}
