//! Replacing the appliance key while the house runs.
//!
//! The new key comes into the file beside the old one; everything the old one wraps is wrapped anew in small
//! writes; only when nothing is left under the old key does it go. A crash in between leaves both keys in the file,
//! and the same command finishes.
//!
//! A running server may have wrapped something by the old key and not written it yet. Such a write is either
//! committed within [`GRACE`] or refused, so the last look comes after that time.

use super::boot::House;
use super::setup::HouseFault;
use crate::ca;
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::dice::draw;
use crate::domain::id::PersonId;
use crate::http::Appliance;
use crate::seal::{ApplianceKeys, Place};
use crate::store::vault::secret_place;
use crate::store::{self, Fault, appliance, vault};
use std::time::Duration;

/// A write waits at most five seconds for the store's lock (`store::engine`), and hardly before that.
const GRACE: Duration = Duration::from_secs(6);
/// How many people's keys are wrapped anew in one write.
const PAGE: u32 = 200;

/// Rotates; returns how many values were wrapped anew.
pub fn rotate(house: &House) -> Result<usize, HouseFault> {
    let app = &house.appliance;
    let file = house.directory.key_file();
    let mut keys = ApplianceKeys::load(&file)?;
    if keys.former_id().is_none() {
        keys = keys.begin_rotation(&file, draw(app.dice.as_ref()))?;
    }
    app.keys.reload()?;
    let mut count = wrap_anew(app, &keys)?;
    wait();
    count += wrap_anew(app, &keys)?;
    keys.finish_rotation(&file)?;
    app.keys.reload()?;
    app.store.write_blocking(app.now().0, |db| {
        store::audit::append(&Entry::new(Event::ApplianceKeyRotated, Actor::Command), db)
    })?;
    Ok(count)
}

#[expect(clippy::disallowed_methods, reason = "what another process has begun: no event of ours can tell")]
fn wait() {
    std::thread::sleep(GRACE);
}

/// Goes round until a whole round finds nothing under the old key.
fn wrap_anew(app: &Appliance, keys: &ApplianceKeys) -> Result<usize, HouseFault> {
    let mut count = 0;
    loop {
        let round = people(app, keys)?
            + results(app, keys)?
            + documents(app, keys)?
            + webhooks(app, keys)?
            + secrets(app, keys)?
            + signing_keys(app, keys)?
            + authorities(app, keys)?;
        if round == 0 {
            return Ok(count);
        }
        count += round;
    }
}

/// What checks have read that are not an account yet.
fn results(app: &Appliance, keys: &ApplianceKeys) -> Result<usize, HouseFault> {
    let mut count = 0;
    for (check, sealed) in app.store.read(store::identity_check::sealed_results)? {
        let Some(new) = vault::reseal_result(check, &sealed, keys, app.dice.as_ref())? else { continue };
        count += 1;
        app.store.write_blocking(app.now().0, move |db| {
            store::identity_check::reseal_result(check, &sealed, &new, db)
        })?;
    }
    Ok(count)
}

/// What documents say that were shown at the desk and are not an account's yet.
fn documents(app: &Appliance, keys: &ApplianceKeys) -> Result<usize, HouseFault> {
    let mut count = 0;
    for (id, sealed) in app.store.read(store::desk::all_sealed)? {
        let Some(new) = vault::reseal_document(id, &sealed, keys, app.dice.as_ref())? else { continue };
        count += 1;
        app.store.write_blocking(app.now().0, move |db| store::desk::reseal(id, &sealed, &new, db))?;
    }
    Ok(count)
}

/// What signs messages to webhooks.
fn webhooks(app: &Appliance, keys: &ApplianceKeys) -> Result<usize, HouseFault> {
    let mut count = 0;
    for (id, sealed, former) in app.store.read(store::webhook::all_secrets)? {
        let anew = |sealed: &[u8]| vault::reseal_webhook(id, sealed, keys, app.dice.as_ref());
        let new = anew(&sealed)?;
        let new_former = former.as_deref().map(anew).transpose()?.flatten();
        if new.is_none() && new_former.is_none() {
            continue;
        }
        count += 1;
        let to = (new.unwrap_or_else(|| sealed.clone()), new_former.or(former));
        app.store.write_blocking(app.now().0, move |db| {
            store::webhook::reseal(id, &sealed, (&to.0, to.1.as_deref()), db)
        })?;
    }
    Ok(count)
}

fn people(app: &Appliance, keys: &ApplianceKeys) -> Result<usize, HouseFault> {
    // Whoever is made up is not worth a new key.
    app.store.write_blocking(app.now().0, store::trial::end_all)?;
    let mut count = 0;
    let mut after: Option<PersonId> = None;
    loop {
        let page = app.store.read(|db| store::person::page(after, PAGE, db))?;
        let Some(last) = page.last() else { return Ok(count) };
        after = Some(last.id);
        let mut anew = Vec::new();
        for person in &page {
            let Some((wrapped, _)) = app.store.read(|db| store::person::keys(person.id, db))? else {
                continue;
            };
            if let Some(new) = vault::rewrap(person.id, &wrapped, keys, app.dice.as_ref())? {
                anew.push((person.id, wrapped, new));
            }
        }
        count += anew.len();
        app.store.write_blocking(app.now().0, move |db| -> Result<(), Fault> {
            for (id, from, to) in &anew {
                store::person::rewrap(*id, from, to, db)?;
            }
            Ok(())
        })?;
    }
}

fn reseal(
    app: &Appliance,
    keys: &ApplianceKeys,
    place: &Place<'_>,
    sealed: &[u8],
) -> Result<Option<Vec<u8>>, HouseFault> {
    if ApplianceKeys::sealed_under(sealed) == Some(keys.current_id()) {
        return Ok(None);
    }
    let plain = keys.open(place, sealed).map_err(|why| HouseFault::Broken(why.to_string()))?;
    Ok(Some(keys.seal(place, &plain, draw(app.dice.as_ref()))))
}

fn secrets(app: &Appliance, keys: &ApplianceKeys) -> Result<usize, HouseFault> {
    let mut count = 0;
    for (name, sealed) in app.store.read(appliance::secrets)? {
        let Some(new) = reseal(app, keys, &secret_place(&name), &sealed)? else { continue };
        count += 1;
        app.store
            .write_blocking(app.now().0, move |db| appliance::reseal_secret(&name, &sealed, &new, db))?;
    }
    Ok(count)
}

fn signing_keys(app: &Appliance, keys: &ApplianceKeys) -> Result<usize, HouseFault> {
    let mut count = 0;
    for row in app.store.read(appliance::signing_keys)? {
        let place = Place { table: "signing_key", row: row.kid.as_bytes(), column: "sealed" };
        let Some(new) = reseal(app, keys, &place, &row.sealed)? else { continue };
        count += 1;
        app.store.write_blocking(app.now().0, move |db| {
            appliance::reseal_signing_key(&row.kid, &row.sealed, &new, db)
        })?;
    }
    Ok(count)
}

fn authorities(app: &Appliance, keys: &ApplianceKeys) -> Result<usize, HouseFault> {
    let resealed = app.store.read(|db| Ok(ca::reseal(keys, app.dice.as_ref(), db)))??;
    let count = resealed.len();
    app.store.write_blocking(app.now().0, move |db| ca::keep_resealed(&resealed, db))?;
    Ok(count)
}
