//! Making a house: directory, keys, store, authorities, the first signing key. All of it or nothing.

use super::data_directory::{Boot, DataDirectory, DirectoryFault};
use super::recovery::{self, RecoveryKey};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::dice::{Dice, draw};
use crate::domain::time::Timestamp;
use crate::domain::town::Town;
use crate::jose::{Algorithm, SigningKey};
use crate::seal::{ApplianceKeys, KeyFileFault, Place};
use crate::store::appliance::SealedKey;
use crate::store::vault::secret_place;
use crate::store::{self, Fault, OpenError, Store, appliance, audit};
use crate::{ca, jose};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The setting that says whether this is a demo; written once.
pub const DEMO_SETTING: &str = "demo";
/// The setting with the town, as JSON.
pub const TOWN_SETTING: &str = "town";
/// The sealed secrets of the appliance.
pub const SECRETS: [&str; 3] = ["pseudonym", "lookup", "csrf"];

/// Why a house can not be made or opened.
#[derive(Debug, thiserror::Error)]
pub enum HouseFault {
    /// The directory.
    #[error(transparent)]
    Directory(#[from] DirectoryFault),
    /// The key file.
    #[error(transparent)]
    KeyFile(#[from] KeyFileFault),
    /// The database does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store.
    #[error("the store: {0}")]
    Store(#[from] Fault),
    /// The certificate authority.
    #[error("the certificate authority: {0}")]
    Authority(#[from] ca::Fault),
    /// A signing key.
    #[error("a signing key: {0}")]
    Key(#[from] jose::Fault),
    /// OpenID Connect.
    #[error("OpenID Connect: {0}")]
    Oidc(#[from] crate::oidc::Fault),
    /// Something in the store does not fit.
    #[error("{0}")]
    Broken(String),
}

/// Makes a house. Returns the recovery key, which is shown once.
pub fn create(
    path: &Path,
    boot: &Boot,
    town: &Town,
    dice: &dyn Dice,
    now: Timestamp,
) -> Result<(DataDirectory, RecoveryKey), HouseFault> {
    let stood_empty = path.exists();
    let directory = DataDirectory::create(path, boot)?;
    let made = furnish(&directory, boot, town, dice, now).and_then(|recovery| {
        hand_over(path).map_err(|why| DirectoryFault::Io { path: path.to_owned(), why })?;
        Ok(recovery)
    });
    match made {
        Ok(recovery) => Ok((directory, recovery)),
        Err(why) => {
            clear(path, stood_empty);
            Err(why)
        }
    }
}

/// Takes a half-made house away. Nothing but ours was in the directory; what can not be removed is refused by the
/// next setup.
fn clear(path: &Path, stood_empty: bool) {
    for file in std::fs::read_dir(path).into_iter().flatten().flatten() {
        let _removed = std::fs::remove_file(file.path());
    }
    if !stood_empty {
        let _removed = std::fs::remove_dir(path);
    }
}

/// Root may set up for the user who owns the directory: the files are that user's.
fn hand_over(path: &Path) -> std::io::Result<()> {
    let owner = std::fs::metadata(path)?;
    for file in std::fs::read_dir(path)? {
        let file = file?;
        if file.metadata()?.uid() != owner.uid() {
            std::os::unix::fs::lchown(file.path(), Some(owner.uid()), Some(owner.gid()))?;
        }
    }
    Ok(())
}

fn furnish(
    directory: &DataDirectory,
    boot: &Boot,
    town: &Town,
    dice: &dyn Dice,
    now: Timestamp,
) -> Result<RecoveryKey, HouseFault> {
    let keys = ApplianceKeys::create(&directory.key_file(), draw(dice))?;
    let store = Store::open(&directory.database())?;
    let recovery = RecoveryKey::draw(dice);
    let authorities = ca::create(&town.name, &keys, dice, now)?;
    let signing = SigningKey::generate(Algorithm::Es256)?;
    let place = Place { table: "signing_key", row: signing.kid().as_bytes(), column: "sealed" };
    let signing = SealedKey {
        kid: signing.kid().to_owned(),
        alg: Algorithm::Es256.name().to_owned(),
        state: "active".to_owned(),
        sealed: keys.seal(&place, &signing.to_pkcs8()?, draw(dice)),
        created: now,
    };
    let secrets = SECRETS.map(|name| {
        let secret: zeroize::Zeroizing<[u8; 32]> = zeroize::Zeroizing::new(draw(dice));
        (name, keys.seal(&secret_place(name), secret.as_slice(), draw(dice)))
    });
    let town = serde_json::to_string(town).map_err(|why| HouseFault::Broken(why.to_string()))?;
    let (demo, public) = (boot.demo, recovery.public.clone());
    store.write_blocking(now.0, move |db| -> Result<(), Fault> {
        for (name, sealed) in &secrets {
            appliance::insert_secret(name, sealed, db)?;
        }
        appliance::insert_signing_key(&signing, db)?;
        authorities.keep(db)?;
        appliance::set_setting(DEMO_SETTING, if demo { "1" } else { "0" }, db)?;
        appliance::set_setting(TOWN_SETTING, &town, db)?;
        appliance::set_setting(recovery::SETTING, &public, db)?;
        audit::append(&Entry::new(Event::Setup, Actor::Command), db)
    })?;
    store.close();
    Ok(recovery)
}

/// Whether the store of this house is a demo's, as written at its making.
pub fn is_demo(store: &Store) -> Result<bool, HouseFault> {
    let text = store.read(|db| store::appliance::setting(DEMO_SETTING, db))?;
    match text.as_deref() {
        Some("1") => Ok(true),
        Some("0") => Ok(false),
        _ => Err(HouseFault::Broken(
            "the database was not made by `torhaus setup`; restore it from a backup".to_owned(),
        )),
    }
}
