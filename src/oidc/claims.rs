//! Claims: which a service asks for, what data they need, how they look.
//!
//! OpenID Connect Core §5.1, §5.4, §5.5; `place_of_birth`, `title` and `verified_claims` of OpenID Identity
//! Assurance 1.0. A value which the document does not have is left out, never empty or null.

use crate::domain::assurance::{IdentityMethod, Level};
use crate::domain::attribute::{Attribute, Datum, Identity};
use crate::domain::likeness;
use crate::store::person::IdentityRecord;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Claims about a person which we can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// The name in full.
    Name,
    /// Given names.
    GivenName,
    /// Family name.
    FamilyName,
    /// Doctoral degree.
    Title,
    /// Birth date, or the year where the document knows no more.
    Birthdate,
    /// An object with `locality`.
    PlaceOfBirth,
    /// An object.
    Address,
    /// Yes or no.
    AgeOver16,
    /// Yes or no.
    AgeOver18,
    /// Yes or no: lives in the town.
    Resident,
}

impl Claim {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Name,
        Self::GivenName,
        Self::FamilyName,
        Self::Title,
        Self::Birthdate,
        Self::PlaceOfBirth,
        Self::Address,
        Self::AgeOver16,
        Self::AgeOver18,
        Self::Resident,
    ];
    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::GivenName => "given_name",
            Self::FamilyName => "family_name",
            Self::Title => "title",
            Self::Birthdate => "birthdate",
            Self::PlaceOfBirth => "place_of_birth",
            Self::Address => "address",
            Self::AgeOver16 => "age_over_16",
            Self::AgeOver18 => "age_over_18",
            Self::Resident => "resident",
        }
    }
    /// Reads [`Claim::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|claim| claim.name() == name)
    }
    /// What the person is asked for, when this claim is asked for.
    #[must_use]
    pub const fn datum(self) -> Datum {
        match self {
            Self::Name | Self::GivenName | Self::FamilyName | Self::Title => Datum::Name,
            Self::Birthdate => Datum::BirthDate,
            Self::PlaceOfBirth => Datum::BirthPlace,
            Self::Address => Datum::Address,
            Self::AgeOver16 => Datum::AgeOver16,
            Self::AgeOver18 => Datum::AgeOver18,
            Self::Resident => Datum::Resident,
        }
    }
}

const NAMES: &[Claim] = &[Claim::Name, Claim::GivenName, Claim::FamilyName, Claim::Title];
const PROFILE: &[Claim] = &[Claim::Name, Claim::GivenName, Claim::FamilyName, Claim::Title, Claim::Birthdate];

/// Scopes which we know, and the claims behind each. `email` and `phone` stand for claims which no document
/// holds: they are accepted and bring nothing.
pub const SCOPES: &[(&str, &[Claim])] = &[
    ("openid", &[]),
    ("profile", PROFILE),
    ("email", &[]),
    ("phone", &[]),
    ("address", &[Claim::Address]),
    ("name", NAMES),
    ("birthdate", &[Claim::Birthdate]),
    ("place_of_birth", &[Claim::PlaceOfBirth]),
    ("age_over_16", &[Claim::AgeOver16]),
    ("age_over_18", &[Claim::AgeOver18]),
    ("resident", &[Claim::Resident]),
    (OFFLINE, &[]),
];

/// The scope of refresh tokens which outlive the session (OpenID Connect Core §11).
pub const OFFLINE: &str = "offline_access";

/// The claims behind a scope.
#[must_use]
pub fn of_scope(scope: &str) -> &'static [Claim] {
    SCOPES.iter().find(|(name, _)| *name == scope).map_or(&[], |(_, claims)| claims)
}

/// What goes into one place: the ID token or the UserInfo answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Plain claims.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub plain: BTreeSet<Claim>,
    /// Claims inside `verified_claims`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub verified: BTreeSet<Claim>,
}

impl Wanted {
    /// Nothing is wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.plain.is_empty() && self.verified.is_empty()
    }
    /// The data it needs.
    pub fn data(&self) -> impl Iterator<Item = Datum> + '_ {
        self.plain.iter().chain(&self.verified).map(|claim| claim.datum())
    }
    /// The part of it which needs no other data than these.
    #[must_use]
    pub fn within(&self, data: &BTreeSet<Datum>) -> Self {
        let keep = |claims: &BTreeSet<Claim>| {
            claims.iter().copied().filter(|claim| data.contains(&claim.datum())).collect()
        };
        Self { plain: keep(&self.plain), verified: keep(&self.verified) }
    }
    /// The sealed parts to be opened for it.
    #[must_use]
    pub fn attributes(&self) -> Vec<Attribute> {
        let all: BTreeSet<Attribute> = self.data().flat_map(|datum| datum.needs().iter().copied()).collect();
        all.into_iter().collect()
    }
}

