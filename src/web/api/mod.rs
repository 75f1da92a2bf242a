//! The API: what owners do on their pages, for a town's scripts. JSON over HTTPS, with a token of the organisation
//! (RFC 6750); described in `openapi.json` (OpenAPI 3.1), which `openapi` serves.
//!
//! It has no rules of its own: it fills the same forms and takes the same steps as `owner`. What waits for an operator
//! there, waits here.
//!
//! Absent on purpose: cookies and CORS (a page in a browser is no script of the town), people, what operators and clerks
//! do (they are to look before they decide), a second version beside the first until one is needed.

pub(crate) mod body;
pub(crate) mod caller;
pub(crate) mod openapi;
pub(crate) mod problem;
pub(crate) mod reports;
pub(crate) mod secrets;
pub(crate) mod services;
