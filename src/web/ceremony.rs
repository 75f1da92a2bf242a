//! What passkey ceremonies of all pages share: keeping the options, checking the answer.

use super::visit::Visit;
use crate::domain::assurance::{Assessment, Proven, assess};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::dice::draw;
use crate::domain::id::{CeremonyId, PasskeyId};
use crate::domain::passkey::{Holder, Passkey, PasskeyState};
use crate::domain::sign_in::Means;
use crate::domain::time::{Span, Timestamp};
use crate::http::limit::Act;
use crate::http::{Appliance, Trouble};
use crate::oidc::logout;
use crate::passkey::{self, Attestation, Authenticated, Begun, Refusal, Registered, Stored};
use crate::store::ceremony::{Ceremony, Claim, Kind};
use crate::store::{self, Fault, Read};
use actix_web::HttpResponse;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::time::{Duration, SystemTime};

/// A ceremony dies five minutes after its options were handed out.
const CEREMONY_LIFE: Span = Span::minutes(5);
/// What people may call a device.
const DEVICE_NAME_MAX: usize = 40;

/// What the page's script sends.
#[derive(Deserialize)]
pub struct Answer {
    ceremony: CeremonyId,
    credential: Box<RawValue>,
    #[serde(default)]
    device_name: String,
    /// Only at an invitation.
    #[serde(default)]
    pub staff_name: String,
}

/// Hands out options and keeps the state.
pub async fn begin(
    visit: &Visit,
    kind: Kind,
    subject: [u8; 16],
    begun: Begun,
) -> Result<HttpResponse, Trouble> {
    let app = &visit.app;
    let ceremony = Ceremony {
        id: CeremonyId::draw(app.dice.as_ref()),
        kind,
        subject,
        browser: visit.browser.hash(),
        state: begun.state,
        expires: app.now() + CEREMONY_LIFE,
    };
    let id = ceremony.id;
    app.write(move |db| store::ceremony::insert(&ceremony, db).map_err(Trouble::from)).await?;
    let public_key = &begun.options["publicKey"];
    Ok(HttpResponse::Ok().json(serde_json::json!({ "ceremony": id, "publicKey": public_key })))
}

/// A challenge.
#[must_use]
pub fn challenge(app: &Appliance) -> passkey::Challenge {
    draw(app.dice.as_ref())
}

/// An answer which found its ceremony.
pub struct Claimed {
    /// To be taken in the write that acts on the answer.
    pub id: CeremonyId,
    state: String,
    credential: Box<RawValue>,
    device_name: String,
}

/// Finds the ceremony of an answer: same browser, same address, same kind, alive.
pub fn claim(
    visit: &Visit,
    kind: Kind,
    subject: [u8; 16],
    answer: Answer,
) -> Result<Option<Claimed>, Trouble> {
    let claim = Claim { id: answer.ceremony, kind, subject, browser: visit.browser.hash() };
    let state = visit.app.store.read(|db| store::ceremony::state(&claim, visit.app.now(), db))?;
    Ok(state.map(|state| Claimed {
        id: answer.ceremony,
        state,
        credential: answer.credential,
        device_name: answer.device_name,
    }))
}

/// Why an answer opens nothing.
pub enum Closed {
    /// The protocol says no.
    Refused(Refusal),
    /// The key is blocked or suspended; its holder proved that it is theirs, so we may say so.
    Shut(PasskeyState),
    /// We are broken.
    Trouble(Trouble),
}

impl From<Trouble> for Closed {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}
impl From<Fault> for Closed {
    fn from(fault: Fault) -> Self {
        Self::Trouble(fault.into())
    }
}

/// A passkey that opened.
pub struct Opened {
    /// The key as it was before.
    pub passkey: Passkey,
    /// What was verified.
    pub authenticated: Authenticated,
}

impl Opened {
    /// The credential to be kept.
    #[must_use]
    pub fn credential(&self) -> Vec<u8> {
        self.authenticated.updated.clone().unwrap_or_else(|| self.passkey.credential.clone())
    }
}

/// Checks a login's answer. What must be held against the key (a counter that went back, a flag that changed) is
/// kept before the refusal is told.
pub async fn open(app: &Appliance, rooms: &super::visit::Rooms, claimed: &Claimed) -> Result<Opened, Closed> {
    let assertion = passkey::read_assertion(claimed.credential.get().as_bytes()).map_err(Closed::Refused)?;
    let found =
        app.store.read(|db| match store::passkey::by_credential_id(&assertion.credential_id, db)? {
            Some(passkey) => Ok(owner(passkey.holder, db)?.map(|owner| (passkey, owner))),
            None => Ok(None),
        })?;
    let (passkey, owner) = found.ok_or(Closed::Refused(Refusal::UnknownCredential))?;
    let stored = Stored { owner: uuid::Uuid::from_bytes(owner), credential: &passkey.credential };
    match rooms.passkeys.finish_authentication(&claimed.state, &assertion, &stored) {
        Ok(_) if passkey.state != PasskeyState::Active => Err(Closed::Shut(passkey.state)),
        Ok(authenticated) if authenticated.newly_backed_up && !passkey.backup_eligible => {
            hold_against(app, &passkey, Event::PasskeySuspended, "backup-state").await?;
            Err(Closed::Shut(PasskeyState::Suspended))
        }
        Ok(authenticated) => Ok(Opened { passkey, authenticated }),
        Err(Refusal::BackupEligibilityChanged) => {
            hold_against(app, &passkey, Event::PasskeySuspended, "backup-eligibility").await?;
            Err(Closed::Shut(PasskeyState::Suspended))
        }
        Err(Refusal::CounterBack) => {
            hold_against(app, &passkey, Event::PasskeyRefused, "counter").await?;
            Err(Closed::Refused(Refusal::CounterBack))
        }
        Err(why) => {
            // Only failures count: a guesser must not lock out who holds the key.
            app.limits.count_account(passkey.id.bytes())?;
            Err(Closed::Refused(why))
        }
    }
}

