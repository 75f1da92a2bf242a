//! The room `ca`.
