//! Identify anew: the card is read once more, and what it says replaces what the town knew.

use super::entry::{self, Entered, Here};
use crate::domain::assurance::Reason;
use crate::domain::identity_check::Purpose;
use crate::domain::sign_in::{Door, Means, Proof, SignIn, Stage, reused_level};
use crate::http::{Trouble, sign_in};
use crate::store;
use crate::web::citizen::check;
use crate::web::citizen::flow::Asked;
use crate::web::doors;
use crate::web::visit::Visit;
use actix_web::HttpResponse;
use actix_web::web::Bytes;

/// `POST /account/renewal`: on to the card, and back to the account.
///
/// The check belongs to a sign-in in which this person is known already. So another person's card is refused, and
/// a card which nobody knows does not become a second account.
pub async fn begin(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    visit.form(&body)?;
    let here = match entry::enter(&visit).await? {
        Entered::Here(here) => here,
        Entered::Away(answer) => return Ok(answer),
    };
    let opened = sign_in::for_door(&visit.app, &visit.browser, Door::Account, false);
    let sign_in = SignIn { stage: Stage::Proven(proof(&here, &visit)?), ..opened };
    let id = sign_in.id;
    doors::open(&visit, sign_in).await?;
    check::begin_for(&visit, &Asked::of(&visit, id)?, Purpose::SignIn).await
}

/// What this session proves: who they are, and no more than it may prove again.
fn proof(here: &Here, visit: &Visit) -> Result<Proof, Trouble> {
    let latest = visit.app.store.read(|db| store::person::latest_check(here.person, db))?;
    let session = &here.session;
    let reasons = match session.means {
        Means::LiveEid(_) => vec![Reason::NoLiveEid],
        Means::Passkey(_) | Means::MadeUp(_) => Vec::new(),
    };
    Ok(Proof {
        holder: session.holder,
        means: session.means,
        level: reused_level(session.level),
        reasons,
        at: session.authenticated,
        identity_checked: latest.map(|check| check.at),
        session: session.id,
    })
}
