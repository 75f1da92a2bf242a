//! A new service, by its owner: four questions, and it waits for the operator.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;

use super::entry::{self, Owner};
use super::form::{Form, Mistake};
use super::form_page::{FormPage, Occasion};
use super::registered::{Cause, RegisteredPage};
use crate::domain::audit::{Entry, Event};
use crate::domain::id::ServiceId;
use crate::http::{Trouble, redirect};
use crate::oidc::registration::{Registered, Wish};
use crate::paths;
use crate::web::service_change;
use crate::web::visit::Visit;

/// All addresses and reasons, percent-encoded.
pub(super) const FORM_BYTES_MAX: usize = 80 * 1024;

/// `GET /services/new`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let owner = match entry::owner(&visit).await? {
        Ok(owner) => owner,
        Err(answer) => return Ok(answer),
    };
    let form = Form::empty(ServiceId::draw(visit.app.dice.as_ref()));
    Ok(page(&visit, &owner, &form, &[]))
}

/// `POST /services`: registers it, and shows its secret, once.
pub async fn add(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = Form::read(&visit.large_form(&body, FORM_BYTES_MAX)?)?;
    let owner = match entry::owner(&visit).await? {
        Ok(owner) => owner,
        Err(answer) => return Ok(answer),
    };
    let wish = match form.wish(&owner.organisation.name) {
        Ok(wish) => wish,
        Err(mistakes) => return Ok(page(&visit, &owner, &form, &mistakes)),
    };
    visit.app.limits.count_account(owner.member.staff.id.bytes())?;
    let registered = draft(&wish, form.service, &owner, &visit)?;
    service_change::ready_key(&wish.id_token_alg, &visit.app).await?;
    let entry = Entry::new(Event::ServiceAdded, owner.member.actor()).at(registered.service.id);
    if !service_change::add(&registered.service, entry, owner.member.still(), &visit.app).await? {
        // The same form once more: the service is there, and its secret was shown.
        return Ok(redirect::see_other(&paths::service(form.service)));
    }
    let frame = entry::frame(&visit).at(paths::service(form.service));
    let (origin, staff) = (&visit.app.origin, &owner.member.staff.name);
    let page = RegisteredPage::new(&registered, Cause::New, origin, staff, &frame.chrome);
    Ok(frame.show(&page, StatusCode::OK))
}

fn draft(wish: &Wish, id: ServiceId, owner: &Owner, visit: &Visit) -> Result<Registered, Trouble> {
    // The form has found every mistake that a person can mend.
    let draft = wish.draft(id, Some(owner.organisation.id), &visit.app);
    draft.map_err(|why| Trouble::fault("registration", &why))
}

fn page(visit: &Visit, owner: &Owner, form: &Form, mistakes: &[Mistake]) -> HttpResponse {
    let frame = entry::frame(visit).at(paths::SERVICES_NEW.to_owned());
    let status = if mistakes.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = FormPage::new(form, mistakes, Occasion::New, owner.names(), &frame.chrome);
    frame.show(&page, status)
}
