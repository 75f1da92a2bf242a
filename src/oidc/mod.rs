//! The OpenID provider: how services ask who is there, and what they are told.
//!
//! Standards: OpenID Connect Core 1.0 (code flow), Discovery 1.0 and RFC 8414, RFC 6749 and 6750, PKCE
//! (RFC 7636), issuer in answers (RFC 9207), the security practice of RFC 9700, form post response mode,
//! RP-initiated and back-channel logout, introspection (RFC 7662), revocation (RFC 7009), JWT access tokens for
//! machines (RFC 9068), `private_key_jwt` (RFC 7523), `verified_claims` (OpenID Identity Assurance 1.0).
//!
//! The way of a request: `endpoints::authorize` → `request` parses → `authorize` admits → a sign-in, or at once
//! `answer` → code → `endpoints::token` → `client_auth` → `token` redeems in one write and signs outside it.
//! Only files under `endpoints` name actix; the others know neither HTTP nor the clock.
//!
//! Absent on purpose: implicit and hybrid flows, `response_type` other than `code`, passwords as a grant,
//! request objects (`request`, `request_uri`), dynamic registration by strangers (RFC 7591), `plain` PKCE, unsigned ID tokens, tokens in
//! queries, signed or encrypted UserInfo, front-channel logout and session frames (browsers block their cookies).

pub mod answer;
pub mod authorize;
pub mod backchannel;
pub mod claims;
pub mod client_auth;
pub mod client_keys;

pub mod discovery;
pub mod endpoints;
mod facts;
mod fault;
mod hint;
pub mod id_token;
pub mod introspect;
pub mod keys;
pub mod logout;
mod provider;
pub mod refusal;
pub mod registration;
pub mod request;
pub mod revoke;
pub mod subject;
pub mod token;
pub mod trial;
pub mod userinfo;

#[cfg(test)]
mod tests;

pub use fault::Fault;
pub use provider::Provider;
