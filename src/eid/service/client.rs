//! The three calls.

use super::message::{
    Act, GetResultRequest, Minor, ServerInfo, SessionId, Started, UseIdRequest, parse_get_result,
    parse_use_id, server_info_request,
};
use super::settings::Checked;
use super::transport::{PATIENCE, Transport, TransportError};
use super::ws_security::{self, Guard, Opened, SecurityError};
use crate::domain::identity_check::CheckRefused;
use crate::domain::time::Clock;
use crate::eid::answer::{EidLevel, Outcome};
use crate::eid::request::Request;
use crate::xml::read::{self, Limits};
use crate::xml::signature::{SOAP, SignatureError, SigningKey};
use crate::xml::write::Node;
use crate::xml::{Element, XmlError};
use hyper::Uri;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Why a call gave nothing that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// The settings name an address that HTTP can not use, or our key does not sign.
    #[error("our own message could not be made")]
    Ours,
    /// No answer.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// An answer that is not taken.
    #[error("the answer is not taken: {0}")]
    Security(#[from] SecurityError),
    /// A signed answer that is not by the schema.
    #[error("the answer is not by the schema: {0}")]
    Message(#[from] XmlError),
    /// The service refuses.
    #[error("the service refuses: {}", .0.code())]
    Refused(Minor),
    /// The service names no address for the holder's program, and the settings neither.
    #[error("the service names no server address, and none is configured")]
    NoServerAddress,
}

impl ServiceError {
    /// Whether asking again may help: the connection failed, not what came over it.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Transport(_))
    }

    /// What a person is told.
    #[must_use]
    pub fn refused(&self) -> CheckRefused {
        match self {
            Self::Refused(minor) => minor.refused(),
            _ => CheckRefused::ProviderDown,
        }
    }
}

/// What becomes of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The holder has not finished.
    NotYet,
    /// It is over; the service has forgotten everything.
    Ended(Box<Outcome>),
}

/// Speaks to one service.
pub struct Client {
    transport: Transport,
    key: SigningKey,
    guard: Guard,
    /// Messages so far.
    written: AtomicU32,
    paos_address: Option<String>,
    token_address: Option<String>,
    asks_level: bool,
}

impl Client {
    /// With checked settings.
    ///
    /// # Errors
    /// [`ServiceError::Ours`].
    pub fn new(settings: Checked) -> Result<Self, ServiceError> {
        Self::with_patience(settings, PATIENCE)
    }

    pub(super) fn with_patience(settings: Checked, patience: Duration) -> Result<Self, ServiceError> {
        let address: Uri = settings.address.as_str().parse().map_err(|_why| ServiceError::Ours)?;
        Ok(Self {
            transport: Transport::new(address, settings.tls, patience),
            key: settings.key,
            guard: Guard::new(settings.signers),
            written: AtomicU32::new(0),
            paos_address: settings.paos_address,
            token_address: settings.token_address,
            asks_level: settings.asks_level,
        })
    }

    /// Where the provider hands out TC tokens itself; see [`super::ServiceSettings::token_address`].
    #[must_use]
    pub fn token_address(&self) -> Option<&str> {
        self.token_address.as_deref()
    }

    /// Opens a session for a request. The answer always has a server address.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn use_id(&self, request: &Request, clock: &dyn Clock) -> Result<Started, ServiceError> {
        let level = self.asks_level.then_some(EidLevel::High);
        let asked = UseIdRequest { request: request.clone(), level, psk: None };
        let opened = self.call(Act::UseId, &asked.write(), clock).await?;
        let answer = inside(&opened, parse_use_id)?;
        let mut started = answer.map_err(ServiceError::Refused)?;
        self.guard.once(&opened, clock.now())?;
        started.server_address = started.server_address.or_else(|| self.paos_address.clone());
        if started.server_address.is_none() {
            return Err(ServiceError::NoServerAddress);
        }
        Ok(started)
    }

    /// Asks for the result of a session; `counter` is more than in every call before.
    ///
    /// # Errors
    /// [`ServiceError`], but not [`ServiceError::Refused`]: a refusal ends the session.
    pub async fn get_result(
        &self,
        session: &SessionId,
        counter: i32,
        clock: &dyn Clock,
    ) -> Result<Progress, ServiceError> {
        let asked = GetResultRequest { session: session.clone(), counter };
        let opened = self.call(Act::GetResult, &asked.write(), clock).await?;
        let answer = match inside(&opened, parse_get_result)? {
            Ok(answer) => answer,
            Err(Minor::NoResultYet) => return Ok(Progress::NotYet),
            Err(minor) => {
                tracing::info!(minor = minor.code(), "The eID service ended a session without a result");
                return Ok(Progress::Ended(Box::new(Err(minor.refused()))));
            }
        };
        self.guard.once(&opened, clock.now())?;
        if self.asks_level && answer.level != Some(EidLevel::High) {
            tracing::warn!("The eID service answered with less than the level of assurance that was asked");
            return Ok(Progress::Ended(Box::new(Err(CheckRefused::ProviderDown))));
        }
        Ok(Progress::Ended(Box::new(Ok(answer))))
    }

    /// Asks which server this is and what its certificate for us allows.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn server_info(&self, clock: &dyn Clock) -> Result<ServerInfo, ServiceError> {
        let opened = self.call(Act::GetServerInfo, &server_info_request(), clock).await?;
        inside(&opened, ServerInfo::parse)
    }

    async fn call(&self, act: Act, content: &Node, clock: &dyn Clock) -> Result<Opened, ServiceError> {
        let nth = self.written.fetch_add(1, Ordering::Relaxed);
        let signed = ws_security::sign_nth(content, &self.key, clock.now(), nth);
        let message = signed.map_err(|_why: SignatureError| ServiceError::Ours)?;
        let answer = self.transport.post(act, message, Limits::MESSAGE.bytes).await?;
        Ok(self.guard.open(&answer, clock.now())?)
    }
}

/// Reads the one element inside a signed body.
fn inside<T>(
    opened: &Opened,
    parse: impl Fn(&Element<'_>) -> Result<T, XmlError>,
) -> Result<T, ServiceError> {
    let document = read::parse(&opened.body, Limits::MESSAGE)?;
    let body = document.root();
    let mut elements = body.elements();
    match (elements.next(), elements.next()) {
        (Some(only), None) if body.is(SOAP, "Body") => Ok(parse(&only)?),
        _ => Err(ServiceError::Message(body.wrong())),
    }
}
