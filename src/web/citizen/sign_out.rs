//! A service asks that somebody be logged out here: first ask the person.

use askama::Template;

use super::Asker;
use crate::web::page::{Chrome, Page};

/// `templates/citizen/sign_out.html`. The form sends `answer=sign_out` or `answer=stay`.
#[derive(Template)]
#[template(path = "citizen/sign_out.html")]
pub(crate) struct SignOutPage {
    pub(crate) chrome: Chrome,
    pub(crate) asker: Option<Asker>,
    pub(crate) answer_url: String,
}

impl Page for SignOutPage {
    const NAME: &'static str = "citizen/sign_out";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page =
            |asker| Self { chrome: chrome.clone(), asker, answer_url: "/beispiel/abmelden".to_owned() };
        vec![("service", page(Some(Asker::sample(chrome)))), ("account", page(None))]
    }
}
