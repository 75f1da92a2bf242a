//! A service: what its owner registered, and the one place where a return address is found good.

use super::id::{OrganisationId, ServiceId};
use super::registration::{ClientAuthentication, Registration};
use super::secret::BearerHash;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// How a service was at some time, for those who ask what was changed. Nothing in it opens anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Who answered for it.
    pub organisation: Option<OrganisationId>,
    /// What was registered; of secrets only since when and until when.
    pub registration: Registration,
    /// What waited for an operator.
    pub proposal: Option<Registration>,
    /// Why an operator gave it back.
    pub objection: Option<String>,
    /// An operator had let real people in.
    pub released: bool,
    /// No operator had paused it.
    pub active: bool,
    /// To whom it was to be handed over.
    pub offered_to: Option<OrganisationId>,
}

/// A registered service.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its id, which is also its `client_id`.
    pub id: ServiceId,
    /// Who answers for it; `None`: the house itself.
    pub organisation: Option<OrganisationId>,
    /// What is registered, and in force once it is released.
    pub registration: Registration,
    /// What its owner wants instead and an operator must allow first, since it asks residents for more.
    pub proposal: Option<Registration>,
    /// Why an operator gave registration or proposal back.
    pub objection: Option<String>,
    /// When an operator first let real people in.
    pub released: Option<Timestamp>,
    /// Paused services are refused politely.
    pub active: bool,
    /// Its owner wants to hand it over to this organisation.
    pub offered_to: Option<OrganisationId>,
    /// Until when a trial of it may be open.
    pub trial_until: Option<Timestamp>,
    /// Counts changes: who changes a service must have seen the last one.
    pub version: i64,
    /// Since when.
    pub created: Timestamp,
}

/// How a service stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// For an operator to let real people in.
    Waiting,
    /// An operator did not let it in; its owner must change something.
    Returned,
    /// People log in.
    Open,
    /// Nobody logs in for now.
    Paused,
}

impl Standing {
    /// The name that commands print.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Returned => "returned",
            Self::Open => "open",
            Self::Paused => "paused",
        }
    }
}

/// A registered address to send an answer to. Made by [`Service::return_address`] only (and by the store from
/// what was such an address when it was saved): who holds one has checked it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnAddress(String);

impl ReturnAddress {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Read back from the store; `tests/tidy.rs` allows the call only there.
    #[must_use]
    pub(crate) fn from_book(text: String) -> Self {
        Self(text)
    }
}

