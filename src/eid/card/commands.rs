//! The commands of the eID application under secure messaging (TR-03110-3 B; ISO/IEC 7816-4 11; TR-03110-4 2.2).

use super::content::Content;
use super::keys::CardKeys;
use crate::cvc::apdu::{Command, EID_APPLICATION, Response, Status};
use crate::cvc::auxiliary_data::AuxiliaryData;
use crate::cvc::certificate::Extensions;
use crate::cvc::chat::{Right, Rights};
use crate::cvc::chip_authentication::SessionKeys;
use crate::cvc::curve::Hash;
use crate::cvc::data_groups::DataGroup;
use crate::cvc::oid;
use crate::cvc::restricted_identification::SectorKey;
use crate::cvc::secure_messaging::{self, MessagingError};
use crate::cvc::tlv::{self, TlvError};

/// The bits of a class that say "secure messaging, header authenticated" (ISO/IEC 7816-4 5.4.1).
const SECURED: u8 = 0x0C;
/// The tag of a checksum under secure messaging.
const CHECKSUM: u16 = 0x8E;

/// What the card knows of a terminal that has proved who it is.
pub(super) struct Admitted {
    /// Granted by every certificate of the chain and confirmed by the holder.
    pub(super) rights: Rights,
    /// What its certificate binds.
    pub(super) extensions: Extensions,
    /// By which hash.
    pub(super) binding_hash: Hash,
    /// What is to be compared.
    pub(super) auxiliary_data: AuxiliaryData,
    /// `Comp(PK_PCD)`.
    pub(super) ephemeral: Vec<u8>,
}

/// A session under secure messaging.
pub(super) struct Session {
    messaging: secure_messaging::Card,
    terminal: Admitted,
    application: Option<Application>,
}

/// The eID application, selected.
#[derive(Default)]
struct Application {
    /// The file that was selected or read last.
    file: Option<DataGroup>,
    /// Protocol and key that MSE:Set AT chose.
    restricted: Option<(Vec<u8>, u32)>,
}

impl Session {
    pub(super) fn new(keys: SessionKeys, terminal: Admitted) -> Self {
        Self { messaging: secure_messaging::Card::new(keys), terminal, application: None }
    }

    /// `Err`: the command was not secured as it must be, and the session is over.
    pub(super) fn transmit(
        &mut self,
        command: &[u8],
        content: &Content,
        keys: &CardKeys,
    ) -> Result<Vec<u8>, Status> {
        let secured = command.first().is_some_and(|cla| cla & SECURED == SECURED);
        let received = self.messaging.unwrap(command).map_err(|why| match why {
            _ if !secured => Status::OBJECT_MISSING,
            MessagingError::Form(TlvError::Unexpected(CHECKSUM)) => Status::OBJECT_MISSING,
            _ => Status::OBJECT_WRONG,
        })?;
        let response = match self.answer(&received, content, keys) {
            Ok(response) => response,
            Err(status) => Response::status(status),
        };
        self.messaging.wrap(&response).ok().ok_or(Status::TROUBLE)
    }

    fn answer(&mut self, command: &Command, content: &Content, keys: &CardKeys) -> Result<Response, Status> {
        match (command.cla, command.ins) {
            (0x00, 0xA4) => self.select(command, content),
            (0x00, 0xB0) => self.read(command, content),
            (0x80, 0x20) => self.verify(command, content),
            (0x00, 0x22) => self.choose_key(command, keys),
            (0x00, 0x86) => self.identify(command, keys),
            (0x00 | 0x80, _) => Err(Status::NO_INSTRUCTION),
            (cla, _) if cla & 0xE0 == 0 && cla & 0x10 != 0 => Err(Status::NO_CHAINING),
            _ => Err(Status::NO_CLASS),
        }
    }

    /// SELECT: the application by its name, or one of its files by identifier (`01xx` for DGx, TR-03110-4 2.2.1).
    fn select(&mut self, command: &Command, content: &Content) -> Result<Response, Status> {
        match (command.p1, command.p2) {
            (0x04, 0x0C) if command.data == EID_APPLICATION => {
                self.application = Some(Application::default());
            }
            (0x04, 0x0C) => return Err(Status::FILE_NOT_FOUND),
            (0x02, 0x0C) => {
                let application = self.application.as_mut().ok_or(Status::FILE_NOT_FOUND)?;
                let [0x01, number] = *command.data else { return Err(Status::FILE_NOT_FOUND) };
                let group = group(number).filter(|group| content.file(*group).is_some());
                application.file = Some(group.ok_or(Status::FILE_NOT_FOUND)?);
            }
            _ => return Err(Status::WRONG_PARAMETERS),
        }
        Ok(Response::status(Status::OK))
    }

