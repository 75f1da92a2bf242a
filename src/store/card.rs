//! Cards: which lead to whom, and which a newer one replaced.

use super::values;
use super::{Fault, Read, Row, Write};
use crate::domain::card::{Card, CardState, Linked, LinkedBy};
use crate::domain::id::{CardId, PersonId};
use crate::domain::person::Person;
use crate::domain::time::Timestamp;

const COLUMNS: &str = "id, person, state, added_at, last_read_at, document_expires_at, linked_by, linked_at";

/// The card of a pseudonym, and its person.
pub fn by_pseudonym(hash: &[u8; 32], db: &Read) -> Result<Option<(Card, Person)>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM card WHERE pseudonym_hash = $1");
    let Some(card) = db.one(&sql, &[hash], from_row)? else { return Ok(None) };
    Ok(super::person::by_id(card.person, db)?.map(|person| (card, person)))
}

/// A person's cards, the one that counts first, then the latest.
pub fn by_person(person: PersonId, db: &Read) -> Result<Vec<Card>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM card WHERE person = $1 ORDER BY state, added_at DESC, id");
    db.all(&sql, &[&person], from_row)
}

/// Links a card that leads to nobody, or takes up one again which this very person had replaced or taken off; it is
/// the person's current card then. `None`: it leads to somebody already.
pub fn link(card: &Card, pseudonym_hash: &[u8; 32], db: &Write) -> Result<Option<CardId>, Fault> {
    let (by, at) = (card.linked.map(|linked| linked.by.name()), card.linked.map(|linked| linked.at));
    let fresh = db.insert_new(
        "INSERT INTO card (id, pseudonym_hash, person, state, added_at, last_read_at, document_expires_at,
           linked_by, linked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (pseudonym_hash) DO NOTHING",
        &[
            &card.id,
            pseudonym_hash,
            &card.person,
            &CardState::Current.name(),
            &card.added,
            &card.last_read,
            &card.document_expires,
            &by,
            &at,
        ],
    )?;
    if fresh {
        return Ok(Some(card.id));
    }
    let Some((earlier, _)) = by_pseudonym(pseudonym_hash, db)? else { return Ok(None) };
    let taken_up = db.change(
        "UPDATE card SET state = 'current', last_read_at = $1, document_expires_at = $2, linked_by = $3,
           linked_at = $4
         WHERE id = $5 AND person = $6 AND state <> 'current'",
        &[&card.last_read, &card.document_expires, &by, &at, &earlier.id, &card.person],
    )?;
    Ok((taken_up == 1).then_some(earlier.id))
}

/// Keeps a reading of a card. `false`: it was removed or replaced in between.
pub fn read(
    card: CardId,
    at: Timestamp,
    document_expires: Option<Timestamp>,
    db: &Write,
) -> Result<bool, Fault> {
    let changed = db.change(
        "UPDATE card SET last_read_at = $1, document_expires_at = $2 WHERE id = $3 AND state = 'current'",
        &[&at, &document_expires, &card],
    )?;
    Ok(changed == 1)
}

/// All other cards of the person are replaced by this one; returns which just were.
pub fn replace_others(by: CardId, person: PersonId, db: &Write) -> Result<Vec<CardId>, Fault> {
    let others: Vec<CardId> = db.all(
        "SELECT id FROM card WHERE person = $1 AND state = 'current' AND id <> $2",
        &[&person, &by],
        |row| values::id(row, 0),
    )?;
    let sql = "UPDATE card SET state = 'replaced' WHERE person = $1 AND state = 'current' AND id <> $2";
    db.change(sql, &[&person, &by])?;
    Ok(others)
}

/// Takes a card of this person off, from the state that was seen. `false`: somebody was faster.
pub fn remove(card: &Card, db: &Write) -> Result<bool, Fault> {
    let sql = "UPDATE card SET state = 'removed' WHERE id = $1 AND person = $2 AND state = $3";
    Ok(db.change(sql, &[&card.id, &card.person, &card.state.name()])? == 1)
}

/// Undoes that a card was linked: it has the state again which it had before. `None`: it leads to nobody any more, as if
/// it had never been read. `false`: it is not this person's current card.
pub fn unlink(card: CardId, person: PersonId, before: Option<CardState>, db: &Write) -> Result<bool, Fault> {
    let changed = match before {
        None => db.change(
            "DELETE FROM card WHERE id = $1 AND person = $2 AND state = 'current'",
            &[&card, &person],
        )?,
        Some(before) => db.change(
            "UPDATE card SET state = $1 WHERE id = $2 AND person = $3 AND state = 'current'",
            &[&before.name(), &card, &person],
        )?,
    };
    Ok(changed == 1)
}

/// A card that was replaced counts again. `false`: it is not replaced any more, or another one counts.
pub fn restore(card: CardId, person: PersonId, db: &Write) -> Result<bool, Fault> {
    let changed = db.change(
        "UPDATE card SET state = 'current' WHERE id = $1 AND person = $2 AND state = 'replaced'
           AND NOT EXISTS (SELECT 1 FROM card WHERE person = $2 AND state = 'current')",
        &[&card, &person],
    )?;
    Ok(changed == 1)
}

fn from_row(row: &Row) -> Result<Card, Fault> {
    Ok(Card {
        id: values::id(row, 0)?,
        person: values::id(row, 1)?,
        state: values::name(row, 2, CardState::parse)?,
        added: values::time(row, 3)?,
        last_read: values::time(row, 4)?,
        document_expires: values::opt_time(row, 5)?,
        linked: match (row.get_opt_text(6)?, values::opt_time(row, 7)?) {
            (Some(by), Some(at)) => {
                Some(Linked { by: LinkedBy::parse(&by).ok_or_else(|| row.corrupt(6))?, at })
            }
            _ => None,
        },
    })
}
