//! A webhook: where an organisation wants to be told what happens to its services.
//!
//! Names and times of retries are those of Standard Webhooks 1.0.0.

use super::audit::{Entry, Event};
use super::id::{OrganisationId, WebhookId};
use super::time::{Span, Timestamp};
use std::collections::BTreeSet;

/// Webhooks of an organisation at most.
pub const WEBHOOKS_MAX: i64 = 20;
/// Where all tries failed for so long, nobody listens any more.
pub const GIVE_UP: Span = Span::days(5);
/// So long an earlier secret signs beside the new one.
pub const OVERLAP: Span = Span::hours(24);
/// Waits before the second, third … try.
const WAITS: [Span; 9] = [
    Span::seconds(5),
    Span::minutes(5),
    Span::minutes(30),
    Span::hours(2),
    Span::hours(5),
    Span::hours(10),
    Span::hours(14),
    Span::hours(20),
    Span::hours(24),
];

macro_rules! happenings {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// What a webhook tells.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Happening { $($(#[$doc])* $name,)* }
        impl Happening {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
            /// The `type` on the wire, and the name in forms and in the store.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Self::$name => $text,)* } }
            /// Reads the name.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> { match name { $($text => Some(Self::$name),)* _ => None } }
        }
    };
}

happenings! {
    /// A service was made.
    ServiceAdded => "service.added",
    /// Its owner changed it.
    ServiceChanged => "service.changed",
    /// An operator let people in, or allowed it more.
    ServiceReleased => "service.released",
    /// An operator gave it back.
    ServiceReturned => "service.returned",
    /// It was paused.
    ServicePaused => "service.paused",
    /// It goes on.
    ServiceResumed => "service.resumed",
    /// It is offered to another organisation.
    ServiceOffered => "service.offered",
    /// It came from another organisation.
    ServiceHandedOver => "service.handed_over",
    /// It was removed.
    ServiceRemoved => "service.removed",
    /// It got a new secret.
    SecretRotated => "secret.rotated",
    /// Its last secret ends soon.
    SecretExpiring => "secret.expiring",
    /// Somebody withdrew what they had agreed to, or deleted their account.
    PersonLeft => "person.left",
}

impl Happening {
    /// What an entry of the audit means to the organisation of its service, if it means something.
    #[must_use]
    pub const fn of(event: Event) -> Option<Self> {
        Some(match event {
            Event::ServiceAdded => Self::ServiceAdded,
            Event::ServiceChanged => Self::ServiceChanged,
            Event::ServiceReleased => Self::ServiceReleased,
            Event::ServiceReturned => Self::ServiceReturned,
            Event::ServicePaused => Self::ServicePaused,
            Event::ServiceResumed => Self::ServiceResumed,
            Event::ServiceOffered => Self::ServiceOffered,
            Event::ServiceHandedOver => Self::ServiceHandedOver,
            Event::ServiceRemoved => Self::ServiceRemoved,
            Event::SecretRotated => Self::SecretRotated,
            _ => return None,
        })
    }
}

/// The fields that an entry says were changed.
#[must_use]
pub fn changed(entry: &Entry) -> Vec<&'static str> {
    let changed =
        |(name, value): &(&'static str, super::audit::Detail)| (value.as_str() == "changed").then_some(*name);
    entry.details.iter().filter_map(changed).collect()
}

/// Whether it is told anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is.
    On,
    /// Its owner switched it off.
    Off,
    /// All tries failed for days.
    Failed,
    /// It answered that it is gone for good (410).
    Gone,
}

impl State {
    /// The name used in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Failed => "failed",
            Self::Gone => "gone",
        }
    }
    /// Reads [`State::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::On, Self::Off, Self::Failed, Self::Gone].into_iter().find(|state| state.name() == name)
    }
}

/// A webhook, without its secret.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Whose services.
    pub organisation: OrganisationId,
    /// Where.
    pub url: String,
    /// What it is told.
    pub happenings: BTreeSet<Happening>,
    /// Whether it is.
    pub state: State,
    /// Since when every try failed.
    pub failing_since: Option<Timestamp>,
    /// Since when.
    pub created: Timestamp,
    /// Counts changes by owners.
    pub version: i64,
}

/// When to try again after so many tries failed; `None`: never.
#[must_use]
pub fn next_try(attempts: u32, now: Timestamp) -> Option<Timestamp> {
    let at = usize::try_from(attempts).ok()?.checked_sub(1)?;
    WAITS.get(at).map(|wait| now + *wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_end_after_three_days_and_a_bit() {
        let mut at = Timestamp(0);
        for attempt in 1..=9 {
            let next = next_try(attempt, at).unwrap();
            assert!(next > at);
            at = next;
        }
        assert_eq!(next_try(10, at), None);
        assert!(at.since(Timestamp(0)) > Span::days(3) && at.since(Timestamp(0)) < GIVE_UP);
    }

    #[test]
    fn names_read_back() {
        for one in Happening::ALL {
            assert_eq!(Happening::parse(one.name()), Some(*one));
        }
        assert_eq!(Happening::of(Event::SignedIn), None, "logins cost nothing");
    }
}
