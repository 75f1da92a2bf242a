//! Who may ask, what, and whether the answer can be given at once.
//!
//! Order matters: without a known service and a registered address every error is our own page ([`Here`]); from
//! the moment a [`Way`] exists every refusal travels back through it.

use super::answer::{self, Answer, Way};
use super::claims::{self, Wanted};
use super::facts::Ask;
use super::keys::Ring;
use super::refusal::{Here, Refusal};
use super::request::{self, Request, ResponseMode, STATE_MAX};
use super::{hint, subject};
use crate::domain::assurance::{Level, Reason, assess};
use crate::domain::attribute::Datum;
use crate::domain::consent::Consent;
use crate::domain::id::{PersonId, ServiceId};
use crate::domain::passkey::{Holder, PasskeyState};
use crate::domain::registration::GrantType;
use crate::domain::service::Service;
use crate::domain::session::Session;
use crate::domain::sign_in::{Means, Missing, Needs, Proof, Stage, reused_level};
use crate::domain::time::Timestamp;
use crate::http::{Appliance, Params};
use crate::store::{self, Fault, Read};
use std::collections::BTreeSet;

/// A request that may be served.
#[derive(Debug)]
pub struct Admitted {
    /// Who asks.
    pub service: Service,
    /// How the answer travels.
    pub way: Way,
    /// What is remembered of the request.
    pub ask: Ask,
    /// What is wanted of the login.
    pub needs: Needs,
    /// `prompt=none`
    pub silent: bool,
    /// Languages, as asked.
    pub ui_locales: Option<String>,
}

/// Why a request is not served.
#[derive(Debug)]
pub enum NotAdmitted {
    /// On our own page.
    Here(Here),
    /// Back at the service.
    There(Refusal, Answer),
}

impl From<Here> for NotAdmitted {
    fn from(here: Here) -> Self {
        Self::Here(here)
    }
}

/// The service which a request names; `None` when it is missing or unknown.
///
/// # Errors
/// The store's.
pub fn service(params: &Params, db: &Read) -> Result<Option<Service>, Fault> {
    let Some(Ok(id)) = params.get("client_id").map(ServiceId::parse) else { return Ok(None) };
    store::service::by_id(id, db)
}

/// Admits a request of `service`, or says why not, and where. `tried`: its owner is trying it, so that it need not be
/// open.
pub fn admit(
    params: &Params,
    (service, tried): (Option<Service>, bool),
    ring: &Ring,
    issuer: &str,
) -> Result<Admitted, NotAdmitted> {
    let service = service.ok_or(Here::UnknownService)?;
    if !service.is_open() && !tried {
        return Err(Here::ClosedService.into());
    }
    let asked = params.get("redirect_uri").and_then(|asked| service.return_address(asked));
    let back = asked.ok_or(Here::UnregisteredAddress)?;
    let (mode, mode_fault) = match params.get("response_mode") {
        None | Some("query") => (ResponseMode::Query, None),
        Some("form_post") => (ResponseMode::FormPost, None),
        Some(_) => (ResponseMode::Query, Some(Refusal::ResponseMode)),
    };
    let state = params.get("state").filter(|state| state.len() <= STATE_MAX).map(str::to_owned);
    let too_long = (state.is_none() && params.get("state").is_some()).then_some(Refusal::StateTooLong);
    let way = Way::new(back, mode, state.clone());
    let read = || {
        if let Some(refusal) = too_long.or(mode_fault) {
            return Err(refusal);
        }
        let request = request::parse(params)?;
        let hinted = match &request.hint {
            Some(token) => {
                let hint = hint::read(token, ring, issuer).filter(|hint| hint.service == service.id);
                Some(hint.ok_or(Refusal::Hint)?.sub)
            }
            None => None,
        };
        judge(request, hinted, &service)
    };
    match read() {
        Ok((request, mut ask, needs)) => {
            (ask.mode, ask.state) = (mode, state);
            let (silent, ui_locales) = (request.prompt.none, request.ui_locales);
            Ok(Admitted { service, way, ask, needs, silent, ui_locales })
        }
        Err(refusal) => Err(NotAdmitted::There(refusal, way.refuse(refusal, issuer))),
    }
}

/// What this service may ask of what it asks.
fn judge(
    request: Request,
    hinted: Option<String>,
    service: &Service,
) -> Result<(Request, Ask, Needs), Refusal> {
    let registration = &service.registration;
    if !registration.grant_types.contains(&GrantType::AuthorizationCode) {
        return Err(Refusal::CodeFlowNotRegistered);
    }
    if request.challenge.is_none() && (service.is_public() || registration.require_pkce) {
        return Err(Refusal::ChallengeMissing);
    }
    let subject = match (hinted, request.claims.subject.clone()) {
        (Some(one), Some(other)) if one != other => return Err(Refusal::Hint),
        (one, other) => one.or(other),
    };
    let scopes = granted_scopes(&request.scopes, service);
    let may_ask: BTreeSet<Datum> = registration.data.iter().map(|wanted| wanted.datum).collect();
    let mut userinfo = request.claims.userinfo.clone();
    userinfo.plain.extend(scopes.iter().flat_map(|scope| claims::of_scope(scope)));
    let (userinfo, id_token) = (userinfo.within(&may_ask), request.claims.id_token.within(&may_ask));
    let needs = needs(&request, &userinfo, &id_token, service);
    let ask = Ask {
        mode: ResponseMode::default(),
        state: None,
        scope: scopes.join(" "),
        nonce: request.nonce.clone(),
        challenge: request.challenge.clone(),
        userinfo,
        id_token,
        acr: request.claims.acr.clone(),
        subject,
    };
    Ok((request, ask, needs))
}

