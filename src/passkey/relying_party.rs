//! The relying party: which name the keys are bound to and on which page they are used.

use std::time::Duration;

use url::Url;
use webauthn_rs::prelude::{Webauthn, WebauthnBuilder};
use webauthn_rs_core::WebauthnCore;

use super::AttestationTrust;

/// How long a browser is told to wait; the caller forgets the state after the same time.
const TIMEOUT: Duration = Duration::from_secs(300);

/// The appliance as a WebAuthn relying party. Built once at start.
pub struct RelyingParty {
    /// Registers.
    pub(super) core: WebauthnCore,
    /// Logs in.
    pub(super) login: Webauthn,
    /// The one origin, as a browser writes it.
    pub(super) origin: String,
    /// Which attestations count.
    pub(super) trust: AttestationTrust,
}

/// The configuration cannot work: no browser would make a key with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadConfig {
    /// Not `https`, and not `http://localhost`.
    #[error("passkeys need an https address (or http://localhost), not {0}")]
    InsecureOrigin(String),
    /// The address has a path, a query or user information.
    #[error("the origin is scheme, host and port only, not {0}")]
    NotAnOrigin(String),
    /// RP ID and host do not go together, or the RP ID is no domain.
    #[error("the RP ID {rp_id} is neither the host of {origin} nor a parent domain of it")]
    RpIdOutsideOrigin {
        /// The RP ID that was given.
        rp_id: String,
        /// The origin that was given.
        origin: String,
    },
}

impl RelyingParty {
    /// `rp_id` is the domain the keys are bound to for ever, `rp_name` what browsers show, `origin` the
    /// public address of the appliance, `trust` the attestation roots that count (possibly none).
    ///
    /// # Errors
    /// [`BadConfig`] if no browser would accept this combination (§5.1.3, steps 7 and 8).
    pub fn new(rp_id: &str, rp_name: &str, origin: &Url, trust: AttestationTrust) -> Result<Self, BadConfig> {
        let local = origin.scheme() == "http"
            && origin.domain().is_some_and(|host| host == "localhost" || host.ends_with(".localhost"));
        if origin.scheme() != "https" && !local {
            return Err(BadConfig::InsecureOrigin(origin.to_string()));
        }
        let ascii = origin.origin().ascii_serialization();
        if origin.as_str() != format!("{ascii}/") {
            return Err(BadConfig::NotAnOrigin(origin.to_string()));
        }
        let outside = || BadConfig::RpIdOutsideOrigin { rp_id: rp_id.to_owned(), origin: ascii.clone() };
        // A bare top-level domain passes the library's check, but no browser's.
        if !rp_id.contains('.') && rp_id != "localhost" {
            return Err(outside());
        }
        let build = |builder: WebauthnBuilder| builder.rp_name(rp_name).timeout(TIMEOUT).build();
        let Ok(login) = WebauthnBuilder::new(rp_id, origin).and_then(build) else {
            return Err(outside());
        };
        let core = WebauthnCore::new_unsafe_experts_only(
            rp_name,
            rp_id,
            vec![origin.clone()],
            TIMEOUT,
            Some(false),
            Some(false),
        );
        Ok(Self { core, login, origin: ascii, trust })
    }
}
