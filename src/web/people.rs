//! Acts on people which pages and commands share: blocking, releasing, deleting.

use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::counter::Reason;
use crate::domain::id::{PasskeyId, PersonId, ServiceId};
use crate::domain::passkey::Holder;
use crate::domain::person::{Person, PersonState};
use crate::http::Appliance;
use crate::oidc::{logout, subject};
use crate::store::{self, Fault, Write};

/// Blocks or releases; a blocked person's sessions end at once, with the tokens that came out of them.
/// `false`: somebody was faster.
///
/// # Errors
/// The store's.
pub fn set_state(person: &Person, to: PersonState, actor: Actor, db: &Write) -> Result<bool, Fault> {
    set_state_because(person, to, (actor, None), db)
}

/// The same with a word why, for the audit and the person's own history.
///
/// # Errors
/// The store's.
pub(crate) fn set_state_because(
    person: &Person,
    to: PersonState,
    (actor, reason): (Actor, Option<Reason>),
    db: &Write,
) -> Result<bool, Fault> {
    if !store::person::set_state(person, to, db)? {
        return Ok(false);
    }
    let event = match to {
        PersonState::Blocked => {
            for session in store::session::by_holder(Holder::Person(person.id), db)? {
                logout::end(&session, db)?;
            }
            Event::PersonBlocked
        }
        PersonState::Active => Event::PersonReleased,
    };
    let entry = Entry::new(event, actor).about(person.id);
    let entry = match reason {
        Some(reason) => entry.with("reason", reason.name()),
        None => entry,
    };
    store::audit::append(&entry, db)?;
    Ok(true)
}

/// Deletes a person: the key that opens their data goes, and every row about them with it. Bindings stay
/// revoked, the audit keeps the bare id. `false`: they are gone already.
///
/// # Errors
/// The store's.
pub fn delete(person: PersonId, actor: Actor, left: &[Left], db: &Write) -> Result<bool, Fault> {
    for key in store::passkey::by_holder(Holder::Person(person), db)? {
        revoke_bindings(key.id, person, actor, db)?;
    }
    for (service, sub) in left {
        store::webhook::person_left(*service, sub, db)?;
    }
    if !store::person::delete(person, db)? {
        return Ok(false);
    }
    store::audit::append(&Entry::new(Event::PersonDeleted, actor).about(person), db)?;
    Ok(true)
}

/// A service that somebody leaves, and how it knew them.
pub type Left = (ServiceId, String);

/// The services to which somebody agreed to tell something: what these must hear when the person is gone. `only`: one of
/// them.
///
/// # Errors
/// The store's.
pub fn leaving(person: PersonId, only: Option<ServiceId>, app: &Appliance) -> Result<Vec<Left>, Fault> {
    app.store.read(|db| {
        let Some(source) = store::vault::source(person, &app.keys, db)? else { return Ok(Vec::new()) };
        let mut left = Vec::new();
        for told in store::consent::by_person(person, db)? {
            let id = told.consent.service;
            if only.is_some_and(|only| only != id) {
                continue;
            }
            if let Some(service) = store::service::by_id(id, db)? {
                left.push((id, subject::of(&source, &service, &app.secrets)));
            }
        }
        Ok(left)
    })
}

/// Revokes the bindings of a person's key.
///
/// # Errors
/// The store's.
pub(crate) fn revoke_bindings(
    key: PasskeyId,
    person: PersonId,
    actor: Actor,
    db: &Write,
) -> Result<(), Fault> {
    for binding in store::binding::revoke_by_passkey(key, db)? {
        let entry = Entry::new(Event::BindingRevoked, actor).about(person).with("binding", binding);
        store::audit::append(&entry, db)?;
    }
    Ok(())
}
