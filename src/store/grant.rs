//! What services were granted, and the secrets that stand for it: codes, access tokens, refresh tokens.
//! Hashes only. A grant is the family of its tokens: when it goes, they go.

use super::values;
use super::{Fault, Read, Row, Write};
use crate::domain::id::{GrantId, PersonId, ServiceId, SessionId};
use crate::domain::secret::BearerHash;
use crate::domain::time::Timestamp;

/// A grant. What it grants is the protocol's own JSON.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// To whom.
    pub service: ServiceId,
    /// About whom.
    pub person: PersonId,
    /// Out of which session.
    pub session: SessionId,
    /// What the protocol remembers; opaque here.
    pub facts: String,
    /// Since when.
    pub created: Timestamp,
    /// When it dies with all its tokens.
    pub expires: Timestamp,
}

const COLUMNS: &str = "g.id, g.service, g.person, g.session, g.facts, g.created_at, g.expires_at";

/// Keeps a grant with the code that fetches it.
pub fn insert(grant: &Grant, code: &BearerHash, code_expires: Timestamp, db: &Write) -> Result<(), Fault> {
    db.change(
        "INSERT INTO service_grant (id, service, person, session, facts, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            &grant.id,
            &grant.service,
            &grant.person,
            &grant.session,
            &grant.facts,
            &grant.created,
            &grant.expires,
        ],
    )?;
    db.change(
        "INSERT INTO code (hash, grant_id, expires_at) VALUES ($1, $2, $3)",
        &[code, &grant.id, &code_expires],
    )?;
    Ok(())
}

/// A code as found: whether it is still good is the protocol's decision.
#[derive(Clone, Debug)]
pub struct Code {
    /// What it fetches.
    pub grant: Grant,
    /// When it dies.
    pub expires: Timestamp,
    /// When it was redeemed.
    pub used: Option<Timestamp>,
}

/// The code of a hash.
pub fn code(hash: &BearerHash, db: &Read) -> Result<Option<Code>, Fault> {
    db.one(
        &format!(
            "SELECT {COLUMNS}, c.expires_at, c.used_at FROM code c JOIN service_grant g ON g.id = c.grant_id
             WHERE c.hash = $1"
        ),
        &[hash],
        |row| {
            Ok(Code {
                grant: from_row(row)?,
                expires: values::time(row, 7)?,
                used: values::opt_time(row, 8)?,
            })
        },
    )
}

/// Redeems a code. `false`: it was redeemed before.
pub fn use_code(hash: &BearerHash, db: &Write) -> Result<bool, Fault> {
    Ok(db.change("UPDATE code SET used_at = $1 WHERE hash = $2 AND used_at IS NULL", &[&db.at(), hash])? == 1)
}

/// Ends a grant's tokens but keeps the redeemed code, so that a third replay is still known as one.
pub fn revoke_tokens(id: GrantId, db: &Write) -> Result<usize, Fault> {
    let refresh = db.change("DELETE FROM refresh_token WHERE grant_id = $1", &[&id])?;
    Ok(refresh + db.change("DELETE FROM access_token WHERE grant_id = $1", &[&id])?)
}

/// Ends a grant with everything that hangs on it. `false`: it had ended.
pub fn remove(id: GrantId, db: &Write) -> Result<bool, Fault> {
    Ok(db.change("DELETE FROM service_grant WHERE id = $1", &[&id])? == 1)
}

/// Ends all grants of a person to a service.
pub fn remove_for(person: PersonId, service: ServiceId, db: &Write) -> Result<usize, Fault> {
    db.change("DELETE FROM service_grant WHERE person = $1 AND service = $2", &[&person, &service])
}

/// Ends all grants which a person gave since an instant, with those that outlive their session.
pub fn remove_since(person: PersonId, since: Timestamp, db: &Write) -> Result<usize, Fault> {
    db.change("DELETE FROM service_grant WHERE person = $1 AND created_at >= $2", &[&person, &since])
}

/// Grants out of a session, for announcing its end.
pub fn by_session(session: SessionId, db: &Read) -> Result<Vec<Grant>, Fault> {
    db.all(&format!("SELECT {COLUMNS} FROM service_grant g WHERE g.session = $1"), &[&session], from_row)
}

/// Keeps an access token.
pub fn insert_access(
    hash: &BearerHash,
    grant: GrantId,
    scope: &str,
    expires: Timestamp,
    db: &Write,
) -> Result<(), Fault> {
    db.change(
        "INSERT INTO access_token (hash, grant_id, scope, issued_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        &[hash, &grant, &scope, &db.at(), &expires],
    )?;
    Ok(())
}

