//! What happened, in the resident's words: the list on the overview and the whole of it, page by page.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::dossier::Dossier;
use super::entry::{self, Entered};
use crate::domain::attribute::Attribute;
use crate::domain::audit::{Event, Row};
use crate::domain::card::UndoReason;
use crate::domain::counter::Reason;
use crate::domain::id::PasskeyId;
use crate::http::Trouble;
use crate::paths;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::words;

/// What is done for a [`UndoReason`].
const UNDOES: [Event; 2] = [Event::CardUnlinked, Event::PasskeyBlocked];
/// So many events stand on one page.
const PAGE: u32 = 50;

/// `GET /account/history`, `?before=` a row's number: the older ones.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let here = match entry::enter(&visit).await? {
        Entered::Here(here) => here,
        Entered::Away(answer) => return Ok(answer),
    };
    let before = before(&visit)?;
    let dossier = Dossier::load_before(here.person, before.unwrap_or(i64::MAX), PAGE + 1, &visit.app)?;
    let mut dossier = dossier.ok_or(Trouble::SignInOver)?;
    let size = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = dossier.history.len() > size;
    dossier.history.truncate(size);
    let frame = visit.frame();
    Ok(frame.show(&HistoryPage::new(&dossier, before.is_none(), more, &frame.chrome), StatusCode::OK))
}

/// The row before which a page begins; `None`: at the latest.
pub(crate) fn before(visit: &Visit) -> Result<Option<i64>, Trouble> {
    let query = visit.query()?;
    query
        .get("before")
        .map(|number| number.parse().map_err(|_wrong| Trouble::BadRequest("before")))
        .transpose()
}

/// One event, in words.
pub(crate) struct HistoryRow {
    pub(crate) what: String,
    /// The service, the device, or who else did it.
    pub(crate) with: Option<String>,
    pub(crate) when: String,
}

/// How an instant is said.
pub(crate) type Say = fn(crate::domain::time::Timestamp, &Chrome) -> String;

/// The events of [`Dossier::history`].
pub(crate) fn history_rows(dossier: &Dossier, say: Say, chrome: &Chrome) -> Vec<HistoryRow> {
    dossier.history.iter().map(|row| history_row(row, dossier, say, chrome)).collect()
}

fn history_row(row: &Row, dossier: &Dossier, say: Say, chrome: &Chrome) -> HistoryRow {
    let service = row.service.map(|id| match dossier.service(id) {
        Some(service) => service.registration.name.clone(),
        None => chrome.t("account.history.gone_service").to_owned(),
    });
    let device = device(&row.detail).map(|id| match dossier.passkey(id) {
        Some(passkey) => passkey.name.clone(),
        None => chrome.t("account.history.gone_device").to_owned(),
    });
    let with: Vec<String> = [
        service,
        device,
        changed(&row.detail, chrome),
        removed(&row.detail, chrome),
        reason(row, chrome),
        somebody_else(&row.actor, chrome),
    ]
    .into_iter()
    .flatten()
    .collect();
    HistoryRow {
        what: words::event_named(&row.event, chrome),
        with: (!with.is_empty()).then(|| with.join(", ")),
        when: say(row.at, chrome),
    }
}

/// The passkey among an entry's details, whatever its detail is called.
fn device(detail: &str) -> Option<PasskeyId> {
    detail.lines().find_map(|line| PasskeyId::parse(line.split_once('=')?.1).ok())
}

/// Which attributes a check has changed.
fn changed(detail: &str, chrome: &Chrome) -> Option<String> {
    let names = detail.lines().filter_map(|line| Attribute::parse(line.strip_prefix("changed=")?));
    words::attributes(names, chrome).map(|names| chrome.t1("account.history.changed", names))
}

/// What went with an undone link.
fn removed(detail: &str, chrome: &Chrome) -> Option<String> {
    let names = detail.lines().filter_map(|line| Attribute::parse(line.strip_prefix("removed=")?));
    words::attributes(names, chrome).map(|names| chrome.t1("account.history.removed", names))
}

/// Why a clerk did it.
fn reason(row: &Row, chrome: &Chrome) -> Option<String> {
    let said = row.detail.lines().find_map(|line| line.strip_prefix("reason="))?;
    let by_clerk = Reason::parse(said).map(|reason| words::reason_of(reason, chrome));
    // Other refusals have a reason of the same name.
    let undone = || UndoReason::parse(said).filter(|_| UNDOES.map(Event::name).contains(&row.event.as_str()));
    let words = by_clerk.or_else(|| undone().map(|reason| words::undo_reason(reason, chrome)));
    words.map(str::to_owned)
}

