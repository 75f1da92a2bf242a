//! Checkpoints of the audit: "up to row N the chain has this hash", signed.
//!
//! The chain alone shows a careless change; whoever can write to the database can also compute every hash
//! anew. What he cannot do is sign. Each checkpoint names its predecessor, so that none can be taken out.

use super::{Fault, Signer};
use crate::domain::time::{Span, Timestamp};
use crate::store::audit::{self, Chained, Checkpoint};
use crate::store::{self, Read, Store, Write};
use serde::{Deserialize, Serialize};

/// So many rows without a checkpoint make one due …
pub const ROWS_DUE: i64 = 256;
/// … or one row so old.
pub const SPAN_DUE: Span = Span::hours(1);

pub(super) const TYP: &str = "torhaus-audit-checkpoint+jwt";

#[derive(Serialize, Deserialize)]
pub(super) struct Claims {
    pub(super) number: i64,
    /// Hexadecimal.
    pub(super) hash: String,
    /// Row of the checkpoint before; 0 for the first.
    pub(super) previous: i64,
    pub(super) iat: i64,
}

/// What the next checkpoint is to cover.
#[derive(Clone, Debug)]
pub struct Due {
    /// The end of the chain.
    pub last: Chained,
    /// Row of the latest checkpoint; 0 if there is none.
    pub previous: i64,
}

/// What to cover, if a checkpoint is due: after many rows, or when a row without one is old.
///
/// # Errors
/// The store's.
pub fn due(now: Timestamp, db: &Read) -> Result<Option<Due>, store::Fault> {
    let Some(due) = uncovered(db)? else { return Ok(None) };
    let oldest = audit::after(due.previous, 1, db)?.pop();
    let old = oldest.is_some_and(|oldest| now.since(oldest.row.at) >= SPAN_DUE);
    Ok((old || due.last.row.number - due.previous >= ROWS_DUE).then_some(due))
}

/// What to cover, if there is anything new.
///
/// # Errors
/// The store's.
pub fn uncovered(db: &Read) -> Result<Option<Due>, store::Fault> {
    let previous = audit::last_checkpoint(db)?;
    let last = audit::last(db)?.filter(|last| last.row.number > previous);
    Ok(last.map(|last| Due { last, previous }))
}

/// Signs a checkpoint; do it outside of the write.
///
/// # Errors
/// The crypto library's.
pub fn make(due: &Due, signer: &Signer, now: Timestamp) -> Result<Checkpoint, Fault> {
    let Due { last, previous } = due;
    let number = last.row.number;
    let claims = Claims { number, hash: hex(&last.hash), previous: *previous, iat: now.as_seconds() };
    let statement = signer.key.sign(TYP, &claims)?;
    Ok(Checkpoint { number, at: now, hash: last.hash, statement })
}

/// Keeps a checkpoint. `false`: another process was faster. Two with the same predecessor would look as if one
/// between them had been removed.
///
/// # Errors
/// The store's.
pub fn keep(checkpoint: &Checkpoint, due: &Due, db: &Write) -> Result<bool, store::Fault> {
    Ok(audit::last_checkpoint(db)? == due.previous && audit::insert_checkpoint(checkpoint, db)?)
}

/// Makes and keeps a checkpoint if one is due: the job of every minute. `true` if one was kept.
///
/// # Errors
/// The store's, the crypto library's.
pub async fn take(store: &Store, signer: &Signer, now: Timestamp) -> Result<bool, Fault> {
    let Some(due) = store.read(|db| due(now, db))? else { return Ok(false) };
    let checkpoint = make(&due, signer, now)?;
    Ok(store.write(now.0, move |db| keep(&checkpoint, &due, db)).await?)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
