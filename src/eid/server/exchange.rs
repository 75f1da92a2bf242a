//! The server at work: sessions in the store, one message after the other.

use super::session::{self, Around, Session, Stage};
use super::terminal::Terminal;
use super::trust_list::Trusted;
use crate::domain::dice::draw;
use crate::domain::eid_session::{EidOwner, EidSession};
use crate::domain::id::EidSessionId;
use crate::domain::secret::{Bearer, BearerHash, Secret};
use crate::domain::time::{Span, Timestamp};
use crate::eid::answer::Outcome;
use crate::eid::lab::{Lab, LabFault};
use crate::eid::paos::envelope::draw_message_id;
use crate::eid::paos::{FromClient, FromServer, Header, Minor, PaosError, PaosResult, Received};
use crate::eid::request::Request;
use crate::http::{Appliance, Trouble};
use crate::store::{self, vault};
use crate::xml::write::to_hex;
use jiff::civil::Date;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// A holder has so long from the TC token to the result; finding card and PIN takes a while.
pub const SESSION_LIFE: Span = Span::minutes(15);

/// The server of a lab.
pub struct Server {
    lab: Lab,
    trust: Trusted,
    /// SHA-256 of the TLS certificates that lead to us: today's, and the one before it while it may still be seen.
    tls: RwLock<Vec<[u8; 32]>>,
    /// The terminal of a day, for those certificates.
    terminal: Mutex<Option<Prepared>>,
}

struct Prepared {
    day: Date,
    tls: Vec<[u8; 32]>,
    terminal: Arc<Terminal>,
}

/// What the TC token says of a session.
pub struct Opened {
    /// `SessionIdentifier`.
    pub identifier: Secret<String>,
    /// The one-time value of the address which the browser comes back to.
    pub once: Bearer,
}

impl Server {
    /// The server of a lab whose cards it believes.
    #[must_use]
    pub fn new(lab: Lab) -> Self {
        Self { lab, trust: Trusted::default(), tls: RwLock::default(), terminal: Mutex::default() }
    }

    /// Its lab.
    #[must_use]
    pub const fn lab(&self) -> &Lab {
        &self.lab
    }

    /// Says by which TLS certificate we are reached from now on (its SHA-256). The one before stays known: a holder
    /// whose program has just seen it must not be turned away.
    pub fn reached_by(&self, certificate: [u8; 32]) {
        let mut known = self.tls.write().unwrap_or_else(PoisonError::into_inner);
        if known.first() != Some(&certificate) {
            known.retain(|one| *one != certificate);
            known.insert(0, certificate);
            known.truncate(2);
        }
    }

    /// The TLS certificates that lead to us (SHA-256), today's first.
    #[must_use]
    pub fn tls(&self) -> Vec<[u8; 32]> {
        self.tls.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Who asks, with the certificates of the day.
    ///
    /// # Errors
    /// [`LabFault`].
    pub fn terminal(&self, app: &Appliance) -> Result<Arc<Terminal>, LabFault> {
        let today = app.today();
        let tls = self.tls();
        let mut prepared = self.terminal.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ready) = prepared.as_ref().filter(|ready| ready.day == today && ready.tls == tls) {
            return Ok(Arc::clone(&ready.terminal));
        }
        let terminal = Arc::new(self.lab.terminal(&app.town().name, &app.origin, &tls, today)?);
        *prepared = Some(Prepared { day: today, tls, terminal: Arc::clone(&terminal) });
        Ok(terminal)
    }

    /// Opens a session; an earlier one of the same check dies.
    ///
    /// # Errors
    /// [`Trouble`] of the store.
    pub async fn open(&self, owner: EidOwner, request: Request, app: &Appliance) -> Result<Opened, Trouble> {
        let identifier = to_hex(&draw::<32>(app.dice.as_ref())).to_lowercase();
        let (id, once) = (EidSessionId::draw(app.dice.as_ref()), Bearer::draw(app.dice.as_ref()));
        let stage = Stage::Opened;
        let session = EidSession {
            id,
            identifier: BearerHash::of(&identifier),
            message: None,
            once: once.hash(),
            owner,
            progress: stage.progress(),
            version: 0,
            sealed: seal(id, &Session { request, stage }, app)?,
            expires: app.now() + SESSION_LIFE,
        };
        app.write(move |db| store::eid_session::insert(&session, db).map_err(Trouble::from)).await?;
        Ok(Opened { identifier: Secret::new(identifier), once })
    }

