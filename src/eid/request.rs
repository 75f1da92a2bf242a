//! What one check asks of a card, in the words of TR-03130-1 (§3.3.1, `useIDRequest`): shared by the eID server of
//! our own, by the client of a rented one, and by the facade.

use crate::cvc::chat::{Chat, Right, Rights, Role};
use crate::cvc::data_groups::DataGroup;
use crate::domain::attribute::Datum;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One thing that may be read of a card or asked of it, in the order of `OperationsRequestorType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Operation {
    /// Kind of document: `ID`, `AR`, `AS`, `AF`, `UB`.
    DocumentType,
    /// Who issued it.
    IssuingState,
    /// Its last valid day.
    DateOfExpiry,
    /// Given names.
    GivenNames,
    /// Family name.
    FamilyNames,
    /// Religious or artistic name.
    ArtisticName,
    /// Doctoral degree.
    AcademicTitle,
    /// Birth date.
    DateOfBirth,
    /// Birth place.
    PlaceOfBirth,
    /// Nationality.
    Nationality,
    /// Name at birth.
    BirthName,
    /// Address.
    PlaceOfResidence,
    /// The community's official number.
    #[serde(rename = "CommunityID")]
    CommunityId,
    /// Conditions of a residence permit.
    ResidencePermitI,
    /// The card's pseudonym for this sector.
    #[serde(rename = "RestrictedID")]
    RestrictedId,
    /// Whether the holder is of an age.
    AgeVerification,
    /// Whether the holder lives in a place.
    PlaceVerification,
}

impl Operation {
    /// All of them, in the order of the schema.
    pub const ALL: [Self; 17] = [
        Self::DocumentType,
        Self::IssuingState,
        Self::DateOfExpiry,
        Self::GivenNames,
        Self::FamilyNames,
        Self::ArtisticName,
        Self::AcademicTitle,
        Self::DateOfBirth,
        Self::PlaceOfBirth,
        Self::Nationality,
        Self::BirthName,
        Self::PlaceOfResidence,
        Self::CommunityId,
        Self::ResidencePermitI,
        Self::RestrictedId,
        Self::AgeVerification,
        Self::PlaceVerification,
    ];

    /// The element's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DocumentType => "DocumentType",
            Self::IssuingState => "IssuingState",
            Self::DateOfExpiry => "DateOfExpiry",
            Self::GivenNames => "GivenNames",
            Self::FamilyNames => "FamilyNames",
            Self::ArtisticName => "ArtisticName",
            Self::AcademicTitle => "AcademicTitle",
            Self::DateOfBirth => "DateOfBirth",
            Self::PlaceOfBirth => "PlaceOfBirth",
            Self::Nationality => "Nationality",
            Self::BirthName => "BirthName",
            Self::PlaceOfResidence => "PlaceOfResidence",
            Self::CommunityId => "CommunityID",
            Self::ResidencePermitI => "ResidencePermitI",
            Self::RestrictedId => "RestrictedID",
            Self::AgeVerification => "AgeVerification",
            Self::PlaceVerification => "PlaceVerification",
        }
    }

    /// Reads [`Operation::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.name() == name)
    }

    /// The data group that is read for it, if one is.
    #[must_use]
    pub const fn data_group(self) -> Option<DataGroup> {
        Some(match self {
            Self::DocumentType => DataGroup::DocumentType,
            Self::IssuingState => DataGroup::IssuingState,
            Self::DateOfExpiry => DataGroup::DateOfExpiry,
            Self::GivenNames => DataGroup::GivenNames,
            Self::FamilyNames => DataGroup::FamilyNames,
            Self::ArtisticName => DataGroup::ArtisticName,
            Self::AcademicTitle => DataGroup::AcademicTitle,
            Self::DateOfBirth => DataGroup::DateOfBirth,
            Self::PlaceOfBirth => DataGroup::PlaceOfBirth,
            Self::Nationality => DataGroup::Nationality,
            Self::BirthName => DataGroup::BirthName,
            Self::PlaceOfResidence => DataGroup::PlaceOfResidence,
            Self::CommunityId => DataGroup::CommunityId,
            Self::ResidencePermitI => DataGroup::ResidencePermit1,
            Self::RestrictedId | Self::AgeVerification | Self::PlaceVerification => return None,
        })
    }

    /// The right a terminal needs for it (TR-03110-4 2.2.3).
    #[must_use]
    pub const fn right(self) -> Right {
        match (self.data_group(), self) {
            (Some(group), _) => Right::Read(group),
            (None, Self::RestrictedId) => Right::RestrictedIdentification,
            (None, Self::AgeVerification) => Right::AgeVerification,
            (None, _) => Right::CommunityIdVerification,
        }
    }
}

