//! The service that is rented at this moment: an operator, or a command in another process, may change it any time.

use super::client::Client;
use super::kept;
use crate::domain::time::Timestamp;
use crate::http::{Appliance, Trouble};
use crate::store;
use std::sync::{Arc, Mutex, PoisonError};

/// The client for the settings of the moment. Making one parses keys and certificates, so it is kept as long as the
/// sealed settings are the same bytes; its memory of answers that were taken lives as long.
#[derive(Default)]
pub struct Rented(Mutex<Option<Ready>>);

struct Ready {
    sealed: Vec<u8>,
    client: Arc<Client>,
}

impl Rented {
    /// Whether a service is rented.
    ///
    /// # Errors
    /// Those of the store.
    pub fn is_configured(&self, app: &Appliance) -> Result<bool, Trouble> {
        Ok(app.store.read(|db| store::appliance::secret(kept::NAME, db))?.is_some())
    }

    /// The client; `None` if no service is rented.
    ///
    /// # Errors
    /// Those of the store; a fault if what is kept can not be used.
    pub fn client(&self, app: &Appliance) -> Result<Option<Arc<Client>>, Trouble> {
        let Some(sealed) = app.store.read(|db| store::appliance::secret(kept::NAME, db))? else {
            return Ok(None);
        };
        let mut ready = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ready) = ready.as_ref().filter(|ready| ready.sealed == sealed) {
            return Ok(Some(Arc::clone(&ready.client)));
        }
        let Some(settings) = kept::load(app)? else { return Ok(None) };
        let checked = settings.check().map_err(|mistakes| {
            let all: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            Trouble::fault("eid-service", &all.join("; "))
        })?;
        let client = Arc::new(Client::new(checked).map_err(|why| Trouble::fault("eid-service", &why))?);
        *ready = Some(Ready { sealed, client: Arc::clone(&client) });
        Ok(Some(client))
    }
}

/// The certificates of the settings that end before an instant, for an alarm.
///
/// # Errors
/// Those of the store.
pub fn ending_before(instant: Timestamp, app: &Appliance) -> Result<Vec<super::settings::Expiry>, Trouble> {
    let Some(settings) = kept::load(app)? else { return Ok(Vec::new()) };
    Ok(settings.expiries().into_iter().filter(|expiry| expiry.at < instant).collect())
}
