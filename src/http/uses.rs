//! Counts uses of services in memory until the rounds write them down: counting costs a login nothing, and no request of a
//! stranger makes us write. What was not written when the process died is lost: these are statistics, not the audit.

use super::Appliance;
use crate::domain::service_use::Use;
use crate::store::{self, Fault};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Different uses at most; beyond, new ones are not counted until the next round.
const KINDS_MAX: usize = 100_000;

/// The counts since the last round.
#[derive(Default)]
pub struct Uses(Mutex<HashMap<Use, u32>>);

impl Uses {
    /// Counts one.
    pub fn count(&self, one: Use) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() < KINDS_MAX || counts.contains_key(&one) {
            let count = counts.entry(one).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// All counts, which begin anew.
    #[must_use]
    pub fn take(&self) -> Vec<(Use, u32)> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_iter().collect()
    }

    /// Puts back what could not be written.
    pub fn put_back(&self, counts: Vec<(Use, u32)>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (one, count) in counts {
            let known = all.entry(one).or_default();
            *known = known.saturating_add(count);
        }
    }
}

/// Writes down what was counted since the last time.
///
/// # Errors
/// The store's; nothing is lost then.
pub async fn keep(app: &Appliance) -> Result<(), Fault> {
    let counts = app.uses.take();
    if counts.is_empty() {
        return Ok(());
    }
    let kept = counts.clone();
    let written = app.write(move |db| store::service_use::add(&kept, db)).await;
    if written.is_err() {
        app.uses.put_back(counts);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::ServiceId;
    use crate::domain::service_use::Outcome;
    use crate::domain::time::Timestamp;

    #[test]
    fn what_is_counted_is_taken_once() {
        let uses = Uses::default();
        let one = Use::new(ServiceId::from_bytes([1; 16]), Outcome::Silent, Timestamp(0));
        let other = Use { hour: 7, ..one };
        for each in [one, other, one] {
            uses.count(each);
        }
        let mut taken = uses.take();
        taken.sort_unstable();
        assert_eq!(taken, [(one, 2), (other, 1)]);
        assert!(uses.take().is_empty());
        uses.put_back(taken);
        uses.count(one);
        assert!(uses.take().contains(&(one, 3)));
    }
}
