//! The demo card: made-up people for trying the house out. A card of [`super::card`] is laid on the client of
//! [`super::client`]; here is what the demo keeps of it, the counter of wrong PINs. Exists only in a demo.

use crate::store::{self, Fault, Write};

pub use super::card::people::{DemoPerson, PEOPLE, Trait, person};

/// The PIN of every demo card.
pub const PIN: &str = "123456";
/// Wrong PINs until the card is blocked.
pub const TRIES: i64 = 3;

/// What came of a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pin {
    /// Right; the counter is full again.
    Right,
    /// Wrong; so many tries are left, at least one.
    Wrong(i64),
    /// Blocked, now or before.
    Blocked,
}

/// Tries a PIN. The counter moves in one write, so that no two tries at once count as one.
pub fn try_pin(card: &DemoPerson, pin: &str, db: &Write) -> Result<Pin, Fault> {
    let left = store::identity_check::demo_card_tries(card.key, db)?.unwrap_or(TRIES);
    if left <= 0 {
        return Ok(Pin::Blocked);
    }
    let left = if pin == PIN { TRIES } else { left - 1 };
    store::identity_check::set_demo_card_tries(card.key, left, db)?;
    Ok(match left {
        TRIES => Pin::Right,
        0 => Pin::Blocked,
        left => Pin::Wrong(left),
    })
}

/// A fresh card in place of a blocked one.
pub fn renew(card: &DemoPerson, db: &Write) -> Result<(), Fault> {
    store::identity_check::set_demo_card_tries(card.key, TRIES, db)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn three_wrong_pins_block_and_a_right_one_in_between_forgives() {
        let store = Store::temporary().unwrap();
        let card = person("erika").unwrap();
        let try_one = |pin: &'static str| store.write_blocking(0, move |db| try_pin(card, pin, db)).unwrap();
        assert_eq!(try_one("000000"), Pin::Wrong(2));
        assert_eq!(try_one(PIN), Pin::Right);
        assert_eq!(try_one("000000"), Pin::Wrong(2));
        assert_eq!(try_one("12345"), Pin::Wrong(1));
        assert_eq!(try_one("111111"), Pin::Blocked);
        assert_eq!(try_one(PIN), Pin::Blocked, "a blocked card stays blocked");
        store.write_blocking(0, move |db| renew(card, db)).unwrap();
        assert_eq!(try_one(PIN), Pin::Right);
    }
}
