//! Groups, savepoints, the queue.

use std::sync::Arc;
use std::thread;

use tokio::task::JoinSet;

use super::super::writer::{GROUP_MAX, QUEUE_MAX};
use super::{Fault, Gate, NOW, Store, count, note, notebook, queue};

#[test]
fn jobs_that_wait_together_share_one_commit() {
    let store = notebook();
    let before = store.stats();
    let gate = Gate::close(&store, "first");
    let waiting: Vec<_> =
        (0..20).map(|number| queue(&store, move |db| note(db, &format!("note {number}")))).collect();
    assert_eq!(store.stats().queued, 20);
    assert_eq!(gate.open(), Ok(1));
    for job in waiting {
        assert_eq!(job.join().unwrap(), Ok(1));
    }
    let after = store.stats();
    assert_eq!(after.commits - before.commits, 1);
    assert_eq!(after.jobs - before.jobs, 21);
    assert_eq!((after.group_max, after.queued, after.undone), (21, 0, 0));
    assert_eq!(count(&store), 21);
}

#[test]
fn a_group_has_a_largest_size() {
    let store = notebook();
    let before = store.stats().commits;
    let gate = Gate::close(&store, "first");
    let jobs = GROUP_MAX + 10;
    let waiting: Vec<_> =
        (0..jobs).map(|number| queue(&store, move |db| note(db, &format!("note {number}")))).collect();
    gate.open().unwrap();
    for job in waiting {
        job.join().unwrap().unwrap();
    }
    assert_eq!(store.stats().commits - before, 2);
    assert_eq!(store.stats().group_max, GROUP_MAX);
}

#[derive(Debug, PartialEq, thiserror::Error)]
enum Refusal {
    #[error("no")]
    No,
    #[error(transparent)]
    Fault(#[from] Fault),
}

#[test]
fn a_refusal_and_a_panic_undo_only_themselves() {
    let store = notebook();
    let gate = Gate::close(&store, "first");
    let good = queue(&store, |db| note(db, "good"));
    let (refused, handle) = (store.clone(), store.clone());
    let before = store.stats().queued;
    let refused = thread::spawn(move || {
        refused.write_blocking(NOW, |db| -> Result<(), Refusal> {
            note(db, "refused")?;
            Err(Refusal::No)
        })
    });
    while store.stats().queued == before {
        thread::yield_now();
    }
    let panicked = queue(&handle, |db| -> Result<usize, Fault> {
        note(db, "panicked")?;
        panic!("on purpose");
    });
    let last = queue(&store, |db| note(db, "last"));
    assert_eq!(gate.open(), Ok(1));
    assert_eq!(good.join().unwrap(), Ok(1));
    assert_eq!(refused.join().unwrap(), Err(Refusal::No));
    assert_eq!(panicked.join().unwrap(), Err(Fault::Panicked));
    assert_eq!(last.join().unwrap(), Ok(1));
    let texts = store.read(|db| db.all("SELECT text FROM note ORDER BY id", &[], |row| row.get_text(0)));
    assert_eq!(texts.unwrap(), ["first", "good", "last"]);
    assert_eq!(store.stats().undone, 2);
}

#[test]
fn a_full_queue_says_so_at_once_and_the_queued_jobs_are_still_done() {
    let store = notebook();
    let gate = Gate::close(&store, "first");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut queued = JoinSet::new();
        for number in 0..QUEUE_MAX {
            let store = store.clone();
            queued.spawn(async move { store.write(NOW, move |db| note(db, &format!("{number}"))).await });
        }
        while store.stats().queued < QUEUE_MAX {
            tokio::task::yield_now().await;
        }
        assert_eq!(store.write(NOW, |db| note(db, "one too many")).await, Err(Fault::Busy));
        assert_eq!(store.write_blocking(NOW, |db| note(db, "two too many")), Err(Fault::Busy));
        gate.open().unwrap();
        while let Some(done) = queued.join_next().await {
            assert_eq!(done.unwrap(), Ok(1));
        }
    });
    assert_eq!(count(&store), 1 + i64::try_from(QUEUE_MAX).unwrap());
    assert_eq!(store.stats().turned_away, 2);
    assert_eq!(store.write_blocking(NOW, |db| note(db, "room again")), Ok(1));
}

