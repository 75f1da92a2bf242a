//! How an answer fails: closed list, each with its own page. `web` draws the page; a fault is logged here once,
//! under an incident number which is all that the page shows.

use crate::store::Fault;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};

/// The number under which a fault stands in the log: eight digits which nobody confuses on the telephone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident(String);

impl Incident {
    /// Draws one.
    #[must_use]
    pub fn draw() -> Self {
        const DIGITS: &[u8; 32] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ23";
        let mut bytes = [0u8; 8];
        // Without randomness the number is all twos; the log line still stands.
        if aws_lc_rs::rand::fill(&mut bytes).is_err() {
            bytes = [0; 8];
        }
        let text: String = bytes.iter().map(|b| char::from(DIGITS[usize::from(b & 31)])).collect();
        Self(format!("{}-{}", &text[..4], &text[4..]))
    }
}

impl std::fmt::Display for Incident {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why there is no better answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// We are broken; it is in the log.
    #[error("fault {0}")]
    Fault(Incident),
    /// Too much at once; try again.
    #[error("busy")]
    Busy,
    /// Nothing here.
    #[error("not found")]
    NotFound,
    /// The address is right, the method is not.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// The request can not be understood.
    #[error("bad request: {0}")]
    BadRequest(&'static str),
    /// Larger than allowed.
    #[error("too large")]
    TooLarge,
    /// The form did not come from our page, or that page was too old.
    #[error("forged or stale form")]
    Forged,
    /// Logged in, but this is somebody else's.
    #[error("not yours")]
    NotYours,
    /// The sign-in is over: answered, given up, or too old.
    #[error("sign-in is over")]
    SignInOver,
    /// The sign-in was opened in another browser.
    #[error("another browser")]
    OtherBrowser,
    /// Too many attempts; seconds until the next.
    #[error("too many requests")]
    TooMany(u32),
    /// No such service.
    #[error("unknown service")]
    UnknownService,
    /// The service logs nobody in for now: it waits for an operator, or is paused.
    #[error("service closed")]
    ServiceClosed,
    /// The service asks for an answer to an address which is not registered.
    #[error("unregistered address")]
    UnregisteredAddress,
    /// The service's request has a mistake for which it can not be sent back.
    #[error("service mistake: {0}")]
    ServiceMistake(&'static str),
    /// The card, key or invitation is used up or expired.
    #[error("gone")]
    Gone,
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        if matches!(fault, Fault::Busy) {
            return Self::Busy;
        }
        Self::fault("store", &fault)
    }
}

impl Trouble {
    /// We are broken: logs `why` once, under a new incident number.
    pub fn fault(place: &'static str, why: &dyn std::fmt::Display) -> Self {
        let incident = Incident::draw();
        tracing::error!(%incident, place, %why, "Fault");
        Self::Fault(incident)
    }
    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BadRequest(_)
            | Self::UnknownService
            | Self::ServiceClosed
            | Self::UnregisteredAddress
            | Self::ServiceMistake(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Forged | Self::NotYours | Self::OtherBrowser => StatusCode::FORBIDDEN,
            Self::SignInOver | Self::Gone => StatusCode::GONE,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        }
    }
}

impl ResponseError for Trouble {
    fn status_code(&self) -> StatusCode {
        self.status()
    }
    /// Bare: `app` lays the page of this trouble over it, in the browser's language.
    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status());
        if let Self::TooMany(seconds) = self {
            answer.insert_header(("retry-after", *seconds));
        }
        if matches!(self, Self::Busy) {
            answer.insert_header(("retry-after", 2));
        }
        let mut answer = answer.finish();
        answer.extensions_mut().insert(self.clone());
        answer
    }
}
