//! A service is changed by its owner.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;

use super::entry::{self, Owner};
use super::form::{Form, Mistake};
use super::form_page::{FormPage, Occasion};
use super::new_service::FORM_BYTES_MAX;
use crate::domain::registration::Registration;
use crate::domain::service::Service;
use crate::http::{Trouble, redirect};
use crate::web::service_change;
use crate::web::visit::Visit;
use crate::{paths, store};

/// `GET /services/{service}/settings`: what is proposed, if something is; otherwise what is registered.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let owner = match entry::owner(&visit).await? {
        Ok(owner) => owner,
        Err(answer) => return Ok(answer),
    };
    let service = own(&owner, &visit)?;
    let form = Form::of(&service);
    let occasion = Occasion::Change { version: service.version, conflict: false };
    Ok(page(&visit, &owner, &form, &[], occasion))
}

/// `POST /services/{service}/settings`
pub async fn save(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let sent = visit.large_form(&body, FORM_BYTES_MAX)?;
    let owner = match entry::owner(&visit).await? {
        Ok(owner) => owner,
        Err(answer) => return Ok(answer),
    };
    let service = own(&owner, &visit)?;
    // Kind and id are the service's, whatever is sent.
    let form = Form { service: service.id, kind: Form::of(&service).kind, ..Form::read(&sent)? };
    let version =
        sent.get("version").and_then(|text| text.parse().ok()).ok_or(Trouble::BadRequest("version"))?;
    let conflict = Occasion::Change { version: service.version, conflict: true };
    let wish = match form.wish(&owner.organisation.name) {
        Ok(wish) => wish,
        Err(mistakes) => {
            let occasion = Occasion::Change { version, conflict: false };
            return Ok(page(&visit, &owner, &form, &mistakes, occasion));
        }
    };
    if version != service.version {
        return Ok(page(&visit, &owner, &form, &[], conflict));
    }
    visit.app.limits.count_account(owner.member.staff.id.bytes())?;
    let to = service.wished(merged(wish.registration(), &service.registration));
    let entry = service_change::changed(&service, service.wanted(), to.wanted(), owner.member.actor());
    if service_change::keep(&service, to, entry, owner.member.still(), &visit.app).await? {
        Ok(redirect::see_other(&paths::service(service.id)))
    } else {
        let now = own(&owner, &visit)?;
        Ok(page(&visit, &owner, &form, &[], Occasion::Change { version: now.version, conflict: true }))
    }
}

/// What the form asks about, over everything else that is registered.
pub(crate) fn merged(asked: Registration, kept: &Registration) -> Registration {
    Registration {
        name: asked.name,
        office: asked.office,
        purpose: asked.purpose,
        redirect_uris: asked.redirect_uris,
        min_level: asked.min_level,
        max_identity_age: asked.max_identity_age,
        scopes: asked.scopes,
        data: asked.data,
        ..kept.clone()
    }
}

/// The service of the address, if the owner may change it; of nobody else's it is not even told that it is there.
pub(super) fn own(owner: &Owner, visit: &Visit) -> Result<Service, Trouble> {
    let id = visit.id("service")?;
    let service = visit.app.store.read(|db| store::service::by_id(id, db))?;
    service.filter(|service| owner.member.staff.role.may_change(service)).ok_or(Trouble::NotFound)
}

fn page(visit: &Visit, owner: &Owner, form: &Form, mistakes: &[Mistake], occasion: Occasion) -> HttpResponse {
    let frame = entry::frame(visit).at(paths::service_settings(form.service));
    let status = match occasion {
        Occasion::Change { conflict: true, .. } => StatusCode::CONFLICT,
        _ if mistakes.is_empty() => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    frame.show(&FormPage::new(form, mistakes, occasion, owner.names(), &frame.chrome), status)
}
