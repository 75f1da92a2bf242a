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
    lead: &'static str,
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
        lead: lead(frame, &visitor.claims),
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

/// The welcome of the service, if the town told it just what it asked for; else what is amiss.
fn lead(frame: Frame, claims: &Value) -> &'static str {
    let missing = frame.service.data.iter().any(|datum| claims.get(datum.claim).is_none());
    let surplus =
        claims.as_object().is_some_and(|all| all.keys().any(|claim| !expected(frame.service, claim)));
    match (missing, surplus) {
        (true, _) => frame.t(
            "Uns fehlen noch Angaben. Ohne sie können wir hier nicht weitermachen.",
            "Some details are missing. Without them we cannot go on here.",
        ),
        (_, true) => frame.t(
            "Die Stadt hat uns mehr mitgeteilt, als wir erfragt haben.",
            "The town has told us more than we asked for.",
        ),
        _ => frame.say(frame.service.welcome),
    }
}

/// Whether a claim is covered by what the service asked for. The scope `name` may bring the name in
/// parts as well; `sub` and its like say nothing about a person.
fn expected(service: &Service, claim: &str) -> bool {
    let asked = match claim {
        "sub" | "iss" | "aud" | "updated_at" => return true,
        "given_name" | "family_name" => "name",
        other => other,
    };
    service.data.iter().any(|datum| datum.claim == asked)
}

/// The claims as a person reads them, what the service asked for first. Whatever else arrived is
/// shown too: nothing a service receives is hidden.
fn rows(frame: Frame, claims: &Value) -> Vec<Row> {
    let Some(claims) = claims.as_object() else { return Vec::new() };
    let row = |claim: &str, label: &str, value| Row {
        claim: claim.to_owned(),
        label: label.to_owned(),
        value: in_words(frame, claim, value),
    };
    let data = frame.service.data;
    let asked = data
        .iter()
        .filter_map(|datum| Some(row(datum.claim, frame.say(datum.label), claims.get(datum.claim)?)));
    let shown = |claim: &str| {
        ["sub", "iss", "aud", "updated_at"].contains(&claim) || data.iter().any(|datum| datum.claim == claim)
    };
    let more = claims.iter().filter(|(claim, _)| !shown(claim)).map(|(claim, value)| {
        let label = match claim.as_str() {
            "given_name" => frame.t("Vornamen", "Given names"),
            "family_name" => frame.t("Familienname", "Family name"),
            other => other,
        };
        row(claim, label, value)
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
    fn the_welcome_holds_only_for_what_was_asked() {
        let parking = Frame::new(&SERVICES[0], Lang::De, "/me");
        let lead = |claims: Value| lead(parking, &claims);
        let welcome = SERVICES[0].welcome.de;
        assert_eq!(
            lead(serde_json::json!({"sub": "s", "name": "n", "family_name": "n", "address": {}})),
            welcome
        );
        assert!(lead(serde_json::json!({"sub": "s", "name": "n"})).contains("fehlen"));
        assert!(lead(serde_json::json!({"name": "n", "address": {}, "birthdate": "1964"})).contains("mehr"));
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
