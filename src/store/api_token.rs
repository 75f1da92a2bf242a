//! Tokens of the API.

use super::values;
use super::{Fault, Read, Row, Write};
use crate::domain::api_token::{ApiToken, Scope, TOKENS_MAX};
use crate::domain::id::{ApiTokenId, OrganisationId};
use crate::domain::secret::BearerHash;
use crate::domain::time::{Span, Timestamp};

const COLUMNS: &str = "id, organisation, name, scopes, made_by, created_at, expires_at, last_used_at";

/// The living token of a hash.
pub fn by_hash(hash: &BearerHash, now: Timestamp, db: &Read) -> Result<Option<ApiToken>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM api_token WHERE hash = $1 AND expires_at > $2");
    db.one(&sql, &[hash, &now], from_row)
}

/// Whether a token lives.
pub fn lives(id: ApiTokenId, now: Timestamp, db: &Read) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM api_token WHERE id = $1 AND expires_at > $2";
    Ok(db.one(sql, &[&id, &now], |row| row.get_i64(0))?.is_some())
}

/// An organisation's tokens, those that have ended lately, too; the latest first.
pub fn of_organisation(of: OrganisationId, db: &Read) -> Result<Vec<ApiToken>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM api_token WHERE organisation = $1 ORDER BY created_at DESC, id");
    db.all(&sql, &[&of], from_row)
}

/// Keeps a new one. `false`: it is there already, or the organisation has as many as it may have.
pub fn insert(token: &ApiToken, hash: &BearerHash, db: &Write) -> Result<bool, Fault> {
    let sql = "SELECT count(*) FROM api_token WHERE organisation = $1";
    let count = db.one(sql, &[&token.organisation], |row| row.get_i64(0))?.unwrap_or(0);
    if count >= TOKENS_MAX {
        return Ok(false);
    }
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.name()).collect();
    db.insert_new(
        "INSERT INTO api_token (id, hash, organisation, name, scopes, made_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING",
        &[
            &token.id,
            hash,
            &token.organisation,
            &token.name,
            &scopes.join(" "),
            &token.made_by,
            &token.created,
            &token.expires,
        ],
    )
}

/// Ends a token of an organisation. `false`: it has none of this id.
pub fn end(id: ApiTokenId, of: OrganisationId, db: &Write) -> Result<bool, Fault> {
    Ok(db.change("DELETE FROM api_token WHERE id = $1 AND organisation = $2", &[&id, &of])? == 1)
}

/// Notes that it was used.
pub fn used(id: ApiTokenId, db: &Write) -> Result<(), Fault> {
    db.change("UPDATE api_token SET last_used_at = $1 WHERE id = $2", &[&db.at(), &id])?;
    Ok(())
}

/// Removes some that ended a month ago; returns how many.
pub fn sweep(now: Timestamp, db: &Write) -> Result<usize, Fault> {
    db.change(
        "DELETE FROM api_token WHERE id IN (SELECT id FROM api_token WHERE expires_at < $1 LIMIT 500)",
        &[&(now - Span::days(30))],
    )
}

fn from_row(row: &Row) -> Result<ApiToken, Fault> {
    let names = row.get_text(3)?;
    let scopes = names.split_whitespace().map(Scope::parse).collect::<Option<_>>();
    Ok(ApiToken {
        id: values::id(row, 0)?,
        organisation: values::id(row, 1)?,
        name: row.get_text(2)?,
        scopes: scopes.ok_or_else(|| row.corrupt(3))?,
        made_by: values::id(row, 4)?,
        created: values::time(row, 5)?,
        expires: values::time(row, 6)?,
        last_used: values::opt_time(row, 7)?,
    })
}
