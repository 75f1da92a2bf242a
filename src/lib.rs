//! Torhaus, the gatehouse of a small city. The map is being drawn; see the floors in `tests/tidy.rs`.

pub mod app;
pub mod ca;
pub mod cli;
pub mod cvc;
pub mod demo;
pub mod domain;
pub mod eid;
pub mod http;
pub mod jose;
pub mod oidc;
pub mod passkey;
pub mod paths;
pub mod seal;
pub mod store;
pub mod web;
