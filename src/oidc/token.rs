//! The token endpoint: a code, a refresh token or the service's own word becomes tokens (RFC 6749 §4.1.3, §4.4,
//! §6; OpenID Connect Core §3.1.3, §12).
//!
//! * Tokens of people are opaque: rows in the same write which redeems the code, hash only, so that they can be
//!   revoked and nobody reads them. Tokens of machines are signed (RFC 9068): nothing is written for them.
//! * Everything random is drawn before the write; signing comes after it and outside.
//! * A code works once. Its second coming ends the tokens of the first (RFC 9700 §4.5); a wrong verifier, address
//!   or client burns it.
//! * Refresh tokens are issued where the grant `refresh_token` is registered. With `offline_access` they outlive
//!   the session: 30 days after their last use, 180 days at most; without it they end with the session. Each
//!   works once; its second coming ends the whole family (RFC 9700 §4.14). There is no grace period: a service that
//!   lost an answer logs its person in again.

use super::answer::{OFFLINE_IDLE, OFFLINE_LIFE, is_usable};
use super::facts::{Facts, has_word};
use super::id_token::{Login, Signer};
use super::refusal::{Parameter, TokenRefusal};
use super::{Fault, Provider, claims};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::dice::draw;
use crate::domain::id::ServiceId;
use crate::domain::registration::GrantType;
use crate::domain::secret::{Bearer, BearerHash};
use crate::domain::service::Service;
use crate::domain::time::{Span, Timestamp};
use crate::http::{Appliance, Params};
use crate::jose::Algorithm;
use crate::store::grant::Grant;
use crate::store::{self, Write};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;

/// How long an access token lives.
pub const ACCESS_LIFE: Span = Span::minutes(10);
/// The media type of signed access tokens (RFC 9068 §2.1).
pub const ACCESS_JWT: &str = "at+jwt";

/// The answer of the token endpoint (RFC 6749 §5.1).
#[derive(Debug, Serialize)]
pub struct Tokens {
    /// The access token.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// Seconds.
    pub expires_in: i64,
    /// What was granted.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// Who logged in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// For the next tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
}

/// Why there are no tokens.
#[derive(Debug)]
pub enum NoTokens {
    /// The protocol says no.
    Refused(TokenRefusal),
    /// We are broken.
    Fault(Fault),
}

