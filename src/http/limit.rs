//! Rate limits: per address for what costs us, per account for what could be guessed.
//!
//! GCRA by `governor`; kept per process. A sweep ([`Limits::sweep`]) forgets keys that are full again.

use super::Trouble;
use super::address::Origin;
use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use std::hash::Hash;
use std::num::NonZeroU32;

type Keyed<K> = RateLimiter<K, DashMapStateStore<K>, DefaultClock>;

/// What is limited per address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// Something anonymous that makes us write: a sign-in, a check, a ceremony.
    Open,
    /// A proof that failed: key, PIN, client secret, token, invitation.
    Fail,
}

/// The limiters.
pub struct Limits {
    open: Option<Keyed<Origin>>,
    fail: Keyed<Origin>,
    account: Keyed<[u8; 16]>,
    api: Keyed<[u8; 16]>,
}

/// Anonymous writes of one address each minute. A school or a town hall shares one IPv4 address.
pub const OPEN_PER_MINUTE: u32 = 1200;
/// How many of them at once.
const OPEN_BURST: u32 = 1000;
/// Failed proofs of one address each minute, and at once.
const FAIL_PER_MINUTE: u32 = 60;
const FAIL_BURST: u32 = 300;
/// Attempts against one account, card or client each minute, and at once.
const ACCOUNT_PER_MINUTE: u32 = 10;
const ACCOUNT_BURST: u32 = 20;
/// Calls with one token of the API each minute, and at once.
const API_PER_MINUTE: u32 = 600;
const API_BURST: u32 = 200;

const fn quota(per_minute: u32, burst: u32) -> Quota {
    let (Some(rate), Some(burst)) = (NonZeroU32::new(per_minute), NonZeroU32::new(burst)) else {
        panic!("limits are positive")
    };
    Quota::per_minute(rate).allow_burst(burst)
}

impl Limits {
    /// The usual limits; `open_per_minute` 0 switches the limit on anonymous writes off (for measurements).
    #[must_use]
    pub fn new(open_per_minute: u32) -> Self {
        let open = (open_per_minute > 0)
            .then(|| RateLimiter::keyed(quota(open_per_minute, OPEN_BURST.min(open_per_minute.max(1)))));
        Self {
            open,
            fail: RateLimiter::keyed(quota(FAIL_PER_MINUTE, FAIL_BURST)),
            account: RateLimiter::keyed(quota(ACCOUNT_PER_MINUTE, ACCOUNT_BURST)),
            api: RateLimiter::keyed(quota(API_PER_MINUTE, API_BURST)),
        }
    }
    /// Counts an act of an address; refuses when it was one too many.
    pub fn count(&self, act: Act, origin: Origin) -> Result<(), Trouble> {
        match (act, &self.open) {
            (Act::Open, Some(open)) => check(open, &origin),
            (Act::Open, None) => Ok(()),
            (Act::Fail, _) => check(&self.fail, &origin),
        }
    }
    /// Counts an attempt against an account, a card or a client, whoever makes it.
    pub fn count_account(&self, id: &[u8; 16]) -> Result<(), Trouble> {
        check(&self.account, id)
    }
    /// Counts a call with a token of the API.
    pub fn count_api(&self, token: &[u8; 16]) -> Result<(), Trouble> {
        check(&self.api, token)
    }
    /// Forgets keys which are as good as new.
    pub fn sweep(&self) {
        if let Some(open) = &self.open {
            open.retain_recent();
        }
        self.fail.retain_recent();
        self.account.retain_recent();
        self.api.retain_recent();
    }
}

fn check<K: Hash + Eq + Clone>(limiter: &Keyed<K>, key: &K) -> Result<(), Trouble> {
    limiter.check_key(key).map_err(|until| {
        let wait = until.wait_time_from(DefaultClock::default().now()).as_secs();
        Trouble::TooMany(u32::try_from(wait).unwrap_or(u32::MAX).saturating_add(1))
    })
}

#[cfg(test)]
mod tests {
    use super::super::address::origin_of;
    use super::*;

    #[test]
    fn one_address_is_slowed_down_and_another_is_not() {
        let limits = Limits::new(OPEN_PER_MINUTE);
        let (one, other) =
            (origin_of("198.51.100.1".parse().unwrap()), origin_of("198.51.100.2".parse().unwrap()));
        for _ in 0..FAIL_BURST {
            limits.count(Act::Fail, one).unwrap();
        }
        assert!(matches!(limits.count(Act::Fail, one), Err(Trouble::TooMany(1..))));
        assert!(limits.count(Act::Fail, other).is_ok());
        assert!(limits.count(Act::Open, one).is_ok());
        for _ in 0..ACCOUNT_BURST {
            limits.count_account(&[1; 16]).unwrap();
        }
        assert!(limits.count_account(&[1; 16]).is_err());
        assert!(limits.count_account(&[2; 16]).is_ok());
        let open = Limits::new(0);
        for _ in 0..5000 {
            open.count(Act::Open, one).unwrap();
        }
    }
}
