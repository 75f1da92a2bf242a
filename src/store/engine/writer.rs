//! The one thread that writes. Jobs that wait together share one commit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle, ThreadId};

use rusqlite::Connection;

use super::fault::Fault;
use super::handle::Write;
use super::pool::run;
use super::settle::{self, Settled};

/// At most so many jobs share a commit: enough to pay the disk once, few enough to keep the answer near.
pub(super) const GROUP_MAX: usize = 128;
/// At most so many jobs wait. At a hundred thousand people a full queue means trouble, not traffic.
pub(super) const QUEUE_MAX: usize = 1024;

/// What the writer has done since it started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Commits that reached the disk.
    pub commits: u64,
    /// Jobs run, kept or not.
    pub jobs: u64,
    /// Jobs undone: refused, faulty, panicked, or in a group that could not be committed.
    pub undone: u64,
    /// Jobs turned away because the queue was full.
    pub turned_away: u64,
    /// Jobs waiting now.
    pub queued: usize,
    /// The largest group committed so far.
    pub group_max: usize,
}

#[derive(Default)]
struct Counters {
    commits: AtomicU64,
    jobs: AtomicU64,
    undone: AtomicU64,
    turned_away: AtomicU64,
    queued: AtomicUsize,
    group_max: AtomicUsize,
    /// The last checkpoint asked for was not done.
    unsettled: AtomicBool,
}

/// The queue's end where jobs are handed in.
pub(super) struct Desk {
    queue: SyncSender<Message>,
    counters: Arc<Counters>,
    thread: ThreadId,
}

enum Message {
    Job(Box<dyn Entry>),
    /// After the commit of what was queued before: no checkpoint runs inside a transaction.
    Settle(Settled),
    Close,
}

/// A job in its two phases: run, then, after the commit, answered.
pub(super) trait Entry: Send {
    fn run(&mut self, connection: &Connection) -> Ran;
    fn answer(self: Box<Self>, sealed: Result<(), Fault>);
}

/// What became of a job inside its group.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ran {
    Kept,
    Undone,
    /// The engine gave up the whole group's transaction.
    Broke(Fault),
}

/// A typed job: what to run, what came out, whom to tell.
pub(super) struct Pending<T, E, F, R> {
    pub(super) now_ms: i64,
    pub(super) job: F,
    pub(super) outcome: Result<Result<T, E>, Fault>,
    pub(super) reply: R,
}

impl<T, E, F, R> Entry for Pending<T, E, F, R>
where
    T: Send,
    E: Send,
    F: Fn(&Write<'_>) -> Result<T, E> + Send,
    R: FnOnce(Result<Result<T, E>, Fault>) + Send,
{
    fn run(&mut self, connection: &Connection) -> Ran {
        if let Err(fault) = run(connection, "SAVEPOINT job") {
            return Ran::Broke(fault);
        }
        let db = Write::new(connection, self.now_ms);
        // The connection holds no Rust state a panic could leave half made: what the job did is rolled back.
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.job)(&db)));
        self.outcome = outcome.map_err(|_words| Fault::Panicked);
        if let Some(fault) = db.broken() {
            return Ran::Broke(fault);
        }
        let (end, ran) = match self.outcome {
            Ok(Ok(_)) => (run(connection, "RELEASE job"), Ran::Kept),
            _ => (undo(connection), Ran::Undone),
        };
        end.map_or_else(Ran::Broke, |()| ran)
    }

    fn answer(self: Box<Self>, sealed: Result<(), Fault>) {
        let this = *self;
        (this.reply)(sealed.and(this.outcome));
    }
}

fn undo(connection: &Connection) -> Result<(), Fault> {
    run(connection, "ROLLBACK TO job")?;
    run(connection, "RELEASE job")
}

impl Desk {
    /// Starts the thread. It ends after `close`, or when the desk is dropped.
    pub(super) fn open(connection: Connection) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (queue, jobs) = sync_channel(QUEUE_MAX);
        let counters = Arc::new(Counters::default());
        let mut writer = Writer {
            connection,
            jobs,
            counters: Arc::clone(&counters),
            settling: Vec::new(),
            closing: false,
        };
        let handle = thread::Builder::new().name("store-writer".to_owned()).spawn(move || writer.work())?;
        Ok((Self { queue, counters, thread: handle.thread().id() }, handle))
    }

    /// Queues a job, or says at once why not; then the job has not been run and never will be.
    pub(super) fn submit(&self, entry: Box<dyn Entry>) -> Result<(), Fault> {
        self.counters.queued.fetch_add(1, Relaxed);
        self.queue.try_send(Message::Job(entry)).map_err(|refused| {
            self.counters.queued.fetch_sub(1, Relaxed);
            match refused {
                TrySendError::Full(_) => {
                    self.counters.turned_away.fetch_add(1, Relaxed);
                    Fault::Busy
                }
                TrySendError::Disconnected(_) => Fault::Closed,
            }
        })
    }

    /// Queues a checkpoint behind the jobs that wait, or says at once why not.
    pub(super) fn settle(&self, settled: Settled) -> Result<(), Fault> {
        self.queue.try_send(Message::Settle(settled)).map_err(|refused| {
            self.counters.unsettled.store(true, Relaxed);
            match refused {
                TrySendError::Full(_) => Fault::Busy,
                TrySendError::Disconnected(_) => Fault::Closed,
            }
        })
    }

    /// Whether the last checkpoint asked for was not done.
    pub(super) fn is_unsettled(&self) -> bool {
        self.counters.unsettled.load(Relaxed)
    }

    /// Lets the thread finish what is queued and end.
    pub(super) fn close(&self) {
        // Fails only if the thread has ended, which is what we want.
        drop(self.queue.send(Message::Close));
    }

    /// Whether we are inside a job: waiting for another one would wait forever.
    pub(super) fn is_own_thread(&self) -> bool {
        thread::current().id() == self.thread
    }

    pub(super) fn stats(&self) -> Stats {
        let counters = &self.counters;
        Stats {
            commits: counters.commits.load(Relaxed),
            jobs: counters.jobs.load(Relaxed),
            undone: counters.undone.load(Relaxed),
            turned_away: counters.turned_away.load(Relaxed),
            queued: counters.queued.load(Relaxed),
            group_max: counters.group_max.load(Relaxed),
        }
    }
}