/// How much somebody wants it (`AttributeRequestType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Want {
    /// Without it there is no result.
    Required,
    /// The holder may leave it out.
    Allowed,
    /// It is not read. Also what an absent or empty element means.
    Prohibited,
}

impl Want {
    /// The element's text.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Required => "REQUIRED",
            Self::Allowed => "ALLOWED",
            Self::Prohibited => "PROHIBITED",
        }
    }

    /// Reads [`Want::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Required, Self::Allowed, Self::Prohibited].into_iter().find(|want| want.name() == name)
    }
}

/// What is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    wants: BTreeMap<Operation, Want>,
    /// The age in years that is verified; goes with [`Operation::AgeVerification`].
    pub age: Option<u8>,
    /// The beginning of the community's number, digits with a leading zero (`027605…`); goes with
    /// [`Operation::PlaceVerification`].
    pub community: Option<String>,
    /// A sentence which the holder's program shows.
    pub transaction_info: Option<String>,
}

impl Request {
    /// Asks for one more thing; a stronger wish replaces a weaker one.
    #[must_use]
    pub fn with(mut self, operation: Operation, want: Want) -> Self {
        if want < self.want(operation) {
            self.wants.insert(operation, want);
        }
        self
    }

    /// How much a thing is wanted.
    #[must_use]
    pub fn want(&self, operation: Operation) -> Want {
        self.wants.get(&operation).copied().unwrap_or(Want::Prohibited)
    }

    /// Everything wanted so much.
    pub fn wanted(&self, want: Want) -> impl Iterator<Item = Operation> {
        Operation::ALL.into_iter().filter(move |operation| self.want(*operation) == want)
    }

    /// `RequiredCHAT` or `OptionalCHAT` (TR-03112-7 3.6.4.1).
    #[must_use]
    pub fn chat(&self, want: Want) -> Chat {
        let rights: Rights = self.wanted(want).map(Operation::right).collect();
        Chat { role: Role::Terminal, rights }
    }

    /// What an account of this house needs, and beside it only what some service here asks for.
    ///
    /// Name, birth date and place are what a person is found again by when they have a new card; the pseudonym names
    /// the card. An address is read only where a service wants one, or wants to know who is a resident.
    #[must_use]
    pub fn for_account(asked_by_services: impl IntoIterator<Item = Datum>) -> Self {
        let required = [
            Operation::DocumentType,
            Operation::DateOfExpiry,
            Operation::GivenNames,
            Operation::FamilyNames,
            Operation::DateOfBirth,
            Operation::PlaceOfBirth,
            Operation::RestrictedId,
        ];
        let request = required.into_iter().fold(Self::default(), |all, one| all.with(one, Want::Required));
        asked_by_services.into_iter().fold(request, |request, datum| match datum {
            Datum::Name => request
                .with(Operation::AcademicTitle, Want::Allowed)
                .with(Operation::BirthName, Want::Allowed),
            Datum::Address | Datum::Resident => request.with(Operation::PlaceOfResidence, Want::Required),
            Datum::BirthDate | Datum::BirthPlace | Datum::AgeOver16 | Datum::AgeOver18 => request,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_serde_uses_them() {
        for operation in Operation::ALL {
            assert_eq!(Operation::parse(operation.name()), Some(operation));
            assert_eq!(serde_json::to_string(&operation).unwrap(), format!("\"{}\"", operation.name()));
        }
        for want in [Want::Required, Want::Allowed, Want::Prohibited] {
            assert_eq!(Want::parse(want.name()), Some(want));
        }
    }

    #[test]
    fn an_account_asks_for_no_more_than_somebody_needs() {
        let least = Request::for_account([]);
        for unasked in [
            Operation::PlaceOfResidence,
            Operation::Nationality,
            Operation::CommunityId,
            Operation::AcademicTitle,
            Operation::ArtisticName,
            Operation::ResidencePermitI,
        ] {
            assert_eq!(least.want(unasked), Want::Prohibited, "{}", unasked.name());
        }
        let more = Request::for_account([Datum::Resident, Datum::Name]);
        assert_eq!(more.want(Operation::PlaceOfResidence), Want::Required);
        assert_eq!(more.want(Operation::AcademicTitle), Want::Allowed);
        let chat = more.chat(Want::Required);
        assert!(chat.rights.contains(Right::Read(DataGroup::PlaceOfResidence)));
        assert!(!chat.rights.contains(Right::Read(DataGroup::AcademicTitle)));
        assert!(more.chat(Want::Allowed).rights.contains(Right::Read(DataGroup::AcademicTitle)));
    }

    #[test]
    fn a_stronger_wish_stays() {
        let request = Request::default()
            .with(Operation::GivenNames, Want::Required)
            .with(Operation::GivenNames, Want::Allowed);
        assert_eq!(request.want(Operation::GivenNames), Want::Required);
    }
}
