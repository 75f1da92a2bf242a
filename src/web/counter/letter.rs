//! The sheet with the code: for the letter that somebody takes home, or for the phone that becomes the key right here.

use askama::Template;

use super::{Place, tabs};
use crate::domain::attribute::{Address, Identity};
use crate::domain::desk::Handover;
use crate::domain::id::IdentificationId;
use crate::domain::paper_code::PaperCode;
use crate::domain::time::Timestamp;
use crate::paths;
use crate::web::operator::{SAMPLE_STAFF, Tab};
use crate::web::page::{Chrome, Page};
use crate::web::qr::{self, Picture};
use crate::web::words;

/// What stands on it.
pub(crate) struct Sheet<'a> {
    pub(crate) identity: &'a Identity,
    pub(crate) code: &'a PaperCode,
    pub(crate) handover: Handover,
    pub(crate) today: Timestamp,
    /// When the code ends.
    pub(crate) until: Timestamp,
    pub(crate) id: IdentificationId,
}

/// `templates/counter/letter.html`
#[derive(Template)]
#[template(path = "counter/letter.html")]
pub(crate) struct LetterPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    /// Taken home: its key counts for less than one made at the desk.
    pub(crate) letter: bool,
    /// Name, street, town.
    pub(crate) receiver: Vec<String>,
    pub(crate) name: String,
    pub(crate) today: String,
    pub(crate) code: String,
    pub(crate) until: String,
    /// Where the code is typed in, and the same without `https://`.
    pub(crate) code_url: String,
    pub(crate) shown_url: String,
    pub(crate) picture: Option<Picture>,
    pub(crate) back_url: String,
}

impl LetterPage {
    /// The drawing holds the address alone: without the paper it opens nothing.
    pub(crate) fn new(sheet: &Sheet<'_>, origin: &str, staff: &str, chrome: &Chrome) -> Self {
        let code_url = format!("{origin}{}", paths::CODE);
        let name = sheet.identity.display_name();
        let home = sheet.identity.address.as_ref().map(|address: &Address| {
            [address.street.clone(), format!("{} {}", address.postal_code, address.locality)]
        });
        let lines = std::iter::once(name.clone()).chain(home.into_iter().flatten());
        let until = match sheet.handover {
            Handover::Letter => words::day(sheet.until, chrome),
            Handover::Spot => words::clock(sheet.until, chrome),
        };
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs(Place::Identify, chrome),
            letter: sheet.handover == Handover::Letter,
            receiver: lines.map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect(),
            name,
            today: words::day(sheet.today, chrome),
            code: sheet.code.expose(),
            until,
            shown_url: code_url.split_once("://").map_or(code_url.as_str(), |(_, rest)| rest).to_owned(),
            picture: qr::picture(&code_url),
            code_url,
            back_url: paths::counter_identification(sheet.id),
        }
    }
}

impl Page for LetterPage {
    const NAME: &'static str = "counter/letter";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let Ok(code) = PaperCode::parse("7K3M-0QXF-9RTA-2HVN") else { return Vec::new() };
        let now = words::now(chrome);
        let identity = crate::web::account::sample::identity();
        let id = IdentificationId::from_bytes([81; 16]);
        let page = |handover: Handover| {
            let until = now + handover.life();
            let sheet = Sheet { identity: &identity, code: &code, handover, today: now, until, id };
            Self::new(&sheet, "https://id.birkenfurt.example", SAMPLE_STAFF, chrome)
        };
        vec![("letter", page(Handover::Letter)), ("spot", page(Handover::Spot))]
    }
}
