//! Acts on a sign-in that every way to prove shares: finding it for this browser, and moving it on.

use super::{Appliance, Browser, Trouble, session};
use crate::domain::assurance::Assessment;
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::id::{SessionId, SignInId};
use crate::domain::passkey::Holder;
use crate::domain::person::PersonState;
use crate::domain::secret::Bearer;
use crate::domain::session::Session;
use crate::domain::sign_in::{Asker, Door, Means, Needs, Proof, SIGN_IN_LIFE, SignIn, Stage};
use crate::domain::time::Timestamp;
use crate::store::{self, Fault, Write};
use actix_web::HttpRequest;

/// The living sign-in of an id, for the browser that opened it and no other; once proven, for whoever proved it and
/// is still logged in.
pub fn load(
    request: &HttpRequest,
    app: &Appliance,
    browser: &Browser,
    id: SignInId,
) -> Result<SignIn, Trouble> {
    let found = app.store.read(|db| store::sign_in::by_id(id, db))?;
    let sign_in = found.filter(|sign_in| app.now() < sign_in.expires).ok_or(Trouble::SignInOver)?;
    if sign_in.browser != browser.hash() {
        return Err(Trouble::OtherBrowser);
    }
    let goes_on = match &sign_in.stage {
        Stage::Open => true,
        // Made-up people have no cookie: the browser that began the trial is all there is, and the trial lives.
        Stage::Proven(_) if sign_in.trial.is_some() => true,
        // The browser's cookie outlives log-outs and is everybody's who shares the browser: not enough here.
        Stage::Proven(proof) => session::stands_behind(request, app, proof)?,
        Stage::Answered | Stage::Abandoned => false,
    };
    if goes_on { Ok(sign_in) } else { Err(Trouble::SignInOver) }
}

/// A sign-in at one of our own doors.
#[must_use]
pub fn for_door(app: &Appliance, browser: &Browser, door: Door, prove_anew: bool) -> SignIn {
    SignIn {
        id: SignInId::draw(app.dice.as_ref()),
        browser: browser.hash(),
        asker: Asker::Door(door),
        needs: Needs { prove_anew, ..Needs::login_only() },
        trial: None,
        stage: Stage::Open,
        opened: app.now(),
        expires: app.now() + SIGN_IN_LIFE,
    }
}

/// What a proof becomes: the sign-in's next stage and, unless it lifts one that is there, a session.
#[derive(Clone)]
pub struct Login {
    /// The proof.
    pub proof: Proof,
    /// The new session with its cookie.
    pub session: Option<(Session, Bearer)>,
}

impl Login {
    /// A proof that opens a session.
    #[must_use]
    pub fn new(
        app: &Appliance,
        holder: Holder,
        means: Means,
        assessment: &Assessment,
        identity_checked: Option<Timestamp>,
    ) -> Self {
        let (id, now) = (SessionId::draw(app.dice.as_ref()), app.now());
        let cookie = Bearer::draw(app.dice.as_ref());
        let session = Session {
            id,
            cookie: cookie.hash(),
            holder,
            means,
            level: assessment.level,
            authenticated: now,
            seen: now,
        };
        let proof = Proof {
            holder,
            means,
            level: assessment.level,
            reasons: assessment.reasons.clone(),
            at: now,
            identity_checked,
            session: id,
        };
        Self { proof, session: Some((session, cookie)) }
    }

    /// A proof that lifts the sign-in of somebody who is logged in, and nothing beyond it: the session keeps
    /// its level.
    #[must_use]
    pub fn lifting(self, earlier: &Proof) -> Self {
        Self { proof: Proof { session: earlier.session, ..self.proof }, session: None }
    }

    /// Keeps it: the sign-in moves on, the session begins, the audit says so.
    /// `false`: somebody was faster; nothing was kept.
    pub fn keep(&self, sign_in: &SignIn, db: &Write) -> Result<bool, Fault> {
        if !self.may_enter(db)? || !store::sign_in::advance(sign_in, &Stage::Proven(self.proof.clone()), db)?
        {
            return Ok(false);
        }
        if let Some((session, _)) = &self.session {
            store::session::insert(session, db)?;
        }
        let (means, level) = (self.proof.means, self.proof.level);
        let entry = match self.proof.holder {
            Holder::Person(person) => Entry::new(Event::SignedIn, Actor::Person(person)).about(person),
            Holder::Staff(staff) => Entry::new(Event::SignedIn, Actor::Staff(staff)),
        };
        let entry = match means {
            Means::Passkey(id) => entry.with("passkey", id),
            Means::LiveEid(id) => entry.with("check", id),
            Means::MadeUp(key) => entry.with("made-up", key.name()),
        };
        let entry = match &sign_in.asker {
            Asker::Service { service, .. } => entry.at(*service),
            Asker::Door(door) => entry.with("door", door.name()),
        };
        store::audit::append(&entry.with("level", level.name()), db)?;
        Ok(true)
    }

    /// Looked at inside the write: blocking a person ends the sessions that are there, and none may come after it.
    fn may_enter(&self, db: &Write) -> Result<bool, Fault> {
        let welcome = match self.proof.holder {
            Holder::Person(id) => {
                store::person::by_id(id, db)?.is_some_and(|person| person.state == PersonState::Active)
            }
            Holder::Staff(id) => store::staff::by_id(id, db)?.is_some(),
        };
        Ok(welcome && (self.session.is_some() || store::session::by_id(self.proof.session, db)?.is_some()))
    }
}
