//! Identity checks: who is this person, once and for real.
//!
//! A check is handed to one of the [`makers`], and comes back as an [`answer::Outcome`]; whatever that says ends in
//! [`settle()`], which knows no maker. A card names itself, not its person: [`link`] has the ways from a new card to an
//! account, [`refresh`] what a reading changes there. The German eID by BSI TR-03124-1 (the holder's program and the browser), TR-03112
//! ([`paos`]) and TR-03130-1: [`server`] is an eID-Server of our own, with the test PKI of a [`lab`]; [`client`] and
//! [`card`] are what the demo town's people hold in place of AusweisApp and an identity card.
//! Absent on purpose: a result that is not tied to one check of one sign-in of one browser.

pub mod answer;
pub mod ausweisapp;
pub mod begin;
pub mod card;
pub mod client;
pub mod country;
pub mod demo_card;
pub mod endpoints;
pub mod kept_key;
pub mod lab;
pub mod lab_secret;
pub mod link;
pub mod makers;
pub mod paos;
pub mod reading;
pub mod refresh;
pub mod request;
pub mod server;
pub mod service;
pub mod settle;
pub mod tc_token;
#[cfg(test)]
mod tests;

pub use begin::begin;
pub use makers::Makers;
pub use server::Server;
pub use settle::{Settled, settle};
