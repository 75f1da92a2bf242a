//! `SecurityInfos`: what a card supports and its public keys (TR-03110-3 A.1.1), in EF.CardAccess readable by all,
//! in EF.CardSecurity signed.

use super::chip_authentication::Protocol;
use super::curve::{Curve, Hash};
use super::key::PublicKey;
use super::oid;
use super::tlv::{self, TlvError};

/// Longest file, in bytes.
pub const MAX_FILE: usize = 16 * 1024;
/// Most entries.
const MAX_INFOS: usize = 64;
/// `ChipAuthenticationInfo.version` of chip authentication version 2.
const CHIP_VERSION: u32 = 2;

/// Why security infos are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InfosError {
    /// Longer than [`MAX_FILE`], or more entries than a card has.
    #[error("the security infos are too long")]
    TooLong,
    /// Not well-formed.
    #[error("the security infos are not well-formed: {0}")]
    Form(#[from] TlvError),
    /// A key is no point on its curve.
    #[error("the card names a key that is no point on its curve")]
    Point,
}

/// A key for chip authentication, on a curve and with a protocol of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChipKey {
    /// What it is for.
    pub protocol: Protocol,
    /// The key.
    pub key: PublicKey,
    /// Its number on the card.
    pub key_id: Option<u32>,
}

/// A key for restricted identification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestrictedKey {
    /// The hash of its pseudonyms.
    pub hash: Hash,
    /// Its number on the card.
    pub key_id: u32,
    /// Whether the terminal needs the right; a key without is for the block list.
    pub authorized_only: bool,
}

/// What was read. Entries of kinds, protocols or curves that this room does not have are passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecurityInfos {
    /// Keys for chip authentication version 2; not those for privileged terminals.
    pub chip_keys: Vec<ChipKey>,
    /// Keys for restricted identification.
    pub restricted_keys: Vec<RestrictedKey>,
    /// The curves of chip authentication, which EF.CardAccess names ahead of the keys (TR-03110-3 A.1.1.2).
    pub chip_curves: Vec<Curve>,
    pace: Vec<Vec<u8>>,
}

impl SecurityInfos {
    /// For a card of our own.
    pub fn new(chip_keys: Vec<ChipKey>, restricted_keys: Vec<RestrictedKey>) -> Self {
        let chip_curves = chip_keys.iter().map(|chip| chip.key.curve()).collect();
        Self { chip_keys, restricted_keys, chip_curves, pace: Vec::new() }
    }

