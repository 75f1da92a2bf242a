//! What the verification found, in words.

use crate::domain::time::Timestamp;
use std::fmt;

/// The result of a verification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows which hold, from the first on.
    pub rows: i64,
    /// The last of them and its hash: worth noting elsewhere.
    pub last: Option<(i64, [u8; 32])>,
    /// Checkpoints which hold.
    pub checkpoints: usize,
    /// The row of the last of them; 0 if there is none.
    pub covered: i64,
    /// When the oldest row was written which no checkpoint covers. Long ago means: checkpoints are not made, or were
    /// removed.
    pub oldest_uncovered: Option<Timestamp>,
    /// The first break.
    pub broken: Option<Break>,
}

/// The first thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Break {
    /// The row does not have the hash it was written with.
    Changed {
        /// The row.
        row: i64,
    },
    /// Two rows have changed places.
    Swapped {
        /// The first.
        row: i64,
        /// The other.
        with: i64,
    },
    /// Rows are missing.
    Removed {
        /// The first missing one.
        from: i64,
        /// The last missing one.
        to: i64,
        /// Later rows were given new numbers to hide it.
        renumbered: bool,
    },
    /// Rows were put in.
    Inserted {
        /// The first.
        from: i64,
        /// The last.
        to: i64,
    },
    /// A checkpoint covers more rows than there are.
    RemovedAtEnd {
        /// The first missing row.
        from: i64,
        /// The last one known to have existed.
        to: i64,
    },
    /// The chain fits together, but is not the one that was signed.
    Rewritten {
        /// The first row which may be concerned.
        from: i64,
        /// The row of the checkpoint that does not fit.
        to: i64,
    },
    /// A checkpoint itself is not right.
    Checkpoint {
        /// Its row.
        row: i64,
        /// In which way.
        why: CheckpointBroken,
    },
}

/// What is wrong with a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckpointBroken {
    /// Its signature is wrong, or it is no statement of ours at all.
    Signature,
    /// It was signed by a key which the town's root does not vouch for, or not at that time.
    Signer,
    /// Its row says something else than its signed statement.
    Edited,
    /// Its successor names it, and it is not there.
    Missing,
}

impl Break {
    /// The first broken row.
    #[must_use]
    pub const fn row(&self) -> i64 {
        match self {
            Self::Changed { row } | Self::Swapped { row, .. } | Self::Checkpoint { row, .. } => *row,
            Self::Removed { from, .. }
            | Self::Inserted { from, .. }
            | Self::RemovedAtEnd { from, .. }
            | Self::Rewritten { from, .. } => *from,
        }
    }

    /// A closed name for programs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Changed { .. } => "changed",
            Self::Swapped { .. } => "swapped",
            Self::Removed { .. } => "removed",
            Self::Inserted { .. } => "inserted",
            Self::RemovedAtEnd { .. } => "removed-at-end",
            Self::Rewritten { .. } => "rewritten",
            Self::Checkpoint { .. } => "checkpoint",
        }
    }

    /// What to do now.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Checkpoint { why: CheckpointBroken::Signer, .. } => {
                "Check that this is the right root certificate. If it is, somebody wrote to the database: keep a copy \
                 of the data directory as evidence and compare with the latest backup that verifies."
            }
            _ => {
                "Somebody or something wrote to the database beside Torhaus. Keep a copy of the data directory as \
                 evidence, and compare with the latest backup that verifies (torhaus backup verify)."
            }
        }
    }
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            // Somebody who changes a row and computes its hash anew breaks the next row's link instead.
            Self::Changed { row: 1 } => f.write_str("row 1 was changed"),
            Self::Changed { row } => {
                let before = row - 1;
                write!(f, "row {row} was changed, or row {before} was changed together with its hash")
            }
            Self::Swapped { row, with } => write!(f, "row {row} and row {with} have changed places"),
            Self::Removed { from, to, renumbered } => {
                let hidden = if renumbered { ", and the rows after it were renumbered" } else { "" };
                write!(f, "{} removed{hidden}", Rows(from, to))
            }
            Self::Inserted { from, to } => write!(f, "{} inserted", Rows(from, to)),
            Self::RemovedAtEnd { from, to } => {
                write!(f, "{} removed at the end: a signed checkpoint covers row {to}", Rows(from, to))
            }
            Self::Rewritten { from, to } => write!(
                f,
                "rows from {from} to {to} were computed anew, beginning at one of them: \
                 the signed checkpoint on row {to} has another hash"
            ),
            Self::Checkpoint { row, why } => write!(f, "the checkpoint on row {row} {why}"),
        }
    }
}

impl fmt::Display for CheckpointBroken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Signature => "has a wrong signature",
            Self::Signer => "was signed by a key which the root does not vouch for",
            Self::Edited => "was edited: it does not say what was signed",
            Self::Missing => "was removed: the next one names it",
        })
    }
}

struct Rows(i64, i64);

impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0, self.1) {
            (one, same) if one == same => write!(f, "row {one} was"),
            (from, to) => write!(f, "rows {from} to {to} were"),
        }
    }
}
