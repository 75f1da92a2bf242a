//! What a service would get, row by row, with the reason; agreeing and declining weigh the same.

use askama::Template;
use jiff::{Timestamp, ToSpan};

use super::Asker;
use crate::web::page::{Chrome, Page};
use crate::web::text::Text;

/// `templates/citizen/consent.html`. The form sends `answer=agree` or `answer=decline`, `remember=1`, and
/// `optional` once for each extra that was ticked.
#[derive(Template)]
#[template(path = "citizen/consent.html")]
pub(crate) struct ConsentPage {
    pub(crate) chrome: Chrome,
    pub(crate) asker: Asker,
    /// One sentence of the service; may be empty.
    pub(crate) purpose: String,
    /// Empty: the service only learns that it is the same person again.
    pub(crate) data: Vec<Datum>,
    /// Handed on only if ticked.
    pub(crate) optional: Vec<Datum>,
    /// Labels of what we know and the service does not get.
    pub(crate) kept: Vec<&'static str>,
    /// When the data were read from the card.
    pub(crate) checked_at: Option<Timestamp>,
    pub(crate) answer_url: String,
    pub(crate) account_url: String,
}

/// One piece of data that a service asks for.
pub(crate) struct Datum {
    /// Its name in the form.
    pub(crate) name: String,
    pub(crate) label: &'static str,
    pub(crate) value: String,
    /// Why the service needs it, in its own words.
    pub(crate) reason: Option<String>,
}

/// What people call a claim; none for claims which are no data about them.
pub(crate) fn label(claim: &str, text: Text) -> Option<&'static str> {
    Some(match claim {
        "name" => text.t("data.name"),
        "given_name" => text.t("data.given_name"),
        "family_name" => text.t("data.family_name"),
        "birth_family_name" => text.t("data.birth_family_name"),
        "title" => text.t("data.title"),
        "birthdate" => text.t("data.birthdate"),
        "place_of_birth" => text.t("data.place_of_birth"),
        "nationalities" => text.t("data.nationalities"),
        "address" => text.t("data.address"),
        "email" => text.t("data.email"),
        "age_over_18" => text.t("data.age_over_18"),
        "document_expiry" => text.t("data.document_expiry"),
        "verified_claims" => text.t("data.verified_claims"),
        "other_services" => text.t("data.other_services"),
        _ => return None,
    })
}

impl Page for ConsentPage {
    const NAME: &'static str = "citizen/consent";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let datum = |name: &str, value: &str, reason: Option<&str>| Datum {
            name: name.to_owned(),
            label: label(name, chrome.text).unwrap_or_default(),
            value: value.to_owned(),
            reason: reason.map(str::to_owned),
        };
        let known = |names: &[&str]| names.iter().filter_map(|name| label(name, chrome.text)).collect();
        let page = |data: Vec<Datum>, optional, kept| Self {
            chrome: chrome.clone(),
            asker: Asker::sample(chrome),
            purpose: chrome.t("sample.purpose").to_owned(),
            checked_at: (!data.is_empty()).then(|| chrome.now - (264 * 24).hours()),
            data,
            optional,
            kept,
            answer_url: "/beispiel/zustimmung".to_owned(),
            account_url: "/beispiel/konto".to_owned(),
        };
        let data = vec![
            datum("name", "Erika Mustermann", Some(chrome.t("sample.reason_name"))),
            datum("address", "Heidestraße 17, 12345 Birkenfurt", Some(chrome.t("sample.reason_address"))),
        ];
        let optional = vec![datum("email", "erika@example.org", Some(chrome.t("sample.reason_email")))];
        let kept = known(&["birthdate", "place_of_birth", "document_expiry", "other_services"]);
        vec![
            ("data", page(data, optional, kept)),
            ("nothing", page(Vec::new(), Vec::new(), known(&["name", "address", "birthdate"]))),
        ]
    }
}
