//! The list of a resident's devices.

use super::dossier::{Dossier, ModelName, View};
use super::entry::{self, Entered};
use super::export::attachment;
use crate::domain::assurance::{Assessment, Level};
use crate::domain::id::PasskeyId;
use crate::domain::passkey::{Passkey, PasskeyState};
use crate::http::Trouble;
use crate::web::page::Chrome;
use crate::web::visit::Visit;
use crate::web::words;
use crate::{paths, store};
use actix_web::HttpResponse;

/// `GET /account/devices/{passkey}/binding`: the latest person binding of a key, as a file. It says nothing of
/// the person but that they were checked, so an old proof is good enough.
pub async fn binding(visit: Visit) -> Result<HttpResponse, Trouble> {
    let here = match entry::enter(&visit).await? {
        Entered::Here(here) => here,
        Entered::Away(answer) => return Ok(answer),
    };
    let key: PasskeyId = visit.id("passkey")?;
    let found = visit.app.store.read(|db| store::binding::by_passkey(key, db))?;
    let binding = found.filter(|binding| binding.person == here.person).ok_or(Trouble::NotFound)?;
    Ok(attachment(&format!("{}.json", binding.id), binding.statement))
}

/// One device, in words.
pub(crate) struct DeviceRow {
    pub(crate) name: String,
    /// Class of its drawing.
    pub(crate) icon: &'static str,
    /// This very session came with it.
    pub(crate) current: bool,
    /// Why it opens nothing; `None`: it opens.
    pub(crate) stopped: Option<&'static str>,
    /// Model, made, last used.
    pub(crate) facts: String,
    /// Level and why it is not higher; `None` while it opens nothing.
    pub(crate) level: Option<String>,
    /// The question page; `None` for one that is blocked already.
    pub(crate) block_url: Option<String>,
    /// The person binding as a file.
    pub(crate) binding_url: Option<String>,
}

/// All devices of a person, the one in use first, then the latest made.
pub(crate) fn device_rows(dossier: &Dossier, view: &View, chrome: &Chrome) -> Vec<DeviceRow> {
    let mut keys: Vec<&Passkey> = dossier.passkeys.iter().collect();
    keys.sort_by_key(|key| {
        (!view.came_with(key.id), key.state != PasskeyState::Active, std::cmp::Reverse(key.created))
    });
    let row = |key: &Passkey| {
        let assessment = dossier.assess(key, &view.policy, words::now(chrome));
        let mut row = device_row(key, assessment.as_ref(), chrome, view.came_with(key.id), view.model);
        let bound = dossier.bindings.iter().any(|binding| binding.passkey == key.id);
        row.binding_url = bound.then(|| paths::account_binding(key.id));
        row
    };
    keys.into_iter().map(row).collect()
}

/// One device; `binding_url` stays empty. `current`: this session came with it.
pub(crate) fn device_row(
    key: &Passkey,
    assessment: Option<&Assessment>,
    chrome: &Chrome,
    current: bool,
    model: ModelName,
) -> DeviceRow {
    let active = key.state == PasskeyState::Active;
    DeviceRow {
        name: key.name.clone(),
        icon: icon(&key.transports),
        current: current && active,
        stopped: stopped(key.state, chrome),
        facts: facts(key, chrome, model),
        level: assessment.filter(|_| active).map(|assessment| level(assessment, chrome)),
        block_url: (key.state != PasskeyState::Blocked).then(|| paths::account_device(key.id)),
        binding_url: None,
    }
}

fn stopped(state: PasskeyState, chrome: &Chrome) -> Option<&'static str> {
    match state {
        PasskeyState::Active => None,
        PasskeyState::Suspended => Some(chrome.t("account.device.suspended")),
        PasskeyState::Blocked => Some(chrome.t("account.device.blocked")),
    }
}

/// `iCloud-Schlüsselbund · Angelegt am 3. März 2026 · Zuletzt gestern, 18:42 Uhr`
pub(crate) fn facts(key: &Passkey, chrome: &Chrome, model: ModelName) -> String {
    let made = chrome.t1("account.device.made", words::day(key.created, chrome));
    let used = match key.last_used {
        Some(at) => chrome.t1("account.device.used", words::relative(at, chrome)),
        None => chrome.t("account.device.never_used").to_owned(),
    };
    let model = key.aaguid.as_ref().and_then(model).map(str::to_owned);
    [model, Some(made), Some(used)].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// `Stufe niedrig. Der Schlüssel …`
fn level(assessment: &Assessment, chrome: &Chrome) -> String {
    let level = words::level(assessment.level, chrome);
    match assessment.reasons.first() {
        Some(reason) if assessment.level < Level::High => {
            chrome.t2("account.device.level_why", level, words::reason(*reason, chrome))
        }
        _ => chrome.t1("account.device.level", level),
    }
}

/// A guess by the transports, for the eye only: who speaks to other devices is a phone, who has no built-in
/// way is a key on a ring.
pub(crate) fn icon(transports: &str) -> &'static str {
    let has = |name| transports.split_ascii_whitespace().any(|one| one == name);
    match (has("internal"), has("hybrid")) {
        (_, true) => "th-icon--phone",
        (true, false) => "th-icon--laptop",
        (false, false) => "th-icon--key",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::account::sample;
    use crate::web::text::Language;

    #[test]
    fn the_device_in_use_comes_first_and_says_so() {
        let chrome = Chrome::sample(Language::De);
        let dossier = sample::dossier(&chrome);
        let rows = device_rows(&dossier, &sample::view(), &chrome);
        assert_eq!(rows.len(), 3);
        assert_eq!(rows.iter().map(|row| row.current).collect::<Vec<_>>(), [true, false, false]);
        assert_eq!(rows[0].name, "iPhone von Erika");
        assert!(rows[0].facts.starts_with("iCloud-Schlüsselbund · "), "{}", rows[0].facts);
        assert!(rows[0].facts.contains("gestern"), "{}", rows[0].facts);
        assert!(rows[0].level.as_deref().unwrap().contains("niedrig"));
        assert_eq!(rows[0].binding_url.as_deref(), Some(&*paths::account_binding(dossier.passkeys[0].id)));
        assert!(rows[1].level.as_deref().unwrap().contains("substanziell"));
    }

    #[test]
    fn what_is_stopped_reaches_no_level_and_a_blocked_key_is_not_blocked_again() {
        let chrome = Chrome::sample(Language::En);
        let dossier = sample::dossier(&chrome);
        let mut key = dossier.passkeys[0].clone();
        let assessment = dossier.assess(&key, &sample::view().policy, words::now(&chrome));
        for (state, level, block) in [
            (PasskeyState::Active, true, true),
            (PasskeyState::Suspended, false, true),
            (PasskeyState::Blocked, false, false),
        ] {
            key.state = state;
            let row = device_row(&key, assessment.as_ref(), &chrome, true, |_| None);
            assert_eq!((row.level.is_some(), row.block_url.is_some()), (level, block), "{state:?}");
            assert_eq!(row.stopped.is_none(), row.current, "{state:?}");
        }
        let row = device_row(&key, None, &chrome, false, |_| None);
        assert_eq!(row.level, None);
    }

    #[test]
    fn drawings_follow_the_transports() {
        assert_eq!(icon("internal hybrid"), "th-icon--phone");
        assert_eq!(icon("internal"), "th-icon--laptop");
        assert_eq!(icon("usb nfc"), "th-icon--key");
        assert_eq!(icon(""), "th-icon--key");
    }
}
