//! The TC token of a customer's session, for a holder's program that the customer sent here.

use super::session::Own;
use crate::domain::eid_session::EidOwner;
use crate::domain::secret::BearerHash;
use crate::eid::handover::Claimed;
use crate::eid::server::exchange;
use crate::eid::tc_token::TcToken;
use crate::http::{Appliance, Trouble};
use crate::{paths, store};
use url::Url;

/// The token, as long as nobody has come to the session with it. The browser goes back to the customer and nowhere else.
///
/// # Errors
/// [`Trouble::NotFound`] without saying why; those of the store.
pub async fn token(claimed: Claimed, app: &Appliance) -> Result<TcToken, Trouble> {
    let identifier = BearerHash::of(claimed.identifier().expose());
    let kept = app.store.read(|db| store::eid_session::by_identifier(&identifier, db))?;
    let living = |kept: &crate::domain::eid_session::EidSession| {
        app.now() < kept.expires && matches!(kept.owner, EidOwner::Customer(_))
    };
    let kept = kept.filter(living).ok_or(Trouble::NotFound)?;
    let own = app.store.read(|db| store::eid_customer::by_session(kept.id, db))?;
    let own = own.map(|own| Own::open(&own, app)).transpose()?.flatten().ok_or(Trouble::NotFound)?;
    let said = claimed.proven(&own.psk()).ok_or(Trouble::NotFound)?;
    for address in [&said.refresh_address, &said.communication_error_address] {
        let origin = Url::parse(address).map(|url| url.origin().ascii_serialization());
        if origin.ok().as_ref() != Some(&own.origin) {
            return Err(Trouble::NotFound);
        }
    }
    if !exchange::asker_reached_by(&kept, &said.tls, app).await? {
        return Err(Trouble::NotFound);
    }
    Ok(TcToken {
        server_address: app.url(paths::EID_PAOS),
        session_identifier: said.identifier,
        refresh_address: said.refresh_address,
        communication_error_address: said.communication_error_address,
        psk: None,
    })
}
