//! The protocol says no: an enum per act, and for each one exhaustive match to the code of its standard.
//!
//! Descriptions are fixed texts of the characters which RFC 6749 §5.2 allows (no quotes, no backslash, ASCII);
//! nothing of the request is ever repeated in them.

/// `error` and `error_description`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OAuthError {
    /// The registered code.
    pub code: &'static str,
    /// For the developer who reads it.
    pub description: &'static str,
}

const fn error(code: &'static str, description: &'static str) -> OAuthError {
    OAuthError { code, description }
}

/// Why a request to log in ends on our own page: no address to answer to is known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Here {
    /// `client_id` is missing or unknown.
    UnknownService,
    /// The service waits for an operator, or is paused.
    ClosedService,
    /// `redirect_uri` is missing or not registered.
    UnregisteredAddress,
}

/// Why a login is refused to a service; travels back through its return address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No `response_type`.
    ResponseTypeMissing,
    /// Not `code`.
    ResponseTypeUnsupported,
    /// The service is not registered for the code flow.
    CodeFlowNotRegistered,
    /// Neither `query` nor `form_post`.
    ResponseMode,
    /// `scope` has characters which it can not have.
    ScopeMalformed,
    /// `scope` without `openid`.
    ScopeWithoutOpenid,
    /// `state` is too long.
    StateTooLong,
    /// `nonce` is too long.
    NonceTooLong,
    /// PKCE is required and missing.
    ChallengeMissing,
    /// The challenge is not 43 letters of base64url.
    ChallengeMalformed,
    /// `plain`, or a method without a challenge, or an unknown one.
    ChallengeMethod,
    /// `request` is used.
    RequestObject,
    /// `request_uri` is used.
    RequestUri,
    /// `registration` is used.
    RegistrationParameter,
    /// `prompt` is unknown, or `none` beside another.
    Prompt,
    /// `max_age` is not a whole number.
    MaxAge,
    /// `claims` is not what OpenID Connect Core §5.5 describes, or too large.
    Claims,
    /// `id_token_hint` is not an ID token of ours for this service.
    Hint,
    /// `prompt=none`, and nobody is logged in (or not freshly enough, or somebody else).
    LoginRequired,
    /// `prompt=none`, and something must be asked of the person.
    InteractionRequired,
    /// `prompt=none`, and the person has not agreed.
    ConsentRequired,
    /// The level asked for can not be reached (OpenID Connect Core Error Code
    /// `unmet_authentication_requirements` 1.0).
    LevelUnmet,
    /// The person declined.
    Declined,
    /// Somebody else logged in than the one whom the service asked for.
    OtherPerson,
    /// The account is blocked or gone.
    AccountUnusable,
}

impl Refusal {
    /// The code of its standard.
    #[must_use]
    pub const fn oauth(self) -> OAuthError {
        const BAD: &str = "invalid_request";
        match self {
            Self::ResponseTypeMissing => error(BAD, "response_type is missing; use code"),
            Self::ResponseTypeUnsupported => {
                error("unsupported_response_type", "only response_type=code is supported")
            }
            Self::CodeFlowNotRegistered => {
                error("unauthorized_client", "this client is not registered for authorization_code")
            }
            Self::ResponseMode => error(BAD, "response_mode must be query or form_post"),
            Self::ScopeMalformed => error("invalid_scope", "scope is malformed"),
            Self::ScopeWithoutOpenid => error("invalid_scope", "scope must contain openid"),
            Self::StateTooLong => error(BAD, "state is longer than 2048 bytes"),
            Self::NonceTooLong => error(BAD, "nonce is longer than 512 bytes"),
            Self::ChallengeMissing => error(BAD, "code_challenge is required (PKCE, S256)"),
            Self::ChallengeMalformed => error(BAD, "code_challenge must be 43 characters of base64url"),
            Self::ChallengeMethod => error(BAD, "code_challenge_method must be S256"),
            Self::RequestObject => error("request_not_supported", "the request parameter is not supported"),
            Self::RequestUri => {
                error("request_uri_not_supported", "the request_uri parameter is not supported")
            }
            Self::RegistrationParameter => {
                error("registration_not_supported", "the registration parameter is not supported")
            }
            Self::Prompt => error(BAD, "prompt is unknown, or none is combined with another value"),
            Self::MaxAge => error(BAD, "max_age must be a whole number of seconds"),
            Self::Claims => error(BAD, "the claims parameter is malformed or too large"),
            Self::Hint => error(BAD, "id_token_hint is not an ID token issued to this client"),
            Self::LoginRequired => error("login_required", "nobody is logged in as the request demands"),
            Self::InteractionRequired => {
                error("interaction_required", "the person must do something, which prompt=none forbids")
            }
            Self::ConsentRequired => {
                error("consent_required", "the person has not agreed yet, and prompt=none forbids to ask")
            }
            Self::LevelUnmet => {
                error("unmet_authentication_requirements", "the required level of assurance was not reached")
            }
            Self::Declined => error("access_denied", "the person declined"),
            Self::OtherPerson => error("access_denied", "another person than the requested one logged in"),
            Self::AccountUnusable => error("access_denied", "the account can not be used"),
        }
    }
}

