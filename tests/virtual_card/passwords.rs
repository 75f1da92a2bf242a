//! The holder's secrets, and how often one may be wrong about them (TR-03110-2 2.3; TR-03110-3 B.1).

use torhaus::cvc::apdu::Status;

/// Wrong PINs until it is blocked.
const TRIES: u8 = 3;

/// A password, by its number in MSE:Set AT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// The card access number, printed on the card.
    Can,
    /// The holder's secret.
    Pin,
    /// What unblocks the PIN.
    Puk,
}

/// All of them, with their state.
pub struct Passwords {
    can: String,
    pin: String,
    puk: String,
    tries: u8,
    /// The CAN was shown in this session, so that the last try for the PIN is open.
    resumed: bool,
}

impl Reference {
    /// The password of a number; none for the machine readable zone, which no German identity card answers to without
    /// its ePassport application.
    pub fn from_number(number: u8) -> Option<Self> {
        match number {
            2 => Some(Self::Can),
            3 => Some(Self::Pin),
            4 => Some(Self::Puk),
            _ => None,
        }
    }
}

impl Passwords {
    /// `tries` are left for the PIN; more than there are is as many as there are.
    pub fn new([pin, can, puk]: [String; 3], tries: u8) -> Self {
        Self { can, pin, puk, tries: tries.min(TRIES), resumed: false }
    }

    /// The card was taken away.
    pub fn reset(&mut self) {
        self.resumed = false;
    }

    /// How the password stands: `9000`, or `63Cx` with x tries left; 1 is "suspended", 0 is "blocked".
    pub fn standing(&self, of: Reference) -> Status {
        match of {
            Reference::Pin if self.tries < TRIES => Status(0x63C0 | u16::from(self.tries)),
            Reference::Pin | Reference::Can | Reference::Puk => Status::OK,
        }
    }

    /// The password, if it may be tried now.
    pub fn to_try(&self, which: Reference) -> Option<&str> {
        match which {
            Reference::Can => Some(&self.can),
            Reference::Puk => Some(&self.puk),
            Reference::Pin if self.tries > 1 || (self.tries == 1 && self.resumed) => Some(&self.pin),
            Reference::Pin => None,
        }
    }

    /// It was right.
    pub fn right(&mut self, which: Reference) {
        match which {
            Reference::Pin => self.tries = TRIES,
            Reference::Can => self.resumed = true,
            Reference::Puk => {}
        }
    }

    /// It was wrong: the status to say so. A wrong CAN or PUK only costs the time.
    pub fn wrong(&mut self, which: Reference) -> Status {
        if which != Reference::Pin {
            return Status::VERIFICATION_FAILED;
        }
        self.tries = self.tries.saturating_sub(1);
        self.resumed = false;
        self.standing(Reference::Pin)
    }

    /// The PUK was shown, and the PIN may be tried again.
    pub fn unblock(&mut self) {
        self.tries = TRIES;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_wrong_ones_suspend_and_a_third_blocks() {
        let mut passwords = Passwords::new(["123456", "222222", "1234567890"].map(str::to_owned), 3);
        assert_eq!(passwords.standing(Reference::Pin), Status::OK);
        assert_eq!(passwords.wrong(Reference::Pin), Status(0x63C2));
        assert!(passwords.to_try(Reference::Pin).is_some());
        assert_eq!(passwords.wrong(Reference::Pin), Status(0x63C1));
        assert_eq!(passwords.to_try(Reference::Pin), None, "suspended");
        assert_eq!(passwords.wrong(Reference::Can), Status::VERIFICATION_FAILED);
        assert_eq!(passwords.to_try(Reference::Pin), None, "a wrong CAN opens nothing");
        passwords.right(Reference::Can);
        assert_eq!(passwords.to_try(Reference::Pin), Some("123456"));
        passwords.reset();
        assert_eq!(passwords.to_try(Reference::Pin), None, "the CAN counts for its session only");
        passwords.right(Reference::Can);
        assert_eq!(passwords.wrong(Reference::Pin), Status(0x63C0));
        passwords.right(Reference::Can);
        assert_eq!(passwords.to_try(Reference::Pin), None, "blocked, whatever the CAN");
        passwords.unblock();
        assert_eq!(passwords.standing(Reference::Pin), Status::OK);
        assert_eq!(passwords.wrong(Reference::Pin), Status(0x63C2));
        passwords.right(Reference::Pin);
        assert_eq!(passwords.standing(Reference::Pin), Status::OK);
    }
}
