//! A changed service is kept together with its row of the audit, whoever changes it.

use super::operator::entry::Member;
use super::visit::Visit;
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::registration::Registration;
use crate::domain::service::Service;
use crate::http::{Appliance, Trouble};
use crate::oidc::registration;
use crate::store;
use actix_web::web::Data;

/// Keeps a change of a service by a member of staff who is still there; `false`: somebody else was faster.
pub(crate) async fn keep(
    from: &Service,
    to: Service,
    entry: Entry,
    member: &Member,
    visit: &Visit,
) -> Result<bool, Trouble> {
    let (from, still, actor) = (from.clone(), member.still(), Actor::Staff(member.staff.id));
    let kept = visit.app.write(move |db| -> Result<bool, Trouble> {
        still(db)?;
        if !store::service::advance(&from, &to, actor, db)? {
            return Ok(false);
        }
        store::audit::append(&entry, db)?;
        Ok(true)
    });
    kept.await
}

/// The row of the audit for it.
pub(crate) fn entry(event: Event, service: &Service, member: &Member) -> Entry {
    Entry::new(event, Actor::Staff(member.staff.id)).at(service.id)
}

/// The row of the audit for a change of what is registered or proposed; names what differs, not what it says.
pub(crate) fn changed(service: &Service, was: &Registration, is: &Registration, member: &Member) -> Entry {
    let entry = entry(Event::ServiceChanged, service, member);
    was.differing(is).into_iter().fold(entry, |entry, field| entry.with(field, "changed"))
}

/// Makes sure that there is a key for ID tokens of this algorithm. One for RSA takes seconds, so not on this thread.
pub(crate) async fn ready_key(alg: &str, app: &Data<Appliance>) -> Result<(), Trouble> {
    let (app, alg) = (app.clone(), alg.to_owned());
    let made = tokio::task::spawn_blocking(move || registration::ready_key_of(&alg, &app));
    let made = made.await.map_err(|why| Trouble::fault("registration", &why))?;
    made.map_err(|why| Trouble::fault("registration", &why))
}