fn owner(holder: Holder, db: &Read) -> Result<Option<[u8; 16]>, Fault> {
    Ok(match holder {
        Holder::Person(id) => store::person::by_id(id, db)?.map(|person| person.user_handle),
        Holder::Staff(id) => store::staff::by_id(id, db)?.map(|staff| staff.user_handle),
    })
}

async fn hold_against(
    app: &Appliance,
    key: &Passkey,
    event: Event,
    why: &'static str,
) -> Result<(), Trouble> {
    let key = key.clone();
    app.write(move |db| {
        if event == Event::PasskeySuspended && key.state == PasskeyState::Active {
            store::passkey::set_state(&key, PasskeyState::Suspended, db)?;
            for session in store::session::by_holder(key.holder, db)? {
                if session.means == Means::Passkey(key.id) {
                    logout::end(&session, db)?;
                }
            }
        }
        let entry = Entry::new(event, Actor::House).with("passkey", key.id).with("reason", why);
        let entry = match key.holder {
            Holder::Person(person) => entry.about(person),
            Holder::Staff(staff) => entry.with("staff", staff),
        };
        store::audit::append(&entry, db)?;
        Ok(())
    })
    .await
}

/// The level of a login with this key by this person.
pub fn assess_person(app: &Appliance, key: &Passkey) -> Result<Option<(Assessment, Timestamp)>, Trouble> {
    let Holder::Person(person) = key.holder else { return Ok(None) };
    let latest = app.store.read(|db| store::person::latest_check(person, db))?;
    Ok(latest.map(|check| (assess(&check.facts(), key.facts(), &app.policy, app.now()), check.at)))
}

/// Checks a registration's answer.
pub fn register(
    visit: &Visit,
    claimed: &Claimed,
    holder: Holder,
    registered_level: crate::domain::assurance::Level,
) -> Result<(Passkey, Registered), Refusal> {
    let now = visit.app.now();
    let clock = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(now.0).unwrap_or(0));
    let body = claimed.credential.get().as_bytes();
    let registered = visit.rooms.passkeys.finish_registration(&claimed.state, body, clock)?;
    let attestation = match registered.attestation {
        Attestation::Trusted { .. } => Proven::Trusted,
        _ => Proven::Nothing,
    };
    let passkey = Passkey {
        id: PasskeyId::draw(visit.app.dice.as_ref()),
        holder,
        credential_id: registered.credential_id.clone(),
        credential: registered.credential.clone(),
        name: device_name(&claimed.device_name, &registered, visit),
        aaguid: registered.aaguid,
        transports: registered.transports.join(" "),
        backup_eligible: registered.backup_eligible,
        backup_state: registered.backup_state,
        user_verified: registered.user_verified,
        attestation,
        registered_level,
        state: PasskeyState::Active,
        created: now,
        last_used: Some(now),
    };
    Ok((passkey, registered))
}

/// The name its holder gave, tidied; else the authenticator's; else "this device".
fn device_name(given: &str, registered: &Registered, visit: &Visit) -> String {
    let clean: String = given.chars().filter(|c| !c.is_control()).take(DEVICE_NAME_MAX).collect();
    let clean = clean.trim();
    if !clean.is_empty() {
        return clean.to_owned();
    }
    let known = registered.aaguid.as_ref().and_then(passkey::authenticator_name);
    known.unwrap_or_else(|| visit.frame().chrome.t("key.unnamed")).to_owned()
}

/// A name to begin with, from what the browser says of itself; the person may change it.
#[must_use]
pub fn suggested_name(visit: &Visit) -> String {
    let agent = visit.request.headers().get("user-agent").and_then(|agent| agent.to_str().ok()).unwrap_or("");
    let kinds = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Macintosh", "Mac"),
        ("Linux", "Linux"),
    ];
    kinds.iter().find(|(mark, _)| agent.contains(mark)).map_or("", |(_, name)| name).to_owned()
}

/// Refuses a login or a registration towards the page, in words; the ceremony is spent.
pub async fn refuse(
    visit: &Visit,
    claimed: Option<CeremonyId>,
    why: Closed,
) -> Result<HttpResponse, Trouble> {
    if let Some(id) = claimed {
        visit.app.write(move |db| store::ceremony::take(id, db).map_err(Trouble::from)).await?;
    }
    let chrome = visit.frame().chrome;
    let words = match why {
        Closed::Trouble(trouble) => return Err(trouble),
        Closed::Shut(PasskeyState::Suspended) => chrome.t("passkey.suspended"),
        Closed::Shut(_) => chrome.t("passkey.blocked"),
        Closed::Refused(why) => {
            visit.count(Act::Fail)?;
            tracing::info!(%why, "Passkey refused");
            match why {
                Refusal::AlreadyRegistered => chrome.t("passkey.known"),
                Refusal::NotUserVerified | Refusal::NotPresent => chrome.t("passkey.not_verified"),
                // Everything else looks the same from outside: nobody learns which keys we know.
                _ => chrome.t("passkey.refused"),
            }
        }
    };
    Ok(super::visit::say(words))
}

/// The ceremony is over or somebody else's.
pub fn late(visit: &Visit) -> HttpResponse {
    super::visit::say(visit.frame().chrome.t("passkey.late"))
}
