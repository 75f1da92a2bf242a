//! The audit, page by page, latest first.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::entry::{self, Entered};
use super::figures;
use super::overview::{AuditFinding, AuditState};
use super::{Tab, tabs};
use crate::domain::audit::Row;
use crate::http::Trouble;
use crate::web::account::history::{before, older};
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::words;
use crate::{paths, store};

/// So many rows stand on one page.
const PAGE: u32 = 100;

/// `GET /operator/audit`, `?before=` a row's number: the older ones.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let member = match entry::operator(&visit).await? {
        Entered::Member(member) => member,
        Entered::Away(answer) => return Ok(answer),
    };
    let before = before(&visit)?;
    let (state, rows) = visit
        .app
        .store
        .read(|db| Ok((figures::audit(db)?, store::audit::before(before.unwrap_or(i64::MAX), PAGE, db)?)))?;
    let rows: Vec<Row> = rows.into_iter().map(|chained| chained.row).collect();
    let frame = entry::frame(&visit);
    let page = AuditPage::new(&rows, &state, before.is_none(), &member.staff.name, &frame.chrome);
    Ok(frame.show(&page, StatusCode::OK))
}

/// One row, in words.
pub(crate) struct AuditLine {
    pub(crate) number: String,
    pub(crate) at: String,
    pub(crate) what: String,
    pub(crate) actor: String,
    /// The ids it concerns, shortened.
    pub(crate) about: Vec<String>,
    /// Its details, one each.
    pub(crate) detail: Vec<String>,
}

/// `templates/operator/audit.html`
#[derive(Template)]
#[template(path = "operator/audit.html")]
pub(crate) struct AuditPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    /// `success`, `danger` or `info`, and what the last verification found.
    pub(crate) kind: &'static str,
    pub(crate) found: String,
    pub(crate) signed: Option<String>,
    pub(crate) rows: Vec<AuditLine>,
    pub(crate) older_url: Option<String>,
    /// Back to the first page; `None` on it.
    pub(crate) latest_url: Option<&'static str>,
}

impl AuditPage {
    /// `rows`: this page's, latest first. `first`: nothing newer exists. Row 1 is the oldest of all.
    pub(crate) fn new(rows: &[Row], state: &AuditState, first: bool, staff: &str, chrome: &Chrome) -> Self {
        let (kind, found) = match state.verified {
            None => ("info", chrome.t("operator.audit.never").to_owned()),
            Some((at, AuditFinding::Whole)) => {
                ("success", chrome.t1("operator.audit.whole", words::relative(at, chrome)))
            }
            Some((at, AuditFinding::Broken { row })) => {
                ("danger", chrome.t2("operator.audit.broken", row, words::relative(at, chrome)))
            }
        };
        let signed = u64::try_from(state.checkpoint).ok().filter(|number| *number > 0);
        let last = rows.last().map(|row| row.number).filter(|number| *number > 1);
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs(paths::OPERATOR_AUDIT, chrome),
            kind,
            found,
            signed: signed.map(|number| chrome.t1("operator.audit.signed", chrome.number(number))),
            rows: rows.iter().map(|row| line(row, chrome)).collect(),
            older_url: last.map(|number| older(paths::OPERATOR_AUDIT, number)),
            latest_url: (!first).then_some(paths::OPERATOR_AUDIT),
        }
    }
}

fn line(row: &Row, chrome: &Chrome) -> AuditLine {
    let ids = [row.person.map(words::short), row.service.map(words::short)];
    AuditLine {
        number: row.number.to_string(),
        at: words::stamp(row.at, chrome),
        what: words::event_named(&row.event, chrome),
        actor: actor(&row.actor, chrome),
        about: ids.into_iter().flatten().collect(),
        detail: row.detail.lines().map(shorter).collect(),
    }
}

/// The kind in words, the id shortened: as [`crate::domain::audit::Actor::text`] writes it.
fn actor(text: &str, chrome: &Chrome) -> String {
    let (kind, id) = text.split_once(' ').unwrap_or((text, ""));
    let kind = match kind {
        "person" => chrome.t("operator.actor.person"),
        "staff" => chrome.t("operator.actor.staff"),
        "service" => chrome.t("operator.actor.service"),
        "command" => chrome.t("operator.actor.command"),
        "house" => chrome.t("operator.actor.house"),
        other => other,
    };
    if id.is_empty() { kind.to_owned() } else { format!("{kind} {}", words::short(id)) }
}

/// `passkey=pky_7zzz…zzzz`
fn shorter(detail: &str) -> String {
    match detail.split_once('=') {
        Some((name, value)) => format!("{name}={}", words::short(value)),
        None => detail.to_owned(),
    }
}

impl Page for AuditPage {
    const NAME: &'static str = "operator/audit";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let rows = crate::web::account::sample::history(words::now(chrome));
        let state = super::overview::Facts::sample(chrome).audit;
        let broken = AuditState {
            verified: state.verified.map(|(at, _)| (at, AuditFinding::Broken { row: 4700 })),
            ..state
        };
        let never = AuditState { rows: 0, verified: None, checkpoint: 0 };
        let page = |rows, state, first| Self::new(rows, state, first, super::SAMPLE_STAFF, chrome);
        vec![
            ("whole", page(&rows, &state, true)),
            ("broken", page(&rows, &broken, false)),
            ("never", page(&[], &never, true)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::Actor;
    use crate::domain::id::{PersonId, ServiceId, StaffId};
    use crate::web::text::Language;

    #[test]
    fn every_actor_has_words() {
        let chrome = Chrome::sample(Language::De);
        for (of, begins) in [
            (Actor::Person(PersonId::from_bytes([1; 16])), "Person per_"),
            (Actor::Staff(StaffId::from_bytes([1; 16])), "Mitarbeitende stf_"),
            (Actor::Service(ServiceId::from_bytes([1; 16])), "Dienst svc_"),
            (Actor::Command, "Befehl"),
            (Actor::House, "Torhaus"),
        ] {
            let words = actor(&of.text(), &chrome);
            assert!(words.starts_with(begins), "{words}");
        }
        assert_eq!(actor("robot x", &chrome), "robot x");
    }

    #[test]
    fn the_oldest_row_ends_the_paging() {
        let chrome = Chrome::sample(Language::De);
        let mut rows = crate::web::account::sample::history(words::now(&chrome));
        let state = AuditState { rows: 9, verified: None, checkpoint: 0 };
        let last = rows.last().unwrap().number;
        let page = AuditPage::new(&rows, &state, true, "x", &chrome);
        assert_eq!(page.older_url.unwrap(), format!("/operator/audit?before={last}"));
        rows.last_mut().unwrap().number = 1;
        assert_eq!(AuditPage::new(&rows, &state, true, "x", &chrome).older_url, None);
        assert_eq!(shorter("level=low"), "level=low");
    }
}
