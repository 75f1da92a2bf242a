//! Reviews: whose is this new card? Asked by its holder, decided by a clerk, once.

use super::values;
use super::{Fault, Read, Row, Write};
use crate::domain::card::{
    CardState, Link, REVIEW_LIFE, Review, ReviewPath, ReviewRefused, ReviewStage, UndoReason,
};
use crate::domain::id::{PersonId, ReviewId, StaffId};
use crate::domain::time::Timestamp;

const COLUMNS: &str =
    "id, person, pseudonym_hash, path, stage, document_expires_at, asked_at, expires_at, decided_by,
    decided_at, refused, card, card_before, replaced";

/// The review of an id, unless it is forgotten.
pub fn by_id(id: ReviewId, now: Timestamp, db: &Read) -> Result<Option<Review>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM card_review WHERE id = $1 AND expires_at > $2");
    db.one(&sql, &[&id, &now], from_row)
}

/// Those that wait, oldest first, then the latest decided; at most so many of each.
pub fn list(limit: u32, now: Timestamp, db: &Read) -> Result<Vec<Review>, Fault> {
    let open = format!(
        "SELECT {COLUMNS} FROM card_review WHERE stage = 'open' AND expires_at > $1 ORDER BY asked_at, id LIMIT $2"
    );
    let decided = format!(
        "SELECT {COLUMNS} FROM card_review WHERE stage <> 'open' AND expires_at > $1
         ORDER BY decided_at DESC, id LIMIT $2"
    );
    let mut found = db.all(&open, &[&now, &limit], from_row)?;
    found.extend(db.all(&decided, &[&now, &limit], from_row)?);
    Ok(found)
}

/// How many wait.
pub fn waiting(now: Timestamp, db: &Read) -> Result<i64, Fault> {
    let sql = "SELECT count(*) FROM card_review WHERE stage = 'open' AND expires_at > $1";
    Ok(db.one(sql, &[&now], |row| row.get_i64(0))?.unwrap_or(0))
}

/// Those about a person, latest first.
pub fn by_person(person: PersonId, now: Timestamp, db: &Read) -> Result<Vec<Review>, Fault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM card_review WHERE person = $1 AND expires_at > $2 ORDER BY asked_at DESC, id"
    );
    db.all(&sql, &[&person, &now], from_row)
}

/// Asks. Of one card only the last question waits.
pub fn ask(review: &Review, sealed_identity: &[u8], db: &Write) -> Result<(), Fault> {
    db.change("DELETE FROM card_review WHERE pseudonym_hash = $1 AND stage = 'open'", &[&review.pseudonym])?;
    db.change(
        "INSERT INTO card_review (id, person, pseudonym_hash, path, stage, sealed_identity, document_expires_at,
           asked_at, expires_at)
         VALUES ($1, $2, $3, $4, 'open', $5, $6, $7, $8)",
        &[
            &review.id,
            &review.person,
            &review.pseudonym,
            &review.path.name(),
            &sealed_identity,
            &review.document_expires,
            &review.asked,
            &review.expires,
        ],
    )?;
    Ok(())
}

/// What the new card said, sealed; `None` once it is decided.
pub fn sealed_identity(id: ReviewId, db: &Read) -> Result<Option<Vec<u8>>, Fault> {
    let sql = "SELECT sealed_identity FROM card_review WHERE id = $1 AND stage = 'open'";
    Ok(db.one(sql, &[&id], |row| row.get_opt_blob(0))?.flatten())
}

/// Decides an open review; what was read for it goes. `false`: somebody was faster, or it is forgotten.
pub fn decide(id: ReviewId, to: &ReviewStage, db: &Write) -> Result<bool, Fault> {
    move_on(id, "open", to, db)
}

/// Undoes a confirmed one. `false`: somebody was faster, or its time is up.
pub fn undo(id: ReviewId, (by, why): (StaffId, UndoReason), db: &Write) -> Result<bool, Fault> {
    move_on(id, "confirmed", &ReviewStage::Undone { by, at: Timestamp(db.at()), why }, db)
}

fn move_on(id: ReviewId, from: &'static str, to: &ReviewStage, db: &Write) -> Result<bool, Fault> {
    let (stage, by, at, why, link) = match to {
        ReviewStage::Open => ("open", None, None, None, None),
        ReviewStage::Confirmed { by, at, link } => ("confirmed", Some(*by), Some(*at), None, Some(*link)),
        ReviewStage::Refused { by, at, why } => ("refused", Some(*by), Some(*at), Some(why.name()), None),
        ReviewStage::Undone { by, at, why } => ("undone", Some(*by), Some(*at), Some(why.name()), None),
    };
    let now = Timestamp(db.at());
    let changed = db.change(
        "UPDATE card_review SET stage = $1, decided_by = $2, decided_at = $3, refused = $4, sealed_identity = NULL,
           expires_at = $5, card = $6, card_before = $7, replaced = $8
         WHERE id = $9 AND stage = $10 AND expires_at > $11",
        &[
            &stage,
            &by,
            &at,
            &why,
            &(now + REVIEW_LIFE),
            &link.map(|link| link.card),
            &link.and_then(|link| link.before).map(CardState::name),
            &link.and_then(|link| link.replaced),
            &id,
            &from,
            &now,
        ],
    )?;
    Ok(changed == 1)
}

/// Whether an earlier link of this very card to this very person was undone: whoever compares should know.
pub fn was_undone(review: &Review, now: Timestamp, db: &Read) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM card_review WHERE pseudonym_hash = $1 AND person = $2 AND stage = 'undone' AND id <> $3
                 AND expires_at > $4 LIMIT 1";
    let found = db.one(sql, &[&review.pseudonym, &review.person, &review.id, &now], |row| row.get_i64(0))?;
    Ok(found.is_some())
}

/// Removes some forgotten reviews with what was read for them; returns how many.
pub fn sweep(now: Timestamp, db: &Write) -> Result<usize, Fault> {
    db.change(
        "DELETE FROM card_review WHERE id IN (SELECT id FROM card_review WHERE expires_at < $1 LIMIT 500)",
        &[&now],
    )
}

fn from_row(row: &Row) -> Result<Review, Fault> {
    let decided = || -> Result<_, Fault> {
        let by = values::opt_id(row, 8)?.ok_or_else(|| row.corrupt(8))?;
        Ok((by, values::opt_time(row, 9)?.ok_or_else(|| row.corrupt(9))?))
    };
    let stage = match row.get_text(4)?.as_str() {
        "open" => ReviewStage::Open,
        "confirmed" => {
            let (by, at) = decided()?;
            let before = row.get_opt_text(12)?;
            let before = before.map(|name| CardState::parse(&name).ok_or_else(|| row.corrupt(12)));
            let link = Link {
                card: values::id(row, 11)?,
                before: before.transpose()?,
                replaced: values::opt_id(row, 13)?,
            };
            ReviewStage::Confirmed { by, at, link }
        }
        "refused" => {
            let (by, at) = decided()?;
            ReviewStage::Refused { by, at, why: values::name(row, 10, ReviewRefused::parse)? }
        }
        "undone" => {
            let (by, at) = decided()?;
            ReviewStage::Undone { by, at, why: values::name(row, 10, UndoReason::parse)? }
        }
        _ => return Err(row.corrupt(4)),
    };
    Ok(Review {
        id: values::id(row, 0)?,
        person: values::id(row, 1)?,
        pseudonym: values::array(row, 2)?,
        path: values::name(row, 3, ReviewPath::parse)?,
        stage,
        document_expires: values::opt_time(row, 5)?,
        asked: values::time(row, 6)?,
        expires: values::time(row, 7)?,
    })
}
