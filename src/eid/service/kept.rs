//! Where the settings of the rented service rest: one sealed secret of the appliance.

use super::settings::ServiceSettings;
use crate::domain::dice::draw;
use crate::http::{Appliance, Trouble};
use crate::store::vault::secret_place;
use crate::store::{self, Write};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The secret's name.
pub const NAME: &str = "eid-service";

/// The settings, if there are any.
///
/// # Errors
/// Those of the store; a fault if what is kept does not open.
pub fn load(app: &Appliance) -> Result<Option<ServiceSettings>, Trouble> {
    Ok(look(app)?.settings)
}

/// What somebody saw, so that nobody replaces what they never looked at.
#[derive(Debug)]
pub struct Seen {
    /// The settings that were kept.
    pub settings: Option<ServiceSettings>,
    sealed: Option<Vec<u8>>,
}

impl Seen {
    /// Travels through a form: other settings have another one.
    #[must_use]
    pub fn mark(&self, app: &Appliance) -> String {
        self.sealed.as_ref().map_or_else(String::new, |sealed| {
            URL_SAFE_NO_PAD.encode(app.secrets.lookup.hash("eid-service-seen", sealed))
        })
    }
}

/// The settings of the moment, to be replaced or removed.
///
/// # Errors
/// Those of [`load`].
pub fn look(app: &Appliance) -> Result<Seen, Trouble> {
    let sealed = app.store.read(|db| store::appliance::secret(NAME, db))?;
    let settings = sealed.as_ref().map(|sealed| open(sealed, app)).transpose()?;
    Ok(Seen { settings, sealed })
}

/// Keeps settings in place of those that were seen; `also` happens in the same write. `false`: somebody changed them
/// in between, and nothing happened.
///
/// # Errors
/// Those of the store and of `also`.
pub async fn keep<F>(
    settings: &ServiceSettings,
    seen: &Seen,
    also: F,
    app: &Appliance,
) -> Result<bool, Trouble>
where
    F: Fn(&Write) -> Result<(), Trouble> + Send + 'static,
{
    let before = seen.sealed.clone();
    let keys = app.keys.keys_for_sealing().map_err(|why| Trouble::fault("seal", &why))?;
    let sealed = keys.seal(&secret_place(NAME), &settings.to_bytes(), draw(app.dice.as_ref()));
    app.write(move |db| -> Result<bool, Trouble> {
        let kept = match &before {
            Some(before) => store::appliance::reseal_secret(NAME, before, &sealed, db)?,
            None => store::appliance::insert_secret(NAME, &sealed, db)?,
        };
        if kept {
            also(db)?;
        }
        Ok(kept)
    })
    .await
}

/// Forgets the settings that were seen: the house rents no service any more. `also` happens in the same write.
/// `false`: there are none, or others by now.
///
/// # Errors
/// Those of the store and of `also`.
pub async fn forget<F>(seen: &Seen, also: F, app: &Appliance) -> Result<bool, Trouble>
where
    F: Fn(&Write) -> Result<(), Trouble> + Send + 'static,
{
    let before = seen.sealed.clone();
    app.write(move |db| -> Result<bool, Trouble> {
        let same = before.is_some() && store::appliance::secret(NAME, db)? == before;
        if same {
            store::appliance::remove_secret(NAME, db)?;
            also(db)?;
        }
        Ok(same)
    })
    .await
}

fn open(sealed: &[u8], app: &Appliance) -> Result<ServiceSettings, Trouble> {
    let place = secret_place(NAME);
    let plain = app.keys.open_with(|keys| keys.open(&place, sealed));
    let plain = plain.map_err(|why| Trouble::fault("eid-service", &why))?;
    ServiceSettings::from_bytes(&plain)
        .ok_or_else(|| Trouble::fault("eid-service", &"the settings are not readable"))
}
