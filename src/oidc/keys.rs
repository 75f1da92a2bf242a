//! The keyring: the house's signing keys, opened and parsed once, and their public halves as JWKS.
//!
//! Keys are rows, sealed by the appliance key. One key per algorithm is active and signs; retired ones are still
//! published and verify, until what they signed has expired. A key is made when a service needs its algorithm
//! ([`ensure_key`]): at setup, by `torhaus service add`, on a thread for blocking work; never while a
//! request waits, as RSA may take seconds.

use super::Fault;
use super::introspect::Seen;
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::dice::{Dice, draw};
use crate::domain::time::Timestamp;
use crate::jose::{Algorithm, JwkSet, SigningKey, VerifyingKey};
use crate::seal::{Place, SharedKeys};
use crate::store::appliance::SealedKey;
use crate::store::{self, Store};
use hyper::body::Bytes;
use std::sync::Arc;

const ACTIVE: &str = "active";

/// Where a signing key is sealed; also for whoever seals it anew.
#[must_use]
pub const fn place(kid: &str) -> Place<'_> {
    Place { table: "signing_key", row: kid.as_bytes(), column: "sealed" }
}

struct Held {
    key: Arc<SigningKey>,
    active: bool,
}

/// All keys as of one look into the store.
pub struct Ring {
    held: Vec<Held>,
    verifying: Vec<VerifyingKey>,
    jwks: Bytes,
    seen: Seen,
}

impl Ring {
    /// Opens the keys of these rows; those which `before` holds are not parsed again.
    pub(super) fn of(rows: &[SealedKey], before: Option<&Self>, keys: &SharedKeys) -> Result<Self, Fault> {
        let mut held = Vec::with_capacity(rows.len());
        for row in rows {
            let known = before.and_then(|ring| ring.held.iter().find(|held| held.key.kid() == row.kid));
            let key = match known {
                Some(known) => Arc::clone(&known.key),
                None => Arc::new(open(row, keys)?),
            };
            held.push(Held { key, active: row.state == ACTIVE });
        }
        let verifying = held.iter().map(|held| held.key.verifying_key()).collect::<Result<_, _>>()?;
        let set = JwkSet::new(held.iter().map(|held| held.key.public_jwk()).collect())
            .map_err(|_too_many| Fault::Corrupt("signing_key: too many keys"))?;
        let jwks = serde_json::to_vec(&set).map_err(crate::jose::Fault::from)?;
        Ok(Self { held, verifying, jwks: jwks.into(), seen: Seen::default() })
    }
    /// Whether these rows are what this ring was made of.
    pub(super) fn is_of(&self, rows: &[SealedKey]) -> bool {
        let same = |(held, row): (&Held, &SealedKey)| {
            held.key.kid() == row.kid && held.active == (row.state == ACTIVE)
        };
        self.held.len() == rows.len() && self.held.iter().zip(rows).all(same)
    }
    /// The key that signs with this algorithm; the latest, should there be several.
    #[must_use]
    pub fn signer(&self, algorithm: Algorithm) -> Option<Arc<SigningKey>> {
        let mut fitting = self.held.iter().filter(|held| held.active && held.key.algorithm() == algorithm);
        fitting.next().map(|held| Arc::clone(&held.key))
    }
    /// Keys that verify what we signed.
    #[must_use]
    pub fn verifying(&self) -> &[VerifyingKey] {
        &self.verifying
    }
    /// Which tokens of machines these keys have verified.
    pub(super) const fn seen(&self) -> &Seen {
        &self.seen
    }
    /// The JWKS document.
    #[must_use]
    pub fn jwks(&self) -> Bytes {
        self.jwks.clone()
    }
}

fn open(row: &SealedKey, keys: &SharedKeys) -> Result<SigningKey, Fault> {
    let algorithm: Algorithm = row.alg.parse().map_err(|_unknown| Fault::Corrupt("signing_key.alg"))?;
    let der = keys.open_with(|keys| keys.open(&place(&row.kid), &row.sealed))?;
    let key = SigningKey::from_pkcs8(algorithm, &der)?;
    if key.kid() == row.kid { Ok(key) } else { Err(Fault::Corrupt("signing_key.kid")) }
}

/// Makes a signing key for an algorithm if none is active. `false`: there is one. Blocks: up to seconds for RSA.
///
/// # Errors
/// [`Fault`], if the store, the key file or the crypto library fails.
pub fn ensure_key(
    algorithm: Algorithm,
    store: &Store,
    keys: &SharedKeys,
    dice: &dyn Dice,
    now: Timestamp,
) -> Result<bool, Fault> {
    let rows = store.read(store::appliance::signing_keys)?;
    if rows.iter().any(|row| row.state == ACTIVE && row.alg == algorithm.name()) {
        return Ok(false);
    }
    let key = SigningKey::generate(algorithm)?;
    let sealed = keys.keys_for_sealing()?.seal(&place(key.kid()), &key.to_pkcs8()?, draw(dice));
    let row = SealedKey {
        kid: key.kid().to_owned(),
        alg: algorithm.name().to_owned(),
        state: ACTIVE.to_owned(),
        sealed,
        created: now,
    };
    let made = store.write_blocking(now.0, move |db| -> Result<bool, store::Fault> {
        let made = store::appliance::insert_signing_key(&row, db)?;
        if made {
            let entry = Entry::new(Event::SigningKeyAdded, Actor::House).with("alg", algorithm.name());
            store::audit::append(&entry, db)?;
        }
        Ok(made)
    })?;
    Ok(made)
}
