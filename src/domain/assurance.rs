//! The assurance policy: how sure the town can be that this is the person.
//!
//! One pure function, [`assess`], decides; the table in its tests is the table of the design. The weakest part
//! decides, and the reasons say in a closed list which part that was, so that a page can tell the resident.
//! Sources: (EU) 2015/1502, BSI TR-03107-1; session limits of TR-03160-1 as BundID applies them.

use super::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Level of assurance, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// No assurance.
    Basic,
    /// niedrig
    Low,
    /// substantiell
    Substantial,
    /// hoch
    High,
}

impl Level {
    /// All levels, weakest first.
    pub const ALL: [Self; 4] = [Self::Basic, Self::Low, Self::Substantial, Self::High];

    /// The name used by commands and in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Low => "low",
            Self::Substantial => "substantial",
            Self::High => "high",
        }
    }
    /// Reads [`Level::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
    /// The value of `acr` (eIDAS; `0` is OpenID Connect Core §2 for "no assurance").
    #[must_use]
    pub const fn acr(self) -> &'static str {
        match self {
            Self::Basic => "0",
            Self::Low => "http://eidas.europa.eu/LoA/low",
            Self::Substantial => "http://eidas.europa.eu/LoA/substantial",
            Self::High => "http://eidas.europa.eu/LoA/high",
        }
    }
    /// Reads [`Level::acr`]; unknown values are nobody's level.
    #[must_use]
    pub fn from_acr(acr: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.acr() == acr)
    }
}

/// How a person's identity was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdentityMethod {
    /// German eID with PIN through an eID server.
    GermanEid,
    /// ID Austria, full function.
    IdAustriaFull,
    /// ID Austria, basic function.
    IdAustriaBasic,
    /// Person identification data of an EUDI wallet.
    EudiWallet,
    /// A document compared with the person at the counter by two clerks.
    Counter,
    /// A code sent to the registered address.
    Letter,
    /// The person's own word.
    SelfRegistered,
}

impl IdentityMethod {
    /// All methods.
    pub const ALL: [Self; 7] = [
        Self::GermanEid,
        Self::IdAustriaFull,
        Self::IdAustriaBasic,
        Self::EudiWallet,
        Self::Counter,
        Self::Letter,
        Self::SelfRegistered,
    ];
    /// The level which this kind of check gives while it is fresh.
    #[must_use]
    pub const fn level(self) -> Level {
        match self {
            Self::GermanEid | Self::IdAustriaFull | Self::EudiWallet => Level::High,
            Self::IdAustriaBasic | Self::Counter => Level::Substantial,
            Self::Letter => Level::Low,
            Self::SelfRegistered => Level::Basic,
        }
    }
    /// The name used in the store and in bindings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GermanEid => "german-eid",
            Self::IdAustriaFull => "id-austria-full",
            Self::IdAustriaBasic => "id-austria-basic",
            Self::EudiWallet => "eudi-wallet",
            Self::Counter => "counter",
            Self::Letter => "letter",
            Self::SelfRegistered => "self-registered",
        }
    }
    /// Reads [`IdentityMethod::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}

/// What is known of the identity check behind a login.
#[derive(Clone, Copy, Debug)]
pub struct IdentityFacts {
    /// How it was made.
    pub method: IdentityMethod,
    /// When it was made.
    pub at: Timestamp,
    /// End of the last day on which the document is valid, if it has such a day.
    pub document_expires: Option<Timestamp>,
}

/// What the attestation of an authenticator proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proven {
    /// The chain ends in a trusted root, and nothing is revoked.
    Trusted,
    /// No attestation, one by the key itself, or a root which nobody vouches for.
    Nothing,
}

/// What is known of the authenticator used in a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthenticatorFacts {
    /// An eID is read in this very login.
    LiveEid,
    /// A key in a phone's hardware, made by a city app.
    DeviceKey {
        /// What key attestation proved about the hardware.
        attestation: Proven,
        /// Every use needs PIN or biometric.
        gated: bool,
        /// Level of the session in which it was registered.
        registered: Level,
    },
    /// A WebAuthn credential.
    Passkey {
        /// The person was verified by PIN or biometric.
        user_verified: bool,
        /// The key may be copied to other devices (flag BE).
        backup_eligible: bool,
        /// What its attestation proved.
        attestation: Proven,
        /// A device key of the same phone confirmed this login.
        confirmed_by_device_key: bool,
        /// Level of the session in which it was registered.
        registered: Level,
    },
}

/// Why a level is not higher; shown to the resident in plain words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The kind of identity check gives no more.
    IdentityWeak,
    /// The identity check is older than the policy allows.
    IdentityAged,
    /// The document of the check has expired.
    DocumentExpired,
    /// The key is kept in a cloud account and may be copied.
    KeySynced,
    /// Nothing proves that the key stays in one device.
    KeyUnattested,
    /// The key was used without PIN or biometric.
    NotVerified,
    /// The key was added in a session of a lower level.
    KeyAddedLow,
    /// No eID is read in this login.
    NoLiveEid,
}

