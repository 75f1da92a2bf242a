//! Log-out on the wire.

use super::authorize::by_get;
use crate::http::session::{self, Kind};
use crate::http::{Appliance, Params, Trouble, redirect};
use crate::oidc::hint::Hint;
use crate::oidc::logout::{Door, Onward, Plan, decide, end};
use crate::oidc::{Fault, Provider};
use crate::{paths, store};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

/// `POST`: comes again by `GET`, with our cookies.
///
/// # Errors
/// [`Trouble`]: not a form, or one that can not be understood.
pub async fn end_session_by_post(request: HttpRequest, body: Bytes) -> Result<HttpResponse, Trouble> {
    by_get(paths::END_SESSION, &request, &body)
}

/// `GET`: ends the session and goes on, or leads to the page that asks.
///
/// # Errors
/// [`Trouble`]
pub async fn end_session(
    request: HttpRequest,
    app: Data<Appliance>,
    provider: Data<Provider>,
) -> Result<HttpResponse, Trouble> {
    let params = Params::parse(request.query_string().as_bytes())?;
    let session = session::current(&request, &app, Kind::Person)?;
    let ring = provider.ring(&app)?;
    let find = |hint: &Hint| -> Result<_, Fault> {
        Ok(app.store.read(|db| store::service::by_id(hint.service, db))?)
    };
    let door = Door { issuer: &app.origin, secrets: &app.secrets, find: &find };
    let onward = match decide(&params, session.as_ref(), &ring, &door)? {
        Plan::Confirm => return Ok(redirect::see_other(paths::SIGN_OUT)),
        Plan::NothingToEnd => return Ok(redirect::see_other(paths::SIGNED_OUT)),
        Plan::End(onward) => onward,
    };
    if let Some(session) = session {
        let grants = app.write(move |db| end(&session, db)).await?;
        if let Err(fault) = provider.announce(&grants.unwrap_or_default(), &app) {
            // The session has ended all the same; making the number logs the fault.
            drop(Trouble::from(fault));
        }
    }
    let mut answer = redirect::see_other(&location(onward.as_ref()));
    let removal = session::removal(Kind::Person);
    answer.add_cookie(&removal).map_err(|error| Trouble::fault("oidc", &error))?;
    Ok(answer)
}

fn location(onward: Option<&Onward>) -> String {
    let Some(Onward { back, state }) = onward else { return paths::SIGNED_OUT.to_owned() };
    match state {
        Some(state) => redirect::with_params(back, &[("state", state)]),
        None => back.as_str().to_owned(),
    }
}
