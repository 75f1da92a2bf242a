//! Session cookies. Residents and staff have one each: an operator is often a resident, too.

use super::browser::{host_cookie, well_formed};
use super::{Appliance, Trouble};
use crate::domain::passkey::Holder;
use crate::domain::secret::BearerHash;
use crate::domain::session::{SEEN_GRAIN, Session};
use crate::domain::sign_in::Proof;
use crate::store;
use actix_web::HttpRequest;
use actix_web::cookie::Cookie;

/// Whose session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A resident's.
    Person,
    /// A member of staff's.
    Staff,
}

impl Kind {
    const fn cookie_name(self) -> &'static str {
        match self {
            Self::Person => "__Host-torhaus",
            Self::Staff => "__Host-staff",
        }
    }
    /// The kind a holder needs.
    #[must_use]
    pub const fn of(holder: Holder) -> Self {
        match holder {
            Holder::Person(_) => Self::Person,
            Holder::Staff(_) => Self::Staff,
        }
    }
}

/// The session cookie of a holder.
#[must_use]
pub fn cookie(kind: Kind, value: &str) -> Cookie<'static> {
    host_cookie(kind.cookie_name(), value.to_owned())
}

/// Takes the cookie away.
#[must_use]
pub fn removal(kind: Kind) -> Cookie<'static> {
    let mut cookie = host_cookie(kind.cookie_name(), String::new());
    cookie.make_removal();
    cookie
}

/// The living session of a request.
pub fn current(request: &HttpRequest, app: &Appliance, kind: Kind) -> Result<Option<Session>, Trouble> {
    let Some(cookie) = request.cookie(kind.cookie_name()).filter(|cookie| well_formed(cookie.value())) else {
        return Ok(None);
    };
    let hash = BearerHash::of(cookie.value());
    let session = app.store.read(|db| store::session::by_cookie(&hash, db))?;
    let now = app.now();
    Ok(session.filter(|session| session.is_alive(now) && Kind::of(session.holder) == kind))
}

/// Whether this browser still has the session behind a proof, or a later one of the same holder. Idleness does not
/// count: a sign-in has ten minutes of its own.
pub fn stands_behind(request: &HttpRequest, app: &Appliance, proof: &Proof) -> Result<bool, Trouble> {
    let name = Kind::of(proof.holder).cookie_name();
    let Some(cookie) = request.cookie(name).filter(|cookie| well_formed(cookie.value())) else {
        return Ok(false);
    };
    let hash = BearerHash::of(cookie.value());
    let (here, behind) = app
        .store
        .read(|db| Ok((store::session::by_cookie(&hash, db)?, store::session::by_id(proof.session, db)?)))?;
    let now = app.now();
    Ok(behind.is_some() && here.is_some_and(|here| here.holder == proof.holder && now < here.ends()))
}

/// Keeps a sign of life, at most once a minute.
pub async fn see(app: &Appliance, session: &Session) -> Result<(), Trouble> {
    let now = app.now();
    if now.since(session.seen) >= SEEN_GRAIN {
        let id = session.id;
        app.write(move |db| store::session::see(id, now, db)).await?;
    }
    Ok(())
}
