//! Something went wrong: what, whether something is lost, the one next step, and the incident number.

use askama::Template;

use super::Words;
use crate::http::trouble::{Incident, Trouble};
use crate::web::page::{Chrome, Page};

/// `templates/citizen/error.html`
#[derive(Template)]
#[template(path = "citizen/error.html")]
pub struct ErrorPage {
    pub chrome: Chrome,
    pub trouble: Trouble,
    /// The only technical thing on the page: `7F3K-29QD`, also in the log. That of the fault, or a fresh one.
    pub incident: String,
    /// Where the next step leads. It promises: the same page again after a fault, when busy or too many; the
    /// page of the form after a forged one; the account for a sign-in; the start page otherwise.
    pub step_url: String,
}

impl ErrorPage {
    /// The sign before the next step: once more, or onwards.
    fn sign(&self) -> &'static str {
        match self.trouble {
            Trouble::Fault(_) | Trouble::Busy | Trouble::TooMany(_) | Trouble::Forged => {
                "kern-icon--autorenew"
            }
            _ => "kern-icon--arrow-forward",
        }
    }

    fn words(&self) -> Words {
        let text = self.chrome.text;
        let (title, what) = self.what();
        let step = match self.trouble {
            Trouble::Fault(_) | Trouble::Busy | Trouble::TooMany(_) => text.t("error.again"),
            Trouble::Forged => text.t("error.reload"),
            Trouble::SignInOver | Trouble::OtherBrowser => text.t("error.restart"),
            _ => text.t("error.home"),
        };
        Words { title, what, lost: text.t("error.safe"), step }
    }

    /// What happened, in one sentence for scripts.
    pub fn sentence(&self) -> String {
        let (title, what) = self.what();
        format!("{title}. {what}")
    }

    fn what(&self) -> (&'static str, &'static str) {
        let text = self.chrome.text;
        match self.trouble {
            Trouble::Fault(_) => (text.t("error.fault"), text.t("error.fault.what")),
            Trouble::Busy => (text.t("error.busy"), text.t("error.busy.what")),
            Trouble::NotFound => (text.t("error.nothing"), text.t("error.nothing.what")),
            Trouble::MethodNotAllowed => (text.t("error.method"), text.t("error.method.what")),
            Trouble::BadRequest(_) => (text.t("error.request"), text.t("error.request.what")),
            Trouble::TooLarge => (text.t("error.large"), text.t("error.large.what")),
            Trouble::Forged => (text.t("error.form"), text.t("error.form.what")),
            Trouble::NotYours => (text.t("error.not_yours"), text.t("error.not_yours.what")),
            Trouble::SignInOver => (text.t("error.late"), text.t("error.late.what")),
            Trouble::OtherBrowser => (text.t("error.browser"), text.t("error.browser.what")),
            Trouble::TooMany(_) => (text.t("error.often"), text.t("error.often.what")),
            Trouble::UnknownService => (text.t("error.service"), text.t("error.service.what")),
            Trouble::ServiceClosed => (text.t("error.closed"), text.t("error.closed.what")),
            Trouble::UnregisteredAddress => (text.t("error.address"), text.t("error.address.what")),
            Trouble::ServiceMistake(_) => (text.t("error.mistake"), text.t("error.mistake.what")),
            Trouble::Gone => (text.t("error.gone"), text.t("error.gone.what")),
        }
    }
}

fn all() -> [(&'static str, Trouble); 16] {
    [
        ("fault", Trouble::Fault(Incident::draw())),
        ("busy", Trouble::Busy),
        ("not_found", Trouble::NotFound),
        ("method_not_allowed", Trouble::MethodNotAllowed),
        ("bad_request", Trouble::BadRequest("sample")),
        ("too_large", Trouble::TooLarge),
        ("forged", Trouble::Forged),
        ("not_yours", Trouble::NotYours),
        ("sign_in_over", Trouble::SignInOver),
        ("other_browser", Trouble::OtherBrowser),
        ("too_many", Trouble::TooMany(60)),
        ("unknown_service", Trouble::UnknownService),
        ("service_closed", Trouble::ServiceClosed),
        ("unregistered_address", Trouble::UnregisteredAddress),
        ("service_mistake", Trouble::ServiceMistake("sample")),
        ("gone", Trouble::Gone),
    ]
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
        all().into_iter().map(page).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::web::text::Language;

    #[test]
    fn no_two_troubles_share_their_words() {
        for language in Language::ALL {
            let pages = ErrorPage::samples(&Chrome::sample(language));
            let titles: BTreeSet<_> = pages.iter().map(|(_, page)| page.words().title).collect();
            assert_eq!(titles.len(), pages.len(), "{}", language.tag());
        }
    }
}
