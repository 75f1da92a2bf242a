//! What was done to a row whose hash does not fit: its neighbours tell.
//!
//! Every row's hash was computed with the number and the predecessor it had when it was written. If a row's hash
//! fits under another number, or after another row, that is where it stood. 256 bits do not fit by chance.

use super::Break;
use crate::domain::audit::GENESIS;
use crate::store::audit::Chained;

/// Rows removed or inserted in one place are recognised up to this many.
const REACH: i64 = 1000;

/// `at` does not fit after the last of `before`; `before` and `after` are its neighbours in ascending order.
pub(super) fn diagnose(before: &[Chained], at: &Chained, after: &[Chained]) -> Break {
    let row = at.row.number;
    let previous = before.last().map_or(GENESIS, |previous| previous.hash);
    inserted_before(before, at)
        .or_else(|| displaced(&previous, at, after))
        .or_else(|| removed_and_renumbered(at, after))
        .unwrap_or(Break::Changed { row })
}

/// The rows right before it were put in, with proper hashes: it fits further up.
fn inserted_before(before: &[Chained], at: &Chained) -> Option<Break> {
    let row = at.row.number;
    (1..=before.len()).find_map(|count| {
        let rest = before.len() - count;
        // Below the neighbourhood lies the start of the chain only if the neighbourhood begins at row 1.
        let base = match rest.checked_sub(1) {
            Some(index) => before[index].hash,
            None if before[0].row.number == 1 => GENESIS,
            None => return None,
        };
        let from = row - i64::try_from(count).ok()?;
        fits(at, from, &base).then_some(Break::Inserted { from, to: row - 1 })
    })
}

/// The row which belongs here stands further down: two were swapped, or others were put in before it.
fn displaced(previous: &[u8; 32], at: &Chained, after: &[Chained]) -> Option<Break> {
    let row = at.row.number;
    let index = after.iter().position(|later| fits(later, row, previous))?;
    let with = after[index].row.number;
    // If they were swapped, this row fits there: after the row which stands before that place, or, for neighbours,
    // after the row which now stands there.
    let base = if index == 0 { &after[0].hash } else { &after[index - 1].hash };
    if fits(at, with, base) {
        return Some(Break::Swapped { row, with });
    }
    Some(Break::Inserted { from: row, to: with - 1 })
}

/// This row was some rows further down; its own predecessor is gone, but its successor still knows its number.
fn removed_and_renumbered(at: &Chained, after: &[Chained]) -> Option<Break> {
    let row = at.row.number;
    let next = after.first()?;
    let count = (1..=REACH).find(|count| fits(next, row + 1 + count, &at.hash))?;
    Some(Break::Removed { from: row, to: row + count - 1, renumbered: true })
}

/// Was this row written under this number after a row with this hash?
fn fits(found: &Chained, number: i64, previous: &[u8; 32]) -> bool {
    let mut row = found.row.clone();
    row.number = number;
    row.hash(previous) == found.hash
}
