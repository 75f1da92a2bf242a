//! Browser sessions of one demo service: in memory, bounded, the oldest falls out.

use std::collections::{BTreeMap, HashMap};

use super::relying_party::{Pending, Visitor};

/// Logins one browser may have open at once (tabs); the oldest falls out.
const PENDING_PER_BROWSER: usize = 5;

/// What one browser has going on at this service.
#[derive(Default)]
pub struct Session {
    pending: Vec<Pending>,
    /// The signed-in person, if any.
    pub visitor: Option<Visitor>,
    /// `state` of a logout under way (RP-Initiated Logout 1.0 §2).
    pub farewell: Option<String>,
}

impl Session {
    /// The session of a browser that is on its way out, with the `state` of that logout.
    pub fn leaving(state: String) -> Self {
        Self { farewell: Some(state), ..Self::default() }
    }

    /// Remembers a login that has been sent to the provider.
    pub fn expect(&mut self, pending: Pending) {
        if self.pending.len() == PENDING_PER_BROWSER {
            self.pending.remove(0);
        }
        self.pending.push(pending);
    }

    /// Takes the login that was sent out with this `state`. A state works once.
    pub fn take_pending(&mut self, state: &str) -> Option<Pending> {
        let at = self.pending.iter().position(|pending| pending.state() == state)?;
        Some(self.pending.remove(at))
    }
}

struct Slot {
    number: u64,
    session: Session,
}

/// All sessions of one service by the value of their cookie.
pub struct Sessions {
    limit: usize,
    next: u64,
    by_id: HashMap<String, Slot>,
    by_age: BTreeMap<u64, String>,
}

impl Sessions {
    /// An empty map that never holds more than `limit` sessions.
    pub fn new(limit: usize) -> Self {
        Self { limit, next: 0, by_id: HashMap::new(), by_age: BTreeMap::new() }
    }

    /// The session behind a cookie.
    pub fn get(&self, id: &str) -> Option<&Session> {
        self.by_id.get(id).map(|slot| &slot.session)
    }

    /// The session behind a cookie, to change.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Session> {
        self.by_id.get_mut(id).map(|slot| &mut slot.session)
    }

    /// Opens a session under a fresh random `id`; the oldest makes room.
    pub fn open(&mut self, id: String, session: Session) {
        while self.by_id.len() >= self.limit {
            let Some((_, oldest)) = self.by_age.pop_first() else { break };
            self.by_id.remove(&oldest);
        }
        self.by_age.insert(self.next, id.clone());
        self.by_id.insert(id, Slot { number: self.next, session });
        self.next += 1;
    }

    /// Ends a session.
    pub fn close(&mut self, id: &str) -> Option<Session> {
        let slot = self.by_id.remove(id)?;
        self.by_age.remove(&slot.number);
        Some(slot.session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_falls_out_and_nothing_is_left_behind() {
        let mut sessions = Sessions::new(2);
        for id in ["a", "b", "c"] {
            sessions.open(id.to_owned(), Session::default());
        }
        assert!(sessions.get("a").is_none());
        assert!(sessions.get("b").is_some() && sessions.get("c").is_some());
        assert!(sessions.close("b").is_some());
        assert!(sessions.close("b").is_none());
        assert_eq!((sessions.by_id.len(), sessions.by_age.len()), (1, 1));
    }

    #[test]
    fn a_state_works_once_and_only_the_newest_are_kept() {
        let mut session = Session::default();
        for number in 0..=PENDING_PER_BROWSER {
            session.expect(Pending::with_state(&format!("s{number}")));
        }
        assert!(session.take_pending("s0").is_none());
        assert!(session.take_pending("s1").is_some());
        assert!(session.take_pending("s1").is_none());
    }
}