impl Service {
    /// A new one. Of the house itself people may log in at once; an organisation's waits for an operator.
    #[must_use]
    pub fn new(
        id: ServiceId,
        organisation: Option<OrganisationId>,
        registration: Registration,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            organisation,
            registration,
            proposal: None,
            objection: None,
            released: organisation.is_none().then_some(now),
            active: true,
            offered_to: None,
            trial_until: None,
            version: 1,
            created: now,
        }
    }
    /// Without anything that opens something.
    #[must_use]
    pub fn state(&self) -> State {
        let open = |registration: &Registration| {
            let mut registration = registration.clone();
            for secret in &mut registration.secrets {
                secret.sha256.clear();
            }
            registration
        };
        State {
            organisation: self.organisation,
            registration: open(&self.registration),
            proposal: self.proposal.as_ref().map(open),
            objection: self.objection.clone(),
            released: self.released.is_some(),
            active: self.active,
            offered_to: self.offered_to,
        }
    }
    /// How it stands.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        let active = self.active && !self.registration.paused;
        match (self.released.is_some(), active, self.objection.is_some()) {
            (true, true, _) => Standing::Open,
            (true, false, _) => Standing::Paused,
            (false, _, false) => Standing::Waiting,
            (false, _, true) => Standing::Returned,
        }
    }
    /// What its owner wants: what is proposed, if something is; otherwise what is registered.
    #[must_use]
    pub fn wanted(&self) -> &Registration {
        self.proposal.as_ref().unwrap_or(&self.registration)
    }
    /// Whether people log in.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.standing() == Standing::Open
    }
    /// Whether somebody may be trying it: worth a look for trials.
    #[must_use]
    pub fn may_be_tried(&self, now: Timestamp) -> bool {
        self.trial_until.is_some_and(|end| now < end)
    }
    /// Whether its program is answered: people log in, or made-up ones do.
    #[must_use]
    pub fn is_served(&self, now: Timestamp) -> bool {
        self.is_open() || self.may_be_tried(now)
    }
    /// Whether an operator has something to decide.
    #[must_use]
    pub const fn awaits_operator(&self) -> bool {
        (self.released.is_none() || self.proposal.is_some()) && self.objection.is_none()
    }
    /// After its owner wished for something else. What asks residents for more waits for an operator, unless nobody was
    /// let in yet; all else is in force at once.
    #[must_use]
    pub fn wished(&self, to: Registration) -> Self {
        let waits = self.released.is_some() && to.asks_more_than(&self.registration);
        let (registration, proposal) = if waits { (self.registration.clone(), Some(to)) } else { (to, None) };
        Self { registration, proposal, objection: None, ..self.clone() }
    }
    /// After an operator allowed what waits.
    #[must_use]
    pub fn allowed(&self, now: Timestamp) -> Self {
        // What is no wish for data may have been changed since it was proposed.
        let now_in_force = self.registration.clone();
        let registration = match &self.proposal {
            Some(proposal) => Registration {
                name: proposal.name.clone(),
                purpose: proposal.purpose.clone(),
                redirect_uris: proposal.redirect_uris.clone(),
                min_level: proposal.min_level,
                max_identity_age: proposal.max_identity_age,
                scopes: proposal.scopes.clone(),
                data: proposal.data.clone(),
                ..now_in_force
            },
            None => self.registration.clone(),
        };
        let released = Some(self.released.unwrap_or(now));
        Self { registration, proposal: None, objection: None, released, ..self.clone() }
    }
    /// After an operator gave back what waits.
    #[must_use]
    pub fn returned(&self, why: String) -> Self {
        Self { objection: Some(why), ..self.clone() }
    }
    /// The registered address equal to `asked`: RFC 9700 §2.1, exact comparison; only for loopback addresses
    /// of native apps the port is free (RFC 8252 §7.3).
    #[must_use]
    pub fn return_address(&self, asked: &str) -> Option<ReturnAddress> {
        let is = |known: &String| {
            known == asked || (self.is_public() && loopback_without_port(known, asked).unwrap_or(false))
        };
        self.registration.redirect_uris.iter().any(is).then(|| ReturnAddress(asked.to_owned()))
    }
    /// The registered post-logout address equal to `asked`.
    #[must_use]
    pub fn post_logout_address(&self, asked: &str) -> Option<ReturnAddress> {
        let known = &self.registration.post_logout_redirect_uris;
        known.iter().any(|known| known == asked).then(|| ReturnAddress(asked.to_owned()))
    }
    /// A client without a secret.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.registration.authentication == ClientAuthentication::None
    }
    /// Whether `presented` is one of its secrets which are alive. Looks at all of them.
    #[must_use]
    pub fn knows_secret(&self, presented: &str, now: Timestamp) -> bool {
        let hash = hex(&BearerHash::of(presented).0);
        let mut found = false;
        for secret in &self.registration.secrets {
            let same =
                aws_lc_rs::constant_time::verify_slices_are_equal(secret.sha256.as_bytes(), hash.as_bytes());
            found |= same.is_ok() & secret.expires.is_none_or(|end| now < end);
        }
        found
    }
    /// The sector of its pseudonyms.
    #[must_use]
    pub fn sector(&self) -> String {
        self.registration.sector.clone().unwrap_or_else(|| self.id.to_string())
    }
}

/// Lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        for nibble in [byte >> 4, byte & 15] {
            out.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
        out
    })
}

/// Both are `http` on the same loopback literal and differ in the port at most; all else is compared as text.
fn loopback_without_port(known: &str, asked: &str) -> Option<bool> {
    let split = |text: &'_ str| -> Option<(String, String)> {
        for host in ["127.0.0.1", "[::1]"] {
            let Some(rest) = text.strip_prefix("http://").and_then(|rest| rest.strip_prefix(host)) else {
                continue;
            };
            let rest = match rest.strip_prefix(':') {
                Some(rest) => {
                    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                    rest[..digits].parse::<u16>().ok().filter(|port| *port > 0)?;
                    &rest[digits..]
                }
                None => rest,
            };
            return (rest.is_empty() || rest.starts_with(['/', '?'])).then(|| (host.into(), rest.into()));
        }
        None
    };
    Some(split(known)? == split(asked)?)
}