/// The numbers of the policy; an operator may only make them stricter.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Beyond this age an identity check counts as `low`.
    pub identity_max_age: Span,
}

impl Default for Policy {
    fn default() -> Self {
        // 24 months, as the design says; months counted as 365.25 / 12 days.
        Self { identity_max_age: Span::days(731) }
    }
}

/// The outcome of the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// The level of the login.
    pub level: Level,
    /// The level of the identity alone.
    pub identity: Level,
    /// The level of the authenticator alone.
    pub authenticator: Level,
    /// What keeps it from being higher, weakest part first; empty at `high`.
    pub reasons: Vec<Reason>,
}

/// Session level = min(identity, authenticator), with age; the design's one table.
#[must_use]
pub fn assess(
    identity: &IdentityFacts,
    authenticator: AuthenticatorFacts,
    policy: &Policy,
    now: Timestamp,
) -> Assessment {
    let (identity_level, identity_reason) = identity_level(identity, policy, now);
    let (authenticator_level, authenticator_reason) = authenticator_level(authenticator);
    let level = identity_level.min(authenticator_level);
    let mut reasons = Vec::new();
    if identity_level <= authenticator_level {
        reasons.extend(identity_reason);
        reasons.extend(authenticator_reason);
    } else {
        reasons.extend(authenticator_reason);
        reasons.extend(identity_reason);
    }
    Assessment { level, identity: identity_level, authenticator: authenticator_level, reasons }
}

fn identity_level(facts: &IdentityFacts, policy: &Policy, now: Timestamp) -> (Level, Option<Reason>) {
    let base = facts.method.level();
    let expired = facts.document_expires.is_some_and(|end| now > end);
    let aged = now.since(facts.at) > policy.identity_max_age;
    if base > Level::Low && (expired || aged) {
        return (Level::Low, Some(if expired { Reason::DocumentExpired } else { Reason::IdentityAged }));
    }
    (base, (base < Level::High).then_some(Reason::IdentityWeak))
}

fn authenticator_level(facts: AuthenticatorFacts) -> (Level, Option<Reason>) {
    let (level, reason, registered) = match facts {
        AuthenticatorFacts::LiveEid => return (Level::High, None),
        AuthenticatorFacts::DeviceKey { gated: false, registered, .. } => {
            (Level::Basic, Reason::NotVerified, registered)
        }
        AuthenticatorFacts::DeviceKey { attestation: Proven::Trusted, registered, .. } => {
            (Level::Substantial, Reason::NoLiveEid, registered)
        }
        AuthenticatorFacts::DeviceKey { attestation: Proven::Nothing, registered, .. } => {
            (Level::Low, Reason::KeyUnattested, registered)
        }
        AuthenticatorFacts::Passkey { user_verified: false, registered, .. } => {
            (Level::Basic, Reason::NotVerified, registered)
        }
        AuthenticatorFacts::Passkey { confirmed_by_device_key: true, registered, .. } => {
            (Level::Substantial, Reason::NoLiveEid, registered)
        }
        AuthenticatorFacts::Passkey { backup_eligible: true, registered, .. } => {
            (Level::Low, Reason::KeySynced, registered)
        }
        AuthenticatorFacts::Passkey { attestation: Proven::Trusted, registered, .. } => {
            (Level::Substantial, Reason::NoLiveEid, registered)
        }
        AuthenticatorFacts::Passkey { attestation: Proven::Nothing, registered, .. } => {
            (Level::Low, Reason::KeyUnattested, registered)
        }
    };
    // A credential registered in a session below level X never gives X.
    if registered < level { (registered, Some(Reason::KeyAddedLow)) } else { (level, Some(reason)) }
}

