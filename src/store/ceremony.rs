//! WebAuthn ceremonies between options and answer: taken once, bound to a browser, dead after five minutes.

use super::values;
use super::{Fault, Write};
use crate::domain::id::CeremonyId;
use crate::domain::secret::BearerHash;
use crate::domain::time::Timestamp;

/// What a ceremony is for; an answer fits only the kind that asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Log in at a sign-in.
    SignIn,
    /// Make the first key at a sign-in.
    Enrol,
    /// Add a device to an account.
    AddDevice,
    /// Take an invitation.
    Invite,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Enrol => "enrol",
            Self::AddDevice => "add-device",
            Self::Invite => "invite",
        }
    }
}

/// A ceremony to be kept.
#[derive(Clone, Debug)]
pub struct Ceremony {
    /// Its id, which the page sends back.
    pub id: CeremonyId,
    /// What for.
    pub kind: Kind,
    /// The sign-in, person or invitation it belongs to, as 16 bytes.
    pub subject: [u8; 16],
    /// The browser it belongs to.
    pub browser: BearerHash,
    /// The room `passkey`'s state; opaque here.
    pub state: String,
    /// When it dies.
    pub expires: Timestamp,
}

/// Keeps a ceremony. At most a few per subject live at once: older ones of the same kind go.
pub fn insert(ceremony: &Ceremony, db: &Write) -> Result<(), Fault> {
    db.change(
        "DELETE FROM ceremony WHERE id IN (SELECT id FROM ceremony
           WHERE browser_hash = $1 AND kind = $2 ORDER BY expires_at DESC LIMIT 100 OFFSET 4)",
        &[&ceremony.browser, &ceremony.kind.name()],
    )?;
    db.change(
        "INSERT INTO ceremony (id, kind, subject, browser_hash, state, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            &ceremony.id,
            &ceremony.kind.name(),
            &ceremony.subject,
            &ceremony.browser,
            &ceremony.state,
            &ceremony.expires,
        ],
    )?;
    Ok(())
}

/// Takes a ceremony's state away, so that no second answer finds it; whatever the answer is worth.
pub fn take(
    id: CeremonyId,
    kind: Kind,
    subject: &[u8; 16],
    browser: &BearerHash,
    db: &Write,
) -> Result<Option<String>, Fault> {
    let found = db.one(
        "SELECT state, expires_at FROM ceremony
         WHERE id = $1 AND kind = $2 AND subject = $3 AND browser_hash = $4",
        &[&id, &kind.name(), subject, browser],
        |row| Ok((row.get_text(0)?, values::time(row, 1)?)),
    )?;
    let Some((state, expires)) = found else { return Ok(None) };
    db.change("DELETE FROM ceremony WHERE id = $1", &[&id])?;
    Ok((Timestamp(db.at()) < expires).then_some(state))
}

/// Removes some dead ceremonies; returns how many.
pub fn sweep(now: Timestamp, db: &Write) -> Result<usize, Fault> {
    db.change(
        "DELETE FROM ceremony WHERE id IN (SELECT id FROM ceremony WHERE expires_at < $1 LIMIT 500)",
        &[&now],
    )
}
