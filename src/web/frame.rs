//! From a request to the frame of its page: language, town, tokens; and from a page to its answer with the
//! policy that belongs to it.

use super::language::Language;
use super::page::{Chrome, html};
use super::text::Text;
use crate::domain::time::Timestamp;
use crate::http::headers::{FormsLead, ScriptsSpeak, page_policy};
use crate::http::{Appliance, Browser, Params, browser, csrf};
use crate::{domain, paths};
use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use base64::{Engine, engine::general_purpose::STANDARD};
use std::sync::Arc;

const LANGUAGE_COOKIE: &str = "language";

/// Everything around a page for one request.
#[derive(Clone)]
pub struct Frame {
    /// What the layout shows.
    pub chrome: Chrome,
    /// Who looks.
    pub browser: Browser,
    leads_to: Option<String>,
    scripts: ScriptsSpeak,
    chosen: Option<Language>,
}

impl Frame {
    /// The frame of a request.
    #[must_use]
    pub fn of(request: &HttpRequest, browser: &Browser, app: &Appliance) -> Self {
        let query = Params::parse(request.query_string().as_bytes()).unwrap_or_default();
        let cookie = request.cookie(LANGUAGE_COOKIE);
        let accept = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let chosen = query.get("lang");
        let language =
            Language::choose(chosen, cookie.as_ref().map(Cookie::value), query.get("ui_locales"), accept);
        let nonce: [u8; 16] = domain::dice::draw(app.dice.as_ref());
        let now = app.now();
        let town = app.town();
        let zone = super::dates::zone(&town.time_zone);
        let chrome = Chrome {
            text: Text::new(language),
            town: Arc::clone(&town),
            crest: None,
            theme: None,
            nonce: STANDARD.encode(nonce),
            csrf: csrf::token(app, browser),
            here: request.uri().path_and_query().map_or(paths::HOME, |here| here.as_str()).to_owned(),
            home: paths::HOME.to_owned(),
            sign_out: paths::SESSION.to_owned(),
            person: None,
            new_cards: 0,
            demo: app.demo,
            now: moment(now),
            zone,
        };
        Self {
            chrome,
            browser: browser.clone(),
            leads_to: None,
            scripts: ScriptsSpeak::Here,
            chosen: chosen.map(|_| language),
        }
    }

    /// The forms of this page may lead, through us, to this address.
    #[must_use]
    pub fn leading_to(mut self, address: &str) -> Self {
        self.leads_to = Some(address.to_owned());
        self
    }

    /// The script of this page asks the card program on the holder's machine whether it runs.
    #[must_use]
    pub fn asking_eid_client(mut self) -> Self {
        self.scripts = ScriptsSpeak::ToEidClient;
        self
    }

    /// The page shown after a form was sent: the language switch leads to `here` instead.
    #[must_use]
    pub fn at(mut self, here: String) -> Self {
        self.chrome.here = here;
        self
    }

    /// Shows a page.
    #[must_use]
    pub fn show(&self, page: &impl Template, status: StatusCode) -> HttpResponse {
        let mut answer = html(page, status);
        let forms = self.leads_to.as_deref().map_or(FormsLead::Here, FormsLead::ToService);
        if let Ok(policy) = HeaderValue::from_str(&page_policy(&self.chrome.nonce, forms, self.scripts)) {
            answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        self.remember(&mut answer);
        answer
    }

    /// Sets the browser's cookie, if it is new, and the language, if it was chosen.
    pub fn remember(&self, answer: &mut HttpResponse) {
        let language = self.chosen.map(|language| {
            Cookie::build(LANGUAGE_COOKIE, language.tag())
                .path("/")
                .same_site(SameSite::Lax)
                .http_only(true)
                .max_age(Duration::days(365))
                .finish()
        });
        for cookie in self.browser.cookie().into_iter().chain(language) {
            // Our own cookies are well-formed.
            let _set = answer.add_cookie(&cookie);
        }
    }
}

/// The browser of a request, or a new one.
pub fn browser_of(request: &HttpRequest) -> Result<Browser, crate::http::Trouble> {
    browser::of(request).ok_or_else(|| crate::http::Trouble::fault("web", &"no appliance"))
}

/// An instant as dates are written from.
#[must_use]
pub fn moment(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}
