//! Who checks identities in this house, and how a check is handed to them and comes back.

use super::answer::Outcome;
use super::card::people::DemoPerson;
use super::client::{Decision, demo};
use super::handover::Handover;
use super::paos::PaosResult;
use super::request::Request;
use super::server::{self, Server};
use super::service::session::Asked;
use super::service::{self, rented::Rented};
use super::tc_token::TcToken;
use crate::domain::eid_session::{EidOwner, EidSession};
use crate::domain::id::CheckId;
use crate::domain::identity_check::{Check, CheckStage};
use crate::domain::secret::Bearer;
use crate::domain::time::Span;
use crate::http::{Appliance, Trouble};
use crate::paths;
use crate::store;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::sync::{PoisonError, RwLock};

/// The makers of identity checks.
#[derive(Default)]
pub struct Makers {
    /// The demo's made-up cards, read by a server of our own. A real house has none.
    pub demo: Option<Server>,
    /// The eID service that a real house rents.
    pub rented: Rented,
    /// The SHA-256 of our TLS certificate; see [`Makers::tls`].
    pub reached: RwLock<Option<[u8; 32]>>,
}

/// The name in records of what our own server read.
const OWN_SERVER: &str = "eid-server";
/// The name in records of what a rented service read.
const RENTED: &str = "eid-service";
/// How long a browser that came back is kept waiting in one request for a result that is not there yet.
const PATIENCE: Span = Span::seconds(8);

/// What the holder's program is given for a check.
#[derive(Debug)]
pub enum Opening {
    /// Its TC token.
    Token(TcToken),
    /// The address of it at our provider, which it follows.
    Elsewhere(String),
}

/// What a browser that came back hears of its session.
#[derive(Debug)]
pub enum Heard {
    /// How it ended.
    Ended(Box<Outcome>),
    /// The rented service has no result yet: ask again in a few seconds.
    NotYet,
    /// The holder's program never came to an end at our server.
    Nothing,
}

impl Makers {
    /// Says by which TLS certificate (its SHA-256) browsers reach this house from now on.
    pub fn reached_by(&self, certificate: [u8; 32]) {
        *self.reached.write().unwrap_or_else(PoisonError::into_inner) = Some(certificate);
        if let Some(server) = self.server() {
            server.reached_by(certificate);
        }
    }

    /// The SHA-256 of our TLS certificate, which a rented service must name in the description of its own
    /// (TR-03124-1 2.7.3). `None`: somebody else speaks TLS for us.
    #[must_use]
    pub fn tls(&self) -> Option<[u8; 32]> {
        *self.reached.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether made-up cards are all there is.
    #[must_use]
    pub const fn is_demo(&self) -> bool {
        self.demo.is_some()
    }

    /// Whether anybody checks identities here.
    ///
    /// # Errors
    /// Those of the store.
    pub fn has_any(&self, app: &Appliance) -> Result<bool, Trouble> {
        Ok(self.demo.is_some() || self.rented.is_configured(app)?)
    }

    /// Where a browser goes to be checked.
    #[must_use]
    pub fn entrance(&self, check: CheckId) -> String {
        if self.demo.is_some() { paths::demo_card(check) } else { paths::eid(check) }
    }

    /// The name in records of whoever reads cards here.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        if self.demo.is_some() { OWN_SERVER } else { RENTED }
    }

    /// The server of our own, if there is one.
    #[must_use]
    pub const fn server(&self) -> Option<&Server> {
        self.demo.as_ref()
    }

    /// Opens a session for a check and gives its TC token, or where our provider hands it out.
    ///
    /// # Errors
    /// [`Trouble::NotFound`] if nobody checks here; those of the store.
    pub async fn open(&self, check: CheckId, app: &Appliance) -> Result<Opening, Trouble> {
        if let Some(server) = self.server() {
            return Ok(Opening::Token(open_own(server, check, app).await?));
        }
        let client = self.rented.client(app)?.ok_or(Trouble::NotFound)?;
        let opened = service::session::open(&client, check, &wanted(app)?, app).await?;
        let opened = opened.map_err(|why| Trouble::fault("eid-service", &why))?;
        let (refresh_address, communication_error_address) = way_back(check, &opened.once, app);
        Ok(match client.token_address() {
            Some(base) => {
                let handover = Handover {
                    identifier: opened.identifier,
                    refresh_address,
                    communication_error_address,
                    tls: self.tls().into_iter().collect(),
                };
                Opening::Elsewhere(handover.address(base, &opened.psk))
            }
            None => Opening::Token(TcToken {
                server_address: opened.server_address,
                session_identifier: opened.identifier,
                refresh_address,
                communication_error_address,
                psk: Some(opened.psk),
            }),
        })
    }

