//! The appliance: what every handler may use, made once at start. No globals: two fit in one process.

use super::address::TrustedProxies;
use super::limit::Limits;
use super::uses::Uses;
use crate::domain::assurance::Policy;
use crate::domain::dice::Dice;
use crate::domain::time::{Clock, Timestamp};
use crate::domain::town::Town;
use crate::seal::{LookupKey, SharedKeys};
use crate::store::Store;
use std::sync::{Arc, RwLock};

/// Keys of the appliance for what must be found or told apart without being kept in clear.
pub struct Secrets {
    /// Makes pseudonyms; its loss or change would give every person a new one at every service.
    pub pseudonym: LookupKey,
    /// Finds what is not kept in clear: card pseudonyms.
    pub lookup: LookupKey,
    /// Makes CSRF tokens.
    pub csrf: LookupKey,
}

/// The house at work.
pub struct Appliance {
    /// The store.
    pub store: Store,
    /// Keys that wrap people's keys.
    pub keys: SharedKeys,
    /// Keys of the appliance itself.
    pub secrets: Secrets,
    /// Tells the time.
    pub clock: Box<dyn Clock>,
    /// Unpredictable bytes.
    pub dice: Box<dyn Dice>,
    /// The public origin without a slash at its end: `https://id.birkenfurt.example`. It is the issuer, and the
    /// only origin that any answer ever names; the Host header is not asked.
    pub origin: String,
    /// A demo: made-up people, demo cards.
    pub demo: bool,
    /// The assurance policy.
    pub policy: Policy,
    /// Rate limits.
    pub limits: Limits,
    /// Uses of services since they were last written down.
    pub uses: Uses,
    /// Who may say for whom they speak.
    pub proxies: TrustedProxies,
    /// What pages say of the town.
    pub town: RwLock<Arc<Town>>,
}

impl Appliance {
    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
    /// The day in the town's time zone.
    #[must_use]
    pub fn today(&self) -> jiff::civil::Date {
        let now = jiff::Timestamp::from_millisecond(self.now().0).unwrap_or_default();
        let zone = jiff::tz::TimeZone::get(&self.town().time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
        now.to_zoned(zone).date()
    }
    /// An absolute address of the house.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
    /// Served over TLS (by us or a proxy before us)?
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }
    /// The town's settings as of now.
    #[must_use]
    pub fn town(&self) -> Arc<Town> {
        // A poisoned lock still holds a whole Arc.
        Arc::clone(&self.town.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
    /// Writes, at this instant.
    pub async fn write<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: Fn(&crate::store::Write<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<crate::store::Fault> + Send + 'static,
    {
        self.store.write(self.now().0, job).await
    }
}
