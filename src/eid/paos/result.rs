//! Results (TR-03112-1 §4): how a call ended.

use super::{DSS, PaosError};
use crate::domain::identity_check::CheckRefused;
use crate::xml::Element;
use crate::xml::write::{Node, leaf, node};

const MAJOR_OK: &str = "http://www.bsi.bund.de/ecard/api/1.1/resultmajor#ok";
const MAJOR_WARNING: &str = "http://www.bsi.bund.de/ecard/api/1.1/resultmajor#warning";
const MAJOR_ERROR: &str = "http://www.bsi.bund.de/ecard/api/1.1/resultmajor#error";
const MINOR: &str = "http://www.bsi.bund.de/ecard/api/1.1/resultminor/";
/// Longest code that is looked at.
const MAX_CODE: usize = 200;

/// A result code without its common beginning: `sal#cancellationByUser`. Only letters, digits and `/#-_`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minor(String);

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaosResult {
    /// It worked, perhaps with a warning.
    Ok,
    /// It did not.
    Error(Minor),
}

impl Minor {
    /// The holder stopped it.
    pub const CANCELLED: &'static str = "sal#cancellationByUser";
    /// No certificate chain that card or program trusts.
    pub const CERTIFICATE_PATH: &'static str = "il/signature#invalidCertificatePath";
    /// A value is not what it should be.
    pub const PARAMETER: &'static str = "al/common#parameterError";
    /// Our own fault.
    pub const INTERNAL: &'static str = "al/common#internalError";
    /// Not allowed.
    pub const NO_PERMISSION: &'static str = "al/common#noPermission";
    /// No session waits for this message.
    pub const TIMEOUT: &'static str = "dp#timeout";
    /// A message that is not due.
    pub const UNKNOWN_FUNCTION: &'static str = "al/common#unknownAPIFunction";
    /// The card's data are not what they should be.
    pub const COMMUNICATION: &'static str = "dp#communicationError";
    /// The connection does not lead to whom the certificate names.
    pub const TRUSTED_CHANNEL: &'static str = "dp#trustedChannelEstablishmentFailed";

    /// From a full or short code; what is no code becomes `al/common#unknownError`.
    #[must_use]
    pub fn new(code: &str) -> Self {
        let short = code.strip_prefix(MINOR).unwrap_or(code);
        let good = |b: u8| b.is_ascii_alphanumeric() || b"/#-_".contains(&b);
        let usable = !short.is_empty() && short.len() <= MAX_CODE && short.bytes().all(good);
        Self(if usable { short } else { "al/common#unknownError" }.to_owned())
    }

    /// The short code; safe to be logged.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after `#`.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.0.rsplit('#').next().unwrap_or(&self.0)
    }

    /// What a person is told when their program ended so.
    #[must_use]
    pub fn refused(&self) -> CheckRefused {
        match (self.0.as_str(), self.reason()) {
            (_, "cancellationByUser") => CheckRefused::Cancelled,
            (_, "trustedChannelEstablishmentFailed") => CheckRefused::TrustedChannel,
            // Of the holder's program or card: our certificates lead to no root of theirs; our description is not the
            // one of our certificate; our right or signature is not accepted.
            (_, "invalidCertificatePath") => CheckRefused::TerminalUnknown,
            (_, "parameterError") => CheckRefused::DescriptionRefused,
            (_, "noPermission" | "invalidKey") => CheckRefused::TerminalRefused,
            (code, "timeout") if code.starts_with("ifdl") => CheckRefused::NoCard,
            (_, "noCard" | "unknownSlot" | "unknownIFD" | "noEligibleCard") => CheckRefused::NoCard,
            (_, "blocked" | "passwordBlocked" | "passwordDeactivated") => CheckRefused::PinBlocked,
            (_, "passwordDontMatch" | "passwordError") => CheckRefused::WrongPin,
            (_, "internalError" | "serverError") => CheckRefused::ProviderDown,
            _ => CheckRefused::ClientTrouble,
        }
    }
}

impl PaosResult {
    /// An error of ours.
    #[must_use]
    pub fn error(code: &str) -> Self {
        Self::Error(Minor::new(code))
    }

    /// `dss:Result` (OASIS DSS 1.0).
    #[must_use]
    pub fn write(&self) -> Node {
        let result = node("dss:Result").with("xmlns:dss", DSS);
        match self {
            Self::Ok => result.child(leaf("dss:ResultMajor", MAJOR_OK)),
            Self::Error(minor) => result
                .child(leaf("dss:ResultMajor", MAJOR_ERROR))
                .child(leaf("dss:ResultMinor", format!("{MINOR}{}", minor.0))),
        }
    }

    /// Reads the element `Result` inside an answer.
    ///
    /// # Errors
    /// [`PaosError::Xml`] if there is none or its code is unknown.
    pub fn read(answer: &Element<'_>) -> Result<Self, PaosError> {
        let result = answer.one("Result")?;
        let major = result.one("ResultMajor")?;
        match major.text()?.as_str() {
            MAJOR_OK | MAJOR_WARNING => Ok(Self::Ok),
            MAJOR_ERROR => {
                let minor = result.maybe("ResultMinor")?.map(|minor| minor.text()).transpose()?;
                Ok(Self::error(&minor.unwrap_or_default()))
            }
            _ => Err(major.wrong().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_in_words_for_people() {
        for (code, refused) in [
            (
                "http://www.bsi.bund.de/ecard/api/1.1/resultminor/sal#cancellationByUser",
                CheckRefused::Cancelled,
            ),
            ("cancellationByUser", CheckRefused::Cancelled),
            (Minor::TRUSTED_CHANNEL, CheckRefused::TrustedChannel),
            (Minor::CERTIFICATE_PATH, CheckRefused::TerminalUnknown),
            (Minor::PARAMETER, CheckRefused::DescriptionRefused),
            (Minor::NO_PERMISSION, CheckRefused::TerminalRefused),
            ("ifdl/common#timeoutError", CheckRefused::ClientTrouble),
            ("ifdl/common#timeout", CheckRefused::NoCard),
            ("al/common#unknownError", CheckRefused::ClientTrouble),
            ("", CheckRefused::ClientTrouble),
            ("serverError", CheckRefused::ProviderDown),
        ] {
            assert_eq!(Minor::new(code).refused(), refused, "{code}");
        }
    }

    #[test]
    fn a_code_that_would_spoil_a_log_is_not_kept() {
        for bad in ["a\nb", "<x>", "ü", &"a".repeat(300)] {
            assert_eq!(Minor::new(bad).as_str(), "al/common#unknownError");
        }
    }
}
