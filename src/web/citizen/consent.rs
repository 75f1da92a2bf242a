//! What a service would get, row by row, with the reason; agreeing and declining weigh the same.

use askama::Template;
use jiff::{Timestamp, ToSpan};

use super::Asker;
use crate::domain::attribute::Datum;
use crate::web::page::{Chrome, Page};
use crate::web::text::Text;

/// `templates/citizen/consent.html`. The form sends `answer=agree` or `answer=decline`, and `remember=1`.
#[derive(Template)]
#[template(path = "citizen/consent.html")]
pub(crate) struct ConsentPage {
    pub(crate) chrome: Chrome,
    pub(crate) asker: Asker,
    /// One sentence of the service; may be empty.
    pub(crate) purpose: String,
    /// Empty: the service only learns that it is the same person again.
    pub(crate) data: Vec<Row>,
    /// What we know and the service does not get; see [`kept`].
    pub(crate) kept: Vec<&'static str>,
    /// When the data were read from the card.
    pub(crate) checked_at: Option<Timestamp>,
    pub(crate) answer_url: String,
    pub(crate) account_url: String,
}

/// One piece of data that a service asks for.
pub(crate) struct Row {
    pub(crate) label: &'static str,
    pub(crate) value: String,
    /// Why the service needs it, in its own words.
    pub(crate) reason: Option<String>,
}

/// What people call a datum.
pub(crate) fn label(datum: Datum, text: Text) -> &'static str {
    match datum {
        Datum::Name => text.t("data.name"),
        Datum::BirthDate => text.t("data.birth_date"),
        Datum::BirthPlace => text.t("data.birth_place"),
        Datum::Address => text.t("data.address"),
        Datum::AgeOver16 => text.t("data.age_over_16"),
        Datum::AgeOver18 => text.t("data.age_over_18"),
        Datum::Resident => text.t("data.resident"),
    }
}

/// Labels of what stays here when a service asks for `asked`. Answers which are derived ("over 18") do not
/// count: nobody misses them.
pub(crate) fn kept(asked: &[Datum], text: Text) -> Vec<&'static str> {
    let read = [Datum::Name, Datum::BirthDate, Datum::BirthPlace, Datum::Address];
    let mut kept: Vec<_> =
        read.into_iter().filter(|datum| !asked.contains(datum)).map(|datum| label(datum, text)).collect();
    kept.extend([text.t("data.document_expiry"), text.t("data.other_services")]);
    kept
}

impl Page for ConsentPage {
    const NAME: &'static str = "citizen/consent";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let row = |datum, value: &str, reason: Option<&str>| Row {
            label: label(datum, chrome.text),
            value: value.to_owned(),
            reason: reason.map(str::to_owned),
        };
        let page = |data: Vec<Row>, asked: &[Datum]| Self {
            chrome: chrome.clone(),
            asker: Asker::sample(chrome),
            purpose: chrome.t("sample.purpose").to_owned(),
            checked_at: (!data.is_empty()).then(|| chrome.now - (264 * 24).hours()),
            data,
            kept: kept(asked, chrome.text),
            answer_url: "/beispiel/zustimmung".to_owned(),
            account_url: "/beispiel/konto".to_owned(),
        };
        let name = row(Datum::Name, "Erika Mustermann", Some(chrome.t("sample.reason_name")));
        let address = "Heidestraße 17, 12345 Birkenfurt";
        let address = row(Datum::Address, address, Some(chrome.t("sample.reason_address")));
        let adult = row(Datum::AgeOver18, chrome.t("data.yes"), None);
        vec![
            ("data", page(vec![name, address], &[Datum::Name, Datum::Address])),
            ("adult", page(vec![adult], &[Datum::AgeOver18])),
            ("nothing", page(Vec::new(), &[])),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::text::Language;

    #[test]
    fn what_is_asked_for_does_not_stay_here() {
        let text = Text::new(Language::De);
        assert_eq!(kept(&[Datum::Name, Datum::Address], text)[..2], ["Geburtsdatum", "Geburtsort"]);
        assert_eq!(kept(&Datum::ALL, text), ["Ablaufdatum des Ausweises", "Ihre anderen Dienste"]);
    }
}
