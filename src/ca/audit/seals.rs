//! The checkpoints' signatures, before the walk.

use super::report::CheckpointBroken;
use crate::ca::authority::{self, ISSUING};
use crate::ca::chain::{Certified, Root};
use crate::ca::checkpoint::{Claims, TYP, hex};
use crate::ca::{Fault, signer};
use crate::domain::time::{Span, Timestamp};
use crate::jose::{self, Typ, VerifyingKey};
use crate::seal::SharedKeys;
use crate::store::audit::{self, Checkpoint};
use crate::store::{Read, appliance};

/// Our own clock may have been set back a little since.
const AHEAD: Span = Span::minutes(5);

/// Whom the verification trusts.
pub enum Trust<'a> {
    /// A root certificate (PEM) kept elsewhere: nothing in the database is believed.
    Root(&'a str),
    /// The root in the database, because the appliance key opens the issuing authority's key.
    Appliance(&'a SharedKeys),
}

/// A checkpoint and whether its signature holds.
pub(super) struct Seal {
    pub(super) number: i64,
    pub(super) hash: [u8; 32],
    pub(super) previous: i64,
    pub(super) holds: Result<(), CheckpointBroken>,
}

/// All checkpoints in order.
pub(super) fn read(trust: &Trust<'_>, now: Timestamp, db: &Read) -> Result<Vec<Seal>, Fault> {
    let checkpoints = audit::checkpoints(db)?;
    if checkpoints.is_empty() {
        return Ok(Vec::new());
    }
    let signers = signers(trust, db)?;
    let keys: Vec<_> = signers.iter().map(|signer| signer.key.clone()).collect();
    let signers = Signers { signers, keys };
    Ok(checkpoints.iter().map(|checkpoint| examine(checkpoint, &signers, now)).collect())
}

/// The signers of all times, and their keys once more in the form that JOSE takes.
struct Signers {
    signers: Vec<Certified>,
    keys: Vec<VerifyingKey>,
}

/// The signers of all times which the root vouches for.
fn signers(trust: &Trust<'_>, db: &Read) -> Result<Vec<Certified>, Fault> {
    let (root, issuing) = match trust {
        Trust::Root(pem) => {
            let row = appliance::authority(ISSUING, db)?;
            (Root::from_pem(pem)?, row.ok_or_else(|| Fault::Missing(ISSUING.to_owned()))?.0)
        }
        Trust::Appliance(keys) => {
            let issuing = authority::issuing(keys, db)?;
            (Root::from_pem(&authority::root_pem(db)?)?, issuing.certificate)
        }
    };
    let certificates = signer::all_certificates(db)?;
    // A row that does not verify vouches for nothing; its checkpoints are then reported.
    Ok(certificates.iter().filter_map(|leaf| root.certified(leaf, &issuing).ok()).collect())
}

fn examine(checkpoint: &Checkpoint, signers: &Signers, now: Timestamp) -> Seal {
    let Checkpoint { number, hash, .. } = *checkpoint;
    let (previous, holds) = match signed(checkpoint, signers, now) {
        Ok(claims) => (claims.previous, compare(checkpoint, &claims)),
        Err(why) => (0, Err(why)),
    };
    Seal { number, hash, previous, holds }
}

fn signed(checkpoint: &Checkpoint, signers: &Signers, now: Timestamp) -> Result<Claims, CheckpointBroken> {
    let verified = jose::verify(&checkpoint.statement, Typ::Exactly(TYP), &signers.keys).map_err(
        |refused| match refused {
            jose::Refused::UnknownKey | jose::Refused::Algorithm => CheckpointBroken::Signer,
            _ => CheckpointBroken::Signature,
        },
    )?;
    let claims: Claims = verified.claims().map_err(|_broken| CheckpointBroken::Signature)?;
    let at = Timestamp::from_seconds(claims.iat);
    let kid = verified.header.kid.as_deref();
    let then = signers
        .signers
        .iter()
        .any(|signer| Some(signer.key.kid()) == kid && (signer.from..=signer.until).contains(&at));
    if !then || at > now + AHEAD {
        return Err(CheckpointBroken::Signer);
    }
    Ok(claims)
}

fn compare(checkpoint: &Checkpoint, claims: &Claims) -> Result<(), CheckpointBroken> {
    let same = claims.number == checkpoint.number
        && claims.hash == hex(&checkpoint.hash)
        && claims.iat == checkpoint.at.as_seconds();
    if same { Ok(()) } else { Err(CheckpointBroken::Edited) }
}