/// What of the scopes is granted: what is registered. The rest is dropped silently (OpenID Connect Core
/// §3.1.2.1) and told in `scope` of the token answer. `openid` goes without saying.
fn granted_scopes(asked: &[String], service: &Service) -> Vec<String> {
    let registration = &service.registration;
    let refreshes = registration.grant_types.contains(&GrantType::RefreshToken);
    let may = |scope: &str| match scope {
        "openid" => true,
        claims::OFFLINE => refreshes && registration.scopes.contains(scope),
        other => registration.scopes.contains(other),
    };
    asked.iter().filter(|scope| may(scope)).cloned().collect()
}

/// The level is the service's own least one, or the lowest of those named in the request, as any of them will do.
fn needs(request: &Request, userinfo: &Wanted, id_token: &Wanted, service: &Service) -> Needs {
    let named = |levels: &BTreeSet<Level>| levels.first().copied().unwrap_or(Level::Basic);
    let asked = named(&request.acr_values).max(named(&request.claims.acr));
    Needs {
        level: service.registration.min_level.max(asked),
        max_identity_age: service.registration.max_identity_age,
        only: None,
        // A proof of this very instant is not older than 0 seconds, so that would not ask again.
        prove_anew: request.prompt.login || request.max_age.is_some_and(|age| age.0 == 0),
        max_age: request.max_age,
        ask_consent: request.prompt.consent,
        data: userinfo.data().chain(id_token.data()).collect(),
    }
}

/// What a living session is worth to this request.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Who is logged in.
    pub person: PersonId,
    /// What they proved, as it counts in another sign-in.
    pub proof: Proof,
    /// What they agreed to tell this service.
    pub consent: Option<Consent>,
    /// Whether they are whom the request names.
    pub is_asked_for: bool,
}

/// Looks at a living session. `None`: its person is blocked or its key no longer opens anything.
///
/// # Errors
/// The store's.
pub fn standing(
    session: &Session,
    admitted: &Admitted,
    app: &Appliance,
    db: &Read,
) -> Result<Option<Standing>, Fault> {
    let Holder::Person(person) = session.holder else { return Ok(None) };
    if !answer::is_usable(person, db)? {
        return Ok(None);
    }
    let Some(check) = store::person::latest_check(person, db)? else { return Ok(None) };
    let most = reused_level(session.level);
    let (level, reasons) = match session.means {
        Means::LiveEid(_) => (most, vec![Reason::NoLiveEid]),
        // Has no cookie, so is never found by one.
        Means::MadeUp(_) => return Ok(None),
        Means::Passkey(id) => {
            let key = store::passkey::by_id(id, db)?;
            let Some(key) = key.filter(|key| key.state == PasskeyState::Active) else { return Ok(None) };
            let now = assess(&check.facts(), key.facts(), &app.policy, app.now());
            (now.level.min(most), now.reasons)
        }
    };
    let is_asked_for = match &admitted.ask.subject {
        None => true,
        Some(asked) => store::vault::source(person, &app.keys, db)?
            .is_some_and(|source| subject::of(&source, &admitted.service, &app.secrets) == *asked),
    };
    let proof = Proof {
        holder: session.holder,
        means: session.means,
        level,
        reasons,
        at: session.authenticated,
        identity_checked: Some(check.at),
        session: session.id,
    };
    let consent = store::consent::get(person, admitted.service.id, db)?;
    Ok(Some(Standing { person, proof, consent, is_asked_for }))
}

/// What happens next.
#[derive(Debug)]
pub enum Next {
    /// Answer at once.
    Answer,
    /// Open a sign-in at this stage.
    Open(Stage),
    /// Refuse, back at the service.
    Refuse(Refusal),
}

/// Decides on a request and what the browser's session is worth to it.
#[must_use]
pub fn decide(admitted: &Admitted, standing: Option<&Standing>, now: Timestamp) -> Next {
    let silent = admitted.silent;
    let ask_or = |stage: Stage, refusal| if silent { Next::Refuse(refusal) } else { Next::Open(stage) };
    let Some(standing) = standing.filter(|standing| standing.is_asked_for) else {
        return ask_or(Stage::Open, Refusal::LoginRequired);
    };
    let proven = || Stage::Proven(standing.proof.clone());
    match admitted.needs.missing(&standing.proof, false, now) {
        Some(Missing::Proof) => return ask_or(Stage::Open, Refusal::LoginRequired),
        Some(Missing::Level) => return ask_or(proven(), Refusal::LevelUnmet),
        Some(Missing::FreshIdentity) => return ask_or(proven(), Refusal::InteractionRequired),
        None => {}
    }
    let agreed = admitted.needs.data.is_empty()
        || standing.consent.as_ref().is_some_and(|consent| consent.covers(&admitted.needs.data));
    if agreed && !admitted.needs.ask_consent {
        return Next::Answer;
    }
    ask_or(proven(), Refusal::ConsentRequired)
}
