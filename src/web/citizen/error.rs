//! Something went wrong: what, whether something is lost, the one next step, and the incident number.

use actix_web::http::StatusCode;
use askama::Template;

use super::Words;
use crate::web::page::{Chrome, Page};

/// `templates/citizen/error.html`
#[derive(Template)]
#[template(path = "citizen/error.html")]
pub struct ErrorPage {
    pub chrome: Chrome,
    pub trouble: Trouble,
    /// The only technical thing on the page: `7F3K-29QD`, also in the log.
    pub incident: String,
    /// Where the next step leads; see [`Trouble`] for what it promises.
    pub step_url: String,
}

/// What people are told. The log knows more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// We are broken. Step: the same page again.
    Fault,
    /// The sign-in took longer than ten minutes. Step: back to the service, or the account.
    SignInExpired,
    /// The address was opened in another browser than the sign-in. Step: the account.
    OtherBrowser,
    /// Nobody registered this service. Step: the town's start page.
    UnknownService,
    /// The service wants the answer at an address that it never registered. Step: the start page.
    UnregisteredAddress,
    /// Step: the same page again.
    TooManyRequests,
    /// Step: the start page.
    NotFound,
    /// Step: the start page.
    MethodNotAllowed,
    /// The form was not ours, or too old. Step: the page of the form.
    Forbidden,
    /// Too much to do right now. Step: the same page again.
    Busy,
}

impl Trouble {
    const ALL: [(&'static str, Self); 10] = [
        ("fault", Self::Fault),
        ("sign_in_expired", Self::SignInExpired),
        ("other_browser", Self::OtherBrowser),
        ("unknown_service", Self::UnknownService),
        ("unregistered_address", Self::UnregisteredAddress),
        ("too_many_requests", Self::TooManyRequests),
        ("not_found", Self::NotFound),
        ("method_not_allowed", Self::MethodNotAllowed),
        ("forbidden", Self::Forbidden),
        ("busy", Self::Busy),
    ];

    pub fn status(self) -> StatusCode {
        match self {
            Self::Fault => StatusCode::INTERNAL_SERVER_ERROR,
            Self::SignInExpired => StatusCode::GONE,
            Self::OtherBrowser | Self::Forbidden => StatusCode::FORBIDDEN,
            Self::UnknownService | Self::UnregisteredAddress => StatusCode::BAD_REQUEST,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    pub fn sign(self) -> &'static str {
        match self {
            Self::Fault | Self::TooManyRequests | Self::Forbidden | Self::Busy => "kern-icon--autorenew",
            _ => "kern-icon--arrow-forward",
        }
    }

    pub fn words(self, chrome: &Chrome) -> Words {
        let text = chrome.text;
        let safe = text.t("error.safe");
        let (again, home) = (text.t("error.again"), text.t("error.home"));
        let words = |title, what, lost, step| Words { title, what, lost, step };
        match self {
            Self::Fault => words(text.t("error.fault"), text.t("error.fault.what"), safe, again),
            Self::SignInExpired => {
                words(text.t("error.late"), text.t("error.late.what"), safe, text.t("error.restart"))
            }
            Self::OtherBrowser => {
                words(text.t("error.browser"), text.t("error.browser.what"), safe, text.t("error.restart"))
            }
            Self::UnknownService => words(text.t("error.service"), text.t("error.service.what"), safe, home),
            Self::UnregisteredAddress => {
                words(text.t("error.address"), text.t("error.address.what"), safe, home)
            }
            Self::TooManyRequests => words(text.t("error.often"), text.t("error.often.what"), safe, again),
            Self::NotFound => words(text.t("error.nothing"), text.t("error.nothing.what"), safe, home),
            Self::MethodNotAllowed => words(text.t("error.method"), text.t("error.method.what"), safe, home),
            Self::Forbidden => {
                words(text.t("error.form"), text.t("error.form.what"), safe, text.t("error.reload"))
            }
            Self::Busy => words(text.t("error.busy"), text.t("error.busy.what"), safe, again),
        }
    }
}

impl Page for ErrorPage {
    const NAME: &'static str = "citizen/error";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |(name, trouble)| {
            let page = Self {
                chrome: chrome.clone(),
                trouble,
                incident: "7F3K-29QD".to_owned(),
                step_url: "/beispiel/weiter".to_owned(),
            };
            (name, page)
        };
        Trouble::ALL.into_iter().map(page).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::text::Language;

    #[test]
    fn no_two_troubles_share_their_words() {
        for language in Language::ALL {
            let chrome = Chrome::sample(language);
            let titles: std::collections::BTreeSet<_> =
                Trouble::ALL.iter().map(|(_, trouble)| trouble.words(&chrome).title).collect();
            assert_eq!(titles.len(), Trouble::ALL.len(), "{}", language.tag());
        }
    }

    #[test]
    fn every_trouble_answers_with_an_error_status() {
        for (name, trouble) in Trouble::ALL {
            let status = trouble.status();
            assert!(status.is_client_error() || status.is_server_error(), "{name}: {status}");
        }
    }
}
