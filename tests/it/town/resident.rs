//! A resident: a browser, a phone, and sometimes a card.

use super::html::Tag;
use super::phone::Phone;
use super::{Answer, Browser, Town, html};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The PIN of every demo card.
pub const PIN: &str = "123456";

/// Somebody.
pub struct Resident<'t> {
    /// Where they live.
    pub town: &'t Town,
    /// Their browser.
    pub browser: Browser,
    /// Their phone.
    pub phone: Phone,
}

impl<'t> Resident<'t> {
    /// With a fresh browser and an empty phone.
    pub fn new(town: &'t Town) -> Self {
        Self { town, browser: Browser::new(town), phone: Phone::default() }
    }

    /// Opens an address, by a link on a service's page.
    pub fn opens(&mut self, address: &str) -> &mut Self {
        self.browser.open_from_elsewhere(address);
        self
    }

    /// The page shown.
    pub fn sees(&self) -> &Answer {
        &self.browser.page
    }

    /// "New here".
    pub fn is_new(&mut self) -> &mut Self {
        self.browser.click_to("/enrolment");
        self
    }

    /// Lets a card be read and types the PIN.
    pub fn identifies_as(&mut self, person: &str) -> &mut Self {
        self.presents(person, PIN)
    }

    /// Lets a card be read and types some PIN.
    pub fn presents(&mut self, person: &str, pin: &str) -> &mut Self {
        if !self.browser.offers("demo-card") {
            self.browser.press("identify-eid", &[]);
        }
        self.browser.press("demo-card", &[("person", person), ("pin", pin)]);
        self
    }

    /// Makes a key and goes on.
    pub fn makes_key(&mut self) -> &mut Self {
        let answer = self.tries_to_make_key();
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.goes_where(&answer);
        self.browser.click("continue");
        self
    }

    /// Makes a key on the page that offers it; the script's answer.
    pub fn tries_to_make_key(&mut self) -> Answer {
        let page = self.ceremony("register");
        let begun = self.begins(&page);
        let credential = self.phone.create(&begun, &self.town.origin);
        self.finishes(&page, &begun, &credential)
    }

    /// One gesture.
    pub fn proves_with_passkey(&mut self) -> &mut Self {
        let answer = self.tries_passkey();
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.goes_where(&answer);
        self
    }

    /// One gesture; the script's answer.
    pub fn tries_passkey(&mut self) -> Answer {
        let page = self.ceremony("authenticate");
        let begun = self.begins(&page);
        let credential = self.phone.get(&begun, &self.town.origin);
        self.finishes(&page, &begun, &credential)
    }

    /// The form that starts a ceremony on this page.
    pub fn ceremony(&self, kind: &str) -> Tag {
        let forms = html::forms(&self.sees().text());
        let found = forms.into_iter().find(|form| form.tag.get("data-passkey").is_some_and(|is| is == kind));
        found.unwrap_or_else(|| panic!("no {kind} on {:?}", self.sees().title())).tag
    }

    /// Fetches options.
    pub fn begins(&mut self, page: &Tag) -> Value {
        let answer = self.browser.post_json(&page["data-options-url"], &json!({}));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// Hands a credential in.
    pub fn finishes(&mut self, page: &Tag, begun: &Value, credential: &Value) -> Answer {
        let body =
            json!({ "ceremony": begun["ceremony"], "credential": credential, "device_name": "Telefon" });
        self.browser.post_json(&page["data-finish-url"], &body)
    }

    /// Goes where a script was told to go.
    pub fn goes_where(&mut self, answer: &Answer) -> &mut Self {
        let location = answer.json()["location"].as_str().expect("a way on").to_owned();
        self.browser.open(&location);
        self
    }

    /// Skips making a key.
    pub fn skips(&mut self) -> &mut Self {
        self.browser.press("skip", &[]);
        self
    }

    /// Agrees, this once.
    pub fn agrees(&mut self) -> &mut Self {
        self.browser.press("agree", &[]);
        self
    }

    /// Agrees for good.
    pub fn agrees_for_good(&mut self) -> &mut Self {
        self.browser.press("agree", &[("remember", "1")]);
        self
    }

    /// Declines.
    pub fn declines(&mut self) -> &mut Self {
        self.browser.press("decline", &[]);
        self
    }

    /// An account and its key, from a service's request to its answer.
    pub fn enrols(&mut self, address: &str, person: &str) -> &mut Self {
        self.opens(address).is_new().identifies_as(person).makes_key();
        if self.browser.offers("agree") {
            self.agrees();
        }
        self
    }

    /// Forgets who is logged in, as if the browser had been closed for long; the browser's own cookie stays.
    pub fn forgets_session(&mut self) -> &mut Self {
        self.browser.jar.remove("__Host-torhaus");
        self
    }

    /// What the browser brought to the service.
    pub fn brings(&self) -> BTreeMap<String, String> {
        brought(&self.browser.at, self.sees())
    }

    /// What the browser brought to the service, which must be a code.
    pub fn brings_code(&self) -> String {
        let brought = self.brings();
        brought.get("code").unwrap_or_else(|| panic!("no code but {brought:?}")).clone()
    }
}

/// Parameters of an answer, in the query of an address elsewhere or in a form that sends itself.
pub fn brought(at: &str, page: &Answer) -> BTreeMap<String, String> {
    if page.status == 200 {
        let form = html::forms(&page.text())
            .into_iter()
            .find(|form| form.tag.get("id").is_some_and(|id| id == "answer"));
        let form = form.unwrap_or_else(|| panic!("not at the service but at {at}: {:?}", page.title()));
        return form.fields("").into_iter().collect();
    }
    assert!(!at.starts_with('/'), "not at the service but at {at}: {} {:?}", page.status, page.heading());
    let url = url::Url::parse(at).expect("an address");
    url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}
