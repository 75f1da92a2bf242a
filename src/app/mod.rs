//! Puts the house together: clock and dice, the data directory, boot, router, server, background rounds.
//!
//! Wiring only; no decision of a protocol or a page is made here.
//! Absent on purpose: globals. Two appliances fit in one process, which is how the tests run.

pub mod boot;
pub mod clock;
pub mod data_directory;
pub mod demo_town;
pub mod doctor;
pub mod eid_service;
pub mod people;
pub mod recovery;
pub mod rotation;
pub mod rounds;
pub mod router;
pub mod server;
pub mod setup;
pub mod tls;
pub mod troubles;
mod trust;
