//! A German identity card in software: the card's side of Extended Access Control version 2 (BSI TR-03110 parts 2 to
//! 4), built on the crafts of `crate::cvc`. The demo town and the tests hold it in place of a card of plastic.
//!
//! [`content`] is what is written on it, [`keys`] what makes it genuine, [`Card`] its life from the PIN to the last
//! command (`commands` has what it answers under secure messaging), [`people`] the made-up holders, [`file`] a card to
//! be handed to a reader.
//! Pure: no files, no network, no clock; days and randomness are arguments.
//!
//! Absent on purpose: PACE (whoever holds the card says what came of it, with `ID_PICC` and the rights that were
//! confirmed) and the counter of wrong PINs (a row of the demo's store); writing to the card, PIN management, eSign,
//! and the ePassport application, which no authentication terminal of a service may use.

mod commands;
pub mod content;
pub mod file;
pub mod keys;
mod life;
pub mod people;
#[cfg(test)]
mod tests;

pub use content::Content;
pub use file::CardFile;
pub use keys::CardKeys;
pub use life::{Card, ChipProof, Claim, Pace, Password, Refused};
