//! One identification: a second clerk compares and confirms; then a code is handed out, if one is needed.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::{Place, clerk, tabs};
use crate::domain::desk::{DocumentKind, Handover, Identification, NEEDED, Objection, Stage};
use crate::domain::id::{IdentificationId, PersonId, StaffId};
use crate::domain::time::{Span, Timestamp};
use crate::http::Trouble;
use crate::web::operator::entry::Member;
use crate::web::operator::{SAMPLE_STAFF, Tab};
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::{desk, words};
use crate::{paths, store};

/// `GET /counter/identifications/{identification}`: without what the document says.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    match clerk(&visit).await? {
        Ok(member) => page(&visit, &member, &load(&visit)?, Vec::new(), None),
        Err(answer) => Ok(answer),
    }
}

/// Why the last click did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hitch {
    /// Somebody was faster, or its time is up.
    TooLate,
    /// The box was not ticked.
    NotCompared,
    /// No reason or no way was chosen.
    Unsaid,
    /// The person has made themself an account in between, or it is gone.
    Gone,
}

pub(super) fn load(visit: &Visit) -> Result<Identification, Trouble> {
    let id: IdentificationId = visit.id("identification")?;
    visit.app.store.read(|db| store::desk::by_id(id, visit.app.now(), db))?.ok_or(Trouble::NotFound)
}

pub(super) fn page(
    visit: &Visit,
    member: &Member,
    found: &Identification,
    says: Vec<(&'static str, String)>,
    hitch: Option<Hitch>,
) -> Result<HttpResponse, Trouble> {
    let name = |id: Option<StaffId>| -> Result<Option<String>, Trouble> {
        let Some(id) = id else { return Ok(None) };
        Ok(visit.app.store.read(|db| store::staff::by_id(id, db))?.map(|staff| staff.name))
    };
    let clerks = [name(Some(found.asked_by))?, name(found.decided_by)?];
    let frame = super::frame(visit)?.at(paths::counter_identification(found.id));
    let status = match hitch {
        None => StatusCode::OK,
        Some(Hitch::TooLate | Hitch::Gone) => StatusCode::CONFLICT,
        Some(Hitch::NotCompared | Hitch::Unsaid) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let seen = Seen { found, mine: found.asked_by == member.staff.id, clerks, hitch };
    let page = IdentificationPage::new(seen, says, &member.staff.name, &frame.chrome);
    Ok(frame.show(&page, status))
}

/// How far it got.
pub(crate) fn stage(found: &Identification, chrome: &Chrome) -> String {
    match found.stage {
        Stage::Open => chrome.t("desk.stage.open").to_owned(),
        Stage::Confirmed => chrome.t("desk.stage.confirmed").to_owned(),
        Stage::Issued(_) if !found.is_out(words::now(chrome)) => chrome.t("desk.stage.lapsed").to_owned(),
        Stage::Issued(handover) => chrome.t1("desk.stage.issued", desk::handover(handover, chrome)),
        Stage::Redeemed => chrome.t("desk.stage.redeemed").to_owned(),
        Stage::Refused(_) => chrome.t("desk.stage.refused").to_owned(),
        Stage::Withdrawn(_) => chrome.t("desk.stage.withdrawn").to_owned(),
    }
}

/// Its badge.
pub(crate) fn badge(found: &Identification, now: Timestamp) -> &'static str {
    match found.stage {
        Stage::Open => "warning",
        Stage::Confirmed | Stage::Redeemed => "success",
        Stage::Issued(_) if found.is_out(now) => "info",
        Stage::Issued(_) | Stage::Refused(_) | Stage::Withdrawn(_) => "danger",
    }
}

/// What somebody at the page can do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The first clerk waits for a second one.
    Wait,
    /// A second clerk has not looked yet.
    Reveal,
    /// A second clerk compares.
    Decide,
    /// A code can be handed out.
    Issue,
    /// Nothing.
    Nothing,
}

