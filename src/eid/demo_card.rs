//! The demo card: made-up people for trying the house out. It imitates a German eID, is marked in every record
//! it makes, and exists only in a demo.

use super::Provider;
use crate::domain::assurance::IdentityMethod;
use crate::domain::attribute::{Address, Identity, PartialDate};
use crate::domain::id::CheckId;
use crate::domain::identity_check::{CheckRefused, CheckResult};
use crate::domain::time::{Span, Timestamp};
use crate::paths;
use crate::store::{self, Fault, Write};

/// The PIN of every demo card.
pub const PIN: &str = "123456";
/// Wrong PINs until the card is blocked.
pub const TRIES: i64 = 3;

/// The provider of the demo.
pub struct DemoCard;

impl Provider for DemoCard {
    fn name(&self) -> &'static str {
        "demo-card"
    }
    fn is_demo(&self) -> bool {
        true
    }
    fn entrance(&self, check: CheckId) -> String {
        paths::demo_card(check)
    }
}

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
    family_name: Option<&'static str>,
    degree: Option<&'static str>,
    birth_date: &'static str,
    birth_place: &'static str,
    street: &'static str,
    document: &'static str,
}

/// Everybody.
pub static PEOPLE: [DemoPerson; 7] = [
    DemoPerson {
        key: "erika",
        particular: Trait::Plain,
        given_names: Some("Erika"),
        family_name: Some("Mustermann"),
        degree: None,
        birth_date: "1964-08-12",
        birth_place: "Berlin",
        street: "Heidestraße 17",
        document: "ID",
    },
    DemoPerson {
        key: "murat",
        particular: Trait::ForeignLetters,
        given_names: Some("Murat"),
        family_name: Some("Yılmaz"),
        degree: None,
        birth_date: "1988-05-03",
        birth_place: "İzmir",
        street: "Lindenweg 4",
        document: "ID",
    },
    DemoPerson {
        key: "ada",
        particular: Trait::Title,
        given_names: Some("Ada"),
        family_name: Some("von Buchenau"),
        degree: Some("Dr."),
        birth_date: "1992-02-29",
        birth_place: "Birkenfurt",
        street: "Am Wehr 12 a",
        document: "ID",
    },
    DemoPerson {
        key: "kadir",
        particular: Trait::OneName,
        given_names: None,
        family_name: Some("Kadir"),
        degree: None,
        birth_date: "1975",
        birth_place: "Herat",
        street: "Bahnhofstraße 88",
        document: "ID",
    },
    DemoPerson {
        key: "oksana",
        particular: Trait::ResidencePermit,
        given_names: Some("Oksana"),
        family_name: Some("Kowalenko"),
        degree: None,
        birth_date: "2003-10-17",
        birth_place: "Charkiw",
        street: "Marktgasse 1",
        document: "AR",
    },
    DemoPerson {
        key: "gregor",
        particular: Trait::Blocked,
        given_names: Some("Gregor"),
        family_name: Some("Altmann"),
        degree: None,
        birth_date: "1951-01-01",
        birth_place: "Birkenfurt",
        street: "Mühlenstraße 30",
        document: "ID",
    },
    DemoPerson {
        key: "hilde",
        particular: Trait::Expired,
        given_names: Some("Hilde"),
        family_name: Some("Sommerfeld"),
        degree: None,
        birth_date: "1938-06-21",
        birth_place: "Königsberg",
        street: "Kirchplatz 2",
        document: "ID",
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
            family_name: text(self.family_name),
            birth_name: None,
            doctoral_degree: text(self.degree),
            birth_date: PartialDate::parse(self.birth_date),
            birth_place: Some(self.birth_place.to_owned()),
            address: Some(Address {
                street: self.street.to_owned(),
                postal_code: "12345".to_owned(),
                locality: "Birkenfurt".to_owned(),
                country: "DE".to_owned(),
            }),
            document_type: Some(self.document.to_owned()),
        }
    }

    /// What the card answers once the PIN was right.
    pub fn read(&self, check: CheckId, now: Timestamp) -> Result<CheckResult, CheckRefused> {
        let expires = match self.particular {
            Trait::Blocked => return Err(CheckRefused::CardBlocked),
            Trait::Expired => return Err(CheckRefused::CardExpired),
            _ => now + Span::days(4 * 365),
        };
        Ok(CheckResult {
            identity: self.identity(),
            absent: Vec::new(),
            method: IdentityMethod::GermanEid,
            at: now,
            document_expires: Some(expires),
            card_pseudonym: self.key.as_bytes().to_vec(),
            transaction: format!("demo-{check}"),
            provider: DemoCard.name().to_owned(),
            demo: true,
        })
    }
}

/// What came of a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pin {
    /// Right; the counter is full again.
    Right,
    /// Wrong; so many tries are left, at least one.
    Wrong(i64),
    /// Blocked, now or before.
    Blocked,
}

/// Tries a PIN. The counter moves in one write, so that no two tries at once count as one.
pub fn try_pin(card: &DemoPerson, pin: &str, db: &Write) -> Result<Pin, Fault> {
    let left = store::identity_check::demo_card_tries(card.key, db)?.unwrap_or(TRIES);
    if left <= 0 {
        return Ok(Pin::Blocked);
    }
    let left = if pin == PIN { TRIES } else { left - 1 };
    store::identity_check::set_demo_card_tries(card.key, left, db)?;
    Ok(match left {
        TRIES => Pin::Right,
        0 => Pin::Blocked,
        left => Pin::Wrong(left),
    })
}

/// A fresh card in place of a blocked one.
pub fn renew(card: &DemoPerson, db: &Write) -> Result<(), Fault> {
    store::identity_check::set_demo_card_tries(card.key, TRIES, db)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn every_made_up_person_is_whole() {
        for person in &PEOPLE {
            let identity = person.identity();
            assert!(identity.birth_date.is_some(), "{}", person.key);
            assert!(!identity.full_name().is_empty(), "{}", person.key);
        }
    }

    #[test]
    fn three_wrong_pins_block_and_a_right_one_in_between_forgives() {
        let store = Store::temporary().unwrap();
        let card = person("erika").unwrap();
        let try_one = |pin: &'static str| store.write_blocking(0, move |db| try_pin(card, pin, db)).unwrap();
        assert_eq!(try_one("000000"), Pin::Wrong(2));
        assert_eq!(try_one(PIN), Pin::Right);
        assert_eq!(try_one("000000"), Pin::Wrong(2));
        assert_eq!(try_one("12345"), Pin::Wrong(1));
        assert_eq!(try_one("111111"), Pin::Blocked);
        assert_eq!(try_one(PIN), Pin::Blocked, "a blocked card stays blocked");
        store.write_blocking(0, move |db| renew(card, db)).unwrap();
        assert_eq!(try_one(PIN), Pin::Right);
    }
}
