//! The messages between an eID-Server and the holder's eID-Client: PAOS (Liberty Reverse HTTP Binding for SOAP) with
//! the calls of BSI TR-03112 (eCard-API-Framework, parts 4, 6 and 7), as TR-03124-1 and TR-03130-1 §2.4 use them.
//!
//! The eID-Client opens the connection and *answers* what the server asks: what the server says is the body of an HTTP
//! response. Both directions are here, each read and written, so that the client of the demo and of the tests speaks
//! the same bytes as a stranger's.
//! Elements are found by local name, as eID-Clients in use do; each stands once or the message is refused.
//! Absent on purpose: InitializeFramework (optional and empty of meaning here), EACAdditionalInputType (the challenge
//! always comes with EAC1), the path protection by pre-shared keys (the attached model needs none).

pub mod envelope;
pub mod from_client;
pub mod from_server;
pub mod result;

pub use envelope::{Header, Received};
pub use from_client::FromClient;
pub use from_server::FromServer;
pub use result::{Minor, PaosResult};

/// Media type of every message (TR-03112-1 §4).
pub const MEDIA_TYPE: &str = "application/vnd.paos+xml";
/// The version of PAOS.
pub const PAOS: &str = "urn:liberty:paos:2006-08";
/// The protocol of the messages EAC1 and EAC2: id-EAC2 of the eCard-API (TR-03112-7 §3.6).
const EAC2_PROTOCOL: &str = "urn:oid:1.3.162.15480.3.0.14.2";

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
const WSA: &str = "http://www.w3.org/2005/03/addressing";
const DSS: &str = "urn:oasis:names:tc:dss:1.0:core:schema";
const ISO: &str = "urn:iso:std:iso-iec:24727:tech:schema";
const ECARD: &str = "http://www.bsi.bund.de/ecard/api/1.1";

/// Why a message is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaosError {
    /// Not readable, or not of the schema.
    #[error("{0}")]
    Xml(#[from] crate::xml::XmlError),
    /// Not a message of this protocol.
    #[error("{0} is no message of this protocol")]
    Unknown(String),
    /// An authorisation template that is none.
    #[error("{0}")]
    Chat(#[from] crate::cvc::chat::ChatError),
}
