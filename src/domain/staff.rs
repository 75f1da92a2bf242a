//! Members of staff: operators of the house and owners of services. They have passkeys of their own.

use super::id::StaffId;
use super::time::Timestamp;

/// What a member of staff may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Runs the house.
    Operator,
    /// Answers for services.
    Owner,
}

impl Role {
    /// The name used in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Owner => "owner",
        }
    }
    /// Reads [`Role::name`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Operator, Self::Owner].into_iter().find(|role| role.name() == name)
    }
}

/// A member of staff.
#[derive(Clone, Debug)]
pub struct Staff {
    /// Their id.
    pub id: StaffId,
    /// WebAuthn user handle.
    pub user_handle: [u8; 16],
    /// What they may do.
    pub role: Role,
    /// The name they gave themselves at the invitation.
    pub name: String,
    /// Since when.
    pub created: Timestamp,
}