struct Writer {
    connection: Connection,
    jobs: Receiver<Message>,
    counters: Arc<Counters>,
    /// Who waits for the next checkpoint; they share it.
    settling: Vec<Settled>,
    closing: bool,
}

impl Writer {
    fn work(&mut self) {
        while let Some(first) = self.next() {
            let mut group = Vec::new();
            let sealed = self.seal(first, &mut group);
            if sealed.is_ok() {
                self.counters.commits.fetch_add(1, Relaxed);
                self.counters.group_max.fetch_max(group.len(), Relaxed);
            }
            // Nobody hears "yes" before the disk has it, and nobody a refusal that rests on what is undone.
            for entry in group {
                entry.answer(sealed.clone());
            }
            self.settle();
        }
        self.settle();
        // Fails if another process reads; the log is then taken over by whoever opens the file next.
        drop(self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())));
    }

    /// The first job of the next group; waits. `None` once the desk is closed and the queue empty.
    fn next(&mut self) -> Option<Box<dyn Entry>> {
        loop {
            if self.closing {
                return self.waiting();
            }
            match self.jobs.recv() {
                Ok(Message::Job(entry)) => return Some(self.taken(entry)),
                Ok(Message::Settle(settled)) => {
                    self.settling.push(settled);
                    self.settle();
                }
                Ok(Message::Close) | Err(_) => self.closing = true,
            }
        }
    }

    /// One checkpoint for all who wait for one; only between transactions.
    fn settle(&mut self) {
        if self.settling.is_empty() {
            return;
        }
        let done = settle::checkpoint(&mut self.connection);
        self.counters.unsettled.store(done.is_err(), Relaxed);
        for settled in self.settling.drain(..) {
            settled(done.clone());
        }
    }

    /// A job that is already there.
    fn waiting(&mut self) -> Option<Box<dyn Entry>> {
        loop {
            match self.jobs.try_recv().ok()? {
                Message::Job(entry) => return Some(self.taken(entry)),
                Message::Settle(settled) => self.settling.push(settled),
                Message::Close => self.closing = true,
            }
        }
    }

    fn taken(&self, entry: Box<dyn Entry>) -> Box<dyn Entry> {
        self.counters.queued.fetch_sub(1, Relaxed);
        entry
    }

    /// Runs one group from BEGIN to COMMIT.
    fn seal(&mut self, first: Box<dyn Entry>, group: &mut Vec<Box<dyn Entry>>) -> Result<(), Fault> {
        if let Err(fault) = run(&self.connection, "BEGIN IMMEDIATE") {
            // Whoever waits behind has waited as long: one by one, each would wait once more for itself.
            group.push(first);
            group.extend(std::iter::from_fn(|| self.waiting()));
            return Err(fault);
        }
        let filled = self.fill(first, group);
        let sealed = filled.and_then(|undone| run(&self.connection, "COMMIT").map(|()| undone));
        if !self.connection.is_autocommit() {
            // If even this fails, the next BEGIN says so.
            drop(run(&self.connection, "ROLLBACK"));
        }
        let undone = *sealed.as_ref().unwrap_or(&group.len());
        self.counters.undone.fetch_add(undone as u64, Relaxed);
        sealed.map(drop)
    }

    /// Takes jobs as long as some wait; the number of those that undid themselves.
    fn fill(&mut self, first: Box<dyn Entry>, group: &mut Vec<Box<dyn Entry>>) -> Result<usize, Fault> {
        let mut undone = 0;
        let mut next = Some(first);
        while let Some(mut entry) = next {
            let ran = entry.run(&self.connection);
            group.push(entry);
            self.counters.jobs.fetch_add(1, Relaxed);
            match ran {
                Ran::Kept => {}
                Ran::Undone => undone += 1,
                Ran::Broke(fault) => return Err(fault),
            }
            next = if group.len() < GROUP_MAX { self.waiting() } else { None };
        }
        Ok(undone)
    }
}
