//! Opening a house: from the data directory to the appliance and its rooms.

use super::clock::{SystemClock, SystemDice};
use super::data_directory::{Boot, DataDirectory, DirectoryFault, Tls};
use super::setup::{self, HouseFault, SECRETS, TOWN_SETTING};
use crate::domain::assurance::Policy;
use crate::domain::town::Town;
use crate::eid::{Makers, lab_secret};
use crate::http::Appliance;
use crate::http::address::TrustedProxies;
use crate::http::appliance::Secrets;
use crate::http::limit::Limits;
use crate::passkey::{AttestationTrust, RelyingParty};
use crate::seal::{LookupKey, SharedKeys};
use crate::store::vault::secret_place;
use crate::store::{self, Store};
use crate::web::operator::overview::TlsSource;
use crate::web::visit::Rooms;
use crate::{ca, oidc};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, RwLock};

/// An open house.
pub struct House {
    /// Where it lives.
    pub directory: DataDirectory,
    /// How it was booted.
    pub boot: Boot,
    /// What handlers use.
    pub appliance: Appliance,
}

/// Opens the house in a directory. `demo`: which kind is wanted; the other kind refuses.
pub fn open(path: &Path, demo: bool) -> Result<House, HouseFault> {
    let directory = DataDirectory::open(path)?;
    let boot = directory.boot()?;
    if boot.demo != demo {
        let wrong = if boot.demo { DirectoryFault::IsDemo } else { DirectoryFault::IsReal };
        return Err(wrong(path.to_owned()).into());
    }
    open_any(directory, boot)
}

/// Opens a real house with another boot file than its own.
pub fn open_with(path: &Path, config: &Path) -> Result<House, HouseFault> {
    let directory = DataDirectory::open(path)?;
    let boot = Boot::read(config)?;
    if boot.demo {
        return Err(DirectoryFault::IsDemo(path.to_owned()).into());
    }
    open_any(directory, boot)
}

/// Opens the house in a directory, whatever kind it is: for commands.
pub fn open_for_command(path: &Path) -> Result<House, HouseFault> {
    let directory = DataDirectory::open(path)?;
    let boot = directory.boot()?;
    open_any(directory, boot)
}

fn open_any(directory: DataDirectory, boot: Boot) -> Result<House, HouseFault> {
    must_be_there(&directory)?;
    let keys = SharedKeys::load(&directory.key_file())?;
    let store = Store::open(&directory.database())?;
    let demo = setup::is_demo(&store)?;
    if demo != boot.demo {
        // Somebody edited the boot file: the store knows better.
        let wrong = if demo { DirectoryFault::IsDemo } else { DirectoryFault::IsReal };
        return Err(wrong(directory.path().to_owned()).into());
    }
    if !demo && store.read(store::person::any_demo)? {
        return Err(HouseFault::Broken(
            "this database holds accounts made with demo cards; a real house refuses to open it. Restore the \
             backup from before they came in"
                .to_owned(),
        ));
    }
    let secrets = secrets(&store, &keys)?;
    let town = store.read(|db| store::appliance::setting(TOWN_SETTING, db))?;
    let town: Town = match town.as_deref().map(serde_json::from_str) {
        Some(Ok(town)) => town,
        _ => return Err(HouseFault::Broken("the settings of the town can not be read".to_owned())),
    };
    let appliance = Appliance {
        store,
        keys,
        secrets,
        clock: Box::new(SystemClock),
        dice: Box::new(SystemDice),
        origin: boot.public_url.clone(),
        demo,
        policy: Policy::default(),
        limits: Limits::new(boot.open_per_minute),
        uses: crate::http::uses::Uses::default(),
        proxies: TrustedProxies(boot.proxies()),
        town: RwLock::new(Arc::new(town)),
    };
    Ok(House { directory, boot, appliance })
}

/// The store would make a new, empty database in place of a missing one.
fn must_be_there(directory: &DataDirectory) -> Result<(), HouseFault> {
    let missing = |path: &Path| path.symlink_metadata().is_err_and(|why| why.kind() == ErrorKind::NotFound);
    if missing(&directory.key_file()) {
        return Err(HouseFault::Broken(format!(
            "{} is missing: without it nothing that is sealed can be read. Put your copy of it back (mode 0600), or \
             restore a backup with the recovery key",
            directory.key_file().display()
        )));
    }
    if missing(&directory.database()) {
        return Err(HouseFault::Broken(format!(
            "{} is missing; put it back, or restore the latest backup",
            directory.database().display()
        )));
    }
    Ok(())
}

fn secrets(store: &Store, keys: &SharedKeys) -> Result<Secrets, HouseFault> {
    let [pseudonym, lookup, csrf] = SECRETS.map(|name| -> Result<LookupKey, HouseFault> {
        let sealed = store.read(|db| store::appliance::secret(name, db))?;
        let sealed = sealed.ok_or_else(|| HouseFault::Broken(format!("the secret {name} is missing")))?;
        let place = secret_place(name);
        let wrong = || {
            HouseFault::Broken(format!(
                "the secret {name} does not open: this appliance.key does not belong to this database. Put back the key file that \
                 belongs to it, or restore a backup"
            ))
        };
        let opened = keys.open_with(|keys| keys.open(&place, &sealed)).map_err(|_broken| wrong())?;
        Ok(LookupKey::new(opened.as_slice().try_into().map_err(|_length| wrong())?))
    });
    Ok(Secrets { pseudonym: pseudonym?, lookup: lookup?, csrf: csrf? })
}

/// The rooms of a house.
pub fn rooms(house: &House, demo_services: Vec<(String, String)>) -> Result<Rooms, HouseFault> {
    let app = &house.appliance;
    let url = house.boot.url().map_err(|why| HouseFault::Broken(format!("public_url {why}")))?;
    let host = url.host_str().unwrap_or_default();
    let passkeys = RelyingParty::new(host, &app.town().name, &url, AttestationTrust::default())
        .map_err(|why| HouseFault::Broken(why.to_string()))?;
    let demo = app.demo.then(|| lab_secret::server(app)).transpose();
    let demo = demo.map_err(|why| HouseFault::Broken(why.to_string()))?;
    let now = app.now();
    Ok(Rooms {
        passkeys,
        makers: Arc::new(Makers { demo, ..Makers::default() }),
        oidc: Arc::new(oidc::Provider::new(app)?),
        signer: RwLock::new(Arc::new(ca::ensure_signer_blocking(
            &app.store,
            &app.keys,
            app.dice.as_ref(),
            now,
        )?)),
        demo_services,
        tls: match house.boot.tls {
            Tls::Off => TlsSource::Off,
            Tls::Files => TlsSource::Files,
            Tls::LocalCa => TlsSource::LocalCa,
        },
        started: now,
    })
}
