//! What a card answered, in the words of TR-03130-1 (§3.4.2, `getResultResponse`): shared by the eID server of our
//! own, by the client of a rented one, and by the facade.

use super::request::Operation;
use crate::cvc::place::{PartialDate, Place};
use crate::domain::identity_check::CheckRefused;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was read of the holder. Nothing in it is invented: what was not read or is not on the card is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalData {
    /// `ID`, `AR`, `AS`, `AF`, `UB`.
    pub document_type: Option<String>,
    /// `D`.
    pub issuing_state: Option<String>,
    /// The last valid day.
    pub date_of_expiry: Option<Date>,
    /// As the card spells them, today in capitals. May be empty: some people have none.
    pub given_names: Option<String>,
    /// As the card spells it.
    pub family_names: Option<String>,
    /// Religious or artistic name; empty if there is none.
    pub artistic_name: Option<String>,
    /// Doctoral degree; empty if there is none.
    pub academic_title: Option<String>,
    /// Day or month may be unknown.
    pub date_of_birth: Option<PartialDate>,
    /// Where born.
    pub place_of_birth: Option<Place>,
    /// `D`.
    pub nationality: Option<String>,
    /// Name at birth.
    pub birth_name: Option<String>,
    /// Where the holder lives; of several the first.
    pub place_of_residence: Option<Place>,
    /// Digits with a leading zero: `02760503150000`.
    pub community_id: Option<String>,
    /// Conditions of a residence permit.
    pub residence_permit: Option<String>,
    /// The card's pseudonym.
    pub restricted_id: Option<RestrictedId>,
}

/// A card's pseudonyms for the first and, while a sector key is replaced, for the second sector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestrictedId {
    /// `ID`.
    pub first: Vec<u8>,
    /// `ID2`.
    pub second: Option<Vec<u8>>,
}

/// What became of a wish (`AttributeResponseType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Permission {
    /// Read.
    Allowed,
    /// The holder or the certificate did not allow it, or it was not asked.
    Prohibited,
    /// The card does not hold it.
    NotOnChip,
}

impl Permission {
    /// The element's text.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allowed => "ALLOWED",
            Self::Prohibited => "PROHIBITED",
            Self::NotOnChip => "NOTONCHIP",
        }
    }

    /// Reads [`Permission::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Allowed, Self::Prohibited, Self::NotOnChip].into_iter().find(|one| one.name() == name)
    }
}

/// Levels of assurance as TR-03130-1 §3.4.2 spells them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EidLevel {
    /// `undefined`: for tests.
    Undefined,
    /// `normal`.
    Normal,
    /// `substantiell`.
    Substantial,
    /// `hoch`: what a card with PIN gives.
    High,
}

impl EidLevel {
    /// The address that names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Undefined => "http://bsi.bund.de/eID/LoA/undefined",
            Self::Normal => "http://bsi.bund.de/eID/LoA/normal",
            Self::Substantial => "http://bsi.bund.de/eID/LoA/substantiell",
            Self::High => "http://bsi.bund.de/eID/LoA/hoch",
        }
    }

    /// Reads [`EidLevel::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Undefined, Self::Normal, Self::Substantial, Self::High].into_iter().find(|l| l.name() == name)
    }
}

/// The result of one online authentication that succeeded: the card is genuine, valid today and not blocked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What was read.
    pub data: PersonalData,
    /// Whether the holder is of the age that was asked.
    pub fulfils_age: Option<bool>,
    /// Whether the holder lives where it was asked.
    pub fulfils_place: Option<bool>,
    /// What became of each operation; absent means prohibited.
    pub operations: BTreeMap<Operation, Permission>,
    /// The level, where the provider says one.
    pub level: Option<EidLevel>,
}

impl Answer {
    /// What became of an operation.
    #[must_use]
    pub fn permission(&self, operation: Operation) -> Permission {
        self.operations.get(&operation).copied().unwrap_or(Permission::Prohibited)
    }
}

/// How an online authentication ended.
pub type Outcome = Result<Answer, CheckRefused>;
