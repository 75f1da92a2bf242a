//! What a service would get, row by row, with the reason; agreeing and declining weigh the same.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;
use jiff::{Timestamp, ToSpan};

use super::Asker;
use super::flow::{Asked, Next};
use crate::domain::attribute::{Address, Attribute, Datum, Identity, PartialDate};
use crate::domain::consent::Consent;
use crate::domain::id::PersonId;
use crate::domain::likeness;
use crate::domain::service::Service;
use crate::http::{Trouble, redirect};
use crate::paths;
use crate::store::{self, vault};
use crate::web::frame::moment;
use crate::web::page::{Chrome, Page};
use crate::web::text::Text;
use crate::web::visit::Visit;

/// Shows what the service would get.
pub(super) fn show(asked: &Asked, visit: &Visit, person: PersonId) -> Result<HttpResponse, Trouble> {
    let frame = asked.frame(visit);
    let (Some(service), Some(asker)) = (&asked.service, asked.sign()) else {
        return Err(Trouble::SignInOver);
    };
    let wanted = &asked.sign_in.needs.data;
    let needs: Vec<Attribute> = wanted.iter().flat_map(|datum| datum.needs()).copied().collect();
    let app = &visit.app;
    let (identity, check) = app.store.read(|db| {
        Ok((vault::open_identity(person, &needs, &app.keys, db)?, store::person::latest_check(person, db)?))
    })?;
    let identity = identity.ok_or(Trouble::SignInOver)?;
    let chrome = frame.chrome.clone();
    let page = ConsentPage {
        asker,
        purpose: service.registration.purpose.clone(),
        data: wanted.iter().map(|datum| row(*datum, service, &identity, &chrome, app)).collect(),
        missing: wanted.iter().any(|datum| is_missing(*datum, &identity)),
        kept: kept(&wanted.iter().copied().collect::<Vec<_>>(), chrome.text),
        checked_at: check.map(|check| moment(check.at)),
        answer_url: paths::sign_in_consent(asked.sign_in.id),
        account_url: paths::ACCOUNT.to_owned(),
        chrome,
    };
    Ok(frame.show(&page, StatusCode::OK))
}

/// `POST /sign-in/{id}/consent`: agreed or declined.
pub async fn answer(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    let asked = Asked::load_or_tried(&visit)?;
    let Some(service) = &asked.service else { return Err(Trouble::SignInOver) };
    match form.get("answer") {
        Some("agree") => {}
        Some("decline") => return super::answer::decline(&asked, &visit, service).await,
        _ => return Err(Trouble::BadRequest("answer")),
    }
    let Next::Agree { proof, person } = Next::of(&asked, &visit)? else {
        // Agreed in another tab, or the level fell in between: the sign-in's own page knows.
        return Ok(redirect::see_other(&paths::sign_in(asked.sign_in.id)));
    };
    let consent = Consent {
        person,
        service: service.id,
        data: asked.sign_in.needs.data.clone(),
        remembered: form.get("remember") == Some("1") && asked.sign_in.trial.is_none(),
        given: visit.app.now(),
    };
    let released = consent.data.clone();
    super::answer::give(&asked, &visit, proof, released, Some(consent)).await
}

fn row(
    datum: Datum,
    service: &Service,
    identity: &Identity,
    chrome: &Chrome,
    app: &crate::http::Appliance,
) -> Row {
    let wanted = service.registration.data.iter().find(|wanted| wanted.datum == datum);
    let reason = wanted.map(|wanted| wanted.reason.clone()).filter(|reason| !reason.is_empty());
    Row {
        label: label(datum, chrome.text),
        value: value(datum, identity, chrome, &app.town().locality),
        reason,
    }
}

/// Whether something is not known which every card says: a wrong card was unlinked, and the person has not identified since.
fn is_missing(datum: Datum, identity: &Identity) -> bool {
    match datum {
        Datum::Name => identity.full_name().is_empty(),
        Datum::BirthDate | Datum::AgeOver16 | Datum::AgeOver18 => identity.birth_date.is_none(),
        Datum::BirthPlace | Datum::Address | Datum::Resident => false,
    }
}

/// What the service would be told, in words.
pub(crate) fn value(datum: Datum, identity: &Identity, chrome: &Chrome, locality: &str) -> String {
    let unknown = || chrome.t("data.unknown").to_owned();
    let today = chrome.now.to_zoned(chrome.zone.clone()).date();
    let yes_no = |yes: bool| if yes { chrome.t("data.yes") } else { chrome.t("data.no") }.to_owned();
    let age = |years| match identity.birth_date {
        Some(date) => yes_no(date.at_least_years_old(years, today)),
        None => unknown(),
    };
    match datum {
        Datum::Name => Some(identity.full_name()).filter(|name| !name.is_empty()).unwrap_or_else(unknown),
        Datum::BirthDate => identity.birth_date.map_or_else(unknown, |date| birth_text(date, chrome)),
        Datum::BirthPlace => identity.birth_place.clone().unwrap_or_else(unknown),
        Datum::Address => identity.address.as_ref().map_or_else(unknown, Address::one_line),
        Datum::AgeOver16 => age(16),
        Datum::AgeOver18 => age(18),
        Datum::Resident => likeness::lives_in(identity, locality).map_or_else(unknown, yes_no),
    }
}

