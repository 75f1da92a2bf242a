//! How a session ended, in the codes of TR-03130-1 §3.6. The guideline has one code for every document that is not to be
//! trusted; for what the holder or their program did, its servers pass on the program's codes.

use crate::domain::identity_check::CheckRefused;
use crate::eid::paos;
use crate::eid::service::message::Minor;

/// TR-03112-1: no card.
const NO_CARD: &str = "ifdl/terminal#noCard";
/// TR-03112-1 has none for a PIN; whoever reads it goes by what follows `#`.
const PIN_BLOCKED: &str = "sal/mEAC#passwordBlocked";
const WRONG_PIN: &str = "sal/mEAC#passwordError";
const UNKNOWN: &str = "al/common#unknownError";

/// The code for a refusal.
#[must_use]
pub fn minor(refused: CheckRefused) -> Minor {
    let client = |code| Minor::Client(paos::Minor::new(code));
    match refused {
        CheckRefused::CardExpired | CheckRefused::CardBlocked | CheckRefused::NotAuthentic => {
            Minor::InvalidDocument
        }
        CheckRefused::Cancelled => client(paos::Minor::CANCELLED),
        CheckRefused::PinBlocked => client(PIN_BLOCKED),
        CheckRefused::WrongPin => client(WRONG_PIN),
        CheckRefused::NoCard => client(NO_CARD),
        CheckRefused::TrustedChannel => client(paos::Minor::TRUSTED_CHANNEL),
        // The holder did not grant what was required, or the card does not take who asks.
        CheckRefused::DataMissing | CheckRefused::TerminalRefused => client(paos::Minor::NO_PERMISSION),
        CheckRefused::TerminalUnknown => client(paos::Minor::CERTIFICATE_PATH),
        CheckRefused::DescriptionRefused => client(paos::Minor::PARAMETER),
        CheckRefused::ClientTrouble => client(UNKNOWN),
        // The last three are no words of a server; a house that asks knows them only of its own accounts.
        CheckRefused::ProviderDown
        | CheckRefused::PersonBlocked
        | CheckRefused::OtherPerson
        | CheckRefused::CardReplaced => Minor::InternalError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_end_understands_what_happened() {
        for same in [
            CheckRefused::Cancelled,
            CheckRefused::PinBlocked,
            CheckRefused::WrongPin,
            CheckRefused::NoCard,
            CheckRefused::TrustedChannel,
            CheckRefused::TerminalRefused,
            CheckRefused::TerminalUnknown,
            CheckRefused::DescriptionRefused,
            CheckRefused::ClientTrouble,
            CheckRefused::NotAuthentic,
            CheckRefused::ProviderDown,
        ] {
            assert_eq!(minor(same).refused(), same);
        }
        for (refused, told) in [
            (CheckRefused::CardExpired, CheckRefused::NotAuthentic),
            (CheckRefused::CardBlocked, CheckRefused::NotAuthentic),
            (CheckRefused::DataMissing, CheckRefused::TerminalRefused),
        ] {
            assert_eq!(minor(refused).refused(), told);
        }
    }
}
