//! What makes a card genuine: its keys, and the files in which it names them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::cvc::card_security;
use crate::cvc::chip_authentication::Protocol;
use crate::cvc::curve::Curve;
use crate::cvc::document_signer::SignerError;
use crate::cvc::key::{KeyError, PrivateKey};
use crate::cvc::oid;
use crate::cvc::restricted_identification::{Sector, SectorKey};
use crate::cvc::security_infos::{ChipKey, InfosError, RestrictedKey, SecurityInfos};
use crate::cvc::tlv;
use crate::domain::dice::Dice;
use crate::eid::kept_key::KeptKey;

/// The number of the key for chip authentication.
pub const CHIP_KEY: u32 = 0x41;
/// The number of the key whose pseudonyms are on block lists: any terminal may use it.
pub const REVOCATION_KEY: u32 = 1;
/// The number of the key for pseudonyms: a terminal needs the right.
pub const PSEUDONYM_KEY: u32 = 2;

/// Why no card could be made.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// No key.
    #[error("the keys of a card: {0}")]
    Key(#[from] KeyError),
    /// The document signer cannot sign.
    #[error("the keys of a card: {0}")]
    Signer(#[from] SignerError),
    /// The file that names the keys is none.
    #[error("the keys of a card: {0}")]
    Infos(#[from] InfosError),
    /// What was kept is no key.
    #[error("the kept keys of a card are none")]
    Kept,
}

/// The keys of one card with EF.CardAccess and EF.CardSecurity. Serialises with its keys in clear: only ever into
/// something that is sealed.
pub struct CardKeys {
    chip: Pair,
    revocation: Pair,
    pseudonym: Pair,
    card_access: Vec<u8>,
    card_security: Vec<u8>,
}

/// A key, and as it rests.
struct Pair {
    kept: KeptKey,
    key: PrivateKey,
}

impl CardKeys {
    /// A new card on this curve, its keys attested by a document signer (certificate and key).
    ///
    /// # Errors
    /// [`KeysError::Key`], [`KeysError::Signer`].
    pub fn make(
        curve: Curve,
        (certificate, signer): (&[u8], &PrivateKey),
        dice: &dyn Dice,
    ) -> Result<Self, KeysError> {
        let [chip, revocation, pseudonym] =
            [Pair::draw(curve, dice)?, Pair::draw(curve, dice)?, Pair::draw(curve, dice)?];
        let card_access = card_access(curve);
        // What EF.CardAccess says of PACE stands signed in EF.CardSecurity as well (TR-03110-3 A.1.2).
        let mut infos = SecurityInfos::parse(&card_access)?;
        infos.chip_keys.push(ChipKey {
            protocol: protocol(curve),
            key: chip.key.public().clone(),
            key_id: Some(CHIP_KEY),
        });
        let restricted =
            |key_id, authorized_only| RestrictedKey { hash: curve.hash(), key_id, authorized_only };
        infos.restricted_keys = vec![restricted(REVOCATION_KEY, false), restricted(PSEUDONYM_KEY, true)];
        let card_security = card_security::sign_for_lab(&infos, certificate, signer)?;
        Ok(Self { chip, revocation, pseudonym, card_access, card_security })
    }

    /// The curve of all its keys.
    #[must_use]
    pub fn curve(&self) -> Curve {
        self.chip.key.curve()
    }

    /// The protocol of its chip authentication.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        protocol(self.curve())
    }

    /// EF.CardAccess (TR-03110-3 A.1.2.1): for everybody to read.
    #[must_use]
    pub fn card_access(&self) -> &[u8] {
        &self.card_access
    }

    /// EF.CardSecurity; see [`super::Card::card_security`] for who may read it.
    pub(super) fn card_security(&self) -> &[u8] {
        &self.card_security
    }

    /// The pseudonym by which this card stands on the block list of a sector (TR-03110-2 3.5.3).
    ///
    /// # Errors
    /// [`KeysError::Key`] if the sector lies on another curve.
    pub fn revocation_pseudonym(&self, sector: &SectorKey) -> Result<Vec<u8>, KeysError> {
        let answer = sector.answer(Sector::First, &self.revocation.key);
        let pseudonym = answer.and_then(|answer| sector.pseudonym(Sector::First, &answer));
        pseudonym.map_err(|_curve| KeysError::Key(KeyError::OtherCurve))
    }

    /// The key of chip authentication with this number; without a number the only one there is.
    pub(super) fn chip(&self, key_id: Option<u32>) -> Option<&PrivateKey> {
        key_id.is_none_or(|id| id == CHIP_KEY).then_some(&self.chip.key)
    }

    /// The key of restricted identification with this number, and whether a terminal needs the right for it.
    pub(super) fn restricted(&self, key_id: u32) -> Option<(&PrivateKey, bool)> {
        match key_id {
            REVOCATION_KEY => Some((&self.revocation.key, false)),
            PSEUDONYM_KEY => Some((&self.pseudonym.key, true)),
            _ => None,
        }
    }
}

impl Pair {
    fn draw(curve: Curve, dice: &dyn Dice) -> Result<Self, KeyError> {
        let (kept, key) = KeptKey::draw(curve, dice)?;
        Ok(Self { kept, key })
    }

    fn read(kept: &KeptKey) -> Result<Self, KeyError> {
        Ok(Self { kept: kept.clone(), key: kept.key()? })
    }
}

/// Cipher and key length of the strength of the curve (TR-03116-2 chapter 3).
fn protocol(curve: Curve) -> Protocol {
    match curve {
        Curve::BrainpoolP256r1 | Curve::P256 => Protocol::Aes128,
        Curve::BrainpoolP384r1 | Curve::P384 => Protocol::Aes256,
    }
}

/// PACE with generic mapping, terminal authentication 2 and chip authentication 2, all on one curve.
fn card_access(curve: Curve) -> Vec<u8> {
    let number = |number: u32| tlv::write_integer(&number.to_be_bytes());
    let info =
        |id: &[u8], parts: &[&[u8]]| tlv::write(tlv::SEQUENCE, &[&tlv::write_oid(id), &parts.concat()]);
    let (domain, key) = (number(curve.standardized_id()), number(CHIP_KEY));
    let algorithm = info(oid::STANDARDIZED_PARAMETERS, &[&domain]);
    let pace = match protocol(curve) {
        Protocol::Aes128 => oid::PACE_ECDH_GM_AES_128,
        Protocol::Aes192 => oid::PACE_ECDH_GM_AES_192,
        Protocol::Aes256 => oid::PACE_ECDH_GM_AES_256,
    };
    let mut infos = [
        info(pace, &[&number(2), &domain]),
        info(oid::TA, &[&number(2)]),
        info(protocol(curve).oid(), &[&number(2), &key]),
        info(oid::CA_ECDH, &[&algorithm, &key]),
    ];
    // DER wants a SET OF in ascending order (X.690 11.6).
    infos.sort();
    tlv::write(tlv::SET, &[&infos.concat()])
}

/// As it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    chip: KeptKey,
    revocation: KeptKey,
    pseudonym: KeptKey,
    card_access: Vec<u8>,
    card_security: Vec<u8>,
}

impl Serialize for CardKeys {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let kept = Kept {
            chip: self.chip.kept.clone(),
            revocation: self.revocation.kept.clone(),
            pseudonym: self.pseudonym.kept.clone(),
            card_access: self.card_access.clone(),
            card_security: self.card_security.clone(),
        };
        kept.serialize(to)
    }
}

impl<'de> Deserialize<'de> for CardKeys {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let kept = Kept::deserialize(from)?;
        let pair = |kept| Pair::read(kept).map_err(serde::de::Error::custom);
        Ok(Self {
            chip: pair(&kept.chip)?,
            revocation: pair(&kept.revocation)?,
            pseudonym: pair(&kept.pseudonym)?,
            card_access: kept.card_access,
            card_security: kept.card_security,
        })
    }
}
