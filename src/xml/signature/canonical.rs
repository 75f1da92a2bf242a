//! The tree that is canonicalised. A second parser reads it, so nothing is taken from it but where elements are, what
//! their ids are, and their canonical bytes; content is read from these bytes.

use super::super::read::{Limits, XmlError};
use super::{SignatureError, WSU};
use bergshamra_c14n::{C14nMode, canonicalize_doc};
use bergshamra_xml::NodeSet;
use bergshamra_xml::uppsala::{Document, Element, NodeId, Parser};
use std::collections::BTreeMap;

/// A message that [`crate::xml::read`] has read within the limits, read again.
pub(super) struct Tree<'a>(Document<'a>);

/// Where an element is.
pub(super) type Spot = NodeId;

impl<'a> Tree<'a> {
    pub(super) fn parse(text: &'a str, limits: Limits) -> Result<Self, XmlError> {
        let depth = u32::try_from(limits.depth).unwrap_or(u32::MAX);
        let parser = Parser::new().with_forbid_dtd(true).with_max_depth(depth).with_max_entity_expansion(0);
        parser.parse(text).map(Self).ok().ok_or(XmlError::Form)
    }

    pub(super) fn root(&self) -> Result<Spot, XmlError> {
        self.0.document_element().ok_or(XmlError::Form)
    }

    pub(super) fn is(&self, spot: Spot, namespace: &str, name: &str) -> bool {
        self.0.element(spot).is_some_and(|element| element.matches_name_ns(namespace, name))
    }

    /// The elements directly inside, in order.
    pub(super) fn elements(&self, spot: Spot) -> Vec<Spot> {
        self.0.children_iter(spot).filter(|child| self.0.element(*child).is_some()).collect()
    }

    /// The one element of this name directly inside, if there is exactly one.
    pub(super) fn only(&self, spot: Spot, namespace: &str, name: &str) -> Option<Spot> {
        let mut found = self.elements(spot).into_iter().filter(|child| self.is(*child, namespace, name));
        found.next().filter(|_| found.next().is_none())
    }

    /// How many elements of this name there are anywhere.
    pub(super) fn count(&self, namespace: &str, name: &str) -> usize {
        self.all().filter(|(_, element)| element.matches_name_ns(namespace, name)).count()
    }

    pub(super) fn attribute(&self, spot: Spot, name: &str) -> Option<&str> {
        let element = self.0.element(spot)?;
        let plain =
            element.attributes.iter().find(|a| a.name.namespace_uri.is_none() && a.name.local_name == name);
        plain.map(|attribute| &*attribute.value)
    }

    /// Every element that has a `wsu:Id`. What looks like an id in any other way must not repeat one either: what the
    /// signer's program takes for an id is not known here.
    pub(super) fn ids(&self) -> Result<BTreeMap<&str, Spot>, SignatureError> {
        let mut seen = BTreeMap::new();
        let mut ids = BTreeMap::new();
        for (spot, element) in self.all() {
            for attribute in &element.attributes {
                if !attribute.name.local_name.eq_ignore_ascii_case("id") {
                    continue;
                }
                if seen.insert(&*attribute.value, spot).is_some() {
                    return Err(SignatureError::Shape("an id stands twice"));
                }
                if attribute.name.namespace_uri.as_deref() == Some(WSU) {
                    ids.insert(&*attribute.value, spot);
                }
            }
        }
        Ok(ids)
    }

    /// The canonical bytes of an element, by Exclusive XML Canonicalization without comments; `prefixes` is the
    /// `PrefixList` of its `InclusiveNamespaces`.
    pub(super) fn canonical(&self, spot: Spot, prefixes: &[&str]) -> Result<String, SignatureError> {
        let nodes = NodeSet::tree_without_comments(spot, &self.0);
        let bytes = canonicalize_doc(&self.0, C14nMode::Exclusive, Some(&nodes), prefixes);
        String::from_utf8(bytes.ok().ok_or(XmlError::Form)?).ok().ok_or(SignatureError::Xml(XmlError::Form))
    }

    fn all(&self) -> impl Iterator<Item = (Spot, &Element<'a>)> {
        let nodes = self.0.descendants(self.0.root());
        nodes.into_iter().filter_map(|node| Some((node, self.0.element(node)?)))
    }
}
