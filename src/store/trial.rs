//! Trials of services and their steps.

use super::values::{self, to_json};
use super::{Fault, Read, Row, Write};
use crate::domain::id::{ServiceId, SessionId, TrialId};
use crate::domain::secret::BearerHash;
use crate::domain::time::Timestamp;
use crate::domain::trial::{STEPS_MAX, Step, Trial};

const COLUMNS: &str = "id, service, session, browser_hash, created_at, expires_at";

/// Begins a trial; an earlier one of the same service and session goes, with everybody in it.
pub fn begin(trial: &Trial, db: &Write) -> Result<(), Fault> {
    db.change("DELETE FROM trial WHERE service = $1 AND session = $2", &[&trial.service, &trial.session])?;
    db.change(
        "INSERT INTO trial (id, service, session, browser_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
        &[&trial.id, &trial.service, &trial.session, &trial.browser, &trial.created, &trial.expires],
    )?;
    db.change(
        "UPDATE service SET trial_until = max(coalesce(trial_until, 0), $1) WHERE id = $2",
        &[&trial.expires, &trial.service],
    )?;
    Ok(())
}

/// The trial of an id, dead or alive.
pub fn by_id(id: TrialId, db: &Read) -> Result<Option<Trial>, Fault> {
    db.one(&format!("SELECT {COLUMNS} FROM trial WHERE id = $1"), &[&id], from_row)
}

/// The living trial which a member of staff has of a service.
pub fn of_session(
    service: ServiceId,
    session: SessionId,
    now: Timestamp,
    db: &Read,
) -> Result<Option<Trial>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM trial WHERE service = $1 AND session = $2 AND expires_at > $3");
    db.one(&sql, &[&service, &session, &now], from_row)
}

/// The latest living trial of a browser: of one service, or of any.
pub fn of_browser(
    browser: &BearerHash,
    service: Option<ServiceId>,
    now: Timestamp,
    db: &Read,
) -> Result<Option<Trial>, Fault> {
    let which = if service.is_some() { "AND service = $3" } else { "" };
    let sql = format!(
        "SELECT {COLUMNS} FROM trial WHERE browser_hash = $1 AND expires_at > $2 {which}
         ORDER BY created_at DESC LIMIT 1"
    );
    match service {
        Some(service) => db.one(&sql, &[browser, &now, &service], from_row),
        None => db.one(&sql, &[browser, &now], from_row),
    }
}

/// All living trials of a service.
pub fn of_service(service: ServiceId, now: Timestamp, db: &Read) -> Result<Vec<Trial>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM trial WHERE service = $1 AND expires_at > $2 LIMIT 20");
    db.all(&sql, &[&service, &now], from_row)
}

/// Writes a step down, if the trial is there and not full.
pub fn note(trial: TrialId, step: &Step, db: &Write) -> Result<(), Fault> {
    let Some(last) = last_step(trial, db)? else { return Ok(()) };
    if last < STEPS_MAX {
        let sql = "INSERT INTO trial_step (trial, number, at, step) VALUES ($1, $2, $3, $4)";
        db.change(sql, &[&trial, &(last + 1), &db.at(), &to_json(step)])?;
    }
    Ok(())
}

/// The number of the last step; 0 before the first. `None`: there is no such trial.
pub fn last_step(trial: TrialId, db: &Read) -> Result<Option<i64>, Fault> {
    let sql =
        "SELECT (SELECT coalesce(max(number), 0) FROM trial_step WHERE trial = $1) FROM trial WHERE id = $1";
    db.one(sql, &[&trial], |row| row.get_i64(0))
}

/// A step as kept.
#[derive(Clone, Debug)]
pub struct Noted {
    /// 1, 2, 3 …
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub step: Step,
}

/// All steps, first to last.
pub fn steps(trial: TrialId, db: &Read) -> Result<Vec<Noted>, Fault> {
    let sql = "SELECT number, at, step FROM trial_step WHERE trial = $1 ORDER BY number";
    db.all(sql, &[&trial], |row| {
        Ok(Noted { number: row.get_i64(0)?, at: values::time(row, 1)?, step: values::json(row, 2)? })
    })
}

/// Ends a trial with everybody in it. `false`: it had ended.
pub fn end(id: TrialId, db: &Write) -> Result<bool, Fault> {
    Ok(db.change("DELETE FROM trial WHERE id = $1", &[&id])? == 1)
}

/// Ends all trials.
pub fn end_all(db: &Write) -> Result<(), Fault> {
    db.change("DELETE FROM trial", &[])?;
    Ok(())
}

/// Removes some trials that are over; returns how many.
pub fn sweep(now: Timestamp, db: &Write) -> Result<usize, Fault> {
    db.change("DELETE FROM trial WHERE id IN (SELECT id FROM trial WHERE expires_at < $1 LIMIT 50)", &[&now])
}

fn from_row(row: &Row) -> Result<Trial, Fault> {
    Ok(Trial {
        id: values::id(row, 0)?,
        service: values::id(row, 1)?,
        session: values::id(row, 2)?,
        browser: values::hash(row, 3)?,
        created: values::time(row, 4)?,
        expires: values::time(row, 5)?,
    })
}
