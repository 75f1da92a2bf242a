//! Beginning an identity check from a sign-in.

use actix_web::HttpResponse;
use actix_web::web::Bytes;

use super::flow::Asked;
use crate::domain::identity_check::Purpose;
use crate::domain::sign_in::Asker;
use crate::eid;
use crate::http::limit::Act;
use crate::http::{Trouble, redirect};
use crate::web::visit::Visit;

/// `POST /sign-in/{id}/identity-checks`: to log in, to lift a login, or (`purpose=enrol`) to make an account.
pub async fn begin(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    let asked = Asked::load(&visit)?;
    let purpose = match form.get("purpose") {
        None => Purpose::SignIn,
        Some(purpose) => Purpose::parse(purpose).ok_or(Trouble::BadRequest("purpose"))?,
    };
    begin_for(&visit, &asked, purpose).await
}

/// Opens a check and sends the browser to the provider.
pub(crate) async fn begin_for(
    visit: &Visit,
    asked: &Asked,
    purpose: Purpose,
) -> Result<HttpResponse, Trouble> {
    visit.count(Act::Open)?;
    // Staff are appointed, not identified by a card.
    if matches!(&asked.sign_in.asker, Asker::Door(door) if door.is_for_staff()) {
        return Err(Trouble::NotFound);
    }
    let check = eid::begin(purpose, &asked.sign_in, &visit.browser, &visit.app).await?;
    let entrance = visit.rooms.makers.entrance(check).ok_or(Trouble::NotFound)?;
    Ok(redirect::see_other(&entrance))
}
