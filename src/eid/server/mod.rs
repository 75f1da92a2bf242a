//! An eID-Server of our own: the terminal's end of the Online Authentication (BSI TR-03130-1 §2, TR-03124-1, TR-03110).
//!
//! [`terminal`] is who asks: key, certificate chain, description, sector; this house, or a customer of it
//! ([`crate::eid::facade`]) with a certificate and a sector of its own. [`trust`] is which cards are believed, and
//! [`trust_list`] what an operator adds to that.
//! [`session`] is one online authentication as a pure machine: a stage and a message give the next stage and the
//! answer. [`exchange`] keeps it in the store, sealed, and moves it on under the guard of what was seen.
//! [`reading`] is what is asked of the card once both sides are authentic, in two steps: first whether the document is
//! valid and not on the block list, and only then the holder's data.
//!
//! The attached model (TR-03124-1 §2.4.2): TC token, PAOS and refresh address lie on one origin, and the messages are
//! protected by its TLS. Nobody is asked who they are; who names an unguessable SessionIdentifier or MessageID may go
//! on, once.
//! Absent on purpose: pre-shared keys; certificates from a Berechtigungs-CA (TR-03129) — the terminal's are those of
//! the lab, so a real house refuses this server and rents an eID service instead.

pub mod exchange;
pub mod reading;
pub mod session;
pub mod terminal;
pub mod trust;
pub mod trust_list;

pub use exchange::Server;
