//! A member of staff takes an invitation: a name, and a key of their own.

use askama::Template;

use crate::domain::id::InviteId;
use crate::domain::staff::Role;
use crate::paths;
use crate::web::page::{Chrome, Page};

/// `templates/operator/invite.html`. `passkey.js` sends `staff_name` along with the new key.
#[derive(Template)]
#[template(path = "operator/invite.html")]
pub(crate) struct InvitePage {
    pub(crate) chrome: Chrome,
    /// What the invitation makes one.
    pub(crate) role: &'static str,
    pub(crate) options_url: String,
    pub(crate) finish_url: String,
}

impl InvitePage {
    /// `secret`: as it stands in the address.
    pub(crate) fn new(id: InviteId, secret: &str, role: Role, chrome: &Chrome) -> Self {
        let role = match role {
            Role::Operator => chrome.t("operator.invite.operator"),
            Role::Owner => chrome.t("operator.invite.owner"),
        };
        Self {
            chrome: Chrome { person: None, ..chrome.clone() },
            role,
            options_url: paths::invite_options(id, secret),
            finish_url: paths::invite(id, secret),
        }
    }
}

impl Page for InvitePage {
    const NAME: &'static str = "operator/invite";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let page = |role| Self::new(InviteId::from_bytes([3; 16]), "geheim", role, chrome);
        vec![("operator", page(Role::Operator)), ("owner", page(Role::Owner))]
    }
}
