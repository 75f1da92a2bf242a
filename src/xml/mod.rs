//! XML from strangers, and ours for them: read with limits, written from values.
//!
//! [`read`] gives a tree or says why not: no document type, no depth, size or count beyond the caller's limits, and
//! no silent choice where an element stands twice. [`write`] builds elements whose texts are escaped, so that no
//! message is glued together. [`signature`] signs SOAP messages and says what of one was signed.
//! Absent on purpose: document types, external entities, XInclude, XSLT, schema processing.

pub mod read;
pub mod signature;
pub mod write;

pub use read::{Document, Element, Limits, XmlError};
