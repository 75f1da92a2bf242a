//! The counter: what a clerk may do for somebody who stands before them, and why.

use super::time::Span;

/// So long a clerk may act for a person whom they have found.
pub const VISIT_LIFE: Span = Span::minutes(15);

/// Why a clerk blocks or releases. Closed list: free words could name people, and the audit keeps them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A device was lost.
    Lost,
    /// A device was stolen.
    Stolen,
    /// The person wants it so.
    Asked,
    /// A device was found again.
    Found,
    /// Somebody else may have used the account.
    Misused,
    /// It was blocked by mistake.
    Mistake,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Lost, Self::Stolen, Self::Asked, Self::Found, Self::Misused, Self::Mistake];

    /// The name used in forms and in the audit.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Stolen => "stolen",
            Self::Asked => "asked",
            Self::Found => "found",
            Self::Misused => "misused",
            Self::Mistake => "mistake",
        }
    }

    /// Reads [`Reason::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}
