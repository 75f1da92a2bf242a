//! The server at work: sessions in the store, one message after the other.

use super::session::{self, Around, Session, Stage};
use super::terminal::{Asker, Terminal};
use super::trust::CardTrust;
use super::trust_list::Trusted;
use crate::cvc::restricted_identification::SectorKey;
use crate::domain::dice::draw;
use crate::domain::eid_session::{EidOwner, EidSession};
use crate::domain::id::EidSessionId;
use crate::domain::secret::{Bearer, BearerHash, Secret};
use crate::domain::time::{Span, Timestamp};
use crate::eid::answer::Outcome;
use crate::eid::lab::{self, Lab, LabFault};
use crate::eid::paos::envelope::draw_message_id;
use crate::eid::paos::{FromClient, FromServer, Header, Minor, PaosError, PaosResult, Received};
use crate::eid::request::Request;
use crate::http::{Appliance, Trouble};
use crate::store::{self, vault};
use crate::xml::write::to_hex;
use aws_lc_rs::digest;
use jiff::civil::Date;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use zeroize::Zeroizing;

/// A holder has so long from the TC token to the result; finding card and PIN takes a while.
pub const SESSION_LIFE: Span = Span::minutes(15);

/// Askers whose terminals are kept ready; with more of them, certificates are issued more than once a day.
const MAX_PREPARED: usize = 64;

/// Gives the pseudonyms of blocked cards in a sector, as a block list service does.
pub type BlockList = fn(&Lab, &SectorKey) -> Result<Vec<Vec<u8>>, LabFault>;

/// The server of a lab.
pub struct Server {
    lab: Lab,
    block_list: BlockList,
    trust: Trusted,
    /// SHA-256 of the TLS certificates that lead to us: today's, and the one before it while it may still be seen.
    tls: RwLock<Vec<[u8; 32]>>,
    /// The terminals of a day, for those certificates; by [`print_of`].
    prepared: Mutex<HashMap<[u8; 32], Arc<Prepared>>>,
}

/// Who asks on a day.
struct Prepared {
    day: Date,
    tls: Vec<[u8; 32]>,
    terminal: Terminal,
    /// The pseudonyms of blocked cards in a customer's sector.
    blocked: Option<BTreeSet<Vec<u8>>>,
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
    pub fn new(lab: Lab, block_list: BlockList) -> Self {
        let (trust, tls, prepared) = (Trusted::default(), RwLock::default(), Mutex::default());
        Self { lab, block_list, trust, tls, prepared }
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
    fn prepared(&self, asker: Option<&Asker>, app: &Appliance) -> Result<Arc<Prepared>, LabFault> {
        let (today, tls, print) = (app.today(), self.tls(), print_of(asker));
        let mut all = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ready) = all.get(&print).filter(|ready| ready.day == today && ready.tls == tls) {
            return Ok(Arc::clone(ready));
        }
        let (terminal, blocked) = match asker {
            None => (self.lab.terminal(&app.town().name, &app.origin, &tls, today)?, None),
            Some(asker) => {
                let blocked = (self.block_list)(&self.lab, &lab::sector_of(&asker.sector)?)?;
                (self.lab.terminal_for(asker, &tls, today)?, Some(blocked.into_iter().collect()))
            }
        };
        if all.len() >= MAX_PREPARED {
            all.clear();
        }
        let ready = Arc::new(Prepared { day: today, tls, terminal, blocked });
        all.insert(print, Arc::clone(&ready));
        Ok(ready)
    }

