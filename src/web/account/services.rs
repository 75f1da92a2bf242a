//! The list of services that were told something.

use super::dossier::Dossier;
use crate::domain::service::Service;
use crate::paths;
use crate::store::consent::Told;
use crate::web::citizen::Sign;
use crate::web::page::Chrome;
use crate::web::words;

/// One service, in words.
pub(crate) struct ServiceRow {
    pub(crate) name: String,
    /// Class of its drawing.
    pub(crate) icon: &'static str,
    /// What it received, and when last.
    pub(crate) facts: String,
    /// The question page.
    pub(crate) withdraw_url: String,
}

/// The services of a person, the latest told first. One that was removed takes its consents along.
pub(crate) fn service_rows(dossier: &Dossier, chrome: &Chrome) -> Vec<ServiceRow> {
    let mut rows = Vec::new();
    for told in &dossier.consents {
        if let Some(service) = dossier.service(told.consent.service) {
            rows.push(service_row(told, service, chrome));
        }
    }
    rows
}

/// One service and what it was told.
pub(crate) fn service_row(told: &Told, service: &Service, chrome: &Chrome) -> ServiceRow {
    let sees = match words::data(&told.consent.data, chrome) {
        Some(data) => chrome.t1("account.service.sees", data),
        None => chrome.t("account.service.sees_nothing").to_owned(),
    };
    let last = chrome.t1("account.service.last", words::relative(told.told, chrome));
    ServiceRow {
        name: service.registration.name.clone(),
        icon: Sign::named(&service.registration.icon).class(),
        facts: format!("{sees} · {last}"),
        withdraw_url: paths::account_service(service.id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::account::sample;
    use crate::web::text::Language;

    #[test]
    fn a_service_says_what_it_received_and_a_removed_one_is_not_shown() {
        let chrome = Chrome::sample(Language::De);
        let mut dossier = sample::dossier(&chrome);
        let rows = service_rows(&dossier, &chrome);
        assert_eq!(rows.len(), 2);
        assert!(rows[0].facts.contains("Name, Anschrift") && rows[0].facts.contains("gestern"));
        assert_eq!(rows[0].withdraw_url, paths::account_service(dossier.services[0].id));
        dossier.consents[1].consent.data.clear();
        dossier.services.remove(0);
        let rows = service_rows(&dossier, &chrome);
        assert_eq!(rows.len(), 1);
        assert!(rows[0].facts.starts_with(chrome.t("account.service.sees_nothing")));
    }
}
