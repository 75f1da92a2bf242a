//! getServerInfo: which server this is, and what its certificate for us may read (TR-03130-1 §3.5).

use super::sequence::{Sequence, int};
use super::{Act, EID, operations};
use crate::eid::request::{Operation, Request, Want};
use crate::xml::write::{Node, leaf, node};
use crate::xml::{Element, XmlError};
use std::collections::BTreeSet;

/// Characters of a version's text at most.
const MAX_TEXT: usize = 200;

/// `getServerInfoResponse`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerInfo {
    /// `VersionString`, as the server likes to be called.
    pub version: String,
    /// `Major`, `Minor`: of the interface.
    pub interface: (i32, i32),
    /// `Bugfix`.
    pub bugfix: Option<i32>,
    /// `DocumentVerificationRights`: what the certificate allows.
    pub rights: BTreeSet<Operation>,
}

impl ServerInfo {
    /// What a request wants and the certificate does not allow.
    pub fn missing(&self, request: &Request) -> impl Iterator<Item = Operation> {
        let wanted = |one: &Operation| request.want(*one) != Want::Prohibited && !self.rights.contains(one);
        Operation::ALL.into_iter().filter(wanted)
    }

    /// The element.
    #[must_use]
    pub fn write(&self) -> Node {
        let right =
            |one| if self.rights.contains(&one) { Want::Allowed.name() } else { Want::Prohibited.name() };
        let version = node("eid:ServerVersion")
            .child(leaf("eid:VersionString", self.version.as_str()))
            .child(leaf("eid:Major", self.interface.0.to_string()))
            .child(leaf("eid:Minor", self.interface.1.to_string()))
            .children(self.bugfix.map(|bugfix| leaf("eid:Bugfix", bugfix.to_string())));
        node("eid:getServerInfoResponse")
            .with("xmlns:eid", EID)
            .child(version)
            .child(operations::write("eid:DocumentVerificationRights", right))
    }

    /// Reads the element.
    ///
    /// # Errors
    /// [`XmlError`].
    pub fn parse(element: &Element<'_>) -> Result<Self, XmlError> {
        if !element.is(EID, Act::GetServerInfo.response()) {
            return Err(XmlError::Missing(Act::GetServerInfo.response().to_owned()));
        }
        let mut inside = Sequence::of(element);
        let mut version = Sequence::of(&inside.one("ServerVersion")?);
        let rights = operations::parse(&inside.one("DocumentVerificationRights")?, |text| match text {
            "ALLOWED" => Some(true),
            "PROHIBITED" => Some(false),
            _ => None,
        })?;
        inside.end()?;
        let text = version.one("VersionString")?;
        let info = Self {
            version: text.text().ok().filter(|text| text.len() <= MAX_TEXT).ok_or_else(|| text.wrong())?,
            interface: (int(&version.one("Major")?, 0)?, int(&version.one("Minor")?, 0)?),
            bugfix: version.maybe("Bugfix").map(|bugfix| int(&bugfix, 0)).transpose()?,
            rights: rights.into_iter().filter_map(|(one, allowed)| allowed.then_some(one)).collect(),
        };
        version.end()?;
        Ok(info)
    }
}

/// `getServerInfoRequest`.
#[must_use]
pub fn server_info_request() -> Node {
    node("eid:getServerInfoRequest").with("xmlns:eid", EID)
}

/// Whether an element is `getServerInfoRequest`, which is empty.
#[must_use]
pub fn is_server_info_request(element: &Element<'_>) -> bool {
    element.is(EID, Act::GetServerInfo.request()) && element.elements().next().is_none()
}