/// What is known of a person at the moment of telling.
pub struct Known<'a> {
    /// What the document says; only the parts which were opened.
    pub identity: &'a Identity,
    /// The check behind it.
    pub check: Option<&'a IdentityRecord>,
    /// The level of the login.
    pub level: Level,
    /// Today, in the town.
    pub today: jiff::civil::Date,
    /// The town's name as in addresses.
    pub locality: &'a str,
}

impl Known<'_> {
    /// Adds what is wanted to an answer.
    pub fn tell(&self, wanted: &Wanted, out: &mut Map<String, Value>) {
        for claim in &wanted.plain {
            if let Some(value) = self.value(*claim) {
                out.insert(claim.name().to_owned(), value);
            }
        }
        if let (Some(check), false) = (self.check, wanted.verified.is_empty()) {
            let told = |claim: &Claim| Some((claim.name().to_owned(), self.value(*claim)?));
            let claims: Map<String, Value> = wanted.verified.iter().filter_map(told).collect();
            // OpenID Identity Assurance 1.0 §5: without claims there is no verified_claims element.
            if !claims.is_empty() {
                let element = json!({ "verification": verification(check), "claims": claims });
                out.insert("verified_claims".to_owned(), element);
            }
        }
    }

    fn value(&self, claim: Claim) -> Option<Value> {
        let text = |part: &Option<String>| {
            part.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(Value::from)
        };
        let identity = self.identity;
        match claim {
            Claim::Name => Some(identity.full_name()).filter(|name| !name.is_empty()).map(Value::from),
            Claim::GivenName => text(&identity.given_names),
            Claim::FamilyName => text(&identity.family_name),
            Claim::Title => text(&identity.doctoral_degree),
            Claim::Birthdate => identity.birth_date.map(|date| match date.parts() {
                (_, Some(_), Some(_)) => date.to_string().into(),
                // OpenID Connect Core §5.1: a whole date or a year; a month alone has no form.
                (year, _, _) => format!("{year:04}").into(),
            }),
            Claim::PlaceOfBirth => text(&identity.birth_place).map(|place| json!({ "locality": place })),
            Claim::Address => self.address(),
            Claim::AgeOver16 => self.is_over(16),
            Claim::AgeOver18 => self.is_over(18),
            Claim::Resident => Some(likeness::lives_in(identity, self.locality)?.into()),
        }
    }

    fn is_over(&self, years: i16) -> Option<Value> {
        Some(self.identity.birth_date?.at_least_years_old(years, self.today).into())
    }

    fn address(&self) -> Option<Value> {
        let address = self.identity.address.as_ref()?;
        let mut out = Map::new();
        let town = [address.postal_code.trim(), address.locality.trim()].join(" ");
        let lines = [address.street.trim(), town.trim(), address.country.trim()];
        let lines: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        let formatted = lines.join("\n");
        for (name, value) in [
            ("formatted", formatted.as_str()),
            ("street_address", &address.street),
            ("postal_code", &address.postal_code),
            ("locality", &address.locality),
            ("country", &address.country),
        ] {
            if !value.trim().is_empty() {
                out.insert(name.to_owned(), value.trim().into());
            }
        }
        (!out.is_empty()).then_some(out.into())
    }
}

/// The element `verification`: what was checked, when, at which level, by which kind of document.
fn verification(check: &IdentityRecord) -> Value {
    let time =
        jiff::Timestamp::from_second(check.at.as_seconds()).map(|at| at.to_string()).unwrap_or_default();
    let level = check.method.level().name();
    let mut out = json!({ "trust_framework": "eidas", "assurance_level": level, "time": time });
    if let Some(evidence) = evidence(check.method) {
        out["evidence"] = json!([evidence]);
    }
    out
}

/// OpenID Identity Assurance Schema 1.0 §5.4: an electronic record or a document with its check method.
fn evidence(method: IdentityMethod) -> Option<Value> {
    let electronic = |check: &str| {
        json!({ "type": "electronic_record", "check_details": [{ "check_method": check }],
        "record": { "type": "eid" } })
    };
    match method {
        IdentityMethod::GermanEid | IdentityMethod::IdAustriaFull | IdentityMethod::IdAustriaBasic => {
            Some(electronic("auth"))
        }
        IdentityMethod::EudiWallet => Some(electronic("vcrypt")),
        IdentityMethod::Counter => {
            Some(json!({ "type": "document", "check_details": [{ "check_method": "vpip" }],
            "document_details": { "type": "idcard" } }))
        }
        IdentityMethod::Letter | IdentityMethod::SelfRegistered => None,
    }
}
