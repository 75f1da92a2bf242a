//! The signer: signs bindings, revocation lists of bindings and checkpoints of the audit.
//!
//! Each signer has a row of its own (`signer`, `signer-2`, …), because what a former one signed must stay
//! verifiable. Only the latest has a key: renewal destroys its predecessor's.

use super::authority::{self, Authority, ISSUING};
use super::key::Key;
use super::{Fault, spki};
use crate::domain::dice::Dice;
use crate::domain::time::{Span, Timestamp};
use crate::jose::{Algorithm, SigningKey};
use crate::seal::{ApplianceKeys, SharedKeys};
use crate::store::appliance::{self, SealedAuthority};
use crate::store::{self, Read, Store, Write};
use rcgen::ExtendedKeyUsagePurpose;
use x509_parser::prelude::{FromDer as _, X509Certificate};

const LIFE: Span = Span::days(2 * 365);
/// A signer with less time left is renewed.
const RENEWED_BEFORE: Span = Span::days(90);
/// A renewal must gain something: near the end of the issuing authority it would not.
const GAIN: Span = Span::days(1);
/// id-kp-documentSigning (RFC 9336), as numbers.
const DOCUMENT_SIGNING: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 3, 36];

/// Signs statements in the town's name. Can be shared between threads.
#[derive(Debug)]
pub struct Signer {
    pub(super) key: SigningKey,
    /// Its certificate, then the issuing authority's: DER.
    pub(super) certificates: [Vec<u8>; 2],
    expires: Timestamp,
}

impl Signer {
    /// When its certificate ends. Ask [`ensure_signer`] once a day.
    #[must_use]
    pub const fn expires(&self) -> Timestamp {
        self.expires
    }
}

/// The latest signer. `None`: there is none yet.
///
/// # Errors
/// As [`super::issuing`].
pub fn current_signer(keys: &SharedKeys, db: &Read) -> Result<Option<Signer>, Fault> {
    let Some((name, _)) = latest(db)? else { return Ok(None) };
    let (certificate, pkcs8) = authority::open(&name, keys, db)?;
    let issuing = appliance::authority(ISSUING, db)?.ok_or_else(|| Fault::Missing(ISSUING.to_owned()))?.0;
    let key = SigningKey::from_pkcs8(Algorithm::Es256, &pkcs8)?;
    let damaged = || Fault::Damaged(name.clone());
    let (_, parsed) = X509Certificate::from_der(&certificate).map_err(|_broken| damaged())?;
    if spki::p256(parsed.public_key()).is_none_or(|jwk| jwk.thumbprint() != key.kid()) {
        return Err(damaged());
    }
    let expires = Timestamp::from_seconds(parsed.validity().not_after.timestamp());
    Ok(Some(Signer { key, certificates: [certificate, issuing], expires }))
}

/// The signer to use now; makes or renews it when needed. For start-up and once a day.
///
/// # Errors
/// As [`super::issuing`]; [`Fault::Expired`] when the issuing authority has run out.
pub async fn ensure_signer(
    store: &Store,
    keys: &SharedKeys,
    dice: &dyn Dice,
    now: Timestamp,
) -> Result<Signer, Fault> {
    loop {
        let renewal = match need(store, keys, dice, now)? {
            Need::None(signer) => return Ok(*signer),
            Need::New(renewal) => renewal,
        };
        store.write(now.0, move |db| renewal.keep(db)).await?;
    }
}

/// [`ensure_signer`] for commands; blocks the thread.
///
/// # Errors
/// As [`ensure_signer`].
pub fn ensure_signer_blocking(
    store: &Store,
    keys: &SharedKeys,
    dice: &dyn Dice,
    now: Timestamp,
) -> Result<Signer, Fault> {
    loop {
        let renewal = match need(store, keys, dice, now)? {
            Need::None(signer) => return Ok(*signer),
            Need::New(renewal) => renewal,
        };
        store.write_blocking(now.0, move |db| renewal.keep(db))?;
    }
}

/// Certificates of all signers ever, oldest first.
pub(super) fn all_certificates(db: &Read) -> Result<Vec<Vec<u8>>, store::Fault> {
    Ok(rows(db)?.into_iter().map(|(_, (certificate, _))| certificate).collect())
}

/// Rows of all signers, oldest first.
pub(super) fn rows(db: &Read) -> Result<Vec<(String, SealedAuthority)>, store::Fault> {
    let mut found = Vec::new();
    loop {
        let name = row_name(found.len());
        match appliance::authority(&name, db)? {
            Some(row) => found.push((name, row)),
            None => return Ok(found),
        }
    }
}

fn latest(db: &Read) -> Result<Option<(String, SealedAuthority)>, store::Fault> {
    Ok(rows(db)?.pop())
}

fn row_name(former: usize) -> String {
    match former {
        0 => "signer".to_owned(),
        more => format!("signer-{}", more + 1),
    }
}

enum Need {
    None(Box<Signer>),
    New(Renewal),
}

/// A drawn signer, and the key which it replaces.
struct Renewal {
    name: String,
    row: SealedAuthority,
    former: Option<(String, Vec<u8>)>,
}

fn need(store: &Store, keys: &SharedKeys, dice: &dyn Dice, now: Timestamp) -> Result<Need, Fault> {
    // Faults of ours travel beside the store's.
    let read = store.read(|db| Ok(read_state(keys, db)))?;
    let State { count, current, former, issuing } = read?;
    let until = (now + LIFE).min(issuing.expires);
    if let Some(signer) = current {
        let enough = signer.expires.since(now) >= RENEWED_BEFORE || until.since(signer.expires) < GAIN;
        if enough && signer.expires > now {
            return Ok(Need::None(Box::new(signer)));
        }
    }
    if now >= issuing.expires {
        return Err(Fault::Expired(ISSUING.to_owned()));
    }
    let name = row_name(count);
    let row = draw_signer(&name, &issuing, keys.keys_for_sealing()?.as_ref(), dice, now)?;
    Ok(Need::New(Renewal { name, row, former }))
}

struct State {
    count: usize,
    current: Option<Signer>,
    former: Option<(String, Vec<u8>)>,
    issuing: Authority,
}

fn read_state(keys: &SharedKeys, db: &Read) -> Result<State, Fault> {
    let rows = rows(db)?;
    let count = rows.len();
    let former =
        rows.into_iter().next_back().and_then(|(name, (_, sealed))| sealed.map(|sealed| (name, sealed)));
    let current = if former.is_some() { current_signer(keys, db)? } else { None };
    Ok(State { count, current, former, issuing: authority::issuing(keys, db)? })
}

fn draw_signer(
    name: &str,
    issuing: &Authority,
    keys: &ApplianceKeys,
    dice: &dyn Dice,
    now: Timestamp,
) -> Result<SealedAuthority, Fault> {
    let key = Key::generate()?;
    let mut params = issuing.leaf("Statements", LIFE, dice, now);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(DOCUMENT_SIGNING.to_vec())];
    let certificate = issuing.certify(&params, &key)?;
    Ok((certificate, Some(authority::seal(name, &key.to_pkcs8()?, keys, dice))))
}

impl Renewal {
    fn keep(&self, db: &Write) -> Result<(), store::Fault> {
        if !appliance::insert_authority(&self.name, &self.row, db)? {
            // Another process was faster; its signer is as good.
            return Ok(());
        }
        if let Some((name, sealed)) = &self.former {
            appliance::reseal_authority(name, sealed, None, db)?;
        }
        Ok(())
    }
}