impl<F: Into<Fault>> From<F> for NoTokens {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

const fn refused<T>(refusal: TokenRefusal) -> Result<T, NoTokens> {
    Err(NoTokens::Refused(refusal))
}

/// Answers a request of a service which has proved itself.
///
/// # Errors
/// [`NoTokens`].
pub async fn issue(
    form: &Params,
    service: &Service,
    provider: &Provider,
    app: &Appliance,
) -> Result<Tokens, NoTokens> {
    let Some(name) = form.get("grant_type") else {
        return refused(TokenRefusal::Missing(Parameter::GrantType));
    };
    let Some(grant) = GrantType::parse(name) else { return refused(TokenRefusal::GrantType) };
    if !service.registration.grant_types.contains(&grant) {
        return refused(TokenRefusal::GrantNotRegistered);
    }
    match grant {
        GrantType::AuthorizationCode => redeem(form, service, provider, app).await,
        GrantType::RefreshToken => refresh(form, service, provider, app).await,
        GrantType::ClientCredentials => for_itself(form, service, provider, app),
    }
}

/// What a write gives: a refusal that must leave a trace commits, too.
enum Outcome {
    Granted(Box<Grant>),
    Refused(TokenRefusal),
}

struct Redemption {
    code: BearerHash,
    service: ServiceId,
    redirect_uri: String,
    verifier: Option<String>,
    access: BearerHash,
    refresh: Option<BearerHash>,
    /// Real people are let in.
    open: bool,
}

async fn redeem(
    form: &Params,
    service: &Service,
    provider: &Provider,
    app: &Appliance,
) -> Result<Tokens, NoTokens> {
    let Some(code) = form.get("code") else { return refused(TokenRefusal::Missing(Parameter::Code)) };
    let Some(redirect_uri) = form.get("redirect_uri") else {
        return refused(TokenRefusal::Missing(Parameter::RedirectUri));
    };
    let fresh = Fresh::draw(service, app);
    let redemption = Redemption {
        code: BearerHash::of(code),
        service: service.id,
        redirect_uri: redirect_uri.to_owned(),
        verifier: form.get("code_verifier").map(str::to_owned),
        access: fresh.access.hash(),
        refresh: fresh.refresh.as_ref().map(Bearer::hash),
        open: service.is_open(),
    };
    // Before the code is used up: without a key there would be no answer.
    let signer = Signer::of(service, provider, app)?;
    match app.write(move |db| redemption.run(db)).await? {
        Outcome::Refused(refusal) => refused(refusal),
        Outcome::Granted(grant) => {
            let mut facts = Facts::of(&grant)?;
            let nonce = facts.nonce.take();
            let login = Login { person: grant.person, facts: &facts, nonce };
            let id_token = signer.id_token(&login, fresh.access.expose(), app)?;
            Ok(fresh.tokens(facts.scope.clone(), Some(id_token)))
        }
    }
}

impl Redemption {
    fn run(&self, db: &Write) -> Result<Outcome, Fault> {
        let bad = Ok(Outcome::Refused(TokenRefusal::Grant));
        let now = Timestamp(db.at());
        let Some(found) = store::grant::code(&self.code, db)? else { return bad };
        let grant = found.grant;
        if found.used.is_some() || !store::grant::use_code(&self.code, db)? {
            store::grant::revoke_tokens(grant.id, db)?;
            let entry = Entry::new(Event::CodeReplayed, Actor::Service(self.service));
            store::audit::append(&entry.about(grant.person).at(grant.service).with("grant", grant.id), db)?;
            return bad;
        }
        let facts = Facts::of(&grant)?;
        let verified = match (&facts.challenge, &self.verifier) {
            (Some(challenge), Some(verifier)) => challenge.is_met_by(verifier),
            (None, None) => true,
            // A verifier without a challenge: somebody cut the challenge out of the request (RFC 9700 §4.8).
            (Some(_), None) | (None, Some(_)) => false,
        };
        let right = grant.service == self.service && facts.back == self.redirect_uri && verified;
        if !right || now >= found.expires || !is_carried(&grant, &facts, self.open, db)? {
            return bad;
        }
        store::grant::insert_access(&self.access, grant.id, &facts.scope, now + ACCESS_LIFE, db)?;
        if let Some(refresh) = &self.refresh {
            store::grant::insert_refresh(refresh, grant.id, refresh_ends(&grant, &facts, now), db)?;
        }
        Ok(Outcome::Granted(Box::new(grant)))
    }
}

/// Whether tokens may still be issued: the person may enter, and the session lives or need not. While a service is
/// not `open`, only for whoever is made up.
fn is_carried(grant: &Grant, facts: &Facts, open: bool, db: &Write) -> Result<bool, Fault> {
    let lives = facts.offline || store::session::by_id(grant.session, db)?.is_some();
    let welcome =
        open || store::person::by_id(grant.person, db)?.is_some_and(|person| person.trial.is_some());
    Ok(lives && welcome && is_usable(grant.person, db)?)
}

/// When a refresh token dies that is issued now.
fn refresh_ends(grant: &Grant, facts: &Facts, now: Timestamp) -> Timestamp {
    if facts.offline { (now + OFFLINE_IDLE).min(grant.created + OFFLINE_LIFE) } else { grant.expires }
}

struct Exchange {
    token: BearerHash,
    service: ServiceId,
    scope: Option<String>,
    access: BearerHash,
    refresh: BearerHash,
    open: bool,
}

async fn refresh(
    form: &Params,
    service: &Service,
    provider: &Provider,
    app: &Appliance,
) -> Result<Tokens, NoTokens> {
    let Some(token) = form.get("refresh_token") else {
        return refused(TokenRefusal::Missing(Parameter::RefreshToken));
    };
    let fresh = Fresh::draw(service, app);
    let Some(refresh) = fresh.refresh.as_ref().map(Bearer::hash) else {
        return refused(TokenRefusal::GrantNotRegistered);
    };
    let scope = form.get("scope").map(str::to_owned);
    let exchange = Exchange {
        token: BearerHash::of(token),
        service: service.id,
        scope: scope.clone(),
        access: fresh.access.hash(),
        refresh,
        open: service.is_open(),
    };
    let signer = Signer::of(service, provider, app)?;
    match app.write(move |db| exchange.run(db)).await? {
        Outcome::Refused(refusal) => refused(refusal),
        Outcome::Granted(grant) => {
            let facts = Facts::of(&grant)?;
            let scope = scope.unwrap_or_else(|| facts.scope.clone());
            // No nonce: it belongs to the login, not to its prolongation (OpenID Connect Core §12.2).
            let login = Login { person: grant.person, facts: &facts, nonce: None };
            let id_token = has_word(&scope, "openid")
                .then(|| signer.id_token(&login, fresh.access.expose(), app))
                .transpose()?;
            Ok(fresh.tokens(scope, id_token))
        }
    }
}

impl Exchange {
    fn run(&self, db: &Write) -> Result<Outcome, Fault> {
        let bad = Ok(Outcome::Refused(TokenRefusal::Grant));
        let now = Timestamp(db.at());
        let Some(found) = store::grant::refresh(&self.token, db)? else { return bad };
        let grant = found.grant;
        if grant.service != self.service {
            return bad;
        }
        if found.used.is_some() {
            return self.reused(&grant, db);
        }
        let facts = Facts::of(&grant)?;
        if now >= found.expires || now >= grant.expires || !is_carried(&grant, &facts, self.open, db)? {
            return bad;
        }
        let scope = self.scope.as_deref().unwrap_or(&facts.scope);
        if !scope.split(' ').all(|word| has_word(&facts.scope, word)) {
            return Ok(Outcome::Refused(TokenRefusal::Scope));
        }
        if !store::grant::use_refresh(&self.token, db)? {
            return self.reused(&grant, db);
        }
        store::grant::insert_access(&self.access, grant.id, scope, now + ACCESS_LIFE, db)?;
        let ends = refresh_ends(&grant, &facts, now);
        store::grant::insert_refresh(&self.refresh, grant.id, ends, db)?;
        if facts.offline {
            store::grant::prolong(grant.id, ends, db)?;
        }
        Ok(Outcome::Granted(Box::new(grant)))
    }

