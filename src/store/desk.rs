//! Identifications at the desk, and the codes that were handed out for them.

use super::values;
use super::{Fault, Read, Row, Write};
use crate::domain::desk::{DocumentKind, Examined, Identification, Stage, TRIES};
use crate::domain::id::{IdentificationId, PersonId, StaffId};
use crate::domain::time::Timestamp;

const COLUMNS: &str = "id, person, stage, more, asked_by, asked_at, decided_by, decided_at, document_kind,
    document_hash, document_expires_at, examined, code_expires_at, expires_at";

/// The identification of an id, unless it is forgotten.
pub fn by_id(id: IdentificationId, now: Timestamp, db: &Read) -> Result<Option<Identification>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM desk_identification WHERE id = $1 AND expires_at > $2");
    db.one(&sql, &[&id, &now], from_row)
}

/// What is not over, latest first.
pub fn list(limit: u32, now: Timestamp, db: &Read) -> Result<Vec<Identification>, Fault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM desk_identification
         WHERE stage IN ('open', 'confirmed', 'issued') AND expires_at > $1 ORDER BY asked_at DESC, id LIMIT $2"
    );
    db.all(&sql, &[&now, &limit], from_row)
}

/// Those about a person, latest first.
pub fn by_person(person: PersonId, db: &Read) -> Result<Vec<Identification>, Fault> {
    let sql =
        format!("SELECT {COLUMNS} FROM desk_identification WHERE person = $1 ORDER BY asked_at DESC, id");
    db.all(&sql, &[&person], from_row)
}

/// Whose account a document has led to, other than this person's.
pub fn other_holder(
    document: &[u8; 32],
    than: Option<PersonId>,
    db: &Read,
) -> Result<Option<PersonId>, Fault> {
    let than = than.map_or(vec![], |id| id.bytes().to_vec());
    let sql = "SELECT person FROM desk_identification
               WHERE document_hash = $1 AND person IS NOT NULL AND person <> $2
                 AND stage IN ('confirmed', 'issued', 'redeemed', 'withdrawn') LIMIT 1";
    db.one(sql, &[document, &than], |row| values::id(row, 0))
}

/// Keeps a new one with what the document says, sealed. `false`: there is one of this id.
pub fn insert(new: &Identification, sealed: &[u8], db: &Write) -> Result<bool, Fault> {
    let examined: Vec<&str> = new.examined.iter().map(|one| one.name()).collect();
    let (stage, more) = new.stage.name();
    db.insert_new(
        "INSERT INTO desk_identification (id, person, stage, more, asked_by, asked_at, document_kind, document_hash,
           document_expires_at, examined, sealed, tries_left, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (id) DO NOTHING",
        &[
            &new.id,
            &new.person,
            &stage,
            &more,
            &new.asked_by,
            &new.asked,
            &new.kind.name(),
            &new.document,
            &new.document_expires,
            &examined.join(" "),
            &sealed,
            &TRIES,
            &new.expires,
        ],
    )
}

/// What the document says, sealed; `None` where it is needed no more.
pub fn sealed(id: IdentificationId, db: &Read) -> Result<Option<Vec<u8>>, Fault> {
    let sql = "SELECT sealed FROM desk_identification WHERE id = $1";
    Ok(db.one(sql, &[&id], |row| row.get_opt_blob(0))?.flatten())
}

/// All that is sealed: few, as none of it lasts longer than a letter.
pub fn all_sealed(db: &Read) -> Result<Vec<(IdentificationId, Vec<u8>)>, Fault> {
    db.all("SELECT id, sealed FROM desk_identification WHERE sealed IS NOT NULL", &[], |row| {
        Ok((values::id(row, 0)?, row.get_blob(1)?))
    })
}

/// Replaces what is sealed by the same sealed anew. `false`: changed in between.
pub fn reseal(id: IdentificationId, from: &[u8], to: &[u8], db: &Write) -> Result<bool, Fault> {
    let sql = "UPDATE desk_identification SET sealed = $1 WHERE id = $2 AND sealed = $3";
    Ok(db.change(sql, &[&to, &id, &from])? == 1)
}

/// A second clerk decides, and never the first. What a known person's document says is theirs by now, what a refused one
/// says is nobody's: then nothing stays sealed. `false`: somebody was faster, or its time is up.
pub fn decide(
    id: IdentificationId,
    to: Stage,
    (by, keep_sealed): (StaffId, bool),
    expires: Timestamp,
    db: &Write,
) -> Result<bool, Fault> {
    let (stage, more) = to.name();
    let now = Timestamp(db.at());
    let changed = db.change(
        "UPDATE desk_identification SET stage = $1, more = $2, decided_by = $3, decided_at = $4,
           sealed = CASE WHEN $5 = 1 THEN sealed ELSE NULL END, expires_at = $6
         WHERE id = $7 AND stage = 'open' AND asked_by <> $3 AND expires_at > $4",
        &[&stage, &more, &by, &now, &keep_sealed, &expires, &id],
    )?;
    Ok(changed == 1)
}

