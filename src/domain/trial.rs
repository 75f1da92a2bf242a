//! A trial: the owner of a service logs made-up people in, through the real protocol, and sees each step of it.
//!
//! It is bound to one service, to the owner's session and to their browser. Nobody real takes part in it, and nobody
//! made up is known outside of it: whoever is logged in within a trial goes with it.

use super::assurance::{AuthenticatorFacts, IdentityFacts, IdentityMethod, Level, Proven, Reason};
use super::attribute::{Address, Datum, Identity, PartialDate};
use super::id::{ServiceId, SessionId, TrialId};
use super::secret::BearerHash;
use super::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A trial ends an hour after it was begun.
pub const TRIAL_LIFE: Span = Span::minutes(60);
/// Beyond, nothing more is written down.
pub const STEPS_MAX: i64 = 200;

/// A trial.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Its id.
    pub id: TrialId,
    /// Of which service.
    pub service: ServiceId,
    /// The session of the member of staff; the trial ends with it.
    pub session: SessionId,
    /// Their browser.
    pub browser: BearerHash,
    /// Since when.
    pub created: Timestamp,
    /// Until when.
    pub expires: Timestamp,
}

/// Whom an owner may play. Names and dates of people who do not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MadeUp {
    /// An adult who lives in the town.
    Resident,
    /// Lives elsewhere; a name with letters that many programs get wrong.
    Elsewhere,
    /// Fifteen years old.
    Child,
    /// A document that says little: no given name, only a year of birth, no address.
    Sparse,
}

impl MadeUp {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Resident, Self::Elsewhere, Self::Child, Self::Sparse];

    /// The name in forms.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resident => "resident",
            Self::Elsewhere => "elsewhere",
            Self::Child => "child",
            Self::Sparse => "sparse",
        }
    }

    /// Reads [`MadeUp::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// What their document says; `locality` is the town, `today` its date.
    #[must_use]
    pub fn identity(self, locality: &str, today: jiff::civil::Date) -> Identity {
        let text = |text: &str| Some(text.to_owned());
        let address = |street: &str, postal_code: &str, locality: &str| {
            Some(Address {
                street: street.to_owned(),
                postal_code: postal_code.to_owned(),
                locality: locality.to_owned(),
                country: "DE".to_owned(),
            })
        };
        let born = |text: &str| PartialDate::parse(text);
        let base = Identity { document_type: text("ID"), ..Identity::default() };
        match self {
            Self::Resident => Identity {
                given_names: text("Marlene"),
                family_name: text("Probst"),
                birth_name: text("Testmann"),
                birth_date: born("1984-08-12"),
                birth_place: text("Leipzig"),
                address: address("Lindenweg 7", "12345", locality),
                ..base
            },
            Self::Elsewhere => Identity {
                given_names: text("Ægir Łukasz"),
                family_name: text("Çelik-Müßig"),
                doctoral_degree: text("Dr."),
                birth_date: born("1951-02-28"),
                birth_place: text("Kraków"),
                address: address("Außerhalb 1 a", "99999", "Anderswo"),
                ..base
            },
            Self::Child => Identity {
                given_names: text("Juri"),
                family_name: text("Probst"),
                birth_date: born(&format!("{:04}-01-01", today.year() - 15)),
                birth_place: text("Leipzig"),
                address: address("Lindenweg 7", "12345", locality),
                ..base
            },
            Self::Sparse => Identity { family_name: text("Namgyal"), birth_date: born("1970"), ..base },
        }
    }
}

/// With what a made-up person proves themself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MadeUpKey {
    /// A passkey that can not be copied.
    Bound,
    /// One that can.
    Synced,
    /// The eID, read in this very login.
    Card,
}

