//! The transfer code: made while everything works, typed in when the card is new and the devices are gone.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::dossier::Dossier;
use super::entry::{self, Entered, Here};
use crate::domain::assurance::{Level, Policy};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::paper_code::PaperCode;
use crate::domain::sign_in::{Door, reused_level};
use crate::domain::time::Timestamp;
use crate::domain::transfer_code::{CODE_LIFE, Outstanding};
use crate::eid::link::code_hash;
use crate::http::{Trouble, redirect};
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::{doors, words};
use crate::{paths, store};

/// `GET /account/transfer-code`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    match entry::enter_fresh(&visit).await? {
        Entered::Here(here) => page(&here, None, &visit),
        Entered::Away(answer) => Ok(answer),
    }
}

/// `POST /account/transfer-code`: `action=make` shows a new code, once; `action=withdraw` takes it back;
/// `action=prove` leads to the door, for who is not logged in well enough.
pub async fn act(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    let here = match entry::enter_fresh(&visit).await? {
        Entered::Here(here) => here,
        Entered::Away(answer) => return Ok(answer),
    };
    match form.get("action") {
        Some("make") => make(&here, &visit).await,
        Some("withdraw") => withdraw(&here, &visit).await,
        Some("prove") => doors::send_to(&visit, Door::Account, true).await,
        _ => Err(Trouble::BadRequest("action")),
    }
}

async fn make(here: &Here, visit: &Visit) -> Result<HttpResponse, Trouble> {
    let app = &visit.app;
    let dossier = here.dossier(0, visit)?;
    if !well_enough(here.session.level, &dossier, &app.policy, app.now()) {
        return page(here, None, visit);
    }
    app.limits.count_account(here.person.bytes())?;
    let code = PaperCode::draw(app.dice.as_ref());
    let (person, session, hash) = (here.person, here.session.id, code_hash(&code, app));
    let outstanding = Outstanding { made: app.now(), expires: app.now() + CODE_LIFE };
    let made = app.write(move |db| -> Result<(), Trouble> {
        doors::still_open(session, db)?;
        store::transfer_code::put(person, &hash, outstanding, db)?;
        let entry = Entry::new(Event::TransferCodeMade, Actor::Person(person)).about(person);
        Ok(store::audit::append(&entry, db)?)
    });
    made.await?;
    page(here, Some(&code), visit)
}

async fn withdraw(here: &Here, visit: &Visit) -> Result<HttpResponse, Trouble> {
    let (person, session) = (here.person, here.session.id);
    let withdrawn = visit.app.write(move |db| -> Result<(), Trouble> {
        doors::still_open(session, db)?;
        if store::transfer_code::withdraw(person, db)? {
            let entry = Entry::new(Event::TransferCodeWithdrawn, Actor::Person(person)).about(person);
            store::audit::append(&entry, db)?;
        }
        Ok(())
    });
    withdrawn.await?;
    Ok(redirect::see_other(paths::ACCOUNT_TRANSFER_CODE))
}

fn page(here: &Here, code: Option<&PaperCode>, visit: &Visit) -> Result<HttpResponse, Trouble> {
    let dossier = here.dossier(0, visit)?;
    let enough = well_enough(here.session.level, &dossier, &visit.app.policy, visit.app.now());
    let frame = visit.frame().at(paths::ACCOUNT_TRANSFER_CODE.to_owned());
    let page = AccountTransferCodePage::new(&dossier, code, enough, &frame.chrome);
    Ok(frame.show(&page, StatusCode::OK))
}

/// A code helps to get in later, so making one takes what the person usually shows: the level of their best device. A
/// device that counts for less, borrowed for a minute, does not make one.
fn well_enough(session: Level, dossier: &Dossier, policy: &Policy, now: Timestamp) -> bool {
    let usual =
        dossier.active().filter_map(|key| dossier.assess(key, policy, now)).map(|one| one.level).max();
    reused_level(session) >= usual.unwrap_or(Level::Low)
}

/// `templates/account/transfer_code.html`. Its forms send `action`.
#[derive(Template)]
#[template(path = "account/transfer_code.html")]
pub(crate) struct AccountTransferCodePage {
    pub(crate) chrome: Chrome,
    /// Just made: shown now and never again.
    pub(crate) code: Option<String>,
    /// When the code there is was made, and until when it serves.
    pub(crate) outstanding: Option<(String, String)>,
    /// Logged in as well as this person usually is.
    pub(crate) enough: bool,
    /// POST.
    pub(crate) action_url: &'static str,
    pub(crate) back_url: &'static str,
}

impl AccountTransferCodePage {
    /// `code`: the one that was just made. `enough`: one may be made in this session.
    pub(crate) fn new(dossier: &Dossier, code: Option<&PaperCode>, enough: bool, chrome: &Chrome) -> Self {
        let living = dossier.transfer_code.filter(|code| words::now(chrome) < code.expires);
        Self {
            chrome: chrome.signed_in(&dossier.identity.display_name()),
            code: code.map(PaperCode::expose),
            outstanding: living.map(|code| (words::day(code.made, chrome), words::day(code.expires, chrome))),
            enough,
            action_url: paths::ACCOUNT_TRANSFER_CODE,
            back_url: paths::ACCOUNT,
        }
    }
}

impl Page for AccountTransferCodePage {
    const NAME: &'static str = "account/transfer_code";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let usual = super::sample::dossier(chrome);
        let mut bare = super::sample::dossier(chrome);
        bare.transfer_code = None;
        let code = PaperCode::parse("7K3M-0QXF-9RTA-2HVN").ok();
        vec![
            ("none", Self::new(&bare, None, true, chrome)),
            ("made", Self::new(&usual, code.as_ref(), true, chrome)),
            ("outstanding", Self::new(&usual, None, true, chrome)),
            ("low", Self::new(&bare, None, false, chrome)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::account::sample;
    use crate::web::text::Language;

    #[test]
    fn a_lesser_device_makes_no_code() {
        let chrome = Chrome::sample(Language::De);
        let dossier = sample::dossier(&chrome);
        let enough = |level| well_enough(level, &dossier, &Policy::default(), words::now(&chrome));
        assert_eq!(Level::ALL.map(enough), [false, false, true, true], "the laptop is substantial");
        let mut bare = sample::dossier(&chrome);
        bare.passkeys.clear();
        let enough = |level| well_enough(level, &bare, &Policy::default(), words::now(&chrome));
        assert_eq!(Level::ALL.map(enough), [false, true, true, true]);
    }

    #[test]
    fn the_code_is_on_the_page_that_made_it_and_on_no_other() {
        let chrome = Chrome::sample(Language::De);
        let pages = AccountTransferCodePage::samples(&chrome);
        for (name, page) in pages {
            let html = page.render().unwrap();
            assert_eq!(html.contains("th-bigcode"), name == "made", "{name}");
            assert_eq!(html.contains("value=\"make\""), name == "none" || name == "outstanding", "{name}");
            assert_eq!(html.contains("value=\"prove\""), name == "low", "{name}");
        }
    }

    #[test]
    fn a_code_whose_time_is_up_is_none() {
        let chrome = Chrome::sample(Language::De);
        let mut dossier = sample::dossier(&chrome);
        let now = words::now(&chrome);
        dossier.transfer_code = Some(Outstanding { made: now - CODE_LIFE, expires: now });
        assert_eq!(AccountTransferCodePage::new(&dossier, None, true, &chrome).outstanding, None);
    }
}
