//! The appliance's own rows: settings, sealed secrets, signing keys, certificates.

use super::values;
use super::{Fault, Read, Write};
use crate::domain::time::Timestamp;

/// A setting's text.
pub fn setting(name: &str, db: &Read) -> Result<Option<String>, Fault> {
    db.one("SELECT value FROM setting WHERE name = $1", &[&name], |row| row.get_text(0))
}

/// Sets a setting.
pub fn set_setting(name: &str, value: &str, db: &Write) -> Result<(), Fault> {
    db.change(
        "INSERT INTO setting (name, value, changed_at) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET value = $2, changed_at = $3",
        &[&name, &value, &db.at()],
    )?;
    Ok(())
}

/// A sealed secret.
pub fn secret(name: &str, db: &Read) -> Result<Option<Vec<u8>>, Fault> {
    db.one("SELECT sealed FROM appliance_secret WHERE name = $1", &[&name], |row| row.get_blob(0))
}

/// All sealed secrets by name.
pub fn secrets(db: &Read) -> Result<Vec<(String, Vec<u8>)>, Fault> {
    db.all("SELECT name, sealed FROM appliance_secret ORDER BY name", &[], |row| {
        Ok((row.get_text(0)?, row.get_blob(1)?))
    })
}

/// Keeps a sealed secret. `false`: there is one of this name.
pub fn insert_secret(name: &str, sealed: &[u8], db: &Write) -> Result<bool, Fault> {
    db.insert_new(
        "INSERT INTO appliance_secret (name, sealed, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",
        &[&name, &sealed, &db.at()],
    )
}

/// Replaces a secret by the same secret sealed anew. `false`: changed in between.
pub fn reseal_secret(name: &str, from: &[u8], to: &[u8], db: &Write) -> Result<bool, Fault> {
    Ok(db.change(
        "UPDATE appliance_secret SET sealed = $1 WHERE name = $2 AND sealed = $3",
        &[&to, &name, &from],
    )? == 1)
}

/// Removes a secret. `false`: there is none of this name.
pub fn remove_secret(name: &str, db: &Write) -> Result<bool, Fault> {
    Ok(db.change("DELETE FROM appliance_secret WHERE name = $1", &[&name])? == 1)
}

/// A signing key as kept.
#[derive(Clone, Debug)]
pub struct SealedKey {
    /// RFC 7638 thumbprint.
    pub kid: String,
    /// JOSE name of its algorithm.
    pub alg: String,
    /// `active` signs; `retired` only verifies.
    pub state: String,
    /// PKCS #8, sealed by the appliance key.
    pub sealed: Vec<u8>,
    /// Since when.
    pub created: Timestamp,
}

/// All signing keys, latest first.
pub fn signing_keys(db: &Read) -> Result<Vec<SealedKey>, Fault> {
    db.all(
        "SELECT kid, alg, state, sealed, created_at FROM signing_key ORDER BY created_at DESC, kid",
        &[],
        |row| {
            Ok(SealedKey {
                kid: row.get_text(0)?,
                alg: row.get_text(1)?,
                state: row.get_text(2)?,
                sealed: row.get_blob(3)?,
                created: values::time(row, 4)?,
            })
        },
    )
}

/// Keeps a signing key, if its algorithm has no active one yet. `false`: somebody was faster.
pub fn insert_signing_key(key: &SealedKey, db: &Write) -> Result<bool, Fault> {
    let changed = db.change(
        "INSERT INTO signing_key (kid, alg, state, sealed, created_at)
         SELECT $1, $2, $3, $4, $5
         WHERE NOT EXISTS (SELECT 1 FROM signing_key WHERE alg = $2 AND state = 'active')",
        &[&key.kid, &key.alg, &key.state, &key.sealed, &key.created],
    )?;
    Ok(changed == 1)
}

/// Replaces a signing key by the same key sealed anew. `false`: changed in between.
pub fn reseal_signing_key(kid: &str, from: &[u8], to: &[u8], db: &Write) -> Result<bool, Fault> {
    Ok(db.change("UPDATE signing_key SET sealed = $1 WHERE kid = $2 AND sealed = $3", &[&to, &kid, &from])?
        == 1)
}

/// A certificate authority's certificate (DER) and its key (PKCS #8, sealed), if the key is here.
pub type SealedAuthority = (Vec<u8>, Option<Vec<u8>>);

/// The authority of a name (`root`, `issuing`).
pub fn authority(name: &str, db: &Read) -> Result<Option<SealedAuthority>, Fault> {
    db.one("SELECT certificate, sealed FROM authority WHERE name = $1", &[&name], |row| {
        Ok((row.get_blob(0)?, row.get_opt_blob(1)?))
    })
}

/// Keeps an authority. `false`: there is one of this name.
pub fn insert_authority(name: &str, authority: &SealedAuthority, db: &Write) -> Result<bool, Fault> {
    db.insert_new(
        "INSERT INTO authority (name, certificate, sealed, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (name) DO NOTHING",
        &[&name, &authority.0, &authority.1, &db.at()],
    )
}

/// Replaces an authority's key by the same key sealed anew, or by nothing when it went off line.
/// `false`: changed in between.
pub fn reseal_authority(name: &str, from: &[u8], to: Option<&[u8]>, db: &Write) -> Result<bool, Fault> {
    Ok(db.change("UPDATE authority SET sealed = $1 WHERE name = $2 AND sealed = $3", &[&to, &name, &from])?
        == 1)
}
