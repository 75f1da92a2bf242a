//! The form of a service: what an owner enters, what is wrong with it, and the registration it comes to.

use crate::domain::assurance::Level;
use crate::domain::attribute::Datum;
use crate::domain::id::ServiceId;
use crate::domain::organisation::tidy_name;
use crate::domain::redirect_uri::{WrongAddress, check_redirect_uri};
use crate::domain::registration::{ClientAuthentication, GrantType};
use crate::domain::service::Service;
use crate::domain::time::Span;
use crate::http::{Params, Trouble};
use crate::oidc::registration::Wish;
use std::collections::{BTreeMap, BTreeSet};

/// Characters of a purpose or a reason at most.
pub(crate) const SENTENCE_MAX: usize = 200;
/// Addresses at most; more are several services.
pub(crate) const ADDRESSES_MAX: usize = 100;
/// Characters of all addresses together.
pub(crate) const ADDRESSES_TEXT_MAX: usize = 20_000;

/// How a service is built, which says how it proves itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A web application with a server.
    Web,
    /// A web server or proxy that asks for the login in front of something.
    Proxy,
    /// A page that runs in the browser alone.
    SinglePage,
    /// An app on a phone or computer.
    Native,
    /// A machine that acts for itself; nobody logs in.
    Machine,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] = [Self::Web, Self::Proxy, Self::SinglePage, Self::Native, Self::Machine];

    /// The name in forms.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Proxy => "proxy",
            Self::SinglePage => "single-page",
            Self::Native => "native",
            Self::Machine => "machine",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// How it proves itself, unless its owner says otherwise.
    pub(crate) const fn authentication(self) -> ClientAuthentication {
        match self {
            Self::SinglePage | Self::Native => ClientAuthentication::None,
            Self::Web | Self::Proxy | Self::Machine => ClientAuthentication::ClientSecretBasic,
        }
    }
}

/// How old the check of identity may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    Any,
    Year,
    TwoYears,
}

impl Age {
    pub(crate) const ALL: [Self; 3] = [Self::Any, Self::TwoYears, Self::Year];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Year => "12",
            Self::TwoYears => "24",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|age| age.name() == name)
    }

    const fn span(self) -> Option<Span> {
        match self {
            Self::Any => None,
            Self::Year => Some(Span::days(365)),
            Self::TwoYears => Some(Span::days(730)),
        }
    }
}

/// What was entered, as it was entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    /// Drawn when the form was shown: sent twice, it makes one service.
    pub(crate) service: ServiceId,
    pub(crate) name: String,
    pub(crate) purpose: String,
    pub(crate) kind: Kind,
    /// One on each line.
    pub(crate) addresses: String,
    pub(crate) level: Level,
    pub(crate) age: Age,
    /// What is wanted, each with its reason.
    pub(crate) data: BTreeMap<Datum, String>,
}

/// What is wrong with it, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    Name,
    Purpose,
    /// It logs people in and says nowhere to go back to.
    NoAddress,
    TooManyAddresses,
    Address(String, WrongAddress),
    /// Something is wanted without a reason, or with one that is too long.
    Reason(Datum),
}

impl Form {
    /// An empty one, with what suits most.
    pub(crate) fn empty(service: ServiceId) -> Self {
        Self {
            service,
            name: String::new(),
            purpose: String::new(),
            kind: Kind::Web,
            addresses: String::new(),
            level: Level::Low,
            age: Age::Any,
            data: BTreeMap::new(),
        }
    }

    /// What is proposed of a service, or else registered.
    pub(crate) fn of(service: &Service) -> Self {
        let registration = service.wanted();
        let has = |grant| registration.grant_types.contains(&grant);
        Self {
            service: service.id,
            name: registration.name.clone(),
            purpose: registration.purpose.clone(),
            kind: match registration.authentication {
                ClientAuthentication::None => Kind::Native,
                _ if has(GrantType::ClientCredentials) && !has(GrantType::AuthorizationCode) => Kind::Machine,
                _ => Kind::Web,
            },
            addresses: registration.redirect_uris.join("\n"),
            level: registration.min_level,
            age: match registration.max_identity_age {
                None => Age::Any,
                Some(age) if age > Span::days(365) => Age::TwoYears,
                Some(_) => Age::Year,
            },
            data: registration.data.iter().map(|one| (one.datum, one.reason.clone())).collect(),
        }
    }

