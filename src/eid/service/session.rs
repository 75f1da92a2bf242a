//! One online authentication at the rented service, as it rests in the store between two calls.
//!
//! The row is that of [`crate::store::eid_session`]. Before each call the counter is moved on in it, under the guard of
//! what was seen: of two browsers' requests at once one asks and the other waits, and a restart goes on with the next
//! number. While a call may still be under way nobody else asks, since what the service hands over is gone there.

use super::client::{Client, Progress, ServiceError};
use super::message::SessionId;
use crate::domain::dice::draw;
use crate::domain::eid_session::{EidOwner, EidProgress, EidSession};
use crate::domain::id::{CheckId, EidSessionId};
use crate::domain::identity_check::CheckRefused;
use crate::domain::secret::{Bearer, BearerHash, Secret};
use crate::domain::time::{Span, Timestamp};
use crate::eid::answer::Outcome;
use crate::eid::request::Request;
use crate::http::{Appliance, Trouble};
use crate::store::{self, vault};
use crate::xml::read::from_hex;
use crate::xml::write::to_hex;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// How long a session may last, with everything the holder does.
pub const SESSION_LIFE: Span = Span::minutes(15);
/// A call that takes longer than this is over, whatever became of it: longer than the transport's patience.
const CALL_LIFE: Span = Span::seconds(25);
/// The pauses between two questions; the last one stays.
const PAUSES: [Span; 5] =
    [Span::seconds(1), Span::seconds(1), Span::seconds(2), Span::seconds(3), Span::seconds(5)];
/// Calls in a row that may fail on the way.
const FAILURES: u32 = 3;

/// A session that was opened at the service.
pub struct Opened {
    /// `ServerAddress` of the TC token.
    pub server_address: String,
    /// `SessionIdentifier` of the TC token.
    pub identifier: Secret<String>,
    /// The key of the path protection.
    pub psk: Secret<Vec<u8>>,
    /// The one-time value of the address which the browser comes back to.
    pub once: Bearer,
}

/// What a question came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Nothing yet; not before this instant again.
    NotYet(Timestamp),
    /// It is over. Whoever hears it settles the check and forgets the session.
    Ended(Box<Outcome>),
}

/// What is kept, sealed.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    session: String,
    /// Of the latest question; the first has 1.
    counter: i32,
    /// Questions in a row that failed on the way.
    failures: u32,
    /// Before that nobody asks.
    again: Timestamp,
}

/// Opens a session for a check; an earlier one of the same check dies.
///
/// # Errors
/// `Ok(Err(…))` for what the service did; [`Trouble`] of the store.
pub async fn open(
    client: &Client,
    check: CheckId,
    request: &Request,
    app: &Appliance,
) -> Result<Result<Opened, ServiceError>, Trouble> {
    let started = match client.use_id(request, app.clock.as_ref()).await {
        Ok(started) => started,
        Err(why) => return Ok(Err(why)),
    };
    let Some(server_address) = started.server_address else { return Ok(Err(ServiceError::NoServerAddress)) };
    let (id, once) = (EidSessionId::draw(app.dice.as_ref()), Bearer::draw(app.dice.as_ref()));
    let kept = Kept { session: to_hex(started.session.expose()), counter: 0, failures: 0, again: app.now() };
    let row = EidSession {
        id,
        // No SessionIdentifier of our own server: nobody finds this row by a message.
        identifier: BearerHash(draw(app.dice.as_ref())),
        message: None,
        once: once.hash(),
        owner: EidOwner::Check(check),
        progress: EidProgress::Asking,
        version: 0,
        sealed: seal(id, &kept, app)?,
        expires: app.now() + SESSION_LIFE,
    };
    app.write(move |db| store::eid_session::insert(&row, db).map_err(Trouble::from)).await?;
    Ok(Ok(Opened { server_address, identifier: started.psk.id, psk: started.psk.key, once }))
}

/// Asks how a session ended, if it is time.
///
/// # Errors
/// Those of the store.
pub async fn ask(client: &Client, row: &EidSession, app: &Appliance) -> Result<Asked, Trouble> {
    let now = app.now();
    let (Some(kept), true) = (open_sealed(row, app)?, now < row.expires) else {
        return Ok(ended(CheckRefused::ClientTrouble));
    };
    if now < kept.again {
        return Ok(Asked::NotYet(kept.again));
    }
    let session = from_hex(&kept.session).and_then(SessionId::new);
    let session = session.ok_or_else(|| Trouble::fault("eid-service", &"a kept session has no name"))?;
    let turn = Kept { counter: kept.counter.saturating_add(1), again: now + CALL_LIFE, ..kept };
    let Some(row) = advance(row, &turn, app).await? else { return Ok(Asked::NotYet(now + PAUSES[0])) };

    let failures = match client.get_result(&session, turn.counter, app.clock.as_ref()).await {
        Ok(Progress::Ended(outcome)) => return Ok(Asked::Ended(outcome)),
        Ok(Progress::NotYet) => 0,
        Err(why) if why.may_pass() && turn.failures + 1 < FAILURES => {
            tracing::warn!(%why, "The eID service did not answer; it is asked again");
            turn.failures + 1
        }
        Err(why) => {
            tracing::error!(%why, "The eID service gave no result");
            return Ok(ended(why.refused()));
        }
    };
    let again = app.now() + pause_after(turn.counter);
    // If the row is gone or has moved on, somebody gave up or asked after all: then they decide.
    advance(&row, &Kept { failures, again, ..turn }, app).await?;
    Ok(Asked::NotYet(again))
}

fn ended(refused: CheckRefused) -> Asked {
    Asked::Ended(Box::new(Err(refused)))
}

fn pause_after(counter: i32) -> Span {
    let at = usize::try_from(counter.saturating_sub(1)).unwrap_or(0);
    PAUSES[at.min(PAUSES.len() - 1)]
}

/// Moves the row on and gives it as it is now. `None`: somebody was faster, or its time is up.
async fn advance(from: &EidSession, kept: &Kept, app: &Appliance) -> Result<Option<EidSession>, Trouble> {
    let to = EidSession { version: from.version + 1, sealed: seal(from.id, kept, app)?, ..from.clone() };
    let (from, new) = (from.clone(), to.clone());
    let moved =
        app.write(move |db| store::eid_session::advance(&from, &new, db).map_err(Trouble::from)).await?;
    Ok(moved.then_some(to))
}

fn seal(id: EidSessionId, kept: &Kept, app: &Appliance) -> Result<Vec<u8>, Trouble> {
    let plain = Zeroizing::new(serde_json::to_vec(kept).map_err(|why| Trouble::fault("eid-service", &why))?);
    let keys = app.keys.keys_for_sealing().map_err(|why| Trouble::fault("seal", &why))?;
    Ok(vault::seal_session(id, &plain, &keys, app.dice.as_ref()))
}

fn open_sealed(row: &EidSession, app: &Appliance) -> Result<Option<Kept>, Trouble> {
    let Some(plain) = vault::open_session(row.id, &row.sealed, &app.keys)? else { return Ok(None) };
    serde_json::from_slice(&plain).map(Some).map_err(|why| Trouble::fault("eid-service", &why))
}