    /// # Errors
    /// Any of [`InfosError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, InfosError> {
        if bytes.len() > MAX_FILE {
            return Err(InfosError::TooLong);
        }
        let mut reader = tlv::only(tlv::SET, bytes)?.inside()?;
        let mut infos = Self::default();
        let mut protocols = Vec::new();
        let mut keys = Vec::new();
        for entry in 0.. {
            if reader.is_empty() {
                break;
            }
            if entry == MAX_INFOS {
                return Err(InfosError::TooLong);
            }
            let info = reader.take(tlv::SEQUENCE)?;
            let mut parts = info.inside()?;
            let id = parts.take(tlv::OID)?.value;
            if id == oid::PK_ECDH {
                keys.extend(public_key(parts)?);
            } else if id == oid::CA_ECDH {
                infos.chip_curves.extend(Curve::from_algorithm(&parts.take(tlv::SEQUENCE)?)?);
            } else if let Some(protocol) = Protocol::from_oid(id) {
                let version = parts.take(tlv::INTEGER)?.small_integer()?;
                let key_id = key_id(&mut parts)?;
                if version == CHIP_VERSION {
                    protocols.push((protocol, key_id));
                }
            } else if let Some(hash) = restricted_hash(id) {
                infos.restricted_keys.push(restricted(hash, parts)?);
            } else if id.starts_with(oid::PACE) {
                infos.pace.push(info.whole.to_vec());
            }
        }
        for (protocol, wanted) in protocols {
            let key = keys.iter().find(|(_, key_id)| *key_id == wanted);
            infos.chip_keys.extend(key.map(|(key, key_id)| ChipKey {
                protocol,
                key: key.clone(),
                key_id: *key_id,
            }));
        }
        Ok(infos)
    }

    /// Whether every PACE entry of the unsigned EF.CardAccess stands here too. If not, somebody between card and
    /// terminal changed what the card offers (TR-03110-2 3.2, TR-03110-3 A.1.2).
    pub fn confirms(&self, card_access: &Self) -> bool {
        card_access.pace.iter().all(|info| self.pace.contains(info))
    }

    /// The SET for a card of our own.
    pub fn encode(&self) -> Vec<u8> {
        let number = |number: u32| tlv::write_integer(&number.to_be_bytes());
        let maybe = |id: Option<u32>| id.map(number).unwrap_or_default();
        let mut infos = self.pace.clone();
        infos.push(tlv::write(tlv::SEQUENCE, &[&tlv::write_oid(oid::TA), &number(2)]));
        for chip in &self.chip_keys {
            let id = maybe(chip.key_id);
            let curve = number(chip.key.curve().standardized_id());
            let algorithm =
                tlv::write(tlv::SEQUENCE, &[&tlv::write_oid(oid::STANDARDIZED_PARAMETERS), &curve]);
            let key = tlv::write(tlv::BIT_STRING, &[&[0], chip.key.point()]);
            let key = tlv::write(tlv::SEQUENCE, &[&algorithm, &key]);
            let protocol = tlv::write_oid(chip.protocol.oid());
            infos.push(tlv::write(tlv::SEQUENCE, &[&protocol, &number(CHIP_VERSION), &id]));
            infos.push(tlv::write(tlv::SEQUENCE, &[&tlv::write_oid(oid::CA_ECDH), &algorithm, &id]));
            infos.push(tlv::write(tlv::SEQUENCE, &[&tlv::write_oid(oid::PK_ECDH), &key, &id]));
        }
        for key in &self.restricted_keys {
            let id = if key.hash == Hash::Sha384 { oid::RI_ECDH_SHA_384 } else { oid::RI_ECDH_SHA_256 };
            let authorized = tlv::write(tlv::BOOLEAN, &[&[if key.authorized_only { 0xFF } else { 0 }]]);
            let parameters = tlv::write(tlv::SEQUENCE, &[&number(1), &number(key.key_id), &authorized]);
            infos.push(tlv::write(tlv::SEQUENCE, &[&tlv::write_oid(id), &parameters]));
        }
        // DER wants a SET OF in ascending order (X.690 11.6).
        infos.sort();
        tlv::write(tlv::SET, &[&infos.concat()])
    }
}

/// `ChipAuthenticationPublicKeyInfo` after its identifier; nothing if the curve is not ours.
fn public_key(mut parts: tlv::Reader<'_>) -> Result<Option<(PublicKey, Option<u32>)>, InfosError> {
    let mut spki = parts.take(tlv::SEQUENCE)?.inside()?;
    let curve = Curve::from_algorithm(&spki.take(tlv::SEQUENCE)?)?;
    let point = spki.take(tlv::BIT_STRING)?.bits()?;
    spki.finish()?;
    let key_id = key_id(&mut parts)?;
    let Some(curve) = curve else { return Ok(None) };
    let key = PublicKey::from_point(curve, point).ok().ok_or(InfosError::Point)?;
    Ok(Some((key, key_id)))
}

fn key_id(parts: &mut tlv::Reader<'_>) -> Result<Option<u32>, InfosError> {
    let id = parts.optional(tlv::INTEGER)?.map(|id| id.small_integer()).transpose()?;
    parts.finish()?;
    Ok(id)
}

fn restricted_hash(id: &[u8]) -> Option<Hash> {
    match id {
        id if id == oid::RI_ECDH_SHA_256 => Some(Hash::Sha256),
        id if id == oid::RI_ECDH_SHA_384 => Some(Hash::Sha384),
        _ => None,
    }
}

/// `RestrictedIdentificationInfo` after its identifier.
fn restricted(hash: Hash, mut parts: tlv::Reader<'_>) -> Result<RestrictedKey, InfosError> {
    let mut parameters = parts.take(tlv::SEQUENCE)?.inside()?;
    parameters.take(tlv::INTEGER)?;
    let key_id = parameters.take(tlv::INTEGER)?.small_integer()?;
    let authorized_only = match parameters.take(tlv::BOOLEAN)?.value {
        [0] => false,
        [0xFF] => true,
        _ => return Err(TlvError::Value(tlv::BOOLEAN).into()),
    };
    Ok(RestrictedKey { hash, key_id, authorized_only })
}
