//! The store: one SQLite file, read by many, written by one thread.
//!
//! What lives here: the handles every noun's functions take (`Read`, `Write`), the `Store` that hands them
//! out, and the migrations. Sources: SQLite's own documentation (wal.html, lang_savepoint.html, backup.html).
//!
//! * A signature says whether a function can change anything: `&Read` or `&Write`. `Write` derefs to `Read`.
//! * A write is a synchronous, repeatable job for the one writer thread. It cannot await, so nothing is
//!   signed, mailed or fetched while the write lock is held; what is random or timed is drawn before.
//! * Whoever hears `Ok` from a write hears it after the disk has it (`synchronous=FULL`); jobs that arrive
//!   together share one commit, and each rolls back alone.
//! * Common SQL only: INTEGER, TEXT, BLOB; times in integer milliseconds; `$1, $2 …` in order of first
//!   appearance. A second engine comes beneath `one`, `all`, `change`, `insert_new`, nowhere else.
//!
//! Absent on purpose: repository traits, an ORM, a clock, writes that wait for something, the name of the
//! database library outside `engine/`, and values in error texts (they could be personal data).

pub mod api_token;
pub mod appliance;
pub mod audit;
pub mod binding;
pub mod card;
pub mod card_review;
pub mod ceremony;
pub mod consent;
pub mod counter;
pub mod desk;
pub mod eid_customer;
pub mod eid_session;
mod engine;
pub mod grant;
pub mod identity_check;
pub mod migrations;
pub mod organisation;
pub mod passkey;
pub mod person;
pub mod person_match;
pub mod service;
pub mod service_use;
pub mod service_version;
pub mod session;
pub mod sign_in;
pub mod staff;
pub mod transfer_code;
pub mod trial;
mod values;
pub mod vault;
pub mod webhook;

pub use engine::{Fault, OpenError, Read, Row, Stats, Store, Value, ValueRef, Write};