/// How long a session of a level may live: absolutely, and without a sign of life (TR-03160-1).
#[must_use]
pub const fn session_limits(level: Level) -> (Span, Span) {
    match level {
        Level::Basic | Level::Low => (Span::hours(12), Span::minutes(60)),
        Level::Substantial => (Span::hours(2), Span::minutes(30)),
        Level::High => (Span::minutes(30), Span::minutes(5)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Level::{Basic, High, Low, Substantial};

    const NOW: Timestamp = Timestamp(1_795_000_000_000);

    fn identity(method: IdentityMethod, age: Span) -> IdentityFacts {
        IdentityFacts { method, at: NOW - age, document_expires: None }
    }

    fn passkey(user_verified: bool, backup_eligible: bool, attestation: Proven) -> AuthenticatorFacts {
        AuthenticatorFacts::Passkey {
            user_verified,
            backup_eligible,
            attestation,
            confirmed_by_device_key: false,
            registered: High,
        }
    }

    #[test]
    fn the_identity_table() {
        use IdentityMethod as M;
        for (method, level) in [
            (M::GermanEid, High),
            (M::IdAustriaFull, High),
            (M::IdAustriaBasic, Substantial),
            (M::EudiWallet, High),
            (M::Counter, Substantial),
            (M::Letter, Low),
            (M::SelfRegistered, Basic),
        ] {
            let got = assess(
                &identity(method, Span::days(1)),
                AuthenticatorFacts::LiveEid,
                &Policy::default(),
                NOW,
            );
            assert_eq!(got.level, level, "{method:?}");
            assert_eq!(got.identity, level, "{method:?}");
        }
    }

    #[test]
    fn the_authenticator_table() {
        use Proven::{Nothing, Trusted};
        let confirmed = AuthenticatorFacts::Passkey {
            user_verified: true,
            backup_eligible: true,
            attestation: Nothing,
            confirmed_by_device_key: true,
            registered: High,
        };
        let key = |attestation, gated| AuthenticatorFacts::DeviceKey { attestation, gated, registered: High };
        for (facts, level, reason) in [
            (AuthenticatorFacts::LiveEid, High, None),
            (key(Trusted, true), Substantial, Some(Reason::NoLiveEid)),
            (key(Nothing, true), Low, Some(Reason::KeyUnattested)),
            (key(Trusted, false), Basic, Some(Reason::NotVerified)),
            (passkey(true, false, Trusted), Substantial, Some(Reason::NoLiveEid)),
            (passkey(true, false, Nothing), Low, Some(Reason::KeyUnattested)),
            (passkey(true, true, Trusted), Low, Some(Reason::KeySynced)),
            (passkey(true, true, Nothing), Low, Some(Reason::KeySynced)),
            (confirmed, Substantial, Some(Reason::NoLiveEid)),
            (passkey(false, false, Trusted), Basic, Some(Reason::NotVerified)),
            (passkey(false, true, Nothing), Basic, Some(Reason::NotVerified)),
        ] {
            let fresh = identity(IdentityMethod::GermanEid, Span::days(1));
            let got = assess(&fresh, facts, &Policy::default(), NOW);
            assert_eq!((got.level, got.reasons.first().copied()), (level, reason), "{facts:?}");
        }
    }

    #[test]
    fn a_key_registered_below_a_level_never_gives_it() {
        for registered in Level::ALL {
            let facts = AuthenticatorFacts::Passkey {
                user_verified: true,
                backup_eligible: false,
                attestation: Proven::Trusted,
                confirmed_by_device_key: false,
                registered,
            };
            let fresh = identity(IdentityMethod::GermanEid, Span::days(1));
            let got = assess(&fresh, facts, &Policy::default(), NOW);
            assert_eq!(got.level, registered.min(Substantial));
            assert_eq!(got.reasons.contains(&Reason::KeyAddedLow), registered < Substantial);
        }
    }

    #[test]
    fn identity_ages_and_documents_expire() {
        let key = passkey(true, false, Proven::Trusted);
        let limit = Policy::default().identity_max_age;
        let level_at =
            |age| assess(&identity(IdentityMethod::GermanEid, age), key, &Policy::default(), NOW).level;
        assert_eq!(level_at(limit), Substantial);
        assert_eq!(level_at(Span(limit.0 + 1)), Low);
        let mut facts = identity(IdentityMethod::GermanEid, Span::days(1));
        facts.document_expires = Some(NOW - Span(1));
        let got = assess(&facts, key, &Policy::default(), NOW);
        assert_eq!((got.level, got.reasons[0]), (Low, Reason::DocumentExpired));
        facts.document_expires = Some(NOW);
        assert_eq!(assess(&facts, key, &Policy::default(), NOW).level, Substantial);
        // What was never more than basic does not become better by being old.
        let own_word = identity(IdentityMethod::SelfRegistered, Span(limit.0 + Span::days(1).0));
        assert_eq!(assess(&own_word, key, &Policy::default(), NOW).level, Basic);
    }

    #[test]
    fn the_weakest_part_is_named_first() {
        let letter = identity(IdentityMethod::Letter, Span::days(1));
        let got = assess(&letter, passkey(true, false, Proven::Trusted), &Policy::default(), NOW);
        assert_eq!(got.reasons, [Reason::IdentityWeak, Reason::NoLiveEid]);
    }

    #[test]
    fn names_read_back() {
        for level in Level::ALL {
            assert_eq!(Level::parse(level.name()), Some(level));
            assert_eq!(Level::from_acr(level.acr()), Some(level));
        }
        for method in IdentityMethod::ALL {
            assert_eq!(IdentityMethod::parse(method.name()), Some(method));
        }
        assert_eq!(Level::from_acr("http://eidas.europa.eu/LoA/HIGH"), None);
    }
}
