//! The room `eid`.

use torhaus::eid::answer::{EidLevel, Permission};
use torhaus::eid::request::{Operation, Want};

/// The words of TR-03130-1, each of which has one spelling.
pub fn words(text: &str) {
    if let Some(operation) = Operation::parse(text) {
        assert_eq!(operation.name(), text);
    }
    if let Some(want) = Want::parse(text) {
        assert_eq!(want.name(), text);
    }
    if let Some(permission) = Permission::parse(text) {
        assert_eq!(permission.name(), text);
    }
    if let Some(level) = EidLevel::parse(text) {
        assert_eq!(level.name(), text);
    }
}
