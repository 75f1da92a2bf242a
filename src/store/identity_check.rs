//! Pending identity checks, and the demo cards' PIN counters.

use super::values;
use super::{Fault, Read, Row, Write};
use crate::domain::id::CheckId;
use crate::domain::identity_check::{Check, CheckRefused, CheckStage, Purpose};
use crate::domain::secret::BearerHash;
use crate::domain::time::Timestamp;

/// The check of an id, dead or alive.
pub fn by_id(id: CheckId, db: &Read) -> Result<Option<Check>, Fault> {
    db.one(
        "SELECT id, sign_in, browser_hash, purpose, stage, person, refused, expires_at, identification
         FROM identity_check WHERE id = $1",
        &[&id],
        from_row,
    )
}

/// The latest check of a sign-in.
pub fn latest(sign_in: crate::domain::id::SignInId, db: &Read) -> Result<Option<Check>, Fault> {
    db.one(
        "SELECT id, sign_in, browser_hash, purpose, stage, person, refused, expires_at, identification
         FROM identity_check WHERE sign_in = $1 ORDER BY expires_at DESC, id LIMIT 1",
        &[&sign_in],
        from_row,
    )
}

/// Opens a check; earlier unfinished ones of the same sign-in die with what they had read.
pub fn insert(check: &Check, db: &Write) -> Result<(), Fault> {
    db.change(
        "DELETE FROM identity_check WHERE sign_in = $1 AND stage IN ('open', 'new', 'asked', 'refused')",
        &[&check.sign_in],
    )?;
    let (stage, person, refused) = columns(&check.stage);
    db.change(
        "INSERT INTO identity_check (id, sign_in, browser_hash, purpose, stage, person, refused, expires_at,
           identification)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            &check.id,
            &check.sign_in,
            &check.browser,
            &check.purpose.name(),
            &stage,
            &person,
            &refused,
            &check.expires,
            &check.identification,
        ],
    )?;
    Ok(())
}

/// Moves on only from the stage we saw. `false`: somebody was faster, or its time is up.
/// The sealed result lives exactly as long as the stage `new`.
pub fn advance(
    from: &Check,
    to: &CheckStage,
    sealed_result: Option<&[u8]>,
    db: &Write,
) -> Result<bool, Fault> {
    let (stage, person, refused) = columns(to);
    let changed = db.change(
        "UPDATE identity_check SET stage = $1, person = $2, refused = $3, sealed_result = $4
         WHERE id = $5 AND stage = $6 AND expires_at > $7",
        &[&stage, &person, &refused, &sealed_result, &from.id, &columns(&from.stage).0, &db.at()],
    )?;
    Ok(changed == 1)
}

/// Binds a check to its browser's new cookie. `false`: it is gone, or not this browser's.
pub fn rebind(check: &Check, to: &BearerHash, db: &Write) -> Result<bool, Fault> {
    let sql = "UPDATE identity_check SET browser_hash = $1 WHERE id = $2 AND browser_hash = $3";
    Ok(db.change(sql, &[to, &check.id, &check.browser])? == 1)
}

/// The sealed result of a check at the stage `new`.
pub fn sealed_result(id: CheckId, db: &Read) -> Result<Option<Vec<u8>>, Fault> {
    let found =
        db.one("SELECT sealed_result FROM identity_check WHERE id = $1 AND stage = 'new'", &[&id], |row| {
            row.get_opt_blob(0)
        })?;
    Ok(found.flatten())
}

/// All sealed results: few, as each lives a quarter of an hour.
pub fn sealed_results(db: &Read) -> Result<Vec<(CheckId, Vec<u8>)>, Fault> {
    db.all("SELECT id, sealed_result FROM identity_check WHERE sealed_result IS NOT NULL", &[], |row| {
        Ok((values::id(row, 0)?, row.get_blob(1)?))
    })
}

/// Replaces a sealed result by the same one sealed anew. `false`: changed in between.
pub fn reseal_result(id: CheckId, from: &[u8], to: &[u8], db: &Write) -> Result<bool, Fault> {
    let sql = "UPDATE identity_check SET sealed_result = $1 WHERE id = $2 AND sealed_result = $3";
    Ok(db.change(sql, &[&to, &id, &from])? == 1)
}

/// Removes some dead checks with what they had read; returns how many.
pub fn sweep(now: Timestamp, db: &Write) -> Result<usize, Fault> {
    db.change(
        "DELETE FROM identity_check WHERE id IN (SELECT id FROM identity_check WHERE expires_at < $1 LIMIT 500)",
        &[&now],
    )
}

/// PIN tries which a demo card has left.
pub fn demo_card_tries(card: &str, db: &Read) -> Result<Option<i64>, Fault> {
    db.one("SELECT tries_left FROM demo_card WHERE name = $1", &[&card], |row| row.get_i64(0))
}

/// Sets the PIN counter of a demo card.
pub fn set_demo_card_tries(card: &str, tries_left: i64, db: &Write) -> Result<(), Fault> {
    db.change(
        "INSERT INTO demo_card (name, tries_left) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET tries_left = $2",
        &[&card, &tries_left],
    )?;
    Ok(())
}

fn columns(stage: &CheckStage) -> (&'static str, Option<crate::domain::id::PersonId>, Option<&'static str>) {
    match stage {
        CheckStage::Open => ("open", None, None),
        CheckStage::Known(person) => ("known", Some(*person), None),
        CheckStage::New => ("new", None, None),
        CheckStage::Asked => ("asked", None, None),
        CheckStage::Refused(why) => ("refused", None, Some(why.name())),
        CheckStage::Done(person) => ("done", Some(*person), None),
    }
}

fn from_row(row: &Row) -> Result<Check, Fault> {
    let stage = match (row.get_text(4)?.as_str(), values::opt_id(row, 5)?) {
        ("open", None) => CheckStage::Open,
        ("new", None) => CheckStage::New,
        ("asked", None) => CheckStage::Asked,
        ("known", Some(person)) => CheckStage::Known(person),
        ("done", Some(person)) => CheckStage::Done(person),
        ("refused", None) => CheckStage::Refused(values::name(row, 6, CheckRefused::parse)?),
        _ => return Err(row.corrupt(4)),
    };
    Ok(Check {
        id: values::id(row, 0)?,
        sign_in: values::id(row, 1)?,
        browser: values::hash(row, 2)?,
        purpose: values::name(row, 3, Purpose::parse)?,
        stage,
        expires: values::time(row, 7)?,
        identification: values::opt_id(row, 8)?,
    })
}
