//! Beginning and ending a trial, and mending what it found.

use actix_web::HttpResponse;
use actix_web::web::Bytes;

use super::trial::{Tester, tester};
use super::trial_words::is_possible;
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::id::TrialId;
use crate::domain::registration::{ClientAuthentication, GrantType, Registration};
use crate::domain::service::Service;
use crate::domain::trial::{Finding, Mend, Step, TRIAL_LIFE, Trial};
use crate::http::{Trouble, redirect};
use crate::web::owner::form::ADDRESSES_MAX;
use crate::web::service_change;
use crate::web::visit::Visit;
use crate::{paths, store};

/// `POST /services/{service}/trial`: `act` is `begin`, `end` or `mend`; the last with the number of a `step` and the
/// `version` that was seen.
pub async fn act(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    let tester = match tester(&visit).await? {
        Ok(tester) => tester,
        Err(answer) => return Ok(answer),
    };
    match form.get("act") {
        Some("begin") => begin(&tester, &visit).await?,
        Some("end") => end(&tester, &visit).await?,
        Some("mend") => {
            let number = |name| form.get(name).and_then(|text| text.parse::<i64>().ok());
            let step = number("step").ok_or(Trouble::BadRequest("step"))?;
            mend(&tester, step, number("version"), &visit).await?;
        }
        _ => return Err(Trouble::BadRequest("act")),
    }
    Ok(redirect::see_other(&paths::service_trial(tester.service.id)))
}

async fn begin(tester: &Tester, visit: &Visit) -> Result<(), Trouble> {
    let app = &visit.app;
    app.limits.count_account(tester.member.staff.id.bytes())?;
    let now = app.now();
    let trial = Trial {
        id: TrialId::draw(app.dice.as_ref()),
        service: tester.service.id,
        session: tester.member.session.id,
        browser: visit.browser.hash(),
        created: now,
        expires: now + TRIAL_LIFE,
    };
    let (still, actor) = (tester.member.still(), Actor::Staff(tester.member.staff.id));
    app.write(move |db| -> Result<(), Trouble> {
        still(db)?;
        store::trial::begin(&trial, db)?;
        store::audit::append(&Entry::new(Event::ServiceTried, actor).at(trial.service), db)?;
        Ok(())
    })
    .await
}

async fn end(tester: &Tester, visit: &Visit) -> Result<(), Trouble> {
    let (service, session, now) = (tester.service.id, tester.member.session.id, visit.app.now());
    let ended = visit.app.write(move |db| -> Result<(), Trouble> {
        if let Some(trial) = store::trial::of_session(service, session, now, db)? {
            store::trial::end(trial.id, db)?;
        }
        Ok(())
    });
    ended.await
}

/// Mends what a step of the own trial found, from what was seen. What no longer fits changes nothing: the page shows how
/// it stands.
async fn mend(tester: &Tester, number: i64, seen: Option<i64>, visit: &Visit) -> Result<(), Trouble> {
    let service = &tester.service;
    if seen != Some(service.version) {
        return Ok(());
    }
    let (session, now) = (tester.member.session.id, visit.app.now());
    let finding = visit.app.store.read(|db| {
        let Some(trial) = store::trial::of_session(service.id, session, now, db)? else { return Ok(None) };
        Ok(store::trial::steps(trial.id, db)?.into_iter().find_map(|noted| match noted.step {
            Step::Refused { finding, .. } if noted.number == number => Some(finding),
            _ => None,
        }))
    })?;
    let finding = finding.ok_or(Trouble::BadRequest("step"))?;
    let mend = finding.mend().filter(|mend| is_possible(*mend, &finding, service));
    let mend = mend.ok_or(Trouble::BadRequest("step"))?;
    let to = mended(mend, &finding, &service.registration).ok_or(Trouble::BadRequest("step"))?;
    // What waits for an operator would bring the trouble back.
    let proposal = service.proposal.as_ref().and_then(|proposal| mended(mend, &finding, proposal));
    let proposal = proposal.or_else(|| service.proposal.clone());
    let to = Service { registration: to, proposal, ..service.clone() };
    let entry =
        service_change::changed(service, &service.registration, &to.registration, tester.member.actor());
    let _kept = service_change::keep(service, to, entry, tester.member.still(), &visit.app).await?;
    Ok(())
}

/// The registration with the one change. `None`: there is no room for it.
fn mended(mend: Mend, finding: &Finding, from: &Registration) -> Option<Registration> {
    let mut to = from.clone();
    match (mend, finding) {
        (Mend::AddAddress, Finding::UnregisteredAddress { sent }) => {
            if to.redirect_uris.len() >= ADDRESSES_MAX || to.redirect_uris.contains(sent) {
                return None;
            }
            to.redirect_uris.push(sent.clone());
        }
        (Mend::AllowNoPkce, _) => to.require_pkce = false,
        (Mend::Authentication, Finding::OtherAuthentication { sent, .. }) => {
            to.authentication = ClientAuthentication::parse(sent)?;
        }
        (Mend::AllowRefresh, _) => {
            to.grant_types.insert(GrantType::RefreshToken);
        }
        (Mend::AddAddress | Mend::Authentication, _) => return None,
    }
    Some(to)
}
