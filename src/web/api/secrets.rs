//! New secrets.

use super::body::{self, moment};
use super::caller::Caller;
use super::problem::{Problem, Wrong};
use super::services::{answer, etag, seen};
use crate::domain::api_token::Scope;
use crate::domain::audit::Event;
use crate::domain::service::Service;
use crate::domain::time::Span;
use crate::http::Appliance;
use crate::oidc::registration::with_new_secret;
use crate::web::owner::secret::{LIVES, OVERLAPS, by_secret};
use crate::web::service_change;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    /// How long the earlier ones go on.
    overlap_hours: i64,
    /// How long the new one is good; `null`: for ever.
    life_days: Option<i64>,
}

/// `POST /api/v1/services/{service}/secrets`: a new secret, told once.
pub async fn add(request: HttpRequest, app: Data<Appliance>, sent: Bytes) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app, Scope::SecretsWrite).await?;
    let service = caller.service(&request)?;
    if !seen(&request, &service)? {
        return Err(Problem::changed(etag(&service), None));
    }
    let sent: Body = body::read(&request, &sent)?;
    let mut errors = Vec::new();
    let mut check = |good: bool, member: &str, detail: &str| {
        if !good {
            errors.push(Wrong::at(member, detail));
        }
    };
    check(OVERLAPS.iter().any(|(_, hours)| *hours == sent.overlap_hours), "overlap_hours", "0, 24 or 168.");
    let life = sent.life_days.unwrap_or(0);
    check(
        LIVES.iter().any(|(_, days)| *days == life) && sent.life_days != Some(0),
        "life_days",
        "365, 730 or null.",
    );
    let by_secret = by_secret(service.registration.authentication.name()).is_some();
    check(by_secret, "", "This service does not prove itself by a secret.");
    if !errors.is_empty() {
        return Err(Problem::wrong(errors));
    }
    let life = sent.life_days.map(Span::days);
    let times = (Span::hours(sent.overlap_hours), life);
    let (registration, secret) = with_new_secret(&service.registration, times, &app);
    let to = Service { registration, ..service.clone() };
    let entry = caller.entry(Event::SecretRotated, service.id);
    if !service_change::keep(&service, to, entry, caller.still(), &app).await? {
        return Err(Problem::changed(etag(&caller.service(&request)?), None));
    }
    let expires = life.map(|life| moment(app.now() + life));
    let body = json!({ "client_id": service.id, "client_secret": secret.expose(), "expires": expires });
    Ok(answer(StatusCode::CREATED, &body))
}
