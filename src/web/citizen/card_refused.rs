//! The card did not work out: what happened, that nothing is lost, the one next step.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::flow::Asked;
use super::{Asker, Words};
use crate::domain::identity_check::{Check, CheckRefused, Purpose};
use crate::http::Trouble;
use crate::paths;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::words;

/// Shows why a check came to nothing.
pub(super) fn show(
    visit: &Visit,
    asked: &Asked,
    check: &Check,
    why: CheckRefused,
) -> Result<HttpResponse, Trouble> {
    let frame = asked.frame(visit).at(paths::eid(check.id));
    let page = CardRefusedPage {
        asker: asked.sign(),
        reason: why.into(),
        renew_url: (visit.app.demo && why == CheckRefused::PinBlocked)
            .then(|| paths::demo_card_renewal(check.id)),
        identify_url: paths::sign_in_checks(asked.sign_in.id),
        purpose: check.purpose,
        number: words::spoken(check.id),
        back_url: asked.back_url(),
        chrome: frame.chrome.clone(),
    };
    Ok(frame.show(&page, StatusCode::OK))
}

/// `templates/citizen/card_refused.html`
#[derive(Template)]
#[template(path = "citizen/card_refused.html")]
pub(crate) struct CardRefusedPage {
    pub(crate) chrome: Chrome,
    pub(crate) asker: Option<Asker>,
    pub(crate) reason: CardRefusal,
    /// POST, gives a fresh demo card; for trying out only.
    pub(crate) renew_url: Option<String>,
    /// POST, starts the reading anew.
    pub(crate) identify_url: String,
    /// What the reading was for, and the next one is.
    pub(crate) purpose: Purpose,
    /// By which the office finds it in the audit; shown where they must be told.
    pub(crate) number: String,
    pub(crate) back_url: Option<String>,
}

/// Why a reading of the card ended without a person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum CardRefusal {
    /// Three wrong PINs.
    PinBlocked,
    /// A wrong PIN, and no further try.
    WrongPin,
    /// No card came near.
    NoCard,
    CardExpired,
    /// Reported lost or stolen.
    CardBlocked,
    /// Not a genuine card.
    NotAuthentic,
    /// Something an account needs was withheld or is not on the card.
    DataMissing,
    /// The person's program does not trust the way to us.
    TrustedChannel,
    /// The person's program or card does not accept our right to read.
    TerminalRefused,
    /// The person's program or card knows no root above our certificate.
    TerminalUnknown,
    /// What we, or somebody in between, said about us does not fit our certificate.
    DescriptionRefused,
    /// The person's program or its connection failed.
    ClientTrouble,
    Cancelled,
    /// The eID server does not answer.
    ProviderDown,
    /// The office has blocked the person.
    PersonBlocked,
    /// Not the card of who is logged in.
    OtherPerson,
    /// A newer one took its place.
    CardReplaced,
}

impl From<CheckRefused> for CardRefusal {
    fn from(refused: CheckRefused) -> Self {
        match refused {
            CheckRefused::Cancelled => Self::Cancelled,
            CheckRefused::PinBlocked => Self::PinBlocked,
            CheckRefused::WrongPin => Self::WrongPin,
            CheckRefused::NoCard => Self::NoCard,
            CheckRefused::NotAuthentic => Self::NotAuthentic,
            CheckRefused::DataMissing => Self::DataMissing,
            CheckRefused::TrustedChannel => Self::TrustedChannel,
            CheckRefused::TerminalRefused => Self::TerminalRefused,
            CheckRefused::TerminalUnknown => Self::TerminalUnknown,
            CheckRefused::DescriptionRefused => Self::DescriptionRefused,
            CheckRefused::ClientTrouble => Self::ClientTrouble,
            CheckRefused::CardExpired => Self::CardExpired,
            CheckRefused::CardBlocked => Self::CardBlocked,
            CheckRefused::ProviderDown => Self::ProviderDown,
            CheckRefused::PersonBlocked => Self::PersonBlocked,
            CheckRefused::OtherPerson => Self::OtherPerson,
            CheckRefused::CardReplaced => Self::CardReplaced,
        }
    }
}

