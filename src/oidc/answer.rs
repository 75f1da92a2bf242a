//! The answer to a service: a code for a grant, or a refusal; either travels through the return address.
//!
//! Everything random is drawn and everything sealed is opened in [`prepare`], outside the write lock;
//! [`Prepared::keep`] is what the write does.

use super::facts::{Ask, Facts, Method};
use super::refusal::Refusal;
use super::request::ResponseMode;
use super::{claims, facts, subject};
use crate::domain::assurance::{Level, session_limits};
use crate::domain::attribute::Datum;
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::id::{GrantId, PersonId};
use crate::domain::passkey::Holder;
use crate::domain::person::{Person, PersonState};
use crate::domain::registration::GrantType;
use crate::domain::secret::{Bearer, BearerHash};
use crate::domain::service::{ReturnAddress, Service};
use crate::domain::service_use::{Kind, Outcome, Use};
use crate::domain::sign_in::{Asker, Means, Missing, Proof, SignIn};
use crate::domain::time::{Span, Timestamp};
use crate::domain::trial::MadeUpKey;
use crate::http::Appliance;
use crate::store::grant::Grant;
use crate::store::{self, Fault, Read, Write};
use std::collections::BTreeSet;

/// A code must be fetched within a minute (RFC 6749 §4.1.2; FAPI 2.0 demands the minute).
pub const CODE_LIFE: Span = Span::seconds(60);
/// A grant lives at least so long, that its access tokens and the memory of its code do not die before their time.
const GRANT_LIFE_MIN: Span = Span::minutes(30);
/// A grant that outlives its session dies when it was not refreshed for 30 days, and after 180 days in any case.
pub const OFFLINE_IDLE: Span = Span::days(30);
/// See [`OFFLINE_IDLE`].
pub const OFFLINE_LIFE: Span = Span::days(180);

/// Parameters on their way to a registered address.
#[derive(Clone, Debug)]
pub struct Answer {
    back: ReturnAddress,
    mode: ResponseMode,
    params: Vec<(&'static str, String)>,
}

impl Answer {
    /// Where it goes.
    #[must_use]
    pub const fn back(&self) -> &ReturnAddress {
        &self.back
    }
    /// How it travels.
    #[must_use]
    pub const fn mode(&self) -> ResponseMode {
        self.mode
    }
    /// What it says, in order.
    #[must_use]
    pub fn params(&self) -> &[(&'static str, String)] {
        &self.params
    }
    /// The code, for tests and logs that tell kinds of answers apart: whether it is a good one.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.params.iter().any(|(name, _)| *name == "code")
    }
}

/// How an answer travels. Whoever has one has checked the address: refusals travel back only through it.
#[derive(Clone, Debug)]
pub struct Way {
    back: ReturnAddress,
    mode: ResponseMode,
    state: Option<String>,
}

impl Way {
    /// To a registered address.
    #[must_use]
    pub const fn new(back: ReturnAddress, mode: ResponseMode, state: Option<String>) -> Self {
        Self { back, mode, state }
    }
    /// Where it leads.
    #[must_use]
    pub const fn back(&self) -> &ReturnAddress {
        &self.back
    }
    /// A refusal, sent back.
    #[must_use]
    pub fn refuse(&self, refusal: Refusal, issuer: &str) -> Answer {
        let error = refusal.oauth();
        let said =
            vec![("error", error.code.to_owned()), ("error_description", error.description.to_owned())];
        self.say(said, issuer)
    }

