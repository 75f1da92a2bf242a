//! Revocation (RFC 7009): a service gives a token back. Unknown tokens and those of others are no error, and
//! nothing happens to them.

use super::refusal::TokenRefusal;
use crate::domain::id::ServiceId;
use crate::domain::secret::BearerHash;
use crate::store::{self, Fault, Write};

/// What kind a token is by its form, before the store is asked.
///
/// # Errors
/// [`TokenRefusal::TokenType`]: a signed token, which no row stands for.
pub fn hash(token: &str) -> Result<BearerHash, TokenRefusal> {
    if token.contains('.') { Err(TokenRefusal::TokenType) } else { Ok(BearerHash::of(token)) }
}

/// Ends a token of this service: a refresh token with every token of its family, an access token alone.
///
/// # Errors
/// The store's.
pub fn run(token: &BearerHash, service: ServiceId, db: &Write) -> Result<(), Fault> {
    if let Some(found) = store::grant::refresh(token, db)? {
        if found.grant.service == service {
            store::grant::revoke_tokens(found.grant.id, db)?;
        }
    } else if let Some(found) = store::grant::access(token, db)?
        && found.grant.service == service
    {
        store::grant::remove_access(token, db)?;
    }
    Ok(())
}
