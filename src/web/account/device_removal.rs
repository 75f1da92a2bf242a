//! Shall this device be blocked? With a warning of its own when nothing else opens the account.

use askama::Template;

use super::dossier::{Dossier, View};
use crate::domain::passkey::Passkey;
use crate::paths;
use crate::web::page::{Chrome, Page};

/// `templates/account/device_removal.html`. The form sends `confirm=yes` where `last` is set.
#[derive(Template)]
#[template(path = "account/device_removal.html")]
pub(crate) struct DeviceRemovalPage {
    pub(crate) chrome: Chrome,
    pub(crate) device: String,
    /// The devices that stay, by name.
    pub(crate) others: String,
    /// Nothing else opens the account but the card.
    pub(crate) last: bool,
    /// This session ends with it.
    pub(crate) current: bool,
    /// The box for the last device was not ticked.
    pub(crate) mistake: bool,
    /// POST.
    pub(crate) remove_url: String,
    pub(crate) back_url: &'static str,
}

impl DeviceRemovalPage {
    /// `mistake`: the form came back without its tick.
    pub(crate) fn new(key: &Passkey, dossier: &Dossier, view: &View, mistake: bool, chrome: &Chrome) -> Self {
        let others: Vec<String> = dossier
            .active()
            .filter(|other| other.id != key.id)
            .map(|other| format!("„{}“", other.name))
            .collect();
        Self {
            chrome: chrome.signed_in(&dossier.identity.full_name()),
            device: key.name.clone(),
            others: others.join(", "),
            last: dossier.is_last_key(key),
            current: view.came_with(key.id),
            mistake,
            remove_url: paths::account_device(key.id),
            back_url: paths::ACCOUNT,
        }
    }
}

impl Page for DeviceRemovalPage {
    const NAME: &'static str = "account/device_removal";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let view = super::sample::view();
        let usual = super::sample::dossier(chrome);
        let mut last = super::sample::dossier(chrome);
        last.passkeys.truncate(1);
        let [first, second, ..] = usual.passkeys.as_slice() else { return Vec::new() };
        vec![
            ("other", Self::new(second, &usual, &view, false, chrome)),
            ("current", Self::new(first, &usual, &view, false, chrome)),
            ("last", Self::new(first, &last, &view, false, chrome)),
            ("mistake", Self::new(first, &last, &view, true, chrome)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::text::Language;

    #[test]
    fn only_the_last_way_in_asks_for_a_tick() {
        let chrome = Chrome::sample(Language::De);
        for (name, page) in DeviceRemovalPage::samples(&chrome) {
            let html = page.render().unwrap();
            assert_eq!(html.contains("name=\"confirm\""), ["last", "mistake"].contains(&name), "{name}");
            assert_eq!(html.contains("kern-error"), name == "mistake", "{name}");
            assert_eq!(html.contains(chrome.t("account.removal.current")), name != "other", "{name}");
        }
    }
}
