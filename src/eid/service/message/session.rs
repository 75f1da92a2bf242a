//! The names and keys of a session: `Session` and `PSK`.

use super::sequence::Sequence;
use crate::domain::secret::Secret;
use crate::xml::write::{Node, hex_leaf, leaf, node};
use crate::xml::{Element, XmlError};

/// Bytes of a session's id and of a key: at least what the schema says, at most what we keep.
const BYTES: std::ops::RangeInclusive<usize> = 16..=128;
/// Characters of a key's name, likewise.
const NAME: std::ops::RangeInclusive<usize> = 16..=256;

/// `Session/ID`: between eService and eID-Server only; who knows it and may ask, may ask for the result.
#[derive(Clone, Debug)]
pub struct SessionId(Secret<Vec<u8>>);

impl SessionId {
    /// Takes bytes, as many as the schema allows.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        BYTES.contains(&bytes.len()).then(|| Self(Secret::new(bytes)))
    }

    /// The bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }

    pub(super) fn write(&self) -> Node {
        node("eid:Session").child(hex_leaf("eid:ID", self.expose()))
    }

    pub(super) fn parse(session: &Element<'_>) -> Result<Self, XmlError> {
        let mut inside = Sequence::of(session);
        let id = inside.one("ID")?;
        inside.end()?;
        Self::new(id.hex(*BYTES.end())?).ok_or_else(|| id.wrong())
    }
}

/// `PSK`: the `SessionIdentifier` of the TC token and the key of its path protection.
#[derive(Clone, Debug)]
pub struct Psk {
    /// `ID`: printable, without white space.
    pub id: Secret<String>,
    /// `Key`.
    pub key: Secret<Vec<u8>>,
}

impl Psk {
    pub(super) fn write(&self) -> Node {
        node("eid:PSK")
            .child(leaf("eid:ID", self.id.expose().as_str()))
            .child(hex_leaf("eid:Key", self.key.expose()))
    }

    pub(super) fn parse(psk: &Element<'_>) -> Result<Self, XmlError> {
        let mut inside = Sequence::of(psk);
        let (id, key) = (inside.one("ID")?, inside.one("Key")?);
        inside.end()?;
        let name = id.text()?;
        if !NAME.contains(&name.len()) || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(id.wrong());
        }
        let bytes = Secret::new(key.hex(*BYTES.end())?);
        if !BYTES.contains(&bytes.expose().len()) {
            return Err(key.wrong());
        }
        Ok(Self { id: Secret::new(name), key: bytes })
    }
}