#[cfg(test)]
impl Service {
    /// The library of the tests, open, of the house itself.
    pub(crate) fn sample() -> Self {
        use super::assurance::Level;
        use super::registration::SubjectType;
        use std::collections::BTreeSet;
        let registration = Registration {
            name: "Stadtbibliothek".into(),
            office: String::new(),
            icon: String::new(),
            purpose: String::new(),
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            backchannel_logout_uri: None,
            authentication: ClientAuthentication::ClientSecretBasic,
            secrets: Vec::new(),
            jwks: None,
            jwks_uri: None,
            id_token_alg: "ES256".into(),
            grant_types: BTreeSet::new(),
            subject_type: SubjectType::Pairwise,
            sector: None,
            require_pkce: true,
            min_level: Level::Low,
            max_identity_age: None,
            scopes: BTreeSet::new(),
            data: Vec::new(),
            paused: false,
            demo: false,
        };
        Self::new(ServiceId::from_bytes([1; 16]), None, registration, Timestamp(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::attribute::Datum;
    use crate::domain::registration::{ClientSecret, DatumWanted};

    fn service(public: bool, addresses: &[&str]) -> Service {
        let mut service = Service::sample();
        service.registration.redirect_uris = addresses.iter().map(|&address| address.into()).collect();
        if public {
            service.registration.authentication = ClientAuthentication::None;
        }
        service
    }

    #[test]
    fn what_asks_for_more_waits_and_all_else_does_not() {
        let wants = |data: &[Datum]| Registration {
            data: data.iter().map(|&datum| DatumWanted { datum, reason: "x".into() }).collect(),
            ..Service::sample().registration
        };
        let open = Service { registration: wants(&[Datum::Name]), ..Service::sample() };
        for less in [wants(&[]), wants(&[Datum::Name])] {
            let now = open.wished(less.clone());
            assert_eq!((now.registration, now.proposal), (less, None));
        }
        let more = open.wished(wants(&[Datum::Name, Datum::Address]));
        assert_eq!((more.registration.data.len(), more.awaits_operator(), more.is_open()), (1, true, true));
        let back = more.returned("Wozu?".into());
        assert!(!back.awaits_operator() && back.is_open() && back.proposal.is_some());
        let rotated = ClientSecret { sha256: "new".into(), created: Timestamp(1), expires: None };
        let mut later = more.clone();
        later.registration.secrets = vec![rotated.clone()];
        let allowed = later.allowed(Timestamp(9));
        assert_eq!((allowed.registration.data.len(), allowed.registration.secrets), (2, vec![rotated]));
        assert_eq!(allowed.released, open.released, "since the first day");
        let fresh = Service { released: None, objection: Some("nein".into()), ..open };
        let again = fresh.wished(wants(&[Datum::Name, Datum::Address]));
        assert_eq!((again.registration.data.len(), again.standing()), (2, Standing::Waiting));
        assert_eq!(again.allowed(Timestamp(9)).released, Some(Timestamp(9)));
    }

    #[test]
    fn how_a_service_stands() {
        let at = |released: bool, active, objection: bool, proposal: bool| {
            let mut service = Service { active, ..Service::sample() };
            service.released = released.then_some(Timestamp(1));
            service.objection = objection.then(|| "why".to_owned());
            service.proposal = proposal.then(|| service.registration.clone());
            (service.standing(), service.is_open(), service.awaits_operator())
        };
        assert_eq!(at(false, true, false, false), (Standing::Waiting, false, true));
        assert_eq!(at(false, true, true, false), (Standing::Returned, false, false));
        assert_eq!(at(true, true, false, false), (Standing::Open, true, false));
        assert_eq!(at(true, true, false, true), (Standing::Open, true, true));
        assert_eq!(at(true, true, true, true), (Standing::Open, true, false));
        assert_eq!(at(true, false, false, false), (Standing::Paused, false, false));
    }

    #[test]
    fn return_addresses_are_compared_character_by_character() {
        let service = service(false, &["https://app.example/cb", "http://127.0.0.1/cb"]);
        assert!(service.return_address("https://app.example/cb").is_some());
        for other in [
            "https://app.example/cb/",
            "https://app.example/cb?x=1",
            "https://app.example/CB",
            "HTTPS://app.example/cb",
            "https://APP.example/cb",
            "https://app.example:443/cb",
            "https://app.example/./cb",
            "https://app.example/%63b",
            "https://app.example/cb#",
            "https://app.example@evil.example/cb",
            "https://evil.example/cb",
            "http://app.example/cb",
            " https://app.example/cb",
            "http://127.0.0.1:5000/cb",
            "",
        ] {
            assert!(service.return_address(other).is_none(), "{other}");
        }
    }

    #[test]
    fn only_native_loopback_has_a_free_port() {
        let service = service(true, &["http://127.0.0.1/cb", "http://[::1]:1/cb", "http://localhost/cb"]);
        for good in ["http://127.0.0.1:5000/cb", "http://127.0.0.1/cb", "http://[::1]:65535/cb"] {
            assert!(service.return_address(good).is_some(), "{good}");
        }
        for bad in [
            "http://127.0.0.1:5000/other",
            "http://127.0.0.1:0/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1:5000@evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "https://127.0.0.1:5000/cb",
            "http://localhost:5000/cb",
        ] {
            assert!(service.return_address(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_secret_ends_when_it_is_said_to_end() {
        let mut service = service(false, &[]);
        let sha256 = hex(&BearerHash::of("secret").0);
        service.registration.secrets =
            vec![ClientSecret { sha256, created: Timestamp(0), expires: Some(Timestamp(10)) }];
        assert!(service.knows_secret("secret", Timestamp(9)));
        assert!(!service.knows_secret("secret", Timestamp(10)));
        assert!(!service.knows_secret("secret ", Timestamp(9)));
    }
}
