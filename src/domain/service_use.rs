//! How much a service is used: counted by the hour, never a person.

use super::assurance::Level;
use super::id::ServiceId;
use super::time::{Span, Timestamp};

/// Below, a count could point at somebody and is not shown.
pub const FEW: u64 = 5;

/// How a request to log in ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Somebody proved themself, and the service got its answer.
    Answered,
    /// Somebody was logged in, and the service got its answer at once.
    Silent,
    /// Somebody declined or went back.
    Declined,
    /// An address which is not registered, or none.
    RefusedAddress,
    /// The request has another mistake.
    RefusedRequest,
    /// The level was not reached.
    RefusedLevel,
    /// `prompt=none`, and somebody would have had to do something.
    RefusedSilent,
    /// The service waited for an operator, or was paused.
    RefusedClosed,
    /// The program did not prove itself at the token endpoint.
    RefusedClient,
    /// Code or refresh token were no good.
    RefusedGrant,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Answered,
        Self::Silent,
        Self::Declined,
        Self::RefusedAddress,
        Self::RefusedRequest,
        Self::RefusedLevel,
        Self::RefusedSilent,
        Self::RefusedClosed,
        Self::RefusedClient,
        Self::RefusedGrant,
    ];

    /// The name used in the store and in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Silent => "silent",
            Self::Declined => "declined",
            Self::RefusedAddress => "refused-address",
            Self::RefusedRequest => "refused-request",
            Self::RefusedLevel => "refused-level",
            Self::RefusedSilent => "refused-silent",
            Self::RefusedClosed => "refused-closed",
            Self::RefusedClient => "refused-client",
            Self::RefusedGrant => "refused-grant",
        }
    }

    /// Reads [`Outcome::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// The service got what it asked for.
    #[must_use]
    pub const fn is_login(self) -> bool {
        matches!(self, Self::Answered | Self::Silent)
    }
}

/// With what kind of thing somebody proved themself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A key that can not be copied.
    DeviceKey,
    /// One that can.
    SyncedKey,
    /// The eID itself.
    LiveEid,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::DeviceKey, Self::SyncedKey, Self::LiveEid];

    /// The name used in the store and in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DeviceKey => "device-key",
            Self::SyncedKey => "synced-key",
            Self::LiveEid => "live-eid",
        }
    }

    /// Reads [`Kind::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// What is counted together: an hour of a service, and the same in everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Use {
    /// Of which service.
    pub service: ServiceId,
    /// Hours since 1970.
    pub hour: i64,
    /// How it ended.
    pub outcome: Outcome,
    /// The level that was reached.
    pub level: Option<Level>,
    /// With what.
    pub kind: Option<Kind>,
    /// The first proof was not enough, and another lifted it.
    pub lifted: bool,
    /// How long it took: the place in [`BOUNDS`].
    pub took: Option<u8>,
}

/// Seconds up to which a login belongs to a class of durations; beyond the last it belongs to none.
pub const BOUNDS: [i64; 15] = [1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 300, 600];

/// The class of a duration.
#[must_use]
pub fn class(took: Span) -> Option<u8> {
    let at = BOUNDS.iter().position(|bound| took <= Span::seconds(*bound))?;
    u8::try_from(at).ok()
}

/// The hour of an instant.
#[must_use]
pub const fn hour(at: Timestamp) -> i64 {
    at.0.div_euclid(3_600_000)
}

impl Use {
    /// A use of which nothing else is known.
    #[must_use]
    pub const fn new(service: ServiceId, outcome: Outcome, now: Timestamp) -> Self {
        Self { service, hour: hour(now), outcome, level: None, kind: None, lifted: false, took: None }
    }
}

/// Half of the durations are at most so many seconds long; `counts` has one number for each of [`BOUNDS`]. `None` where
/// there are too few to say.
#[must_use]
pub fn median(counts: &[u64]) -> Option<i64> {
    let all: u64 = counts.iter().sum();
    if all < FEW {
        return None;
    }
    let mut seen = 0;
    for (count, bound) in counts.iter().zip(BOUNDS) {
        seen += count;
        if seen * 2 >= all {
            return Some(bound);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for one in Outcome::ALL {
            assert_eq!(Outcome::parse(one.name()), Some(one));
        }
        for one in Kind::ALL {
            assert_eq!(Kind::parse(one.name()), Some(one));
        }
    }

    #[test]
    fn durations_fall_into_classes_and_half_of_them_below_the_median() {
        assert_eq!(class(Span(0)), Some(0));
        assert_eq!(class(Span::seconds(1)), Some(0));
        assert_eq!(class(Span(1001)), Some(1));
        assert_eq!(class(Span::seconds(600)), Some(14));
        assert_eq!(class(Span::seconds(601)), None);
        let mut counts = [0; 15];
        counts[2] = 4;
        assert_eq!(median(&counts), None, "too few to say");
        counts[6] = 3;
        assert_eq!(median(&counts), Some(3));
        counts[6] = 5;
        assert_eq!(median(&counts), Some(15));
    }

    #[test]
    fn hours_begin_before_1970_too() {
        assert_eq!((hour(Timestamp(3_599_999)), hour(Timestamp(3_600_000)), hour(Timestamp(-1))), (0, 1, -1));
    }
}
