//! The OpenID Connect side: sends a browser to the provider, and judges what comes back.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod,
    CoreGenderClaim, CoreGrantType, CoreIdToken, CoreIdTokenClaims, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm,
    CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalClaims, AdditionalProviderMetadata, AuthType,
    AuthenticationContextClass, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, ClientId,
    ClientSecret, CsrfToken, EndSessionUrl, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl,
    LanguageTag, LogoutRequest, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier,
    PostLogoutRedirectUrl, ProviderMetadata, RedirectUrl, RequestTokenError, Scope, TokenResponse,
    UserInfoClaims, UserInfoError,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::client::HttpClient;
use super::random;
use super::service::{
    ClientAuth, IdTokenAlg, Lang, Registration, Service, post_logout_redirect_uri, redirect_uri,
};
use super::trouble::Trouble;

/// What the provider publishes beyond OpenID Connect Discovery 1.0, as far as we use it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Extras {
    end_session_endpoint: Option<EndSessionUrl>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}
impl AdditionalProviderMetadata for Extras {}

/// Claims beyond the standard set, such as `age_over_18`.
#[derive(Debug, Serialize, Deserialize)]
struct MoreClaims(BTreeMap<String, Value>);
impl AdditionalClaims for MoreClaims {}

type Metadata = ProviderMetadata<
    Extras,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;
type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What a test may ask of a login beyond the usual.
#[derive(Default, Deserialize)]
pub struct Wish {
    prompt: Option<String>,
    max_age: Option<u64>,
    acr_values: Option<String>,
}

/// A login on its way; it lives in the session of the browser that began it.
pub struct Pending {
    state: String,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
    max_age: Option<u64>,
}

impl Pending {
    /// The `state` it was sent out with.
    pub fn state(&self) -> &str {
        &self.state
    }

    #[cfg(test)]
    pub fn with_state(state: &str) -> Self {
        Self {
            state: state.to_owned(),
            nonce: Nonce::new(random::token()),
            verifier: PkceCodeVerifier::new(random::token()),
            max_age: None,
        }
    }
}

