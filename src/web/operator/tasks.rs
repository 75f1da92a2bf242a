//! What waits for the operator: conditions of the house, each with its remedy, most pressing first.

use super::eid_service_page::{self, URGENT};
use super::overview::{AuditFinding, Certificate, Facts, Provider};
use crate::domain::time::Span;
use crate::eid::service::settings::Expiry;
use crate::paths;
use crate::web::page::Chrome;
use crate::web::words;

/// So long before its end a certificate is worth a task.
const CERTIFICATE_NOTICE: Span = Span::days(30);
/// Below this share of the disk it is getting tight, in percent.
const DISK_TIGHT: u64 = 10;

/// How pressing; the order is the list's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Urgency {
    /// Something is broken.
    Now,
    /// Something will be.
    Soon,
    /// Better so.
    Advice,
}

/// One task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) urgency: Urgency,
    pub(crate) title: String,
    pub(crate) what: String,
    /// To type on the machine.
    pub(crate) command: Option<&'static str>,
    /// The page where it is done.
    pub(crate) address: Option<&'static str>,
}

impl Task {
    /// `danger`, `warning` or `info`.
    pub(crate) fn kind(&self) -> &'static str {
        match self.urgency {
            Urgency::Now => "danger",
            Urgency::Soon => "warning",
            Urgency::Advice => "info",
        }
    }

    pub(crate) fn badge(&self, chrome: &Chrome) -> &'static str {
        match self.urgency {
            Urgency::Now => chrome.t("operator.task.now"),
            Urgency::Soon => chrome.t("operator.task.soon"),
            Urgency::Advice => chrome.t("operator.task.advice"),
        }
    }
}

/// The tasks which these facts make.
pub(crate) fn tasks(facts: &Facts, chrome: &Chrome) -> Vec<Task> {
    let mut tasks = Vec::new();
    let mut add = |urgency, title: String, what: &'static str, command| {
        tasks.push(Task { urgency, title, what: what.to_owned(), command, address: None });
    };
    if let Some(AuditFinding::Broken { row }) = facts.audit.verified.map(|(_, finding)| finding) {
        let title = chrome.t1("operator.task.audit", row);
        add(Urgency::Now, title, chrome.t("operator.task.audit_more"), Some("torhaus audit verify"));
    }
    if facts.writer.turned_away > 0 {
        let title = chrome.tn("operator.task.turned_away", facts.writer.turned_away);
        add(Urgency::Now, title, chrome.t("operator.task.turned_away_more"), Some("torhaus doctor"));
    }
    if facts.disk.is_some_and(|disk| disk.percent_free() < DISK_TIGHT) {
        let title = chrome.t("operator.task.disk").to_owned();
        add(Urgency::Soon, title, chrome.t("operator.task.disk_more"), None);
    }
    if facts.operators < 2 {
        let title = chrome.t("operator.task.second").to_owned();
        add(Urgency::Advice, title, chrome.t("operator.task.second_more"), Some("torhaus operator invite"));
    }
    if facts.services == 0 {
        let title = chrome.t("operator.task.service").to_owned();
        add(Urgency::Advice, title, chrome.t("operator.task.service_more"), Some("torhaus service add"));
    }
    tasks.extend(elsewhere(facts, chrome));
    tasks.extend(facts.eid_certificates.iter().map(|one| eid_certificate(one, chrome)));
    tasks.extend(facts.certificates.iter().filter_map(|one| certificate(one, chrome)));
    tasks.sort_by_key(|task| task.urgency);
    tasks
}

/// Those that a page of ours settles.
fn elsewhere(facts: &Facts, chrome: &Chrome) -> Vec<Task> {
    let task = |urgency, title: String, what: &str, address| Task {
        urgency,
        title,
        what: what.to_owned(),
        command: None,
        address: Some(address),
    };
    let mut tasks = Vec::new();
    if facts.provider == Provider::None {
        let (title, what) = (chrome.t("operator.task.provider"), chrome.t("operator.task.provider_more"));
        tasks.push(task(Urgency::Now, title.to_owned(), what, paths::OPERATOR_EID_SERVICE));
    }
    if facts.waiting > 0 {
        let title = chrome.tn("operator.task.waiting", facts.waiting);
        let what = chrome.t("operator.task.waiting_more");
        tasks.push(task(Urgency::Soon, title, what, paths::OPERATOR_SERVICES));
    }
    if facts.reviews > 0 {
        let title = chrome.tn("operator.task.reviews", facts.reviews);
        let what = chrome.t("operator.task.reviews_more");
        tasks.push(task(Urgency::Soon, title, what, paths::OPERATOR_CARD_REVIEWS));
    }
    tasks
}

