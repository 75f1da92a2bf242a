//! Which cards the operator of a lab wants believed, and which are blocked: one sealed secret beside the lab's own.
//!
//! A command changes it while the server runs; the server looks at it at every card.

use super::trust::CardTrust;
use crate::cvc::document_signer::{Csca, SignerError};
use crate::domain::dice::draw;
use crate::eid::lab::Lab;
use crate::http::{Appliance, Trouble};
use crate::store;
use crate::store::vault::secret_place;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};

/// The secret's name.
const NAME: &str = "eid-trust";
/// Most authorities: a master list of all countries has about 500.
const MAX_AUTHORITIES: usize = 2_000;
/// Most blocked cards.
const MAX_BLOCKED: usize = 1_000_000;

/// The list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustList {
    /// Certificates of country signing CAs, DER.
    authorities: Vec<Vec<u8>>,
    /// Pseudonyms in the sector of the lab.
    blocked: Vec<Vec<u8>>,
}

/// Why the list does not take something.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// Not the certificate of an authority which this house can follow.
    #[error(
        "{0}; give the certificate (DER) of a country signing CA on brainpoolP256r1, P384r1, NIST P-256 or P-384"
    )]
    Authority(#[from] SignerError),
    /// Not a pseudonym.
    #[error("a pseudonym on the block list has 32 or 48 bytes, in hexadecimal")]
    Pseudonym,
    /// Longer than any list.
    #[error("the list is full")]
    Full,
}

impl TrustList {
    /// Believes every card whose signer this authority certified. `false`: it did already.
    ///
    /// # Errors
    /// [`NotTaken`].
    pub fn trust(&mut self, authority: &[u8]) -> Result<bool, NotTaken> {
        Csca::trusted(authority)?;
        insert(&mut self.authorities, authority, MAX_AUTHORITIES)
    }

    /// Refuses a card by its pseudonym for the block list. `false`: it was refused already.
    ///
    /// # Errors
    /// [`NotTaken`].
    pub fn block(&mut self, pseudonym: &[u8]) -> Result<bool, NotTaken> {
        if ![32, 48].contains(&pseudonym.len()) {
            return Err(NotTaken::Pseudonym);
        }
        insert(&mut self.blocked, pseudonym, MAX_BLOCKED)
    }

    /// How many authorities are trusted and how many cards blocked.
    #[must_use]
    pub const fn counts(&self) -> (usize, usize) {
        (self.authorities.len(), self.blocked.len())
    }

    fn add_to(&self, mut trust: CardTrust) -> CardTrust {
        // Each was readable when it was taken.
        trust.authorities.extend(self.authorities.iter().filter_map(|one| Csca::trusted(one).ok()));
        trust.blocked.extend(self.blocked.iter().cloned());
        trust
    }
}

fn insert(list: &mut Vec<Vec<u8>>, one: &[u8], most: usize) -> Result<bool, NotTaken> {
    if list.iter().any(|known| known == one) {
        return Ok(false);
    }
    if list.len() >= most {
        return Err(NotTaken::Full);
    }
    list.push(one.to_vec());
    Ok(true)
}

/// The list as it is kept.
///
/// # Errors
/// Those of the store; a fault if what is kept does not open.
pub fn load(app: &Appliance) -> Result<TrustList, Trouble> {
    match app.store.read(|db| store::appliance::secret(NAME, db))? {
        Some(sealed) => open(&sealed, app),
        None => Ok(TrustList::default()),
    }
}

/// Changes the list, whoever else changes it at the same time.
///
/// # Errors
/// Those of the store; what `change` refuses.
pub fn change<T>(
    app: &Appliance,
    change: impl Fn(&mut TrustList) -> Result<T, NotTaken>,
) -> Result<Result<T, NotTaken>, Trouble> {
    loop {
        let before = app.store.read(|db| store::appliance::secret(NAME, db))?;
        let mut list =
            before.as_ref().map_or_else(|| Ok(TrustList::default()), |sealed| open(sealed, app))?;
        let done = match change(&mut list) {
            Ok(done) => done,
            Err(refused) => return Ok(Err(refused)),
        };
        let plain = serde_json::to_vec(&list).map_err(|why| Trouble::fault("eid", &why))?;
        let keys = app.keys.keys_for_sealing().map_err(|why| Trouble::fault("seal", &why))?;
        let sealed = keys.seal(&secret_place(NAME), &plain, draw(app.dice.as_ref()));
        let kept = app.store.write_blocking(app.now().0, move |db| match &before {
            Some(before) => store::appliance::reseal_secret(NAME, before, &sealed, db),
            None => store::appliance::insert_secret(NAME, &sealed, db),
        })?;
        if kept {
            return Ok(Ok(done));
        }
    }
}

fn open(sealed: &[u8], app: &Appliance) -> Result<TrustList, Trouble> {
    let place = secret_place(NAME);
    let plain = app.keys.open_with(|keys| keys.open(&place, sealed));
    let plain = plain.map_err(|why| Trouble::fault("eid", &why))?;
    serde_json::from_slice(&plain).map_err(|why| Trouble::fault("eid", &why))
}

/// The trust of the moment: the lab's own and the list's, read anew when the sealed bytes changed.
#[derive(Default)]
pub struct Trusted(Mutex<Option<Seen>>);

/// The sealed bytes, if there were any, and what they came to.
type Seen = (Option<Vec<u8>>, Arc<CardTrust>);

impl Trusted {
    /// Which cards are believed now.
    ///
    /// # Errors
    /// Those of the store; a fault if what is kept does not open.
    pub fn now(&self, lab: &Lab, app: &Appliance) -> Result<Arc<CardTrust>, Trouble> {
        let sealed = app.store.read(|db| store::appliance::secret(NAME, db))?;
        let mut ready = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, trust)) = ready.as_ref().filter(|(seen, _)| *seen == sealed) {
            return Ok(Arc::clone(trust));
        }
        let list = sealed.as_ref().map_or_else(|| Ok(TrustList::default()), |sealed| open(sealed, app))?;
        let trust = Arc::new(list.add_to(lab.trust()));
        *ready = Some((sealed, Arc::clone(&trust)));
        Ok(trust)
    }
}
