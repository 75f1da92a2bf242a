//! What an identity check reads of a person, and what a service may be told of it.
//!
//! [`Identity`] is what the document says; [`Datum`] is one thing a service may ask, derived from it, and as
//! little as the service needs: "over 18" instead of a birth date, "lives here" instead of an address.

use serde::{Deserialize, Serialize};

/// A birth date as a German eID may hold it: day or month may be unknown (BSI TR-03130, `DateOfBirth`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartialDate {
    year: i16,
    month: Option<i8>,
    day: Option<i8>,
}

impl PartialDate {
    /// Parses `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; days are checked against the month.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let year = digits(parts.next()?, 4)?;
        let month = match parts.next() {
            Some(part) => Some(i8::try_from(digits(part, 2)?).ok()?),
            None => None,
        };
        let day = match parts.next() {
            Some(part) => Some(i8::try_from(digits(part, 2)?).ok()?),
            None => None,
        };
        let known = jiff::civil::Date::new(year, month.unwrap_or(1), day.unwrap_or(1));
        (parts.next().is_none() && year > 0 && known.is_ok()).then_some(Self { year, month, day })
    }
    /// Year, month and day, as far as known.
    #[must_use]
    pub const fn parts(self) -> (i16, Option<i8>, Option<i8>) {
        (self.year, self.month, self.day)
    }
    /// Whether the person is surely `years` old on `today`: unknown parts count as the latest possible.
    #[must_use]
    pub fn at_least_years_old(self, years: i16, today: jiff::civil::Date) -> bool {
        let first = jiff::civil::Date::new(self.year.saturating_add(years), self.month.unwrap_or(12), 1);
        let Ok(first) = first else { return false };
        let day = self.day.unwrap_or(first.days_in_month());
        // Born on 29 February: of age on 1 March of a year without that day (§ 188 BGB).
        let birthday = jiff::civil::Date::new(first.year(), first.month(), day)
            .or_else(|_| first.last_of_month().tomorrow());
        birthday.is_ok_and(|birthday| today >= birthday)
    }
}

fn digits(part: &str, len: usize) -> Option<i16> {
    (part.len() == len && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok())?
}

impl std::fmt::Display for PartialDate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}", self.year)?;
        if let Some(month) = self.month {
            write!(f, "-{month:02}")?;
        }
        if let Some(day) = self.day {
            write!(f, "-{day:02}")?;
        }
        Ok(())
    }
}

impl Serialize for PartialDate {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for PartialDate {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a date"))
    }
}

/// A postal address as the document prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Street and number; may be empty where a place has no streets.
    pub street: String,
    /// Postal code; may be empty abroad.
    pub postal_code: String,
    /// Town.
    pub locality: String,
    /// Country, ISO 3166-1 alpha-2.
    pub country: String,
}

