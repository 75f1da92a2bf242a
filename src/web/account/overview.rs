//! The account: who the town knows, what opens it, who was told what.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::cards::{CardRow, card_rows};
use super::devices::{DeviceRow, device_rows};
use super::dossier::{Dossier, View};
use super::entry::{self, Entered};
use super::history::{HistoryRow, history_rows};
use super::services::{ServiceGroup, service_groups};
use crate::domain::assurance::{AuthenticatorFacts, Policy, assess};
use crate::domain::card::{Review, ReviewStage};
use crate::domain::passkey::PasskeyState;
use crate::domain::time::Span;
use crate::http::Trouble;
use crate::paths;
use crate::store::person::IdentityRecord;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::words;

/// So many events stand on the overview.
pub(crate) const RECENT: u32 = 10;
/// So long before a document ends, its holder hears of it: a new one takes some weeks.
const DOCUMENT_NOTICE: Span = Span::days(90);
/// So long after it the resident hears that a check has changed something.
const CHANGE_NOTICE: Span = Span::days(30);
/// So long before a check counts as old.
const AGE_NOTICE: Span = Span::days(60);

/// Something the resident should know now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// `info`, `warning` or `danger`.
    pub(crate) kind: &'static str,
    pub(crate) title: String,
    pub(crate) body: String,
    /// Whether identifying anew helps.
    pub(crate) renew: bool,
}

/// `GET /account`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let here = match entry::enter(&visit).await? {
        Entered::Here(here) => here,
        Entered::Away(answer) => return Ok(answer),
    };
    let frame = visit.frame();
    let dossier = here.dossier(RECENT, &visit)?;
    Ok(frame.show(&OverviewPage::new(&dossier, &here.view(&visit), &frame.chrome), StatusCode::OK))
}

/// `templates/account/overview.html`
#[derive(Template)]
#[template(path = "account/overview.html")]
pub(crate) struct OverviewPage {
    pub(crate) chrome: Chrome,
    pub(crate) greeting: String,
    pub(crate) notices: Vec<Notice>,
    /// Name and birth date, then the address.
    pub(crate) known: Vec<String>,
    /// When, how and how well it was checked.
    pub(crate) verified: Option<String>,
    /// POST: begins a check.
    pub(crate) renewal_url: &'static str,
    pub(crate) cards: Vec<CardRow>,
    pub(crate) code_url: &'static str,
    pub(crate) devices: Vec<DeviceRow>,
    /// Only one device opens the account.
    pub(crate) single: bool,
    pub(crate) add_url: &'static str,
    pub(crate) new_phone_url: &'static str,
    pub(crate) services: Vec<ServiceGroup>,
    pub(crate) history: Vec<HistoryRow>,
    pub(crate) history_url: &'static str,
    pub(crate) export_url: &'static str,
    pub(crate) deletion_url: &'static str,
}

impl OverviewPage {
    /// `dossier.history` holds at most [`RECENT`] rows; more are left out.
    pub(crate) fn new(dossier: &Dossier, view: &View, chrome: &Chrome) -> Self {
        let name = dossier.identity.display_name();
        let greeting = match name.as_str() {
            "" => chrome.t("account.greeting_nameless").to_owned(),
            name => chrome.t1("account.greeting", name),
        };
        let mut history = history_rows(dossier, words::relative, chrome);
        history.truncate(usize::try_from(RECENT).unwrap_or(usize::MAX));
        Self {
            chrome: chrome.signed_in(&name),
            greeting,
            notices: notices(dossier, &view.policy, chrome),
            known: known(dossier, chrome),
            verified: dossier.checks.first().map(|check| verified(check, &view.policy, chrome)),
            renewal_url: paths::ACCOUNT_RENEWAL,
            cards: card_rows(dossier, chrome),
            code_url: paths::ACCOUNT_TRANSFER_CODE,
            devices: device_rows(dossier, view, chrome),
            single: dossier.active().count() == 1,
            add_url: paths::ACCOUNT_DEVICES,
            new_phone_url: paths::ACCOUNT_NEW_PHONE,
            services: service_groups(dossier, chrome),
            history,
            history_url: paths::ACCOUNT_HISTORY,
            export_url: paths::ACCOUNT_EXPORT,
            deletion_url: paths::ACCOUNT_DELETION,
        }
    }
}

fn known(dossier: &Dossier, chrome: &Chrome) -> Vec<String> {
    let identity = &dossier.identity;
    let name = identity.full_name();
    let first = match identity.birth_date {
        Some(date) if name.is_empty() => chrome.t1("account.born", words::birth_date(date, chrome)),
        Some(date) => chrome.t2("account.name_born", name, words::birth_date(date, chrome)),
        None => name,
    };
    let address = identity.address.as_ref().map(crate::domain::attribute::Address::one_line);
    [Some(first), address].into_iter().flatten().filter(|line| !line.is_empty()).collect()
}

