//! Rotation of the appliance key: every key in the table `authority` is sealed anew.

use super::authority::{self, ISSUING, ROOT};
use super::{Fault, signer};
use crate::domain::dice::Dice;
use crate::seal::ApplianceKeys;
use crate::store::{self, Read, Write, appliance};

/// A key sealed anew, not yet kept.
#[derive(Clone, Debug)]
pub struct Resealed {
    name: String,
    from: Vec<u8>,
    to: Vec<u8>,
}

/// Seals anew what is not under the current appliance key. Empty when everything is; run it, and
/// [`keep_resealed`], until it is.
///
/// # Errors
/// [`Fault::Sealed`] if a key does not open; the store's.
pub fn reseal(keys: &ApplianceKeys, dice: &dyn Dice, db: &Read) -> Result<Vec<Resealed>, Fault> {
    let mut rows = signer::rows(db)?;
    for name in [ROOT, ISSUING] {
        rows.extend(appliance::authority(name, db)?.map(|row| (name.to_owned(), row)));
    }
    let mut resealed = Vec::new();
    for (name, (_, sealed)) in rows {
        let Some(from) = sealed else { continue };
        if ApplianceKeys::sealed_under(&from) == Some(keys.current_id()) {
            continue;
        }
        let opened = keys.open(&authority::place(&name), &from);
        let plain = opened.map_err(|cause| Fault::Sealed { name: name.clone(), cause })?;
        let to = authority::seal(&name, &plain, keys, dice);
        resealed.push(Resealed { name, from, to });
    }
    Ok(resealed)
}

/// Keeps what was sealed anew; the number of rows replaced. Rows which changed in between are left as they are.
///
/// # Errors
/// The store's.
pub fn keep_resealed(resealed: &[Resealed], db: &Write) -> Result<usize, store::Fault> {
    let mut kept = 0;
    for Resealed { name, from, to } in resealed {
        kept += usize::from(appliance::reseal_authority(name, from, Some(to), db)?);
    }
    Ok(kept)
}
