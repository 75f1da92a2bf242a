//! The service asks for more certainty than this login has: why, and the one button that lifts it.

use askama::Template;
use jiff::{Timestamp, ToSpan};

use super::Asker;
use crate::web::page::{Chrome, Page};

/// `templates/citizen/level_too_low.html`
#[derive(Template)]
#[template(path = "citizen/level_too_low.html")]
pub(crate) struct LevelTooLowPage {
    pub(crate) chrome: Chrome,
    pub(crate) asker: Option<Asker>,
    pub(crate) have: Level,
    pub(crate) want: Level,
    pub(crate) why: Why,
    /// POST, starts the reading of the card.
    pub(crate) identify_url: String,
    pub(crate) back_url: Option<String>,
}

/// A level of assurance as the page draws it: three arches, and the ground before them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Level {
    Basic,
    Low,
    Substantial,
    High,
}

/// What keeps this login below the level asked for: the weakest part.
pub(crate) enum Why {
    /// The key is copied between devices by its maker.
    SyncedKey { device: String },
    /// The device does not prove what it is.
    UnattestedKey { device: String },
    /// The identity was read too long ago.
    IdentityTooOld { read_at: Timestamp },
    /// The document it was read from has expired.
    DocumentExpired,
    /// The identity was never read from a card.
    IdentityLow,
    /// Only a card in this very login reaches the highest level.
    NeedsLiveCard,
}

/// One arch.
pub(crate) struct Arch {
    pub(crate) name: &'static str,
    pub(crate) note: &'static str,
    pub(crate) reached: bool,
    pub(crate) wanted: bool,
}

impl LevelTooLowPage {
    pub(crate) fn steps(&self) -> [Arch; 3] {
        [Level::Low, Level::Substantial, Level::High].map(|level| Arch {
            name: level.name(&self.chrome),
            note: self.note(level),
            reached: level <= self.have,
            wanted: level == self.want,
        })
    }

    fn note(&self, level: Level) -> &'static str {
        if level == self.have {
            self.chrome.t("level.have")
        } else if level < self.have {
            self.chrome.t("level.reached")
        } else if level == self.want {
            self.chrome.t("level.want")
        } else if level < self.want {
            self.chrome.t("level.between")
        } else {
            self.chrome.t("level.not_needed")
        }
    }
}

impl Level {
    fn name(self, chrome: &Chrome) -> &'static str {
        match self {
            Self::Basic => chrome.t("level.basic"),
            Self::Low => chrome.t("level.low"),
            Self::Substantial => chrome.t("level.substantial"),
            Self::High => chrome.t("level.high"),
        }
    }
}

impl Why {
    /// The key is to blame, not the identity: the card lifts only this login.
    pub(crate) fn is_of_the_key(&self) -> bool {
        matches!(self, Self::SyncedKey { .. } | Self::UnattestedKey { .. })
    }

    pub(crate) fn text(&self, chrome: &Chrome) -> String {
        match self {
            Self::SyncedKey { device } => chrome.t1("level.why_synced", device),
            Self::UnattestedKey { device } => chrome.t1("level.why_unattested", device),
            Self::IdentityTooOld { read_at } => chrome.t1("level.why_old", chrome.date(read_at)),
            Self::DocumentExpired => chrome.t("level.why_expired").to_owned(),
            Self::IdentityLow => chrome.t("level.why_identity").to_owned(),
            Self::NeedsLiveCard => chrome.t("level.why_live").to_owned(),
        }
    }
}

impl Page for LevelTooLowPage {
    const NAME: &'static str = "citizen/level_too_low";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |have, want, why| Self {
            chrome: chrome.clone(),
            asker: Some(Asker::sample(chrome)),
            have,
            want,
            why,
            identify_url: "/beispiel/ausweis".to_owned(),
            back_url: Some("/beispiel/zurueck".to_owned()),
        };
        let device = || chrome.t("sample.device").to_owned();
        let read_at = chrome.now - (800 * 24).hours();
        use Level::{Basic, High, Low, Substantial};
        vec![
            ("synced", page(Low, Substantial, Why::SyncedKey { device: device() })),
            ("unattested", page(Low, Substantial, Why::UnattestedKey { device: device() })),
            ("old", page(Low, Substantial, Why::IdentityTooOld { read_at })),
            ("expired", page(Low, Substantial, Why::DocumentExpired)),
            ("identity", page(Basic, Substantial, Why::IdentityLow)),
            ("live", page(Substantial, High, Why::NeedsLiveCard)),
        ]
    }
}
