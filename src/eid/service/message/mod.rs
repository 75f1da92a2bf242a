//! The messages of TR-03130-1 §3: useID, getResult, getServerInfo, each written and parsed in one place.
//!
//! By version 2.4 of the guideline, and so that a server of version 2.0 is understood: what 2.0 had besides is passed
//! over where its schema puts it. The order of the schemas is kept and demanded, names are compared with their
//! namespaces, and a violation names its element. Two leniencies: an absent operation means what an empty one means,
//! `PROHIBITED`; and the children of `dss:Result` are taken without namespace, as the examples of the guideline have them.
//! Absent on purpose: transaction attestation, and everything 2.0 knew of signed and writable fields.

mod get_result;
mod operations;
mod person;
mod result;
mod sequence;
mod server_info;
mod session;
#[cfg(test)]
mod tests;
mod use_id;

pub use get_result::{GetResultRequest, parse_get_result, write_get_result};
pub use result::Minor;
pub use server_info::{ServerInfo, is_server_info_request, server_info_request};
pub use session::{Psk, SessionId};
pub use use_id::{Started, UseIdRequest, parse_use_id, write_use_id};

/// The namespace of the messages.
pub const EID: &str = "http://bsi.bund.de/eID/";
/// The namespace of results (OASIS DSS 1.0).
const DSS: &str = "urn:oasis:names:tc:dss:1.0:core:schema";

/// The three things that are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Opens a session.
    UseId,
    /// Asks for its result.
    GetResult,
    /// Asks for version and rights.
    GetServerInfo,
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::UseId, Self::GetResult, Self::GetServerInfo];

    /// The header `SOAPAction`, without quotes.
    #[must_use]
    pub const fn soap_action(self) -> &'static str {
        match self {
            Self::UseId => "http://bsi.bund.de/eID/useID",
            Self::GetResult => "http://bsi.bund.de/eID/getResult",
            Self::GetServerInfo => "http://bsi.bund.de/eID/getServerInfo",
        }
    }

    /// The element of the request.
    #[must_use]
    pub const fn request(self) -> &'static str {
        match self {
            Self::UseId => "useIDRequest",
            Self::GetResult => "getResultRequest",
            Self::GetServerInfo => "getServerInfoRequest",
        }
    }

    /// The element of the answer.
    #[must_use]
    pub const fn response(self) -> &'static str {
        match self {
            Self::UseId => "useIDResponse",
            Self::GetResult => "getResultResponse",
            Self::GetServerInfo => "getServerInfoResponse",
        }
    }
}
