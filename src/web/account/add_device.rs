//! One more device becomes a key.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::entry::{self, Entered};
use crate::domain::passkey::Holder;
use crate::http::Trouble;
use crate::http::limit::Act;
use crate::passkey::Refusal;
use crate::store::ceremony::Kind;
use crate::web::ceremony::{self, Answer, Closed};
use crate::web::citizen::key::{self, Made};
use crate::web::page::{Chrome, Page};
use crate::web::visit::{Visit, go_on, say};
use crate::{paths, store};

/// `GET /account/devices`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let here = match entry::enter_fresh(&visit).await? {
        Entered::Here(here) => here,
        Entered::Away(answer) => return Ok(answer),
    };
    let frame = visit.frame();
    let name = key::display_name(&visit, here.person)?;
    let page = AddDevicePage::new(&name, &ceremony::suggested_name(&visit), &frame.chrome);
    Ok(frame.show(&page, StatusCode::OK))
}

/// `POST /account/devices/options`
pub async fn options(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    visit.json::<serde_json::Value>(&body)?;
    visit.count(Act::Open)?;
    let Some(here) = entry::fresh_for_script(&visit)? else { return Ok(stale(&visit)) };
    let name = key::display_name(&visit, here.person)?;
    let (handle, known) = key::known_keys(&visit, here.person)?;
    let begun = key::begin(&visit, handle, &name, &known)?;
    ceremony::begin(&visit, Kind::AddDevice, *here.person.bytes(), begun).await
}

/// `POST /account/devices`: the new key, with its binding. It never reaches more than the session in which it
/// was made: adding a key lifts nobody.
pub async fn add(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let answer: Answer = visit.json(&body)?;
    let Some(here) = entry::fresh_for_script(&visit)? else { return Ok(stale(&visit)) };
    let Some(claimed) = ceremony::claim(&visit, Kind::AddDevice, *here.person.bytes(), answer)? else {
        return Ok(ceremony::late(&visit));
    };
    let holder = Holder::Person(here.person);
    let (key, registered) = match ceremony::register(&visit, &claimed, holder, here.session.level) {
        Ok(made) => made,
        Err(why) => return ceremony::refuse(&visit, Some(claimed.id), Closed::Refused(why)).await,
    };
    let record = visit.app.store.read(|db| store::person::latest_check(here.person, db))?;
    let record = record.ok_or(Trouble::SignInOver)?;
    let made =
        Made { key, public_key: registered.public_key, ceremony: claimed.id, session: Some(here.session.id) };
    if key::add(&visit, here.person, record, made).await? {
        Ok(go_on(paths::ACCOUNT))
    } else {
        ceremony::refuse(&visit, None, Closed::Refused(Refusal::AlreadyRegistered)).await
    }
}

/// Logged out, or the proof is too old: the page, opened anew, leads to the door.
fn stale(visit: &Visit) -> HttpResponse {
    say(visit.frame().chrome.t("sign_in.again"))
}

/// `templates/account/add_device.html`. `passkey.js` posts to `options_url` and `finish_url`.
#[derive(Template)]
#[template(path = "account/add_device.html")]
pub(crate) struct AddDevicePage {
    pub(crate) chrome: Chrome,
    /// A proposal for its name.
    pub(crate) device_name: String,
    pub(crate) options_url: &'static str,
    pub(crate) finish_url: &'static str,
    pub(crate) back_url: &'static str,
}

impl AddDevicePage {
    /// `person`: the name of who is logged in; `device_name`: a proposal, may be empty.
    pub(crate) fn new(person: &str, device_name: &str, chrome: &Chrome) -> Self {
        Self {
            chrome: chrome.signed_in(person),
            device_name: device_name.to_owned(),
            options_url: paths::ACCOUNT_DEVICE_OPTIONS,
            finish_url: paths::ACCOUNT_DEVICES,
            back_url: paths::ACCOUNT,
        }
    }
}

impl Page for AddDevicePage {
    const NAME: &'static str = "account/add_device";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        vec![("add", Self::new("Erika Mustermann", "Laptop von Erika", chrome))]
    }
}
