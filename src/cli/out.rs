//! What commands say: results on stdout, messages on stderr, one line each.

use crate::app::setup::HouseFault;
use crate::oidc::registration::WrongWish;
use serde::Serialize;
use std::io::Write;
use std::process::ExitCode;

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Wrong use: exit code 2.
    #[error("torhaus: {0}")]
    Use(String),
    /// It failed: exit code 1.
    #[error("torhaus: {0}")]
    Failed(String),
}

impl Failure {
    /// The exit code.
    #[must_use]
    pub fn code(&self) -> ExitCode {
        match self {
            Self::Use(_) => ExitCode::from(2),
            Self::Failed(_) => ExitCode::from(1),
        }
    }
}

impl From<HouseFault> for Failure {
    fn from(fault: HouseFault) -> Self {
        Self::Failed(fault.to_string())
    }
}
impl From<crate::store::Fault> for Failure {
    fn from(fault: crate::store::Fault) -> Self {
        Self::Failed(format!("the store: {fault}"))
    }
}
impl From<WrongWish> for Failure {
    fn from(wrong: WrongWish) -> Self {
        match wrong {
            WrongWish::House(fault) => HouseFault::from(fault).into(),
            wrong => Self::Use(wrong.to_string()),
        }
    }
}
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// A line of the result. A reader that went away is not our trouble.
pub fn line(text: &str) {
    let _written = writeln!(std::io::stdout().lock(), "{text}");
}

/// A result as JSON on one line.
pub fn json(value: &impl Serialize) {
    if let Ok(text) = serde_json::to_string(value) {
        line(&text);
    }
}

/// A message to whoever sits at the terminal.
pub fn say(text: &str) {
    let _written = writeln!(std::io::stderr().lock(), "{text}");
}
