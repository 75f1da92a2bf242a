//! What the protocol tells a trial: each request as it came, what was decided, and what an owner can mend.
//!
//! Costs nothing where nobody tries: [`Service::may_be_tried`] is asked first. Of real people nothing is ever written
//! down: what a token is about must be made up.

use super::authorize::{Admitted, NotAdmitted};
use super::client_auth::Presented;
use super::facts::{Facts, has_word};
use super::refusal::{Here, OAuthError, Refusal, TokenRefusal};
use super::token::{NoTokens, Tokens};
use super::userinfo::Told;
use crate::domain::id::TrialId;
use crate::domain::secret::BearerHash;
use crate::domain::service::Service;
use crate::domain::trial::{Finding, Place, Step, Trial};
use crate::http::{Appliance, Browser, Params};
use crate::store::{self, Fault, Read};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

/// Characters of a value that are kept.
const VALUE_MAX: usize = 300;
/// Parameters that are kept.
const PARAMS_MAX: usize = 30;

/// The trial to which a request belongs: this browser's, of the service which is asked for. A request of nobody known
/// belongs to the trial that goes on in this browser.
///
/// # Errors
/// The store's.
pub fn of_browser(
    service: Option<&Service>,
    browser: &Browser,
    app: &Appliance,
) -> Result<Option<Trial>, Fault> {
    let now = app.now();
    if browser.is_fresh() || service.is_some_and(|service| !service.may_be_tried(now)) {
        return Ok(None);
    }
    let id = service.map(|service| service.id);
    app.store.read(|db| store::trial::of_browser(&browser.hash(), id, now, db))
}

/// Writes down a request to log in.
///
/// # Errors
/// The store's.
pub async fn asked(
    trial: &Trial,
    params: &Params,
    admitted: &Result<Admitted, NotAdmitted>,
    app: &Appliance,
) -> Result<(), Fault> {
    let sent = sent(params);
    let refused = |error: OAuthError, finding| Step::Refused {
        place: Place::Authorization,
        code: error.code.to_owned(),
        description: error.description.to_owned(),
        finding,
        sent: sent.clone(),
    };
    let step = match admitted {
        Ok(admitted) if admitted.silent => refused(Refusal::LoginRequired.oauth(), Finding::NobodyLoggedIn),
        Ok(admitted) => {
            let granted = &admitted.ask.scope;
            let scopes = params.get("scope").unwrap_or("").split(' ').filter(|word| !word.is_empty());
            Step::Asked {
                dropped: scopes.filter(|word| !has_word(granted, word)).map(shortened).collect(),
                level: admitted.needs.level,
                data: admitted.needs.data.clone(),
                pkce: admitted.ask.challenge.is_some(),
                sent,
            }
        }
        Err(NotAdmitted::Here(here)) => {
            let value = |name| shortened(params.get(name).unwrap_or(""));
            let (description, finding) = match here {
                Here::UnknownService => {
                    ("client_id is missing or unknown", Finding::UnknownClient { sent: value("client_id") })
                }
                Here::UnregisteredAddress if params.get("redirect_uri").is_none() => {
                    ("redirect_uri is missing", Finding::AddressMissing)
                }
                Here::UnregisteredAddress => (
                    "redirect_uri is not registered",
                    // In full: it may be registered from here.
                    Finding::UnregisteredAddress {
                        sent: params.get("redirect_uri").unwrap_or("").chars().take(2000).collect(),
                    },
                ),
                Here::ClosedService => ("the service is closed", Finding::Other),
            };
            refused(OAuthError { code: "invalid_request", description }, finding)
        }
        Err(NotAdmitted::There(refusal, _)) => refused(refusal.oauth(), finding(*refusal)),
    };
    note(vec![trial.id], step, app).await
}

const fn finding(refusal: Refusal) -> Finding {
    match refusal {
        Refusal::ChallengeMissing => Finding::ChallengeMissing,
        Refusal::LoginRequired => Finding::NobodyLoggedIn,
        _ => Finding::Other,
    }
}

/// The program did not prove itself: that concerns everybody who tries the service.
///
/// # Errors
/// The store's.
pub async fn not_proven(presented: &Presented, service: &Service, app: &Appliance) -> Result<(), Fault> {
    let (sent, registered) = (presented.method(), service.registration.authentication);
    let finding = if sent == registered {
        Finding::WrongSecret
    } else {
        Finding::OtherAuthentication {
            sent: sent.name().to_owned(),
            registered: registered.name().to_owned(),
        }
    };
    let trials = everybody(service, app)?;
    note(trials, refused_at_token(presented.refusal(), finding), app).await
}

/// Tokens were issued, or not.
///
/// # Errors
/// The store's.
pub async fn issued(
    form: &Params,
    service: &Service,
    issued: &Result<Tokens, NoTokens>,
    app: &Appliance,
) -> Result<(), Fault> {
    let (trials, step) = match issued {
        Err(NoTokens::Fault(_)) => return Ok(()),
        Ok(tokens) => {
            let hash = BearerHash::of(&tokens.access_token);
            let trial = app.store.read(|db| {
                let access = store::grant::access(&hash, db)?;
                access.map_or(Ok(None), |access| trial_of(access.grant.person, db))
            })?;
            (trial.into_iter().collect(), redeemed(form, service, tokens))
        }
        Err(NoTokens::Refused(refusal)) => {
            let now = app.now();
            let (whose, finding) = app.store.read(|db| why(*refusal, form, service, now, db))?;
            let trials = match whose {
                Whose::Nobody => everybody(service, app)?,
                Whose::Trial(trial) => vec![trial],
                Whose::Real => return Ok(()),
            };
            (trials, refused_at_token(*refusal, finding))
        }
    };
    note(trials, step, app).await
}