impl MadeUpKey {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Bound, Self::Synced, Self::Card];

    /// The name in forms.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bound => "bound",
            Self::Synced => "synced",
            Self::Card => "card",
        }
    }

    /// Reads [`MadeUpKey::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// What the policy is told of it: the same policy judges it as any other.
    #[must_use]
    pub const fn facts(self) -> AuthenticatorFacts {
        match self {
            Self::Bound => AuthenticatorFacts::Passkey {
                user_verified: true,
                backup_eligible: false,
                attestation: Proven::Trusted,
                confirmed_by_device_key: false,
                registered: Level::High,
            },
            Self::Synced => AuthenticatorFacts::Passkey {
                user_verified: true,
                backup_eligible: true,
                attestation: Proven::Nothing,
                confirmed_by_device_key: false,
                registered: Level::High,
            },
            Self::Card => AuthenticatorFacts::LiveEid,
        }
    }
}

/// How a made-up person comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guise {
    /// Who.
    pub who: MadeUp,
    /// With what.
    pub key: MadeUpKey,
    /// Their document was read long ago.
    pub aged: bool,
}

impl Guise {
    /// Their check of identity. A card that is read now is never old.
    #[must_use]
    pub fn check(self, now: Timestamp) -> IdentityFacts {
        let long_ago = self.aged && self.key != MadeUpKey::Card;
        let at = if long_ago { now - Span::days(25 * 31) } else { now - Span::days(30) };
        let at = if self.key == MadeUpKey::Card { now } else { at };
        IdentityFacts {
            method: IdentityMethod::GermanEid,
            at,
            document_expires: Some(now + Span::days(1500)),
        }
    }
}

/// What went wrong, as far as its owner can mend it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "what")]
pub enum Finding {
    /// The answer is wanted at an address which is not registered.
    UnregisteredAddress {
        /// What was sent.
        sent: String,
    },
    /// `redirect_uri` is missing.
    AddressMissing,
    /// Another `client_id`, or none.
    UnknownClient {
        /// What was sent.
        sent: String,
    },
    /// No PKCE, and the service must use it.
    ChallengeMissing,
    /// `prompt=none`: in a trial nobody is logged in beforehand.
    NobodyLoggedIn,
    /// The registered way of client authentication is another.
    OtherAuthentication {
        /// Its registered name.
        sent: String,
        /// Its registered name.
        registered: String,
    },
    /// The right way, and a wrong or expired secret, or an assertion that does not hold.
    WrongSecret,
    /// The code was redeemed before.
    CodeUsed,
    /// The code was not fetched within its minute.
    CodeExpired,
    /// No code of ours, or one for another service.
    CodeUnknown,
    /// Another `redirect_uri` than in the request.
    AddressDiffers {
        /// What was sent.
        sent: String,
        /// What was asked first.
        asked: String,
    },
    /// The request had a `code_challenge`, and no `code_verifier` came.
    VerifierMissing,
    /// It does not fit.
    VerifierWrong,
    /// One came, and the request had no `code_challenge`.
    VerifierUnexpected,
    /// A grant which is not registered.
    GrantNotRegistered {
        /// Its registered name.
        grant: String,
    },
    /// Nothing that a setting could mend: code and description say it.
    Other,
}

/// What can be done about a finding with one button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mend {
    /// Register the address.
    AddAddress,
    /// Let it come without PKCE: not for public clients.
    AllowNoPkce,
    /// Register the way of client authentication it uses.
    Authentication,
    /// Let it have refresh tokens.
    AllowRefresh,
}

impl Finding {
    /// The one button that mends it.
    #[must_use]
    pub fn mend(&self) -> Option<Mend> {
        match self {
            Self::UnregisteredAddress { .. } => Some(Mend::AddAddress),
            Self::ChallengeMissing => Some(Mend::AllowNoPkce),
            Self::OtherAuthentication { .. } => Some(Mend::Authentication),
            Self::GrantNotRegistered { grant } if grant == "refresh_token" => Some(Mend::AllowRefresh),
            _ => None,
        }
    }
}

/// Where a refusal happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The request to log in.
    Authorization,
    /// The token endpoint.
    Token,
    /// The UserInfo endpoint.
    UserInfo,
}

