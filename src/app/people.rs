//! Acts on people which commands and pages share: looking at everything, blocking, deleting.

use crate::domain::attribute::{Attribute, Identity};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::id::PersonId;
use crate::domain::person::{Person, PersonState};
use crate::http::Appliance;
use crate::store::{self, Fault, Write};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// What the document says of a person.
pub fn identity(person: PersonId, app: &Appliance) -> Result<Identity, Fault> {
    let found = app.store.read(|db| store::vault::open_identity(person, &Attribute::ALL, &app.keys, db))?;
    Ok(found.unwrap_or_default())
}

/// Everything that is stored about a person.
pub fn export(person: PersonId, app: &Appliance) -> Result<serde_json::Value, Fault> {
    crate::web::account::dossier::export(person, app)
}

/// Blocks or releases; a blocked person's sessions end at once. `false`: somebody was faster.
pub fn set_state(person: &Person, to: PersonState, actor: Actor, db: &Write) -> Result<bool, Fault> {
    if !store::person::set_state(person, to, db)? {
        return Ok(false);
    }
    let event = match to {
        PersonState::Blocked => {
            store::session::remove_by_person(person.id, db)?;
            Event::PersonBlocked
        }
        PersonState::Active => Event::PersonReleased,
    };
    store::audit::append(&Entry::new(event, actor).about(person.id), db)?;
    Ok(true)
}

/// Deletes a person: the key first of all. Bindings stay revoked, the audit keeps the bare id.
pub fn delete(person: PersonId, actor: Actor, db: &Write) -> Result<bool, Fault> {
    use crate::domain::passkey::Holder;
    for key in store::passkey::by_holder(Holder::Person(person), db)? {
        store::binding::revoke_by_passkey(key.id, db)?;
    }
    if !store::person::delete(person, db)? {
        return Ok(false);
    }
    store::audit::append(&Entry::new(Event::PersonDeleted, actor).about(person), db)?;
    Ok(true)
}

/// Writes a file which only its owner can read; an existing one is not touched.
pub fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}
