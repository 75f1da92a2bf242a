//! Restricted identification: a pseudonym per card and sector (TR-03110-2 3.5, TR-03110-3 A.5, B.4).
//!
//! Two services in different sectors see different pseudonyms of one card; a new card has new ones.

use super::apdu::Command;
use super::certificate::{self, Extensions, encode_key};
use super::curve::Hash;
use super::key::{KeyError, PrivateKey, PublicKey};
use super::oid;
use super::tlv::{self, TlvError};

/// Dynamic authentication data (ISO/IEC 7816-4 11.5.5).
const DYNAMIC: u16 = 0x7C;

/// Why restricted identification fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestrictedError {
    /// Not well-formed.
    #[error("restricted identification: {0}")]
    Form(#[from] TlvError),
    /// The sector key is not of the protocol, on another curve, or no point.
    #[error("the sector key is not usable")]
    Algorithm,
    /// The terminal's certificate does not bind this sector key.
    #[error("the certificate does not bind this sector key")]
    OtherSector,
    /// The key agreement is not possible.
    #[error("restricted identification: {0}")]
    Key(#[from] KeyError),
    /// The pseudonym is not as long as a hash.
    #[error("the pseudonym has a wrong length")]
    Length,
}

/// First or second sector of a terminal; the second is for the change of a sector key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sector {
    /// `A0` asks, `81` answers.
    First,
    /// `A2` asks, `83` answers.
    Second,
}

/// A sector's public key and how its pseudonyms are hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectorKey {
    hash: Hash,
    protocol: &'static [u8],
    key: PublicKey,
}

impl Sector {
    fn tags(self) -> (u16, u16) {
        match self {
            Self::First => (0xA0, 0x81),
            Self::Second => (0xA2, 0x83),
        }
    }
}

impl SectorKey {
    /// # Errors
    /// [`RestrictedError::Algorithm`] for a hash without a protocol.
    pub fn new(hash: Hash, key: PublicKey) -> Result<Self, RestrictedError> {
        Ok(Self { hash, protocol: protocol(hash)?, key })
    }

    /// The identifier of its protocol.
    pub fn protocol(&self) -> &'static [u8] {
        self.protocol
    }

    /// The object `7F49` with all domain parameters: what the certificate's hash covers (TR-03110-3 C.3.2).
    pub fn encode(&self) -> Vec<u8> {
        encode_key(self.protocol, &self.key, true)
    }

    /// # Errors
    /// [`RestrictedError::Form`], [`RestrictedError::Algorithm`].
    pub fn parse(object: &[u8]) -> Result<Self, RestrictedError> {
        let mut reader = tlv::only(certificate::PUBLIC_KEY, object)?.inside()?;
        let id = reader.take(tlv::OID)?.value;
        let hash = [Hash::Sha256, Hash::Sha384].into_iter().find(|hash| protocol(*hash) == Ok(id));
        let (curve, point) = certificate::domain_and_point(&mut reader)?;
        reader.finish()?;
        let (Some(hash), Some(Some(curve))) = (hash, curve) else { return Err(RestrictedError::Algorithm) };
        let key = PublicKey::from_point(curve, point).ok().ok_or(RestrictedError::Algorithm)?;
        Self::new(hash, key)
    }

    /// Its hash as a terminal's certificate holds it; the hash function is that of the certificate's issuer.
    pub fn hash(&self, hash: Hash) -> Vec<u8> {
        hash.of(&[&self.encode()])
    }

    /// The card's check before it answers (TR-03110-2 3.5.1 step 2).
    ///
    /// # Errors
    /// [`RestrictedError::OtherSector`].
    pub fn check(&self, hash: Hash, bound: &Extensions, sector: Sector) -> Result<(), RestrictedError> {
        let expected = match sector {
            Sector::First => &bound.first_sector,
            Sector::Second => &bound.second_sector,
        };
        let own = self.hash(hash);
        if expected.as_ref() == Some(&own) { Ok(()) } else { Err(RestrictedError::OtherSector) }
    }

    /// MSE:Set AT with the card's key of this identifier (TR-03110-3 B.4.1).
    pub fn select(&self, key_id: u8) -> Command {
        let data = [tlv::write(0x80, &[self.protocol]), tlv::write(0x84, &[&[key_id]])].concat();
        Command { cla: 0, ins: 0x22, p1: 0x41, p2: 0xA4, data, le: None }
    }

    /// GENERAL AUTHENTICATE: asks for the pseudonym (TR-03110-3 B.4.2).
    ///
    /// # Errors
    /// [`RestrictedError::Form`], never for a key made by this room.
    pub fn ask(&self, sector: Sector) -> Result<Command, RestrictedError> {
        let key = self.encode();
        let parts = tlv::only(certificate::PUBLIC_KEY, &key)?.value;
        let data = tlv::write(DYNAMIC, &[&tlv::write(sector.tags().0, &[parts])]);
        Ok(Command { cla: 0, ins: 0x86, p1: 0, p2: 0, data, le: Some(256) })
    }

    /// The terminal's reading of the answer.
    ///
    /// # Errors
    /// [`RestrictedError::Form`], [`RestrictedError::Length`].
    pub fn pseudonym(&self, sector: Sector, answer: &[u8]) -> Result<Vec<u8>, RestrictedError> {
        let pseudonym = tlv::only(DYNAMIC, answer)?.only(sector.tags().1)?.value;
        if pseudonym.len() == self.hash.length() {
            Ok(pseudonym.to_vec())
        } else {
            Err(RestrictedError::Length)
        }
    }

    /// The card's reading of the question.
    ///
    /// # Errors
    /// [`RestrictedError::Form`], [`RestrictedError::Algorithm`].
    pub fn asked(question: &[u8]) -> Result<(Self, Sector), RestrictedError> {
        let mut reader = tlv::only(DYNAMIC, question)?.inside()?;
        let object = reader.object()?;
        reader.finish()?;
        let sector = [Sector::First, Sector::Second].into_iter().find(|s| s.tags().0 == object.tag);
        let sector = sector.ok_or(TlvError::Unexpected(0xA0))?;
        Ok((Self::parse(&tlv::write(certificate::PUBLIC_KEY, &[object.value]))?, sector))
    }

    /// The card's answer: `H(x(d_RI · PK_sector))` (TR-03110-3 A.5).
    ///
    /// # Errors
    /// [`RestrictedError::Key`] if the curves differ.
    pub fn answer(&self, sector: Sector, card: &PrivateKey) -> Result<Vec<u8>, RestrictedError> {
        let pseudonym = self.hash.of(&[&card.agree(&self.key)?]);
        Ok(tlv::write(DYNAMIC, &[&tlv::write(sector.tags().1, &[&pseudonym])]))
    }
}

fn protocol(hash: Hash) -> Result<&'static [u8], RestrictedError> {
    match hash {
        Hash::Sha256 => Ok(oid::RI_ECDH_SHA_256),
        Hash::Sha384 => Ok(oid::RI_ECDH_SHA_384),
        Hash::Sha512 => Err(RestrictedError::Algorithm),
    }
}
