//! What a service is told of a person: at the UserInfo endpoint (OpenID Connect Core §5.3, RFC 6750), and in ID
//! tokens as far as `claims` put it there.
//!
//! Only the sealed parts behind released data are opened, at the moment of telling.

use super::Fault;
use super::answer::usable;
use super::claims::{Known, Wanted};
use super::facts::{Facts, has_word};
use super::refusal::BearerRefusal;
use crate::domain::id::{PersonId, TrialId};
use crate::domain::secret::BearerHash;
use crate::domain::time::Timestamp;
use crate::http::Appliance;
use crate::store::{self, Read};
use serde_json::{Map, Value};

/// Why there are no claims.
#[derive(Debug)]
pub enum NoClaims {
    /// The token opens nothing.
    Refused(BearerRefusal),
    /// We are broken.
    Fault(Fault),
}

/// What is told, and in which trial, if it is about somebody made up.
pub struct Told {
    /// The claims.
    pub claims: Map<String, Value>,
    /// The trial.
    pub trial: Option<TrialId>,
}

/// The claims behind an access token.
///
/// # Errors
/// [`NoClaims`].
pub fn answer(token: &str, app: &Appliance) -> Result<Told, NoClaims> {
    let now = app.now();
    let found = app.store.read(|db| {
        let Some(access) = store::grant::access(&BearerHash::of(token), db)? else { return Ok(None) };
        if now >= access.expires {
            return Ok(None);
        }
        let Some(person) = usable(access.grant.person, db)? else { return Ok(None) };
        let Ok(facts) = Facts::of(&access.grant) else {
            return Err(store::Fault::corrupt("service_grant", "facts", access.grant.id.to_string()));
        };
        let claims = open(access.grant.person, &facts, &facts.userinfo, app, db)?;
        Ok(claims.map(|claims| (Told { claims, trial: person.trial }, facts.sub, access.scope)))
    });
    let found = found.map_err(|fault| NoClaims::Fault(fault.into()))?;
    let Some((mut told, sub, scope)) = found else { return Err(NoClaims::Refused(BearerRefusal::Invalid)) };
    if !has_word(&scope, "openid") {
        return Err(NoClaims::Refused(BearerRefusal::Scope));
    }
    told.claims.insert("sub".to_owned(), sub.into());
    Ok(told)
}

/// The claims for an ID token. `None`: the person is gone.
pub(super) fn told(
    person: PersonId,
    facts: &Facts,
    wanted: &Wanted,
    app: &Appliance,
) -> Result<Option<Map<String, Value>>, Fault> {
    if wanted.is_empty() {
        return Ok(Some(Map::new()));
    }
    Ok(app.store.read(|db| open(person, facts, wanted, app, db))?)
}

fn open(
    person: PersonId,
    facts: &Facts,
    wanted: &Wanted,
    app: &Appliance,
    db: &Read,
) -> Result<Option<Map<String, Value>>, store::Fault> {
    if wanted.is_empty() {
        return Ok(Some(Map::new()));
    }
    let attributes = wanted.attributes();
    let Some(identity) = store::vault::open_identity(person, &attributes, &app.keys, db)? else {
        return Ok(None);
    };
    let check = if wanted.verified.is_empty() { None } else { store::person::latest_check(person, db)? };
    let town = app.town();
    let known = Known {
        identity: &identity,
        check: check.as_ref(),
        level: facts.level,
        today: today(app.now(), &town.time_zone),
        locality: &town.locality,
    };
    let mut out = Map::new();
    known.tell(wanted, &mut out);
    Ok(Some(out))
}

/// The date in the town. An unknown zone counts as UTC: ages then turn an hour or two late, never wrong by years.
fn today(now: Timestamp, zone: &str) -> jiff::civil::Date {
    let at = jiff::Timestamp::from_millisecond(now.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    at.to_zoned(zone).date()
}
