//! A logged-in browser.

use super::assurance::{Level, session_limits};
use super::id::SessionId;
use super::passkey::Holder;
use super::secret::BearerHash;
use super::sign_in::Means;
use super::time::{Span, Timestamp};

/// A session: who, by which means, since when.
#[derive(Clone, Debug)]
pub struct Session {
    /// Names the session towards services (`sid`); not the cookie.
    pub id: SessionId,
    /// Hash of the cookie.
    pub cookie: BearerHash,
    /// Who is logged in.
    pub holder: Holder,
    /// With what they proved it.
    pub means: Means,
    /// The level reached then.
    pub level: Level,
    /// When they proved it (`auth_time`).
    pub authenticated: Timestamp,
    /// Last sign of life, kept to the minute.
    pub seen: Timestamp,
}

/// How exactly [`Session::seen`] is kept: not every click becomes a write.
pub const SEEN_GRAIN: Span = Span::minutes(1);

impl Session {
    /// Within both limits of its level. A clock set back ends nothing early and prolongs nothing:
    /// negative ages are refused beyond the grain.
    #[must_use]
    pub fn is_alive(&self, now: Timestamp) -> bool {
        let (absolute, idle) = session_limits(self.level);
        let age = now.since(self.authenticated);
        age >= Span(-SEEN_GRAIN.0) && age < absolute && now.since(self.seen) < idle
    }
    /// When it dies at the latest.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.authenticated + session_limits(self.level).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{PasskeyId, PersonId};

    #[test]
    fn limits_depend_on_the_level() {
        let start = Timestamp(1_000_000_000);
        let at = |level, seen| Session {
            id: SessionId::from_bytes([1; 16]),
            cookie: BearerHash([0; 32]),
            holder: Holder::Person(PersonId::from_bytes([1; 16])),
            means: Means::Passkey(PasskeyId::from_bytes([1; 16])),
            level,
            authenticated: start,
            seen,
        };
        for (level, absolute, idle) in [
            (Level::Low, Span::hours(12), Span::minutes(60)),
            (Level::Substantial, Span::hours(2), Span::minutes(30)),
            (Level::High, Span::minutes(30), Span::minutes(5)),
        ] {
            assert!(at(level, start).is_alive(start + Span(idle.0 - 1)));
            assert!(!at(level, start).is_alive(start + idle));
            let last = start + Span(absolute.0 - 1);
            assert!(at(level, last).is_alive(last));
            assert!(!at(level, last).is_alive(start + absolute));
        }
        assert!(!at(Level::Low, start).is_alive(start - Span::minutes(5)), "the clock was set back");
    }
}
