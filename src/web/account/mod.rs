//! The resident's account: what the town knows, which devices open it, which services were told what,
//! what happened; take everything along, or delete it.
//!
//! Each module holds one page: its struct, which carries only what is shown, and the function that makes
//! it of nouns. A handler gathers a [`dossier::Dossier`] once and asks a page for itself.
//!
//! Absent on purpose: reading the store, opening what is sealed, deciding (a page is told what to show).

pub(crate) mod add_device;
pub(crate) mod consent_withdrawal;
pub(crate) mod deleted;
pub(crate) mod deletion;
pub(crate) mod device_removal;
pub(crate) mod devices;
pub mod dossier;
pub mod export;
pub(crate) mod history;
pub(crate) mod overview;
pub(crate) mod sample;
pub(crate) mod services;