/// `Mit Online-Ausweis geprüft am 3. März 2026 · Stufe hoch`, with the level it has today.
fn verified(check: &IdentityRecord, policy: &Policy, chrome: &Chrome) -> String {
    let today = assess(&check.facts(), AuthenticatorFacts::LiveEid, policy, words::now(chrome)).identity;
    let how = words::method(check.method, chrome);
    chrome.text.t3("account.verified", how, words::day(check.at, chrome), words::level(today, chrome))
}

fn notices(dossier: &Dossier, policy: &Policy, chrome: &Chrome) -> Vec<Notice> {
    let mut notices: Vec<Notice> =
        dossier.checks.first().and_then(|check| identity_notice(check, policy, chrome)).into_iter().collect();
    notices.extend(review_notice(dossier, chrome));
    notices.extend(code_notice(dossier, chrome));
    notices.extend(undone_notice(dossier, chrome));
    notices.extend(dossier.checks.iter().find_map(|check| change_notice(check, chrome)));
    for key in dossier.passkeys.iter().filter(|key| key.state == PasskeyState::Suspended) {
        notices.push(Notice {
            kind: "warning",
            title: chrome.t1("account.notice.suspended", &key.name),
            body: chrome.t("account.notice.suspended_more").to_owned(),
            renew: false,
        });
    }
    if dossier.active().next().is_none() {
        notices.push(Notice {
            kind: "info",
            title: chrome.t("account.notice.no_device").to_owned(),
            body: chrome.t("account.notice.no_device_more").to_owned(),
            renew: false,
        });
    }
    notices
}

/// Somebody came with a new card and says that this is their account: if it was not its person, they should know.
fn review_notice(dossier: &Dossier, chrome: &Chrome) -> Option<Notice> {
    let open = dossier.reviews.iter().find(|review| review.stage == ReviewStage::Open)?;
    Some(Notice {
        kind: "warning",
        title: chrome.t1("account.notice.review", words::day(open.asked, chrome)),
        body: chrome.t1("account.notice.review_more", chrome.office()),
        renew: false,
    })
}

/// The counter has handed out a code with which a device can be added: if not to its person, they should know.
fn code_notice(dossier: &Dossier, chrome: &Chrome) -> Option<Notice> {
    let out = dossier.identifications.iter().find(|one| one.is_out(words::now(chrome)))?;
    Some(Notice {
        kind: "warning",
        title: chrome.t1("account.notice.code", words::day(out.decided.unwrap_or(out.asked), chrome)),
        body: chrome.t1("account.notice.code_more", chrome.office()),
        renew: false,
    })
}

/// A link was undone: whoever did not ask for it should know, and what is missing comes back with the right card. Said until
/// the person has identified since.
fn undone_notice(dossier: &Dossier, chrome: &Chrome) -> Option<Notice> {
    let undone = |review: &Review| match review.stage {
        ReviewStage::Undone { at, .. } => Some(at),
        _ => None,
    };
    let at = dossier.reviews.iter().filter_map(undone).max()?;
    let since = dossier.checks.first().is_some_and(|check| check.at > at);
    let missing = dossier.identity.birth_date.is_none() || dossier.identity.full_name().is_empty();
    (!since).then(|| Notice {
        kind: "warning",
        title: chrome.t1("account.notice.undone", words::day(at, chrome)),
        body: if missing {
            chrome.t1("account.notice.undone_missing", chrome.office())
        } else {
            chrome.t("account.notice.undone_more").to_owned()
        },
        renew: missing,
    })
}

/// `Angaben vom 3. März 2026 erneuert: Anschrift`
fn change_notice(check: &IdentityRecord, chrome: &Chrome) -> Option<Notice> {
    let changed = words::attributes(check.changed.iter().copied(), chrome)?;
    let fresh = words::now(chrome).since(check.at) <= CHANGE_NOTICE;
    fresh.then(|| Notice {
        kind: "info",
        title: chrome.t2("account.notice.changed", words::day(check.at, chrome), changed),
        body: chrome.t("account.notice.changed_more").to_owned(),
        renew: false,
    })
}

/// The most pressing thing about the identity check, and only that: one button lifts them all.
fn identity_notice(check: &IdentityRecord, policy: &Policy, chrome: &Chrome) -> Option<Notice> {
    let now = words::now(chrome);
    let notice =
        |kind, title, more: &'static str| Some(Notice { kind, title, body: more.to_owned(), renew: true });
    let ends = check.document_expires;
    let old_on = check.at + policy.identity_max_age;
    if let Some(end) = ends.filter(|end| now > *end) {
        let title = chrome.t1("account.notice.expired", words::day(end, chrome));
        return notice("danger", title, chrome.t("account.notice.expired_more"));
    }
    if now > old_on {
        let title = chrome.t1("account.notice.aged", words::day(check.at, chrome));
        return notice("warning", title, chrome.t("account.notice.aged_more"));
    }
    if let Some(end) = ends.filter(|end| now + DOCUMENT_NOTICE > *end) {
        let title = chrome.t1("account.notice.expires", words::day(end, chrome));
        return notice("warning", title, chrome.t("account.notice.expires_more"));
    }
    if now + AGE_NOTICE > old_on {
        let title = chrome.t1("account.notice.ages", words::day(old_on, chrome));
        return notice("info", title, chrome.t("account.notice.ages_more"));
    }
    None
}

