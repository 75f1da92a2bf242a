//! What a person agreed to tell a service.

use super::attribute::Datum;
use super::id::{PersonId, ServiceId};
use super::time::Timestamp;
use std::collections::BTreeSet;

/// A remembered consent; it covers exactly its set of data, or less.
#[derive(Clone, Debug)]
pub struct Consent {
    /// Who agreed.
    pub person: PersonId,
    /// Towards whom.
    pub service: ServiceId,
    /// To what.
    pub data: BTreeSet<Datum>,
    /// Ask again next time?
    pub remembered: bool,
    /// When.
    pub given: Timestamp,
}

impl Consent {
    /// Whether it answers for `wanted` without asking again.
    #[must_use]
    pub fn covers(&self, wanted: &BTreeSet<Datum>) -> bool {
        self.remembered && wanted.is_subset(&self.data)
    }
}