    fn reused(&self, grant: &Grant, db: &Write) -> Result<Outcome, Fault> {
        store::grant::remove(grant.id, db)?;
        let entry = Entry::new(Event::RefreshReused, Actor::Service(self.service));
        store::audit::append(&entry.about(grant.person).at(grant.service).with("grant", grant.id), db)?;
        Ok(Outcome::Refused(TokenRefusal::Grant))
    }
}

/// What is drawn before the write.
struct Fresh {
    access: Bearer,
    refresh: Option<Bearer>,
}

impl Fresh {
    fn draw(service: &Service, app: &Appliance) -> Self {
        let refreshes = service.registration.grant_types.contains(&GrantType::RefreshToken);
        let dice = app.dice.as_ref();
        Self { access: Bearer::draw(dice), refresh: refreshes.then(|| Bearer::draw(dice)) }
    }
    fn tokens(&self, scope: String, id_token: Option<String>) -> Tokens {
        Tokens {
            access_token: self.access.expose().to_owned(),
            token_type: "Bearer",
            expires_in: ACCESS_LIFE.as_seconds(),
            scope,
            id_token,
            refresh_token: self.refresh.as_ref().map(|token| token.expose().to_owned()),
        }
    }
}

/// A signed access token (RFC 9068 §2.2).
#[derive(Serialize)]
struct MachineToken<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: i64,
    iat: i64,
    jti: &'a str,
    client_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    scope: &'a str,
}

/// `client_credentials`: the service asks for itself; no person, no row.
fn for_itself(
    form: &Params,
    service: &Service,
    provider: &Provider,
    app: &Appliance,
) -> Result<Tokens, NoTokens> {
    // Scopes of people mean nothing without one.
    let is_own = |scope: &str| !claims::SCOPES.iter().any(|(name, _)| *name == scope);
    let own = || service.registration.scopes.iter().map(String::as_str).filter(|scope| is_own(scope));
    let scope = match form.get("scope") {
        None => own().collect::<Vec<_>>().join(" "),
        Some(asked) if asked.split(' ').all(|word| own().any(|known| known == word)) => asked.to_owned(),
        Some(_) => return refused(TokenRefusal::Scope),
    };
    if service.is_public() {
        return refused(TokenRefusal::GrantNotRegistered);
    }
    // A machine can not be made up.
    if !service.is_open() {
        return refused(TokenRefusal::NotReleased);
    }
    let key = provider.signer(Algorithm::Es256, app)?;
    let (now, id) = (app.now(), service.id.to_string());
    let jti = URL_SAFE_NO_PAD.encode(draw::<16>(app.dice.as_ref()));
    let token = MachineToken {
        iss: &app.origin,
        sub: &id,
        aud: &app.origin,
        exp: (now + ACCESS_LIFE).as_seconds(),
        iat: now.as_seconds(),
        jti: &jti,
        client_id: &id,
        scope: &scope,
    };
    let access_token = key.sign(ACCESS_JWT, &token).map_err(Fault::from)?;
    Ok(Tokens {
        access_token,
        token_type: "Bearer",
        expires_in: ACCESS_LIFE.as_seconds(),
        scope,
        id_token: None,
        refresh_token: None,
    })
}
