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
        Self {
            name: "Stadt Birkenfurt".to_owned(),
            crest: None,
            phone: "030 23125-115".to_owned(),
            office: "Bürgerbüro, Markt 1".to_owned(),
            imprint: "https://birkenfurt.example/impressum".to_owned(),
            privacy: "https://birkenfurt.example/datenschutz".to_owned(),
            accessibility: "https://birkenfurt.example/barrierefreiheit".to_owned(),
            card_app: "https://www.ausweisapp.bund.de/download".to_owned(),
            card_pin: "https://www.pin-ruecksetzbrief-bestellen.de/".to_owned(),
            theme: None,
        }
    }

    /// The phone number as a `tel:` address (RFC 3966: visual separators may go).
    pub fn phone_address(&self) -> String {
        let digits: String = self.phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        format!("tel:{digits}")
    }
}