impl Address {
    /// On one line, as people write it.
    #[must_use]
    pub fn one_line(&self) -> String {
        let town = [self.postal_code.as_str(), self.locality.as_str()].map(str::trim).join(" ");
        [self.street.trim(), town.trim()].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

/// What the document says about a person. Missing parts are missing, never empty.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Identity {
    /// Given names; some people have none.
    pub given_names: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Name at birth, where it differs.
    pub birth_name: Option<String>,
    /// Doctoral degree ("Dr.").
    pub doctoral_degree: Option<String>,
    /// Birth date.
    pub birth_date: Option<PartialDate>,
    /// Birth place.
    pub birth_place: Option<String>,
    /// Address.
    pub address: Option<Address>,
    /// Kind of document (`ID`, `AR`, `UB` …; BSI TR-03130).
    pub document_type: Option<String>,
}

impl Identity {
    /// The name in full, as one greets: degree, given names, family name.
    #[must_use]
    pub fn full_name(&self) -> String {
        [&self.doctoral_degree, &self.given_names, &self.family_name]
            .into_iter()
            .flatten()
            .map(|part| part.trim())
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// [`Identity::full_name`] as a greeting spells it. Cards hold names in capitals: `Erika Mustermann` is greeted
    /// where `ERIKA MUSTERMANN` is kept and told. Whatever is not all capitals stays as it is.
    #[must_use]
    pub fn display_name(&self) -> String {
        let name = self.full_name();
        // Not all of `ß`: cards have it amid capitals.
        if name.chars().any(|letter| letter.is_lowercase() && letter != 'ß') {
            return name;
        }
        let spelled = Self {
            doctoral_degree: self.doctoral_degree.as_deref().map(spell_degree),
            given_names: self.given_names.as_deref().map(|name| spell_name(name, &[])),
            family_name: self.family_name.as_deref().map(|name| spell_name(name, &PARTICLES)),
            ..Self::default()
        };
        spelled.full_name()
    }
}

/// Words before a family name which are written small.
const PARTICLES: [&str; 28] = [
    "af", "am", "auf", "da", "dal", "de", "dei", "del", "della", "dem", "den", "der", "di", "do", "dos",
    "du", "im", "in", "ten", "ter", "und", "van", "vom", "von", "y", "zu", "zum", "zur",
];

/// `KARL-HEINZ` as `Karl-Heinz`, `VON DER AUE` as `von der Aue`; the last word is no particle.
fn spell_name(capitals: &str, particles: &[&str]) -> String {
    let words: Vec<&str> = capitals.split_whitespace().collect();
    let spell = |(at, word): (usize, &&str)| {
        let small = word.to_lowercase();
        if at + 1 < words.len() && particles.contains(&small.as_str()) { small } else { capitalize(word) }
    };
    words.iter().enumerate().map(spell).collect::<Vec<_>>().join(" ")
}

/// `DR. H. C.` as `Dr. h. c.`
fn spell_degree(capitals: &str) -> String {
    let spell = |word: &str| {
        if ["DR", "PROF"].iter().any(|title| word.starts_with(title)) {
            capitalize(word)
        } else {
            word.to_lowercase()
        }
    };
    capitals.split_whitespace().map(spell).collect::<Vec<_>>().join(" ")
}

/// A capital at the beginning and after a hyphen or an apostrophe.
fn capitalize(capitals: &str) -> String {
    let mut out = String::with_capacity(capitals.len());
    let mut begins = true;
    for letter in capitals.chars() {
        match letter {
            _ if begins => out.push(letter),
            // By itself it would become two characters.
            'İ' => out.push('i'),
            letter => out.extend(letter.to_lowercase()),
        }
        begins = matches!(letter, '-' | '\'' | '’' | '\u{2010}');
    }
    out
}

/// One part of [`Identity`] as it is sealed: a row each, so that one can be opened without the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// [`Identity::given_names`]
    GivenNames,
    /// [`Identity::family_name`]
    FamilyName,
    /// [`Identity::birth_name`]
    BirthName,
    /// [`Identity::doctoral_degree`]
    DoctoralDegree,
    /// [`Identity::birth_date`]
    BirthDate,
    /// [`Identity::birth_place`]
    BirthPlace,
    /// [`Identity::address`] as JSON
    Address,
    /// [`Identity::document_type`]
    DocumentType,
}

impl Attribute {
    /// All attributes.
    pub const ALL: [Self; 8] = [
        Self::GivenNames,
        Self::FamilyName,
        Self::BirthName,
        Self::DoctoralDegree,
        Self::BirthDate,
        Self::BirthPlace,
        Self::Address,
        Self::DocumentType,
    ];
    /// Column name of the store; part of the sealing, so it never changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GivenNames => "given_names",
            Self::FamilyName => "family_name",
            Self::BirthName => "birth_name",
            Self::DoctoralDegree => "doctoral_degree",
            Self::BirthDate => "birth_date",
            Self::BirthPlace => "birth_place",
            Self::Address => "address",
            Self::DocumentType => "document_type",
        }
    }
    /// Reads [`Attribute::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|attribute| attribute.name() == name)
    }
}