    fn say(&self, mut params: Vec<(&'static str, String)>, issuer: &str) -> Answer {
        params.extend(self.state.clone().map(|state| ("state", state)));
        // RFC 9207: a client that talks to several providers can tell whose answer this is.
        params.push(("iss", issuer.to_owned()));
        Answer { back: self.back.clone(), mode: self.mode, params }
    }
}

/// The person declined to tell the service, or to log in at all.
///
/// # Errors
/// [`Fault::Corrupt`] if the sign-in is not one of a service.
pub fn declined(sign_in: &SignIn, issuer: &str) -> Result<Answer, Fault> {
    refused(sign_in, Refusal::Declined, issuer)
}

/// The sign-in ends with a refusal.
///
/// # Errors
/// As [`declined`].
pub fn refused(sign_in: &SignIn, refusal: Refusal, issuer: &str) -> Result<Answer, Fault> {
    let (way, _) = way_of(sign_in)?;
    Ok(way.refuse(refusal, issuer))
}

fn way_of(sign_in: &SignIn) -> Result<(Way, Ask), Fault> {
    let broken = |column: &str| Fault::corrupt("sign_in", column, sign_in.id.to_string());
    let Asker::Service { back, ask, .. } = &sign_in.asker else { return Err(broken("service")) };
    let ask: Ask = serde_json::from_str(ask).map_err(|_broken| broken("ask"))?;
    Ok((Way::new(back.clone(), ask.mode, ask.state.clone()), ask))
}

/// An answer ready to be kept and sent.
pub struct Prepared {
    answer: Answer,
    kept: Option<Kept>,
}

struct Kept {
    grant: Grant,
    code: BearerHash,
    expires: Timestamp,
    /// `None`: somebody made up, who is no use of the service.
    entry: Option<Entry>,
    level: Level,
    kind: Kind,
}

impl Prepared {
    /// What is sent once [`Prepared::keep`] was committed.
    #[must_use]
    pub const fn answer(&self) -> &Answer {
        &self.answer
    }
    /// The use of the service that this is, once it is sent; `None`: a refusal, or somebody made up.
    #[must_use]
    pub fn used(&self, outcome: Outcome, now: Timestamp) -> Option<Use> {
        let kept = self.kept.as_ref().filter(|kept| kept.entry.is_some())?;
        let (level, kind) = (Some(kept.level), Some(kept.kind));
        Some(Use { level, kind, ..Use::new(kept.grant.service, outcome, now) })
    }
    /// Keeps grant and code, and writes the audit. A refusal leaves nothing.
    ///
    /// # Errors
    /// The store's.
    pub fn keep(&self, db: &Write) -> Result<(), Fault> {
        let Some(kept) = &self.kept else { return Ok(()) };
        store::grant::insert(&kept.grant, &kept.code, kept.expires, db)?;
        kept.entry.as_ref().map_or(Ok(()), |entry| store::audit::append(entry, db))
    }
}

/// Prepares the answer to a proven sign-in, telling at most `released`. What was promised to the service is
/// looked at once more: level, age, person. What does not hold becomes a refusal.
///
/// # Errors
/// The store's; [`Fault::Corrupt`] if the sign-in is not one of a service.
pub fn prepare(
    app: &Appliance,
    service: &Service,
    sign_in: &SignIn,
    proof: &Proof,
    released: &BTreeSet<Datum>,
) -> Result<Prepared, Fault> {
    let (way, ask) = way_of(sign_in)?;
    let refuse = |refusal| Ok(Prepared { answer: way.refuse(refusal, &app.origin), kept: None });
    match sign_in.needs.missing(proof, true, app.now()) {
        Some(Missing::Level) => return refuse(Refusal::LevelUnmet),
        Some(Missing::Proof | Missing::FreshIdentity) => return refuse(Refusal::InteractionRequired),
        None => {}
    }
    if sign_in.needs.only.is_some_and(|only| Holder::Person(only) != proof.holder) {
        return refuse(Refusal::OtherPerson);
    }
    let released = released.intersection(&sign_in.needs.data).copied().collect();
    Question { service, way: &way, ask: &ask, released: &released }.answer(proof, app)
}

/// What a service asked, and what may be told.
pub(super) struct Question<'a> {
    pub service: &'a Service,
    pub way: &'a Way,
    pub ask: &'a Ask,
    pub released: &'a BTreeSet<Datum>,
}

impl Question<'_> {
    /// The answer for a proof whose level was judged before.
    pub fn answer(&self, proof: &Proof, app: &Appliance) -> Result<Prepared, Fault> {
        let refuse = |refusal| Ok(Prepared { answer: self.way.refuse(refusal, &app.origin), kept: None });
        let Holder::Person(person) = proof.holder else { return refuse(Refusal::AccountUnusable) };
        let found = app.store.read(|db| {
            let source = usable_source(person, app, db)?;
            Ok(source.map(|source| (subject::of(&source, self.service, &app.secrets), method(proof, db))))
        })?;
        let Some((sub, method)) = found else { return refuse(Refusal::AccountUnusable) };
        if self.ask.subject.as_ref().is_some_and(|only| *only != sub) {
            return refuse(Refusal::OtherPerson);
        }
        let method = method?;
        let kind = match method {
            Method::DeviceKey => Kind::DeviceKey,
            Method::SyncedKey => Kind::SyncedKey,
            Method::LiveEid => Kind::LiveEid,
        };
        let facts = self.facts(sub, method, proof, app);
        let code = Bearer::draw(app.dice.as_ref());
        let now = app.now();
        let grant = Grant {
            id: GrantId::draw(app.dice.as_ref()),
            service: self.service.id,
            person,
            session: proof.session,
            facts: serde_json::to_string(&facts)
                .map_err(|_never| Fault::corrupt("service_grant", "facts", ""))?,
            created: now,
            expires: grant_ends(&facts, proof, now),
        };
        let entry = Entry::new(Event::ServiceAnswered, Actor::Person(person))
            .about(person)
            .at(self.service.id)
            .with("level", proof.level.name());
        let answer = self.way.say(vec![("code", code.expose().to_owned())], &app.origin);
        let entry = (!matches!(proof.means, Means::MadeUp(_))).then_some(entry);
        let (code, expires, level) = (code.hash(), now + CODE_LIFE, proof.level);
        let kept = Kept { grant, code, expires, entry, level, kind };
        Ok(Prepared { answer, kept: Some(kept) })
    }

