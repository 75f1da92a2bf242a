//! Certificate Holder Authorization Template of authentication terminals (TR-03110-3 C.4, TR-03110-4 2.2.3).

use super::data_groups::DataGroup;
use super::{oid, tlv};

/// Tag of the template.
pub const TAG: u16 = 0x7F4C;
/// Tag of the discretionary data: role and rights.
const DISCRETIONARY: u16 = 0x53;
/// All bits but the two of the role.
const RIGHTS: u64 = (1 << 38) - 1;

/// Who holds a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Country Verifying CA: the root of a country.
    Cvca,
    /// Document verifier, official domestic.
    OfficialVerifier,
    /// Document verifier, any other; those who issue to services are these.
    Verifier,
    /// Authentication terminal: an eID-Server on behalf of a service.
    Terminal,
}

/// One thing a terminal may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Ask whether the holder is of an age (bit 0).
    AgeVerification,
    /// Ask whether the holder lives in a community (bit 1).
    CommunityIdVerification,
    /// Receive the sector's pseudonym (bit 2).
    RestrictedIdentification,
    /// Use the privileged chip key (bit 3).
    PrivilegedTerminal,
    /// Use the card access number in place of the PIN (bit 4).
    CanAllowed,
    /// Manage the PIN (bit 5).
    PinManagement,
    /// Install a certificate (bit 6).
    InstallCertificate,
    /// Install a qualified certificate (bit 7).
    InstallQualifiedCertificate,
    /// Read a data group (bits 8 to 28; 29 for DG22, which older text reserves).
    Read(DataGroup),
    /// Write DG17 to DG21 (bits 37 down to 33); others have no bit.
    Write(DataGroup),
}

/// A set of rights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights(u64);

/// Role and rights as a certificate or a request carries them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chat {
    /// Whose they are.
    pub role: Role,
    /// What they may do.
    pub rights: Rights,
}

/// Why a template is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChatError {
    /// Not well-formed.
    #[error("the authorisation template is not well-formed: {0}")]
    Form(#[from] tlv::TlvError),
    /// For inspection systems or signature terminals.
    #[error("the authorisation is not one for authentication terminals")]
    OtherTerminal,
    /// Not 40 bits.
    #[error("the authorisation has not five bytes")]
    Length,
}

impl Right {
    /// Its bit; `None` for a data group nobody may write.
    fn bit(self) -> Option<u32> {
        match self {
            Self::AgeVerification => Some(0),
            Self::CommunityIdVerification => Some(1),
            Self::RestrictedIdentification => Some(2),
            Self::PrivilegedTerminal => Some(3),
            Self::CanAllowed => Some(4),
            Self::PinManagement => Some(5),
            Self::InstallCertificate => Some(6),
            Self::InstallQualifiedCertificate => Some(7),
            Self::Read(group) => Some(7 + u32::from(group.number())),
            Self::Write(group) => {
                let number = u32::from(group.number());
                (17..=21).contains(&number).then(|| 54 - number)
            }
        }
    }
}

impl Rights {
    /// None.
    pub const NONE: Self = Self(0);
    /// Every bit, as a CVCA has them.
    pub const ALL: Self = Self(RIGHTS);

    /// With one more.
    #[must_use]
    pub fn with(self, right: Right) -> Self {
        Self(self.0 | right.bit().map_or(0, |bit| 1 << bit))
    }

    /// Whether it is among them.
    pub fn contains(self, right: Right) -> bool {
        right.bit().is_some_and(|bit| self.0 & (1 << bit) != 0)
    }

    /// What both have: how rights come down a chain (TR-03110-2 2.7).
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What either has.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of these are among the others.
    pub fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        rights.into_iter().fold(Self::NONE, Self::with)
    }
}

impl Chat {
    /// From the five bytes.
    ///
    /// # Errors
    /// [`ChatError::Length`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ChatError> {
        let five: [u8; 5] = bytes.try_into().ok().ok_or(ChatError::Length)?;
        let bits = five.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        let role = match bits >> 38 {
            3 => Role::Cvca,
            2 => Role::OfficialVerifier,
            1 => Role::Verifier,
            _ => Role::Terminal,
        };
        Ok(Self { role, rights: Rights(bits & RIGHTS) })
    }

    /// The five bytes.
    pub fn to_bytes(self) -> [u8; 5] {
        let role: u64 = match self.role {
            Role::Cvca => 3,
            Role::OfficialVerifier => 2,
            Role::Verifier => 1,
            Role::Terminal => 0,
        };
        let [_, _, _, five @ ..] = (role << 38 | self.rights.0).to_be_bytes();
        five
    }

    /// From the whole object `7F4C`.
    ///
    /// # Errors
    /// Any of [`ChatError`].
    pub fn parse(object: &[u8]) -> Result<Self, ChatError> {
        Self::from_object(&tlv::only(TAG, object)?)
    }

    /// From the object as it stands in a certificate.
    pub(super) fn from_object(object: &tlv::Object<'_>) -> Result<Self, ChatError> {
        let mut reader = object.inside()?;
        if reader.take(tlv::OID)?.value != oid::AT {
            return Err(ChatError::OtherTerminal);
        }
        let bits = reader.take(DISCRETIONARY)?;
        reader.finish()?;
        Self::from_bytes(bits.value)
    }

    /// The whole object `7F4C`.
    pub fn encode(self) -> Vec<u8> {
        tlv::write(TAG, &[&tlv::write_oid(oid::AT), &tlv::write(DISCRETIONARY, &[&self.to_bytes()])])
    }
}
