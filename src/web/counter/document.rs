//! What a clerk writes down of a document, and what is missing in it.

use crate::domain::attribute::{Address, Identity};
use crate::domain::desk::{DocumentKind, Examined, NEEDED};
use crate::domain::time::Timestamp;
use crate::eid::reading::end_of;
use crate::http::{Appliance, Params};
use crate::web::dates::typed_date;
use crate::web::desk;
use crate::web::page::Chrome;

/// Characters of a line at most.
const LINE_MAX: usize = 120;
/// Characters of a document's number, without blanks and hyphens.
const NUMBER: std::ops::RangeInclusive<usize> = 4..=20;
/// The lines of the form.
const LINES: [&str; 13] = [
    "given_names",
    "family_name",
    "birth_name",
    "doctoral_degree",
    "birth_date",
    "birth_place",
    "street",
    "postal_code",
    "locality",
    "kind",
    "number",
    "country",
    "valid_until",
];

/// As it was typed.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    lines: [String; LINES.len()],
    pub(crate) examined: Vec<Examined>,
}

impl Default for Document {
    fn default() -> Self {
        let mut empty = Self { lines: Default::default(), examined: Vec::new() };
        empty.set("country", "D");
        empty
    }
}

/// What is missing or wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    Name,
    BirthDate,
    BirthPlace,
    Address,
    Kind,
    Number,
    Country,
    ValidUntil,
    Expired,
    Examined,
    /// There is an account of this name, birth date and birth place.
    HasAccount,
    /// The document led to somebody else's account before.
    DocumentOfAnother,
    /// The document is not of the person before the clerk.
    OtherPerson,
}

impl Lack {
    /// Those that stand at a field.
    pub(crate) const FIELDS: &'static [Self] = &[
        Self::Name,
        Self::BirthDate,
        Self::BirthPlace,
        Self::Address,
        Self::Kind,
        Self::Number,
        Self::Country,
        Self::ValidUntil,
        Self::Examined,
    ];

    /// The line of the form where it stands.
    pub(crate) const fn field(self) -> Option<&'static str> {
        Some(match self {
            Self::Name => "family_name",
            Self::BirthDate => "birth_date",
            Self::BirthPlace => "birth_place",
            Self::Address => "locality",
            Self::Number => "number",
            Self::Country => "country",
            Self::ValidUntil | Self::Expired => "valid_until",
            Self::Kind | Self::Examined | Self::HasAccount | Self::DocumentOfAnother | Self::OtherPerson => {
                return None;
            }
        })
    }

    pub(crate) fn words(self, chrome: &Chrome) -> &'static str {
        match self {
            Self::Name => chrome.t("desk.lack.name"),
            Self::BirthDate => chrome.t("desk.lack.birth_date"),
            Self::BirthPlace => chrome.t("desk.lack.birth_place"),
            Self::Address => chrome.t("desk.lack.address"),
            Self::Kind => chrome.t("desk.lack.kind"),
            Self::Number => chrome.t("desk.lack.number"),
            Self::Country => chrome.t("desk.lack.country"),
            Self::ValidUntil => chrome.t("desk.lack.valid_until"),
            Self::Expired => chrome.t("desk.lack.expired"),
            Self::Examined => chrome.t("desk.lack.examined"),
            Self::HasAccount => chrome.t("desk.lack.has_account"),
            Self::DocumentOfAnother => chrome.t("desk.lack.document"),
            Self::OtherPerson => chrome.t("desk.lack.other_person"),
        }
    }

    /// What stands against the whole: what and what to do.
    pub(crate) fn obstacle(self, chrome: &Chrome) -> Option<(&'static str, String)> {
        let more = match self {
            Self::HasAccount => chrome.t("desk.lack.has_account_more"),
            Self::DocumentOfAnother => chrome.t("desk.lack.document_more"),
            Self::OtherPerson => chrome.t("desk.lack.other_person_more"),
            _ => return None,
        };
        Some((self.words(chrome), more.to_owned()))
    }
}

/// What the document says, checked.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) identity: Identity,
    pub(crate) kind: DocumentKind,
    /// Keyed hash of kind, country and number.
    pub(crate) document: [u8; 32],
    /// End of the last valid day.
    pub(crate) expires: Timestamp,
    pub(crate) examined: Vec<Examined>,
}

