//! What a page says about the town: settings which an operator changes, shown on every page.

/// The town as the pages show it. Addresses are absolute or start with `/`; they are the town's own pages.
#[derive(Clone, Debug)]
pub struct Town {
    /// `Stadt Birkenfurt`.
    pub name: String,
    /// Address of the crest, an image of 38 by 44; none: the drawn birch leaf above water.
    pub crest: Option<String>,
    /// As people read it: `030 23125-115`.
    pub phone: String,
    /// Where people go who cannot do it online: `Bürgerbüro, Markt 1`.
    pub office: String,
    pub imprint: String,
    pub privacy: String,
    pub accessibility: String,
    /// Where to download the program that reads the card, and where to set its PIN.
    pub card_app: String,
    pub card_pin: String,
    /// A stylesheet linked after ours: the town's colours or a Land's KERN theme.
    pub theme: Option<String>,
}

impl Town {
    /// The made-up town of the demo and of the page samples.
    pub fn demo() -> Self {
        Self::from(&crate::domain::town::Town::default())
    }

    /// The phone number as a `tel:` address (RFC 3966: visual separators may go).
    pub fn phone_address(&self) -> String {
        let digits: String = self.phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        format!("tel:{digits}")
    }
}

impl From<&crate::domain::town::Town> for Town {
    fn from(town: &crate::domain::town::Town) -> Self {
        Self {
            name: town.name.clone(),
            crest: None,
            phone: town.phone.clone(),
            office: town.office.clone(),
            imprint: town.imprint.clone(),
            privacy: town.privacy.clone(),
            accessibility: town.accessibility.clone(),
            card_app: town.card_app.clone(),
            card_pin: town.card_pin.clone(),
            theme: None,
        }
    }
}
