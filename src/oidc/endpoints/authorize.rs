//! The authorization endpoint on the wire.

use super::bounce;
use crate::domain::id::{ServiceId, SignInId, TrialId};
use crate::domain::service_use::{Outcome, Use};
use crate::domain::session::{SEEN_GRAIN, Session};
use crate::domain::sign_in::{Asker, SIGN_IN_LIFE, SignIn, Stage};
use crate::domain::trial::Trial;
use crate::http::limit::Act;
use crate::http::session::{self, Kind};
use crate::http::{Appliance, Browser, Params, Trouble, address, redirect};
use crate::oidc::answer::{Answer, Question};
use crate::oidc::authorize::{Admitted, Next, NotAdmitted, Standing, admit, decide, service, standing};
use crate::oidc::refusal::{Here, Refusal};
use crate::oidc::{Fault, Provider, trial};
use crate::{paths, store};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use std::sync::Arc;

impl From<Here> for Trouble {
    fn from(here: Here) -> Self {
        match here {
            Here::UnknownService => Self::UnknownService,
            Here::ClosedService => Self::ServiceClosed,
            Here::UnregisteredAddress => Self::UnregisteredAddress,
        }
    }
}

/// `POST`: a form of another site comes without our cookies (SameSite), so the browser is asked to come again
/// with a `GET` of the same parameters.
///
/// # Errors
/// [`Trouble`]: not a form, or one that can not be understood.
pub async fn authorize_by_post(request: HttpRequest, body: Bytes) -> Result<HttpResponse, Trouble> {
    by_get(paths::AUTHORIZE, &request, &body)
}

/// The same parameters, to be asked again by `GET`.
pub(super) fn by_get(path: &str, request: &HttpRequest, body: &Bytes) -> Result<HttpResponse, Trouble> {
    if !body.is_empty() && !super::is_form(request) {
        return Err(Trouble::BadRequest("content type"));
    }
    let all = [request.query_string().as_bytes(), body].join(&b'&');
    let params = Params::parse(&all)?;
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(params.iter());
    let query = query.finish();
    Ok(redirect::see_other(&if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }))
}

/// `GET`: an answer at once, a refusal, or a sign-in.
///
/// # Errors
/// [`Trouble`] while no return address is known, and when we are broken.
pub async fn authorize(
    request: HttpRequest,
    browser: Browser,
    app: Data<Appliance>,
    provider: Data<Provider>,
) -> Result<HttpResponse, Trouble> {
    let params = Params::parse(request.query_string().as_bytes())?;
    let found = app.store.read(|db| service(&params, db))?;
    let ring = provider.ring(&app)?;
    let trial = trial::of_browser(found.as_ref(), &browser, &app)?;
    let asked = found.as_ref().map(|service| service.id);
    let admitted = admit(&params, (found, trial.is_some()), &ring, &app.origin);
    if let Some(trial) = trial {
        app.limits.count(Act::Open, address::client(&request, &app.proxies))?;
        return tried(&trial, &params, admitted, &browser, &app).await;
    }
    let admitted = match admitted {
        Ok(admitted) => admitted,
        Err(NotAdmitted::Here(here)) => {
            count(asked, here_outcome(here), &app);
            return Err(here.into());
        }
        Err(NotAdmitted::There(_, answer)) => {
            count(asked, Outcome::RefusedRequest, &app);
            return bounce(&answer, &app);
        }
    };
    let session = session::current(&request, &app, Kind::Person)?;
    let standing = match &session {
        Some(session) => app.store.read(|db| standing(session, &admitted, &app, db))?,
        None => None,
    };
    match (decide(&admitted, standing.as_ref(), app.now()), session, standing) {
        (Next::Answer, Some(session), Some(standing)) => {
            bounce(&answer(&admitted, session, &standing, &app).await?, &app)
        }
        // Without both of them nothing was decided to be answered.
        (Next::Answer, ..) => Err(Trouble::fault("oidc", &"an answer without a session")),
        (Next::Refuse(refusal), ..) => {
            count(asked, Outcome::RefusedSilent, &app);
            bounce(&admitted.way.refuse(refusal, &app.origin), &app)
        }
        (Next::Open(stage), _, standing) => {
            app.limits.count(Act::Open, address::client(&request, &app.proxies))?;
            open(admitted, stage, (standing, None), &browser, &app).await
        }
    }
}