/// Why the token endpoint, introspection or revocation refuses (RFC 6749 §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenRefusal {
    /// Not a form, or a parameter twice, or not UTF-8.
    Form,
    /// Two ways of client authentication at once.
    TwoAuthentications,
    /// A parameter is missing.
    Missing(Parameter),
    /// The client did not prove itself by its registered method. `basic`: it tried HTTP Basic.
    Client {
        /// Answer with a challenge for Basic.
        basic: bool,
    },
    /// No such `grant_type` here.
    GrantType,
    /// The client is not registered for this grant.
    GrantNotRegistered,
    /// The service acts for itself, and no operator has let it in.
    NotReleased,
    /// Code, verifier, address or refresh token are not good; which, is nobody's business.
    Grant,
    /// A scope was asked which was not granted.
    Scope,
    /// A token whose kind can not be revoked (RFC 7009 §2.2.1).
    TokenType,
}

/// A parameter which can be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// `grant_type`
    GrantType,
    /// `code`
    Code,
    /// `redirect_uri`
    RedirectUri,
    /// `refresh_token`
    RefreshToken,
    /// `token`
    Token,
}

impl TokenRefusal {
    /// The code of its standard.
    #[must_use]
    pub const fn oauth(self) -> OAuthError {
        const BAD: &str = "invalid_request";
        match self {
            Self::Form => error(
                BAD,
                "the body must be one well-formed application/x-www-form-urlencoded form, each parameter once",
            ),
            Self::TwoAuthentications => error(BAD, "more than one way of client authentication is used"),
            Self::Missing(Parameter::GrantType) => error(BAD, "grant_type is missing"),
            Self::Missing(Parameter::Code) => error(BAD, "code is missing"),
            Self::Missing(Parameter::RedirectUri) => error(BAD, "redirect_uri is missing"),
            Self::Missing(Parameter::RefreshToken) => error(BAD, "refresh_token is missing"),
            Self::Missing(Parameter::Token) => error(BAD, "token is missing"),
            Self::Client { .. } => {
                error("invalid_client", "client authentication failed; use exactly the registered method")
            }
            Self::GrantType => error("unsupported_grant_type", "this grant_type is not supported"),
            Self::GrantNotRegistered => {
                error("unauthorized_client", "this client is not registered for this grant_type")
            }
            Self::NotReleased => {
                error("unauthorized_client", "an operator must let this client in before it acts for itself")
            }
            Self::Grant => error(
                "invalid_grant",
                "the grant is unknown, expired, used, or does not belong to this request",
            ),
            Self::Scope => error("invalid_scope", "scope exceeds what was granted or registered"),
            Self::TokenType => error("unsupported_token_type", "signed access tokens end by themselves"),
        }
    }
    /// The status of RFC 6749 §5.2.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Client { .. } => 401,
            _ => 400,
        }
    }
}

/// Why a bearer token opens nothing (RFC 6750 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BearerRefusal {
    /// No token at all: a bare challenge.
    Missing,
    /// A token in the query, or in two places.
    Malformed,
    /// Unknown, expired, revoked, or its person is gone.
    Invalid,
    /// It was not issued for `openid`.
    Scope,
}

impl BearerRefusal {
    /// Code and status; without a token there is no code.
    #[must_use]
    pub const fn oauth(self) -> (u16, Option<OAuthError>) {
        match self {
            Self::Missing => (401, None),
            Self::Malformed => (
                400,
                Some(error(
                    "invalid_request",
                    "send the token once, in the header or in a form, never in the query",
                )),
            ),
            Self::Invalid => {
                (401, Some(error("invalid_token", "the access token is unknown, expired or revoked")))
            }
            Self::Scope => {
                (403, Some(error("insufficient_scope", "the access token was not issued for openid")))
            }
        }
    }
}
