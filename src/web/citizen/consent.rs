//! What a service would get, row by row, with the reason; agreeing and declining weigh the same.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;
use jiff::{Timestamp, ToSpan};

use super::Asker;
use super::flow::{Asked, Next};
use crate::domain::attribute::{Attribute, Datum as Wanted, Identity};
use crate::domain::consent::Consent;
use crate::domain::id::PersonId;
use crate::domain::service::Service;
use crate::http::{Trouble, redirect};
use crate::store::{self, vault};
use crate::web::frame::moment;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::{domain, paths};

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
        optional: Vec::new(),
        kept: Wanted::ALL.iter().filter(|datum| !wanted.contains(datum)).map(|d| name(*d, &chrome)).collect(),
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
    let asked = Asked::load(&visit)?;
    let Some(service) = &asked.service else { return Err(Trouble::SignInOver) };
    match form.get("answer") {
        Some("agree") => {}
        Some("decline") => return super::answer::decline(&asked, &visit, service).await,
        _ => return Err(Trouble::BadRequest("answer")),
    }
    let (proof, person) = match Next::of(&asked, &visit)? {
        Next::Agree { proof, person } => (proof, person),
        // Agreed in another tab, or the level fell in between: the sign-in's own page knows.
        _ => return Ok(redirect::see_other(&paths::sign_in(asked.sign_in.id))),
    };
    let consent = Consent {
        person,
        service: service.id,
        data: asked.sign_in.needs.data.clone(),
        remembered: form.get("remember") == Some("1"),
        given: visit.app.now(),
    };
    let released = consent.data.clone();
    super::answer::give(&asked, &visit, proof, released, Some(consent)).await
}

fn row(
    datum: Wanted,
    service: &Service,
    identity: &Identity,
    chrome: &Chrome,
    app: &crate::http::Appliance,
) -> Datum {
    let wanted = service.registration.data.iter().find(|wanted| wanted.datum == datum);
    let reason = wanted.map(|wanted| wanted.reason.clone()).filter(|reason| !reason.is_empty());
    Datum {
        name: datum.name().to_owned(),
        label: name(datum, chrome),
        value: value(datum, identity, chrome, &app.town().locality),
        reason,
    }
}

/// A datum as people call it.
pub(crate) fn name(datum: Wanted, chrome: &Chrome) -> &'static str {
    match datum {
        Wanted::Name => chrome.t("data.name"),
        Wanted::BirthDate => chrome.t("data.birthdate"),
        Wanted::BirthPlace => chrome.t("data.place_of_birth"),
        Wanted::Address => chrome.t("data.address"),
        Wanted::AgeOver16 => chrome.t("data.age_over_16"),
        Wanted::AgeOver18 => chrome.t("data.age_over_18"),
        Wanted::Resident => chrome.t("data.resident"),
    }
}

/// What the service would be told, in words.
pub(crate) fn value(datum: Wanted, identity: &Identity, chrome: &Chrome, locality: &str) -> String {
    let unknown = || chrome.t("data.unknown").to_owned();
    let today = chrome.now.to_zoned(chrome.zone.clone()).date();
    let yes_no = |yes: bool| if yes { chrome.t("data.yes") } else { chrome.t("data.no") }.to_owned();
    let age = |years| match identity.birth_date {
        Some(date) => yes_no(date.at_least_years_old(years, today)),
        None => unknown(),
    };
    match datum {
        Wanted::Name => Some(identity.full_name()).filter(|name| !name.is_empty()).unwrap_or_else(unknown),
        Wanted::BirthDate => identity.birth_date.map_or_else(unknown, |date| birth_text(date, chrome)),
        Wanted::BirthPlace => identity.birth_place.clone().unwrap_or_else(unknown),
        Wanted::Address => {
            identity.address.as_ref().map_or_else(unknown, domain::attribute::Address::one_line)
        }
        Wanted::AgeOver16 => age(16),
        Wanted::AgeOver18 => age(18),
        Wanted::Resident => identity
            .address
            .as_ref()
            .map_or_else(unknown, |address| yes_no(address.locality.eq_ignore_ascii_case(locality))),
    }
}

