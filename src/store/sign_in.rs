//! Sign-ins: opened by whoever asks, bound to the browser that opened them, dead after ten minutes.

use super::values::{self, to_json};
use super::{Fault, Read, Row, Write};
use crate::domain::id::{ServiceId, SignInId};
use crate::domain::secret::BearerHash;
use crate::domain::service::ReturnAddress;
use crate::domain::sign_in::{Asker, Door, SIGN_IN_LIFE, SignIn, Stage};
use crate::domain::time::Timestamp;

const COLUMNS: &str =
    "id, browser_hash, service, door, return_address, ask, needs, stage, proof, expires_at, trial, opened_at";

/// The sign-in of an id, dead or alive.
pub fn by_id(id: SignInId, db: &Read) -> Result<Option<SignIn>, Fault> {
    db.one(&format!("SELECT {COLUMNS} FROM sign_in WHERE id = $1"), &[&id], from_row)
}

/// Opens a sign-in.
pub fn insert(sign_in: &SignIn, db: &Write) -> Result<(), Fault> {
    let (service, door, back, ask) = match &sign_in.asker {
        Asker::Service { service, back, ask } => {
            (Some(*service), None, Some(back.as_str()), Some(ask.as_str()))
        }
        Asker::Door(door) => (None, Some(door.name()), None, None),
    };
    db.change(
        "INSERT INTO sign_in (id, browser_hash, service, door, return_address, ask, needs, stage, proof, expires_at,
           trial, opened_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        &[
            &sign_in.id,
            &sign_in.browser,
            &service,
            &door,
            &back,
            &ask,
            &to_json(&sign_in.needs),
            &sign_in.stage.name(),
            &proof(&sign_in.stage),
            &sign_in.expires,
            &sign_in.trial,
            &sign_in.opened,
        ],
    )?;
    Ok(())
}

/// Moves on only from the stage we saw. `false`: somebody was faster, or its time is up.
pub fn advance(from: &SignIn, to: &Stage, db: &Write) -> Result<bool, Fault> {
    let now = Timestamp(db.at());
    let changed = db.change(
        "UPDATE sign_in SET stage = $1, proof = $2, expires_at = $3
         WHERE id = $4 AND stage = $5 AND coalesce(proof, '') = $6 AND expires_at > $7",
        &[
            &to.name(),
            &proof(to),
            &(now + SIGN_IN_LIFE),
            &from.id,
            &from.stage.name(),
            &proof(&from.stage).unwrap_or_default(),
            &now,
        ],
    )?;
    Ok(changed == 1)
}

/// Binds an open sign-in to its browser's new cookie. `false`: it moved on, or is not this browser's.
pub fn rebind(id: SignInId, from: &BearerHash, to: &BearerHash, db: &Write) -> Result<bool, Fault> {
    let sql = "UPDATE sign_in SET browser_hash = $1 WHERE id = $2 AND browser_hash = $3 AND stage = 'open'";
    Ok(db.change(sql, &[to, &id, from])? == 1)
}

/// Removes some dead sign-ins, with what hangs on them; returns how many.
pub fn sweep(now: Timestamp, db: &Write) -> Result<usize, Fault> {
    db.change(
        "DELETE FROM sign_in WHERE id IN (SELECT id FROM sign_in WHERE expires_at < $1 LIMIT 500)",
        &[&now],
    )
}

fn proof(stage: &Stage) -> Option<String> {
    match stage {
        Stage::Proven(proof) => Some(to_json(proof)),
        Stage::Open | Stage::Answered | Stage::Abandoned => None,
    }
}

fn from_row(row: &Row) -> Result<SignIn, Fault> {
    let service: Option<ServiceId> = values::opt_id(row, 2)?;
    let asker = match (service, row.get_opt_text(3)?) {
        (Some(service), None) => Asker::Service {
            service,
            back: ReturnAddress::from_book(row.get_text(4)?),
            ask: row.get_text(5)?,
        },
        (None, Some(door)) => Asker::Door(match door.as_str() {
            "account" => Door::Account,
            "operator" => Door::Operator,
            "services" => Door::Services,
            "counter" => Door::Counter,
            _ => return Err(row.corrupt(3)),
        }),
        _ => return Err(row.corrupt(2)),
    };
    let stage = match row.get_text(7)?.as_str() {
        "open" => Stage::Open,
        "proven" => Stage::Proven(values::json(row, 8)?),
        "answered" => Stage::Answered,
        "abandoned" => Stage::Abandoned,
        _ => return Err(row.corrupt(7)),
    };
    Ok(SignIn {
        id: values::id(row, 0)?,
        browser: values::hash(row, 1)?,
        asker,
        needs: values::json(row, 6)?,
        trial: values::opt_id(row, 10)?,
        stage,
        opened: values::time(row, 11)?,
        expires: values::time(row, 9)?,
    })
}