/// A birth date as far as it is known.
pub(crate) fn birth_text(date: PartialDate, chrome: &Chrome) -> String {
    match date.parts() {
        (year, Some(month), Some(day)) => match jiff::civil::Date::new(year, month, day) {
            Ok(date) => chrome.text.day(date),
            Err(_impossible) => date.to_string(),
        },
        (year, Some(month), None) => format!("{month:02}/{year}"),
        (year, _, _) => year.to_string(),
    }
}
/// `templates/citizen/consent.html`. The form sends `answer=agree` or `answer=decline`, and `remember=1`.
#[derive(Template)]
#[template(path = "citizen/consent.html")]
pub(crate) struct ConsentPage {
    pub(crate) chrome: Chrome,
    pub(crate) asker: Asker,
    /// One sentence of the service; may be empty.
    pub(crate) purpose: String,
    /// Empty: the service only learns that it is the same person again.
    pub(crate) data: Vec<Row>,
    /// Some of it is not known at the moment; identifying anew brings it back.
    pub(crate) missing: bool,
    /// What we know and the service does not get; see [`kept`].
    pub(crate) kept: Vec<&'static str>,
    /// When the data were read from the card.
    pub(crate) checked_at: Option<Timestamp>,
    pub(crate) answer_url: String,
    pub(crate) account_url: String,
}

/// One piece of data that a service asks for.
pub(crate) struct Row {
    pub(crate) label: &'static str,
    pub(crate) value: String,
    /// Why the service needs it, in its own words.
    pub(crate) reason: Option<String>,
}

/// What people call a datum.
pub(crate) fn label(datum: Datum, text: Text) -> &'static str {
    match datum {
        Datum::Name => text.t("data.name"),
        Datum::BirthDate => text.t("data.birth_date"),
        Datum::BirthPlace => text.t("data.birth_place"),
        Datum::Address => text.t("data.address"),
        Datum::AgeOver16 => text.t("data.age_over_16"),
        Datum::AgeOver18 => text.t("data.age_over_18"),
        Datum::Resident => text.t("data.resident"),
    }
}

/// Labels of what stays here when a service asks for `asked`. Answers which are derived ("over 18") do not
/// count: nobody misses them.
pub(crate) fn kept(asked: &[Datum], text: Text) -> Vec<&'static str> {
    let read = [Datum::Name, Datum::BirthDate, Datum::BirthPlace, Datum::Address];
    let mut kept: Vec<_> =
        read.into_iter().filter(|datum| !asked.contains(datum)).map(|datum| label(datum, text)).collect();
    kept.extend([text.t("data.document_expiry"), text.t("data.other_services")]);
    kept
}

impl Page for ConsentPage {
    const NAME: &'static str = "citizen/consent";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let row = |datum, value: &str, reason: Option<&str>| Row {
            label: label(datum, chrome.text),
            value: value.to_owned(),
            reason: reason.map(str::to_owned),
        };
        let page = |data: Vec<Row>, asked: &[Datum]| Self {
            chrome: chrome.clone(),
            asker: Asker::sample(chrome),
            purpose: chrome.t("sample.purpose").to_owned(),
            checked_at: (!data.is_empty()).then(|| chrome.now - (264 * 24).hours()),
            missing: false,
            data,
            kept: kept(asked, chrome.text),
            answer_url: "/beispiel/zustimmung".to_owned(),
            account_url: "/beispiel/konto".to_owned(),
        };
        let name = row(Datum::Name, "Erika Mustermann", Some(chrome.t("sample.reason_name")));
        let address = "Heidestraße 17, 12345 Birkenfurt";
        let address = row(Datum::Address, address, Some(chrome.t("sample.reason_address")));
        let adult = row(Datum::AgeOver18, chrome.t("data.yes"), None);
        let unknown = row(Datum::Name, chrome.t("data.unknown"), None);
        let missing = Self { missing: true, ..page(vec![unknown], &[Datum::Name]) };
        vec![
            ("missing", missing),
            ("data", page(vec![name, address], &[Datum::Name, Datum::Address])),
            ("adult", page(vec![adult], &[Datum::AgeOver18])),
            ("nothing", page(Vec::new(), &[])),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::text::Language;

    #[test]
    fn what_is_asked_for_does_not_stay_here() {
        let text = Text::new(Language::De);
        assert_eq!(kept(&[Datum::Name, Datum::Address], text)[..2], ["Geburtsdatum", "Geburtsort"]);
        assert_eq!(kept(&Datum::ALL, text), ["Ablaufdatum des Ausweises", "Ihre anderen Dienste"]);
    }
}
