//! The pages of the demo services. Each carries only what it shows; both languages stand side by side
//! in the templates.

use std::borrow::Borrow;

use askama::Template;
use serde_json::Value;

use super::relying_party::{Visitor, level};
use super::service::{Lang, Service, Text};
use super::trouble::Trouble;

/// What every page needs: whose page it is, in which language, and where the language links lead.
#[derive(Clone, Copy)]
pub struct Frame {
    service: &'static Service,
    lang: Lang,
    here: &'static str,
}

impl Frame {
    /// `here` is a path that may be opened again.
    pub fn new(service: &'static Service, lang: Lang, here: &'static str) -> Self {
        Self { service, lang, here }
    }

    fn t<'t>(&self, de: &'t str, en: &'t str) -> &'t str {
        match self.lang {
            Lang::De => de,
            Lang::En => en,
        }
    }

    /// Templates hand over references or values, as it comes.
    fn say(&self, text: impl Borrow<Text>) -> &'static str {
        text.borrow().to(self.lang)
    }
}

#[derive(Template)]
#[template(path = "demo/landing.html")]
struct Landing {
    frame: Frame,
    signed_in: bool,
}

/// The start page of a service.
pub fn landing(frame: Frame, signed_in: bool) -> askama::Result<String> {
    Landing { frame, signed_in }.render()
}

#[derive(Template)]
#[template(path = "demo/me.html")]
struct Me<'v> {
    frame: Frame,
    name: Option<&'v str>,
    rows: Vec<Row>,
    level: &'static str,
    acr: &'v str,
    sub: &'v str,
    raw: String,
}

struct Row {
    claim: String,
    label: String,
    value: String,
}

/// What the service knows about a signed-in person.
pub fn me(frame: Frame, visitor: &Visitor) -> askama::Result<String> {
    let raw = serde_json::json!({ "id_token": visitor.id_token_claims, "userinfo": visitor.claims });
    Me {
        frame,
        name: visitor.claims.get("name").and_then(Value::as_str),
        rows: rows(frame, &visitor.claims),
        level: level_in_words(frame, visitor.acr.as_deref()),
        acr: visitor.acr.as_deref().unwrap_or_default(),
        sub: &visitor.sub,
        raw: serde_json::to_string_pretty(&raw).unwrap_or_default(),
    }
    .render()
}

#[derive(Template)]
#[template(path = "demo/trouble.html")]
struct TroublePage<'t> {
    frame: Frame,
    trouble: &'t Trouble,
}

/// What happened, whether something was lost, and the way on.
pub fn trouble(frame: Frame, trouble: &Trouble) -> askama::Result<String> {
    TroublePage { frame, trouble }.render()
}

#[derive(Template)]
#[template(path = "demo/signed-out.html")]
struct SignedOut {
    frame: Frame,
    everywhere: bool,
}

/// After a logout; `everywhere` if the provider confirmed that its session ended too.
pub fn signed_out(frame: Frame, everywhere: bool) -> askama::Result<String> {
    SignedOut { frame, everywhere }.render()
}

/// The claims as a person reads them, what the service asked for first. Whatever else arrived is
/// shown too: nothing a service receives is hidden.
fn rows(frame: Frame, claims: &Value) -> Vec<Row> {
    let Some(claims) = claims.as_object() else { return Vec::new() };
    let asked = frame.service.data.iter().filter_map(|datum| {
        let value = claims.get(datum.claim)?;
        Some(Row {
            claim: datum.claim.to_owned(),
            label: datum.label.to(frame.lang).to_owned(),
            value: in_words(frame, datum.claim, value),
        })
    });
    let expected = |claim: &str| {
        ["sub", "iss", "aud"].contains(&claim) || frame.service.data.iter().any(|datum| datum.claim == claim)
    };
    let more = claims.iter().filter(|(claim, _)| !expected(claim)).map(|(claim, value)| Row {
        claim: claim.clone(),
        label: claim.clone(),
        value: in_words(frame, claim, value),
    });
    asked.chain(more).collect()
}

fn in_words(frame: Frame, claim: &str, value: &Value) -> String {
    match (claim, value) {
        (_, Value::Bool(true)) => frame.t("Ja", "Yes").to_owned(),
        (_, Value::Bool(false)) => frame.t("Nein", "No").to_owned(),
        ("birthdate", Value::String(date)) => day(frame, date),
        ("address", Value::Object(parts)) => {
            let part = |name: &str| parts.get(name).and_then(Value::as_str).unwrap_or_default();
            let town = format!("{} {}", part("postal_code"), part("locality"));
            let lines = [part("street_address"), town.trim(), part("country")];
            let text = lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
            if text.is_empty() { part("formatted").to_owned() } else { text }
        }
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}

/// `1964-08-12` as Germans write it. Documents with an incomplete date leave parts out or give 0000
/// (OpenID Connect Core 1.0 §5.1), so anything else stays as it is.
fn day(frame: Frame, date: &str) -> String {
    match date.split('-').collect::<Vec<_>>()[..] {
        [year, month, day] if frame.lang == Lang::De && year != "0000" => format!("{day}.{month}.{year}"),
        _ => date.to_owned(),
    }
}

fn level_in_words(frame: Frame, acr: Option<&str>) -> &'static str {
    match level(acr) {
        1 => frame.t("niedrig", "low"),
        2 => frame.t("substanziell", "substantial"),
        3 => frame.t("hoch", "high"),
        _ => frame.t("ohne Zusicherung", "no assurance"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::SERVICES;

    #[test]
    fn claims_read_like_a_letter_and_nothing_is_hidden() {
        let frame = Frame::new(&SERVICES[2], Lang::De, "/me");
        let claims = serde_json::json!({
            "sub": "s", "name": "Erika Mustermann", "birthdate": "1964-08-12", "verified": true,
            "address": {"street_address": "Heidestraße 17", "postal_code": "12345", "locality": "Birkenfurt"},
        });
        let rows: Vec<_> = rows(frame, &claims).into_iter().map(|row| (row.label, row.value)).collect();
        let expected = [
            ("Name", "Erika Mustermann"),
            ("Anschrift", "Heidestraße 17\n12345 Birkenfurt"),
            ("Geburtsdatum", "12.08.1964"),
            ("verified", "Ja"),
        ];
        assert_eq!(rows, expected.map(|(label, value)| (label.to_owned(), value.to_owned())));
    }

    #[test]
    fn an_incomplete_birthdate_stays_as_it_is() {
        let frame = Frame::new(&SERVICES[2], Lang::De, "/me");
        assert_eq!(day(frame, "1964"), "1964");
        assert_eq!(day(frame, "0000-08-12"), "0000-08-12");
    }

    #[test]
    fn every_trouble_has_a_page_in_both_languages() {
        let all = [
            Trouble::Declined,
            Trouble::NotSignedIn("login_required".to_owned()),
            Trouble::LevelTooLow,
            Trouble::NotYours,
            Trouble::WrongIssuer,
            Trouble::Garbled,
            Trouble::Answered("<b>&\"".to_owned()),
            Trouble::Unreachable,
            Trouble::NotTrusted,
            Trouble::NotFound,
        ];
        for (kind, lang) in all.iter().flat_map(|kind| [(kind, Lang::De), (kind, Lang::En)]) {
            let html = trouble(Frame::new(&SERVICES[0], lang, "/"), kind).unwrap();
            assert!(html.contains(&format!("<html lang=\"{}\">", lang.code())));
            assert!(html.contains("<h1") && html.contains("data-error=") && !html.contains("<b>"));
        }
    }
}
