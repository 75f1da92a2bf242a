//! In place of card, reader and phone: choose a made-up person and type the PIN.

use askama::Template;

use crate::web::page::{Chrome, Page};

/// `templates/citizen/demo_card.html`. The form sends `person` and `pin`, or `answer=cancel`.
#[derive(Template)]
#[template(path = "citizen/demo_card.html")]
pub(crate) struct DemoCardPage {
    pub(crate) chrome: Chrome,
    pub(crate) persons: Vec<DemoPerson>,
    /// Key of the person who is chosen already.
    pub(crate) chosen: String,
    pub(crate) pin_error: Option<PinError>,
    pub(crate) answer_url: String,
}

/// A made-up person as the card shows them.
pub(crate) struct DemoPerson {
    /// `erika`: stable, tests choose by it.
    pub(crate) key: String,
    pub(crate) name: String,
    /// In words; of some people only the year is known.
    pub(crate) birth: String,
    /// One entry per line.
    pub(crate) address: Vec<String>,
    /// What this card is good for trying out.
    pub(crate) remark: String,
}

/// What was wrong with the PIN.
#[derive(Clone, Copy)]
pub(crate) enum PinError {
    /// Six digits, but not the right ones.
    Wrong { tries_left: u64 },
    /// Not six digits; no try was used up.
    Malformed,
}

impl PinError {
    pub(crate) fn text(self, chrome: &Chrome) -> String {
        match self {
            Self::Wrong { tries_left } => chrome.tn("demo_card.pin_wrong", tries_left),
            Self::Malformed => chrome.t("demo_card.pin_malformed").to_owned(),
        }
    }
}

impl Page for DemoCardPage {
    const NAME: &'static str = "citizen/demo_card";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |pin_error| Self {
            chrome: chrome.clone(),
            persons: sample_persons(chrome),
            chosen: "erika".to_owned(),
            pin_error,
            answer_url: "/beispiel/karte".to_owned(),
        };
        vec![
            ("fresh", page(None)),
            ("wrong", page(Some(PinError::Wrong { tries_left: 2 }))),
            ("last", page(Some(PinError::Wrong { tries_left: 1 }))),
            ("malformed", page(Some(PinError::Malformed))),
        ]
    }
}

fn sample_persons(chrome: &Chrome) -> Vec<DemoPerson> {
    let person = |key: &str, name: &str, birth: String, street: &str, remark: &str| DemoPerson {
        key: key.to_owned(),
        name: name.to_owned(),
        birth,
        address: vec![street.to_owned(), "12345 Birkenfurt".to_owned()],
        remark: remark.to_owned(),
    };
    let born = |year, month, day| chrome.text.day(jiff::civil::date(year, month, day));
    vec![
        person("erika", "Erika Mustermann", born(1964, 8, 12), "Heidestraße 17", chrome.t("sample.fine")),
        person("murat", "Murat Yılmaz", born(1988, 5, 3), "Lindenweg 4", chrome.t("sample.letters")),
        person("kadir", "Kadir", "1975".to_owned(), "Bahnhofstraße 88", chrome.t("sample.one_name")),
        person("gregor", "Gregor Altmann", born(1951, 1, 1), "Mühlenstraße 30", chrome.t("sample.blocked")),
    ]
}
