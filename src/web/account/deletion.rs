//! Shall the whole account go?

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::deleted::DeletedPage;
use super::dossier::Dossier;
use super::entry::{self, Entered, Here};
use crate::domain::audit::Actor;
use crate::http::Trouble;
use crate::http::session::{self, Kind};
use crate::paths;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::{doors, people};

/// `GET /account/deletion`: the question.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    match entry::enter_fresh(&visit).await? {
        Entered::Here(here) => ask(&here, &visit, false),
        Entered::Away(answer) => Ok(answer),
    }
}

fn ask(here: &Here, visit: &Visit, mistake: bool) -> Result<HttpResponse, Trouble> {
    let frame = visit.frame().at(paths::ACCOUNT_DELETION.to_owned());
    let page = DeletionPage::new(&here.dossier(0, visit)?, mistake, &frame.chrome);
    let status = if mistake { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(frame.show(&page, status))
}

/// `POST /account/deletion`: everything goes, and the browser's session with it.
pub async fn delete(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    let here = match entry::enter_fresh(&visit).await? {
        Entered::Here(here) => here,
        Entered::Away(answer) => return Ok(answer),
    };
    if form.get("confirm") != Some("yes") {
        return ask(&here, &visit, true);
    }
    let (person, session) = (here.person, here.session.id);
    let left = people::leaving(person, None, &visit.app)?;
    let gone = visit.app.write(move |db| -> Result<bool, Trouble> {
        doors::still_open(session, db)?;
        Ok(people::delete(person, Actor::Person(person), &left, db)?)
    });
    if !gone.await? {
        return Err(Trouble::SignInOver);
    }
    if let Err(fault) = visit.app.store.settle().await {
        tracing::warn!(%fault, "Old pages of the log stay until the next round");
    }
    let frame = visit.frame().at(paths::HOME.to_owned());
    let mut answer = frame.show(&DeletedPage::new(&frame.chrome), StatusCode::OK);
    // Our own cookies are well-formed.
    let _set = answer.add_cookie(&session::removal(Kind::Person));
    Ok(answer)
}

/// `templates/account/deletion.html`. The form sends `confirm=yes`.
#[derive(Template)]
#[template(path = "account/deletion.html")]
pub(crate) struct DeletionPage {
    pub(crate) chrome: Chrome,
    pub(crate) devices: u64,
    pub(crate) services: u64,
    /// The box was not ticked.
    pub(crate) mistake: bool,
    /// POST.
    pub(crate) delete_url: &'static str,
    pub(crate) export_url: &'static str,
    pub(crate) back_url: &'static str,
}

impl DeletionPage {
    /// `mistake`: the form came back without its tick.
    pub(crate) fn new(dossier: &Dossier, mistake: bool, chrome: &Chrome) -> Self {
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        Self {
            chrome: chrome.signed_in(&dossier.identity.display_name()),
            devices: count(dossier.passkeys.len()),
            services: count(dossier.consents.len()),
            mistake,
            delete_url: paths::ACCOUNT_DELETION,
            export_url: paths::ACCOUNT_EXPORT,
            back_url: paths::ACCOUNT,
        }
    }
}

impl Page for DeletionPage {
    const NAME: &'static str = "account/deletion";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let dossier = super::sample::dossier(chrome);
        let page = |mistake| Self::new(&dossier, mistake, chrome);
        vec![("question", page(false)), ("mistake", page(true))]
    }
}
