//! A customer's session: opened by useID, ended by getResult. Between the two it is the server's.

use super::customer::Customer;
use super::result;
use crate::domain::dice::draw;
use crate::domain::eid_session::{CustomerSession, EidOwner, EidSession};
use crate::domain::id::EidSessionId;
use crate::domain::secret::{BearerHash, Secret};
use crate::eid::answer::Answer;
use crate::eid::server::exchange;
use crate::eid::server::session::{Session, Stage};
use crate::eid::service::message::{GetResultRequest, Minor, Psk, SessionId, Started, UseIdRequest};
use crate::http::{Appliance, Trouble};
use crate::paths;
use crate::store::eid_customer::{Inserted, Taken};
use crate::store::{self, vault};
use crate::xml::write::to_hex;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

/// Characters of a `PSK/ID` that a customer chooses: the SessionIdentifier is a bearer here, not to be guessed.
const CHOSEN_ID: usize = 32;
/// Bytes of a `PSK/Key` that a customer chooses.
const CHOSEN_KEY: usize = 32;

/// What a customer's session holds besides, sealed.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Own {
    psk: Vec<u8>,
    /// Whether the level of assurance was asked for.
    level: bool,
    /// The origin of the customer's pages.
    pub(super) origin: String,
}

impl Own {
    pub(super) fn psk(&self) -> Secret<Vec<u8>> {
        Secret::new(self.psk.clone())
    }

    fn seal(&self, id: EidSessionId, app: &Appliance) -> Result<Vec<u8>, Trouble> {
        let broken = |why: &dyn std::fmt::Display| Trouble::fault("eid", why);
        let plain = Zeroizing::new(serde_json::to_vec(self).map_err(|why| broken(&why))?);
        let keys = app.keys.keys_for_sealing().map_err(|why| broken(&why))?;
        Ok(vault::seal_customer_session(id, &plain, &keys, app.dice.as_ref()))
    }

    /// `None`: the appliance key that sealed it is gone.
    pub(super) fn open(own: &CustomerSession, app: &Appliance) -> Result<Option<Self>, Trouble> {
        let Some(plain) = vault::open_customer_session(own.session, &own.sealed, &app.keys)? else {
            return Ok(None);
        };
        serde_json::from_slice(&plain).map(Some).map_err(|why| Trouble::fault("eid", &why))
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.psk.zeroize();
    }
}

/// useID: opens a session, or says why not.
///
/// # Errors
/// Those of the store.
pub async fn open(
    customer: &Customer,
    asked: UseIdRequest,
    app: &Appliance,
) -> Result<Result<Started, Minor>, Trouble> {
    if asked.misses_argument() {
        return Ok(Err(Minor::MissingArgument));
    }
    if !customer.may_ask(&asked.request) {
        return Ok(Err(Minor::MissingTerminalRights));
    }
    let weak = |psk: &Psk| psk.id.expose().len() < CHOSEN_ID || psk.key.expose().len() < CHOSEN_KEY;
    if asked.psk.as_ref().is_some_and(weak) {
        return Ok(Err(Minor::InvalidPsk));
    }
    let chosen = asked.psk.is_some();
    let psk = asked.psk.unwrap_or_else(|| Psk {
        id: exchange::draw_identifier(app),
        key: Secret::new(draw::<32>(app.dice.as_ref()).to_vec()),
    });
    let Some(name) = SessionId::new(draw::<32>(app.dice.as_ref()).to_vec()) else {
        return Ok(Err(Minor::InternalError));
    };
    let session = Session { request: asked.request, asker: Some(customer.asker()), stage: Stage::Opened };
    let row = exchange::row(EidOwner::Customer(customer.name.clone()), &psk.id, &session, app)?;
    let own =
        Own { psk: psk.key.expose().clone(), level: asked.level.is_some(), origin: customer.url.clone() };
    let own = CustomerSession { session: row.id, result: hash_of(&name), sealed: own.seal(row.id, app)? };
    let (of, most) = (customer.name.clone(), customer.sessions);
    let inserted = app
        .write(move |db| store::eid_customer::insert(&row, &own, (&of, most), db).map_err(Trouble::from))
        .await?;
    Ok(match inserted {
        Inserted::Yes => Ok(Started { session: name, server_address: Some(app.url(paths::EID_PAOS)), psk }),
        Inserted::TooMany => Err(Minor::TooManyOpenSessions),
        Inserted::Taken if chosen => Err(Minor::InvalidPsk),
        Inserted::Taken => Err(Minor::InternalError),
    })
}

/// getResult: hands a result over, once, or says why not.
///
/// # Errors
/// Those of the store.
pub async fn result(
    customer: &Customer,
    asked: &GetResultRequest,
    app: &Appliance,
) -> Result<Result<Answer, Minor>, Trouble> {
    let (hash, counter, of) = (hash_of(&asked.session), asked.counter, customer.name.clone());
    if counter < 1 {
        return Ok(Err(Minor::InvalidCounter));
    }
    let taken = app
        .write(move |db| store::eid_customer::take(&hash, &of, counter, db).map_err(Trouble::from))
        .await?;
    match taken {
        Taken::NoSession => Ok(Err(Minor::InvalidSession)),
        Taken::Counter => Ok(Err(Minor::InvalidCounter)),
        Taken::NotYet => Ok(Err(Minor::NoResultYet)),
        Taken::Result(ended) => handed_over(&ended.0, &ended.1, app),
    }
}

/// What is handed over of a session that is gone.
fn handed_over(
    session: &EidSession,
    own: &CustomerSession,
    app: &Appliance,
) -> Result<Result<Answer, Minor>, Trouble> {
    let (Some(outcome), Some(own)) = (exchange::outcome(session, app)?, Own::open(own, app)?) else {
        return Ok(Err(Minor::InternalError));
    };
    Ok(match outcome {
        Ok(answer) => Ok(Answer { level: answer.level.filter(|_| own.level), ..answer }),
        Err(refused) => Err(result::minor(refused)),
    })
}

/// What the store finds a session by.
fn hash_of(session: &SessionId) -> BearerHash {
    BearerHash::of(&Zeroizing::new(to_hex(session.expose())))
}