impl Identity {
    /// Takes it apart for sealing.
    #[must_use]
    pub fn parts(&self) -> Vec<(Attribute, String)> {
        let address = self.address.as_ref().and_then(|address| serde_json::to_string(address).ok());
        [
            (Attribute::GivenNames, self.given_names.clone()),
            (Attribute::FamilyName, self.family_name.clone()),
            (Attribute::BirthName, self.birth_name.clone()),
            (Attribute::DoctoralDegree, self.doctoral_degree.clone()),
            (Attribute::BirthDate, self.birth_date.map(|date| date.to_string())),
            (Attribute::BirthPlace, self.birth_place.clone()),
            (Attribute::Address, address),
            (Attribute::DocumentType, self.document_type.clone()),
        ]
        .into_iter()
        .filter_map(|(attribute, value)| value.map(|value| (attribute, value)))
        .collect()
    }
    /// Puts one opened part back. `false`: the part is not what [`Identity::parts`] writes.
    pub fn put(&mut self, attribute: Attribute, value: &str) -> bool {
        let text = || Some(value.to_owned());
        match attribute {
            Attribute::GivenNames => self.given_names = text(),
            Attribute::FamilyName => self.family_name = text(),
            Attribute::BirthName => self.birth_name = text(),
            Attribute::DoctoralDegree => self.doctoral_degree = text(),
            Attribute::BirthDate => self.birth_date = PartialDate::parse(value),
            Attribute::BirthPlace => self.birth_place = text(),
            Attribute::Address => self.address = serde_json::from_str(value).ok(),
            Attribute::DocumentType => self.document_type = text(),
        }
        match attribute {
            Attribute::BirthDate => self.birth_date.is_some(),
            Attribute::Address => self.address.is_some(),
            _ => true,
        }
    }
}

impl Identity {
    /// What is known after a newer reading: parts that were read replace, parts that the document does not hold any
    /// more go, all others stay.
    #[must_use]
    pub fn refreshed(&self, read: &Self, absent: &[Attribute]) -> Self {
        let mut fresh = Self::default();
        let kept = self.parts().into_iter().filter(|(attribute, _)| !absent.contains(attribute));
        for (attribute, value) in kept.chain(read.parts()) {
            // What `parts` wrote, `put` reads.
            fresh.put(attribute, &value);
        }
        fresh
    }
    /// The parts in which two identities differ.
    #[must_use]
    pub fn changed_from(&self, earlier: &Self) -> Vec<Attribute> {
        let (ours, theirs) = (self.parts(), earlier.parts());
        let of = |parts: &[(Attribute, String)], wanted| {
            parts.iter().find(|(attribute, _)| *attribute == wanted).map(|(_, value)| value.clone())
        };
        Attribute::ALL.into_iter().filter(|wanted| of(&ours, *wanted) != of(&theirs, *wanted)).collect()
    }
}

/// One thing which a service may ask about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Datum {
    /// The name in full, and its parts.
    Name,
    /// Birth date.
    BirthDate,
    /// Birth place.
    BirthPlace,
    /// Address.
    Address,
    /// Yes or no: at least 16 years old.
    AgeOver16,
    /// Yes or no: at least 18 years old.
    AgeOver18,
    /// Yes or no: lives in this town.
    Resident,
}