impl CardRefusal {
    const ALL: [(&'static str, Self); 17] = [
        ("cancelled", Self::Cancelled),
        ("pin_blocked", Self::PinBlocked),
        ("wrong_pin", Self::WrongPin),
        ("no_card", Self::NoCard),
        ("not_authentic", Self::NotAuthentic),
        ("data_missing", Self::DataMissing),
        ("trusted_channel", Self::TrustedChannel),
        ("terminal_refused", Self::TerminalRefused),
        ("terminal_unknown", Self::TerminalUnknown),
        ("description_refused", Self::DescriptionRefused),
        ("client_trouble", Self::ClientTrouble),
        ("card_expired", Self::CardExpired),
        ("card_blocked", Self::CardBlocked),
        ("provider_down", Self::ProviderDown),
        ("person_blocked", Self::PersonBlocked),
        ("other_person", Self::OtherPerson),
        ("card_replaced", Self::CardReplaced),
    ];

    /// Trying the same card once more cannot help.
    pub(crate) fn is_final(self) -> bool {
        matches!(
            self,
            Self::PinBlocked
                | Self::CardExpired
                | Self::CardBlocked
                | Self::NotAuthentic
                | Self::TrustedChannel
                | Self::TerminalRefused
                | Self::DescriptionRefused
                | Self::PersonBlocked
        )
    }

    pub(crate) fn asks_for_pin(self) -> bool {
        self == Self::PinBlocked
    }

    /// The office must hear of it: something of theirs, or on the way to them, is not in order.
    pub(crate) fn must_be_told(self) -> bool {
        matches!(
            self,
            Self::NotAuthentic
                | Self::TrustedChannel
                | Self::TerminalRefused
                | Self::TerminalUnknown
                | Self::DescriptionRefused
                | Self::ProviderDown
        )
    }

    /// What one may do beside the one next step: the same card may do, once something is mended, or it never will.
    pub(crate) fn otherwise(self, chrome: &Chrome) -> &'static str {
        match self {
            Self::PinBlocked | Self::TrustedChannel | Self::TerminalRefused | Self::DescriptionRefused => {
                chrome.t("card.later")
            }
            _ => chrome.t("card.other"),
        }
    }

    pub(crate) fn words(self, chrome: &Chrome) -> Words {
        let text = chrome.text;
        let retry = text.t("card.retry");
        let call = text.t("card.call");
        let words = |title, what, step| Words { title, what, lost: text.t("card.nothing_lost"), step };
        match self {
            Self::PinBlocked => {
                let step = text.t("card.pin_blocked.step");
                words(text.t("card.pin_blocked"), text.t("card.pin_blocked.what"), step)
            }
            Self::WrongPin => words(text.t("card.wrong_pin"), text.t("card.wrong_pin.what"), retry),
            Self::NoCard => words(text.t("card.none"), text.t("card.none.what"), retry),
            Self::NotAuthentic => words(text.t("card.fake"), text.t("card.fake.what"), call),
            Self::DataMissing => words(text.t("card.data"), text.t("card.data.what"), retry),
            Self::TrustedChannel => words(text.t("card.channel"), text.t("card.channel.what"), call),
            Self::TerminalRefused => words(text.t("card.terminal"), text.t("card.terminal.what"), call),
            Self::TerminalUnknown => words(text.t("card.unknown"), text.t("card.unknown.what"), retry),
            Self::DescriptionRefused => words(text.t("card.described"), text.t("card.described.what"), call),
            Self::ClientTrouble => words(text.t("card.client"), text.t("card.client.what"), retry),
            Self::CardExpired => words(text.t("card.expired"), text.t("card.expired.what"), call),
            Self::CardBlocked => words(text.t("card.blocked"), text.t("card.blocked.what"), call),
            Self::Cancelled => words(text.t("card.cancelled"), text.t("card.cancelled.what"), retry),
            Self::ProviderDown => words(text.t("card.down"), text.t("card.down.what"), retry),
            Self::PersonBlocked => words(text.t("card.person"), text.t("card.person.what"), call),
            Self::OtherPerson => words(text.t("card.stranger"), text.t("card.stranger.what"), retry),
            Self::CardReplaced => words(text.t("card.replaced"), text.t("card.replaced.what"), retry),
        }
    }
}

impl Page for CardRefusedPage {
    const NAME: &'static str = "citizen/card_refused";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |(name, reason, renew): (_, _, bool)| {
            let page = Self {
                chrome: chrome.clone(),
                asker: Some(Asker::sample(chrome)),
                reason,
                renew_url: renew.then(|| "/beispiel/neue-karte".to_owned()),
                identify_url: "/beispiel/ausweis".to_owned(),
                purpose: Purpose::Enrol,
                number: "7K3F-29QD".to_owned(),
                back_url: Some("/beispiel/zurueck".to_owned()),
            };
            (name, page)
        };
        let demo = ("demo_pin_blocked", CardRefusal::PinBlocked, true);
        CardRefusal::ALL
            .into_iter()
            .map(|(name, reason)| (name, reason, false))
            .chain([demo])
            .map(page)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::web::text::Language;

    #[test]
    fn every_refusal_has_words_of_its_own_and_one_next_step() {
        for language in Language::ALL {
            let chrome = Chrome::sample(language);
            let words = CheckRefused::ALL.map(|why| CardRefusal::from(why).words(&chrome));
            for part in [|words: &Words| words.title, |words: &Words| words.what] {
                let told: BTreeSet<_> = words.iter().map(part).collect();
                assert_eq!(told.len(), CheckRefused::ALL.len(), "{}", language.tag());
            }
            assert!(words.iter().all(|words| !words.step.is_empty() && !words.lost.is_empty()));
        }
    }

    #[test]
    fn the_office_is_told_by_number_and_the_next_reading_is_for_the_same() {
        let chrome = Chrome::sample(Language::De);
        for (name, page) in CardRefusedPage::samples(&chrome) {
            let html = page.render().unwrap();
            assert_eq!(html.contains("7K3F-29QD"), page.reason.must_be_told(), "{name}");
            assert_eq!(html.contains("name=\"purpose\" value=\"enrol\""), page.renew_url.is_none(), "{name}");
        }
    }
}
