//! Secure messaging with AES (TR-03110-3 E; ISO/IEC 7816-4 10): encrypted and authenticated commands and responses.
//!
//! The send sequence counter starts at zero and is increased before every command and every response, so command
//! n (from 0) has 2n + 1 and its response 2n + 2. A terminal may therefore write several commands in advance, as the
//! protocol around it does. After the first thing that is wrong a session is closed for good.

use aws_lc_rs::cipher::{
    self, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext, UnboundCipherKey,
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::iv::FixedLength;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::apdu::{ApduError, Command, MAX_DATA, Response, Status};
use super::chip_authentication::{Protocol, SessionKeys};
use super::key::KeyError;
use super::tlv::{self, Reader, TlvError};

/// Encrypted data with padding indicator; of an odd instruction without.
const ENCRYPTED: u16 = 0x87;
const ENCRYPTED_ODD: u16 = 0x85;
const EXPECTED_LENGTH: u16 = 0x97;
const PROCESSING_STATUS: u16 = 0x99;
const CHECKSUM: u16 = 0x8E;
/// The bits of the class that say "secure messaging, header authenticated".
const SECURED: u8 = 0x0C;
const BLOCK: usize = 16;

/// Why a protected message is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessagingError {
    /// Something was wrong before.
    #[error("the session is closed")]
    Closed,
    /// A response without a command, or a command before the last response.
    #[error("this message is not due")]
    Order,
    /// The card answered without protection; it has closed its session as well.
    #[error("the card answered without protection, {0:?}")]
    Unprotected(Status),
    /// Not well-formed.
    #[error("the message is not well-formed: {0}")]
    Form(#[from] TlvError),
    /// Not a command or response.
    #[error("the message is not well-formed: {0}")]
    Apdu(#[from] ApduError),
    /// The checksum is wrong: another key, another counter, other bytes.
    #[error("the checksum is wrong")]
    Checksum,
    /// The encrypted data are not whole blocks or their padding is wrong.
    #[error("the encrypted data are not of their form")]
    Padding,
    /// The status word inside is another than outside.
    #[error("the status inside and outside differ")]
    Status,
    /// The library refused.
    #[error("secure messaging: {0}")]
    Key(#[from] KeyError),
}

/// What both sides have.
struct Channel {
    keys: SessionKeys,
    commands: u64,
    responses: u64,
    closed: bool,
}

/// The terminal's end.
pub struct Terminal(Channel);

/// The card's end.
pub struct Card(Channel);

/// Where a terminal's end stands: between two messages of the protocol around it, it is kept sealed in a store.
#[derive(Clone, Serialize, Deserialize)]
pub struct Standing {
    protocol: Protocol,
    #[serde(with = "wiped")]
    encryption: Zeroizing<Vec<u8>>,
    #[serde(with = "wiped")]
    authentication: Zeroizing<Vec<u8>>,
    commands: u64,
    responses: u64,
}

/// Bytes that are wiped from memory, to be written and read.
mod wiped {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use zeroize::Zeroizing;

    pub(super) fn serialize<S: Serializer>(bytes: &Zeroizing<Vec<u8>>, to: S) -> Result<S::Ok, S::Error> {
        bytes.as_slice().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Zeroizing<Vec<u8>>, D::Error> {
        Vec::deserialize(from).map(Zeroizing::new)
    }
}

impl Terminal {
    /// Begins with fresh keys of chip authentication.
    pub fn new(keys: SessionKeys) -> Self {
        Self(Channel::new(keys))
    }

    /// To go on later. `None`: the session is closed.
    pub fn standing(&self) -> Option<Standing> {
        let Channel { keys, commands, responses, closed } = &self.0;
        (!closed).then(|| Standing {
            protocol: keys.protocol,
            encryption: keys.encryption.clone(),
            authentication: keys.authentication.clone(),
            commands: *commands,
            responses: *responses,
        })
    }

    /// Goes on.
    pub fn resume(standing: Standing) -> Self {
        let Standing { protocol, encryption, authentication, commands, responses } = standing;
        let keys = SessionKeys { protocol, encryption, authentication };
        Self(Channel { keys, commands, responses, closed: false })
    }

    /// Protects the next command.
    ///
    /// # Errors
    /// [`MessagingError::Closed`], [`MessagingError::Apdu`], [`MessagingError::Key`].
    pub fn wrap(&mut self, command: &Command) -> Result<Vec<u8>, MessagingError> {
        self.0.guarded(|channel| channel.wrap_command(command))
    }

    /// Reads the next response.
    ///
    /// # Errors
    /// Any of [`MessagingError`]; the session is closed by it.
    pub fn unwrap(&mut self, response: &[u8]) -> Result<Response, MessagingError> {
        self.0.guarded(|channel| channel.unwrap_response(response))
    }
}

impl Card {
    /// Begins with fresh keys of chip authentication.
    pub fn new(keys: SessionKeys) -> Self {
        Self(Channel::new(keys))
    }

    /// Reads the next command.
    ///
    /// # Errors
    /// Any of [`MessagingError`]; the session is closed by it.
    pub fn unwrap(&mut self, command: &[u8]) -> Result<Command, MessagingError> {
        self.0.guarded(|channel| channel.unwrap_command(command))
    }

    /// Protects the response to the command read last.
    ///
    /// # Errors
    /// [`MessagingError::Closed`], [`MessagingError::Order`], [`MessagingError::Apdu`], [`MessagingError::Key`].
    pub fn wrap(&mut self, response: &Response) -> Result<Vec<u8>, MessagingError> {
        self.0.guarded(|channel| channel.wrap_response(response))
    }
}

impl Channel {
    fn new(keys: SessionKeys) -> Self {
        Self { keys, commands: 0, responses: 0, closed: false }
    }

    fn guarded<T>(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<T, MessagingError>,
    ) -> Result<T, MessagingError> {
        if self.closed {
            return Err(MessagingError::Closed);
        }
        let outcome = act(self);
        self.closed = outcome.is_err();
        outcome
    }

    fn command_counter(&self) -> [u8; BLOCK] {
        (2 * u128::from(self.commands) + 1).to_be_bytes()
    }

    fn response_counter(&self) -> [u8; BLOCK] {
        (2 * u128::from(self.responses) + 2).to_be_bytes()
    }

    fn wrap_command(&mut self, command: &Command) -> Result<Vec<u8>, MessagingError> {
        // What does not fit in the clear does not fit protected.
        command.encode()?;
        let counter = self.command_counter();
        let header = [command.cla | SECURED, command.ins, command.p1, command.p2];
        let mut objects = self.encrypted(&counter, &command.data, command.ins)?;
        if let Some(le) = command.le {
            let digits = le.to_be_bytes();
            objects
                .extend(tlv::write(EXPECTED_LENGTH, &[if le > 256 { &digits[2..] } else { &digits[3..] }]));
        }
        let checksum = self.command_checksum(&counter, &header, &objects)?;
        objects.extend(tlv::write(CHECKSUM, &[&checksum]));
        let [cla, ins, p1, p2] = header;
        let extended = objects.len() > 255 || command.le.is_some_and(|le| le > 256);
        let le = Some(if extended { 65_536 } else { 256 });
        let bytes = Command { cla, ins, p1, p2, data: objects, le }.encode()?;
        self.commands += 1;
        Ok(bytes)
    }

    fn unwrap_command(&mut self, bytes: &[u8]) -> Result<Command, MessagingError> {
        if self.commands != self.responses {
            return Err(MessagingError::Order);
        }
        let outer = Command::parse(bytes)?;
        if outer.cla & SECURED != SECURED {
            return Err(MessagingError::Form(TlvError::Unexpected(CHECKSUM)));
        }
        let mut reader = Reader::ber(&outer.data)?;
        let data = reader.optional(encrypted_tag(outer.ins))?;
        let expected = reader.optional(EXPECTED_LENGTH)?;
        let covered = outer.data.len() - reader.rest().len();
        let checksum = reader.take(CHECKSUM)?.value;
        reader.finish()?;
        let counter = self.command_counter();
        let header = [outer.cla, outer.ins, outer.p1, outer.p2];
        let right = self.command_checksum(&counter, &header, &outer.data[..covered])?;
        verify_slices_are_equal(&right, checksum).ok().ok_or(MessagingError::Checksum)?;
        let le = expected.map(|object| expected_length(object.value)).transpose()?;
        let data = data.map_or_else(|| Ok(Vec::new()), |object| self.decrypted(&counter, &object))?;
        self.commands += 1;
        Ok(Command { cla: outer.cla & !SECURED, ins: outer.ins, p1: outer.p1, p2: outer.p2, data, le })
    }

    fn wrap_response(&mut self, response: &Response) -> Result<Vec<u8>, MessagingError> {
        if self.responses >= self.commands {
            return Err(MessagingError::Order);
        }
        if response.data.len() > MAX_DATA {
            return Err(ApduError::TooLong.into());
        }
        let counter = self.response_counter();
        let status = response.status.0.to_be_bytes();
        let mut objects = self.encrypted(&counter, &response.data, 0)?;
        objects.extend(tlv::write(PROCESSING_STATUS, &[&status]));
        let checksum = self.keys.mac(&[&counter, &padded(&objects)])?;
        objects.extend(tlv::write(CHECKSUM, &[&checksum]));
        objects.extend(status);
        self.responses += 1;
        Ok(objects)
    }

    fn unwrap_response(&mut self, bytes: &[u8]) -> Result<Response, MessagingError> {
        if self.responses >= self.commands {
            return Err(MessagingError::Order);
        }
        let outer = Response::parse(bytes)?;
        if outer.data.is_empty() {
            return Err(MessagingError::Unprotected(outer.status));
        }
        let mut reader = Reader::ber(&outer.data)?;
        // A response to an odd instruction may come in either form (ISO/IEC 7816-4 10.2).
        let data = match reader.optional(ENCRYPTED)? {
            Some(object) => Some(object),
            None => reader.optional(ENCRYPTED_ODD)?,
        };
        let status = reader.take(PROCESSING_STATUS)?.value;
        let covered = outer.data.len() - reader.rest().len();
        let checksum = reader.take(CHECKSUM)?.value;
        reader.finish()?;
        let counter = self.response_counter();
        let right = self.keys.mac(&[&counter, &padded(&outer.data[..covered])])?;
        verify_slices_are_equal(&right, checksum).ok().ok_or(MessagingError::Checksum)?;
        if status != outer.status.0.to_be_bytes() {
            return Err(MessagingError::Status);
        }
        let data = data.map_or_else(|| Ok(Vec::new()), |object| self.decrypted(&counter, &object))?;
        self.responses += 1;
        Ok(Response { data, status: outer.status })
    }

    fn command_checksum(
        &self,
        counter: &[u8; BLOCK],
        header: &[u8; 4],
        objects: &[u8],
    ) -> Result<[u8; 8], KeyError> {
        let objects = if objects.is_empty() { Vec::new() } else { padded(objects) };
        self.keys.mac(&[counter, &padded(header), &objects])
    }

    /// The object with the encrypted data; nothing if there are none.
    fn encrypted(&self, counter: &[u8; BLOCK], data: &[u8], ins: u8) -> Result<Vec<u8>, KeyError> {
        if data.is_empty() {
            return Ok(Vec::new());
        }
        let mut blocks = padded(data);
        let iv = EncryptionContext::Iv128(FixedLength::from(self.iv(counter)?));
        let key = EncryptingKey::cbc(self.cipher_key()?).ok().ok_or(KeyError::Library)?;
        key.less_safe_encrypt(&mut blocks, iv).ok().ok_or(KeyError::Library)?;
        let tag = encrypted_tag(ins);
        let indicator: &[u8] = if tag == ENCRYPTED { &[0x01] } else { &[] };
        Ok(tlv::write(tag, &[indicator, &blocks]))
    }

    fn decrypted(&self, counter: &[u8; BLOCK], object: &tlv::Object<'_>) -> Result<Vec<u8>, MessagingError> {
        let ((ENCRYPTED, [0x01, blocks @ ..]) | (ENCRYPTED_ODD, blocks)) = (object.tag, object.value) else {
            return Err(MessagingError::Padding);
        };
        if blocks.is_empty() || !blocks.len().is_multiple_of(BLOCK) {
            return Err(MessagingError::Padding);
        }
        let mut data = blocks.to_vec();
        let iv = DecryptionContext::Iv128(FixedLength::from(self.iv(counter)?));
        let key = DecryptingKey::cbc(self.cipher_key()?).ok().ok_or(KeyError::Library)?;
        key.decrypt(&mut data, iv).ok().ok_or(KeyError::Library)?;
        // Padding is only looked at after the checksum was found right, so it is no oracle.
        let end = data.iter().rposition(|byte| *byte != 0).ok_or(MessagingError::Padding)?;
        if data[end] != 0x80 || data.len() - end > BLOCK {
            return Err(MessagingError::Padding);
        }
        data.truncate(end);
        Ok(data)
    }

    /// `IV = E(K_enc, SSC)` (TR-03110-3 E.2.2.1).
    fn iv(&self, counter: &[u8; BLOCK]) -> Result<[u8; BLOCK], KeyError> {
        let mut block = *counter;
        let key = EncryptingKey::ecb(self.cipher_key()?).ok().ok_or(KeyError::Library)?;
        key.less_safe_encrypt(&mut block, EncryptionContext::None).ok().ok_or(KeyError::Library)?;
        Ok(block)
    }

    fn cipher_key(&self) -> Result<UnboundCipherKey, KeyError> {
        let algorithm = match self.keys.protocol {
            Protocol::Aes128 => &cipher::AES_128,
            Protocol::Aes192 => &cipher::AES_192,
            Protocol::Aes256 => &cipher::AES_256,
        };
        UnboundCipherKey::new(algorithm, &self.keys.encryption).ok().ok_or(KeyError::Library)
    }
}

fn encrypted_tag(ins: u8) -> u16 {
    if ins.is_multiple_of(2) { ENCRYPTED } else { ENCRYPTED_ODD }
}

fn expected_length(digits: &[u8]) -> Result<u32, MessagingError> {
    match *digits {
        [0] => Ok(256),
        [le] => Ok(u32::from(le)),
        [0, 0] => Ok(65_536),
        [high, low] => Ok(u32::from(u16::from_be_bytes([high, low]))),
        _ => Err(TlvError::Value(EXPECTED_LENGTH).into()),
    }
}

/// Padding method 2 of ISO/IEC 9797-1: one bit, then zeros to a whole block.
fn padded(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() + BLOCK);
    out.extend_from_slice(data);
    out.push(0x80);
    out.resize(out.len().next_multiple_of(BLOCK), 0);
    out
}
