//! How the API says no: problem details (RFC 9457), for programs and in plain English for whoever reads their log.

use crate::http::Trouble;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ETAG, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use serde_json::Value;

/// One member of the body that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Wrong {
    /// Where (RFC 6901).
    pub(crate) pointer: String,
    /// What, and what would be right.
    pub(crate) detail: String,
}

impl Wrong {
    /// A member, or one of its parts; the empty name is the whole.
    pub(crate) fn at(member: impl AsRef<str>, detail: impl Into<String>) -> Self {
        let member = member.as_ref();
        let pointer =
            member.split('/').filter(|part| !part.is_empty()).fold(String::new(), |to, part| to + "/" + part);
        Self { pointer, detail: detail.into() }
    }
}

/// Why there is no better answer.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    title: &'static str,
    detail: String,
    errors: Vec<Wrong>,
    /// What a token lacks (RFC 6750 §3).
    challenge: Option<String>,
    retry_after: Option<u32>,
    /// For who was too slow; boxed, so that all others are small.
    now: Option<Box<Now>>,
}

/// What stands instead of what somebody has seen.
#[derive(Debug)]
struct Now {
    /// Its version.
    etag: HeaderValue,
    /// All of it, for who may be told.
    current: Option<Value>,
}

impl Problem {
    fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            title,
            detail: detail.into(),
            errors: Vec::new(),
            challenge: None,
            retry_after: None,
            now: None,
        }
    }

    /// No token, or one that opens nothing.
    pub(crate) fn unauthorized(presented: bool) -> Self {
        let challenge =
            if presented { "Bearer realm=\"api\", error=\"invalid_token\"" } else { "Bearer realm=\"api\"" };
        let detail = if presented {
            "The token is unknown, has ended, or its maker is no longer an owner. Make a new one at /services/tokens."
        } else {
            "Send a token of your organisation: Authorization: Bearer tht_…"
        };
        Self {
            challenge: Some(challenge.to_owned()),
            ..Self::new(StatusCode::UNAUTHORIZED, "Unauthorized", detail)
        }
    }

    /// A good token for something else.
    pub(crate) fn scope(needed: &str) -> Self {
        let challenge = format!("Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"{needed}\"");
        let detail = format!("This needs the scope {needed}, which the token does not have.");
        Self { challenge: Some(challenge), ..Self::new(StatusCode::FORBIDDEN, "Insufficient scope", detail) }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found", "Your organisation has nothing of this id.")
    }

    /// A request that says something else than this one wants.
    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Bad request", detail)
    }

    /// Members of the body that are wrong, all at once.
    pub(crate) fn wrong(errors: Vec<Wrong>) -> Self {
        let detail = "Some members are wrong; `errors` names them all. Nothing was changed.";
        Self { errors, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Wrong members", detail) }
    }

    /// What is to be changed must be named by its version (RFC 6585 §3).
    pub(crate) fn no_version() -> Self {
        let detail = "Send If-Match with the ETag that you were given, so that nobody's change is lost.";
        Self::new(StatusCode::PRECONDITION_REQUIRED, "Precondition required", detail)
    }

    /// Somebody else was faster (RFC 9110 §13.1.1): the version that stands now, and all of it for who may be told.
    pub(crate) fn changed(etag: HeaderValue, current: Option<Value>) -> Self {
        let detail = "The service was changed in between: see ETag for its version. Nothing was changed.";
        let now = Some(Box::new(Now { etag, current }));
        Self { now, ..Self::new(StatusCode::PRECONDITION_FAILED, "Precondition failed", detail) }
    }
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        let status = trouble.status();
        match trouble {
            Trouble::NotFound => Self::new(status, "Not found", "Nothing is at this address."),
            Trouble::MethodNotAllowed => {
                Self::new(status, "Method not allowed", "The address is right, the method is not.")
            }
            // Inside a write: the token or its maker went while it was on its way.
            Trouble::NotYours => Self::unauthorized(true),
            Trouble::TooMany(seconds) => Self {
                retry_after: Some(seconds),
                ..Self::new(status, "Too many requests", format!("Try again in {seconds} seconds."))
            },
            Trouble::Busy => Self {
                retry_after: Some(2),
                ..Self::new(status, "Busy", "Too much at once. Try again in two seconds.")
            },
            Trouble::TooLarge => Self::new(status, "Too large", "At most 80 KiB of body, 32 KiB of query."),
            Trouble::Fault(incident) => {
                Self::new(status, "Fault", format!("We are broken; the log has it under {incident}."))
            }
            other => Self::new(status, "Bad request", other.to_string()),
        }
    }
}

impl From<crate::store::Fault> for Problem {
    fn from(fault: crate::store::Fault) -> Self {
        Trouble::from(fault).into()
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.detail)
    }
}

#[derive(Serialize)]
struct Details<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [Wrong],
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<&'a Value>,
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }
    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        answer.insert_header((CACHE_CONTROL, "no-store")).content_type("application/problem+json");
        if let Some(challenge) = &self.challenge {
            answer.insert_header((WWW_AUTHENTICATE, challenge.as_str()));
        }
        if let Some(seconds) = self.retry_after {
            answer.insert_header((RETRY_AFTER, seconds));
        }
        if let Some(now) = &self.now {
            answer.insert_header((ETAG, now.etag.clone()));
        }
        let details = Details {
            kind: "about:blank",
            title: self.title,
            status: self.status.as_u16(),
            detail: &self.detail,
            errors: &self.errors,
            current: self.now.as_ref().and_then(|now| now.current.as_ref()),
        };
        // Strings and numbers always serialise.
        answer.body(serde_json::to_string(&details).unwrap_or_default())
    }
}