    /// Reads what a browser sent.
    ///
    /// # Errors
    /// [`Trouble::BadRequest`] for what no form of ours sends.
    pub(crate) fn read(form: &Params) -> Result<Self, Trouble> {
        let text = |name: &'static str| form.get(name).unwrap_or("").to_owned();
        let reason = |datum| form.get(&reason_field(datum)).unwrap_or("").to_owned();
        let wanted = Datum::ALL.into_iter().filter(|datum| form.get(&data_field(*datum)).is_some());
        let data = wanted.map(|datum| (datum, reason(datum))).collect();
        let level = form.get("level").and_then(Level::parse).filter(|level| *level >= Level::Low);
        Ok(Self {
            service: text("service").parse().map_err(|_wrong| Trouble::BadRequest("service"))?,
            name: text("name"),
            purpose: text("purpose"),
            kind: form.get("kind").and_then(Kind::parse).ok_or(Trouble::BadRequest("kind"))?,
            addresses: text("redirect_uris"),
            level: level.ok_or(Trouble::BadRequest("level"))?,
            age: form.get("age").and_then(Age::parse).ok_or(Trouble::BadRequest("age"))?,
            data,
        })
    }

    /// The wish it comes to; `office` is who answers for the service.
    ///
    /// # Errors
    /// Every mistake.
    pub(crate) fn wish(&self, office: &str) -> Result<Wish, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let name = tidy_name(&self.name);
        if name.is_none() {
            mistakes.push(Mistake::Name);
        }
        let purpose = sentence(&self.purpose);
        if purpose.is_none() && self.kind != Kind::Machine {
            mistakes.push(Mistake::Purpose);
        }
        let addresses = self.addresses();
        mistakes.extend(self.wrong_addresses(&addresses));
        let mut reasons = Vec::new();
        for (datum, reason) in self.data() {
            match sentence(reason) {
                Some(reason) => reasons.push((datum, reason)),
                None => mistakes.push(Mistake::Reason(datum)),
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        // What most programs ask by default; it brings what is wanted and nothing else.
        let profile = self.data().any(|(datum, _)| matches!(datum, Datum::Name | Datum::BirthDate));
        let scopes = self.data().map(|(datum, _)| scope(datum)).chain(["openid"]);
        let scopes = scopes.chain(profile.then_some("profile")).map(str::to_owned).collect();
        Ok(Wish {
            office: office.to_owned(),
            purpose: purpose.unwrap_or_default(),
            redirect_uris: addresses,
            authentication: self.kind.authentication(),
            grant_types: BTreeSet::from([match self.kind {
                Kind::Machine => GrantType::ClientCredentials,
                _ => GrantType::AuthorizationCode,
            }]),
            min_level: self.level,
            max_identity_age: self.age.span(),
            scopes,
            only: Some(self.data().map(|(datum, _)| datum).collect()),
            reasons,
            ..Wish::new(&name.unwrap_or_default())
        })
    }

    /// What is wanted; a machine is told about nobody.
    fn data(&self) -> impl Iterator<Item = (Datum, &str)> {
        let nobody = self.kind == Kind::Machine;
        self.data.iter().filter(move |_| !nobody).map(|(datum, reason)| (*datum, reason.as_str()))
    }

    fn addresses(&self) -> Vec<String> {
        if self.kind == Kind::Machine {
            return Vec::new();
        }
        self.addresses.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    fn wrong_addresses(&self, addresses: &[String]) -> Vec<Mistake> {
        if addresses.is_empty() && self.kind != Kind::Machine {
            return vec![Mistake::NoAddress];
        }
        if addresses.len() > ADDRESSES_MAX || self.addresses.len() > ADDRESSES_TEXT_MAX {
            return vec![Mistake::TooManyAddresses];
        }
        let wrong = |address: &String| {
            check_redirect_uri(address).err().map(|why| Mistake::Address(address.clone(), why))
        };
        addresses.iter().filter_map(wrong).collect()
    }
}

/// The box that says a datum is wanted.
pub(crate) fn data_field(datum: Datum) -> String {
    format!("data_{}", datum.name())
}

/// The field of a datum's reason.
pub(crate) fn reason_field(datum: Datum) -> String {
    format!("reason_{}", datum.name())
}

/// The scope by which a program asks for it.
const fn scope(datum: Datum) -> &'static str {
    match datum {
        Datum::Name => "name",
        Datum::BirthDate => "birthdate",
        Datum::BirthPlace => "place_of_birth",
        Datum::Address => "address",
        Datum::AgeOver16 => "age_over_16",
        Datum::AgeOver18 => "age_over_18",
        Datum::Resident => "resident",
    }
}

/// One sentence on one line.
fn sentence(given: &str) -> Option<String> {
    let words: Vec<&str> = given.split(|c: char| c.is_whitespace() || c.is_control()).collect();
    let text = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    (1..=SENTENCE_MAX).contains(&text.chars().count()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::claims;

    fn filled() -> Form {
        let data = BTreeMap::from([(Datum::AgeOver18, " Nur für Erwachsene. ".to_owned())]);
        Form {
            name: " Filme ".into(),
            purpose: "um Filme auszuleihen".into(),
            addresses: "https://filme.example/cb\r\n\r\n https://filme.example/alt ".into(),
            data,
            ..Form::empty(ServiceId::from_bytes([7; 16]))
        }
    }

    #[test]
    fn a_form_becomes_a_wish() {
        let wish = filled().wish("Stadtbibliothek").unwrap();
        assert_eq!((wish.name.as_str(), wish.office.as_str()), ("Filme", "Stadtbibliothek"));
        assert_eq!(wish.redirect_uris, ["https://filme.example/cb", "https://filme.example/alt"]);
        assert_eq!(wish.scopes, BTreeSet::from(["age_over_18", "openid"].map(str::to_owned)));
        assert_eq!(wish.reasons, [(Datum::AgeOver18, "Nur für Erwachsene.".to_owned())]);
        let app = Form { kind: Kind::Native, age: Age::Year, ..filled() }.wish("").unwrap();
        assert_eq!(
            (app.authentication, app.max_identity_age),
            (ClientAuthentication::None, Some(Span::days(365)))
        );
    }

    #[test]
    fn every_mistake_is_named_at_once() {
        let data = BTreeMap::from([(Datum::Address, " ".into()), (Datum::Name, "x".repeat(201))]);
        let addresses = "http://filme.example/\n*".into();
        let wrong = Form { data, addresses, ..Form::empty(ServiceId::from_bytes([7; 16])) };
        assert_eq!(
            wrong.wish("").unwrap_err(),
            [
                Mistake::Name,
                Mistake::Purpose,
                Mistake::Address("http://filme.example/".into(), WrongAddress::PlainHttp),
                Mistake::Address("*".into(), WrongAddress::Character),
                Mistake::Reason(Datum::Name),
                Mistake::Reason(Datum::Address),
            ]
        );
        let none = Form { addresses: "\n".into(), ..filled() };
        assert_eq!(none.wish("").unwrap_err(), [Mistake::NoAddress]);
        let many = Form { addresses: "https://a.example/\n".repeat(101), ..filled() };
        assert_eq!(many.wish("").unwrap_err(), [Mistake::TooManyAddresses]);
    }

    #[test]
    fn a_machine_is_told_about_nobody() {
        let machine =
            Form { kind: Kind::Machine, purpose: String::new(), addresses: String::new(), ..filled() };
        let wish = machine.wish("").unwrap();
        assert_eq!(wish.scopes, BTreeSet::from(["openid".to_owned()]));
        assert_eq!(wish.grant_types, BTreeSet::from([GrantType::ClientCredentials]));
        assert!(wish.redirect_uris.is_empty() && wish.reasons.is_empty());
    }

    #[test]
    fn each_datum_has_a_scope_that_asks_for_it_and_for_nothing_else() {
        for datum in Datum::ALL {
            let claims = claims::of_scope(scope(datum));
            assert!(!claims.is_empty() && claims.iter().all(|claim| claim.datum() == datum), "{datum:?}");
        }
    }

    #[test]
    fn what_no_form_sends_is_refused() {
        let good = "service=svc_0000000000000000000000000a&kind=web&level=low&age=any";
        let read = |text: &str| Form::read(&Params::parse(text.as_bytes()).unwrap());
        assert!(read(good).is_ok());
        for (from, to) in [("web", "x"), ("low", "basic"), ("low", "x"), ("any", "0"), ("svc_", "per_")] {
            assert!(read(&good.replacen(from, to, 1)).is_err(), "{to}");
        }
    }
}
