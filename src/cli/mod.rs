//! The room `cli`.

pub mod audit;
pub mod binding;
pub mod ca;
