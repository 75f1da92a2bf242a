//! The files outside of the eID application (TR-03110-3 A.1.2; ISO/IEC 7816-4 11.3 and 12.2.4).

use torhaus::cvc::apdu::{Command, EID_APPLICATION, Response, Status};
use torhaus::cvc::tlv;
use torhaus::eid::card::Card;

/// A file beneath the master file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    /// EF.DIR: the applications.
    Directory,
    /// EF.CardAccess.
    CardAccess,
    /// EF.CardSecurity.
    CardSecurity,
}

impl File {
    const ALL: [Self; 3] = [Self::Directory, Self::CardAccess, Self::CardSecurity];

    /// Identifier, whose last byte is never the short one.
    const fn identifiers(self) -> ([u8; 2], u8) {
        match self {
            Self::Directory => ([0x2F, 0x00], 0x1E),
            Self::CardAccess => ([0x01, 0x1C], 0x1C),
            Self::CardSecurity => ([0x01, 0x1D], 0x1D),
        }
    }

    /// What it says to whoever is there now.
    fn content(self, card: &Card) -> Result<Vec<u8>, Status> {
        match self {
            Self::Directory => Ok(tlv::write(0x61, &[&tlv::write(0x4F, &[EID_APPLICATION])])),
            Self::CardAccess => Ok(card.card_access().to_vec()),
            Self::CardSecurity => {
                card.card_security().map(<[u8]>::to_vec).map_err(|_order| Status::SECURITY_STATUS)
            }
        }
    }
}

/// SELECT: the master file, one of its files, or the eID application, which says nothing before chip authentication.
pub fn select(command: &Command, current: &mut Option<File>) -> Result<Response, Status> {
    let data = command.data.as_slice();
    *current = match (command.p1, command.p2) {
        (0x00, 0x0C) if data.is_empty() || data == [0x3F, 0x00] => None,
        (0x02, 0x0C) => {
            let found = File::ALL.into_iter().find(|file| file.identifiers().0 == data);
            Some(found.ok_or(Status::FILE_NOT_FOUND)?)
        }
        (0x04, 0x0C) if data == EID_APPLICATION => None,
        (0x00 | 0x04, 0x0C) => return Err(Status::FILE_NOT_FOUND),
        _ => return Err(Status::WRONG_PARAMETERS),
    };
    Ok(Response::status(Status::OK))
}

/// READ BINARY, by short identifier or in the current file.
pub fn read(command: &Command, current: &mut Option<File>, card: &Card) -> Result<Response, Status> {
    let expected = command.le.and_then(|le| usize::try_from(le).ok()).ok_or(Status::WRONG_LENGTH)?;
    let (file, offset) = match command.p1 {
        p1 if p1 & 0x80 == 0 => {
            (current.ok_or(Status::NO_FILE_SELECTED)?, usize::from(u16::from_be_bytes([p1, command.p2])))
        }
        p1 if p1 & 0x60 == 0 => {
            let found = File::ALL.into_iter().find(|file| file.identifiers().1 == p1 & 0x1F);
            (found.ok_or(Status::FILE_NOT_FOUND)?, usize::from(command.p2))
        }
        _ => return Err(Status::WRONG_PARAMETERS),
    };
    let content = file.content(card)?;
    *current = Some(file);
    let rest = content.get(offset..).filter(|rest| !rest.is_empty()).ok_or(Status::WRONG_OFFSET)?;
    let data = rest[..expected.min(rest.len())].to_vec();
    // Le written as zeros asks for all that is left (ISO/IEC 7816-4 11.3.1).
    let whole = data.len() == expected || matches!(expected, 256 | 65_536);
    Ok(Response { data, status: if whole { Status::OK } else { Status::END_OF_FILE } })
}
