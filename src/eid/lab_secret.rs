//! Where the lab rests: one sealed secret of the appliance. Only in a demo; a real house has none and makes none.

use super::client::demo;
use super::lab::{Lab, LabFault};
use super::server::Server;
use crate::domain::dice::draw;
use crate::http::Appliance;
use crate::store::vault::secret_place;
use crate::store::{self, Fault};
use zeroize::Zeroizing;

/// The secret's name.
pub const NAME: &str = "eid-lab";

/// Why there is no lab.
#[derive(Debug, thiserror::Error)]
pub enum NoLab {
    /// A real house.
    #[error(
        "this is a real town's data directory: an eID lab reads test cards only and would let nobody in; make a demo \
         directory for it with `torhaus demo --data-dir …`"
    )]
    Real,
    /// It can not be made.
    #[error("{0}")]
    Lab(#[from] LabFault),
    /// The store refuses.
    #[error("{0}")]
    Store(#[from] Fault),
    /// What is kept does not open or is not readable.
    #[error("the eID lab of this directory can not be opened: {0}")]
    Broken(String),
}

/// The eID-Server of a demo: its lab, with the made-up people's blocked cards on the block list.
///
/// # Errors
/// [`NoLab`].
pub fn server(app: &Appliance) -> Result<Server, NoLab> {
    let lab = ensure(app)?;
    let blocked = demo::blocked(&lab, &lab.sector()?)?;
    Ok(Server::new(lab.with_blocked(blocked), demo::blocked))
}

/// The lab of a demo, made at first use.
///
/// # Errors
/// [`NoLab`].
pub fn ensure(app: &Appliance) -> Result<Lab, NoLab> {
    if !app.demo {
        return Err(NoLab::Real);
    }
    let broken = |why: &dyn std::fmt::Display| NoLab::Broken(why.to_string());
    for _try in 0..2 {
        if let Some(sealed) = app.store.read(|db| store::appliance::secret(NAME, db))? {
            let place = secret_place(NAME);
            let plain = app.keys.open_with(|keys| keys.open(&place, &sealed)).map_err(|why| broken(&why))?;
            return serde_json::from_slice(&plain).map_err(|why| broken(&why));
        }
        let lab = Lab::make(app.today(), app.dice.as_ref())?;
        let plain = Zeroizing::new(serde_json::to_vec(&lab).map_err(|why| broken(&why))?);
        let keys = app.keys.keys_for_sealing().map_err(|why| broken(&why))?;
        let sealed = keys.seal(&secret_place(NAME), &plain, draw(app.dice.as_ref()));
        // Another process may have been faster: then its lab is the one, and the loop reads it.
        app.store
            .write_blocking(app.now().0, move |db| store::appliance::insert_secret(NAME, &sealed, db))?;
    }
    Err(NoLab::Broken("it was made and is not there".to_owned()))
}
