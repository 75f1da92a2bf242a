//! The end of a sign-in: the service, or our own door, gets its answer.

use super::flow::Asked;
use crate::domain::attribute::Datum;
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::consent::Consent;
use crate::domain::passkey::Holder;
use crate::domain::service::Service;
use crate::domain::service_use::{self, Outcome, Use};
use crate::domain::sign_in::{Asker, Door, Proof, SignIn, Stage};
use crate::domain::trial::{Finding, Place, Step};
use crate::http::{Trouble, redirect};
use crate::oidc::{answer, endpoints};
use crate::web::doors;
use crate::web::visit::Visit;
use crate::{paths, store};
use actix_web::HttpResponse;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Answers: one write moves the sign-in on, keeps the consent and grants what was agreed.
pub(super) async fn give(
    asked: &Asked,
    visit: &Visit,
    proof: Proof,
    released: BTreeSet<Datum>,
    consent: Option<Consent>,
) -> Result<HttpResponse, Trouble> {
    let Some(service) = &asked.service else { return own_door(asked, visit).await };
    let prepared = Arc::new(answer::prepare(&visit.app, service, &asked.sign_in, &proof, &released)?);
    let (sign_in, kept, id) = (asked.sign_in.clone(), Arc::clone(&prepared), service.id);
    let steps = steps(&asked.sign_in, consent.as_ref(), prepared.answer());
    let lifted = visit
        .app
        .write(move |db| -> Result<bool, Trouble> {
            let session = doors::still_open(proof.session, db)?;
            if !store::sign_in::advance(&sign_in, &Stage::Answered, db)? {
                return Err(Trouble::SignInOver);
            }
            if let Some(trial) = sign_in.trial {
                for step in &steps {
                    store::trial::note(trial, step, db)?;
                }
            } else if let Holder::Person(person) = proof.holder {
                match &consent {
                    Some(consent) => {
                        store::consent::give(consent, db)?;
                        let entry =
                            Entry::new(Event::ConsentGiven, Actor::Person(person)).about(person).at(id);
                        store::audit::append(&entry, db)?;
                    }
                    None => store::consent::told(person, id, db)?,
                }
            }
            kept.keep(db)?;
            // Another proof was added to the one that opened the session.
            Ok(session.means != proof.means)
        })
        .await?;
    count(asked, &prepared, lifted, visit);
    endpoints::bounce(prepared.answer(), &visit.app)
}

fn count(asked: &Asked, prepared: &answer::Prepared, lifted: bool, visit: &Visit) {
    let (app, sign_in) = (&visit.app, &asked.sign_in);
    let Asker::Service { service, .. } = &sign_in.asker else { return };
    if sign_in.trial.is_some() {
        return;
    }
    let now = app.now();
    let took = service_use::class(now.since(sign_in.opened));
    let refused = Use::new(*service, Outcome::RefusedLevel, now);
    let answered = prepared.used(Outcome::Answered, now).map(|used| Use { lifted, took, ..used });
    app.uses.count(answered.unwrap_or(refused));
}

/// What a trial is told of it.
fn steps(sign_in: &SignIn, consent: Option<&Consent>, answer: &answer::Answer) -> Vec<Step> {
    let agreed = consent.map(|_| Step::Agreed { data: sign_in.needs.data.clone() });
    let said = |name| answer.params().iter().find(|(known, _)| *known == name).map(|(_, said)| said.clone());
    let told = match (answer.is_success(), said("error")) {
        (false, Some(code)) => Step::Refused {
            place: Place::Authorization,
            code,
            description: said("error_description").unwrap_or_default(),
            finding: Finding::Other,
            sent: Vec::new(),
        },
        _ => Step::Answered { to: answer.back().as_str().to_owned() },
    };
    agreed.into_iter().chain([told]).collect()
}

async fn own_door(asked: &Asked, visit: &Visit) -> Result<HttpResponse, Trouble> {
    let Asker::Door(door) = &asked.sign_in.asker else { return Err(Trouble::SignInOver) };
    let sign_in = asked.sign_in.clone();
    let moved = visit
        .app
        .write(move |db| store::sign_in::advance(&sign_in, &Stage::Answered, db).map_err(Trouble::from))
        .await?;
    if !moved {
        return Err(Trouble::SignInOver);
    }
    Ok(redirect::see_other(match door {
        Door::Account => paths::ACCOUNT,
        Door::Operator => paths::OPERATOR,
        Door::Services => paths::SERVICES,
        Door::Counter => paths::COUNTER,
    }))
}

/// The person does not agree: the sign-in is over, the service hears that and nothing else.
pub(super) async fn decline(
    asked: &Asked,
    visit: &Visit,
    service: &Service,
) -> Result<HttpResponse, Trouble> {
    let person = match asked.proof().map(|proof| proof.holder) {
        Some(Holder::Person(person)) => Some(person),
        _ => None,
    };
    let (sign_in, id) = (asked.sign_in.clone(), service.id);
    visit
        .app
        .write(move |db| -> Result<(), Trouble> {
            if !store::sign_in::advance(&sign_in, &Stage::Abandoned, db)? {
                return Err(Trouble::SignInOver);
            }
            if let Some(trial) = sign_in.trial {
                store::trial::note(trial, &Step::Declined, db)?;
            } else if let Some(person) = person {
                let entry = Entry::new(Event::ServiceDeclined, Actor::Person(person)).about(person).at(id);
                store::audit::append(&entry, db)?;
            }
            Ok(())
        })
        .await?;
    declined(asked, visit)
}

/// Tells the service that the person gave up.
pub(super) fn declined(asked: &Asked, visit: &Visit) -> Result<HttpResponse, Trouble> {
    if let (Asker::Service { service, .. }, None) = (&asked.sign_in.asker, asked.sign_in.trial) {
        visit.app.uses.count(Use::new(*service, Outcome::Declined, visit.app.now()));
    }
    endpoints::bounce(&answer::declined(&asked.sign_in, &visit.app.origin)?, &visit.app)
}