/// A code is handed out, in place of an earlier one. `false`: not in the stage that was seen.
pub fn issue(
    from: &Identification,
    to: Stage,
    code: (&[u8; 32], Timestamp),
    expires: Timestamp,
    db: &Write,
) -> Result<bool, Fault> {
    let ((stage, more), (seen, _)) = (to.name(), from.stage.name());
    let changed = db.change(
        "UPDATE desk_identification SET stage = $1, more = $2, code_hash = $3, code_expires_at = $4, tries_left = $5,
           expires_at = $6
         WHERE id = $7 AND stage = $8 AND coalesce(code_expires_at, 0) = $9 AND expires_at > $10",
        &[
            &stage,
            &more,
            code.0,
            &code.1,
            &TRIES,
            &expires,
            &from.id,
            &seen,
            &from.code_expires.map_or(0, |at| at.0),
            &db.at(),
        ],
    )?;
    Ok(changed == 1)
}

/// A code is taken back, with what the document says. `false`: it is not out any more.
pub fn withdraw(id: IdentificationId, to: Stage, db: &Write) -> Result<bool, Fault> {
    let (stage, more) = to.name();
    let changed = db.change(
        "UPDATE desk_identification SET stage = $1, more = $2, code_hash = NULL, sealed = NULL
         WHERE id = $3 AND stage IN ('confirmed', 'issued')",
        &[&stage, &more, &id],
    )?;
    Ok(changed == 1)
}

/// Whose living code this is.
pub fn by_code(hash: &[u8; 32], now: Timestamp, db: &Read) -> Result<Option<Identification>, Fault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM desk_identification
         WHERE code_hash = $1 AND stage = 'issued' AND code_expires_at > $2 AND tries_left > 0"
    );
    db.one(&sql, &[hash, &now], from_row)
}

/// Takes one try away, before the birth date is looked at: of many at once none gets past the limit. `false`: none is
/// left.
pub fn take_try(id: IdentificationId, db: &Write) -> Result<bool, Fault> {
    let sql = "UPDATE desk_identification SET tries_left = tries_left - 1
               WHERE id = $1 AND stage = 'issued' AND tries_left > 0";
    Ok(db.change(sql, &[&id])? == 1)
}

/// Gives the tries back: the birth date was right.
pub fn restore_tries(id: IdentificationId, db: &Write) -> Result<(), Fault> {
    db.change(
        "UPDATE desk_identification SET tries_left = $1 WHERE id = $2 AND stage = 'issued'",
        &[&TRIES, &id],
    )?;
    Ok(())
}

/// A key was made with it: its code opens nothing any more, and it stays with the person as long as the document is
/// valid. `false`: somebody was faster, or its time is up.
pub fn redeem(id: IdentificationId, person: PersonId, db: &Write) -> Result<bool, Fault> {
    let changed = db.change(
        "UPDATE desk_identification SET stage = 'redeemed', more = NULL, person = $1, sealed = NULL, code_hash = NULL,
           expires_at = document_expires_at
         WHERE id = $2 AND stage = 'issued' AND code_expires_at > $3 AND coalesce(person, $1) = $1",
        &[&person, &id, &db.at()],
    )?;
    Ok(changed == 1)
}

/// Removes some forgotten ones; returns how many.
pub fn sweep(now: Timestamp, db: &Write) -> Result<usize, Fault> {
    db.change(
        "DELETE FROM desk_identification
         WHERE id IN (SELECT id FROM desk_identification WHERE expires_at < $1 LIMIT 500)",
        &[&now],
    )
}

fn from_row(row: &Row) -> Result<Identification, Fault> {
    let (stage, more) = (row.get_text(2)?, row.get_opt_text(3)?);
    let names = row.get_text(11)?;
    let examined = names.split_whitespace().map(Examined::parse).collect::<Option<_>>();
    Ok(Identification {
        id: values::id(row, 0)?,
        person: values::opt_id(row, 1)?,
        stage: Stage::parse(&stage, more.as_deref()).ok_or_else(|| row.corrupt(2))?,
        asked_by: values::id(row, 4)?,
        asked: values::time(row, 5)?,
        decided_by: values::opt_id(row, 6)?,
        decided: values::opt_time(row, 7)?,
        kind: values::name(row, 8, DocumentKind::parse)?,
        document: values::array(row, 9)?,
        document_expires: values::time(row, 10)?,
        examined: examined.ok_or_else(|| row.corrupt(11))?,
        code_expires: values::opt_time(row, 12)?,
        expires: values::time(row, 13)?,
    })
}
