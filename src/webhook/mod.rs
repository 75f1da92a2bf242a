//! Telling organisations what happens to their services: signed messages by Standard Webhooks 1.0.0.
//!
//! A message is queued by the store in the write that it tells of ([`crate::store::webhook`]), claimed by whoever sends
//! it, and tried again with growing waits. Its id stays the same: who receives it twice can know it. A process that ends
//! in between leaves a claim that runs out.
//!
//! Absent on purpose: an order among messages, bodies of answers (only their status is looked at), redirects, people
//! (`person.left` has the name under which this one service knew somebody).

pub mod deliver;
pub mod sign;
