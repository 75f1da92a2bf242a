//! The room `jose`.