fn somebody_else(actor: &str, chrome: &Chrome) -> Option<String> {
    let by_town = actor == "command" || actor.starts_with("staff ");
    by_town.then(|| chrome.t("account.history.by_town").to_owned())
}

/// `templates/account/history.html`
#[derive(Template)]
#[template(path = "account/history.html")]
pub(crate) struct HistoryPage {
    pub(crate) chrome: Chrome,
    pub(crate) rows: Vec<HistoryRow>,
    /// The next page, towards the past.
    pub(crate) older_url: Option<String>,
    /// Back to the first page; `None` on it.
    pub(crate) latest_url: Option<&'static str>,
    pub(crate) back_url: &'static str,
}

impl HistoryPage {
    /// `dossier.history` holds this page's rows. `first`: nothing newer exists; `more`: something older does.
    pub(crate) fn new(dossier: &Dossier, first: bool, more: bool, chrome: &Chrome) -> Self {
        let last = dossier.history.last().filter(|_| more).map(|row| row.number);
        Self {
            chrome: chrome.signed_in(&dossier.identity.display_name()),
            rows: history_rows(dossier, words::moment, chrome),
            older_url: last.map(|number| older(paths::ACCOUNT_HISTORY, number)),
            latest_url: (!first).then_some(paths::ACCOUNT_HISTORY),
            back_url: paths::ACCOUNT,
        }
    }
}

/// The page of what happened before a row.
pub(crate) fn older(address: &str, number: i64) -> String {
    format!("{address}?before={number}")
}

impl Page for HistoryPage {
    const NAME: &'static str = "account/history";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let dossier = super::sample::dossier(chrome);
        let mut empty = super::sample::dossier(chrome);
        empty.history.clear();
        vec![
            ("first", Self::new(&dossier, true, true, chrome)),
            ("last", Self::new(&dossier, false, false, chrome)),
            ("empty", Self::new(&empty, true, false, chrome)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;
    use crate::web::account::sample;
    use crate::web::text::Language;

    #[test]
    fn an_event_names_its_service_its_device_and_who_else_did_it() {
        let chrome = Chrome::sample(Language::De);
        let mut dossier = sample::dossier(&chrome);
        let (service, key) = (dossier.services[0].id, dossier.passkeys[0].id);
        let row = |service, detail: String, actor: &str| Row {
            number: 7,
            at: Timestamp(0),
            event: "service.answered".to_owned(),
            actor: actor.to_owned(),
            person: None,
            service,
            detail,
        };
        dossier.history = vec![
            row(Some(service), format!("level=low\npasskey={key}"), "person per_x"),
            row(None, format!("passkey={}", PasskeyId::from_bytes([99; 16])), "staff stf_x"),
            row(None, "level=low".to_owned(), "house"),
            Row {
                event: "card.unlinked".to_owned(),
                ..row(None, "reason=other-person\nremoved=family_name".to_owned(), "staff stf_x")
            },
            row(None, "reason=other-person".to_owned(), "house"),
            row(None, "changed=family_name\nchanged=address\nchanged=shoe_size".to_owned(), "person per_x"),
        ];
        let rows = history_rows(&dossier, words::day, &chrome);
        let with: Vec<Option<&str>> = rows.iter().map(|row| row.with.as_deref()).collect();
        let staff =
            format!("{}, {}", chrome.t("account.history.gone_device"), chrome.t("account.history.by_town"));
        let changed = "erneuert: Familienname, Anschrift";
        let undone = "entfernt: Familienname, Ausweis einer anderen Person, durch die Stadt";
        assert_eq!(
            with,
            [
                Some("Bewohnerparkausweis, iPhone von Erika"),
                Some(staff.as_str()),
                None,
                Some(undone),
                None,
                Some(changed)
            ]
        );
        assert_eq!(rows[0].when, "1. Januar 1970");
    }

    #[test]
    fn pages_lead_to_the_past_and_back() {
        let chrome = Chrome::sample(Language::De);
        let dossier = sample::dossier(&chrome);
        let page = HistoryPage::new(&dossier, true, true, &chrome);
        let last = dossier.history.last().unwrap().number;
        assert_eq!(page.older_url.unwrap(), format!("/account/history?before={last}"));
        assert_eq!(page.latest_url, None);
        let page = HistoryPage::new(&dossier, false, false, &chrome);
        assert_eq!((page.older_url, page.latest_url), (None, Some(paths::ACCOUNT_HISTORY)));
    }
}