#[test]
fn of_many_who_advance_the_same_row_one_wins() {
    let store = Arc::new(notebook());
    store.write_blocking(NOW, |db| note(db, "code")).unwrap();
    let advance = "UPDATE note SET stage = $1 WHERE text = $2 AND stage = $3";
    let racers: Vec<_> = (0..16)
        .map(|_| {
            let store = Arc::clone(&store);
            thread::spawn(move || {
                store.write_blocking(NOW, move |db| db.change(advance, &[&"redeemed", &"code", &"open"]))
            })
        })
        .collect();
    let won: usize = racers.into_iter().map(|racer| racer.join().unwrap().unwrap()).sum();
    assert_eq!(won, 1);
}

#[test]
fn insert_new_tells_whether_a_row_was_made_and_returning_answers() {
    let store = notebook();
    let insert = "INSERT INTO note (text) VALUES ($1) ON CONFLICT (text) DO NOTHING";
    let made = store.write_blocking(NOW, move |db| {
        assert_eq!(db.at(), NOW);
        Ok::<_, Fault>((db.insert_new(insert, &[&"a"])?, db.insert_new(insert, &[&"a"])?))
    });
    assert_eq!(made, Ok((true, false)));
    let returned = store.write_blocking(NOW, |db| {
        db.one("UPDATE note SET stage = $1 WHERE text = $2 RETURNING id", &[&"x", &"a"], |row| row.get_i64(0))
    });
    assert_eq!(returned, Ok(Some(1)));
}

#[test]
fn two_stores_on_one_file_write_at_the_same_time() {
    let first = notebook();
    let second = Store::open(&first.0.path).unwrap();
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let store = if writer % 2 == 0 { first.clone() } else { second.clone() };
            thread::spawn(move || {
                for number in 0..25 {
                    let text = format!("{writer}/{number}");
                    store.write_blocking(NOW, move |db| note(db, &text)).unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    assert_eq!(count(&first), 200);
    assert_eq!(count(&second), 200);
    assert_eq!(first.integrity_check(), Ok(vec![]));
}

#[test]
fn close_finishes_what_is_queued_and_takes_nothing_more() {
    let store = notebook();
    let gate = Gate::close(&store, "first");
    let waiting = queue(&store, |db| note(db, "queued"));
    let closing = store.clone();
    let closing = thread::spawn(move || closing.close());
    assert_eq!(gate.open(), Ok(1));
    assert_eq!(waiting.join().unwrap(), Ok(1));
    closing.join().unwrap();
    assert_eq!(store.write_blocking(NOW, |db| note(db, "late")), Err(Fault::Closed));
    assert_eq!(store.read(|_| Ok(())), Err(Fault::Closed));
    store.close();
    assert!(!store.0.path.with_extension("db-wal").exists(), "the log is in the main file");
    assert_eq!(count(&Store::open(&store.0.path).unwrap()), 2);
}

#[test]
fn a_write_inside_a_write_is_refused_instead_of_waiting_forever() {
    let store = notebook();
    let inner = store.clone();
    let nested = store.write_blocking(NOW, move |_| inner.write_blocking(NOW, |db| note(db, "inner")));
    assert!(matches!(nested, Err(Fault::Engine(_))), "{nested:?}");
}

#[test]
fn the_last_handle_may_be_dropped_inside_a_job() {
    let store = notebook();
    let gate = Gate::close(&store, "first");
    let last = store.clone();
    let (done, heard) = std::sync::mpsc::channel();
    let held = queue(&store, move |db| {
        let _keeps_it_alive = &last;
        note(db, "last")
    });
    let path = store.0.path.clone();
    drop(store);
    thread::spawn(move || done.send((gate.open(), held.join().unwrap())).unwrap());
    assert_eq!(heard.recv().unwrap(), (Ok(1), Ok(1)));
    while path.exists() {
        thread::yield_now();
    }
}