/// A birth date as far as it is known.
pub(crate) fn birth_text(date: domain::attribute::PartialDate, chrome: &Chrome) -> String {
    match date.parts() {
        (year, Some(month), Some(day)) => match jiff::civil::Date::new(year, month, day) {
            Ok(date) => chrome.text.day(date),
            Err(_impossible) => date.to_string(),
        },
        (year, Some(month), None) => format!("{month:02}/{year}"),
        (year, _, _) => chrome.t1("demo_card.year", year),
    }
}
use crate::web::text::Text;

/// `templates/citizen/consent.html`. The form sends `answer=agree` or `answer=decline`, `remember=1`, and
/// `optional` once for each extra that was ticked.
#[derive(Template)]
#[template(path = "citizen/consent.html")]
pub(crate) struct ConsentPage {
    pub(crate) chrome: Chrome,
    pub(crate) asker: Asker,
    /// One sentence of the service; may be empty.
    pub(crate) purpose: String,
    /// Empty: the service only learns that it is the same person again.
    pub(crate) data: Vec<Datum>,
    /// Handed on only if ticked.
    pub(crate) optional: Vec<Datum>,
    /// Labels of what we know and the service does not get.
    pub(crate) kept: Vec<&'static str>,
    /// When the data were read from the card.
    pub(crate) checked_at: Option<Timestamp>,
    pub(crate) answer_url: String,
    pub(crate) account_url: String,
}

/// One piece of data that a service asks for.
pub(crate) struct Datum {
    /// Its name in the form.
    pub(crate) name: String,
    pub(crate) label: &'static str,
    pub(crate) value: String,
    /// Why the service needs it, in its own words.
    pub(crate) reason: Option<String>,
}

/// What people call a claim; none for claims which are no data about them.
pub(crate) fn label(claim: &str, text: Text) -> Option<&'static str> {
    Some(match claim {
        "name" => text.t("data.name"),
        "given_name" => text.t("data.given_name"),
        "family_name" => text.t("data.family_name"),
        "birth_family_name" => text.t("data.birth_family_name"),
        "title" => text.t("data.title"),
        "birthdate" => text.t("data.birthdate"),
        "place_of_birth" => text.t("data.place_of_birth"),
        "nationalities" => text.t("data.nationalities"),
        "address" => text.t("data.address"),
        "email" => text.t("data.email"),
        "age_over_18" => text.t("data.age_over_18"),
        "document_expiry" => text.t("data.document_expiry"),
        "verified_claims" => text.t("data.verified_claims"),
        "other_services" => text.t("data.other_services"),
        _ => return None,
    })
}

impl Page for ConsentPage {
    const NAME: &'static str = "citizen/consent";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let datum = |name: &str, value: &str, reason: Option<&str>| Datum {
            name: name.to_owned(),
            label: label(name, chrome.text).unwrap_or_default(),
            value: value.to_owned(),
            reason: reason.map(str::to_owned),
        };
        let known = |names: &[&str]| names.iter().filter_map(|name| label(name, chrome.text)).collect();
        let page = |data: Vec<Datum>, optional, kept| Self {
            chrome: chrome.clone(),
            asker: Asker::sample(chrome),
            purpose: chrome.t("sample.purpose").to_owned(),
            checked_at: (!data.is_empty()).then(|| chrome.now - (264 * 24).hours()),
            data,
            optional,
            kept,
            answer_url: "/beispiel/zustimmung".to_owned(),
            account_url: "/beispiel/konto".to_owned(),
        };
        let data = vec![
            datum("name", "Erika Mustermann", Some(chrome.t("sample.reason_name"))),
            datum("address", "Heidestraße 17, 12345 Birkenfurt", Some(chrome.t("sample.reason_address"))),
        ];
        let optional = vec![datum("email", "erika@example.org", Some(chrome.t("sample.reason_email")))];
        let kept = known(&["birthdate", "place_of_birth", "document_expiry", "other_services"]);
        vec![
            ("data", page(data, optional, kept)),
            ("nothing", page(Vec::new(), Vec::new(), known(&["name", "address", "birthdate"]))),
        ]
    }
}
