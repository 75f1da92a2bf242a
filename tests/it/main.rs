//! The whole house, served over a real socket, told by the people who use it.
//!
//! `town` builds the house and its people; `journeys` are their stories; `protocol` are the tables of what must
//! be refused, and how.

#[path = "journeys/mod.rs"]
mod journeys;
#[path = "protocol/mod.rs"]
mod protocol;
#[path = "town/mod.rs"]
pub mod town;