/// An identification as somebody sees it.
struct Seen<'a> {
    found: &'a Identification,
    /// Who is logged in wrote it down.
    mine: bool,
    /// The names of who did, and of who decided.
    clerks: [Option<String>; 2],
    hitch: Option<Hitch>,
}

/// `templates/counter/identification.html`
#[derive(Template)]
#[template(path = "counter/identification.html")]
pub(crate) struct IdentificationPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) kind: &'static str,
    pub(crate) stage: String,
    /// When, by whom, which document, what was examined.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// What the document says; empty: not revealed.
    pub(crate) says: Vec<(&'static str, String)>,
    pub(crate) next: Next,
    /// Somebody who has an account is identified by now; a code is for a new device.
    pub(crate) known: bool,
    /// The code that is out, until when.
    pub(crate) out: Option<String>,
    pub(crate) may_withdraw: bool,
    pub(crate) hitch: Option<(&'static str, String)>,
    pub(crate) not_compared: bool,
    /// Value and words.
    pub(crate) refusals: Vec<(&'static str, &'static str)>,
    pub(crate) withdrawals: Vec<(&'static str, &'static str)>,
    pub(crate) act_url: String,
    pub(crate) back_url: &'static str,
}

impl IdentificationPage {
    fn new(seen: Seen<'_>, says: Vec<(&'static str, String)>, staff: &str, chrome: &Chrome) -> Self {
        let Seen { found, mine, clerks: [first, second], hitch } = seen;
        let now = words::now(chrome);
        let next = match found.stage {
            Stage::Open if mine => Next::Wait,
            Stage::Open if says.is_empty() => Next::Reveal,
            Stage::Open => Next::Decide,
            _ if found.may_hand_out(now) => Next::Issue,
            _ => Next::Nothing,
        };
        let out = found.is_out(now).then_some(found.code_expires).flatten();
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs(Place::Identify, chrome),
            kind: badge(found, now),
            stage: stage(found, chrome),
            facts: facts(found, first, second, chrome),
            says,
            next,
            known: found.person.is_some(),
            out: out.map(|end| words::moment(end, chrome)),
            may_withdraw: matches!(found.stage, Stage::Confirmed | Stage::Issued(_)) && out.is_some(),
            hitch: hitch.and_then(|hitch| hitch_words(hitch, chrome)),
            not_compared: hitch == Some(Hitch::NotCompared),
            refusals: reasons(&[Objection::OtherPerson, Objection::Document, Objection::Data], chrome),
            withdrawals: reasons(
                &[Objection::Lost, Objection::Asked, Objection::Data, Objection::OtherPerson],
                chrome,
            ),
            act_url: paths::counter_identification(found.id),
            back_url: paths::COUNTER_IDENTIFICATIONS,
        }
    }
}

fn reasons(of: &[Objection], chrome: &Chrome) -> Vec<(&'static str, &'static str)> {
    of.iter().map(|why| (why.name(), desk::objection(*why, chrome))).collect()
}

fn hitch_words(hitch: Hitch, chrome: &Chrome) -> Option<(&'static str, String)> {
    let (title, more) = match hitch {
        Hitch::TooLate => (chrome.t("desk.late"), chrome.t("desk.late_more")),
        Hitch::Gone => (chrome.t("desk.gone"), chrome.t("desk.gone_more")),
        Hitch::Unsaid => (chrome.t("desk.unsaid"), ""),
        // Stands at its box.
        Hitch::NotCompared => return None,
    };
    Some((title, more.to_owned()))
}

