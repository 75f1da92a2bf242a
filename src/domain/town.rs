//! The town: what its pages say of it. Settings are rows, changed by the operator.

use serde::{Deserialize, Serialize};

/// Settings which every page shows. Addresses are absolute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Town {
    /// "Stadt Birkenfurt"
    pub name: String,
    /// The town alone, as in addresses: "Birkenfurt". Decides who is a resident.
    pub locality: String,
    /// Telephone of the office that helps, as people read it.
    pub phone: String,
    /// Where people go who can not do it online.
    pub office: String,
    /// Address of the imprint.
    pub imprint: String,
    /// Address of the privacy notice.
    pub privacy: String,
    /// Address of the accessibility statement.
    pub accessibility: String,
    /// Where the program that reads the card is found.
    pub card_app: String,
    /// Where a PIN is set or reset.
    pub card_pin: String,
    /// IANA name of the time zone.
    pub time_zone: String,
}

impl Default for Town {
    /// The made-up town of the demo.
    fn default() -> Self {
        Self {
            name: "Stadt Birkenfurt".into(),
            locality: "Birkenfurt".into(),
            phone: "030 23125-115".into(),
            office: "Bürgerbüro, Markt 1".into(),
            imprint: "https://birkenfurt.example/impressum".into(),
            privacy: "https://birkenfurt.example/datenschutz".into(),
            accessibility: "https://birkenfurt.example/barrierefreiheit".into(),
            card_app: "https://www.ausweisapp.bund.de/download".into(),
            card_pin: "https://www.pin-ruecksetzbrief-bestellen.de/".into(),
            time_zone: "Europe/Berlin".into(),
        }
    }
}