/// An access token as found.
#[derive(Clone, Debug)]
pub struct Access {
    /// Where it belongs.
    pub grant: Grant,
    /// What it may do.
    pub scope: String,
    /// When it was issued.
    pub issued: Timestamp,
    /// When it dies.
    pub expires: Timestamp,
}

/// The access token of a hash, dead or alive.
pub fn access(hash: &BearerHash, db: &Read) -> Result<Option<Access>, Fault> {
    db.one(
        "SELECT g.id, g.service, g.person, g.session, g.facts, g.created_at, g.expires_at,
                t.scope, t.issued_at, t.expires_at
         FROM access_token t JOIN service_grant g ON g.id = t.grant_id WHERE t.hash = $1",
        &[hash],
        |row| {
            Ok(Access {
                grant: from_row(row)?,
                scope: row.get_text(7)?,
                issued: values::time(row, 8)?,
                expires: values::time(row, 9)?,
            })
        },
    )
}

/// Ends one access token. `false`: there is none.
pub fn remove_access(hash: &BearerHash, db: &Write) -> Result<bool, Fault> {
    Ok(db.change("DELETE FROM access_token WHERE hash = $1", &[hash])? == 1)
}

/// Keeps a refresh token.
pub fn insert_refresh(
    hash: &BearerHash,
    grant: GrantId,
    expires: Timestamp,
    db: &Write,
) -> Result<(), Fault> {
    db.change(
        "INSERT INTO refresh_token (hash, grant_id, issued_at, expires_at) VALUES ($1, $2, $3, $4)",
        &[hash, &grant, &db.at(), &expires],
    )?;
    Ok(())
}

/// A refresh token as found.
#[derive(Clone, Debug)]
pub struct Refresh {
    /// Where it belongs.
    pub grant: Grant,
    /// When it was issued.
    pub issued: Timestamp,
    /// When it dies.
    pub expires: Timestamp,
    /// When it was exchanged.
    pub used: Option<Timestamp>,
}

/// The refresh token of a hash.
pub fn refresh(hash: &BearerHash, db: &Read) -> Result<Option<Refresh>, Fault> {
    db.one(
        &format!(
            "SELECT {COLUMNS}, r.issued_at, r.expires_at, r.used_at
             FROM refresh_token r JOIN service_grant g ON g.id = r.grant_id WHERE r.hash = $1"
        ),
        &[hash],
        |row| {
            Ok(Refresh {
                grant: from_row(row)?,
                issued: values::time(row, 7)?,
                expires: values::time(row, 8)?,
                used: values::opt_time(row, 9)?,
            })
        },
    )
}

/// Exchanges a refresh token. `false`: it was exchanged before.
pub fn use_refresh(hash: &BearerHash, db: &Write) -> Result<bool, Fault> {
    Ok(db.change(
        "UPDATE refresh_token SET used_at = $1 WHERE hash = $2 AND used_at IS NULL",
        &[&db.at(), hash],
    )? == 1)
}

/// A grant lives on with its refresh tokens.
pub fn prolong(id: GrantId, expires: Timestamp, db: &Write) -> Result<(), Fault> {
    db.change(
        "UPDATE service_grant SET expires_at = $1 WHERE id = $2 AND expires_at < $1",
        &[&expires, &id],
    )?;
    Ok(())
}

/// Removes some dead grants and tokens; returns how many.
pub fn sweep(now: Timestamp, db: &Write) -> Result<usize, Fault> {
    let tokens = db.change(
        "DELETE FROM access_token WHERE hash IN (SELECT hash FROM access_token WHERE expires_at < $1 LIMIT 500)",
        &[&now],
    )?;
    let grants = db.change(
        "DELETE FROM service_grant WHERE id IN (SELECT id FROM service_grant WHERE expires_at < $1 LIMIT 500)",
        &[&now],
    )?;
    Ok(tokens + grants)
}

fn from_row(row: &Row) -> Result<Grant, Fault> {
    Ok(Grant {
        id: values::id(row, 0)?,
        service: values::id(row, 1)?,
        person: values::id(row, 2)?,
        session: values::id(row, 3)?,
        facts: row.get_text(4)?,
        created: values::time(row, 5)?,
        expires: values::time(row, 6)?,
    })
}