    /// Takes a message of an eID-Client and gives the answer. Whatever a stranger sends, the answer is one of the
    /// protocol; only a fault of ours is an error.
    ///
    /// # Errors
    /// [`Trouble`] of the store, or of the lab.
    pub async fn exchange(&self, body: &[u8], app: &Appliance) -> Result<String, Trouble> {
        let received = match FromClient::parse(body) {
            Ok(received) => received,
            Err(why) => {
                tracing::info!(%why, "A PAOS message without a readable header was refused");
                return Ok(end(None, Minor::PARAMETER, app));
            }
        };
        let relates_to = Some(received.header.message_id.clone());
        let Some(kept) = find(&received, app)? else { return Ok(end(relates_to, Minor::TIMEOUT, app)) };
        let Some(session) = open_sealed(&kept, app)? else { return Ok(end(relates_to, Minor::TIMEOUT, app)) };
        let terminal = self.terminal(app).map_err(|why| Trouble::fault("eid", &why))?;
        let trust = self.trust.now(&self.lab, app)?;
        let around =
            Around { terminal: &terminal, trust: &trust, today: app.today(), dice: app.dice.as_ref() };
        let message = received.message.unwrap_or_else(|why| {
            tracing::info!(%why, "A PAOS message was refused");
            FromClient::Failed(Minor::new(Minor::PARAMETER))
        });
        let (stage, answer) = session::step(&session, message, &around);
        let header = Header { message_id: draw_message_id(app.dice.as_ref()), relates_to };
        if keep(&kept, session.request, stage, &header, app).await? {
            Ok(answer.write(&header))
        } else {
            Ok(end(header.relates_to, Minor::TIMEOUT, app))
        }
    }
}

/// How a living session ended; `None` while it has not.
///
/// # Errors
/// [`Trouble`] of the store.
pub fn outcome(kept: &EidSession, app: &Appliance) -> Result<Option<Outcome>, Trouble> {
    Ok(match open_sealed(kept, app)?.map(|session| session.stage) {
        Some(Stage::Ended(outcome)) => Some(*outcome),
        _ => None,
    })
}

/// The living session which a message belongs to: the first names it, each other one answers our last.
fn find(
    received: &Received<Result<FromClient, PaosError>>,
    app: &Appliance,
) -> Result<Option<EidSession>, Trouble> {
    let found = match (&received.message, &received.header.relates_to) {
        (Ok(FromClient::Start { session }), _) => {
            let identifier = BearerHash::of(session);
            app.store.read(|db| store::eid_session::by_identifier(&identifier, db))?
        }
        (_, Some(message)) => {
            let message = BearerHash::of(message);
            app.store.read(|db| store::eid_session::by_message(&message, db))?
        }
        (_, None) => None,
    };
    Ok(found.filter(|kept| app.now() < kept.expires))
}

fn seal(id: EidSessionId, session: &Session, app: &Appliance) -> Result<Vec<u8>, Trouble> {
    let broken = |why: &dyn std::fmt::Display| Trouble::fault("eid", why);
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(session).map_err(|why| broken(&why))?);
    let keys = app.keys.keys_for_sealing().map_err(|why| broken(&why))?;
    Ok(vault::seal_session(id, &plain, &keys, app.dice.as_ref()))
}

fn open_sealed(kept: &EidSession, app: &Appliance) -> Result<Option<Session>, Trouble> {
    let Some(plain) = vault::open_session(kept.id, &kept.sealed, &app.keys)? else { return Ok(None) };
    serde_json::from_slice(&plain).map(Some).map_err(|why| Trouble::fault("eid", &why))
}

/// `false`: another message of this session was faster, or its time is up.
async fn keep(
    from: &EidSession,
    request: Request,
    stage: Stage,
    header: &Header,
    app: &Appliance,
) -> Result<bool, Trouble> {
    let ended = matches!(stage, Stage::Ended(_));
    let to = EidSession {
        message: (!ended).then(|| BearerHash::of(&header.message_id)),
        progress: stage.progress(),
        version: from.version + 1,
        sealed: seal(from.id, &Session { request, stage }, app)?,
        ..from.clone()
    };
    let from = from.clone();
    app.write(move |db| store::eid_session::advance(&from, &to, db).map_err(Trouble::from)).await
}

/// The end of a conversation of which we know nothing (any more).
fn end(relates_to: Option<String>, minor: &str, app: &Appliance) -> String {
    let header = Header { message_id: draw_message_id(app.dice.as_ref()), relates_to };
    FromServer::End(PaosResult::error(minor)).write(&header)
}

/// When a session opened now would die.
#[must_use]
pub fn expires(now: Timestamp) -> Timestamp {
    now + SESSION_LIFE
}
