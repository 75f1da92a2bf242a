//! The nouns of the house and their rules.
//!
//! No I/O, no clock, no SQL, no HTTP: a noun takes `now` and drawn values as arguments. One file per noun;
//! a noun's life is an enum whose stages hold only the facts that exist then.
//! Absent on purpose: repositories, wire names of OAuth or SAML (each protocol speaks its own language).

pub mod api_token;
pub mod assurance;
pub mod attribute;
pub mod audit;
pub mod card;
pub mod consent;
pub mod counter;
pub mod desk;
pub mod dice;
pub mod eid_session;
pub mod id;
pub mod identity_check;
pub mod likeness;
pub mod organisation;
pub mod paper_code;
pub mod passkey;
pub mod person;
pub mod redirect_uri;
pub mod registration;
pub mod secret;
pub mod service;
pub mod service_use;
pub mod session;
pub mod sign_in;
pub mod staff;
pub mod time;
pub mod town;
pub mod transfer_code;
pub mod trial;
pub mod webhook;
