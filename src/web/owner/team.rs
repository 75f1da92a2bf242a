//! Who answers for an organisation's services: owners invite their team themselves.

use actix_web::HttpResponse;
use actix_web::web::Bytes;

use super::entry;
use crate::http::Trouble;
use crate::web::operator::organisation::{self, Desk, Shown};
use crate::web::visit::Visit;

/// `GET /services/team`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    match entry::owner(&visit).await? {
        Ok(owner) => {
            organisation::page(&visit, &owner.member, Desk::Team(owner.organisation.id), Shown::default())
        }
        Err(answer) => Ok(answer),
    }
}

/// `POST /services/team`: as at the operator's page of an organisation, for the own one.
pub async fn act(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    match entry::owner(&visit).await? {
        Ok(owner) => {
            organisation::answer(&visit, &owner.member, Desk::Team(owner.organisation.id), &form).await
        }
        Err(answer) => Ok(answer),
    }
}
