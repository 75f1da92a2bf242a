//! Somebody writes to the audit beside us: what was done is found, and named.

use super::*;
use crate::domain::audit::{Actor, Entry, Event, GENESIS, Row};
use crate::domain::id::{PersonId, ServiceId};
use crate::store::audit::{self, Chained};
use crate::store::{Fault as StoreFault, Value};

impl House {
    /// A house with so many rows, an hour apart.
    pub(crate) fn with_rows(count: i64) -> Self {
        let house = Self::new();
        house.append(count);
        house
    }

    fn append(&self, count: i64) {
        self.store
            .write_blocking(NOW.0, move |db| {
                for number in 0..count {
                    let entry = Entry::new(Event::SignedIn, Actor::House)
                        .about(PersonId::from_bytes([1; 16]))
                        .at(ServiceId::from_bytes([2; 16]))
                        .with("number", number);
                    audit::append(&entry, db)?;
                }
                Ok::<_, StoreFault>(())
            })
            .unwrap();
    }

    /// Makes a checkpoint on the present end.
    pub(crate) fn checkpoint(&self, now: Timestamp) {
        let signer = self.signer(now);
        let due = self.store.read(checkpoint::uncovered).unwrap().unwrap();
        let made = checkpoint::make(&due, &signer, now).unwrap();
        assert!(self.store.write_blocking(now.0, move |db| checkpoint::keep(&made, &due, db)).unwrap());
    }

    /// Changes the database behind our back; each statement must hit.
    pub(crate) fn tamper(&self, sql: &[&str]) {
        let sql: Vec<String> = sql.iter().map(|&one| one.to_owned()).collect();
        self.store
            .write_blocking(NOW.0, move |db| {
                for one in &sql {
                    assert!(db.change(one, &[])? > 0, "{one}");
                }
                Ok::<_, StoreFault>(())
            })
            .unwrap();
    }

    fn broken(&self) -> Option<Break> {
        let own = verify_audit(&self.store, &Trust::Appliance(&self.keys), NOW + days(1000)).unwrap();
        let outside = verify_audit(&self.store, &Trust::Root(&self.root_pem()), NOW + days(1000)).unwrap();
        assert_eq!(own, outside);
        own.broken
    }

    /// Computes all hashes anew from a row on, as somebody would who knows how.
    fn rehash_from(&self, from: i64) {
        let rows = self.store.read(|db| audit::after(from - 1, u32::MAX, db)).unwrap();
        let before = self.store.read(|db| audit::before(from, 1, db)).unwrap();
        let mut hash = before.first().map_or(GENESIS, |row| row.hash);
        let mut changes = Vec::new();
        for Chained { row, .. } in rows {
            hash = row.hash(&hash);
            changes.push((row.number, hash));
        }
        self.store
            .write_blocking(NOW.0, move |db| {
                for (number, hash) in &changes {
                    db.change("UPDATE audit SET hash = $1 WHERE number = $2", &[hash, number])?;
                }
                Ok::<_, StoreFault>(())
            })
            .unwrap();
    }

    fn row(&self, number: i64) -> Chained {
        self.store.read(|db| audit::after(number - 1, 1, db)).unwrap().remove(0)
    }

    /// Moves the rows from a number on by some places.
    fn renumber(&self, from: i64, by: i64) {
        // By way of numbers nobody uses: they are unique at every moment.
        let (far, back) = (by + 1_000_000, -1_000_000);
        self.tamper(&[
            &format!("UPDATE audit SET number = number + {far} WHERE number >= {from}"),
            &format!("UPDATE audit SET number = number + {back} WHERE number >= 1000000"),
        ]);
    }

    fn insert(&self, row: Row, hash: [u8; 32]) {
        self.store
            .write_blocking(NOW.0, move |db| {
                let values: [&dyn Value; 6] = [&row.number, &row.at, &row.event, &row.actor, &row.detail, &hash];
                db.change(
                    "INSERT INTO audit (number, at, event, actor, detail, hash) VALUES ($1, $2, $3, $4, $5, $6)",
                    &values,
                )
            })
            .unwrap();
    }
}

fn invented(number: i64) -> Row {
    Row {
        number,
        at: NOW,
        event: "staff.joined".into(),
        actor: "command".into(),
        person: None,
        service: None,
        detail: String::new(),
    }
}

#[test]
fn an_untouched_audit_holds() {
    let house = House::with_rows(0);
    assert_eq!(verify_audit(&house.store, &Trust::Appliance(&house.keys), NOW).unwrap(), Report::default());
    // More than two pages, checkpoints by two signers.
    house.append(1200);
    house.checkpoint(NOW);
    house.append(1000);
    house.checkpoint(NOW + days(700));
    house.append(1);
    assert_eq!(house.broken(), None);
    let report = verify_audit(&house.store, &Trust::Appliance(&house.keys), NOW + days(700)).unwrap();
    assert_eq!((report.rows, report.checkpoints, report.covered), (2201, 2, 2200));
    assert_eq!(report.last, Some((2201, house.row(2201).hash)));
    assert_eq!(report.oldest_uncovered, Some(NOW));
}

