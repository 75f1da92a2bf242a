//! The children of an element in the order of a schema (`xs:sequence`).

use super::{DSS, EID};
use crate::xml::{Element, XmlError};
use std::collections::VecDeque;

/// What is left of the children.
pub(super) struct Sequence<'a> {
    parent: Element<'a>,
    rest: VecDeque<Element<'a>>,
}

impl<'a> Sequence<'a> {
    pub(super) fn of(parent: &Element<'a>) -> Self {
        Self { parent: *parent, rest: parent.elements().collect() }
    }

    /// The next child, if it is this one of the messages' namespace.
    pub(super) fn maybe(&mut self, name: &str) -> Option<Element<'a>> {
        self.next(EID, name)
    }

    /// The next child, which must be this one.
    pub(super) fn one(&mut self, name: &str) -> Result<Element<'a>, XmlError> {
        self.maybe(name).ok_or_else(|| XmlError::Missing(name.to_owned()))
    }

    /// The next child, which must be `dss:Result`.
    pub(super) fn result(&mut self) -> Result<Element<'a>, XmlError> {
        self.next(DSS, "Result").ok_or_else(|| XmlError::Missing("Result".to_owned()))
    }

    /// Passes over children that mean nothing here, each at its place; of one kind there may be several.
    pub(super) fn pass(&mut self, names: &[&str]) {
        for name in names {
            while self.maybe(name).is_some() {}
        }
    }

    /// Nothing is left.
    pub(super) fn end(self) -> Result<(), XmlError> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.parent.wrong()) }
    }

    fn next(&mut self, namespace: &str, name: &str) -> Option<Element<'a>> {
        if self.rest.front()?.is(namespace, name) { self.rest.pop_front() } else { None }
    }
}

/// `xs:boolean`.
pub(super) fn boolean(element: &Element<'_>) -> Result<bool, XmlError> {
    match element.text()?.as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(element.wrong()),
    }
}

/// `xs:int` of at least `least`.
pub(super) fn int(element: &Element<'_>, least: i32) -> Result<i32, XmlError> {
    element.text()?.parse().ok().filter(|number| *number >= least).ok_or_else(|| element.wrong())
}