/// One step of a trial. All data in it are made up, or the program's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "step")]
pub enum Step {
    /// A request to log in, and what it comes to.
    Asked {
        /// As sent, shortened.
        sent: Vec<(String, String)>,
        /// Scopes which were left out, as they are not registered.
        dropped: Vec<String>,
        /// The level it needs.
        level: Level,
        /// The data it will be told, if the person agrees.
        data: BTreeSet<Datum>,
        /// Came with PKCE.
        pkce: bool,
    },
    /// A made-up person proved themself.
    Proved {
        /// Who and how.
        guise: Guise,
        /// The level that was reached.
        level: Level,
        /// Why it is not higher.
        reasons: Vec<Reason>,
        /// The level that is needed.
        needed: Level,
        /// Whether it is enough, the age of the check included.
        enough: bool,
    },
    /// They agreed.
    Agreed {
        /// To what.
        data: BTreeSet<Datum>,
    },
    /// They declined or went back: the program hears `access_denied`.
    Declined,
    /// A code is on its way.
    Answered {
        /// To where.
        to: String,
    },
    /// The protocol said no.
    Refused {
        /// Where.
        place: Place,
        /// `error`
        code: String,
        /// `error_description`
        description: String,
        /// What its owner can do.
        finding: Finding,
        /// As sent, shortened; of a request to log in only.
        sent: Vec<(String, String)>,
    },
    /// The program fetched its tokens.
    Redeemed {
        /// `grant_type`
        grant: String,
        /// How it proved itself.
        authentication: String,
        /// Granted scopes.
        scope: String,
        /// The header of the ID token, as JSON; empty where there is none.
        header: String,
        /// Its claims.
        claims: String,
        /// A refresh token came with it.
        refreshes: bool,
    },
    /// The program asked for the data.
    Told {
        /// The answer, as JSON.
        claims: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::assurance::{Policy, assess};

    #[test]
    fn the_policy_judges_made_up_people_as_any_other() {
        let now = Timestamp(1_800_000_000_000);
        let level = |key, aged| {
            let guise = Guise { who: MadeUp::Resident, key, aged };
            assess(&guise.check(now), key.facts(), &Policy::default(), now).level
        };
        assert_eq!(level(MadeUpKey::Bound, false), Level::Substantial);
        assert_eq!(level(MadeUpKey::Synced, false), Level::Low);
        assert_eq!(level(MadeUpKey::Card, false), Level::High);
        assert_eq!(level(MadeUpKey::Bound, true), Level::Low, "the check has aged");
        assert_eq!(level(MadeUpKey::Card, true), Level::High, "a card that is read now is not old");
    }

    #[test]
    fn made_up_people_are_what_they_are_for() {
        let today = jiff::civil::date(2026, 11, 26);
        let of = |who: MadeUp| who.identity("Birkenfurt", today);
        let adult = |who| of(who).birth_date.unwrap().at_least_years_old(18, today);
        assert!(adult(MadeUp::Resident) && adult(MadeUp::Elsewhere) && !adult(MadeUp::Child));
        assert!(!of(MadeUp::Child).birth_date.unwrap().at_least_years_old(16, today));
        assert_eq!(of(MadeUp::Sparse).address, None);
        for who in MadeUp::ALL {
            assert_eq!(MadeUp::parse(who.name()), Some(who));
        }
    }

    #[test]
    fn steps_are_read_back_as_they_were_written() {
        let steps = [
            Step::Declined,
            Step::Refused {
                place: Place::Authorization,
                code: "invalid_request".into(),
                description: "x".into(),
                finding: Finding::UnregisteredAddress { sent: "https://a.example/".into() },
                sent: vec![("scope".into(), "openid".into())],
            },
            Step::Refused {
                place: Place::Token,
                code: "invalid_grant".into(),
                description: "x".into(),
                finding: Finding::Other,
                sent: Vec::new(),
            },
            Step::Proved {
                guise: Guise { who: MadeUp::Child, key: MadeUpKey::Synced, aged: false },
                level: Level::Low,
                reasons: vec![Reason::KeySynced],
                needed: Level::Substantial,
                enough: false,
            },
        ];
        for step in steps {
            let text = serde_json::to_string(&step).unwrap();
            assert_eq!(serde_json::from_str::<Step>(&text).unwrap(), step, "{text}");
        }
    }
}
