//! One person: state, checks and devices, without any personal data. Block and release.

use askama::Template;

use super::{Tab, tabs};
use crate::domain::passkey::{Passkey, PasskeyState};
use crate::domain::person::{Person, PersonState};
use crate::paths;
use crate::store::person::IdentityRecord;
use crate::web::account::dossier::ModelName;
use crate::web::page::{Chrome, Page};
use crate::web::words;

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