fn count(service: Option<ServiceId>, outcome: Outcome, app: &Appliance) {
    if let Some(service) = service {
        app.uses.count(Use::new(service, outcome, app.now()));
    }
}

const fn here_outcome(here: Here) -> Outcome {
    match here {
        Here::ClosedService => Outcome::RefusedClosed,
        Here::UnknownService | Here::UnregisteredAddress => Outcome::RefusedAddress,
    }
}

/// A request in a trial is written down, and never served from the session of somebody real.
async fn tried(
    trial: &Trial,
    params: &Params,
    admitted: Result<Admitted, NotAdmitted>,
    browser: &Browser,
    app: &Appliance,
) -> Result<HttpResponse, Trouble> {
    trial::asked(trial, params, &admitted, app).await?;
    match admitted {
        Err(NotAdmitted::Here(here)) => Err(here.into()),
        Err(NotAdmitted::There(_, answer)) => bounce(&answer, app),
        Ok(admitted) if admitted.silent => {
            bounce(&admitted.way.refuse(Refusal::LoginRequired, &app.origin), app)
        }
        Ok(admitted) => open(admitted, Stage::Open, (None, Some(trial.id)), browser, app).await,
    }
}

/// The silent way: one write, no sign-in.
async fn answer(
    admitted: &Admitted,
    session: Session,
    standing: &Standing,
    app: &Appliance,
) -> Result<Answer, Trouble> {
    let question = Question {
        service: &admitted.service,
        way: &admitted.way,
        ask: &admitted.ask,
        released: &admitted.needs.data,
    };
    let prepared = Arc::new(question.answer(&standing.proof, app)?);
    let kept = Arc::clone(&prepared);
    let (service, person, now) = (admitted.service.id, standing.person, app.now());
    let tells = !admitted.needs.data.is_empty();
    let still_there = app
        .write(move |db| -> Result<bool, store::Fault> {
            // The session or the consent may have ended since they were read.
            let lives = store::session::by_id(session.id, db)?.is_some();
            let agreed = !tells || store::consent::get(person, service, db)?.is_some();
            if !lives || !agreed {
                return Ok(false);
            }
            kept.keep(db)?;
            if tells {
                store::consent::told(person, service, db)?;
            }
            if now.since(session.seen) >= SEEN_GRAIN {
                store::session::see(session.id, now, db)?;
            }
            Ok(true)
        })
        .await?;
    Ok(if still_there {
        if let Some(used) = prepared.used(Outcome::Silent, now) {
            app.uses.count(used);
        }
        prepared.answer().clone()
    } else {
        admitted.way.refuse(Refusal::LoginRequired, &app.origin)
    })
}

/// Opens a sign-in and sends the browser there.
async fn open(
    admitted: Admitted,
    stage: Stage,
    (standing, trial): (Option<Standing>, Option<TrialId>),
    browser: &Browser,
    app: &Appliance,
) -> Result<HttpResponse, Trouble> {
    let mut needs = admitted.needs;
    if admitted.ask.subject.is_some() {
        needs.only = standing.filter(|standing| standing.is_asked_for).map(|standing| standing.person);
    }
    let ask = serde_json::to_string(&admitted.ask).map_err(|_never| Fault::Corrupt("sign_in.ask"))?;
    let sign_in = SignIn {
        id: SignInId::draw(app.dice.as_ref()),
        browser: browser.hash(),
        asker: Asker::Service { service: admitted.service.id, back: admitted.way.back().clone(), ask },
        needs,
        trial,
        stage,
        opened: app.now(),
        expires: app.now() + SIGN_IN_LIFE,
    };
    let mut address = paths::sign_in(sign_in.id);
    if let Some(tags) = &admitted.ui_locales {
        address.push_str("?ui_locales=");
        address.extend(url::form_urlencoded::byte_serialize(tags.as_bytes()));
    }
    app.write(move |db| store::sign_in::insert(&sign_in, db)).await?;
    let mut answer = redirect::see_other(&address);
    if let Some(cookie) = browser.cookie() {
        answer.add_cookie(&cookie).map_err(|error| Trouble::fault("oidc", &error))?;
    }
    Ok(answer)
}
