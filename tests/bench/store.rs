//! Durable writes a second: the store with 1, 16 and 64 writers beside the bare engine with one commit a row.
//! The disk's own sync is measured beside it, as it sets the limit. And what a look-up and a start cost.
#![expect(clippy::print_stdout, reason = "the table is the result")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on ends")]

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use torhaus::store::{Fault, Store};

/// How long each line of the table is measured.
const SPAN: Duration = Duration::from_secs(2);

const TABLE: &str = "CREATE TABLE IF NOT EXISTS entry
    (id INTEGER PRIMARY KEY, person BLOB NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL) STRICT";
const INDEX: &str = "CREATE INDEX IF NOT EXISTS entry_person ON entry (person)";
const INSERT: &str = "INSERT INTO entry (person, kind, at) VALUES ($1, $2, $3)";

/// Prints the table.
pub fn run() {
    let folder = std::env::temp_dir().join(format!("torhaus-bench-{}", std::process::id()));
    fs::create_dir(&folder).unwrap();
    println!(
        "store: durable writes, one row and one index each, {} s a line, in {}",
        SPAN.as_secs(),
        folder.display()
    );
    println!(
        "{:<34} {:>9} {:>10} {:>8} {:>9} {:>9}",
        "", "rows/s", "commits/s", "a group", "p50 ms", "p99 ms"
    );
    line("file, 4 KiB write + fdatasync", syncs(&folder), None);
    line("bare engine, one commit a row", bare(&folder), None);
    for writers in [1, 16, 64] {
        let (times, commits) = ours(&folder.join(format!("{writers}.db")), writers);
        line(&format!("store, {writers} writers"), times, Some(commits));
    }
    reads_and_starts(&folder.join("64.db"));
    fs::remove_dir_all(&folder).unwrap();
}

fn line(name: &str, mut times: Vec<Duration>, commits: Option<u64>) {
    times.sort_unstable();
    let commits = commits.unwrap_or(times.len() as u64);
    let (seconds, rows) = (SPAN.as_secs_f64(), times.len() as f64);
    let at = |share: usize| times.get(times.len() * share / 100).map_or(0.0, |time| time.as_secs_f64() * 1e3);
    println!(
        "{name:<34} {:>9.0} {:>10.0} {:>8.1} {:>9.2} {:>9.2}",
        rows / seconds,
        commits as f64 / seconds,
        rows / (commits.max(1) as f64),
        at(50),
        at(99)
    );
}

/// What the disk gives at best.
fn syncs(folder: &Path) -> Vec<Duration> {
    let mut file = File::create(folder.join("plain")).unwrap();
    repeat(|_| {
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
    })
}

fn bare(folder: &Path) -> Vec<Duration> {
    let engine = Connection::open(folder.join("bare.db")).unwrap();
    engine.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;").unwrap();
    engine.execute_batch(&format!("{TABLE}; {INDEX};")).unwrap();
    repeat(|number| {
        let mut insert = engine.prepare_cached(INSERT).unwrap();
        insert.execute((person(0, number), "sign_in", number)).unwrap();
    })
}

fn repeat(mut act: impl FnMut(i64)) -> Vec<Duration> {
    let (begin, mut times) = (Instant::now(), Vec::new());
    for number in 0.. {
        let started = Instant::now();
        if started.duration_since(begin) >= SPAN {
            break;
        }
        act(number);
        times.push(started.elapsed());
    }
    times
}

/// Each writer waits for its answer before its next write, like a browser. The times, and the commits.
fn ours(path: &Path, writers: i64) -> (Vec<Duration>, u64) {
    let store = Store::open(path).unwrap();
    for sql in [TABLE, INDEX] {
        store.write_blocking(0, move |db| db.change(sql, &[])).unwrap();
    }
    let before = store.stats().commits;
    let runtime = Runtime::new().unwrap();
    let times = runtime.block_on(async {
        let (begin, mut all) = (Instant::now(), JoinSet::new());
        for writer in 0..writers {
            let store = store.clone();
            all.spawn(async move {
                let (mut times, mut number) = (Vec::new(), 0_i64);
                while begin.elapsed() < SPAN {
                    let started = Instant::now();
                    let id = person(writer, number);
                    let write =
                        store.write(number, move |db| db.change(INSERT, &[&id, &"sign_in", &db.at()]));
                    let written: Result<usize, Fault> = write.await;
                    assert_eq!(written, Ok(1));
                    times.push(started.elapsed());
                    number += 1;
                }
                times
            });
        }
        all.join_all().await.concat()
    });
    let commits = store.stats().commits - before;
    store.close();
    (times, commits)
}

/// Sixteen bytes that fall all over the index, as random ids do.
fn person(writer: i64, number: i64) -> [u8; 16] {
    let mixed = u128::from((writer << 32 | number).unsigned_abs())
        .wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    mixed.to_be_bytes()
}

fn reads_and_starts(path: &Path) {
    let started = Instant::now();
    let store = Store::open(path).unwrap();
    let opened = started.elapsed();
    let look_up = |number: i64| {
        store
            .read(|db| {
                let id = person(number % 64, 0);
                db.one("SELECT at FROM entry WHERE person = $1", &[&id], |row| row.get_i64(0))
            })
            .unwrap()
            .unwrap();
    };
    look_up(0);
    let (started, rounds) = (Instant::now(), 20_000);
    (0..rounds).for_each(look_up);
    let each = started.elapsed().as_secs_f64() * 1e6 / f64::from(u32::try_from(rounds).unwrap());
    let started = Instant::now();
    for _ in 0..rounds {
        store.data_version();
    }
    let version = started.elapsed().as_secs_f64() * 1e6 / f64::from(u32::try_from(rounds).unwrap());
    let started = Instant::now();
    let fresh = Store::open(&path.with_file_name("fresh.db")).unwrap();
    let first = started.elapsed();
    fresh.close();
    println!(
        "look-up by index {each:.1} us, data_version {version:.1} us, open {opened:.1?}, first open {first:.1?}"
    );
}
