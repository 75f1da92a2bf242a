//! An eID service that the town rents: the eService's end of BSI TR-03130-1.
//!
//! [`settings`] is what the operator enters and [`kept`] where it rests; [`client`] asks over mutual TLS ([`transport`])
//! with signed messages ([`ws_security`]) and takes signed answers only; [`session`] keeps one online authentication in
//! the store until its result is there, so that a restart goes on where it was. [`message`] is the language itself, in
//! both directions: the facade of our own server speaks it too.
//!
//! Each answer that says something good is taken once ([`ws_security::Guard::once`]): a recorded one opens no second
//! session and identifies nobody a second time. The answers of this protocol do not name the request they answer; that
//! they belong together is known from the TLS connection, whose server is the one of the configured trust anchors.
//! Absent on purpose: certificates known to browsers as trust anchors, redirects, proxies, unsigned answers, SHA-1.

pub mod client;
pub mod kept;
pub mod message;
pub mod rented;
pub mod session;
pub mod settings;
#[cfg(test)]
pub(crate) mod tests;
mod transport;
pub mod ws_security;

pub use client::{Client, ServiceError};
pub use settings::ServiceSettings;
