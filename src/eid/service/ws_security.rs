//! The security of the messages (TR-03130-1 §3.2, OASIS WS-Security): signed, fresh, and taken once.

use crate::domain::time::{Span, Timestamp};
use crate::xml::read::{self, Limits, XmlError};
use crate::xml::signature::{self, SignatureError, Signer, SigningKey, Validity, WSU};
use crate::xml::write::Node;
use aws_lc_rs::digest;
use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

/// How far the clocks of both sides may be apart, and how long a message is valid.
pub const SKEW: Span = Span::minutes(5);
/// Remembered messages at most; more can not be valid at once, so a full memory is somebody's mistake or attack.
const REMEMBERED: usize = 100_000;

/// Why a message is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecurityError {
    /// Not signed, or not as it should be.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The signed timestamp is not readable.
    #[error("the timestamp is not readable: {0}")]
    Timestamp(XmlError),
    /// Written too long ago, or for a time that is over.
    #[error("the message is too old")]
    Stale,
    /// Written in the future.
    #[error("the message is from the future")]
    Future,
    /// Taken before.
    #[error("the message was taken before")]
    Replayed,
    /// Too many messages are remembered.
    #[error("too many messages at once")]
    Full,
}

/// Signs a message at an instant.
///
/// # Errors
/// [`SignatureError`].
pub fn sign(content: &Node, key: &SigningKey, now: Timestamp) -> Result<String, SignatureError> {
    let validity = Validity { created: date_time(now), expires: date_time(now + SKEW) };
    signature::sign(content, &validity, key)
}

/// A message that was signed and is fresh.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The canonical `soap:Body`.
    pub body: String,
    /// Which of the signers made it.
    pub signer: usize,
    fingerprint: [u8; 32],
    dies: Timestamp,
}

/// Takes messages.
pub struct Guard {
    signers: Vec<Signer>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    by_end: BTreeSet<(Timestamp, [u8; 32])>,
    prints: HashSet<[u8; 32]>,
}

impl Guard {
    /// Takes messages that were signed by one of these.
    #[must_use]
    pub fn new(signers: Vec<Signer>) -> Self {
        Self { signers, seen: Mutex::default() }
    }

    /// Opens a message: its signature first, then its age.
    ///
    /// # Errors
    /// [`SecurityError`], but not [`SecurityError::Replayed`]: see [`Guard::once`].
    pub fn open(&self, message: &[u8], now: Timestamp) -> Result<Opened, SecurityError> {
        let signed = signature::verify(message, Limits::MESSAGE, &self.signers)?;
        let created = fresh(&signed.timestamp, now)?;
        // Of the content, not of the signature: an ECDSA signature can be rewritten into another that is as good.
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(signed.timestamp.as_bytes());
        hash.update(signed.body.as_bytes());
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(hash.finish().as_ref());
        Ok(Opened { body: signed.body, signer: signed.signer, fingerprint, dies: created + SKEW })
    }

    /// Takes a message once. Meant for messages that say something: two "not yet" of one second may well be the same
    /// bytes, while a session's name or a person's data are never the same twice.
    ///
    /// What was seen is forgotten when it would be too old anyway, and when the process ends: until a restart has gone
    /// by, a recording could be played only by who also holds the TLS key of the configured server.
    ///
    /// # Errors
    /// [`SecurityError::Replayed`], [`SecurityError::Full`].
    pub fn once(&self, opened: &Opened, now: Timestamp) -> Result<(), SecurityError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((end, print)) = seen.by_end.first().copied().filter(|(end, _)| *end < now) {
            seen.by_end.remove(&(end, print));
            seen.prints.remove(&print);
        }
        if seen.prints.contains(&opened.fingerprint) {
            return Err(SecurityError::Replayed);
        }
        if seen.prints.len() >= REMEMBERED {
            return Err(SecurityError::Full);
        }
        seen.prints.insert(opened.fingerprint);
        seen.by_end.insert((opened.dies, opened.fingerprint));
        Ok(())
    }
}

/// When a message with this timestamp was made, if it is fresh.
fn fresh(timestamp: &str, now: Timestamp) -> Result<Timestamp, SecurityError> {
    let read = || -> Result<_, XmlError> {
        let document = read::parse(timestamp, Limits::MESSAGE)?;
        let element = document.root();
        let instant = |element: crate::xml::Element<'_>| -> Result<Timestamp, XmlError> {
            let instant: jiff::Timestamp = element.text()?.parse().ok().ok_or_else(|| element.wrong())?;
            Ok(Timestamp(instant.as_millisecond()))
        };
        let created = instant(element.one_of(WSU, "Created")?)?;
        let expires = element.maybe_of(WSU, "Expires")?.map(instant).transpose()?;
        Ok((created, expires))
    };
    let (created, expires) = read().map_err(SecurityError::Timestamp)?;
    if created > now + SKEW {
        return Err(SecurityError::Future);
    }
    if created < now - SKEW || expires.is_some_and(|expires| expires <= created || expires < now - SKEW) {
        return Err(SecurityError::Stale);
    }
    Ok(created)
}

/// `xs:dateTime` in UTC with milliseconds.
fn date_time(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