    /// Opens a session for this house; an earlier one of the same check dies.
    ///
    /// # Errors
    /// [`Trouble`] of the store.
    pub async fn open(&self, owner: EidOwner, request: Request, app: &Appliance) -> Result<Opened, Trouble> {
        let identifier = draw_identifier(app);
        let once = Bearer::draw(app.dice.as_ref());
        let session = Session { request, asker: None, stage: Stage::Opened };
        let row = EidSession { once: once.hash(), ..row(owner, &identifier, &session, app)? };
        app.write(move |db| store::eid_session::insert(&row, db).map_err(Trouble::from)).await?;
        Ok(Opened { identifier, once })
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
        let ready = self.prepared(session.asker.as_ref(), app).map_err(|why| Trouble::fault("eid", &why))?;
        let mut trust = self.trust.now(&self.lab, app)?;
        if let Some(blocked) = &ready.blocked {
            // In another sector the same cards have other pseudonyms.
            trust = Arc::new(CardTrust { blocked: blocked.clone(), ..(*trust).clone() });
        }
        let (today, dice) = (app.today(), app.dice.as_ref());
        let around = Around { terminal: &ready.terminal, trust: &trust, today, dice };
        let (stage, answer) = match received.message {
            Ok(message) => session::step(&session, message, &around),
            Err(why) => session::unreadable(&why),
        };
        let header = Header { message_id: draw_message_id(app.dice.as_ref()), relates_to };
        let message = BearerHash::of(&header.message_id);
        let ended = matches!(stage, Stage::Ended(_));
        if keep(&kept, &Session { stage, ..session }, (!ended).then_some(message), app).await? {
            Ok(answer.write(&header))
        } else {
            Ok(end(header.relates_to, Minor::TIMEOUT, app))
        }
    }
}

/// A new `SessionIdentifier`.
#[must_use]
pub fn draw_identifier(app: &Appliance) -> Secret<String> {
    Secret::new(to_hex(&draw::<32>(app.dice.as_ref())).to_lowercase())
}

/// A new session as the store keeps it; nobody knows the value that a browser would come back with.
///
/// # Errors
/// A fault if it can not be sealed.
pub fn row(
    owner: EidOwner,
    identifier: &Secret<String>,
    session: &Session,
    app: &Appliance,
) -> Result<EidSession, Trouble> {
    let id = EidSessionId::draw(app.dice.as_ref());
    Ok(EidSession {
        id,
        identifier: BearerHash::of(identifier.expose()),
        message: None,
        once: BearerHash(draw(app.dice.as_ref())),
        owner,
        progress: session.stage.progress(),
        version: 0,
        sealed: seal(id, session, app)?,
        expires: app.now() + SESSION_LIFE,
    })
}

/// Says by which TLS certificates (SHA-256) whoever asks is reached, while nobody has come to the session. `false`: it
/// is no session of somebody else, or too late.
///
/// # Errors
/// [`Trouble`] of the store.
pub async fn asker_reached_by(kept: &EidSession, tls: &[[u8; 32]], app: &Appliance) -> Result<bool, Trouble> {
    let Some(session) = open_sealed(kept, app)? else { return Ok(false) };
    match session {
        Session { asker: Some(asker), stage: Stage::Opened, request } => {
            let asker = Some(Asker { tls: tls.to_vec(), ..asker });
            keep(kept, &Session { request, asker, stage: Stage::Opened }, None, app).await
        }
        _ => Ok(false),
    }
}

/// Tells askers apart. Of the house itself there is one.
fn print_of(asker: Option<&Asker>) -> [u8; 32] {
    let mut out = [0; 32];
    if let Some(asker) = asker {
        // Texts, numbers, and a key: there is nothing that JSON could not hold.
        let text = Zeroizing::new(serde_json::to_vec(asker).unwrap_or_default());
        out.copy_from_slice(digest::digest(&digest::SHA256, &text).as_ref());
    }
    out
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
    let plain = Zeroizing::new(serde_json::to_vec(session).map_err(|why| broken(&why))?);
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
    session: &Session,
    message: Option<BearerHash>,
    app: &Appliance,
) -> Result<bool, Trouble> {
    let to = EidSession {
        message,
        progress: session.stage.progress(),
        version: from.version + 1,
        sealed: seal(from.id, session, app)?,
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
