//! One check of a person's identity, from the asking to the result.

use super::assurance::IdentityMethod;
use super::attribute::{Attribute, Identity};
use super::id::{CheckId, IdentificationId, PersonId, SignInId};
use super::secret::BearerHash;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What the resident came to the check for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// "New here": first check, then a key. A person who is known already may add a key.
    Enrol,
    /// Log in, or lift a login, with the eID itself.
    SignIn,
}

impl Purpose {
    /// The name used in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enrol => "enrol",
            Self::SignIn => "sign-in",
        }
    }
    /// Reads [`Purpose::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Enrol, Self::SignIn].into_iter().find(|purpose| purpose.name() == name)
    }
}

/// Why a check ended without a result; each has its own page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckRefused {
    /// The person stopped it.
    Cancelled,
    /// Three wrong PINs: the card is blocked until unblocked.
    PinBlocked,
    /// A wrong PIN, and no further try.
    WrongPin,
    /// No card came near the reader in time, or it was taken away.
    NoCard,
    /// The document has expired.
    CardExpired,
    /// The card is on the block list.
    CardBlocked,
    /// The card could not prove that it is genuine.
    NotAuthentic,
    /// The person withheld, or the card does not hold, what an account needs.
    DataMissing,
    /// The person's program found that the connection does not lead to whom the certificate names.
    TrustedChannel,
    /// The person's program or card does not accept the right of whoever asks, or their signature.
    TerminalRefused,
    /// The certificates of whoever asks lead to no root which the person's program or card knows.
    TerminalUnknown,
    /// What was said about whoever asks is not what their certificate says.
    DescriptionRefused,
    /// The person's program or its connection failed.
    ClientTrouble,
    /// The provider could not be reached or gave no usable answer.
    ProviderDown,
    /// The person is blocked here by the office.
    PersonBlocked,
    /// The card belongs to somebody else than the person who is logged in.
    OtherPerson,
    /// A newer card of the same person took the place of this one, or its person took it off.
    CardReplaced,
}

impl CheckRefused {
    /// All refusals.
    pub const ALL: [Self; 17] = [
        Self::Cancelled,
        Self::PinBlocked,
        Self::WrongPin,
        Self::NoCard,
        Self::CardExpired,
        Self::CardBlocked,
        Self::NotAuthentic,
        Self::DataMissing,
        Self::TrustedChannel,
        Self::TerminalRefused,
        Self::TerminalUnknown,
        Self::DescriptionRefused,
        Self::ClientTrouble,
        Self::ProviderDown,
        Self::PersonBlocked,
        Self::OtherPerson,
        Self::CardReplaced,
    ];
    /// The name used in the store and in catalogue keys.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::PinBlocked => "pin-blocked",
            Self::WrongPin => "wrong-pin",
            Self::NoCard => "no-card",
            Self::CardExpired => "card-expired",
            Self::CardBlocked => "card-blocked",
            Self::NotAuthentic => "not-authentic",
            Self::DataMissing => "data-missing",
            Self::TrustedChannel => "trusted-channel",
            Self::TerminalRefused => "terminal-refused",
            Self::TerminalUnknown => "terminal-unknown",
            Self::DescriptionRefused => "description-refused",
            Self::ClientTrouble => "client-trouble",
            Self::ProviderDown => "provider-down",
            Self::PersonBlocked => "person-blocked",
            Self::OtherPerson => "other-person",
            Self::CardReplaced => "card-replaced",
        }
    }
    /// Reads [`CheckRefused::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|refused| refused.name() == name)
    }
}

/// What a provider found out: the same for every provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CheckResult {
    /// What the document says, as far as it was read.
    pub identity: Identity,
    /// Parts which were read and of which the document holds none, so that an earlier value is out of date. A part
    /// which is neither here nor in `identity` was not read this time.
    #[serde(default)]
    pub absent: Vec<Attribute>,
    /// How it was checked.
    pub method: IdentityMethod,
    /// When.
    pub at: Timestamp,
    /// End of the document's last valid day.
    pub document_expires: Option<Timestamp>,
    /// The card's pseudonym for this town (restricted identification): names the card, not the person.
    pub card_pseudonym: Vec<u8>,
    /// The provider's name for this transaction, for questions back.
    pub transaction: String,
    /// Which provider made it.
    pub provider: String,
    /// A made-up card.
    pub demo: bool,
}

/// The life of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckStage {
    /// Begun; the provider has not answered.
    Open,
    /// The card belongs to a person we know; the sign-in was moved on.
    Known(PersonId),
    /// Nobody we know yet. The result waits, sealed, until a key is made or time is up.
    New,
    /// Nobody we know by this card, and its holder has asked whose account it belongs to. What comes of it, if
    /// anything, is a clerk's: from here it looks the same.
    Asked,
    /// Ended without a result.
    Refused(CheckRefused),
    /// Its result became an account.
    Done(PersonId),
}

/// A pending check.
#[derive(Clone, Debug)]
pub struct Check {
    /// Its id.
    pub id: CheckId,
    /// The sign-in it belongs to.
    pub sign_in: SignInId,
    /// The browser it belongs to.
    pub browser: BearerHash,
    /// What for.
    pub purpose: Purpose,
    /// How far it got.
    pub stage: CheckStage,
    /// It was made at the desk before, and came here with a code.
    pub identification: Option<IdentificationId>,
    /// When it dies.
    pub expires: Timestamp,
}
