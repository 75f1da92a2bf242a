//! Undoing that a clerk linked a card to a person: it was somebody else's.
//!
//! Whoever holds the wrong card may have been in the account since. They are put out: sessions end, and what was made since
//! that card was read for the first time goes, because nothing says by whose hand: keys are blocked, consents and a transfer
//! code withdrawn, tokens that outlive a session with them. What the card told of its holder goes as well; what it overwrote
//! is gone for good, so that the person identifies again. If the card was never read since, nobody came in with it.
//!
//! Absent on purpose: bringing back what the holder of the wrong card may have removed; the person's history names it.

use super::people;
use super::words;
use crate::domain::attribute::Attribute;
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::card::{Link, Review, ReviewStage, Standing, UndoReason};
use crate::domain::id::{CheckId, StaffId};
use crate::domain::passkey::{Holder, PasskeyState};
use crate::domain::time::Timestamp;
use crate::eid::refresh::{match_hash, name_hash};
use crate::http::{Appliance, Trouble};
use crate::oidc::logout;
use crate::store::grant::Grant;
use crate::store::{self, Fault, Read, Write, vault};
use crate::web::page::Chrome;

/// What is undone, made ready before the write.
#[derive(Clone)]
pub(crate) struct Undo {
    review: Review,
    link: Link,
    told: Told,
    /// By what the person is found afterwards.
    found_by: Option<[u8; 32]>,
    named: Option<[u8; 32]>,
}

/// What the card has told since it was linked, and where all else that is known comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    checks: Vec<(CheckId, Timestamp)>,
    sources: Vec<(Attribute, CheckId)>,
}

impl Told {
    fn read(review: &Review, link: &Link, db: &Read) -> Result<Self, Fault> {
        // What a card of theirs told before it was taken up again was told by themself.
        let since = if link.before.is_some() { review.asked } else { Timestamp(0) };
        Ok(Self {
            checks: store::person::checks_by_card(review.person, link.card, since, db)?,
            sources: store::person::sources(review.person, db)?,
        })
    }
    fn is_by_card(&self, source: CheckId) -> bool {
        self.checks.iter().any(|(check, _)| *check == source)
    }
    fn attributes(&self, by_card: bool) -> Vec<Attribute> {
        let wanted = self.sources.iter().filter(|(_, source)| self.is_by_card(*source) == by_card);
        wanted.map(|(attribute, _)| *attribute).collect()
    }
    /// Since when somebody may have come in with the card.
    fn since(&self) -> Option<Timestamp> {
        self.checks.iter().map(|(_, at)| *at).min()
    }
}

/// What came of it.
pub(crate) enum Undone {
    /// Done; what came out of the sessions that ended, to be announced.
    Done(Vec<Grant>),
    /// Somebody was faster, or something was read or written down in between. Nothing was changed.
    Overtaken,
}

impl Undo {
    /// `None`: there is nothing to undo any more; [`Review::standing`] says why.
    pub(crate) fn ready(review: &Review, app: &Appliance) -> Result<Option<Self>, Trouble> {
        let ReviewStage::Confirmed { link, .. } = review.stage else { return Ok(None) };
        let person = review.person;
        let cards = app.store.read(|db| store::card::by_person(person, db))?;
        if review.standing(&cards) != Some(Standing::Linked) {
            return Ok(None);
        }
        let (told, identity) = app.store.read(|db| {
            let told = Told::read(review, &link, db)?;
            let left = vault::open_identity(person, &told.attributes(false), &app.keys, db)?;
            Ok((told, left))
        })?;
        let identity = identity.ok_or(Trouble::NotFound)?;
        let (found_by, named) = (match_hash(&identity, app), name_hash(&identity, app));
        Ok(Some(Self { review: review.clone(), link, told, found_by, named }))
    }

    /// Whether nobody finds the person by name and birth date afterwards.
    pub(crate) const fn leaves_nameless(&self) -> bool {
        self.named.is_none()
    }

