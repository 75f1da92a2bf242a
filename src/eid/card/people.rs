//! The made-up holders of cards: one without trouble, and one for each thing that goes wrong or looks unusual.

use jiff::civil::Date;

use super::content::{Content, ContentError};
use crate::cvc::data_groups::{DataGroup, Value};
use crate::cvc::place::{self, Place, StructuredPlace};
use crate::domain::attribute::{Address, Identity, PartialDate};

/// What is particular about a made-up person; the page has a text for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trait {
    /// Nothing.
    Plain,
    /// Letters beyond ASCII.
    ForeignLetters,
    /// A degree, a noble name, born on 29 February.
    Title,
    /// One name only, birthday unknown.
    OneName,
    /// A residence permit.
    ResidencePermit,
    /// Lives abroad; the card for citizens of the Union, and as on real cards in capitals.
    ForeignAddress,
    /// Long names of rare letters, and an address that is not read at once.
    LongNames,
    /// The card is on the block list.
    Blocked,
    /// The document has expired.
    Expired,
}

/// A made-up person.
pub struct DemoPerson {
    /// Stable key: `erika`.
    pub key: &'static str,
    /// What is particular.
    pub particular: Trait,
    given_names: Option<&'static str>,
    family_name: &'static str,
    birth_name: Option<&'static str>,
    artistic_name: Option<&'static str>,
    degree: Option<&'static str>,
    birth_date: &'static str,
    birth_place: &'static str,
    home: Home,
    /// `ID`, `AR`, `UB`.
    document: &'static str,
    /// As cards say it: `D`.
    nationality: &'static str,
    permit: Option<&'static str>,
}

/// Where a made-up person lives.
#[derive(Clone, Copy)]
struct Home {
    street: &'static str,
    postal_code: &'static str,
    town: &'static str,
    country: Country,
    /// The community's number in BCD; nobody abroad has one.
    community: Option<&'static [u8]>,
}

/// A country by both of its signs.
#[derive(Clone, Copy)]
struct Country {
    /// ISO 3166-1 alpha-2.
    iso: &'static str,
    /// ICAO Doc 9303-3 §5, which is what cards carry (TR-03110-4 2.2.2).
    icao: &'static str,
}

const GERMANY: Country = Country { iso: "DE", icao: "D" };
const PORTUGAL: Country = Country { iso: "PT", icao: "PRT" };

/// The demo town; its number begins like those of a real country and state, and names no real district.
const BIRKENFURT: Home = Home {
    street: "",
    postal_code: "12345",
    town: "Birkenfurt",
    country: GERMANY,
    community: Some(&[0x02, 0x76, 0x12, 0x00, 0x99, 0x01, 0x20]),
};

/// What most have in common.
const GERMAN: DemoPerson = DemoPerson {
    key: "",
    particular: Trait::Plain,
    given_names: None,
    family_name: "",
    birth_name: None,
    artistic_name: None,
    degree: None,
    birth_date: "",
    birth_place: "Birkenfurt",
    home: BIRKENFURT,
    document: "ID",
    nationality: "D",
    permit: None,
};

/// Everybody.
pub static PEOPLE: [DemoPerson; 9] = [
    DemoPerson {
        key: "erika",
        given_names: Some("Erika"),
        family_name: "Mustermann",
        birth_date: "1964-08-12",
        birth_place: "Berlin",
        home: Home { street: "Heidestraße 17", ..BIRKENFURT },
        ..GERMAN
    },
    DemoPerson {
        key: "murat",
        particular: Trait::ForeignLetters,
        given_names: Some("Murat"),
        family_name: "Yılmaz",
        birth_date: "1988-05-03",
        birth_place: "İzmir",
        home: Home { street: "Lindenweg 4", ..BIRKENFURT },
        ..GERMAN
    },
    DemoPerson {
        key: "ada",
        particular: Trait::Title,
        given_names: Some("Ada"),
        family_name: "von Buchenau",
        degree: Some("Dr."),
        birth_date: "1992-02-29",
        home: Home { street: "Am Wehr 12 a", ..BIRKENFURT },
        ..GERMAN
    },
    DemoPerson {
        key: "kadir",
        particular: Trait::OneName,
        family_name: "Kadir",
        birth_date: "1975",
        birth_place: "Herat",
        home: Home { street: "Bahnhofstraße 88", ..BIRKENFURT },
        ..GERMAN
    },
    DemoPerson {
        key: "oksana",
        particular: Trait::ResidencePermit,
        given_names: Some("Oksana"),
        family_name: "Kowalenko",
        birth_date: "2003-10-17",
        birth_place: "Charkiw",
        home: Home { street: "Marktgasse 1", ..BIRKENFURT },
        document: "AR",
        nationality: "UKR",
        permit: Some("§ 24 AUFENTHG; ERWERBSTÄTIGKEIT ERLAUBT"),
        ..GERMAN
    },
    DemoPerson {
        key: "ines",
        particular: Trait::ForeignAddress,
        given_names: Some("INÊS"),
        family_name: "CARVALHO",
        birth_date: "1981-01-30",
        birth_place: "COIMBRA",
        home: Home {
            street: "RUA DAS AMENDOEIRAS 212, 3.º ESQ.",
            postal_code: "1100-053",
            town: "LISBOA",
            country: PORTUGAL,
            community: None,
        },
        document: "UB",
        nationality: "PRT",
        ..GERMAN
    },
    DemoPerson {
        key: "thordis",
        particular: Trait::LongNames,
        given_names: Some("Þórdís-Æðelþrýð Šārkā M̂yḧạ Œdīlə T̕ekľa Ɨĝlōŕĩą K͟hadīǧa C̨̆eŋƈıɨʒ Ñaē̍va"),
        family_name: "Đặng-Łącka vőn Ŧħøŕşŧęĭßen zu Groẞ-Z̧a̋r̥ēl̥ und S̛̄ōp̄ẗf̀ẁj́-K̛em̐",
        birth_name: Some("Ƈəĸ-ƏƷũs̱ n̦ée J̌ọ̈c̣ of Ǥu̇ǥ-Øđœ"),
        birth_date: "1979-12-05",
        birth_place: "Ħl̂ķŗāslava pr̆i Ðæøn-Ŋa",
        home: Home {
            street: "Straße der Vereinigten Dörfer Ober- und Niederßühlheim an der Großen Kłodnitzer Brücke, \
                     Gebäudeteil Ŝønnenŝchein-Œst, Aufgang Ñord-Ñordwest, 14. Obergeschoẞ, Wohnung 1407 b",
            postal_code: "54321",
            town: "Birkenfurt-Żółkiewka-Šumperk, Ortsteil Bad Groß Ûberlingen ob der Ẅeißen Ḷauter",
            community: Some(&[0x02, 0x76, 0x12, 0x00, 0x99, 0x01, 0x30]),
            ..BIRKENFURT
        },
        ..GERMAN
    },
    DemoPerson {
        key: "gregor",
        particular: Trait::Blocked,
        given_names: Some("Gregor"),
        family_name: "Altmann",
        birth_date: "1951-01-01",
        home: Home { street: "Mühlenstraße 30", ..BIRKENFURT },
        ..GERMAN
    },
    DemoPerson {
        key: "hilde",
        particular: Trait::Expired,
        given_names: Some("Hilde"),
        family_name: "Sommerfeld",
        birth_date: "1938-06-21",
        birth_place: "Königsberg",
        home: Home { street: "Kirchplatz 2", ..BIRKENFURT },
        ..GERMAN
    },
];

