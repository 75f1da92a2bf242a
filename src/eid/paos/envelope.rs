//! The SOAP 1.1 envelope with its addressing (WS-Addressing of March 2005, PAOS 2.0 §9).

use super::{ECARD, ISO, PAOS, PaosError, SOAP, WSA, XSI};
use crate::domain::dice::{Dice, draw};
use crate::xml::read::{self, Limits};
use crate::xml::write::{Node, leaf, node};
use crate::xml::{Document, Element, XmlError};

/// Longest identifier of a message that is looked at.
const MAX_ID: usize = 128;
/// Where a PAOS answer is sent: to whoever asked.
const ROLE: &str = "http://www.projectliberty.org/2006/02/role/paos";

/// Which message this is, and which one it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// `wsa:MessageID`.
    pub message_id: String,
    /// `wsa:RelatesTo`: the message it answers; none in the first.
    pub relates_to: Option<String>,
}

/// A message with its header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received<T> {
    /// Its header.
    pub header: Header,
    /// The message.
    pub message: T,
}

/// A new, unguessable message identifier: `urn:uuid:…` (RFC 4122 §4.4). Who knows it may answer, see `eid::server`.
#[must_use]
pub fn draw_message_id(dice: &dyn Dice) -> String {
    let id = uuid::Builder::from_random_bytes(draw(dice)).into_uuid();
    format!("urn:uuid:{id}")
}

/// Reads an envelope and the one message in it. Where only the message is wrong, the header still comes back, so
/// that the session it belongs to can be ended.
pub(super) fn read<T>(
    bytes: &[u8],
    message: impl FnOnce(&Element<'_>) -> Result<T, PaosError>,
) -> Result<Received<Result<T, PaosError>>, PaosError> {
    let document: Document<'_> = read::parse_bytes(bytes, Limits::MESSAGE)?;
    let envelope = document.root();
    if !envelope.is(SOAP, "Envelope") {
        return Err(PaosError::Unknown(envelope.name().to_owned()));
    }
    let head = envelope.one_of(SOAP, "Header")?;
    let header = Header {
        message_id: identifier(&head.one("MessageID")?)?,
        relates_to: head.maybe("RelatesTo")?.map(|id| identifier(&id)).transpose()?,
    };
    let body = envelope.one_of(SOAP, "Body")?;
    let mut inside = body.elements();
    let first = inside.next().ok_or_else(|| XmlError::Missing("Body".to_owned()))?;
    if inside.next().is_some() {
        return Err(XmlError::Twice("Body".to_owned()).into());
    }
    Ok(Received { header, message: message(&first) })
}

impl<T> Received<Result<T, PaosError>> {
    /// Good only if the message is.
    pub(super) fn whole(self) -> Result<Received<T>, PaosError> {
        Ok(Received { header: self.header, message: self.message? })
    }
}

fn identifier(element: &Element<'_>) -> Result<String, PaosError> {
    let text = element.text()?;
    let good = !text.is_empty() && text.len() <= MAX_ID && text.bytes().all(|b| b.is_ascii_graphic());
    if good { Ok(text) } else { Err(element.wrong().into()) }
}

/// Writes an envelope around a message.
pub(super) fn write(header: &Header, message: Node) -> String {
    node("soap:Envelope")
        .with("xmlns:soap", SOAP)
        .with("xmlns:xsi", XSI)
        .with("xmlns:wsa", WSA)
        .with("xmlns:paos", PAOS)
        .with("xmlns:iso", ISO)
        .with("xmlns:ecard", ECARD)
        .child(
            node("soap:Header")
                .children(header.relates_to.as_ref().map(|id| leaf("wsa:RelatesTo", id.as_str())))
                .child(node("wsa:ReplyTo").child(leaf("wsa:Address", ROLE)))
                .child(leaf("wsa:MessageID", header.message_id.as_str())),
        )
        .child(node("soap:Body").child(message))
        .document()
}