impl Page for OverviewPage {
    const NAME: &'static str = "account/overview";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use super::sample;
        let view = sample::view();
        let mut usual = sample::dossier(chrome);
        let mut trouble = sample::dossier(chrome);
        trouble.checks[0].document_expires = Some(words::now(chrome) - Span::days(3));
        trouble.passkeys[1].state = PasskeyState::Suspended;
        trouble.passkeys[2].state = PasskeyState::Blocked;
        let mut bare = sample::dossier(chrome);
        (bare.passkeys, bare.bindings, bare.consents, bare.history) = (vec![], vec![], vec![], vec![]);
        bare.identity.given_names = None;
        (bare.transfer_code, bare.reviews, bare.identifications) = (None, vec![], vec![]);
        bare.cards.truncate(1);
        usual.reviews.clear();
        usual.identifications.clear();
        let mut undone = sample::dossier(chrome);
        sample::undo_link(&mut undone, words::now(chrome));
        vec![
            ("usual", Self::new(&usual, &view, chrome)),
            ("trouble", Self::new(&trouble, &view, chrome)),
            ("bare", Self::new(&bare, &view, chrome)),
            ("undone", Self::new(&undone, &view, chrome)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::account::sample;
    use crate::web::text::Language;

    #[test]
    fn the_most_pressing_notice_on_the_check_comes_alone() {
        let chrome = Chrome::sample(Language::De);
        let policy = Policy::default();
        let now = words::now(&chrome);
        let mut check = sample::dossier(&chrome).checks[0].clone();
        let mut kind = |age: i64, end: Option<i64>| {
            check.at = now - Span::days(age);
            check.document_expires = end.map(|days| now + Span::days(days));
            identity_notice(&check, &policy, &chrome).map(|notice| (notice.kind, notice.title))
        };
        let says = |found: Option<(&'static str, String)>| found.map(|(kind, _)| kind);
        assert_eq!(says(kind(1, Some(2000))), None);
        assert_eq!(says(kind(1, None)), None);
        assert_eq!(says(kind(1, Some(89))), Some("warning"));
        assert_eq!(says(kind(800, Some(-1))), Some("danger"));
        assert!(kind(800, Some(30)).unwrap().1.contains("zuletzt"), "older than the limit beats ends soon");
        assert_eq!(says(kind(700, Some(2000))), Some("info"));
    }

    #[test]
    fn a_stopped_device_and_an_account_without_one_are_said() {
        let chrome = Chrome::sample(Language::De);
        let mut dossier = sample::dossier(&chrome);
        dossier.identifications.clear();
        dossier.checks.clear();
        dossier.reviews.clear();
        assert_eq!(notices(&dossier, &Policy::default(), &chrome), []);
        for key in &mut dossier.passkeys {
            key.state = PasskeyState::Suspended;
        }
        let found = notices(&dossier, &Policy::default(), &chrome);
        assert_eq!(
            found.iter().map(|n| n.kind).collect::<Vec<_>>(),
            ["warning", "warning", "warning", "info"]
        );
    }

    #[test]
    fn what_a_check_changed_and_who_asks_for_the_account_is_said() {
        let chrome = Chrome::sample(Language::De);
        let mut dossier = sample::dossier(&chrome);
        let titles = |dossier: &Dossier| -> Vec<String> {
            notices(dossier, &Policy::default(), &chrome).into_iter().map(|notice| notice.title).collect()
        };
        let all = titles(&dossier).join("\n");
        assert!(all.contains("Angaben vom 10. November 2026 erneuert: Anschrift"), "{all}");
        assert!(all.contains("21. November 2026"), "{all}");
        let mut undone = sample::dossier(&chrome);
        sample::undo_link(&mut undone, words::now(&chrome));
        assert!(titles(&undone).join("\n").contains("21. November 2026"), "{:?}", titles(&undone));
        undone.checks[0].at = words::now(&chrome);
        assert!(!titles(&undone).join("\n").contains("21. November 2026"), "identified since");
        let before = titles(&dossier).len();
        dossier.checks[0].at = words::now(&chrome) - Span::days(31);
        dossier.reviews.clear();
        assert_eq!(titles(&dossier).len(), before - 2);
    }

    #[test]
    fn at_most_ten_events_and_a_greeting_for_the_nameless() {
        let chrome = Chrome::sample(Language::De);
        let mut dossier = sample::dossier(&chrome);
        let row = dossier.history[0].clone();
        dossier.history = vec![row; 14];
        dossier.identity = crate::domain::attribute::Identity::default();
        let page = OverviewPage::new(&dossier, &sample::view(), &chrome);
        assert_eq!(page.history.len(), 10);
        assert_eq!(page.greeting, chrome.t("account.greeting_nameless"));
        assert!(page.known.is_empty() && !page.single);
    }
}