fn facts(
    found: &Identification,
    first: Option<String>,
    second: Option<String>,
    chrome: &Chrome,
) -> Vec<(&'static str, String)> {
    let somebody = |name: Option<String>| name.unwrap_or_else(|| chrome.t("operator.actor.staff").to_owned());
    let examined: Vec<&str> = found.examined.iter().map(|one| desk::examined(*one, chrome)).collect();
    let written = chrome.t2("desk.by_at", somebody(first), words::moment(found.asked, chrome));
    let decided = found.decided.map(|at| {
        let text = chrome.t2("desk.by_at", somebody(second), words::moment(at, chrome));
        (chrome.t("desk.decided"), text)
    });
    let why = match found.stage {
        Stage::Refused(why) | Stage::Withdrawn(why) => {
            Some((chrome.t("counter.reason"), desk::objection(why, chrome).to_owned()))
        }
        _ => None,
    };
    let about = match found.person {
        Some(_) => chrome.t("desk.about_known"),
        None => chrome.t("desk.about_new"),
    };
    [
        Some((chrome.t("desk.about"), about.to_owned())),
        Some((chrome.t("desk.kind"), desk::kind(found.kind, chrome).to_owned())),
        Some((chrome.t("desk.valid_until"), words::day(found.document_expires, chrome))),
        Some((chrome.t("desk.examined"), examined.join("; "))),
        Some((chrome.t("desk.written"), written)),
        decided,
        why,
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A made-up one.
pub(crate) fn sample(at: Stage, chrome: &Chrome) -> Identification {
    let now = words::now(chrome);
    let decided = at != Stage::Open;
    Identification {
        id: IdentificationId::from_bytes([81; 16]),
        person: None,
        stage: at,
        asked_by: StaffId::from_bytes([5; 16]),
        asked: now - Span::minutes(9),
        decided_by: decided.then(|| StaffId::from_bytes([6; 16])),
        decided: decided.then(|| now - Span::minutes(4)),
        kind: DocumentKind::Passport,
        document: [7; 32],
        document_expires: now + Span::days(900),
        examined: NEEDED.to_vec(),
        code_expires: matches!(at, Stage::Issued(_)).then(|| now + Span::days(14)),
        expires: now + Span::days(14),
    }
}

impl Page for IdentificationPage {
    const NAME: &'static str = "counter/identification";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let says = || words::identity(&crate::web::account::sample::identity(), chrome);
        let clerks = || [Some("Yıldız Öztürk".to_owned()), Some(SAMPLE_STAFF.to_owned())];
        let page = |at, mine, says, hitch| {
            let seen = Seen { found: &sample(at, chrome), mine, clerks: clerks(), hitch };
            Self::new(seen, says, SAMPLE_STAFF, chrome)
        };
        let known = Identification {
            person: Some(PersonId::from_bytes([17; 16])),
            ..sample(Stage::Confirmed, chrome)
        };
        let known = Seen { found: &known, mine: true, clerks: clerks(), hitch: None };
        let issued = Stage::Issued(Handover::Letter);
        vec![
            ("waits", page(Stage::Open, true, Vec::new(), None)),
            ("second", page(Stage::Open, false, Vec::new(), None)),
            ("compare", page(Stage::Open, false, says(), Some(Hitch::NotCompared))),
            ("confirmed", page(Stage::Confirmed, false, Vec::new(), None)),
            ("known", Self::new(known, Vec::new(), SAMPLE_STAFF, chrome)),
            ("issued", page(issued, false, Vec::new(), Some(Hitch::Unsaid))),
            ("refused", page(Stage::Refused(Objection::Document), true, Vec::new(), Some(Hitch::TooLate))),
            ("redeemed", page(Stage::Redeemed, true, Vec::new(), None)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::text::Language;

    #[test]
    fn nothing_of_the_document_before_a_second_clerk_asks_to_see_it() {
        let chrome = Chrome::sample(Language::De);
        for (name, page) in IdentificationPage::samples(&chrome) {
            let html = page.render().unwrap();
            let revealed = name == "compare";
            for personal in ["Erika", "Mustermann", "1964", "Heidestra"] {
                assert_eq!(html.contains(personal), revealed, "{name}: {personal}");
            }
            assert_eq!(html.contains("value=\"confirm\""), revealed, "{name}");
            assert_eq!(html.contains("value=\"reveal\""), name == "second", "{name}");
        }
    }
}