    /// How the session of a browser that came back ended. A rented service is asked, and waited for a little.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn hear(&self, session: EidSession, app: &Appliance) -> Result<Heard, Trouble> {
        if self.demo.is_some() {
            return Ok(
                outcome(&session, app)?.map_or(Heard::Nothing, |outcome| Heard::Ended(Box::new(outcome)))
            );
        }
        let Some(client) = self.rented.client(app)? else { return Ok(Heard::Nothing) };
        let until = app.now() + PATIENCE;
        let mut session = session;
        loop {
            let again = match service::session::ask(&client, &session, app).await? {
                Asked::Ended(outcome) => return Ok(Heard::Ended(outcome)),
                Asked::NotYet(again) if again < until => again,
                Asked::NotYet(_) => return Ok(Heard::NotYet),
            };
            let pause = again.since(app.now()).0.max(0);
            tokio::time::sleep(std::time::Duration::from_millis(pause.unsigned_abs())).await;
            let id = session.id;
            let owner = session.owner.clone();
            let EidOwner::Check(check) = owner else { return Ok(Heard::Nothing) };
            // Somebody gave up in between, or began anew: then this one is over.
            match app.store.read(|db| store::eid_session::by_check(check, db))?.filter(|now| now.id == id) {
                Some(now) => session = now,
                None => return Ok(Heard::Nothing),
            }
        }
    }
}

impl Makers {
    /// Reads a made-up person's card, from the TC token to the end, and forgets the session: how it ended, and its
    /// name.
    ///
    /// # Errors
    /// [`Trouble::NotFound`] in a real house; those of the store; a fault of server or card.
    pub async fn read_demo_card(
        &self,
        person: &DemoPerson,
        decision: Decision,
        check: CheckId,
        app: &Appliance,
    ) -> Result<(Outcome, String), Trouble> {
        let server = self.demo.as_ref().ok_or(Trouble::NotFound)?;
        // As it goes over the wire to a stranger's program.
        let written = open_own(server, check, app).await?.write();
        let token = TcToken::parse(written.as_bytes()).map_err(|why| Trouble::fault("eid", &why))?;
        let end = demo::read(person, 0, decision, &token, (server, app)).await?;
        let session = app.store.read(|db| store::eid_session::by_check(check, db))?;
        let session = session.ok_or(Trouble::SignInOver)?;
        let outcome = match (outcome(&session, app)?, end) {
            (Some(outcome), _) => outcome,
            // Somebody else ended this session, or a newer one took its place.
            (None, PaosResult::Error(minor)) => Err(minor.refused()),
            (None, PaosResult::Ok) => return Err(Trouble::SignInOver),
        };
        forget(&session, app).await?;
        Ok((outcome, session.id.to_string()))
    }
}

async fn open_own(server: &Server, check: CheckId, app: &Appliance) -> Result<TcToken, Trouble> {
    let opened = server.open(EidOwner::Check(check), wanted(app)?, app).await?;
    let (refresh_address, communication_error_address) = way_back(check, &opened.once, app);
    Ok(TcToken {
        server_address: app.url(paths::EID_PAOS),
        session_identifier: opened.identifier,
        refresh_address,
        communication_error_address,
        psk: None,
    })
}

/// `RefreshAddress` and `CommunicationErrorAddress` of a TC token.
fn way_back(check: CheckId, once: &Bearer, app: &Appliance) -> (String, String) {
    let once = once.expose();
    (app.url(&paths::eid_return(check, once)), app.url(&paths::eid_failure(check, once)))
}

/// What is asked of every card: what an account needs and what the services here ask for.
///
/// # Errors
/// Those of the store.
pub fn wanted(app: &Appliance) -> Result<Request, Trouble> {
    let services = app.store.read(|db| store::service::all(10_000, db))?;
    let asked =
        services.iter().filter(|service| service.is_open()).flat_map(|service| &service.registration.data);
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

/// How a session at our own server ended, if it has.
fn outcome(session: &EidSession, app: &Appliance) -> Result<Option<Outcome>, Trouble> {
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