/// A certificate of the rented eID service that has ended or will: without it nobody can be identified.
fn eid_certificate(expiry: &Expiry, chrome: &Chrome) -> Task {
    let left = expiry.at.since(words::now(chrome));
    let name = eid_service_page::label(expiry.field, chrome);
    let urgency = if left < URGENT { Urgency::Now } else { Urgency::Soon };
    let title = match u64::try_from(left.0 / Span::days(1).0) {
        Ok(days) if left.0 > 0 => {
            chrome.t2("operator.task.eid_certificate", name, chrome.tn("operator.task.days", days))
        }
        _ => chrome.t1("operator.task.eid_certificate_ended", name),
    };
    let what = chrome.t("operator.task.eid_certificate_more").to_owned();
    Task { urgency, title, what, command: None, address: Some(paths::OPERATOR_EID_SERVICE) }
}

fn certificate(certificate: &Certificate, chrome: &Chrome) -> Option<Task> {
    let left = certificate.until.since(words::now(chrome));
    if left >= CERTIFICATE_NOTICE {
        return None;
    }
    let name = certificate.kind.words(chrome);
    let (urgency, title) = match u64::try_from(left.0 / Span::days(1).0) {
        Ok(days) if left.0 > 0 => {
            let days = chrome.tn("operator.task.days", days);
            (Urgency::Soon, chrome.t2("operator.task.certificate", name, days))
        }
        _ => (Urgency::Now, chrome.t1("operator.task.certificate_ended", name)),
    };
    let what = certificate.kind.remedy(chrome).to_owned();
    Some(Task { urgency, title, what, command: None, address: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eid::service::settings::Field;
    use crate::web::operator::overview::{CertificateKind, Disk};
    use crate::web::text::Language;

    fn titles(change: impl Fn(&mut Facts)) -> Vec<(Urgency, String)> {
        let chrome = Chrome::sample(Language::En);
        let mut facts = Facts::sample(&chrome);
        change(&mut facts);
        tasks(&facts, &chrome).into_iter().map(|task| (task.urgency, task.title)).collect()
    }

    #[test]
    fn a_house_in_order_has_nothing_waiting() {
        assert_eq!(titles(|_| ()), []);
    }

    #[test]
    fn each_condition_is_a_task_and_the_broken_come_first() {
        let found = titles(|facts| {
            facts.operators = 1;
            facts.reviews = 2;
            facts.waiting = 1;
            facts.services = 0;
            facts.provider = Provider::None;
            facts.disk = Some(Disk { free: 9, total: 100 });
            facts.writer.turned_away = 3;
            if let Some((_, finding)) = &mut facts.audit.verified {
                *finding = AuditFinding::Broken { row: 4711 };
            }
        });
        let urgencies: Vec<Urgency> = found.iter().map(|(urgency, _)| *urgency).collect();
        assert_eq!(urgencies, {
            use Urgency::{Advice, Now, Soon};
            [Now, Now, Now, Soon, Soon, Soon, Advice, Advice]
        });
        assert!(found[0].1.contains("4711"));
    }

    #[test]
    fn certificates_of_the_eid_service_are_told_of_with_the_page_to_go_to() {
        let chrome = Chrome::sample(Language::En);
        let at = |days| {
            let at = words::now(&chrome) + Span::days(days);
            let (subject, issuer, serial) = ("CN=a".to_owned(), "CN=b".to_owned(), "01".to_owned());
            eid_certificate(&Expiry { field: Field::TlsKey, subject, issuer, serial, at }, &chrome)
        };
        assert_eq!(at(29).address, Some(paths::OPERATOR_EID_SERVICE));
        let urgencies = [29, 8, 6, 0, -1].map(|days| at(days).urgency);
        assert_eq!(urgencies, [Urgency::Soon, Urgency::Soon, Urgency::Now, Urgency::Now, Urgency::Now]);
        assert!(at(8).title.contains("8 days"), "{}", at(8).title);
        assert!(at(-1).title.contains("ended"), "{}", at(-1).title);
    }

    #[test]
    fn certificates_are_told_of_thirty_days_before_they_end() {
        let chrome = Chrome::sample(Language::En);
        let at = |left: Span| {
            let until = words::now(&chrome) + left;
            certificate(&Certificate { kind: CertificateKind::Tls, until }, &chrome)
        };
        assert_eq!(at(Span::days(30)), None);
        let soon = at(Span::hours(29 * 24 + 1)).unwrap();
        assert_eq!(soon.urgency, Urgency::Soon);
        assert!(soon.title.contains("29 days"), "{}", soon.title);
        assert!(at(Span::hours(30)).unwrap().title.contains("1 day"));
        assert_eq!(at(Span(0)).unwrap().urgency, Urgency::Now);
        assert_eq!(at(Span(-1)).unwrap().urgency, Urgency::Now);
    }
}
