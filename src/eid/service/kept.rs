//! Where the settings of the rented service rest: one sealed secret of the appliance.

use super::settings::ServiceSettings;
use crate::domain::dice::draw;
use crate::http::{Appliance, Trouble};
use crate::store;
use crate::store::vault::secret_place;

/// The secret's name.
pub const NAME: &str = "eid-service";

/// The settings, if there are any.
///
/// # Errors
/// Those of the store; a fault if what is kept does not open.
pub fn load(app: &Appliance) -> Result<Option<ServiceSettings>, Trouble> {
    let Some(sealed) = app.store.read(|db| store::appliance::secret(NAME, db))? else { return Ok(None) };
    open(&sealed, app).map(Some)
}

/// Keeps settings, in place of those that were there. `false`: somebody changed them in between.
///
/// # Errors
/// Those of the store.
pub async fn keep(settings: &ServiceSettings, app: &Appliance) -> Result<bool, Trouble> {
    let before = app.store.read(|db| store::appliance::secret(NAME, db))?;
    let keys = app.keys.keys_for_sealing().map_err(|why| Trouble::fault("seal", &why))?;
    let sealed = keys.seal(&secret_place(NAME), &settings.to_bytes(), draw(app.dice.as_ref()));
    app.write(move |db| -> Result<bool, Trouble> {
        Ok(match &before {
            Some(before) => store::appliance::reseal_secret(NAME, before, &sealed, db)?,
            None => store::appliance::insert_secret(NAME, &sealed, db)?,
        })
    })
    .await
}

/// Forgets the settings: the house rents no service any more. `false`: there were none.
///
/// # Errors
/// Those of the store.
pub async fn forget(app: &Appliance) -> Result<bool, Trouble> {
    app.write(|db| Ok(store::appliance::remove_secret(NAME, db)?)).await
}

fn open(sealed: &[u8], app: &Appliance) -> Result<ServiceSettings, Trouble> {
    let place = secret_place(NAME);
    let plain = app.keys.open_with(|keys| keys.open(&place, sealed));
    let plain = plain.map_err(|why| Trouble::fault("eid-service", &why))?;
    ServiceSettings::from_bytes(&plain)
        .ok_or_else(|| Trouble::fault("eid-service", &"the settings are not readable"))
}
