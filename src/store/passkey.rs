//! Passkeys of residents and staff.

use super::values::{self, holder_columns};
use super::{Fault, Read, Row, Write};
use crate::domain::assurance::{Level, Proven};
use crate::domain::id::PasskeyId;
use crate::domain::passkey::{Holder, Passkey, PasskeyState};
use crate::domain::time::Timestamp;

const COLUMNS: &str =
    "id, person, staff, credential_id, credential, name, aaguid, transports, backup_eligible,
    backup_state, user_verified, attestation, registered_level, state, created_at, last_used_at";

/// The passkey of an id.
pub fn by_id(id: PasskeyId, db: &Read) -> Result<Option<Passkey>, Fault> {
    db.one(&format!("SELECT {COLUMNS} FROM passkey WHERE id = $1"), &[&id], from_row)
}

/// The passkey of a WebAuthn credential id.
pub fn by_credential_id(credential_id: &[u8], db: &Read) -> Result<Option<Passkey>, Fault> {
    db.one(&format!("SELECT {COLUMNS} FROM passkey WHERE credential_id = $1"), &[&credential_id], from_row)
}

/// All passkeys of a holder, oldest first, whatever their state.
pub fn by_holder(holder: Holder, db: &Read) -> Result<Vec<Passkey>, Fault> {
    let (person, staff) = holder_columns(holder);
    db.all(
        &format!("SELECT {COLUMNS} FROM passkey WHERE person = $1 OR staff = $2 ORDER BY created_at, id"),
        &[&person, &staff],
        from_row,
    )
}

/// How many passkeys a holder has, and when one of them was used last.
pub fn figures(holder: Holder, db: &Read) -> Result<(i64, Option<Timestamp>), Fault> {
    let (person, staff) = holder_columns(holder);
    let found = db.one(
        "SELECT count(*), max(last_used_at) FROM passkey WHERE person = $1 OR staff = $2",
        &[&person, &staff],
        |row| Ok((row.get_i64(0)?, values::opt_time(row, 1)?)),
    )?;
    Ok(found.unwrap_or((0, None)))
}

/// Keeps a new passkey. `false`: the credential id is taken.
pub fn insert(key: &Passkey, db: &Write) -> Result<bool, Fault> {
    let (person, staff) = holder_columns(key.holder);
    let attestation = match key.attestation {
        Proven::Trusted => "trusted",
        Proven::Nothing => "nothing",
    };
    db.insert_new(
        "INSERT INTO passkey (id, person, staff, credential_id, credential, name, aaguid, transports,
           backup_eligible, backup_state, user_verified, attestation, registered_level, state, uses, created_at,
           last_used_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, $15, $16)
         ON CONFLICT (credential_id) DO NOTHING",
        &[
            &key.id,
            &person,
            &staff,
            &key.credential_id,
            &key.credential,
            &key.name,
            &key.aaguid,
            &key.transports,
            &key.backup_eligible,
            &key.backup_state,
            &key.user_verified,
            &attestation,
            &key.registered_level.name(),
            &key.state.name(),
            &key.created,
            &key.last_used,
        ],
    )
}

/// Keeps a use: the credential with its new counter, only over the credential we checked against.
/// `false`: the key was used in parallel, changed state, or is gone.
pub fn used(key: &Passkey, credential: &[u8], backup_state: bool, db: &Write) -> Result<bool, Fault> {
    let changed = db.change(
        "UPDATE passkey SET credential = $1, backup_state = $2, last_used_at = $3, uses = uses + 1
         WHERE id = $4 AND credential = $5 AND state = 'active'",
        &[&credential, &backup_state, &db.at(), &key.id, &key.credential],
    )?;
    Ok(changed == 1)
}

/// Changes the state from the one we saw. `false`: somebody was faster.
pub fn set_state(key: &Passkey, state: PasskeyState, db: &Write) -> Result<bool, Fault> {
    let changed = db.change(
        "UPDATE passkey SET state = $1 WHERE id = $2 AND state = $3",
        &[&state.name(), &key.id, &key.state.name()],
    )?;
    Ok(changed == 1)
}

/// Removes a passkey of this holder. `false`: there is none.
pub fn remove(id: PasskeyId, holder: Holder, db: &Write) -> Result<bool, Fault> {
    let (person, staff) = holder_columns(holder);
    let changed = db.change(
        "DELETE FROM passkey WHERE id = $1 AND (person = $2 OR staff = $3)",
        &[&id, &person, &staff],
    )?;
    Ok(changed == 1)
}

fn from_row(row: &Row) -> Result<Passkey, Fault> {
    let attestation = values::name(row, 11, |name| match name {
        "trusted" => Some(Proven::Trusted),
        "nothing" => Some(Proven::Nothing),
        _ => None,
    })?;
    let aaguid = row.get_opt_blob(6)?.map(|bytes| bytes.try_into().map_err(|_wrong: Vec<u8>| row.corrupt(6)));
    Ok(Passkey {
        id: values::id(row, 0)?,
        holder: values::holder(row, 1, 2)?,
        credential_id: row.get_blob(3)?,
        credential: row.get_blob(4)?,
        name: row.get_text(5)?,
        aaguid: aaguid.transpose()?,
        transports: row.get_text(7)?,
        backup_eligible: row.get_i64(8)? == 1,
        backup_state: row.get_i64(9)? == 1,
        user_verified: row.get_i64(10)? == 1,
        attestation,
        registered_level: values::name(row, 12, Level::parse)?,
        state: values::name(row, 13, PasskeyState::parse)?,
        created: values::time(row, 14)?,
        last_used: values::opt_time(row, 15)?,
    })
}
