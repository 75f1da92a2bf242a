//! The provider at work: what is made once at start and kept up to date.

use super::backchannel::Outbox;
use super::client_auth::Assertions;
use super::client_keys::ClientKeys;
use super::keys::Ring;
use super::{Fault, discovery};
use crate::domain::time::{Span, Timestamp};
use crate::http::Appliance;
use crate::jose::{Algorithm, SigningKey};
use crate::store;
use hyper::body::Bytes;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// How often it is looked whether another process changed the keys. A missing key is looked for at once.
const LOOK_EVERY: Span = Span::seconds(1);

/// Keyring, metadata, and which assertions were used.
pub struct Provider {
    metadata: Bytes,
    ring: RwLock<Arc<Ring>>,
    /// The store's version at the last look, and when that was.
    version: AtomicU64,
    looked: AtomicI64,
    /// Assertions of `private_key_jwt` which were used.
    pub(super) assertions: Assertions,
    /// Keys of services, for `private_key_jwt`.
    pub client_keys: ClientKeys,
    /// Ends of sessions which services are to hear of.
    pub(super) outbox: Outbox,
}

impl Provider {
    /// Opens the keys and writes the metadata.
    ///
    /// # Errors
    /// [`Fault`]: the store, the appliance key, a broken signing key.
    pub fn new(app: &Appliance) -> Result<Self, Fault> {
        let version = app.store.data_version();
        let rows = app.store.read(store::appliance::signing_keys)?;
        let ring = Ring::of(&rows, None, &app.keys)?;
        Ok(Self {
            metadata: discovery::document(&app.origin).into(),
            ring: RwLock::new(Arc::new(ring)),
            version: AtomicU64::new(version),
            looked: AtomicI64::new(app.now().0),
            assertions: Assertions::default(),
            client_keys: ClientKeys::default(),
            outbox: Outbox::default(),
        })
    }
    /// The discovery document.
    #[must_use]
    pub fn metadata(&self) -> Bytes {
        self.metadata.clone()
    }
    /// The keys as of now, give or take [`LOOK_EVERY`].
    ///
    /// # Errors
    /// [`Fault`], if changed keys can not be opened.
    pub fn ring(&self, app: &Appliance) -> Result<Arc<Ring>, Fault> {
        let now = app.now();
        let since = now.since(Timestamp(self.looked.load(Ordering::Relaxed)));
        if (Span(0)..LOOK_EVERY).contains(&since) {
            return Ok(self.held());
        }
        self.looked.store(now.0, Ordering::Relaxed);
        let version = app.store.data_version();
        if version == self.version.load(Ordering::Relaxed) {
            return Ok(self.held());
        }
        self.look(version, app)
    }
    /// The key that signs with an algorithm.
    ///
    /// # Errors
    /// [`Fault::NoKey`] if nobody made one.
    pub fn signer(&self, algorithm: Algorithm, app: &Appliance) -> Result<Arc<SigningKey>, Fault> {
        if let Some(key) = self.ring(app)?.signer(algorithm) {
            return Ok(key);
        }
        self.look(app.store.data_version(), app)?.signer(algorithm).ok_or(Fault::NoKey(algorithm))
    }

    fn held(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn look(&self, version: u64, app: &Appliance) -> Result<Arc<Ring>, Fault> {
        let before = self.held();
        let rows = app.store.read(store::appliance::signing_keys)?;
        let ring =
            if before.is_of(&rows) { before } else { Arc::new(Ring::of(&rows, Some(&before), &app.keys)?) };
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&ring);
        // Last, so that a failed look is tried again. The version was read before the rows.
        self.version.store(version, Ordering::Relaxed);
        Ok(ring)
    }
}
