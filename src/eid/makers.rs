//! Who checks identities in this house, and how a check is handed to them and comes back.

use super::answer::Outcome;
use super::request::Request;
use super::server::{self, Server};
use super::tc_token::TcToken;
use crate::domain::eid_session::{EidOwner, EidSession};
use crate::domain::id::CheckId;
use crate::domain::identity_check::{Check, CheckStage};
use crate::http::{Appliance, Trouble};
use crate::paths;
use crate::store;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The makers of identity checks.
#[derive(Default)]
pub struct Makers {
    /// The demo's made-up cards, read by a server of our own. A real house has none.
    pub demo: Option<Server>,
}

/// The name in records of what our own server read.
pub const OWN_SERVER: &str = "eid-server";

impl Makers {
    /// Whether made-up cards are all there is.
    #[must_use]
    pub const fn is_demo(&self) -> bool {
        self.demo.is_some()
    }

    /// Where a browser goes to be checked; `None` if nobody checks here.
    #[must_use]
    pub fn entrance(&self, check: CheckId) -> Option<String> {
        self.demo.is_some().then(|| paths::demo_card(check))
    }

    /// The server of our own, if there is one.
    #[must_use]
    pub const fn server(&self) -> Option<&Server> {
        self.demo.as_ref()
    }

    /// Opens a session for a check and gives its TC token.
    ///
    /// # Errors
    /// [`Trouble::NotFound`] if nobody checks here; those of the store.
    pub async fn open(&self, check: CheckId, app: &Appliance) -> Result<TcToken, Trouble> {
        let server = self.server().ok_or(Trouble::NotFound)?;
        let opened = server.open(EidOwner::Check(check), wanted(app)?, app).await?;
        Ok(TcToken {
            server_address: app.url(paths::EID_PAOS),
            session_identifier: opened.identifier,
            refresh_address: app.url(&paths::eid_return(check, opened.once.expose())),
            communication_error_address: app.url(&paths::eid_failure(check, opened.once.expose())),
            psk: None,
        })
    }
}

/// What is asked of every card: what an account needs and what the services here ask for.
///
/// # Errors
/// Those of the store.
pub fn wanted(app: &Appliance) -> Result<Request, Trouble> {
    let services = app.store.read(|db| store::service::all(10_000, db))?;
    let asked =
        services.iter().filter(|service| service.active).flat_map(|service| &service.registration.data);
    Ok(Request::for_account(asked.map(|wanted| wanted.datum)))
}

/// The secret in the address of a check's TC token: only the browser's page knows it.
#[must_use]
pub fn tc_token_key(check: CheckId, app: &Appliance) -> String {
    URL_SAFE_NO_PAD.encode(app.secrets.lookup.hash("tc-token", check.bytes()))
}

/// The open check of a TC token's address.
///
/// # Errors
/// [`Trouble::NotFound`] for a wrong key, or a check that is over.
pub fn check_of_token(check: CheckId, key: &str, app: &Appliance) -> Result<Check, Trouble> {
    let right = tc_token_key(check, app);
    verify_slices_are_equal(right.as_bytes(), key.as_bytes()).map_err(|_wrong| Trouble::NotFound)?;
    let found = app.store.read(|db| store::identity_check::by_id(check, db))?;
    found
        .filter(|check| app.now() < check.expires && check.stage == CheckStage::Open)
        .ok_or(Trouble::NotFound)
}

/// The living session of a check to which a browser comes back with the one-time value; `None` for any other value,
/// also that of a session which a newer one has replaced.
///
/// # Errors
/// Those of the store.
pub fn come_back(check: CheckId, once: &str, app: &Appliance) -> Result<Option<EidSession>, Trouble> {
    let found = app.store.read(|db| store::eid_session::by_check(check, db))?;
    Ok(found.filter(|session| app.now() < session.expires && session.once.matches(once)))
}

/// How a session ended, if it has.
///
/// # Errors
/// Those of the store.
pub fn outcome(session: &EidSession, app: &Appliance) -> Result<Option<Outcome>, Trouble> {
    server::exchange::outcome(session, app)
}

/// Forgets a session and everything it read.
///
/// # Errors
/// Those of the store.
pub async fn forget(session: &EidSession, app: &Appliance) -> Result<(), Trouble> {
    let id = session.id;
    app.write(move |db| store::eid_session::remove(id, db).map_err(Trouble::from)).await?;
    Ok(())
}
