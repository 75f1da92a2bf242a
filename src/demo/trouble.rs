//! Everything that can go wrong at a relying party, in a person's words.

use actix_web::http::StatusCode;

use super::service::Text;

/// Why a login did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The person said no (`access_denied`).
    Declined,
    /// The provider would have had to ask, but was told not to (`prompt=none`); holds the error code.
    NotSignedIn(String),
    /// The login is not strong enough for this service.
    LevelTooLow,
    /// The answer belongs to no login which this browser began.
    NotYours,
    /// The answer names another issuer than the one that was asked (RFC 9207 §2.4).
    WrongIssuer,
    /// The request or the answer cannot be read (missing or doubled parameters).
    Garbled,
    /// The provider answered with another error; holds its code, cut to a bearable length.
    Answered(String),
    /// The provider cannot be reached, or speaks nonsense.
    Unreachable,
    /// The provider's token does not hold up.
    NotTrusted,
    /// There is no such page.
    NotFound,
}

/// The longest error code that is shown.
const LONGEST_CODE: usize = 100;

impl Trouble {
    /// Sorts an error code of the authorization endpoint
    /// (RFC 6749 §4.1.2.1, OpenID Connect Core 1.0 §3.1.2.6, Unmet Authentication Requirements 1.0).
    pub fn from_code(code: &str) -> Self {
        let shown = || code.chars().take(LONGEST_CODE).collect();
        match code {
            "access_denied" => Self::Declined,
            "login_required" | "interaction_required" | "consent_required" | "account_selection_required" => {
                Self::NotSignedIn(shown())
            }
            "unmet_authentication_requirements" => Self::LevelTooLow,
            _ => Self::Answered(shown()),
        }
    }

    /// A stable name for tests and the curious; for foreign errors the provider's own.
    pub fn code(&self) -> &str {
        match self {
            Self::Declined => "access_denied",
            Self::LevelTooLow => "unmet_authentication_requirements",
            Self::NotSignedIn(code) | Self::Answered(code) => code,
            Self::NotYours => "state_mismatch",
            Self::WrongIssuer => "issuer_mismatch",
            Self::Garbled => "invalid_request",
            Self::Unreachable => "provider_unreachable",
            Self::NotTrusted => "invalid_token",
            Self::NotFound => "not_found",
        }
    }

    /// The status of the page. A person's own decision is no error.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Declined | Self::NotSignedIn(_) => StatusCode::OK,
            Self::LevelTooLow => StatusCode::FORBIDDEN,
            Self::NotYours | Self::WrongIssuer | Self::Garbled | Self::Answered(_) => StatusCode::BAD_REQUEST,
            Self::Unreachable | Self::NotTrusted => StatusCode::BAD_GATEWAY,
            Self::NotFound => StatusCode::NOT_FOUND,
        }
    }

    /// The heading of the page.
    pub fn heading(&self) -> Text {
        match self {
            Self::Declined => Text { de: "Sie haben abgebrochen", en: "You cancelled" },
            Self::NotSignedIn(_) => {
                Text { de: "Sie sind noch nicht angemeldet", en: "You are not signed in yet" }
            }
            Self::LevelTooLow => Text {
                de: "Diese Anmeldung reicht hier nicht aus",
                en: "This sign-in is not strong enough here",
            },
            Self::NotYours => {
                Text { de: "Diese Anmeldung gilt nicht mehr", en: "This sign-in is no longer valid" }
            }
            Self::NotFound => Text { de: "Diese Seite gibt es nicht", en: "This page does not exist" },
            _ => Text { de: "Die Anmeldung hat nicht geklappt", en: "The sign-in did not work" },
        }
    }

    /// What happened and whether something was lost.
    pub fn story(&self) -> Text {
        match self {
            Self::Declined => Text {
                de: "Sie haben abgebrochen, es wurde nichts weitergegeben.",
                en: "You cancelled, and nothing was passed on.",
            },
            Self::NotSignedIn(_) => Text {
                de: "Die Stadt hätte Sie erst etwas fragen müssen. Es wurde nichts weitergegeben.",
                en: "The town would have had to ask you something first. Nothing was passed on.",
            },
            Self::LevelTooLow => Text {
                de: "Dieser Dienst braucht eine stärkere Anmeldung, zum Beispiel mit Ihrem Ausweis. Wir haben nichts gespeichert.",
                en: "This service needs a stronger sign-in, for example with your identity card. We have kept nothing.",
            },
            Self::NotYours => Text {
                de: "Sie wurde in einem anderen Browser begonnen, liegt zu lange zurück oder wurde schon benutzt. Es ist nichts verloren.",
                en: "It was begun in another browser, is too old or was used already. Nothing is lost.",
            },
            Self::WrongIssuer => Text {
                de: "Die Antwort kam nicht von der Stadt, bei der Sie sich anmelden wollten. Wir haben sie nicht angenommen.",
                en: "The answer did not come from the town where you wanted to sign in. We did not accept it.",
            },
            Self::Garbled => Text {
                de: "Die Adresse war unvollständig oder fehlerhaft. Es ist nichts verloren.",
                en: "The address was incomplete or wrong. Nothing is lost.",
            },
            Self::Answered(_) => Text {
                de: "Die Stadt konnte Sie nicht anmelden. Es wurde nichts weitergegeben.",
                en: "The town could not sign you in. Nothing was passed on.",
            },
            Self::Unreachable => Text {
                de: "Die Anmeldung der Stadt antwortet gerade nicht. Bitte versuchen Sie es in ein paar Minuten noch einmal.",
                en: "The town’s sign-in does not answer at the moment. Please try again in a few minutes.",
            },
            Self::NotTrusted => Text {
                de: "Wir konnten die Antwort der Stadt nicht bestätigen und haben sie nicht angenommen.",
                en: "We could not confirm the town’s answer and did not accept it.",
            },
            Self::NotFound => Text {
                de: "Vielleicht ist die Adresse vertippt. Auf der Startseite geht es weiter.",
                en: "Perhaps the address was mistyped. The start page leads on.",
            },
        }
    }

    /// Whether signing in (again) is the next step; otherwise the start page is.
    pub fn sign_in_helps(&self) -> bool {
        !matches!(self, Self::NotFound)
    }
}
