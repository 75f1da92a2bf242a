//! The list of revoked bindings, for verifiers without a line to the house.
//!
//! The ids stand beside the signed statement, which holds their number and hash: a list grows with the years,
//! a token has a limit. Bare ids, no times: the list must not tell when somebody lost a phone.

use super::statement::{self, Envelope, Refused};
use super::{Fault, Signer};
use crate::domain::id::BindingId;
use crate::domain::time::{Span, Timestamp};
use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// Longest list that is looked at, in bytes: about half a million bindings.
pub const MAX_REVOCATIONS: usize = 16 * 1024 * 1024;
const TYP: &str = "torhaus-binding-revocations+jwt";
/// A list is good for so long.
const LIFE: Span = Span::days(1);

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    iat: i64,
    next_update: i64,
    count: usize,
    /// SHA-256 over the ids' bytes in ascending order, base64url.
    sha256: String,
}

/// `Envelope` and the list.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    statement: String,
    certificates: [String; 2],
    revoked: Vec<BindingId>,
}

/// A list whose signature holds.
#[derive(Clone, Debug)]
pub struct Revocations {
    issuer: String,
    next_update: Timestamp,
    revoked: Vec<BindingId>,
}

/// Signs the list of revoked bindings as a JSON document, from `store::binding::revoked`. Worth keeping for an
/// hour; good for a day.
///
/// # Errors
/// The crypto library's.
pub fn revocations(
    issuer: &str,
    revoked: &[(BindingId, Timestamp)],
    signer: &Signer,
    now: Timestamp,
) -> Result<String, Fault> {
    let mut revoked: Vec<BindingId> = revoked.iter().map(|(id, _)| *id).collect();
    revoked.sort_unstable();
    revoked.dedup();
    let claims = Claims {
        iss: issuer.to_owned(),
        iat: now.as_seconds(),
        next_update: (now + LIFE).as_seconds(),
        count: revoked.len(),
        sha256: hash(&revoked),
    };
    let Envelope { statement, certificates } = statement::sign(TYP, &claims, signer)?;
    let document = Document { statement, certificates, revoked };
    Ok(serde_json::to_string(&document).map_err(crate::jose::Fault::Claims)? + "\n")
}

impl Revocations {
    /// Checks a list against the town's root.
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn read(document: &[u8], root_pem: &str, now: Timestamp) -> Result<Self, Refused> {
        let Document { statement, certificates, revoked } = statement::read(document, MAX_REVOCATIONS)?;
        let claims: Claims = Envelope { statement, certificates }.open(TYP, root_pem, now)?;
        let next_update = Timestamp::from_seconds(claims.next_update);
        if !revoked.is_sorted() || revoked.len() != claims.count || hash(&revoked) != claims.sha256 {
            return Err(Refused::RevocationsChanged);
        }
        if now > next_update {
            return Err(Refused::RevocationsOutdated);
        }
        Ok(Self { issuer: claims.iss, next_update, revoked })
    }

    /// How many bindings are on it.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.revoked.len()
    }

    /// Refuses a binding which is on the list.
    pub(super) fn check(&self, id: BindingId, issuer: &str, now: Timestamp) -> Result<(), Refused> {
        if self.issuer != issuer {
            return Err(Refused::RevocationsOfAnother);
        }
        if now > self.next_update {
            return Err(Refused::RevocationsOutdated);
        }
        match self.revoked.binary_search(&id) {
            Ok(_found) => Err(Refused::Revoked),
            Err(_place) => Ok(()),
        }
    }
}

fn hash(ids: &[BindingId]) -> String {
    let mut context = Context::new(&SHA256);
    for id in ids {
        context.update(id.bytes());
    }
    URL_SAFE_NO_PAD.encode(context.finish())
}
