//! The town: what its pages say of it. Settings are rows, changed by the operator.

use serde::{Deserialize, Serialize};

/// Settings which every page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Town {
    /// "Stadt Birkenfurt"
    pub name: String,
    /// The town alone, as in addresses: "Birkenfurt". Decides who is a resident.
    pub locality: String,
    /// Telephone of the office that helps, as people dial it.
    pub help_phone: String,
    /// Where the office is.
    pub help_place: String,
    /// Address of the imprint.
    pub imprint_url: String,
    /// Address of the privacy notice.
    pub privacy_url: String,
    /// Address of the accessibility statement.
    pub accessibility_url: String,
    /// IANA name of the time zone.
    pub time_zone: String,
}

impl Default for Town {
    /// The made-up town of the demo.
    fn default() -> Self {
        Self {
            name: "Stadt Birkenfurt".into(),
            locality: "Birkenfurt".into(),
            help_phone: "030 23125-115".into(),
            help_place: "Markt 1".into(),
            imprint_url: "https://birkenfurt.example/impressum".into(),
            privacy_url: "https://birkenfurt.example/datenschutz".into(),
            accessibility_url: "https://birkenfurt.example/barrierefreiheit".into(),
            time_zone: "Europe/Berlin".into(),
        }
    }
}