    /// All of it, or nothing.
    pub(crate) fn keep(&self, by: StaffId, why: UndoReason, db: &Write) -> Result<Undone, Fault> {
        let (person, link) = (self.review.person, self.link);
        let standing = self.review.standing(&store::card::by_person(person, db)?);
        if standing != Some(Standing::Linked)
            || Told::read(&self.review, &link, db)? != self.told
            || !store::card_review::undo(self.review.id, (by, why), db)?
        {
            return Ok(Undone::Overtaken);
        }
        if !store::card::unlink(link.card, person, link.before, db)? {
            // Can not be: it was looked at above. Nothing of this write stays.
            return Err(Fault::corrupt("card", "state", link.card.to_string()));
        }
        let actor = Actor::Staff(by);
        let checks: Vec<CheckId> = self.told.checks.iter().map(|(check, _)| *check).collect();
        store::person::forget_checks(person, &checks, db)?;
        store::person_match::set(person, self.found_by.as_ref(), db)?;
        store::counter::set_name(person, self.named.as_ref(), db)?;
        let entry = Entry::new(Event::CardUnlinked, actor).about(person).with("card", link.card);
        let mut entry = entry.with("review", self.review.id).with("reason", why.name());
        for attribute in self.told.attributes(true) {
            entry = entry.with("removed", attribute.name());
        }
        store::audit::append(&entry, db)?;
        if let Some(card) = link.replaced
            && store::card::restore(card, person, db)?
        {
            let entry = Entry::new(Event::CardRestored, actor).about(person);
            store::audit::append(&entry.with("card", card), db)?;
        }
        let mut grants = Vec::new();
        for session in store::session::by_holder(Holder::Person(person), db)? {
            grants.extend(logout::end(&session, db)?.unwrap_or_default());
        }
        if let Some(since) = self.told.since() {
            self.clear_away(since, (actor, why), db)?;
        }
        Ok(Undone::Done(grants))
    }

    /// What was made since somebody could come in with the card.
    fn clear_away(
        &self,
        since: Timestamp,
        (actor, why): (Actor, UndoReason),
        db: &Write,
    ) -> Result<(), Fault> {
        let person = self.review.person;
        let entry = |event| Entry::new(event, actor).about(person);
        for key in store::passkey::by_holder(Holder::Person(person), db)? {
            let of_then = key.created >= since && key.state != PasskeyState::Blocked;
            if of_then && store::passkey::set_state(&key, PasskeyState::Blocked, db)? {
                people::revoke_bindings(key.id, person, actor, db)?;
                let entry = entry(Event::PasskeyBlocked).with("passkey", key.id);
                store::audit::append(&entry.with("reason", why.name()), db)?;
            }
        }
        let code = store::transfer_code::by_person(person, db)?;
        if code.is_some_and(|code| code.made >= since) && store::transfer_code::withdraw(person, db)? {
            store::audit::append(&entry(Event::TransferCodeWithdrawn), db)?;
        }
        for told in store::consent::by_person(person, db)? {
            let (given, service) = (told.consent.given, told.consent.service);
            if given >= since && store::consent::withdraw(person, service, db)? {
                store::grant::remove_for(person, service, db)?;
                store::audit::append(&entry(Event::ConsentWithdrawn).at(service), db)?;
            }
        }
        store::grant::remove_since(person, since, db)?;
        Ok(())
    }
}

/// The form that undoes a link, for the pages of a review and of a person; `templates/parts/card_undo.html` shows it. It
/// sends `action=undo`, `reason` and `confirm=yes` to the review's address.
pub(crate) struct UndoForm {
    pub(crate) url: String,
    /// Until when it can be undone.
    pub(crate) until: String,
    /// Value and words.
    pub(crate) reasons: Vec<(&'static str, &'static str)>,
    /// What was chosen before; empty: nothing.
    pub(crate) chosen: &'static str,
    pub(crate) no_reason: bool,
    pub(crate) no_tick: bool,
}

impl UndoForm {
    /// `answer`: what was sent, and was not enough.
    pub(crate) fn new(review: &Review, url: String, answer: Option<Unsure>, chrome: &Chrome) -> Self {
        let reasons = UndoReason::ALL.map(|why| (why.name(), words::undo_reason(why, chrome)));
        Self {
            url,
            until: words::day(review.expires, chrome),
            reasons: reasons.into(),
            chosen: answer.and_then(|answer| answer.reason).map_or("", UndoReason::name),
            no_reason: answer.is_some_and(|answer| answer.reason.is_none()),
            no_tick: answer.is_some_and(|answer| !answer.ticked),
        }
    }
}

/// An answer that lacks something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unsure {
    pub(crate) reason: Option<UndoReason>,
    pub(crate) ticked: bool,
}

/// Why a confirmed link can not be undone any more.
pub(crate) fn standing(standing: Standing, chrome: &Chrome) -> Option<&'static str> {
    match standing {
        Standing::Linked => None,
        Standing::Replaced => Some(chrome.t("card_undo.replaced")),
        Standing::Removed => Some(chrome.t("card_undo.removed")),
        Standing::Otherwise => Some(chrome.t("card_undo.otherwise")),
    }
}
