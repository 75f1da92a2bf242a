//! Shall this device be blocked? With a warning of its own when nothing else opens the account.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::dossier::{Dossier, View};
use super::entry::{self, Entered, Here};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::id::{PasskeyId, PersonId};
use crate::domain::passkey::{Holder, Passkey, PasskeyState};
use crate::domain::sign_in::Means;
use crate::http::session::{self, Kind};
use crate::http::{Trouble, redirect};
use crate::oidc::logout;
use crate::paths;
use crate::store::{self, Fault, Write};
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::{doors, people};

/// `GET /account/devices/{passkey}`: the question.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let here = match entry::enter_fresh(&visit).await? {
        Entered::Here(here) => here,
        Entered::Away(answer) => return Ok(answer),
    };
    ask(&here, &visit, false)
}

fn ask(here: &Here, visit: &Visit, mistake: bool) -> Result<HttpResponse, Trouble> {
    let dossier = here.dossier(0, visit)?;
    let key = removable(&dossier, visit.id("passkey")?)?;
    let frame = visit.frame().at(paths::account_device(key.id));
    let page = DeviceRemovalPage::new(key, &dossier, &here.view(visit), mistake, &frame.chrome);
    let status = if mistake { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(frame.show(&page, status))
}

/// A key of this person. One that was blocked for them stays, so that it is not made anew.
fn removable(dossier: &Dossier, id: PasskeyId) -> Result<&Passkey, Trouble> {
    let key = dossier.passkey(id).filter(|key| key.state != PasskeyState::Blocked);
    key.ok_or(Trouble::NotFound)
}

/// `POST /account/devices/{passkey}`: the answer.
pub async fn remove(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    let here = match entry::enter_fresh(&visit).await? {
        Entered::Here(here) => here,
        Entered::Away(answer) => return Ok(answer),
    };
    let (id, person, session) = (visit.id("passkey")?, here.person, here.session.id);
    let last_too = form.get("confirm") == Some("yes");
    let removal = visit
        .app
        .write(move |db| -> Result<Removal, Trouble> {
            doors::still_open(session, db)?;
            Ok(remove_key(id, person, last_too, db)?)
        })
        .await?;
    match removal {
        Removal::NotTheirs => Err(Trouble::NotFound),
        Removal::Last => ask(&here, &visit, true),
        Removal::Done if here.session.means == Means::Passkey(id) => {
            let mut answer = redirect::see_other(paths::SIGNED_OUT);
            // Our own cookies are well-formed.
            let _set = answer.add_cookie(&session::removal(Kind::Person));
            Ok(answer)
        }
        Removal::Done => Ok(redirect::see_other(paths::ACCOUNT)),
    }
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
enum Removal {
    /// No such key, or not one of theirs.
    NotTheirs,
    /// Nothing else would open the account, and that was not confirmed.
    Last,
    Done,
}

/// In one write: the key goes, its bindings are revoked, every session it opened ends. Whether it is the last is
/// looked at here, where nobody removes another one at the same time.
fn remove_key(id: PasskeyId, person: PersonId, last_too: bool, db: &Write) -> Result<Removal, Fault> {
    let holder = Holder::Person(person);
    let keys = store::passkey::by_holder(holder, db)?;
    let Some(key) = keys.iter().find(|key| key.id == id && key.state != PasskeyState::Blocked) else {
        return Ok(Removal::NotTheirs);
    };
    let opens = |key: &Passkey| key.state == PasskeyState::Active;
    if opens(key) && !last_too && !keys.iter().any(|other| other.id != id && opens(other)) {
        return Ok(Removal::Last);
    }
    people::revoke_bindings(id, person, Actor::Person(person), db)?;
    for session in store::session::by_holder(holder, db)? {
        if session.means == Means::Passkey(id) {
            logout::end(&session, db)?;
        }
    }
    if !store::passkey::remove(id, holder, db)? {
        return Ok(Removal::NotTheirs);
    }
    let entry = Entry::new(Event::PasskeyRemoved, Actor::Person(person)).about(person);
    store::audit::append(&entry.with("passkey", id), db)?;
    Ok(Removal::Done)
}

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
            chrome: chrome.signed_in(&dossier.identity.display_name()),
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
