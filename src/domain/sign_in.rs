//! The central noun: *someone asks* → *a person proves* → *the person agrees* → *we answer*.
//!
//! Protocol-neutral: a new way to prove touches no way to ask, and the reverse. What a protocol must remember
//! of its request travels as an opaque text ([`Asker::Service::ask`]) which only that protocol reads.

use super::assurance::{Level, Reason};
use super::attribute::Datum;
use super::id::{CheckId, PasskeyId, ServiceId, SessionId, SignInId, TrialId};
use super::passkey::Holder;
use super::secret::BearerHash;
use super::service::ReturnAddress;
use super::time::{Span, Timestamp};
use super::trial::MadeUpKey;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A sign-in dies ten minutes after it was opened; each proven step gives it ten more.
pub const SIGN_IN_LIFE: Span = Span::minutes(10);

/// With what a person proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// A passkey.
    Passkey(PasskeyId),
    /// An eID, read in this very login.
    LiveEid(CheckId),
    /// Nothing: somebody made up, in a trial.
    MadeUp(MadeUpKey),
}

/// One of our own doors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// The resident's account.
    Account,
    /// The operator's pages.
    Operator,
    /// The service owner's pages.
    Services,
    /// The clerk's pages.
    Counter,
}

impl Door {
    /// The name used in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Operator => "operator",
            Self::Services => "services",
            Self::Counter => "counter",
        }
    }
    /// Staff prove themselves by keys of their own.
    #[must_use]
    pub const fn is_for_staff(self) -> bool {
        !matches!(self, Self::Account)
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asker {
    /// A service.
    Service {
        /// Which.
        service: ServiceId,
        /// Where the answer goes.
        back: ReturnAddress,
        /// What its protocol must remember, as that protocol's own JSON.
        ask: String,
    },
    /// One of our own pages.
    Door(Door),
}

/// What the asker wants of a login, in the house's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Needs {
    /// The least level.
    pub level: Level,
    /// How old the identity check may be.
    pub max_identity_age: Option<Span>,
    /// Only this person will do (`id_token_hint`); a subject the protocol resolved before.
    pub only: Option<super::id::PersonId>,
    /// Prove anew even where a session exists.
    pub prove_anew: bool,
    /// Prove anew when the last proof is older.
    pub max_age: Option<Span>,
    /// Ask for consent even where one is remembered.
    pub ask_consent: bool,
    /// The data to be told to the service.
    pub data: BTreeSet<Datum>,
}

impl Needs {
    /// What our own doors want: a login, nothing else.
    #[must_use]
    pub fn login_only() -> Self {
        Self {
            level: Level::Basic,
            max_identity_age: None,
            only: None,
            prove_anew: false,
            max_age: None,
            ask_consent: false,
            data: BTreeSet::new(),
        }
    }
}

/// What was proven in a sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Who.
    pub holder: Holder,
    /// With what.
    pub means: Means,
    /// The level reached in this login.
    pub level: Level,
    /// Why it is not higher.
    pub reasons: Vec<Reason>,
    /// When (`auth_time`).
    pub at: Timestamp,
    /// When the identity behind it was checked.
    pub identity_checked: Option<Timestamp>,
    /// The session it made or came from.
    pub session: SessionId,
}

/// The life of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nobody has proved anything.
    Open,
    /// Somebody has; level and consent are looked at each time anew.
    Proven(Proof),
    /// The answer was given.
    Answered,
    /// Given up.
    Abandoned,
}

impl Stage {
    /// The name used in the store.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Proven(_) => "proven",
            Self::Answered => "answered",
            Self::Abandoned => "abandoned",
        }
    }
}

/// One sign-in.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// Its id, in its address.
    pub id: SignInId,
    /// The browser that opened it: an id alone, pasted into another browser, opens nothing.
    pub browser: BearerHash,
    /// Who asks.
    pub asker: Asker,
    /// For what.
    pub needs: Needs,
    /// The trial it belongs to: then nobody real takes part.
    pub trial: Option<TrialId>,
    /// How far it got.
    pub stage: Stage,
    /// When it was opened.
    pub opened: Timestamp,
    /// When it dies.
    pub expires: Timestamp,
}

/// What stands between a proof and the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The proof is too old or must be made anew.
    Proof,
    /// The level is too low.
    Level,
    /// The identity check is older than this service accepts.
    FreshIdentity,
}

impl Needs {
    /// Whether `proof` is good for this asker now; the first thing missing is named.
    /// `made_here`: the proof was made in this very sign-in, so "prove anew" is satisfied.
    #[must_use]
    pub fn missing(&self, proof: &Proof, made_here: bool, now: Timestamp) -> Option<Missing> {
        let too_old = self.max_age.is_some_and(|limit| now.since(proof.at) > limit);
        if !made_here && (self.prove_anew || too_old) {
            return Some(Missing::Proof);
        }
        if proof.level < self.level {
            return Some(Missing::Level);
        }
        let old_identity = |limit: Span| proof.identity_checked.is_none_or(|at| now.since(at) > limit);
        self.max_identity_age.is_some_and(old_identity).then_some(Missing::FreshIdentity)
    }
}

/// A session proof used again by another sign-in: `high` holds only in the login in which the eID was read.
#[must_use]
pub const fn reused_level(level: Level) -> Level {
    match level {
        Level::High => Level::Substantial,
        other => other,
    }
}
