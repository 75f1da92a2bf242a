//! Members of staff: operators of the house, owners of services and those who only look. They have passkeys of their
//! own.

use super::id::{OrganisationId, StaffId};
use super::service::Service;
use super::time::Timestamp;

/// What a member of staff may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Runs the house.
    Operator,
    /// Helps people at the counter.
    Clerk,
    /// Answers for an organisation's services.
    Owner(OrganisationId),
    /// Sees an organisation's services.
    Viewer(OrganisationId),
}

impl Role {
    /// The name used in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Clerk => "clerk",
            Self::Owner(_) => "owner",
            Self::Viewer(_) => "viewer",
        }
    }

    /// Reads [`Role::name`] and [`Role::organisation`].
    #[must_use]
    pub fn of(name: &str, organisation: Option<OrganisationId>) -> Option<Self> {
        match (name, organisation) {
            ("operator", None) => Some(Self::Operator),
            ("clerk", None) => Some(Self::Clerk),
            ("owner", Some(organisation)) => Some(Self::Owner(organisation)),
            ("viewer", Some(organisation)) => Some(Self::Viewer(organisation)),
            _ => None,
        }
    }

    /// Whose services these are; `None` for the house itself.
    #[must_use]
    pub const fn organisation(self) -> Option<OrganisationId> {
        match self {
            Self::Operator | Self::Clerk => None,
            Self::Owner(organisation) | Self::Viewer(organisation) => Some(organisation),
        }
    }

    /// Whether a service may be looked at.
    #[must_use]
    pub fn may_see(self, service: &Service) -> bool {
        self == Self::Operator
            || (service.organisation.is_some() && service.organisation == self.organisation())
    }

    /// Whether a service may be changed: by those who answer for it. An operator lets in or pauses, and changes nothing
    /// behind an owner's back.
    #[must_use]
    pub fn may_change(self, service: &Service) -> bool {
        match self {
            Self::Operator => service.organisation.is_none(),
            Self::Owner(organisation) => service.organisation == Some(organisation),
            Self::Viewer(_) | Self::Clerk => false,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_reads_back_and_needs_the_organisation_it_is_of() {
        let own = OrganisationId::from_bytes([1; 16]);
        for role in [Role::Operator, Role::Clerk, Role::Owner(own), Role::Viewer(own)] {
            assert_eq!(Role::of(role.name(), role.organisation()), Some(role));
        }
        for (name, organisation) in
            [("operator", Some(own)), ("clerk", Some(own)), ("owner", None), ("viewer", None), ("x", None)]
        {
            assert_eq!(Role::of(name, organisation), None, "{name}");
        }
    }

    #[test]
    fn who_sees_and_changes_which_service() {
        let [own, other] = [1, 2].map(|n| OrganisationId::from_bytes([n; 16]));
        let of = |organisation| Service { organisation, ..Service::sample() };
        for (role, organisation, sees, changes) in [
            (Role::Operator, None, true, true),
            (Role::Operator, Some(own), true, false),
            (Role::Owner(own), Some(own), true, true),
            (Role::Owner(own), Some(other), false, false),
            (Role::Owner(own), None, false, false),
            (Role::Clerk, None, false, false),
            (Role::Clerk, Some(own), false, false),
            (Role::Viewer(own), Some(own), true, false),
            (Role::Viewer(own), Some(other), false, false),
            (Role::Viewer(own), None, false, false),
        ] {
            let service = of(organisation);
            assert_eq!(
                (role.may_see(&service), role.may_change(&service)),
                (sees, changes),
                "{role:?} {organisation:?}"
            );
        }
    }
}