    /// READ BINARY: from an offset below 256 of the file of a short identifier, or from an offset of the current file
    /// (ISO/IEC 7816-4 11.3.3). Without the right nothing is told, not even whether there is such a file.
    fn read(&mut self, command: &Command, content: &Content) -> Result<Response, Status> {
        let application = self.application.as_mut().ok_or(Status::NO_FILE_SELECTED)?;
        if !command.data.is_empty() {
            return Err(Status::WRONG_LENGTH);
        }
        let expected = command.le.and_then(|le| usize::try_from(le).ok()).ok_or(Status::WRONG_LENGTH)?;
        let (group, offset) = match command.p1 {
            p1 if p1 & 0x80 == 0 => {
                let group = application.file.ok_or(Status::NO_FILE_SELECTED)?;
                (group, usize::from(u16::from_be_bytes([p1, command.p2])))
            }
            p1 if p1 & 0x60 == 0 => {
                let group = group(p1 & 0x1F).ok_or(Status::FILE_NOT_FOUND)?;
                (group, usize::from(command.p2))
            }
            _ => return Err(Status::WRONG_PARAMETERS),
        };
        if !self.terminal.rights.contains(Right::Read(group)) {
            return Err(Status::SECURITY_STATUS);
        }
        let file = content.file(group).ok_or(Status::FILE_NOT_FOUND)?;
        application.file = Some(group);
        let rest = file.get(offset..).ok_or(Status::WRONG_OFFSET)?;
        let data = rest[..expected.min(rest.len())].to_vec();
        // Le written as zeros asks for all that is left, so that less is no end come too soon (ISO/IEC 7816-4 11.3.1).
        let all = matches!(expected, 256 | 65_536) && !data.is_empty();
        let status = if data.len() == expected || all { Status::OK } else { Status::END_OF_FILE };
        Ok(Response { data, status })
    }

    /// VERIFY: compares the auxiliary data which the terminal signed (TR-03110-3 B.9; TR-03110-2 3.6). Everybody may ask
    /// whether the card is valid; age and place need the right.
    fn verify(&self, command: &Command, content: &Content) -> Result<Response, Status> {
        self.application.as_ref().ok_or(Status::CONDITIONS)?;
        if (command.p1, command.p2) != (0x80, 0x00) {
            return Err(Status::WRONG_PARAMETERS);
        }
        let id = tlv::only(tlv::OID, &command.data).ok().ok_or(Status::WRONG_DATA)?.value;
        let (rights, asked) = (self.terminal.rights, &self.terminal.auxiliary_data);
        let allowed = |right| rights.contains(right).then_some(()).ok_or(Status::SECURITY_STATUS);
        let yes = if id == oid::DATE_OF_BIRTH {
            allowed(Right::AgeVerification)?;
            asked.born_by.map(|day| content.born_by(day))
        } else if id == oid::DATE_OF_EXPIRY {
            asked.valid_on.map(|day| content.holds_on(day))
        } else if id == oid::COMMUNITY_ID {
            allowed(Right::CommunityIdVerification)?;
            asked.community.as_ref().map(|community| content.lives_in(community))
        } else {
            None
        };
        match yes {
            Some(true) => Ok(Response::status(Status::OK)),
            Some(false) => Err(Status::VERIFICATION_FAILED),
            None => Err(Status::DATA_NOT_FOUND),
        }
    }

    /// MSE:Set AT for restricted identification (TR-03110-3 B.4.1).
    fn choose_key(&mut self, command: &Command, keys: &CardKeys) -> Result<Response, Status> {
        let application = self.application.as_mut().ok_or(Status::CONDITIONS)?;
        if (command.p1, command.p2) != (0x41, 0xA4) {
            return Err(Status::WRONG_PARAMETERS);
        }
        let (protocol, key_id) = chosen(&command.data).ok().ok_or(Status::WRONG_DATA)?;
        keys.restricted(key_id).ok_or(Status::DATA_NOT_FOUND)?;
        application.restricted = Some((protocol, key_id));
        Ok(Response::status(Status::OK))
    }

    /// GENERAL AUTHENTICATE: the pseudonym for a sector whose key the terminal's certificate binds (TR-03110-2 3.5.1).
    fn identify(&self, command: &Command, keys: &CardKeys) -> Result<Response, Status> {
        let application = self.application.as_ref().ok_or(Status::CONDITIONS)?;
        let (protocol, key_id) = application.restricted.as_ref().ok_or(Status::CONDITIONS)?;
        if (command.p1, command.p2) != (0, 0) {
            return Err(Status::WRONG_PARAMETERS);
        }
        let (key, authorized_only) = keys.restricted(*key_id).ok_or(Status::DATA_NOT_FOUND)?;
        if authorized_only && !self.terminal.rights.contains(Right::RestrictedIdentification) {
            return Err(Status::SECURITY_STATUS);
        }
        let (asked, sector) = SectorKey::asked(&command.data).ok().ok_or(Status::WRONG_DATA)?;
        if asked.protocol() != protocol.as_slice() {
            return Err(Status::WRONG_DATA);
        }
        let bound = asked.check(self.terminal.binding_hash, &self.terminal.extensions, sector);
        bound.ok().ok_or(Status::SECURITY_STATUS)?;
        let data = asked.answer(sector, key).ok().ok_or(Status::WRONG_DATA)?;
        Ok(Response { data, status: Status::OK })
    }
}

fn group(number: u8) -> Option<DataGroup> {
    DataGroup::ALL.into_iter().find(|group| group.number() == number)
}

/// Protocol and key number of MSE:Set AT.
fn chosen(data: &[u8]) -> Result<(Vec<u8>, u32), TlvError> {
    let mut reader = tlv::Reader::der(data)?;
    let protocol = reader.take(0x80)?.value.to_vec();
    let number = reader.take(0x84)?;
    reader.finish()?;
    let [key_id] = *number.value else { return Err(TlvError::Value(0x84)) };
    Ok((protocol, u32::from(key_id)))
}
