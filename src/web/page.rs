//! What every page has in common: the frame around it, its sample, and how it becomes an answer.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use askama::Template;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::town::Town;

use super::assets;
use super::dates;
use super::text::{Language, Text};

/// What the layouts need: every page struct carries one in a field named `chrome`.
#[derive(Clone)]
pub struct Chrome {
    pub text: Text,
    pub town: Arc<Town>,
    /// Address of the town's crest, an image of 38 by 44; none: the drawn birch leaf above water.
    pub crest: Option<String>,
    /// A stylesheet after ours: the town's colours or a Land's KERN theme.
    pub theme: Option<String>,
    /// Of this answer's Content-Security-Policy; scripts carry it.
    pub nonce: String,
    /// Goes into each form as the hidden field `csrf` and, for scripts, into `<meta name="csrf">`.
    pub csrf: String,
    /// Path and query of this page, for the language switch. After a POST: of the page to come back to.
    pub here: String,
    /// Where the town's name in the head leads.
    pub home: String,
    /// `POST` here ends the session; shown when somebody is logged in.
    pub sign_out: String,
    /// The name of who is logged in.
    pub person: Option<String>,
    /// How many new cards wait for a clerk's decision; known at the counter only.
    pub new_cards: u64,
    /// Shows the band that nothing here is real.
    pub demo: bool,
    pub now: Timestamp,
    pub zone: TimeZone,
}

/// One entry of the language switch.
pub struct LanguageLink {
    pub language: Language,
    pub address: String,
    pub current: bool,
}

impl Chrome {
    /// See [`Text::t`]; the short forms keep the templates readable.
    pub fn t(&self, key: &'static str) -> &'static str {
        self.text.t(key)
    }

    pub fn t1(&self, key: &'static str, a: impl std::fmt::Display) -> String {
        self.text.t1(key, a)
    }

    pub fn t2(&self, key: &'static str, a: impl std::fmt::Display, b: impl std::fmt::Display) -> String {
        self.text.t2(key, a, b)
    }

    pub fn tn(&self, key: &'static str, n: impl std::borrow::Borrow<u64>) -> String {
        self.text.tn(key, n)
    }

    pub fn number(&self, n: impl std::borrow::Borrow<u64>) -> String {
        self.text.number(n)
    }

    /// `3. März 2026`
    pub fn date(&self, at: &Timestamp) -> String {
        self.text.date(*at, &self.zone)
    }

    /// `Sonntag, 22. November 2026, 10:14 Uhr`
    pub fn moment(&self, at: &Timestamp) -> String {
        self.text.moment(*at, &self.zone)
    }

    /// `gestern, 18:42 Uhr`
    pub fn relative(&self, at: &Timestamp) -> String {
        self.text.relative(*at, self.now, &self.zone)
    }

    /// The address of a static file by its name in the table of [`assets`].
    pub fn asset(&self, name: &str) -> &'static str {
        assets::address(name)
    }

    /// The office that helps, and where it is: `Bürgerbüro, Markt 1`.
    pub fn office(&self) -> String {
        self.t1("frame.office", &self.town.help_place)
    }

    /// The office's telephone as a `tel:` address (RFC 3966: visual separators may go).
    pub fn phone_address(&self) -> String {
        let digits = self.town.help_phone.chars().filter(|c| c.is_ascii_digit() || *c == '+');
        format!("tel:{}", digits.collect::<String>())
    }

    /// Where the program that reads the card comes from: the federal government's page.
    pub fn card_app(&self) -> &'static str {
        "https://www.ausweisapp.bund.de/download"
    }

    /// Where people set or reset the PIN of their card.
    pub fn card_pin(&self) -> &'static str {
        "https://www.personalausweisportal.de"
    }

    pub fn language(&self) -> Language {
        self.text.language()
    }

    /// This page in each language: its own address with `lang` set anew.
    pub fn languages(&self) -> Vec<LanguageLink> {
        let (path, query) = self.here.split_once('?').unwrap_or((&self.here, ""));
        let mut kept = String::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("lang=")) {
            kept.push_str(pair);
            kept.push('&');
        }
        let link = |language: Language| LanguageLink {
            language,
            address: format!("{path}?{kept}lang={}", language.tag()),
            current: language == self.language(),
        };
        Language::ALL.into_iter().map(link).collect()
    }

    /// The same frame with somebody logged in.
    #[must_use]
    pub fn signed_in(&self, name: &str) -> Self {
        Self { person: Some(name.to_owned()), ..self.clone() }
    }

    /// The frame of the page samples: the demo town on a fixed Sunday morning, nobody logged in.
    pub fn sample(language: Language) -> Self {
        Self {
            text: Text::new(language),
            town: Arc::new(sample_town()),
            crest: None,
            theme: None,
            nonce: "c2FtcGxlLW5vbmNl".to_owned(),
            csrf: "sample-token".to_owned(),
            here: "/beispiel".to_owned(),
            home: "/".to_owned(),
            sign_out: "/beispiel/abmelden".to_owned(),
            person: None,
            new_cards: 2,
            demo: true,
            now: Timestamp::from_second(1_795_338_840).expect("a day of 2026"),
            zone: dates::zone("Europe/Berlin"),
        }
    }
}

/// The made-up town, with links that lead somewhere.
fn sample_town() -> Town {
    Town {
        imprint_url: "https://birkenfurt.example/impressum".to_owned(),
        privacy_url: "https://birkenfurt.example/datenschutz".to_owned(),
        accessibility_url: "https://birkenfurt.example/barrierefreiheit".to_owned(),
        ..Town::default()
    }
}

/// A page: an askama template that can show itself with made-up content.
pub trait Page: Template + Sized {
    /// Path of its template under `templates/`, without the ending; equal to its module under `web`.
    const NAME: &'static str;

    /// The page as it usually looks, first, and then each variant under a name of its own.
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)>;
}

/// The answer that shows a page. Security headers are the room `http`'s, for all answers alike.
pub fn html(page: &impl Template, status: StatusCode) -> HttpResponse {
    match page.render() {
        Ok(body) => HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(body),
        Err(error) => {
            tracing::error!(%error, "a page does not render");
            HttpResponse::InternalServerError().finish()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_switch_keeps_the_rest_of_the_query() {
        let mut chrome = Chrome::sample(Language::En);
        chrome.here = "/a?x=1&lang=de&y=2".to_owned();
        let links = chrome.languages();
        assert_eq!(links[0].address, "/a?x=1&y=2&lang=de");
        assert_eq!(
            links.iter().filter(|l| l.current).map(|l| l.language).collect::<Vec<_>>(),
            [Language::En]
        );
        chrome.here = "/a".to_owned();
        assert_eq!(chrome.languages()[1].address, "/a?lang=de-simple");
    }
}
