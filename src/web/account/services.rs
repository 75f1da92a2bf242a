//! The services that were told something, by the organisation that answers for them.

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

/// The services of one organisation.
pub(crate) struct ServiceGroup {
    /// Its name; the town's for services of the house itself.
    pub(crate) office: String,
    pub(crate) services: Vec<ServiceRow>,
}

/// The services of a person, the latest told first, and with it its organisation. One that was removed takes its
/// consents along.
pub(crate) fn service_groups(dossier: &Dossier, chrome: &Chrome) -> Vec<ServiceGroup> {
    let mut groups: Vec<ServiceGroup> = Vec::new();
    for told in &dossier.consents {
        let Some(service) = dossier.service(told.consent.service) else { continue };
        let office = match service.registration.office.as_str() {
            "" => chrome.town.name.as_str(),
            office => office,
        };
        let row = service_row(told, service, chrome);
        match groups.iter_mut().find(|group| group.office == office) {
            Some(group) => group.services.push(row),
            None => groups.push(ServiceGroup { office: office.to_owned(), services: vec![row] }),
        }
    }
    groups
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

    fn rows(dossier: &Dossier, chrome: &Chrome) -> Vec<ServiceRow> {
        service_groups(dossier, chrome).into_iter().flat_map(|group| group.services).collect()
    }

    #[test]
    fn a_service_says_what_it_received_and_a_removed_one_is_not_shown() {
        let chrome = Chrome::sample(Language::De);
        let mut dossier = sample::dossier(&chrome);
        let rows = rows(&dossier, &chrome);
        assert_eq!(rows.len(), 2);
        assert!(rows[0].facts.contains("Name, Anschrift") && rows[0].facts.contains("gestern"));
        assert_eq!(rows[0].withdraw_url, paths::account_service(dossier.services[0].id));
        dossier.consents[1].consent.data.clear();
        dossier.services.remove(0);
        let rows = super::tests::rows(&dossier, &chrome);
        assert_eq!(rows.len(), 1);
        assert!(rows[0].facts.starts_with(chrome.t("account.service.sees_nothing")));
    }

    #[test]
    fn services_stand_with_those_who_answer_for_them() {
        let chrome = Chrome::sample(Language::De);
        let mut dossier = sample::dossier(&chrome);
        let offices = |dossier: &Dossier| {
            let groups = service_groups(dossier, &chrome);
            groups.into_iter().map(|group| (group.office, group.services.len())).collect::<Vec<_>>()
        };
        let town = chrome.town.name.clone();
        assert_eq!(offices(&dossier), [(chrome.t("sample.office").to_owned(), 1), (town.clone(), 1)]);
        dossier.services[0].registration.office = String::new();
        assert_eq!(offices(&dossier), [(town, 2)]);
    }
}
