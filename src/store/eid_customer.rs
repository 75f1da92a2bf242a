//! What customers of our own eID-Server have in the store (TR-03130-1): their sessions, and the requests that came
//! already. The authentications themselves are in [`super::eid_session`]; they and what is here go together.

use super::{Fault, Read, Row, Write, eid_session, values};
use crate::domain::eid_session::{CustomerSession, EidProgress, EidSession};
use crate::domain::id::EidSessionId;
use crate::domain::secret::BearerHash;
use crate::domain::time::Timestamp;

/// What became of a new session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// It is there.
    Yes,
    /// The customer has as many living sessions as it may.
    TooMany,
    /// There is a session of this `SessionIdentifier`.
    Taken,
}

/// How a result was asked for.
#[derive(Clone, Debug)]
pub enum Taken {
    /// Here it is; the session is gone.
    Result(Box<(EidSession, CustomerSession)>),
    /// There is none yet.
    NotYet,
    /// The customer has no such living session.
    NoSession,
    /// The counter did not grow.
    Counter,
}

/// Keeps a new session of a customer that may have `most` living ones.
pub fn insert(
    session: &EidSession,
    own: &CustomerSession,
    (customer, most): (&str, u32),
    db: &Write,
) -> Result<Inserted, Fault> {
    if eid_session::count_of_customer(customer, db.at(), db)? >= i64::from(most) {
        return Ok(Inserted::TooMany);
    }
    if eid_session::by_identifier(&session.identifier, db)?.is_some() {
        return Ok(Inserted::Taken);
    }
    eid_session::insert(session, db)?;
    db.change(
        "INSERT INTO eid_customer_session (session, result_hash, counter, sealed) VALUES ($1, $2, 0, $3)",
        &[&own.session, &own.result, &own.sealed.as_slice()],
    )?;
    Ok(Inserted::Yes)
}

/// Counts a request for a result and gives the result, once: the session goes with it. All in one, so that of two
/// requests with one number only one is heard, and of two with rising numbers only one gets the result.
pub fn take(result: &BearerHash, customer: &str, counter: i32, db: &Write) -> Result<Taken, Fault> {
    let own = db.one(
        "SELECT o.session, o.result_hash, o.sealed FROM eid_customer_session o
         JOIN eid_session s ON s.id = o.session
         WHERE o.result_hash = $1 AND s.customer = $2 AND s.expires_at > $3",
        &[result, &customer, &db.at()],
        from_row,
    )?;
    let Some(own) = own else { return Ok(Taken::NoSession) };
    let counted = db.change(
        "UPDATE eid_customer_session SET counter = $1 WHERE session = $2 AND counter < $1",
        &[&i64::from(counter), &own.session],
    )?;
    if counted == 0 {
        return Ok(Taken::Counter);
    }
    let Some(session) = eid_session::by_id(own.session, db)? else { return Ok(Taken::NoSession) };
    if session.progress != EidProgress::Ended {
        return Ok(Taken::NotYet);
    }
    eid_session::remove(session.id, db)?;
    Ok(Taken::Result(Box::new((session, own))))
}

/// What belongs to a session besides.
pub fn by_session(session: EidSessionId, db: &Read) -> Result<Option<CustomerSession>, Fault> {
    db.one(
        "SELECT session, result_hash, sealed FROM eid_customer_session WHERE session = $1",
        &[&session],
        from_row,
    )
}

/// Notes that a signed request came. `false`: it came before.
pub fn note_message(hash: &[u8; 32], expires: Timestamp, db: &Write) -> Result<bool, Fault> {
    db.insert_new(
        "INSERT INTO eid_customer_message (hash, expires_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING",
        &[&hash.as_slice(), &expires],
    )
}

/// Forgets some requests that are too old to be taken again anyway; returns how many.
pub fn sweep_messages(now: Timestamp, db: &Write) -> Result<usize, Fault> {
    db.change(
        "DELETE FROM eid_customer_message WHERE hash IN
           (SELECT hash FROM eid_customer_message WHERE expires_at < $1 LIMIT 500)",
        &[&now],
    )
}

/// Removes all sessions of a customer with what they read; returns how many.
pub fn remove_sessions(customer: &str, db: &Write) -> Result<usize, Fault> {
    db.change("DELETE FROM eid_session WHERE customer = $1", &[&customer])
}

fn from_row(row: &Row) -> Result<CustomerSession, Fault> {
    Ok(CustomerSession {
        session: values::id(row, 0)?,
        result: values::hash(row, 1)?,
        sealed: row.get_blob(2)?,
    })
}
