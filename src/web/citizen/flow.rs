//! A sign-in shows the one next step: prove, lift, agree, or go on to the answer.

use super::level_too_low::LevelTooLowPage;
use super::{Asker as AskerSign, Sign};
use crate::domain::assurance::Reason;
use crate::domain::attribute::Datum;
use crate::domain::id::{PersonId, SignInId};
use crate::domain::passkey::Holder;
use crate::domain::service::Service;
use crate::domain::sign_in::{Asker, Means, Missing, Proof, SignIn, Stage};
use crate::http::{Trouble, sign_in};
use crate::paths;
use crate::store;
use crate::web::frame::{Frame, moment};
use crate::web::visit::Visit;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use std::collections::BTreeSet;

/// A sign-in of this browser with the service that asks, if one does.
pub(crate) struct Asked {
    pub(crate) sign_in: SignIn,
    pub(crate) service: Option<Service>,
}

impl Asked {
    /// The sign-in of this address.
    pub(crate) fn load(visit: &Visit) -> Result<Self, Trouble> {
        Self::of(visit, visit.id::<SignInId>("sign_in")?)
    }

    /// The sign-in of an id. Nothing that real people prove themselves with belongs into a trial.
    pub(crate) fn of(visit: &Visit, id: SignInId) -> Result<Self, Trouble> {
        let asked = Self::found(visit, id)?;
        if asked.sign_in.trial.is_some() { Err(Trouble::BadRequest("trial")) } else { Ok(asked) }
    }

    /// The sign-in of this address, which may belong to a trial.
    pub(crate) fn load_or_tried(visit: &Visit) -> Result<Self, Trouble> {
        Self::found(visit, visit.id::<SignInId>("sign_in")?)
    }

    fn found(visit: &Visit, id: SignInId) -> Result<Self, Trouble> {
        let sign_in = sign_in::load(&visit.request, &visit.app, &visit.browser, id)?;
        let service = match &sign_in.asker {
            Asker::Service { service, .. } => {
                let found = visit.app.store.read(|db| store::service::by_id(*service, db))?;
                let found = found.ok_or(Trouble::UnknownService)?;
                let serves = |service: &Service| service.is_open() || sign_in.trial.is_some();
                Some(Some(found).filter(serves).ok_or(Trouble::ServiceClosed)?)
            }
            Asker::Door(_) => None,
        };
        Ok(Self { sign_in, service })
    }

    /// The service as people see it.
    pub(crate) fn sign(&self) -> Option<AskerSign> {
        let registration = &self.service.as_ref()?.registration;
        let office = (!registration.office.is_empty()).then(|| registration.office.clone());
        Some(AskerSign { name: registration.name.clone(), office, sign: Sign::named(&registration.icon) })
    }

    /// The frame of its pages: their forms may lead back to the service.
    pub(crate) fn frame(&self, visit: &Visit) -> Frame {
        let frame = visit.frame().at(paths::sign_in(self.sign_in.id));
        match &self.sign_in.asker {
            Asker::Service { back, .. } => frame.leading_to(back.as_str()),
            Asker::Door(_) => frame,
        }
    }

    /// Back to the service without logging in.
    pub(crate) fn back_url(&self) -> Option<String> {
        self.service.is_some().then(|| paths::sign_in_abandon(self.sign_in.id))
    }

    /// What is proven so far.
    pub(crate) fn proof(&self) -> Option<&Proof> {
        match &self.sign_in.stage {
            Stage::Proven(proof) => Some(proof),
            _ => None,
        }
    }
}

/// The one next step.
pub(crate) enum Next {
    /// Show the ways to prove.
    Prove,
    /// Proven, but not well enough.
    Lift { proof: Proof, missing: Missing },
    /// The person must agree.
    Agree { proof: Proof, person: PersonId },
    /// Nothing is missing.
    Answer { proof: Proof, released: BTreeSet<Datum> },
}

impl Next {
    /// Decides from what is there now.
    pub(crate) fn of(asked: &Asked, visit: &Visit) -> Result<Self, Trouble> {
        let Some(proof) = asked.proof().cloned() else { return Ok(Self::Prove) };
        let needs = &asked.sign_in.needs;
        // A sign-in is only ever opened as proven where the proof was fresh enough for it.
        if let Some(missing) = needs.missing(&proof, true, visit.app.now()) {
            return Ok(Self::Lift { proof, missing });
        }
        let (Holder::Person(person), Some(service)) = (proof.holder, &asked.service) else {
            return Ok(Self::Answer { proof, released: BTreeSet::new() });
        };
        if needs.data.is_empty() && !needs.ask_consent {
            return Ok(Self::Answer { proof, released: BTreeSet::new() });
        }
        let consent = visit.app.store.read(|db| store::consent::get(person, service.id, db))?;
        if !needs.ask_consent && consent.is_some_and(|consent| consent.covers(&needs.data)) {
            return Ok(Self::Answer { proof, released: needs.data.clone() });
        }
        Ok(Self::Agree { proof, person })
    }
}

/// Shows why the proof is not enough, and the one button that lifts it.
pub(crate) fn show_lift(
    asked: &Asked,
    visit: &Visit,
    proof: &Proof,
    missing: Missing,
) -> Result<HttpResponse, Trouble> {
    let frame = asked.frame(visit);
    let want = match missing {
        Missing::Level => asked.sign_in.needs.level,
        Missing::FreshIdentity | Missing::Proof => asked.sign_in.needs.level.max(proof.level),
    };
    let device = match proof.means {
        Means::Passkey(id) => visit.app.store.read(|db| store::passkey::by_id(id, db))?.map(|key| key.name),
        Means::LiveEid(_) | Means::MadeUp(_) => None,
    };
    let page = LevelTooLowPage {
        asker: asked.sign(),
        have: proof.level,
        want,
        reason: reason(proof, missing),
        device: device.unwrap_or_default(),
        read_at: moment(proof.identity_checked.unwrap_or(proof.at)),
        identify_url: paths::sign_in_checks(asked.sign_in.id),
        back_url: asked.back_url(),
        chrome: frame.chrome.clone(),
    };
    Ok(frame.show(&page, StatusCode::OK))
}

fn reason(proof: &Proof, missing: Missing) -> Reason {
    match missing {
        Missing::Level => proof.reasons.first().copied().unwrap_or(Reason::NoLiveEid),
        Missing::FreshIdentity | Missing::Proof => Reason::IdentityAged,
    }
}
