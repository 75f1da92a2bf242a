//! The room `passkey`.
