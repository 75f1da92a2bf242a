//! What every room with addresses needs: the appliance, the browser, cookies, CSRF, parameters, limits, the
//! way an answer fails.
//!
//! Standards: RFC 6265bis (cookies, `__Host-`), Fetch Metadata (`Sec-Fetch-Site`), RFC 9110, CSP 3.
//! Absent on purpose: any page (`web` draws them, also for [`Trouble`]), any protocol, state kept in memory that
//! a second process would have to share (limits and counts of uses aside, which each process may keep for itself).

pub mod address;
pub mod appliance;
pub mod browser;
pub mod courier;
pub mod csrf;
pub mod headers;
pub mod limit;
pub mod params;
pub mod redirect;
pub mod session;
pub mod sign_in;
pub mod trouble;
pub mod uses;

pub use appliance::Appliance;
pub use browser::Browser;
pub use params::Params;
pub use trouble::Trouble;
