//! Our own doors: who comes to a page that is not theirs yet is sent to a sign-in, and comes back afterwards.

use super::visit::Visit;
use crate::domain::id::SessionId;
use crate::domain::session::Session;
use crate::domain::sign_in::{Door, SignIn};
use crate::http::limit::Act;
use crate::http::{Trouble, redirect, sign_in};
use crate::paths;
use crate::store::{self, Write};
use actix_web::HttpResponse;

/// Sends the browser to a sign-in at a door. `prove_anew`: there is a session, but its proof is too old.
pub(crate) async fn send_to(visit: &Visit, door: Door, prove_anew: bool) -> Result<HttpResponse, Trouble> {
    let sign_in = sign_in::for_door(&visit.app, &visit.browser, door, prove_anew);
    let next = paths::sign_in(sign_in.id);
    open(visit, sign_in).await?;
    let mut answer = redirect::see_other(&next);
    visit.frame().remember(&mut answer);
    Ok(answer)
}

/// Keeps a new sign-in; counted, because anybody can cause it.
pub(crate) async fn open(visit: &Visit, sign_in: SignIn) -> Result<(), Trouble> {
    visit.count(Act::Open)?;
    visit.app.write(move |db| store::sign_in::insert(&sign_in, db).map_err(Trouble::from)).await
}

/// Inside a write: the session that asks for it, which has not ended in between.
pub(crate) fn still_open(session: SessionId, db: &Write) -> Result<Session, Trouble> {
    store::session::by_id(session, db)?.ok_or(Trouble::SignInOver)
}
