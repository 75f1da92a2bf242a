//! Our own eID-Server offered to others: the server's end of BSI TR-03130-1 (the eID-Interface). The other end is
//! [`crate::eid::service`], whose [`message`](crate::eid::service::message) and
//! [`ws_security`](crate::eid::service::ws_security) are spoken here as well.
//!
//! [`customer`] is an eService: its certificates, whom the holder is shown, what it may ask; [`kept`] is where they and
//! our key for signing ([`key`]) rest, and [`book`] who is a customer at this moment. [`tls`] lets in who holds a
//! customer's client certificate, and nobody else. [`call`] takes a message: its signature first; only then is it read,
//! noted as having come, and becomes an act on a [`session`]. [`result`] says in the protocol's codes how one ended.
//! [`token`] hands a TC token to the holder's program.
//!
//! Whose a message is, its signature says. That the TLS client certificate belongs to the *same* customer is not
//! compared: actix-web hands the connection's certificate over in a type of `actix-tls` only, which the house does not
//! name. A customer would have to steal another's signing key to make use of that.
//!
//! The holder's program reaches us in the attached model (TR-03124-1 §2.4.2): TC token and PAOS on our origin. AusweisApp
//! keeps the *first* address as the one that `subjectURL` must match, follows 303 to other origins, collects the TLS
//! certificate of each, and wants the PAOS connection to continue the last of them. So the customer's page names an
//! address of the customer, which redirects to [`token`]; the refresh address is the customer's again; and the
//! description of the customer's certificate names the TLS certificates of both ([`crate::eid::handover`]).
//!
//! Absent on purpose: TLS-PSK, which rustls lacks (a PSK is answered as the protocol wants, and protects the hand-over;
//! a customer who writes its own TC token with it finds no such listener); transaction attestation; answers to who is no
//! customer; a real house, since the certificates are those of the lab.

pub mod book;
pub mod call;
pub mod customer;
pub mod kept;
pub mod key;
pub mod result;
pub mod session;
pub mod tls;
pub mod token;

pub use book::Facade;
