//! What was answered is on the disk: a writing process is killed at fifty moments, and two processes write to
//! one file at once. SIGKILL stops the program, not the disk: it shows that no answer runs ahead of its commit
//! and that the file is sound at every moment; a power failure is `synchronous=FULL`'s part.
//!
//! The children are this test program itself, started with the name of an ignored test.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use torhaus::store::{Fault, Store, Write};

/// How a child learns where its file is, and who it is.
const PLACE: &str = "TORHAUS_TEST_PLACE";
const NAME: &str = "TORHAUS_TEST_NAME";

const KILLS: u64 = 50;
const WRITERS: usize = 4;

#[test]
fn whatever_was_answered_before_the_kill_is_there() {
    let folder = Folder::new("kill");
    let path = folder.path();
    prepare(&path);
    let (mut seed, mut answered) = (0x5eed_u64, BTreeSet::new());
    for life in 0..KILLS {
        let mut child = start("endless_writer", &path, &format!("{life}"));
        let mut output = child.stdout.take().unwrap();
        let reading = thread::spawn(move || {
            let mut text = String::new();
            output.read_to_string(&mut text).unwrap();
            text
        });
        pause(3_000 + random(&mut seed) % 57_000);
        child.kill().unwrap();
        child.wait().unwrap();
        // A last line without its end was cut off by the kill.
        let text = reading.join().unwrap();
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        answered.extend(whole.lines().filter_map(|line| line.strip_prefix("answered ")).map(str::to_owned));

        let store = Store::open(&path).unwrap();
        let kept: BTreeSet<String> = texts(&store).into_iter().collect();
        let lost: Vec<_> = answered.difference(&kept).collect();
        assert!(lost.is_empty(), "life {life} lost {lost:?}");
        assert_eq!(store.integrity_check(), Ok(vec![]), "life {life}");
    }
    // If the children never got to writing, nothing was tested.
    assert!(answered.len() > 100, "only {} answers in all", answered.len());
    println!("{} answers before {KILLS} kills, none lost", answered.len());
}

#[test]
fn two_processes_write_to_one_file() {
    let folder = Folder::new("two");
    let path = folder.path();
    prepare(&path);
    let children: Vec<_> = ["left", "right"].map(|name| start("finite_writer", &path, name)).into();
    let store = Store::open(&path).unwrap();
    // The command line beside two busy servers: one write after the other, none may wait too long.
    for number in 0..20 {
        store.write_blocking(0, move |db| note(db, &format!("middle/{number}"))).unwrap();
    }
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    assert_eq!(texts(&store).len(), 2 * WRITERS * 100 + 20);
    assert_eq!(store.integrity_check(), Ok(vec![]));
}

/// Writes until it is killed; says each number after its answer.
#[test]
#[ignore = "a child of the tests above"]
fn endless_writer() {
    let Some((path, name)) = errand() else { return };
    let store = Store::open(&path).unwrap();
    write_all(&store, &name, usize::MAX);
}

/// Writes a hundred rows from each of its threads.
#[test]
#[ignore = "a child of the tests above"]
fn finite_writer() {
    let Some((path, name)) = errand() else { return };
    let store = Store::open(&path).unwrap();
    write_all(&store, &name, 100);
    store.close();
}

fn write_all(store: &Store, name: &str, rows: usize) {
    // One write to the pipe per line, and past the capturing of the test harness.
    let out = Mutex::new(std::io::stdout());
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let out = &out;
            scope.spawn(move || {
                for number in 0..rows {
                    let text = format!("{name}/{writer}/{number}");
                    let row = text.clone();
                    store.write_blocking(0, move |db| note(db, &row)).unwrap();
                    let mut out = out.lock().unwrap();
                    out.write_all(format!("answered {text}\n").as_bytes()).unwrap();
                    out.flush().unwrap();
                }
            });
        }
    });
}

fn note(db: &Write<'_>, text: &str) -> Result<usize, Fault> {
    db.change("INSERT INTO note (text, filling) VALUES ($1, $2)", &[&text, &[7_u8; 300]])
}

fn prepare(path: &Path) {
    let store = Store::open(path).unwrap();
    let table = "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, filling BLOB) STRICT";
    store.write_blocking(0, move |db| db.change(table, &[])).unwrap();
    store.close();
}

fn texts(store: &Store) -> Vec<String> {
    store.read(|db| db.all("SELECT text FROM note", &[], |row| row.get_text(0))).unwrap()
}

fn start(test: &str, path: &Path, name: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env(PLACE, path)
        .env(NAME, name)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What a child was started for; `None` if somebody runs the ignored tests by hand.
#[expect(clippy::disallowed_methods, reason = "the arguments belong to the test harness")]
fn errand() -> Option<(PathBuf, String)> {
    Some((std::env::var(PLACE).ok()?.into(), std::env::var(NAME).ok()?))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the moment of the kill must not depend on what the child does"
)]
fn pause(microseconds: u64) {
    thread::sleep(Duration::from_micros(microseconds));
}

/// A small generator (SplitMix64), so that a failing run can be repeated.
fn random(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *seed;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("torhaus-crash-{name}-{}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn path(&self) -> PathBuf {
        self.0.join("torhaus.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
