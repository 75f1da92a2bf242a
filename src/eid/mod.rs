//! The room `eid`.
