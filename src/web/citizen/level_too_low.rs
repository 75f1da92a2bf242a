//! The service asks for more certainty than this login has: why, and the one button that lifts it.

use askama::Template;
use jiff::{Timestamp, ToSpan};

use super::Asker;
use crate::domain::assurance::{Level, Reason};
use crate::web::page::{Chrome, Page};

/// `templates/citizen/level_too_low.html`
#[derive(Template)]
#[template(path = "citizen/level_too_low.html")]
pub(crate) struct LevelTooLowPage {
    pub(crate) chrome: Chrome,
    pub(crate) asker: Option<Asker>,
    pub(crate) have: Level,
    pub(crate) want: Level,
    /// What keeps this login below: the weakest part.
    pub(crate) reason: Reason,
    /// The name of the key in use; shown where the key is to blame.
    pub(crate) device: String,
    /// When the identity was read; shown where it is too long ago.
    pub(crate) read_at: Timestamp,
    /// POST, starts the reading of the card.
    pub(crate) identify_url: String,
    pub(crate) back_url: Option<String>,
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
            name: self.name(level),
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

    fn name(&self, level: Level) -> &'static str {
        match level {
            Level::Basic => self.chrome.t("level.basic"),
            Level::Low => self.chrome.t("level.low"),
            Level::Substantial => self.chrome.t("level.substantial"),
            Level::High => self.chrome.t("level.high"),
        }
    }

    /// The key is to blame, not the identity: the card lifts only this login.
    pub(crate) fn is_of_the_key(&self) -> bool {
        match self.reason {
            Reason::KeySynced | Reason::KeyUnattested | Reason::KeyAddedLow | Reason::NotVerified => true,
            Reason::IdentityWeak | Reason::IdentityAged | Reason::DocumentExpired | Reason::NoLiveEid => {
                false
            }
        }
    }

    pub(crate) fn why(&self) -> String {
        let chrome = &self.chrome;
        match self.reason {
            Reason::KeySynced => chrome.t1("level.why_synced", &self.device),
            Reason::KeyUnattested => chrome.t1("level.why_unattested", &self.device),
            Reason::KeyAddedLow => chrome.t1("level.why_added", &self.device),
            Reason::NotVerified => chrome.t1("level.why_unverified", &self.device),
            Reason::IdentityAged => chrome.t1("level.why_old", chrome.date(&self.read_at)),
            Reason::DocumentExpired => chrome.t("level.why_expired").to_owned(),
            Reason::IdentityWeak => chrome.t("level.why_identity").to_owned(),
            Reason::NoLiveEid => chrome.t("level.why_live").to_owned(),
        }
    }
}

impl Page for LevelTooLowPage {
    const NAME: &'static str = "citizen/level_too_low";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |have, want, reason| Self {
            chrome: chrome.clone(),
            asker: Some(Asker::sample(chrome)),
            have,
            want,
            reason,
            device: chrome.t("sample.device").to_owned(),
            read_at: chrome.now - (800 * 24).hours(),
            identify_url: "/beispiel/ausweis".to_owned(),
            back_url: Some("/beispiel/zurueck".to_owned()),
        };
        use Level::{Basic, High, Low, Substantial};
        vec![
            ("synced", page(Low, Substantial, Reason::KeySynced)),
            ("unattested", page(Low, Substantial, Reason::KeyUnattested)),
            ("added_low", page(Low, Substantial, Reason::KeyAddedLow)),
            ("unverified", page(Basic, Low, Reason::NotVerified)),
            ("old", page(Low, Substantial, Reason::IdentityAged)),
            ("expired", page(Low, Substantial, Reason::DocumentExpired)),
            ("identity", page(Basic, Substantial, Reason::IdentityWeak)),
            ("live", page(Substantial, High, Reason::NoLiveEid)),
        ]
    }
}
