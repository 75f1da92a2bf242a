//! Taking back that a clerk linked a card to a person: it was somebody else's.
//!
//! The card leads to nobody again, and the one before it counts. Whoever holds the wrong card may have been in the account
//! since: sessions end, keys made since are blocked, and what that card told of its holder goes. What it overwrote is gone
//! for good; the person identifies again.

use super::people;
use crate::domain::attribute::Attribute;
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::card::{CardState, Review, ReviewStage};
use crate::domain::counter::Reason;
use crate::domain::id::{CardId, CheckId, StaffId};
use crate::domain::passkey::{Holder, PasskeyState};
use crate::domain::time::Timestamp;
use crate::eid::refresh::{match_hash, name_hash};
use crate::http::{Appliance, Trouble};
use crate::oidc::logout;
use crate::store::{self, Fault, Write, vault};

/// What is taken back, made ready before the write.
#[derive(Clone)]
pub(crate) struct Undo {
    review: Review,
    card: CardId,
    linked: Timestamp,
    told: (Vec<CheckId>, Vec<Attribute>),
    /// By what the person is found afterwards.
    found_by: Option<[u8; 32]>,
    named: Option<[u8; 32]>,
}

impl Undo {
    /// `None`: the review links nothing, or the card has been replaced, taken off or linked otherwise since.
    pub(crate) fn ready(review: &Review, app: &Appliance) -> Result<Option<Self>, Trouble> {
        let ReviewStage::Confirmed { at: linked, .. } = review.stage else { return Ok(None) };
        let person = review.person;
        let found = app.store.read(|db| store::card::by_pseudonym(&review.pseudonym, db))?;
        let theirs = found.filter(|(card, holder)| holder.id == person && card.state == CardState::Current);
        let Some((card, _)) = theirs else { return Ok(None) };
        let told = app.store.read(|db| store::person::told_by_card(person, card.id, linked, db))?;
        let left: Vec<Attribute> = Attribute::ALL.into_iter().filter(|one| !told.1.contains(one)).collect();
        let identity = app.store.read(|db| vault::open_identity(person, &left, &app.keys, db))?;
        let identity = identity.ok_or(Trouble::NotFound)?;
        let (found_by, named) = (match_hash(&identity, app), name_hash(&identity, app));
        Ok(Some(Self { review: review.clone(), card: card.id, linked, told, found_by, named }))
    }

    /// All of it, or nothing. `false`: somebody was faster, or the card was read in between.
    pub(crate) fn keep(&self, by: StaffId, why: Reason, db: &Write) -> Result<bool, Fault> {
        let person = self.review.person;
        let current = store::card::by_pseudonym(&self.review.pseudonym, db)?;
        let still = current.is_some_and(|(card, _)| {
            card.id == self.card && card.person == person && card.state == CardState::Current
        });
        if !still
            || store::person::told_by_card(person, self.card, self.linked, db)? != self.told
            || !store::card_review::undo(self.review.id, by, why, db)?
        {
            return Ok(false);
        }
        let actor = Actor::Staff(by);
        store::person::forget_checks(person, &self.told.0, db)?;
        store::card::forget(self.card, db)?;
        let restored = store::card::restore_last(person, db)?;
        store::person_match::set(person, self.found_by.as_ref(), db)?;
        store::counter::set_name(person, self.named.as_ref(), db)?;
        let entry = Entry::new(Event::CardUnlinked, actor).about(person).with("card", self.card);
        let entry = entry.with("review", self.review.id).with("reason", why.name());
        let entry = match restored {
            Some(card) => entry.with("restored", card),
            None => entry,
        };
        store::audit::append(&entry, db)?;
        self.shut_out(actor, why, db)?;
        Ok(true)
    }

    /// Nobody who came in by the wrong card stays.
    fn shut_out(&self, actor: Actor, why: Reason, db: &Write) -> Result<(), Fault> {
        let person = self.review.person;
        let holder = Holder::Person(person);
        for key in store::passkey::by_holder(holder, db)? {
            let since = key.created >= self.linked && key.state != PasskeyState::Blocked;
            if since && store::passkey::set_state(&key, PasskeyState::Blocked, db)? {
                people::revoke_bindings(key.id, person, actor, db)?;
                let entry = Entry::new(Event::PasskeyBlocked, actor).about(person).with("passkey", key.id);
                store::audit::append(&entry.with("reason", why.name()), db)?;
            }
        }
        for session in store::session::by_holder(holder, db)? {
            logout::end(&session, db)?;
        }
        Ok(())
    }
}