impl Datum {
    /// All of them, most harmless last.
    pub const ALL: [Self; 7] = [
        Self::Name,
        Self::BirthDate,
        Self::BirthPlace,
        Self::Address,
        Self::AgeOver16,
        Self::AgeOver18,
        Self::Resident,
    ];
    /// The name used in the store and in catalogue keys.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::BirthDate => "birth_date",
            Self::BirthPlace => "birth_place",
            Self::Address => "address",
            Self::AgeOver16 => "age_over_16",
            Self::AgeOver18 => "age_over_18",
            Self::Resident => "resident",
        }
    }
    /// Reads [`Datum::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|datum| datum.name() == name)
    }
    /// The sealed parts which are opened for it, and no others.
    #[must_use]
    pub const fn needs(self) -> &'static [Attribute] {
        match self {
            Self::Name => &[Attribute::GivenNames, Attribute::FamilyName, Attribute::DoctoralDegree],
            Self::BirthDate | Self::AgeOver16 | Self::AgeOver18 => &[Attribute::BirthDate],
            Self::BirthPlace => &[Attribute::BirthPlace],
            Self::Address | Self::Resident => &[Attribute::Address],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_with_unknown_parts() {
        for good in ["1964-08-12", "1975", "1975-06", "1992-02-29"] {
            assert_eq!(PartialDate::parse(good).unwrap().to_string(), good);
        }
        for bad in [
            "",
            "64-08-12",
            "1964-13-01",
            "1991-02-29",
            "1964-00",
            "1964-08-00",
            "1964-8-1",
            "1-1-1-1",
            "0000",
        ] {
            assert_eq!(PartialDate::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn age_is_certain_or_it_is_no() {
        let on = |text: &str| text.parse::<jiff::civil::Date>().unwrap();
        let born = |text| PartialDate::parse(text).unwrap();
        for (birth, day, of_age) in [
            ("2008-11-22", "2026-11-22", true),
            ("2008-11-23", "2026-11-22", false),
            ("2008", "2026-11-22", false),
            ("2008", "2026-12-31", true),
            ("2008-11", "2026-11-29", false),
            ("2008-11", "2026-11-30", true),
            ("2008-02-29", "2026-02-28", false),
            ("2008-02-29", "2026-03-01", true),
        ] {
            assert_eq!(born(birth).at_least_years_old(18, on(day)), of_age, "{birth} on {day}");
        }
    }

    #[test]
    fn a_newer_reading_replaces_what_it_read_and_nothing_else() {
        let known = Identity {
            given_names: Some("Ada".into()),
            family_name: Some("Buchenau".into()),
            doctoral_degree: Some("Dr.".into()),
            birth_date: PartialDate::parse("1992-02-29"),
            birth_place: Some("Birkenfurt".into()),
            ..Identity::default()
        };
        let read = Identity { family_name: Some("Erlenbach".into()), ..Identity::default() };
        let fresh = known.refreshed(&read, &[Attribute::DoctoralDegree]);
        let wanted =
            Identity { family_name: Some("Erlenbach".into()), doctoral_degree: None, ..known.clone() };
        assert_eq!(fresh, wanted);
        assert_eq!(fresh.changed_from(&known), [Attribute::FamilyName, Attribute::DoctoralDegree]);
        assert_eq!(known.changed_from(&known), []);
        assert_eq!(known.refreshed(&Identity::default(), &[]), known);
    }

    #[test]
    fn capitals_are_greeted_as_people_write_them() {
        let name = |degree: &str, given: &str, family: &str| {
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            let (doctoral_degree, given_names, family_name) = (some(degree), some(given), some(family));
            Identity { doctoral_degree, given_names, family_name, ..Identity::default() }.display_name()
        };
        for (degree, given, family, greeted) in [
            ("", "ERIKA", "MUSTERMANN", "Erika Mustermann"),
            ("DR.", "KARL-HEINZ", "MÜLLER-LÜDENSCHEIDT", "Dr. Karl-Heinz Müller-Lüdenscheidt"),
            ("DR. H. C.", "ADA", "VON UND ZU BUCHENAU", "Dr. h. c. Ada von und zu Buchenau"),
            ("DR. DR.", "JAN", "VAN DER MEER", "Dr. Dr. Jan van der Meer"),
            ("", "SIOBHÁN", "O'NEILL", "Siobhán O'Neill"),
            ("", "THỊ VAN", "LE", "Thị Van Le"),
            ("", "İBRAHİM", "ÇELİK", "İbrahim Çelik"),
            ("", "HANS", "GROẞ", "Hans Groß"),
            ("", "HANS", "GROß", "Hans Groß"),
            ("", "", "VON", "Von"),
            ("", "Murat", "Yılmaz", "Murat Yılmaz"),
            ("Dr.", "ADA", "McDonald", "Dr. ADA McDonald"),
            ("", "", "", ""),
        ] {
            assert_eq!(name(degree, given, family), greeted);
        }
    }

    #[test]
    fn an_identity_comes_together_again() {
        let identity = Identity {
            given_names: Some("Erika".into()),
            family_name: Some("Mustermann".into()),
            birth_date: PartialDate::parse("1964-08-12"),
            address: Some(Address {
                street: "Heidestraße 17".into(),
                postal_code: "12345".into(),
                locality: "Birkenfurt".into(),
                country: "DE".into(),
            }),
            ..Identity::default()
        };
        let mut again = Identity::default();
        for (attribute, value) in identity.parts() {
            assert!(again.put(attribute, &value));
        }
        assert_eq!(again, identity);
        assert_eq!(identity.full_name(), "Erika Mustermann");
        assert_eq!(identity.address.unwrap().one_line(), "Heidestraße 17, 12345 Birkenfurt");
    }
}
