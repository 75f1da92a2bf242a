//! One message of a customer and its answer.

use super::book::Facade;
use super::customer::Customer;
use super::session;
use crate::domain::time::Timestamp;
use crate::eid::service::message::{
    Act, GetResultRequest, Minor, ServerInfo, UseIdRequest, is_server_info_request, write_get_result,
    write_use_id,
};
use crate::eid::service::ws_security::{self, SecurityError};
use crate::http::{Appliance, Trouble};
use crate::store;
use crate::xml::read::{self, Limits};
use crate::xml::signature::{SOAP, SignatureError, WSSE};
use crate::xml::write::{Node, leaf, node};
use crate::xml::{Element, XmlError};

/// The version of the interface: that of the guideline.
const INTERFACE: (i32, i32) = (2, 4);

/// Why a message is answered with a SOAP fault, which nobody signs.
#[derive(Debug, thiserror::Error)]
pub enum NoCall {
    /// Not signed by a customer, or not fresh.
    #[error(transparent)]
    Security(#[from] SecurityError),
    /// The customer's certificate has ended.
    #[error("the certificate that signed the message is not valid today")]
    Certificate,
    /// Signed, and none of the three requests.
    #[error("the message is no request of the eID-Interface: {0}")]
    Message(#[from] XmlError),
    /// We are broken; it is in the log.
    #[error("{0}")]
    Trouble(#[from] Trouble),
    /// Our answer could not be signed.
    #[error("the answer can not be signed: {0}")]
    Answer(SignatureError),
}

impl NoCall {
    /// Whether it may be somebody's attempt.
    #[must_use]
    pub const fn is_suspicious(&self) -> bool {
        matches!(self, Self::Security(_) | Self::Certificate)
    }

    /// The fault (SOAP 1.1 §4.4; WS-Security 1.1 §12). It says no more than whose mistake it is.
    #[must_use]
    pub fn fault(&self) -> String {
        let (code, text) = match self {
            Self::Security(_) | Self::Certificate => {
                ("wsse:InvalidSecurity", "The message is not signed, not fresh, or not by a customer.")
            }
            Self::Message(_) => ("soap:Client", "The message is no request of the eID-Interface."),
            Self::Trouble(_) | Self::Answer(_) => ("soap:Server", "Try again later."),
        };
        let fault = node("soap:Fault").child(leaf("faultcode", code)).child(leaf("faultstring", text));
        node("soap:Envelope")
            .with("xmlns:soap", SOAP)
            .with("xmlns:wsse", WSSE)
            .child(node("soap:Body").child(fault))
            .document()
    }
}

impl Facade {
    /// Takes a message and gives the signed answer. Before the signature is known to be a customer's nothing is read,
    /// and nothing is kept.
    ///
    /// # Errors
    /// [`NoCall`], which is a fault on the wire.
    pub async fn answer(&self, message: &[u8], app: &Appliance) -> Result<String, NoCall> {
        let book = self.book(app).map_err(|why| Trouble::fault("eid-customers", &why))?;
        let opened = book.guard.open(message, app.now())?;
        let customer = book.signed_by(opened.signer, app.now()).ok_or(NoCall::Certificate)?;
        let (hash, dies) = opened.once_until();
        note(hash, dies, app).await?;
        let document = read::parse(&opened.body, Limits::MESSAGE)?;
        let answer = act(&only_inside(&document.root())?, customer, app).await?;
        ws_security::sign(&answer, &self.key, app.now()).map_err(NoCall::Answer)
    }
}

/// Notes that a message came; a second time it is refused. In the store, so that neither a restart nor a second process
/// forgets it.
async fn note(hash: [u8; 32], dies: Timestamp, app: &Appliance) -> Result<(), NoCall> {
    let new = app
        .write(move |db| store::eid_customer::note_message(&hash, dies, db).map_err(Trouble::from))
        .await?;
    if new { Ok(()) } else { Err(SecurityError::Replayed.into()) }
}

/// The request. The header `SOAPAction` is not asked: nobody signed it.
async fn act(request: &Element<'_>, customer: &Customer, app: &Appliance) -> Result<Node, NoCall> {
    let requested =
        Act::ALL.into_iter().find(|act| request.is(crate::eid::service::message::EID, act.request()));
    match requested {
        Some(Act::UseId) => {
            let answer = match UseIdRequest::parse(request) {
                Ok(asked) => told(session::open(customer, asked, app).await),
                Err(why) => Err(violation(&why)),
            };
            tell_log(Act::UseId, answer.as_ref().err());
            Ok(write_use_id(&answer))
        }
        Some(Act::GetResult) => {
            let answer = match GetResultRequest::parse(request) {
                Ok(asked) => told(session::result(customer, &asked, app).await),
                Err(why) => Err(violation(&why)),
            };
            tell_log(Act::GetResult, answer.as_ref().err());
            Ok(write_get_result(&answer))
        }
        // Its answer has no place for a result, so a mistake is a fault as well.
        Some(Act::GetServerInfo) if is_server_info_request(request) => Ok(server_info(customer).write()),
        _ => Err(request.wrong().into()),
    }
}

fn server_info(customer: &Customer) -> ServerInfo {
    ServerInfo {
        version: concat!("Torhaus ", env!("CARGO_PKG_VERSION")).to_owned(),
        interface: INTERFACE,
        bugfix: None,
        rights: customer.operations.clone(),
    }
}

/// A trouble of ours, which is logged where it arose, in the protocol's words.
fn told<T>(answer: Result<Result<T, Minor>, Trouble>) -> Result<T, Minor> {
    answer.unwrap_or(Err(Minor::InternalError))
}

fn violation(why: &XmlError) -> Minor {
    tracing::info!(%why, "A customer's request is not by the schema");
    Minor::SchemaViolation
}

fn tell_log(act: Act, minor: Option<&Minor>) {
    if let Some(minor) = minor.filter(|minor| **minor != Minor::NoResultYet) {
        tracing::info!(act = act.request(), minor = minor.code(), "A customer's request was refused");
    }
}

/// The one element inside a signed body.
fn only_inside<'a>(body: &Element<'a>) -> Result<Element<'a>, XmlError> {
    let mut elements = body.elements();
    match (elements.next(), elements.next()) {
        (Some(only), None) if body.is(SOAP, "Body") => Ok(only),
        _ => Err(body.wrong()),
    }
}
