//! The resident's account: what the town knows, which cards lead to it, which devices open it, which services were told what,
//! what happened; take everything along, or delete it.
//!
//! Each module holds one page: its struct, which carries only what is shown, and the function that makes
//! it of nouns; then its handlers, which gather a [`dossier::Dossier`] once and ask the page for itself.
//! Each of them begins at `entry`; each write looks once more whether the session that asks still lives.
//!
//! Absent on purpose: ids of others (what does not belong to the session's person is not found), changing
//! identity data by hand (an identity check does, see `renewal`).

pub(crate) mod add_device;
pub(crate) mod card_removal;
pub(crate) mod cards;
pub(crate) mod consent_withdrawal;
pub(crate) mod deleted;
pub(crate) mod deletion;
pub(crate) mod device_removal;
pub(crate) mod devices;
pub mod dossier;
mod entry;
pub mod export;
pub(crate) mod history;
pub(crate) mod new_phone;
pub(crate) mod overview;
pub(crate) mod renewal;
pub(crate) mod sample;
pub(crate) mod services;
pub(crate) mod transfer_code;
