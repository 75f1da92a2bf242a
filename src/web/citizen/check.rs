//! Beginning an identity check from a sign-in.

use actix_web::HttpResponse;
use actix_web::web::Bytes;

use super::flow::Asked;
use crate::domain::identity_check::{Check, CheckRefused, CheckResult, Purpose};
use crate::domain::sign_in::Asker;
use crate::eid::{self, Settled};
use crate::http::limit::Act;
use crate::http::{Trouble, redirect};
use crate::paths;
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
    if !visit.rooms.makers.has_any(&visit.app)? {
        return Err(Trouble::NotFound);
    }
    let check = eid::begin(purpose, &asked.sign_in, &visit.browser, &visit.app).await?;
    Ok(redirect::see_other(&visit.rooms.makers.entrance(check)))
}

/// Takes what came of a check and sends the browser on; a refusal is told at `end`.
pub(crate) async fn settled(
    visit: &Visit,
    asked: &Asked,
    check: &Check,
    answer: Result<CheckResult, CheckRefused>,
    end: String,
) -> Result<HttpResponse, Trouble> {
    Ok(match eid::settle(answer, check, &asked.sign_in, &visit.app).await? {
        Settled::New(browser) => {
            let mut answer = redirect::see_other(&paths::sign_in_key(asked.sign_in.id));
            if let Some(cookie) = browser.cookie() {
                // Our own cookies are well-formed.
                let _set = answer.add_cookie(&cookie);
            }
            answer
        }
        Settled::Known { login, .. } => {
            let next = if eid::settle::wants_key(check) {
                paths::sign_in_key(asked.sign_in.id)
            } else {
                paths::sign_in(asked.sign_in.id)
            };
            super::sign_out::end_of_another(visit, &login).await?;
            let mut answer = redirect::see_other(&next);
            super::sign_in::set_session(&mut answer, &login);
            answer
        }
        Settled::Asked => redirect::see_other(&paths::sign_in_card_review(asked.sign_in.id)),
        Settled::Refused(_) => redirect::see_other(&end),
    })
}