impl Document {
    /// What a form sends.
    pub(crate) fn read(form: &Params) -> Self {
        let mut read = Self::default();
        for line in LINES {
            let text = form.get(line).unwrap_or("").chars().filter(|c| !c.is_control()).take(LINE_MAX);
            read.set(line, text.collect::<String>().trim());
        }
        let ticked = |one: &&Examined| form.get(one.name()) == Some("yes");
        read.examined = Examined::ALL.iter().filter(ticked).copied().collect();
        read
    }

    /// What is known of somebody, to be compared with the document and changed where that says otherwise.
    pub(crate) fn of(identity: &Identity) -> Self {
        let mut known = Self::default();
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        known.set("given_names", &text(&identity.given_names));
        known.set("family_name", &text(&identity.family_name));
        known.set("birth_name", &text(&identity.birth_name));
        known.set("doctoral_degree", &text(&identity.doctoral_degree));
        known.set("birth_date", &identity.birth_date.map(|date| date.to_string()).unwrap_or_default());
        known.set("birth_place", &text(&identity.birth_place));
        if let Some(address) = &identity.address {
            known.set("street", &address.street);
            known.set("postal_code", &address.postal_code);
            known.set("locality", &address.locality);
        }
        known
    }

    pub(crate) fn field(&self, name: &str) -> &str {
        LINES.iter().position(|line| *line == name).map_or("", |at| self.lines[at].as_str())
    }

    fn set(&mut self, name: &str, value: &str) {
        if let Some(at) = LINES.iter().position(|line| *line == name) {
            value.clone_into(&mut self.lines[at]);
        }
    }

    /// # Errors
    /// All that is missing or wrong.
    pub(crate) fn shown(&self, app: &Appliance) -> Result<Shown, Vec<Lack>> {
        let mut lacks = Vec::new();
        let identity = self.identity(&mut lacks);
        let kind = DocumentKind::parse(self.field("kind"));
        let number: String = self.field("number").chars().filter(|c| !" -".contains(*c)).collect();
        let number = number.to_uppercase();
        let country = self.field("country").to_uppercase();
        let last = typed_date(self.field("valid_until")).and_then(|date| date.to_string().parse().ok());
        let zone = jiff::tz::TimeZone::get(&app.town().time_zone).ok();
        let expires = last.zip(zone).and_then(|(day, zone)| end_of(day, &zone));
        let wrong = [
            (kind.is_none(), Lack::Kind),
            (
                !NUMBER.contains(&number.len()) || !number.bytes().all(|b| b.is_ascii_alphanumeric()),
                Lack::Number,
            ),
            (
                !(1..=3).contains(&country.len()) || !country.bytes().all(|b| b.is_ascii_uppercase()),
                Lack::Country,
            ),
            (expires.is_none(), Lack::ValidUntil),
            (expires.is_some_and(|end| end < app.now()), Lack::Expired),
            (NEEDED.iter().any(|one| !self.examined.contains(one)), Lack::Examined),
        ];
        lacks.extend(wrong.into_iter().filter(|(is, _)| *is).map(|(_, lack)| lack));
        match (kind, expires) {
            (Some(kind), Some(expires)) if lacks.is_empty() => Ok(Shown {
                identity,
                kind,
                document: desk::document_hash(kind, &country, &number, app),
                expires,
                examined: self.examined.clone(),
            }),
            _ => Err(lacks),
        }
    }

    fn identity(&self, lacks: &mut Vec<Lack>) -> Identity {
        let text = |name| Some(self.field(name).to_owned()).filter(|text| !text.is_empty());
        let birth_date = typed_date(self.field("birth_date"));
        let home = ["street", "postal_code", "locality"].map(|name| self.field(name));
        let address = home.iter().any(|part| !part.is_empty()).then(|| Address {
            street: home[0].to_owned(),
            postal_code: home[1].to_owned(),
            locality: home[2].to_owned(),
            country: "DE".to_owned(),
        });
        let wrong = [
            (text("given_names").is_none() && text("family_name").is_none(), Lack::Name),
            (birth_date.is_none(), Lack::BirthDate),
            (text("birth_place").is_none(), Lack::BirthPlace),
            (address.as_ref().is_some_and(|address| address.locality.is_empty()), Lack::Address),
        ];
        lacks.extend(wrong.into_iter().filter(|(is, _)| *is).map(|(_, lack)| lack));
        Identity {
            given_names: text("given_names"),
            family_name: text("family_name"),
            birth_name: text("birth_name"),
            doctoral_degree: text("doctoral_degree"),
            birth_date,
            birth_place: text("birth_place"),
            address,
            document_type: None,
        }
    }
}