#[test]
fn a_changed_column_is_found_wherever_it_is() {
    let person = "person = zeroblob(16)";
    let columns = [
        "at = at + 1",
        "event = 'setup'",
        "actor = 'command'",
        person,
        "person = NULL",
        "service = NULL",
        "detail = ''",
        "hash = zeroblob(32)",
        // Not even of the right form.
        "hash = zeroblob(5)",
        "person = zeroblob(3)",
    ];
    for row in [1, 5, 9] {
        for column in columns {
            let house = House::with_rows(9);
            house.checkpoint(NOW);
            house.tamper(&[&format!("UPDATE audit SET {column} WHERE number = {row}")]);
            assert_eq!(house.broken(), Some(Break::Changed { row }), "{column} of {row}");
        }
    }
}

#[test]
fn a_row_changed_together_with_its_hash_breaks_the_next_link() {
    let house = House::with_rows(9);
    house.tamper(&["UPDATE audit SET event = 'setup' WHERE number = 4"]);
    let hash = house.row(4).row.hash(&house.row(3).hash);
    house
        .store
        .write_blocking(NOW.0, move |db| db.change("UPDATE audit SET hash = $1 WHERE number = 4", &[&hash]))
        .unwrap();
    let broken = house.broken().unwrap();
    assert_eq!(broken, Break::Changed { row: 5 });
    assert!(broken.to_string().contains("row 4"), "{broken}");
}

#[test]
fn removed_rows_are_named() {
    for (from, to) in [(1, 1), (4, 4), (3, 6)] {
        let house = House::with_rows(9);
        house.tamper(&[&format!("DELETE FROM audit WHERE number BETWEEN {from} AND {to}")]);
        assert_eq!(house.broken(), Some(Break::Removed { from, to, renumbered: false }));
        // Closing the gap does not help.
        house.renumber(to + 1, from - to - 1);
        assert_eq!(house.broken(), Some(Break::Removed { from, to, renumbered: true }));
    }
}

#[test]
fn a_truncated_end_is_shown_by_the_checkpoint() {
    for left in [0, 3, 8] {
        let house = House::with_rows(9);
        house.checkpoint(NOW);
        house.tamper(&[&format!("DELETE FROM audit WHERE number > {left}")]);
        assert_eq!(house.broken(), Some(Break::RemovedAtEnd { from: left + 1, to: 9 }));
    }
}

#[test]
fn inserted_rows_are_named() {
    for at in [1, 4, 9] {
        for proper in [true, false] {
            let house = House::with_rows(9);
            house.renumber(at, 1);
            let before = if at == 1 { GENESIS } else { house.row(at - 1).hash };
            let row = invented(at);
            let hash = if proper { row.hash(&before) } else { [7; 32] };
            house.insert(row, hash);
            assert_eq!(house.broken(), Some(Break::Inserted { from: at, to: at }), "{at} {proper}");
        }
    }
    let house = House::with_rows(3);
    house.insert(invented(0), [0; 32]);
    assert_eq!(house.broken(), Some(Break::Inserted { from: 0, to: 0 }));
}

#[test]
fn a_row_appended_with_a_proper_hash_after_a_checkpoint_is_nothing_but_a_row() {
    // Said in the room's card: between checkpoints a writer who can compute hashes is not seen. The next
    // checkpoint would cover it; this test keeps the limit honest.
    let house = House::with_rows(3);
    house.checkpoint(NOW);
    let row = invented(4);
    let hash = row.hash(&house.row(3).hash);
    house.insert(row, hash);
    assert_eq!(house.broken(), None);
}

#[test]
fn swapped_rows_are_named() {
    for (row, with) in [(1, 2), (4, 5), (3, 7), (8, 9)] {
        let house = House::with_rows(9);
        house.tamper(&[
            &format!("UPDATE audit SET number = 1000 WHERE number = {row}"),
            &format!("UPDATE audit SET number = {row} WHERE number = {with}"),
            &format!("UPDATE audit SET number = {with} WHERE number = 1000"),
        ]);
        assert_eq!(house.broken(), Some(Break::Swapped { row, with }));
    }
}

#[test]
fn a_chain_computed_anew_is_shown_by_the_checkpoint() {
    let house = House::with_rows(5);
    house.checkpoint(NOW);
    house.append(5);
    house.checkpoint(NOW + days(1));
    house.append(2);
    for (change, from) in [
        ("UPDATE audit SET event = 'setup' WHERE number = 7", 7),
        ("UPDATE audit SET event = 'setup' WHERE number = 2", 2),
    ] {
        house.tamper(&[change]);
        house.rehash_from(from);
        let expected =
            if from > 5 { Break::Rewritten { from: 6, to: 10 } } else { Break::Rewritten { from: 1, to: 5 } };
        assert_eq!(house.broken(), Some(expected));
    }
}

