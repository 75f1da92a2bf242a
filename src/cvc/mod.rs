//! The cryptography between an eID-Server and a German identity card: Extended Access Control version 2.
//!
//! Here, by BSI TR-03110 (parts 2 to 4, version 2.21 and later): the TLV coding; card-verifiable certificates with
//! their holder authorisation and their chain; the certificate description that people read; terminal
//! authentication; chip authentication version 2; secure messaging with AES; the commands of the eID application;
//! data groups; restricted identification; EF.CardAccess and EF.CardSecurity with passive authentication. Every
//! craft has both of its sides, the terminal's and the card's, so that a test card needs no second implementation.
//!
//! Pure: no files, no network, no clock (`today` is an argument), no source of randomness but the one handed in,
//! with one exception: ECDSA over the NIST curves draws its nonce inside aws-lc-rs.
//!
//! Absent on purpose: PACE and the PIN (between the citizen's own program and the card, TR-03110-2 3.2); RSA, DH,
//! 3DES and SHA-1 signatures, which no German card in use needs; brainpoolP224r1, P320r1 and P512r1, for which
//! there is no arithmetic at hand; revocation lists of document signers; the block list and the messages around all
//! this (PAOS), which the room `eid` has.

pub mod apdu;
pub mod auxiliary_data;
mod brainpool;
pub mod card_security;
pub mod certificate;
pub mod chain;
pub mod chat;
pub mod chip_authentication;
pub mod curve;
pub mod data_groups;
pub mod description;
pub mod document_signer;
pub mod issue;
pub mod key;
mod nist;
pub mod oid;
pub mod place;
pub mod restricted_identification;
pub mod secure_messaging;
pub mod security_infos;
pub mod terminal_authentication;
#[cfg(test)]
mod tests;
pub mod tlv;
mod x509;