/// The program asked for the data.
///
/// # Errors
/// The store's.
pub async fn told(told: &Told, app: &Appliance) -> Result<(), Fault> {
    let Some(trial) = told.trial else { return Ok(()) };
    note(vec![trial], Step::Told { claims: pretty(&Value::Object(told.claims.clone())) }, app).await
}

/// Writes a step down in some trials.
///
/// # Errors
/// The store's.
pub async fn note(trials: Vec<TrialId>, step: Step, app: &Appliance) -> Result<(), Fault> {
    if trials.is_empty() {
        return Ok(());
    }
    app.write(move |db| trials.iter().try_for_each(|trial| store::trial::note(*trial, &step, db))).await
}

fn everybody(service: &Service, app: &Appliance) -> Result<Vec<TrialId>, Fault> {
    let trials = app.store.read(|db| store::trial::of_service(service.id, app.now(), db))?;
    Ok(trials.into_iter().map(|trial| trial.id).collect())
}

fn refused_at_token(refusal: TokenRefusal, finding: Finding) -> Step {
    let error = refusal.oauth();
    Step::Refused {
        place: Place::Token,
        code: error.code.to_owned(),
        description: error.description.to_owned(),
        finding,
        sent: Vec::new(),
    }
}

fn redeemed(form: &Params, service: &Service, tokens: &Tokens) -> Step {
    let part = |n: usize| {
        let bytes = URL_SAFE_NO_PAD.decode(tokens.id_token.as_deref()?.split('.').nth(n)?).ok()?;
        serde_json::from_slice::<Value>(&bytes).ok()
    };
    let shown = |n| part(n).as_ref().map(pretty).unwrap_or_default();
    Step::Redeemed {
        grant: shortened(form.get("grant_type").unwrap_or("")),
        authentication: service.registration.authentication.name().to_owned(),
        scope: tokens.scope.clone(),
        header: shown(0),
        claims: shown(1),
        refreshes: tokens.refresh_token.is_some(),
    }
}

/// About whom a refused request was.
enum Whose {
    /// Nobody that we know.
    Nobody,
    /// Somebody made up.
    Trial(TrialId),
    /// A real person: not for anybody's eyes.
    Real,
}

/// What the answer to the program does not say (RFC 6749 §5.2 leaves one code for all of it).
fn why(
    refusal: TokenRefusal,
    form: &Params,
    service: &Service,
    now: crate::domain::time::Timestamp,
    db: &Read,
) -> Result<(Whose, Finding), Fault> {
    let finding = match refusal {
        TokenRefusal::GrantNotRegistered => {
            Finding::GrantNotRegistered { grant: shortened(form.get("grant_type").unwrap_or("")) }
        }
        _ => Finding::Other,
    };
    let Some(code) = form.get("code").filter(|_| refusal == TokenRefusal::Grant) else {
        return Ok((Whose::Nobody, finding));
    };
    let found = store::grant::code(&BearerHash::of(code), db)?;
    let Some(found) = found.filter(|found| found.grant.service == service.id) else {
        return Ok((Whose::Nobody, Finding::CodeUnknown));
    };
    let Some(trial) = trial_of(found.grant.person, db)? else { return Ok((Whose::Real, finding)) };
    let facts: Facts = serde_json::from_str(&found.grant.facts)
        .map_err(|_broken| Fault::corrupt("service_grant", "facts", found.grant.id.to_string()))?;
    let redirect_uri = form.get("redirect_uri").unwrap_or("");
    let finding = if redirect_uri != facts.back {
        Finding::AddressDiffers { sent: shortened(redirect_uri), asked: shortened(&facts.back) }
    } else {
        match (&facts.challenge, form.get("code_verifier")) {
            (Some(_), None) => Finding::VerifierMissing,
            (None, Some(_)) => Finding::VerifierUnexpected,
            (Some(challenge), Some(verifier)) if !challenge.is_met_by(verifier) => Finding::VerifierWrong,
            // The refused attempt has used it up, too: only what else was wrong tells whether it was the first.
            _ if now >= found.expires => Finding::CodeExpired,
            _ => Finding::CodeUsed,
        }
    };
    Ok((Whose::Trial(trial), finding))
}

fn trial_of(person: crate::domain::id::PersonId, db: &Read) -> Result<Option<TrialId>, Fault> {
    Ok(store::person::by_id(person, db)?.and_then(|person| person.trial))
}

fn sent(params: &Params) -> Vec<(String, String)> {
    params.iter().take(PARAMS_MAX).map(|(name, value)| (shortened(name), shortened(value))).collect()
}

fn shortened(text: &str) -> String {
    let mut out: String = text.chars().take(VALUE_MAX).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
