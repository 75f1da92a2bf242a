//! `dss:Result`: how a call ended (TR-03130-1 §3.6).

use super::DSS;
use crate::domain::identity_check::CheckRefused;
use crate::eid::paos;
use crate::xml::write::{Node, leaf, node};
use crate::xml::{Element, XmlError};

const MAJOR: &str = "http://www.bsi.bund.de/ecard/api/1.1/resultmajor#";
const MINOR: &str = "http://www.bsi.bund.de/eid/server/2.0/resultminor/";
/// The codes of the holder's program, which servers pass on.
const CLIENT_MINOR: &str = "http://www.bsi.bund.de/ecard/api/1.1/resultminor/";

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Minor {
    /// The server is broken.
    InternalError,
    /// The request is not by the schema.
    SchemaViolation,
    /// useID: the pre-shared key is not usable.
    InvalidPsk,
    /// useID: the server is busy.
    TooManyOpenSessions,
    /// useID: an age or place to be verified was not given.
    MissingArgument,
    /// useID: the certificate does not allow what is asked.
    MissingTerminalRights,
    /// getResult: ask again.
    NoResultYet,
    /// getResult: there is no such session (any more).
    InvalidSession,
    /// getResult: the counter did not grow.
    InvalidCounter,
    /// getResult: the kind of document was not allowed.
    DeniedDocument,
    /// getResult: the document is expired, blocked or not genuine.
    InvalidDocument,
    /// What the holder's program or the card said.
    Client(paos::Minor),
    /// A code that the guideline does not know.
    Unknown,
}

/// The codes of the guideline, without their common beginning.
const CODES: [(&str, Minor); 11] = [
    ("common#internalError", Minor::InternalError),
    ("common#schemaViolation", Minor::SchemaViolation),
    ("useID#invalidPSK", Minor::InvalidPsk),
    ("useID#tooManyOpenSessions", Minor::TooManyOpenSessions),
    ("useID#missingArgument", Minor::MissingArgument),
    ("useID#missingTerminalRights", Minor::MissingTerminalRights),
    ("getResult#noResultYet", Minor::NoResultYet),
    ("getResult#invalidSession", Minor::InvalidSession),
    ("getResult#invalidCounter", Minor::InvalidCounter),
    ("getResult#deniedDocument", Minor::DeniedDocument),
    ("getResult#invalidDocument", Minor::InvalidDocument),
];

impl Minor {
    /// The code, short; safe to be logged.
    #[must_use]
    pub fn code(&self) -> &str {
        let known = CODES.iter().find(|(_, minor)| minor == self).map(|(code, _)| *code);
        match self {
            Self::Client(minor) => minor.as_str(),
            _ => known.unwrap_or("unknown"),
        }
    }

    /// What a person is told when their check ended so.
    #[must_use]
    pub fn refused(&self) -> CheckRefused {
        match self {
            Self::Client(minor) => minor.refused(),
            // The office's right to read cards does not reach as far as its settings: nothing was read.
            Self::MissingTerminalRights => CheckRefused::TerminalRefused,
            // Expired, blocked or false: the guideline does not say which, and the page for the last says so too.
            Self::DeniedDocument | Self::InvalidDocument => CheckRefused::NotAuthentic,
            // Whoever read too long, or never, is forgotten by the server.
            Self::InvalidSession => CheckRefused::ClientTrouble,
            Self::InternalError
            | Self::SchemaViolation
            | Self::InvalidPsk
            | Self::TooManyOpenSessions
            | Self::MissingArgument
            | Self::NoResultYet
            | Self::InvalidCounter
            | Self::Unknown => CheckRefused::ProviderDown,
        }
    }

    fn parse(uri: &str) -> Self {
        if let Some(code) = uri.strip_prefix(MINOR) {
            return CODES
                .into_iter()
                .find(|(known, _)| *known == code)
                .map_or(Self::Unknown, |(_, minor)| minor);
        }
        if uri.starts_with(CLIENT_MINOR) { Self::Client(paos::Minor::new(uri)) } else { Self::Unknown }
    }

    fn uri(&self) -> String {
        match self {
            Self::Client(minor) => format!("{CLIENT_MINOR}{}", minor.as_str()),
            Self::Unknown => format!("{MINOR}{}", Self::InternalError.code()),
            known => format!("{MINOR}{}", known.code()),
        }
    }
}

/// Writes `dss:Result`.
pub(super) fn write(result: Result<(), &Minor>) -> Node {
    let node = node("dss:Result").with("xmlns:dss", DSS);
    match result {
        Ok(()) => node.child(leaf("dss:ResultMajor", format!("{MAJOR}ok"))),
        Err(minor) => node
            .child(leaf("dss:ResultMajor", format!("{MAJOR}error")))
            .child(leaf("dss:ResultMinor", minor.uri())),
    }
}

/// Reads `dss:Result`; a warning is no error.
pub(super) fn parse(result: &Element<'_>) -> Result<Result<(), Minor>, XmlError> {
    let major = result.one("ResultMajor")?;
    match major.text()?.strip_prefix(MAJOR) {
        Some("ok" | "warning") => Ok(Ok(())),
        Some("error") => {
            let minor = result.maybe("ResultMinor")?.map(|minor| minor.text()).transpose()?;
            Ok(Err(minor.as_deref().map_or(Minor::Unknown, Minor::parse)))
        }
        _ => Err(major.wrong()),
    }
}
