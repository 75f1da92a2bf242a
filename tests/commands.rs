//! The command line as a town's IT people use it: the real program in processes of its own, on data directories
//! of its own, with servers on free ports of 127.0.0.1.
//!
//! Every refusal is looked at in the same way: exit code, one message on standard error that names the value and
//! the remedy, no panic.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests; what was skipped is said")]

#[path = "commands/broken.rs"]
mod broken;
#[path = "commands/browser.rs"]
mod browser;
#[path = "commands/demo.rs"]
mod demo;
#[path = "commands/doctor.rs"]
mod doctor;
#[path = "commands/eid.rs"]
mod eid;
#[path = "commands/eid_customer.rs"]
mod eid_customer;
#[path = "commands/house.rs"]
mod house;
#[path = "commands/keys.rs"]
mod keys;
#[path = "commands/people.rs"]
mod people;
#[path = "commands/proofs.rs"]
mod proofs;
#[path = "commands/serve.rs"]
mod serve;
#[path = "commands/services.rs"]
mod services;
#[path = "commands/setup.rs"]
mod setup;
