//! Identity checks: who is this person, once and for real.
//!
//! [`Provider`] is the seam with two makers and more to come: the demo card here, the German eID behind the same
//! trait. Whatever a provider finds out ends in [`settle()`], which knows no provider. A card names itself, not its
//! person: [`link`] has the ways from a new card to an account, [`reading`] what a reading changes there.
//! Standards to come with them: BSI TR-03124-1, TR-03130-1, TR-03112.
//! Absent on purpose: a result that is not tied to one check of one sign-in of one browser.

pub mod answer;
pub mod begin;
pub mod demo_card;
pub mod link;
pub mod reading;
pub mod request;
pub mod settle;

pub use begin::begin;
pub use settle::{Settled, settle};

use crate::domain::id::CheckId;

/// Somebody who can check a person's identity.
pub trait Provider: Send + Sync {
    /// Its name in records: `demo-card`.
    fn name(&self) -> &'static str;
    /// Works with made-up people only; a production data directory refuses it.
    fn is_demo(&self) -> bool;
    /// Where the browser goes to be checked; the provider's own addresses lead on from there.
    fn entrance(&self, check: CheckId) -> String;
}

/// The provider of this house, if it has one.
pub type Providers = Option<Box<dyn Provider>>;
