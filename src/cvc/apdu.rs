//! Commands and responses (ISO/IEC 7816-4 5.1 and 11; TR-03110-3 B), in short and extended length.

use super::tlv;

/// Most data bytes of a command or response.
pub const MAX_DATA: usize = 65_535;
/// Identifier of the eID application (TR-03110-4 2.2).
pub const EID_APPLICATION: &[u8] = &[0xE8, 0x07, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x02];

/// A command without secure messaging.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Class.
    pub cla: u8,
    /// Instruction.
    pub ins: u8,
    /// First parameter.
    pub p1: u8,
    /// Second parameter.
    pub p2: u8,
    /// Data; at most [`MAX_DATA`] bytes.
    pub data: Vec<u8>,
    /// Most bytes expected in the response, 1 to 65536; `None` if none are.
    pub le: Option<u32>,
}

/// A response without secure messaging.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Data.
    pub data: Vec<u8>,
    /// Status word.
    pub status: Status,
}

/// The two status bytes (ISO/IEC 7816-4 5.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub u16);

impl Status {
    /// Done.
    pub const OK: Self = Self(0x9000);
    /// A comparison says no (TR-03110-3 B.9).
    pub const VERIFICATION_FAILED: Self = Self(0x6300);
    /// The end was reached before Le bytes were read.
    pub const END_OF_FILE: Self = Self(0x6282);
    /// Lc or Le is not one for this command.
    pub const WRONG_LENGTH: Self = Self(0x6700);
    /// Command chaining is not offered.
    pub const NO_CHAINING: Self = Self(0x6884);
    /// Access not granted.
    pub const SECURITY_STATUS: Self = Self(0x6982);
    /// Something must come before.
    pub const CONDITIONS: Self = Self(0x6985);
    /// No file is selected.
    pub const NO_FILE_SELECTED: Self = Self(0x6986);
    /// The data are not what this command takes.
    pub const WRONG_DATA: Self = Self(0x6A80);
    /// There is no such file.
    pub const FILE_NOT_FOUND: Self = Self(0x6A82);
    /// P1 or P2 is not one for this command.
    pub const WRONG_PARAMETERS: Self = Self(0x6A86);
    /// There is no such data object.
    pub const DATA_NOT_FOUND: Self = Self(0x6A88);
    /// The offset lies beyond the end of the file.
    pub const WRONG_OFFSET: Self = Self(0x6B00);
    /// There is no such instruction.
    pub const NO_INSTRUCTION: Self = Self(0x6D00);
    /// There is no such class.
    pub const NO_CLASS: Self = Self(0x6E00);
    /// Nothing in the command explains it.
    pub const TROUBLE: Self = Self(0x6F00);
    /// A secure messaging object is missing.
    pub const OBJECT_MISSING: Self = Self(0x6987);
    /// A secure messaging object is wrong.
    pub const OBJECT_WRONG: Self = Self(0x6988);

    /// Whether the card says that it does not hold what was asked for: "not on chip" (TR-03130-1 3.3).
    pub fn is_absent(self) -> bool {
        self == Self::FILE_NOT_FOUND || self == Self::DATA_NOT_FOUND
    }
}

/// Why bytes are no command or response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApduError {
    /// Shorter than its header or its lengths say.
    #[error("the bytes end inside a command or response")]
    Truncated,
    /// Longer than its lengths say.
    #[error("something follows the command")]
    Trailing,
    /// More than can be written.
    #[error("too many data for a command or response")]
    TooLong,
    /// Le is not 1 to 65536.
    #[error("no such number of bytes can be expected")]
    Le,
}

impl Command {
    /// SELECT the eID application (TR-03110-4 2.2).
    pub fn select_eid() -> Self {
        Self { cla: 0, ins: 0xA4, p1: 0x04, p2: 0x0C, data: EID_APPLICATION.to_vec(), le: None }
    }

    /// VERIFY: compare the authenticated auxiliary data of this identifier (TR-03110-3 B.9): `9000` yes, `6300` no.
    pub fn verify(id: &[u8]) -> Self {
        Self { cla: 0x80, ins: 0x20, p1: 0x80, p2: 0, data: tlv::write_oid(id), le: None }
    }

    /// READ BINARY from the start of a data group, by short file identifier (ISO/IEC 7816-4 11.3.3).
    pub fn read(group: super::data_groups::DataGroup) -> Self {
        Self { cla: 0, ins: 0xB0, p1: 0x80 | group.number(), p2: 0, data: Vec::new(), le: Some(256) }
    }

