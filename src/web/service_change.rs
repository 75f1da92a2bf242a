//! A changed service is kept together with its row of the audit, whoever changes it.

use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::registration::Registration;
use crate::domain::service::Service;
use crate::http::{Appliance, Trouble};
use crate::oidc::registration;
use crate::store::{self, Write};
use actix_web::web::Data;

/// Keeps a change of a service with the row of the audit that says by whom, if they are `still` there; `false`: somebody
/// else was faster.
pub(crate) async fn keep(
    from: &Service,
    to: Service,
    entry: Entry,
    still: impl Fn(&Write) -> Result<(), Trouble> + Send + 'static,
    app: &Appliance,
) -> Result<bool, Trouble> {
    let from = from.clone();
    let kept = app.write(move |db| -> Result<bool, Trouble> {
        still(db)?;
        if !store::service::advance(&from, &to, entry.actor, db)? {
            return Ok(false);
        }
        store::audit::append(&entry, db)?;
        Ok(true)
    });
    kept.await
}

/// The row of the audit for a change of what is registered or proposed; names what differs, not what it says.
pub(crate) fn changed(service: &Service, was: &Registration, is: &Registration, by: Actor) -> Entry {
    let entry = Entry::new(Event::ServiceChanged, by).at(service.id);
    was.differing(is).into_iter().fold(entry, |entry, field| entry.with(field, "changed"))
}

/// Keeps a new service; `false`: there is one of this id.
pub(crate) async fn add(
    service: &Service,
    entry: Entry,
    still: impl Fn(&Write) -> Result<(), Trouble> + Send + 'static,
    app: &Appliance,
) -> Result<bool, Trouble> {
    let service = service.clone();
    let kept = app.write(move |db| -> Result<bool, Trouble> {
        still(db)?;
        if !store::service::insert(&service, entry.actor, db)? {
            return Ok(false);
        }
        store::audit::append(&entry, db)?;
        Ok(true)
    });
    kept.await
}

/// Removes a service as it was seen: its grants and tokens, what people agreed to, its trials. `false`: somebody has
/// changed it in between, or handed it over.
pub(crate) async fn remove(
    service: &Service,
    entry: Entry,
    still: impl Fn(&Write) -> Result<(), Trouble> + Send + 'static,
    app: &Appliance,
) -> Result<bool, Trouble> {
    let (id, version) = (service.id, service.version);
    let removed = app.write(move |db| -> Result<bool, Trouble> {
        still(db)?;
        if store::service::by_id(id, db)?.is_none_or(|now| now.version != version) {
            return Ok(false);
        }
        // Before it is gone: its organisation's webhooks hear of it.
        store::audit::append(&entry, db)?;
        store::service::remove(id, db)?;
        Ok(true)
    });
    removed.await
}

/// Makes sure that there is a key for ID tokens of this algorithm. One for RSA takes seconds, so not on this thread.
pub(crate) async fn ready_key(alg: &str, app: &Data<Appliance>) -> Result<(), Trouble> {
    let (app, alg) = (app.clone(), alg.to_owned());
    let made = tokio::task::spawn_blocking(move || registration::ready_key_of(&alg, &app));
    let made = made.await.map_err(|why| Trouble::fault("registration", &why))?;
    made.map_err(|why| Trouble::fault("registration", &why))
}
