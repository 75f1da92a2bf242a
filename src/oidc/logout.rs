//! A service logs a person out (OpenID Connect RP-Initiated Logout 1.0), and what ends with a session.
//!
//! Only a good `id_token_hint` of the very session which this browser has ends it without a question, and only
//! then the browser goes on to a registered address. Whatever is in doubt is asked of the person on our own page,
//! from where nobody is sent on.

use super::hint::Hint;
use super::keys::Ring;
use super::{Fault, facts, hint, subject};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::passkey::Holder;
use crate::domain::service::{ReturnAddress, Service};
use crate::domain::session::Session;
use crate::http::Params;
use crate::http::appliance::Secrets;
use crate::store::grant::Grant;
use crate::store::{self, Write};

/// Where a browser goes after a log-out which was not asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Onward {
    /// A registered post-logout address.
    pub back: ReturnAddress,
    /// Given back as it came.
    pub state: Option<String>,
}

/// What is done with a request to log out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// End the session, if there is one; go on, or show that it is done.
    End(Option<Onward>),
    /// Ask the person; never go on.
    Confirm,
    /// Nobody is logged in, and nobody is to be sent on: show that it is done.
    NothingToEnd,
}

/// Decides on a request to log out. `find` looks a service up.
///
/// # Errors
/// What `find` says.
pub fn decide(
    params: &Params,
    session: Option<&Session>,
    ring: &Ring,
    door: &Door<'_>,
) -> Result<Plan, Fault> {
    let in_doubt = if session.is_some() { Plan::Confirm } else { Plan::NothingToEnd };
    let hint = params.get("id_token_hint").and_then(|token| hint::read(token, ring, door.issuer));
    let Some(hint) =
        hint.filter(|hint| params.get("client_id").is_none_or(|client| client == hint.service.to_string()))
    else {
        return Ok(in_doubt);
    };
    let Some(service) = (door.find)(&hint)? else { return Ok(in_doubt) };
    if session.is_some_and(|session| !is_of(&hint, session, &service, door.secrets)) {
        return Ok(Plan::Confirm);
    }
    let Some(asked) = params.get("post_logout_redirect_uri") else {
        return Ok(if session.is_some() { Plan::End(None) } else { Plan::NothingToEnd });
    };
    let state = params.get("state").filter(|state| state.len() <= super::request::STATE_MAX);
    Ok(match service.post_logout_address(asked) {
        Some(back) => Plan::End(Some(Onward { back, state: state.map(str::to_owned) })),
        None => in_doubt,
    })
}

/// What a decision needs to know of the house.
pub struct Door<'a> {
    /// Who we are.
    pub issuer: &'a str,
    /// Makes `sid`.
    pub secrets: &'a Secrets,
    /// Looks the hint's service up; paused services may still log out.
    pub find: &'a dyn Fn(&Hint) -> Result<Option<Service>, Fault>,
}

fn is_of(hint: &Hint, session: &Session, service: &Service, secrets: &Secrets) -> bool {
    hint.sid.as_deref() == Some(subject::sid(session.id, service, secrets).as_str())
}

/// Ends a session: its row, and the tokens of every grant that came out of it, except of those which outlive
/// it (`offline_access`). Gives the grants, for announcing the end. `None`: it had ended.
///
/// # Errors
/// The store's.
pub fn end(session: &Session, db: &Write) -> Result<Option<Vec<Grant>>, store::Fault> {
    if !store::session::remove(session.id, db)? {
        return Ok(None);
    }
    let grants = store::grant::by_session(session.id, db)?;
    for grant in &grants {
        let outlives = facts::Facts::of(grant).is_ok_and(|facts| facts.offline);
        if !outlives {
            store::grant::revoke_tokens(grant.id, db)?;
        }
    }
    let entry = match session.holder {
        Holder::Person(person) => Entry::new(Event::SignedOut, Actor::Person(person)).about(person),
        Holder::Staff(staff) => Entry::new(Event::SignedOut, Actor::Staff(staff)),
    };
    store::audit::append(&entry.with("session", session.id), db)?;
    Ok(Some(grants))
}