    /// READ BINARY further on in a data group, which becomes the file read last.
    pub fn read_from(group: super::data_groups::DataGroup, offset: u8) -> Self {
        Self { p2: offset, ..Self::read(group) }
    }

    /// READ BINARY further on in the file read last; `None` beyond 32767, which this form cannot say.
    pub fn read_on(offset: u16) -> Option<Self> {
        let [p1, p2] = offset.to_be_bytes();
        (p1 < 0x80).then_some(Self { cla: 0, ins: 0xB0, p1, p2, data: Vec::new(), le: Some(256) })
    }

    /// # Errors
    /// [`ApduError::TooLong`], [`ApduError::Le`].
    pub fn encode(&self) -> Result<Vec<u8>, ApduError> {
        let mut out = vec![self.cla, self.ins, self.p1, self.p2];
        let count = u16::try_from(self.data.len()).ok().ok_or(ApduError::TooLong)?;
        if self.le.is_some_and(|le| le == 0 || le > 65_536) {
            return Err(ApduError::Le);
        }
        let extended = count > 255 || self.le.is_some_and(|le| le > 256);
        if extended {
            out.push(0);
        }
        if count > 0 {
            let digits = count.to_be_bytes();
            out.extend_from_slice(if extended { &digits } else { &digits[1..] });
            out.extend_from_slice(&self.data);
        }
        if let Some(le) = self.le {
            // The largest number is written as zero, which is what the cut leaves.
            let digits = le.to_be_bytes();
            out.extend_from_slice(if extended { &digits[2..] } else { &digits[3..] });
        }
        Ok(out)
    }

    /// # Errors
    /// [`ApduError::Truncated`], [`ApduError::Trailing`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ApduError> {
        let ([cla, ins, p1, p2], rest) = bytes.split_first_chunk().ok_or(ApduError::Truncated)?;
        let (data, le) = body(rest)?;
        Ok(Self { cla: *cla, ins: *ins, p1: *p1, p2: *p2, data: data.to_vec(), le })
    }
}

/// Lc, data and Le: the cases 1 to 4, short and extended (ISO/IEC 7816-4 5.1).
fn body(rest: &[u8]) -> Result<(&[u8], Option<u32>), ApduError> {
    let short_le = |le: u8| Some(if le == 0 { 256 } else { u32::from(le) });
    let extended_le = |high: u8, low: u8| {
        let le = u32::from(u16::from_be_bytes([high, low]));
        Some(if le == 0 { 65_536 } else { le })
    };
    match *rest {
        [] => Ok((&[], None)),
        [le] => Ok((&[], short_le(le))),
        [0, high, low] => Ok((&[], extended_le(high, low))),
        [0, high, low, ref rest @ ..] => {
            let count = usize::from(u16::from_be_bytes([high, low]));
            let (data, le) =
                rest.split_at_checked(count).filter(|_| count > 0).ok_or(ApduError::Truncated)?;
            match *le {
                [] => Ok((data, None)),
                [high, low] => Ok((data, extended_le(high, low))),
                [_] => Err(ApduError::Truncated),
                _ => Err(ApduError::Trailing),
            }
        }
        [0, _] => Err(ApduError::Truncated),
        [count, ref rest @ ..] => {
            let (data, le) = rest.split_at_checked(usize::from(count)).ok_or(ApduError::Truncated)?;
            match *le {
                [] => Ok((data, None)),
                [le] => Ok((data, short_le(le))),
                _ => Err(ApduError::Trailing),
            }
        }
    }
}

impl Response {
    /// A response that is only a status.
    pub fn status(status: Status) -> Self {
        Self { data: Vec::new(), status }
    }

    /// Data and status word.
    pub fn encode(&self) -> Vec<u8> {
        [self.data.as_slice(), &self.status.0.to_be_bytes()].concat()
    }

    /// # Errors
    /// [`ApduError::Truncated`]; [`ApduError::TooLong`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ApduError> {
        let (data, status) = bytes.split_last_chunk::<2>().ok_or(ApduError::Truncated)?;
        if data.len() > MAX_DATA + 1 {
            return Err(ApduError::TooLong);
        }
        Ok(Self { data: data.to_vec(), status: Status(u16::from_be_bytes(*status)) })
    }
}
