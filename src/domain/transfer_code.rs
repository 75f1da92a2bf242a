//! The transfer code: made by somebody who has an account, kept on paper, typed in with a new card.

use super::time::{Span, Timestamp};

/// A code serves half a year: long enough to order a card and fetch it.
pub const CODE_LIFE: Span = Span::days(180);

/// A code that is out there, without the code itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outstanding {
    /// When it was made.
    pub made: Timestamp,
    /// From when on it opens nothing.
    pub expires: Timestamp,
}
