//! Shall this card be taken off? With a warning of its own when it is the one that leads to the account.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::cards;
use super::dossier::Dossier;
use super::entry::{self, Entered, Here};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::card::{Card, CardState};
use crate::domain::id::{CardId, PersonId};
use crate::domain::passkey::Holder;
use crate::domain::sign_in::Means;
use crate::http::session::{self, Kind};
use crate::http::{Trouble, redirect};
use crate::oidc::logout;
use crate::paths;
use crate::store::{self, Fault, Write};
use crate::web::doors;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;

/// `GET /account/cards/{card}`: the question.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    match entry::enter_fresh(&visit).await? {
        Entered::Here(here) => ask(&here, &visit, false),
        Entered::Away(answer) => Ok(answer),
    }
}

fn ask(here: &Here, visit: &Visit, mistake: bool) -> Result<HttpResponse, Trouble> {
    let id: CardId = visit.id("card")?;
    let dossier = here.dossier(0, visit)?;
    let card = dossier.cards.iter().find(|card| card.id == id && card.state != CardState::Removed);
    let frame = visit.frame().at(paths::account_card(id));
    let page = CardRemovalPage::new(card.ok_or(Trouble::NotFound)?, &dossier, mistake, &frame.chrome);
    let status = if mistake { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(frame.show(&page, status))
}

/// `POST /account/cards/{card}`: the answer.
pub async fn remove(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    let here = match entry::enter_fresh(&visit).await? {
        Entered::Here(here) => here,
        Entered::Away(answer) => return Ok(answer),
    };
    let (id, person, session) = (visit.id("card")?, here.person, here.session.id);
    let current_too = form.get("confirm") == Some("yes");
    let removal = visit
        .app
        .write(move |db| -> Result<Removal, Trouble> {
            doors::still_open(session, db)?;
            Ok(remove_card(id, person, current_too, db)?)
        })
        .await?;
    match removal {
        Removal::NotTheirs => Err(Trouble::NotFound),
        Removal::Unconfirmed => ask(&here, &visit, true),
        Removal::Done if visit.app.store.read(|db| store::session::by_id(session, db))?.is_none() => {
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
    /// No such card, or not one of theirs.
    NotTheirs,
    /// It leads to the account, and that was not confirmed.
    Unconfirmed,
    Done,
}

/// In one write: the card opens nothing any more, and every session that was opened with it ends.
fn remove_card(id: CardId, person: PersonId, current_too: bool, db: &Write) -> Result<Removal, Fault> {
    let cards = store::card::by_person(person, db)?;
    let Some(card) = cards.iter().find(|card| card.id == id && card.state != CardState::Removed) else {
        return Ok(Removal::NotTheirs);
    };
    if card.state == CardState::Current && !current_too {
        return Ok(Removal::Unconfirmed);
    }
    if !store::card::remove(card, db)? {
        return Ok(Removal::NotTheirs);
    }
    let checks = store::person::checks(person, db)?;
    let opened_by_it = |means: Means| match means {
        Means::LiveEid(check) => checks.iter().any(|record| record.id == check && record.card == Some(id)),
        Means::Passkey(_) | Means::MadeUp(_) => false,
    };
    for session in store::session::by_holder(Holder::Person(person), db)? {
        if opened_by_it(session.means) {
            logout::end(&session, db)?;
        }
    }
    let entry = Entry::new(Event::CardRemoved, Actor::Person(person)).about(person);
    store::audit::append(&entry.with("card", id), db)?;
    Ok(Removal::Done)
}

/// `templates/account/card_removal.html`. The form sends `confirm=yes` where `current` is set.
#[derive(Template)]
#[template(path = "account/card_removal.html")]
pub(crate) struct CardRemovalPage {
    pub(crate) chrome: Chrome,
    pub(crate) card: String,
    /// It is the one that leads to the account.
    pub(crate) current: bool,
    /// No device opens the account either.
    pub(crate) last_way: bool,
    /// The box was not ticked.
    pub(crate) mistake: bool,
    /// POST.
    pub(crate) remove_url: String,
    pub(crate) back_url: &'static str,
}

impl CardRemovalPage {
    /// `mistake`: the form came back without its tick.
    pub(crate) fn new(card: &Card, dossier: &Dossier, mistake: bool, chrome: &Chrome) -> Self {
        Self {
            chrome: chrome.signed_in(&dossier.identity.display_name()),
            card: cards::name(card, chrome),
            current: card.state == CardState::Current,
            last_way: card.state == CardState::Current && dossier.active().next().is_none(),
            mistake,
            remove_url: paths::account_card(card.id),
            back_url: paths::ACCOUNT,
        }
    }
}

impl Page for CardRemovalPage {
    const NAME: &'static str = "account/card_removal";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let usual = super::sample::dossier(chrome);
        let mut bare = super::sample::dossier(chrome);
        bare.passkeys.clear();
        let [current, earlier] = usual.cards.as_slice() else { return Vec::new() };
        vec![
            ("current", Self::new(current, &usual, false, chrome)),
            ("earlier", Self::new(earlier, &usual, false, chrome)),
            ("last_way", Self::new(current, &bare, false, chrome)),
            ("mistake", Self::new(current, &usual, true, chrome)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::text::Language;

    #[test]
    fn only_the_card_that_leads_to_the_account_asks_for_a_tick() {
        let chrome = Chrome::sample(Language::De);
        let pages = CardRemovalPage::samples(&chrome);
        assert_eq!(pages.len(), 4);
        for (name, page) in pages {
            let html = page.render().unwrap();
            assert_eq!(html.contains("name=\"confirm\""), name != "earlier", "{name}");
            assert_eq!(html.contains("kern-error"), name == "mistake", "{name}");
        }
    }
}