#[test]
fn an_edited_checkpoint_is_found() {
    let cases = [
        ("number = 4", Break::Checkpoint { row: 4, why: CheckpointBroken::Edited }),
        ("number = 40", Break::Checkpoint { row: 40, why: CheckpointBroken::Edited }),
        ("number = -4", Break::Checkpoint { row: -4, why: CheckpointBroken::Edited }),
        ("hash = zeroblob(32)", Break::Checkpoint { row: 5, why: CheckpointBroken::Edited }),
        ("at = at + 5000", Break::Checkpoint { row: 5, why: CheckpointBroken::Edited }),
        ("statement = 'x'", Break::Checkpoint { row: 5, why: CheckpointBroken::Signature }),
        (
            "statement = replace(statement, '.', '.e')",
            Break::Checkpoint { row: 5, why: CheckpointBroken::Signature },
        ),
    ];
    for (change, expected) in cases {
        let house = House::with_rows(5);
        house.checkpoint(NOW);
        house.append(3);
        house.tamper(&[&format!("UPDATE audit_checkpoint SET {change}")]);
        assert_eq!(house.broken(), Some(expected), "{change}");
    }
}

#[test]
fn a_removed_checkpoint_is_missed_by_the_next() {
    let house = House::with_rows(3);
    house.checkpoint(NOW);
    house.append(3);
    house.checkpoint(NOW);
    house.append(3);
    house.checkpoint(NOW);
    house.tamper(&["DELETE FROM audit_checkpoint WHERE number = 6"]);
    assert_eq!(house.broken(), Some(Break::Checkpoint { row: 6, why: CheckpointBroken::Missing }));
}

#[test]
fn a_checkpoint_by_another_towns_signer_is_refused() {
    let (house, other) = (House::with_rows(3), House::with_rows(0));
    let due = checkpoint::Due { last: house.row(3), previous: 0 };
    let forged = checkpoint::make(&due, &other.signer(NOW), NOW).unwrap();
    assert!(house.store.write_blocking(NOW.0, move |db| audit::insert_checkpoint(&forged, db)).unwrap());
    let expected = Some(Break::Checkpoint { row: 3, why: CheckpointBroken::Signer });
    assert_eq!(house.broken(), expected);
    // With the foreign signer's certificate put into the table as well.
    let foreign = other.signer(NOW).certificates[0].clone();
    house
        .store
        .write_blocking(NOW.0, move |db| {
            crate::store::appliance::insert_authority("signer", &(foreign.clone(), None), db)
        })
        .unwrap();
    assert_eq!(house.broken(), expected);
}

#[test]
fn authorities_exchanged_as_a_whole_are_noticed() {
    let (house, other) = (House::with_rows(3), House::with_rows(0));
    house.checkpoint(NOW);
    let root = house.root_pem();
    for name in ["root", "issuing", "signer"] {
        other.signer(NOW);
        let row = other.store.read(|db| crate::store::appliance::authority(name, db)).unwrap().unwrap();
        house
            .store
            .write_blocking(NOW.0, move |db| {
                db.change(
                    "UPDATE authority SET certificate = $1, sealed = $2 WHERE name = $3",
                    &[&row.0, &row.1, &name],
                )
            })
            .unwrap();
    }
    assert!(verify_audit(&house.store, &Trust::Appliance(&house.keys), NOW).is_err());
    let report = verify_audit(&house.store, &Trust::Root(&root), NOW).unwrap();
    assert_eq!(report.broken, Some(Break::Checkpoint { row: 3, why: CheckpointBroken::Signer }));
}

#[test]
fn a_checkpoint_is_due_after_many_rows_or_an_hour() {
    let house = House::with_rows(0);
    let due = |now| house.store.read(|db| checkpoint::due(now, db)).unwrap().is_some();
    assert!(!due(NOW + days(9)), "nothing to cover");
    house.append(1);
    assert!(!due(NOW) && !due(NOW + Span::minutes(59)) && due(NOW + Span::minutes(60)));
    house.append(checkpoint::ROWS_DUE - 2);
    assert!(!due(NOW));
    house.append(1);
    assert!(due(NOW));
    house.checkpoint(NOW);
    assert!(!due(NOW + days(9)));
}

#[tokio::test]
async fn checkpoints_are_taken_when_due_and_once() {
    let house = House::with_rows(2);
    let signer = house.signer(NOW);
    assert!(!checkpoint::take(&house.store, &signer, NOW).await.unwrap());
    let later = NOW + Span::hours(2);
    assert!(checkpoint::take(&house.store, &signer, later).await.unwrap());
    assert!(!checkpoint::take(&house.store, &signer, later).await.unwrap(), "nothing new");
    house.append(1);
    // Two processes at once: the second finds that it was late.
    let due = house.store.read(checkpoint::uncovered).unwrap().unwrap();
    assert!(checkpoint::take(&house.store, &signer, later).await.unwrap());
    let late = checkpoint::make(&due, &signer, later).unwrap();
    assert!(!house.store.write_blocking(NOW.0, move |db| checkpoint::keep(&late, &due, db)).unwrap());
    assert_eq!(house.broken(), None);
    let kept = house.store.read(audit::checkpoints).unwrap();
    assert_eq!(kept.iter().map(|one| one.number).collect::<Vec<_>>(), [2, 3]);
}
