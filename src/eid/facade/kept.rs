//! Where customers and our signing key rest: two sealed secrets of the appliance. Only in a demo, as the server itself.

use super::customer::{Customer, Mistake, Wish};
use super::key::{KeptSigningKey, NoKey};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::dice::draw;
use crate::eid::lab::{Lab, LabFault};
use crate::http::Appliance;
use crate::store::vault::secret_place;
use crate::store::{self, Fault};
use zeroize::Zeroizing;

/// The secret with the customers.
pub const CUSTOMERS: &str = "eid-customers";
/// The secret with our signing key.
pub const SIGNING_KEY: &str = "eid-server-signing-key";
/// Customers at most.
const MAX_CUSTOMERS: usize = 200;

/// Why customers or the key can not be had or changed.
#[derive(Debug, thiserror::Error)]
pub enum NoFacade {
    /// A real house.
    #[error(
        "this is a real town's data directory: the eID server reads test cards only, so it has no customers; make a demo \
         directory for it with `torhaus demo --data-dir …`"
    )]
    Real,
    /// What was entered is wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Mistakes(Vec<Mistake>),
    /// There is one of this name.
    #[error("there is a customer {0:?} already; remove it first, or choose another name")]
    Exists(String),
    /// Messages would have two senders.
    #[error("the signing certificate is that of the customer {0:?}; each needs a key of its own")]
    SameKey(String),
    /// There is none of this name.
    #[error("there is no customer {0:?}; `torhaus eid customer list` shows them")]
    Unknown(String),
    /// Enough.
    #[error("there are {MAX_CUSTOMERS} customers already; remove one first")]
    TooMany,
    /// Another process changed them at the same moment.
    #[error("the customers were changed in between; try again")]
    Changed,
    /// No signing key can be made.
    #[error("{0}")]
    Key(#[from] NoKey),
    /// No sector can be made.
    #[error("{0}")]
    Lab(#[from] LabFault),
    /// The store refuses.
    #[error("the store: {0}")]
    Store(#[from] Fault),
    /// What is kept does not open or is not readable.
    #[error("what is kept of the eID server's customers can not be opened: {0}")]
    Broken(String),
}

fn broken(why: &dyn std::fmt::Display) -> NoFacade {
    NoFacade::Broken(why.to_string())
}

/// The customers as they rest: sealed bytes; `None` if there never was one.
///
/// # Errors
/// [`NoFacade::Store`].
pub fn sealed_customers(app: &Appliance) -> Result<Option<Vec<u8>>, NoFacade> {
    Ok(app.store.read(|db| store::appliance::secret(CUSTOMERS, db))?)
}

/// Opens what [`sealed_customers`] gave.
///
/// # Errors
/// [`NoFacade::Broken`].
pub fn open_customers(sealed: Option<&[u8]>, app: &Appliance) -> Result<Vec<Customer>, NoFacade> {
    let Some(sealed) = sealed else { return Ok(Vec::new()) };
    let place = secret_place(CUSTOMERS);
    let plain = app.keys.open_with(|keys| keys.open(&place, sealed)).map_err(|why| broken(&why))?;
    serde_json::from_slice(&plain).map_err(|why| broken(&why))
}

/// Takes a new customer.
///
/// # Errors
/// [`NoFacade`].
pub fn add(wish: &Wish, app: &Appliance) -> Result<Customer, NoFacade> {
    let new = wish.check(Lab::draw_sector(app.dice.as_ref())?).map_err(NoFacade::Mistakes)?;
    let added = new.clone();
    change(Event::EidCustomerAdded, None, app, move |mut all| {
        if all.len() >= MAX_CUSTOMERS {
            return Err(NoFacade::TooMany);
        }
        if all.iter().any(|one| one.name == added.name) {
            return Err(NoFacade::Exists(added.name));
        }
        if let Some(same) = all.iter().find(|one| one.signing.iter().any(|der| added.signing.contains(der))) {
            return Err(NoFacade::SameKey(same.name.clone()));
        }
        all.push(added);
        Ok(all)
    })?;
    Ok(new)
}

/// Lets a customer go, with its sessions and its sector.
///
/// # Errors
/// [`NoFacade`].
pub fn remove(name: &str, app: &Appliance) -> Result<(), NoFacade> {
    change(Event::EidCustomerRemoved, Some(name.to_owned()), app, |mut all| {
        let before = all.len();
        all.retain(|one| one.name != name);
        if all.len() == before { Err(NoFacade::Unknown(name.to_owned())) } else { Ok(all) }
    })
}

fn change(
    event: Event,
    gone: Option<String>,
    app: &Appliance,
    act: impl FnOnce(Vec<Customer>) -> Result<Vec<Customer>, NoFacade>,
) -> Result<(), NoFacade> {
    if !app.demo {
        return Err(NoFacade::Real);
    }
    let before = sealed_customers(app)?;
    let all = act(open_customers(before.as_deref(), app)?)?;
    let plain = Zeroizing::new(serde_json::to_vec(&all).map_err(|why| broken(&why))?);
    let keys = app.keys.keys_for_sealing().map_err(|why| broken(&why))?;
    let sealed = keys.seal(&secret_place(CUSTOMERS), &plain, draw(app.dice.as_ref()));
    let kept = app.store.write_blocking(app.now().0, move |db| -> Result<bool, Fault> {
        let kept = match &before {
            Some(before) => store::appliance::reseal_secret(CUSTOMERS, before, &sealed, db)?,
            None => store::appliance::insert_secret(CUSTOMERS, &sealed, db)?,
        };
        if !kept {
            return Ok(false);
        }
        if let Some(gone) = &gone {
            store::eid_customer::remove_sessions(gone, db)?;
        }
        store::audit::append(&Entry::new(event, Actor::Command), db)?;
        Ok(true)
    })?;
    if kept { Ok(()) } else { Err(NoFacade::Changed) }
}

/// Our signing key, made at first use.
///
/// # Errors
/// [`NoFacade`].
pub fn signing_key(app: &Appliance) -> Result<KeptSigningKey, NoFacade> {
    if !app.demo {
        return Err(NoFacade::Real);
    }
    for _try in 0..2 {
        if let Some(sealed) = app.store.read(|db| store::appliance::secret(SIGNING_KEY, db))? {
            let place = secret_place(SIGNING_KEY);
            let plain = app.keys.open_with(|keys| keys.open(&place, &sealed)).map_err(|why| broken(&why))?;
            return serde_json::from_slice(&plain).map_err(|why| broken(&why));
        }
        let made = KeptSigningKey::make(&app.town().name, app.dice.as_ref(), app.now())?;
        let keys = app.keys.keys_for_sealing().map_err(|why| broken(&why))?;
        let sealed = keys.seal(&secret_place(SIGNING_KEY), &made.to_bytes(), draw(app.dice.as_ref()));
        // Another process may have been faster: then its key is the one, and the loop reads it.
        app.store.write_blocking(app.now().0, move |db| {
            store::appliance::insert_secret(SIGNING_KEY, &sealed, db)
        })?;
    }
    Err(NoFacade::Broken("the signing key was made and is not there".to_owned()))
}