    fn facts(&self, sub: String, method: Method, proof: &Proof, app: &Appliance) -> Facts {
        let ask = self.ask;
        let may_refresh = self.service.registration.grant_types.contains(&GrantType::RefreshToken);
        Facts {
            sub,
            sid: subject::sid(proof.session, self.service, &app.secrets),
            scope: ask.scope.clone(),
            back: self.way.back.as_str().to_owned(),
            challenge: ask.challenge.clone(),
            nonce: ask.nonce.clone(),
            auth_time: proof.at.as_seconds(),
            level: proof.level,
            acr: ask.acr.iter().copied().rfind(|level| *level <= proof.level).unwrap_or(proof.level),
            method,
            userinfo: ask.userinfo.within(self.released),
            id_token: ask.id_token.within(self.released),
            offline: may_refresh && facts::has_word(&ask.scope, claims::OFFLINE),
        }
    }
}

fn grant_ends(facts: &Facts, proof: &Proof, now: Timestamp) -> Timestamp {
    let session_ends = proof.at + session_limits(proof.level).0;
    let least = session_ends.max(now + GRANT_LIFE_MIN);
    if facts.offline { least.max(now + OFFLINE_IDLE) } else { least }
}

/// The source number of a person who may enter.
pub(super) fn usable_source(
    person: PersonId,
    app: &Appliance,
    db: &Read,
) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>, Fault> {
    if !is_usable(person, db)? {
        return Ok(None);
    }
    store::vault::source(person, &app.keys, db)
}

/// Whether a person is there and not blocked.
pub(super) fn is_usable(person: PersonId, db: &Read) -> Result<bool, Fault> {
    Ok(usable(person, db)?.is_some())
}

/// A person who is there and not blocked.
pub(super) fn usable(person: PersonId, db: &Read) -> Result<Option<Person>, Fault> {
    Ok(store::person::by_id(person, db)?.filter(|person| person.state == PersonState::Active))
}

/// A passkey that is gone since counts as one that may be copied: never more than was proven.
fn method(proof: &Proof, db: &Read) -> Result<Method, Fault> {
    Ok(match proof.means {
        Means::LiveEid(_) | Means::MadeUp(MadeUpKey::Card) => Method::LiveEid,
        Means::MadeUp(MadeUpKey::Bound) => Method::DeviceKey,
        Means::MadeUp(MadeUpKey::Synced) => Method::SyncedKey,
        Means::Passkey(id) => match store::passkey::by_id(id, db)? {
            Some(key) if !key.backup_eligible => Method::DeviceKey,
            _ => Method::SyncedKey,
        },
    })
}
