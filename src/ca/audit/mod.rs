//! Verification of the audit: every row, every link, every checkpoint; names the first that is broken.
//!
//! `walk` (here) reads page by page in short snapshots, so that a running server is not in the way;
//! `diagnosis` says from a row's neighbours what was done to it; `seals` checks the checkpoints.
//!
//! What cannot be seen from inside the database: that rows after the last checkpoint were computed anew, or that
//! the end was cut off together with the checkpoints on it. A verifier who noted the last row and hash of an
//! earlier report sees that as well.

mod diagnosis;
mod report;
mod seals;

pub use report::{Break, CheckpointBroken, Report};
pub use seals::Trust;

use super::Fault;
use crate::domain::audit::GENESIS;
use crate::domain::time::Timestamp;
use crate::store::audit::{self, Chained};
use crate::store::{self, Read, Store};
use seals::Seal;

const PAGE: u32 = 1000;

/// Checks the whole audit. A break is part of the report; the first one ends the walk.
///
/// # Errors
/// The store's; [`Fault::Missing`] or [`Fault::Damaged`] if there is no authority to trust.
pub fn verify_audit(store: &Store, trust: &Trust<'_>, now: Timestamp) -> Result<Report, Fault> {
    let seals = store.read(|db| Ok(seals::read(trust, now, db)))??;
    let mut walk =
        Walk { store, seals: seals.into_iter(), next_seal: None, report: Report::default(), previous: None };
    walk.next_seal = walk.seals.next();
    let broken = walk.walk_all()?;
    let mut report = walk.report;
    report.broken = broken;
    if report.broken.is_none() {
        let covered = report.covered;
        let open = store.read(|db| audit::after(covered, 1, db))?;
        report.oldest_uncovered = open.first().map(|row| row.row.at);
    }
    Ok(report)
}

struct Walk<'a> {
    store: &'a Store,
    seals: std::vec::IntoIter<Seal>,
    next_seal: Option<Seal>,
    report: Report,
    previous: Option<Chained>,
}

impl Walk<'_> {
    fn walk_all(&mut self) -> Result<Option<Break>, Fault> {
        let mut after = i64::MIN;
        loop {
            let page = match self.store.read(|db| audit::after(after, PAGE, db)) {
                Err(store::Fault::Corrupt { .. }) => return self.walk_singly(after),
                page => page?,
            };
            let Some(last) = page.last() else { return Ok(self.at_the_end()) };
            after = last.row.number;
            for row in page {
                if let Some(broken) = self.step(row)? {
                    return Ok(Some(broken));
                }
            }
        }
    }

    /// The same row by row, to name the row which does not even parse.
    fn walk_singly(&mut self, mut after: i64) -> Result<Option<Break>, Fault> {
        loop {
            let page = match self.store.read(|db| audit::after(after, 1, db)) {
                Err(store::Fault::Corrupt { .. }) => {
                    return Ok(Some(Break::Changed { row: self.expected() }));
                }
                page => page?,
            };
            // Mended in between: go on from here.
            let Some(row) = page.into_iter().next() else { return Ok(self.at_the_end()) };
            after = row.row.number;
            if let Some(broken) = self.step(row)? {
                return Ok(Some(broken));
            }
        }
    }

    fn expected(&self) -> i64 {
        self.previous.as_ref().map_or(1, |previous| previous.row.number + 1)
    }

    fn step(&mut self, found: Chained) -> Result<Option<Break>, Fault> {
        let (expected, number) = (self.expected(), found.row.number);
        if number < expected {
            return Ok(Some(Break::Inserted { from: number, to: number }));
        }
        if number > expected {
            return Ok(Some(Break::Removed { from: expected, to: number - 1, renumbered: false }));
        }
        let before = self.previous.as_ref().map_or(GENESIS, |previous| previous.hash);
        if found.row.hash(&before) != found.hash {
            let neighbours = self.store.read(|db| neighbours(number, db));
            return Ok(Some(match neighbours {
                Ok((before, after)) => diagnosis::diagnose(&before, &found, &after),
                // A neighbour does not parse either; this row is broken in any case.
                Err(_corrupt) => Break::Changed { row: number },
            }));
        }
        if let Some(broken) = self.at_seal(&found) {
            return Ok(Some(broken));
        }
        self.report.rows += 1;
        self.report.last = Some((number, found.hash));
        self.previous = Some(found);
        Ok(None)
    }

    /// The checkpoint on this row, if there is one.
    fn at_seal(&mut self, found: &Chained) -> Option<Break> {
        let number = found.row.number;
        let seal = self.next_seal.take_if(|seal| seal.number <= number)?;
        self.next_seal = self.seals.next();
        if let Err(why) = seal.holds {
            return Some(Break::Checkpoint { row: seal.number, why });
        }
        if seal.number < number {
            // Only for numbers below 1, which no checkpoint of ours has.
            return Some(Break::Checkpoint { row: seal.number, why: CheckpointBroken::Edited });
        }
        if seal.previous != self.report.covered {
            return Some(Break::Checkpoint { row: seal.previous, why: CheckpointBroken::Missing });
        }
        if seal.hash != found.hash {
            return Some(Break::Rewritten { from: self.report.covered + 1, to: number });
        }
        self.report.covered = number;
        self.report.checkpoints += 1;
        None
    }

    /// No more rows: is there a checkpoint on more?
    fn at_the_end(&mut self) -> Option<Break> {
        let first = self.next_seal.take()?;
        if let Err(why) = first.holds {
            return Some(Break::Checkpoint { row: first.number, why });
        }
        let last = self.seals.by_ref().filter(|seal| seal.holds.is_ok()).last().unwrap_or(first);
        Some(Break::RemovedAtEnd { from: self.expected(), to: last.number })
    }
}

/// Rows around a row, in ascending order.
fn neighbours(number: i64, db: &Read) -> Result<(Vec<Chained>, Vec<Chained>), store::Fault> {
    let mut before = audit::before(number, PAGE, db)?;
    before.reverse();
    Ok((before, audit::after(number, PAGE, db)?))
}
