//! A new secret for a service, by its owner.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;

use super::entry;
use super::registered::{Cause, RegisteredPage};
use crate::domain::audit::{Entry, Event};
use crate::domain::registration::ClientAuthentication;
use crate::domain::service::Service;
use crate::domain::time::Span;
use crate::http::{Trouble, redirect};
use crate::oidc::registration::{Registered, with_new_secret};
use crate::web::service_change;
use crate::web::visit::Visit;
use crate::{paths, store};

/// How long the old secret may go on, in hours, as the form offers it.
pub(crate) const OVERLAPS: [(&str, i64); 3] = [("24", 24), ("168", 168), ("0", 0)];

/// How long a new secret is good, in days, as the form offers it; 0: for ever.
pub(crate) const LIVES: [(&str, i64); 3] = [("730", 730), ("365", 365), ("0", 0)];

/// The way of client authentication of this name, if it is one by a secret.
pub(crate) fn by_secret(name: &str) -> Option<ClientAuthentication> {
    let by_secret = |method: &ClientAuthentication| {
        matches!(method, ClientAuthentication::ClientSecretBasic | ClientAuthentication::ClientSecretPost)
    };
    ClientAuthentication::parse(name).filter(by_secret)
}

/// `POST /services/{service}/secret`: `overlap` is hours, `life` days, `version` what was seen; shows the secret, once.
pub async fn renew(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    let owner = match entry::owner(&visit).await? {
        Ok(owner) => owner,
        Err(answer) => return Ok(answer),
    };
    let id = visit.id("service")?;
    let found = visit.app.store.read(|db| store::service::by_id(id, db))?;
    let service =
        found.filter(|service| owner.member.staff.role.may_change(service)).ok_or(Trouble::NotFound)?;
    let overlap = form.get("overlap").and_then(|text| OVERLAPS.iter().find(|(known, _)| *known == text));
    let (_, hours) = overlap.ok_or(Trouble::BadRequest("overlap"))?;
    let life = form.get("life").and_then(|text| LIVES.iter().find(|(known, _)| *known == text));
    let (_, days) = life.ok_or(Trouble::BadRequest("life"))?;
    let life = (*days > 0).then(|| Span::days(*days));
    let seen: Option<i64> = form.get("version").and_then(|text| text.parse().ok());
    if by_secret(service.registration.authentication.name()).is_none() {
        return Err(Trouble::BadRequest("secret"));
    }
    if seen != Some(service.version) {
        // Sent twice, or somebody else was faster: the page shows how it stands.
        return Ok(redirect::see_other(&paths::service(id)));
    }
    visit.app.limits.count_account(owner.member.staff.id.bytes())?;
    let (registration, secret) =
        with_new_secret(&service.registration, (Span::hours(*hours), life), &visit.app);
    let to = Service { registration, ..service.clone() };
    let entry = Entry::new(Event::SecretRotated, owner.member.actor()).at(service.id);
    if !service_change::keep(&service, to.clone(), entry, owner.member.still(), &visit.app).await? {
        return Ok(redirect::see_other(&paths::service(id)));
    }
    let frame = entry::frame(&visit).at(paths::service(id));
    let registered = Registered { service: to, secret: Some(secret) };
    let (origin, staff) = (&visit.app.origin, &owner.member.staff.name);
    let page = RegisteredPage::new(&registered, Cause::NewSecret, origin, staff, &frame.chrome);
    Ok(frame.show(&page, StatusCode::OK))
}
