//! WebAuthn ceremonies between options and answer: taken once, bound to a browser, dead after five minutes.

use super::values;
use super::{Fault, Read, Write};
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

/// Which ceremony an answer claims to belong to.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// Its id, as the page sent it back.
    pub id: CeremonyId,
    /// The kind that this address serves.
    pub kind: Kind,
    /// The sign-in, person or invitation of this address.
    pub subject: [u8; 16],
    /// The browser that sent it.
    pub browser: BearerHash,
}

/// A living ceremony's state, left where it is: check the answer, then [`take`] it in the write that acts on it.
pub fn state(claim: &Claim, now: Timestamp, db: &Read) -> Result<Option<String>, Fault> {
    let found = db.one(
        "SELECT state, expires_at FROM ceremony
         WHERE id = $1 AND kind = $2 AND subject = $3 AND browser_hash = $4",
        &[&claim.id, &claim.kind.name(), &claim.subject, &claim.browser],
        |row| Ok((row.get_text(0)?, values::time(row, 1)?)),
    )?;
    Ok(found.filter(|(_, expires)| now < *expires).map(|(state, _)| state))
}

/// Takes a ceremony away, so that no second answer finds it. `false`: it was taken before.
pub fn take(id: CeremonyId, db: &Write) -> Result<bool, Fault> {
    Ok(db.change("DELETE FROM ceremony WHERE id = $1", &[&id])? == 1)
}

/// Removes some dead ceremonies; returns how many.
pub fn sweep(now: Timestamp, db: &Write) -> Result<usize, Fault> {
    db.change(
        "DELETE FROM ceremony WHERE id IN (SELECT id FROM ceremony WHERE expires_at < $1 LIMIT 500)",
        &[&now],
    )
}
