//! Everything the house holds of one person, opened: the account's pages each show a part of it.

use crate::domain::assurance::{Assessment, Policy, assess};
use crate::domain::attribute::{Attribute, Identity};
use crate::domain::audit::Row;
use crate::domain::card::{Card, Review};
use crate::domain::desk::Identification;
use crate::domain::id::{PasskeyId, PersonId, ServiceId};
use crate::domain::passkey::{Holder, Passkey, PasskeyState};
use crate::domain::person::Person;
use crate::domain::service::Service;
use crate::domain::session::Session;
use crate::domain::sign_in::Means;
use crate::domain::time::Timestamp;
use crate::domain::transfer_code::Outstanding;
use crate::http::Appliance;
use crate::store::binding::Binding;
use crate::store::consent::Told;
use crate::store::person::IdentityRecord;
use crate::store::{self, Fault, vault};
use std::collections::BTreeSet;

/// Model name of an authenticator: the room `passkey` has the list.
pub type ModelName = fn(&[u8; 16]) -> Option<&'static str>;

/// One person's whole file.
pub struct Dossier {
    pub person: Person,
    /// Unsealed.
    pub identity: Identity,
    /// Latest first.
    pub checks: Vec<IdentityRecord>,
    /// The one that counts first.
    pub cards: Vec<Card>,
    /// The transfer code there is, dead or alive.
    pub transfer_code: Option<Outstanding>,
    /// Whether new cards are this person's: asked, or decided lately; latest first.
    pub reviews: Vec<Review>,
    /// Identifications at the desk, latest first.
    pub identifications: Vec<Identification>,
    /// Oldest first.
    pub passkeys: Vec<Passkey>,
    pub bindings: Vec<Binding>,
    /// The latest told first.
    pub consents: Vec<Told>,
    /// Those which consents and history name; a removed one may be missing.
    pub services: Vec<Service>,
    pub sessions: Vec<Session>,
    /// Latest first; as many as the page shows.
    pub history: Vec<Row>,
}

impl Dossier {
    /// Opens a person's whole file, with at most `history` of their history. `None`: they are gone.
    pub fn load(person: PersonId, history: u32, app: &Appliance) -> Result<Option<Self>, Fault> {
        Self::load_before(person, i64::MAX, history, app)
    }

    /// The same, with the history before a row's number.
    pub fn load_before(
        person: PersonId,
        before: i64,
        history: u32,
        app: &Appliance,
    ) -> Result<Option<Self>, Fault> {
        app.store.read(|db| {
            let Some(found) = store::person::by_id(person, db)? else { return Ok(None) };
            let holder = Holder::Person(person);
            let identity = vault::open_identity(person, &Attribute::ALL, &app.keys, db)?;
            let consents = store::consent::by_person(person, db)?;
            let history: Vec<Row> = store::audit::by_person_before(person, before, history, db)?
                .into_iter()
                .map(|chained| chained.row)
                .collect();
            let named: BTreeSet<ServiceId> = consents
                .iter()
                .map(|told| told.consent.service)
                .chain(history.iter().filter_map(|row| row.service))
                .collect();
            let mut services = Vec::new();
            for id in named {
                services.extend(store::service::by_id(id, db)?);
            }
            Ok(Some(Self {
                person: found,
                identity: identity.unwrap_or_default(),
                checks: store::person::checks(person, db)?,
                cards: store::card::by_person(person, db)?,
                transfer_code: store::transfer_code::by_person(person, db)?,
                reviews: store::card_review::by_person(person, app.now(), db)?,
                identifications: store::desk::by_person(person, db)?,
                passkeys: store::passkey::by_holder(holder, db)?,
                bindings: store::binding::by_person(person, db)?,
                consents,
                services,
                sessions: store::session::by_holder(holder, db)?,
                history,
            }))
        })
    }
}

/// Everything that is stored about a person, as JSON. `Null`: they are gone.
pub fn export(person: PersonId, app: &Appliance) -> Result<serde_json::Value, Fault> {
    let dossier = Dossier::load(person, u32::MAX, app)?;
    Ok(dossier.map_or(serde_json::Value::Null, |dossier| super::export::json(&dossier, app.now())))
}

/// How the person looks at it: with what they came, and by which policy keys are judged.
#[derive(Clone, Copy)]
pub struct View {
    /// With what this session was opened.
    pub means: Means,
    pub policy: Policy,
    pub model: ModelName,
}

impl View {
    /// Whether this session was opened with that key.
    pub(crate) fn came_with(&self, passkey: PasskeyId) -> bool {
        self.means == Means::Passkey(passkey)
    }
}

impl Dossier {
    /// What a login with this key reaches now; `None` without any identity check.
    pub(crate) fn assess(&self, passkey: &Passkey, policy: &Policy, now: Timestamp) -> Option<Assessment> {
        self.checks.first().map(|check| assess(&check.facts(), passkey.facts(), policy, now))
    }

    pub(crate) fn service(&self, id: ServiceId) -> Option<&Service> {
        self.services.iter().find(|service| service.id == id)
    }

    pub(crate) fn passkey(&self, id: PasskeyId) -> Option<&Passkey> {
        self.passkeys.iter().find(|passkey| passkey.id == id)
    }

    /// The keys which open something.
    pub(crate) fn active(&self) -> impl Iterator<Item = &Passkey> {
        self.passkeys.iter().filter(|passkey| passkey.state == PasskeyState::Active)
    }

    /// Whether blocking this key leaves no other.
    pub(crate) fn is_last_key(&self, passkey: &Passkey) -> bool {
        passkey.state == PasskeyState::Active && self.active().all(|other| other.id == passkey.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::account::sample;
    use crate::web::page::Chrome;
    use crate::web::text::Language;

    #[test]
    fn the_last_key_is_the_only_active_one() {
        let chrome = Chrome::sample(Language::De);
        let mut dossier = sample::dossier(&chrome);
        assert!(!dossier.is_last_key(&dossier.passkeys[0]));
        for other in &mut dossier.passkeys[1..] {
            other.state = PasskeyState::Blocked;
        }
        assert!(dossier.is_last_key(&dossier.passkeys[0]));
        assert!(!dossier.is_last_key(&dossier.passkeys[1]), "a blocked key is no way in");
    }
}