/// The made-up person of a key.
#[must_use]
pub fn person(key: &str) -> Option<&'static DemoPerson> {
    PEOPLE.iter().find(|person| person.key == key)
}

impl DemoPerson {
    /// What the card says.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let text = |value: Option<&'static str>| value.map(ToOwned::to_owned);
        Identity {
            given_names: text(self.given_names),
            family_name: Some(self.family_name.to_owned()),
            birth_name: text(self.birth_name),
            doctoral_degree: text(self.degree),
            birth_date: PartialDate::parse(self.birth_date),
            birth_place: Some(self.birth_place.to_owned()),
            address: Some(Address {
                street: self.home.street.to_owned(),
                postal_code: self.home.postal_code.to_owned(),
                locality: self.home.town.to_owned(),
                country: self.home.country.iso.to_owned(),
            }),
            document_type: Some(self.document.to_owned()),
        }
    }

    /// The last valid day of a card which somebody holds on this day: three years on, or a year ago.
    #[must_use]
    pub fn expiry(&self, today: Date) -> Date {
        let years = if self.particular == Trait::Expired { -1 } else { 3 };
        let year = today.year().saturating_add(years).clamp(1, 9999);
        Date::new(year, 10, 31).unwrap_or(today)
    }

    /// What is written on the card that this person holds on this day.
    ///
    /// # Errors
    /// Any of [`ContentError`]: none for [`PEOPLE`], whom a test writes on cards.
    pub fn content(&self, today: Date) -> Result<Content, ContentError> {
        let text = |value: Option<&str>| Value::Text(value.unwrap_or_default().to_owned());
        let birth_date = card_date(self.birth_date).ok_or(ContentError::Value(DataGroup::DateOfBirth))?;
        let mut values = vec![
            (DataGroup::DocumentType, text(Some(self.document))),
            (DataGroup::IssuingState, text(Some(GERMANY.icao))),
            (DataGroup::DateOfExpiry, Value::Date(self.expiry(today))),
            (DataGroup::GivenNames, text(self.given_names)),
            (DataGroup::FamilyNames, text(Some(self.family_name))),
            // Cards carry these three even when there is nothing to say.
            (DataGroup::ArtisticName, text(self.artistic_name)),
            (DataGroup::AcademicTitle, text(self.degree)),
            (DataGroup::BirthName, text(self.birth_name)),
            (DataGroup::DateOfBirth, Value::PartialDate(birth_date)),
            (DataGroup::PlaceOfBirth, Value::Places(vec![Place::Freetext(self.birth_place.to_owned())])),
            (DataGroup::Nationality, text(Some(self.nationality))),
            (DataGroup::PlaceOfResidence, Value::Places(vec![self.home.place()])),
        ];
        if let Some(community) = self.home.community {
            values.push((DataGroup::CommunityId, Value::CommunityId(community.to_vec())));
        }
        if let Some(permit) = self.permit {
            values.push((DataGroup::ResidencePermit1, text(Some(permit))));
        }
        Content::new(values)
    }
}

impl Home {
    fn place(&self) -> Place {
        Place::Structured(StructuredPlace {
            street: Some(self.street.to_owned()),
            city: self.town.to_owned(),
            state: None,
            country: self.country.icao.to_owned(),
            zip_code: Some(self.postal_code.to_owned()),
        })
    }
}

/// `1975` as a card has it: `1975` and four spaces.
fn card_date(date: &str) -> Option<place::PartialDate> {
    place::PartialDate::new(&format!("{:8}", date.replace('-', ""))).ok()
}