/// The authorization response as it stands in the query (a doubled parameter does not parse).
#[derive(Deserialize)]
pub struct Answer {
    /// Which login this answers.
    pub state: String,
    iss: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

/// A signed-in person, as this service knows them.
pub struct Visitor {
    id_token: CoreIdToken,
    /// The verified claims of the ID token.
    pub id_token_claims: Value,
    /// The answer of the userinfo endpoint, its `sub` checked against the ID token.
    pub claims: Value,
    /// The pseudonym.
    pub sub: String,
    /// The level reached.
    pub acr: Option<String>,
}

/// One service as a client of one provider.
pub struct RelyingParty {
    service: &'static Service,
    registration: Registration,
    issuer: IssuerUrl,
    redirect: RedirectUrl,
    http: HttpClient,
    /// Discovery and keys; fetched at the first login, again when a signature does not fit.
    known: Mutex<Option<Arc<Metadata>>>,
}

impl RelyingParty {
    /// # Errors
    /// `InvalidInput` if the issuer is no URL or `root_pem` no certificate.
    pub fn new(
        service: &'static Service,
        registration: Registration,
        root_pem: Option<&str>,
    ) -> std::io::Result<Self> {
        let issuer = IssuerUrl::new(registration.issuer.clone())
            .map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidInput, error))?;
        let redirect = RedirectUrl::from_url(redirect_uri(&registration.base_url));
        let http = HttpClient::new(root_pem)?;
        Ok(Self { service, registration, issuer, redirect, http, known: Mutex::new(None) })
    }

    /// The service this client belongs to.
    pub fn service(&self) -> &'static Service {
        self.service
    }

    /// What the registrar handed over.
    pub fn registration(&self) -> &Registration {
        &self.registration
    }

    /// The origin of the provider, for the `form-action` of the logout form.
    pub fn provider_origin(&self) -> String {
        self.issuer.url().origin().ascii_serialization()
    }

    /// The address of the authorization endpoint with a new login, and what to remember of it.
    ///
    /// # Errors
    /// `Unreachable` if discovery fails.
    pub async fn begin(&self, wish: &Wish, lang: Lang) -> Result<(Url, Pending), Trouble> {
        let metadata = self.provider().await?;
        let client = self.client(&metadata);
        let pending = Pending {
            state: random::token(),
            nonce: Nonce::new(random::token()),
            verifier: PkceCodeVerifier::new(random::token()),
            max_age: wish.max_age,
        };
        let (state, nonce) = (CsrfToken::new(pending.state.clone()), pending.nonce.clone());
        let mut request = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                move || state,
                move || nonce,
            )
            // The library adds `openid` itself.
            .add_scopes(self.service.scopes.iter().skip(1).map(|scope| Scope::new((*scope).to_owned())))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&pending.verifier))
            .add_ui_locale(LanguageTag::new(lang.code().to_owned()));
        for acr in wish.acr_values.as_deref().or(self.service.acr).unwrap_or_default().split_whitespace() {
            request = request.add_auth_context_value(AuthenticationContextClass::new(acr.to_owned()));
        }
        for prompt in wish.prompt.as_deref().unwrap_or_default().split_whitespace() {
            request = request.add_prompt(prompt_named(prompt));
        }
        if let Some(seconds) = wish.max_age {
            request = request.set_max_age(Duration::from_secs(seconds));
        }
        Ok((request.url().0, pending))
    }

    /// Judges the answer to a login and fetches what it promises.
    ///
    /// # Errors
    /// The `Trouble` to show; nothing of the answer is kept then.
    pub async fn finish(&self, pending: Pending, answer: Answer) -> Result<Visitor, Trouble> {
        let metadata = self.provider().await?;
        self.check_issuer(&metadata, answer.iss.as_deref())?;
        if let Some(code) = answer.error {
            return Err(Trouble::from_code(&code));
        }
        let code = answer.code.ok_or(Trouble::Garbled)?;
        let client = self.client(&metadata);
        let tokens = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| self.note("token endpoint", &error, Trouble::Unreachable))?
            .set_pkce_verifier(pending.verifier)
            .request_async(&self.http)
            .await
            .map_err(|error| match error {
                RequestTokenError::Request(_) => self.note("token endpoint", &error, Trouble::Unreachable),
                _ => self.note("token endpoint", &error, Trouble::NotTrusted),
            })?;
        let id_token = tokens.id_token().ok_or(Trouble::NotTrusted)?;
        let facts = self.verified(metadata, id_token, tokens.access_token(), &pending.nonce).await?;
        self.check_strength(&facts, pending.max_age)?;
        let claims: UserInfoClaims<MoreClaims, CoreGenderClaim> = client
            .user_info(tokens.access_token().clone(), Some(facts.subject().clone()))
            .map_err(|error| self.note("userinfo endpoint", &error, Trouble::Unreachable))?
            .request_async(&self.http)
            .await
            .map_err(|error| match error {
                UserInfoError::Request(_) => self.note("userinfo endpoint", &error, Trouble::Unreachable),
                _ => self.note("userinfo endpoint", &error, Trouble::NotTrusted),
            })?;
        Ok(Visitor {
            id_token: id_token.clone(),
            id_token_claims: serde_json::to_value(&facts).unwrap_or_default(),
            claims: serde_json::to_value(&claims).unwrap_or_default(),
            sub: facts.subject().to_string(),
            acr: facts.auth_context_ref().map(|acr| acr.to_string()),
        })
    }

    /// Where to send the browser so that the provider ends its session as well
    /// (RP-Initiated Logout 1.0 §2); `None` if the provider offers no such address.
    pub async fn farewell(&self, visitor: &Visitor, state: &str, lang: Lang) -> Option<Url> {
        let metadata = self.provider().await.ok()?;
        let address = metadata.additional_metadata().end_session_endpoint.clone()?;
        let back = post_logout_redirect_uri(&self.registration.base_url);
        let request = LogoutRequest::from(address)
            .set_id_token_hint(&visitor.id_token)
            .set_post_logout_redirect_uri(PostLogoutRedirectUrl::from_url(back))
            .set_state(CsrfToken::new(state.to_owned()))
            .add_ui_locale(LanguageTag::new(lang.code().to_owned()));
        Some(request.http_get_url())
    }

    /// RFC 9207 §2.4, also for error answers: a provider that says it names itself must do so, and
    /// any name given must be letter by letter the issuer that was asked.
    fn check_issuer(&self, metadata: &Metadata, iss: Option<&str>) -> Result<(), Trouble> {
        let announced = metadata.additional_metadata().authorization_response_iss_parameter_supported;
        match iss {
            Some(iss) if iss == self.issuer.as_str() => Ok(()),
            None if !announced => Ok(()),
            _ => Err(Trouble::WrongIssuer),
        }
    }

    /// Verifies the ID token; keys may have turned since they were fetched, so a signature that does
    /// not fit gets a second look with fresh ones.
    async fn verified(
        &self,
        metadata: Arc<Metadata>,
        id_token: &CoreIdToken,
        access_token: &AccessToken,
        nonce: &Nonce,
    ) -> Result<CoreIdTokenClaims, Trouble> {
        let mut outcome = self.verify(&metadata, id_token, access_token, nonce);
        if matches!(outcome, Err(ClaimsVerificationError::SignatureVerification(_))) {
            outcome = self.verify(&*self.discover().await?, id_token, access_token, nonce);
        }
        outcome.map_err(|error| self.note("ID token", &error, Trouble::NotTrusted))
    }

    /// OpenID Connect Core 1.0 §3.1.3.7 and, for `at_hash`, §3.1.3.8.
    fn verify(
        &self,
        metadata: &Metadata,
        id_token: &CoreIdToken,
        access_token: &AccessToken,
        nonce: &Nonce,
    ) -> Result<CoreIdTokenClaims, ClaimsVerificationError> {
        let client = self.client(metadata);
        let verifier = client.id_token_verifier().set_allowed_algs([match self.service.id_token_alg {
            IdTokenAlg::Es256 => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
            IdTokenAlg::Rs256 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        }]);
        let claims = id_token.claims(&verifier, nonce)?;
        if let Some(stated) = claims.access_token_hash() {
            let alg = id_token.signing_alg().map_err(ClaimsVerificationError::SignatureVerification)?;
            let key =
                id_token.signing_key(&verifier).map_err(ClaimsVerificationError::SignatureVerification)?;
            let found = AccessTokenHash::from_token(access_token, alg, key)
                .map_err(|error| ClaimsVerificationError::Other(error.to_string()))?;
            if found != *stated {
                return Err(ClaimsVerificationError::Other(
                    "at_hash belongs to another access token".to_owned(),
                ));
            }
        }
        Ok(claims.clone())
    }

    /// The level this service needs, and the age of the login if one was asked for (§3.1.3.7 steps 12
    /// and 13). The token's own `iat` is the clock, it was just issued.
    fn check_strength(&self, facts: &CoreIdTokenClaims, max_age: Option<u64>) -> Result<(), Trouble> {
        if level(facts.auth_context_ref().map(|acr| acr.as_str())) < level(self.service.acr) {
            return Err(Trouble::LevelTooLow);
        }
        let Some(max_age) = max_age else { return Ok(()) };
        let age = facts.auth_time().map(|then| facts.issue_time().timestamp() - then.timestamp());
        match age {
            Some(age) if age <= i64::try_from(max_age).unwrap_or(i64::MAX) => Ok(()),
            _ => Err(Trouble::NotTrusted),
        }
    }

    async fn provider(&self) -> Result<Arc<Metadata>, Trouble> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match known {
            Some(metadata) => Ok(metadata),
            None => self.discover().await,
        }
    }

    async fn discover(&self) -> Result<Arc<Metadata>, Trouble> {
        let metadata = Metadata::discover_async(self.issuer.clone(), &self.http)
            .await
            .map_err(|error| self.note("discovery", &error, Trouble::Unreachable))?;
        let metadata = Arc::new(metadata);
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&metadata));
        Ok(metadata)
    }

    fn client(&self, metadata: &Metadata) -> Client {
        let client = CoreClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(self.registration.client_id.clone()),
            self.registration.client_secret.clone().map(ClientSecret::new),
        )
        .set_redirect_uri(self.redirect.clone());
        client.set_auth_type(match self.service.auth {
            ClientAuth::Basic => AuthType::BasicAuth,
            ClientAuth::Post | ClientAuth::None => AuthType::RequestBody,
        })
    }

    /// Logs what broke, with its causes and without a person's data, and goes on with what to show.
    fn note(&self, at: &'static str, error: &dyn std::error::Error, trouble: Trouble) -> Trouble {
        let mut story: Cow<'_, str> = error.to_string().into();
        let mut cause = error.source();
        while let Some(error) = cause {
            story = format!("{story}: {error}").into();
            cause = error.source();
        }
        tracing::warn!(service = self.service.key, at, error = %story, "demo service: login failed");
        trouble
    }
}

fn prompt_named(prompt: &str) -> CoreAuthPrompt {
    match prompt {
        "none" => CoreAuthPrompt::None,
        "login" => CoreAuthPrompt::Login,
        "consent" => CoreAuthPrompt::Consent,
        "select_account" => CoreAuthPrompt::SelectAccount,
        other => CoreAuthPrompt::Extension(other.to_owned()),
    }
}

/// The order of the levels; what is unknown counts as none.
pub fn level(acr: Option<&str>) -> u8 {
    match acr.and_then(|acr| acr.strip_prefix("http://eidas.europa.eu/LoA/")) {
        Some("low") => 1,
        Some("substantial") => 2,
        Some("high") => 3,
        _ => 0,
    }
}
