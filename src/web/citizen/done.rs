//! Step 3 of enrolment: all is done; on to the service, or to the account.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use jiff::{Timestamp, ToSpan};

use super::Asker;
use super::flow::Asked;
use crate::domain::passkey::Holder;
use crate::http::{Trouble, redirect};
use crate::web::frame::moment;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::{paths, store};

/// `GET /sign-in/{id}/done`: step three.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let asked = Asked::load(&visit)?;
    let id = asked.sign_in.id;
    let elsewhere = || Ok(redirect::see_other(&paths::sign_in(id)));
    let Some(Holder::Person(person)) = asked.proof().map(|proof| proof.holder) else { return elsewhere() };
    let (check, keys) = visit.app.store.read(|db| {
        Ok((store::person::latest_check(person, db)?, store::passkey::by_holder(Holder::Person(person), db)?))
    })?;
    let (Some(check), Some(key)) = (check, keys.last()) else { return elsewhere() };
    let ages = check.at + visit.app.policy.identity_max_age;
    let frame = asked.frame(&visit).at(paths::sign_in_done(id));
    let page = DonePage {
        asker: asked.sign(),
        person: super::key::display_name(&visit, person)?,
        device_name: key.name.clone(),
        identified_at: moment(check.at),
        valid_until: moment(check.document_expires.map_or(ages, |end| end.min(ages))),
        next_url: paths::sign_in(id),
        add_device_url: paths::ACCOUNT_DEVICES.to_owned(),
        chrome: frame.chrome.clone(),
    };
    Ok(frame.show(&page, StatusCode::OK))
}

/// `templates/citizen/done.html`
#[derive(Template)]
#[template(path = "citizen/done.html")]
pub(crate) struct DonePage {
    pub(crate) chrome: Chrome,
    pub(crate) asker: Option<Asker>,
    pub(crate) person: String,
    pub(crate) device_name: String,
    pub(crate) identified_at: Timestamp,
    /// When the identity must be read again.
    pub(crate) valid_until: Timestamp,
    pub(crate) next_url: String,
    pub(crate) add_device_url: String,
}

impl Page for DonePage {
    const NAME: &'static str = "citizen/done";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |asker| Self {
            chrome: chrome.clone(),
            asker,
            person: "Erika Mustermann".to_owned(),
            device_name: chrome.t("sample.device").to_owned(),
            identified_at: chrome.now,
            valid_until: chrome.now + (731 * 24).hours(),
            next_url: "/beispiel/weiter".to_owned(),
            add_device_url: "/beispiel/geraet".to_owned(),
        };
        vec![("service", page(Some(Asker::sample(chrome)))), ("account", page(None))]
    }
}
