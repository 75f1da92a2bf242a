//! What people do: the code flow with a session and with a passkey, one after another for the server's CPU time,
//! and 64 at once for what the disk lets through.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use super::house::{self, Folder, House};
use super::resident::{CARDS, LOGINS_OF_A_KEY, Resident, Service};
use super::table::{self, line, percentile};

/// One after another.
const FLOWS: usize = 300;
const LOGINS: usize = 8 * LOGINS_OF_A_KEY;
/// All at once.
const CLIENTS: usize = 64;
const KEYS_OF_A_CLIENT: usize = 5;
const SPAN: Duration = Duration::from_secs(2);

pub fn run() {
    let (folder, port) = (Folder::new("residents"), house::free_port());
    house::demo_without_limit(&folder, port);
    let (id, secret) = house::add_service(&folder);
    let house = house::demo(&folder, port);
    let service = Service { port, origin: house.origin.clone(), id, secret };
    one_by_one(&service, &house);
    let disk = syncs(folder.path());
    line(&table::DISK, 1000.0 / percentile(&disk, 50), &milliseconds(&disk));
    all_at_once(&service, &house, percentile(&disk, 50));
}

fn one_by_one(service: &Service, house: &House) {
    let mut erika = Resident::new(service);
    for _ in 0..=LOGINS / LOGINS_OF_A_KEY {
        erika.enrol(CARDS[0]);
    }
    erika.log_in();
    let (time, used) = timed(house, FLOWS, || {
        let answered = erika.pass();
        let tokens = erika.redeem(&answered);
        erika.userinfo(&tokens);
    });
    line(&table::FLOW, used, &format!("3 requests, 2 durable writes, {time:.1} ms one by one"));
    let (time, used) = timed(house, LOGINS, || drop(erika.log_in()));
    line(&table::LOGIN, used, &format!("6 requests, 5 durable writes, {time:.1} ms one by one"));
}

/// Milliseconds of the clock and of the server's CPU for each.
fn timed(house: &House, count: usize, mut act: impl FnMut()) -> (f64, f64) {
    let (begun, before) = (Instant::now(), house.processor());
    (0..count).for_each(|_| act());
    let each = |time: Duration| time.as_secs_f64() * 1e3 / count as f64;
    (each(begun.elapsed()), each(house.processor() - before))
}

fn all_at_once(service: &Service, house: &House, fsync: f64) {
    // A card makes one account; all further keys of its person can be made at the same time.
    for card in CARDS {
        Resident::new(service).enrol(card);
    }
    let gate = Barrier::new(CLIENTS);
    let (flows, answers, logins, used) = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let gate = &gate;
                scope.spawn(move || {
                    client(service, CARDS[number % CARDS.len()], gate, (number == 0).then_some(house))
                })
            })
            .collect();
        let mut all = (Vec::new(), Vec::new(), Vec::new(), [0.0; 2]);
        for client in clients {
            let (flows, answers, logins, used) = client.join().unwrap();
            all.0.extend(flows);
            all.1.extend(answers);
            all.2.extend(logins);
            all.3 = [all.3[0] + used[0], all.3[1] + used[1]];
        }
        all
    });
    let rate = |times: &[f64]| times.len() as f64 / SPAN.as_secs_f64();
    let sorted = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times
    };
    let (flows, answers, logins) = (sorted(flows), sorted(answers), sorted(logins));
    let cpu = |seconds: f64, times: &[f64]| {
        format!("{}, {:.2} ms CPU", milliseconds(times), seconds * 1e3 / times.len() as f64)
    };
    line(&table::DURABLE, rate(&flows), &format!("2 writes each, {}", cpu(used[0], &flows)));
    let beside = format!("{}; an fsync takes {fsync:.1}", milliseconds(&answers));
    line(&table::ONE_WRITE, percentile(&answers, 99) / fsync, &beside);
    line(&table::DURABLE_KEY, rate(&logins), &format!("5 writes each, {}", cpu(used[1], &logins)));
}

type Seen = (Vec<f64>, Vec<f64>, Vec<f64>, [f64; 2]);

/// One of them: flows with a session, the durable answer in each of them, and logins with a passkey, in
/// milliseconds. Who holds the house also looks at its clock.
fn client(service: &Service, card: &str, gate: &Barrier, house: Option<&House>) -> Seen {
    let mut resident = Resident::new(service);
    for _ in 0..KEYS_OF_A_CLIENT {
        resident.enrol(card);
    }
    let used = || house.map_or(0.0, |house| house.processor().as_secs_f64());
    let since = |begun: Instant| begun.elapsed().as_secs_f64() * 1e3;
    let (mut flows, mut answers, mut logins) = (Vec::new(), Vec::new(), Vec::new());
    gate.wait();
    let (begun, before) = (Instant::now(), used());
    while begun.elapsed() < SPAN {
        let started = Instant::now();
        let answered = resident.pass();
        answers.push(since(started));
        resident.redeem(&answered);
        flows.push(since(started));
    }
    gate.wait();
    let (begun, between) = (Instant::now(), used());
    while begun.elapsed() < SPAN && resident.logins_left() > 0 {
        let started = Instant::now();
        resident.log_in();
        logins.push(since(started));
    }
    gate.wait();
    (flows, answers, logins, [between - before, used() - between])
}

/// What the disk needs to keep 4 KiB, in milliseconds, sorted.
fn syncs(folder: &Path) -> Vec<f64> {
    let mut file = File::create(folder.join("plain")).unwrap();
    let mut times: Vec<f64> = (0..200)
        .map(|_| {
            let started = Instant::now();
            file.write_all(&[7; 4096]).unwrap();
            file.sync_data().unwrap();
            started.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

fn milliseconds(sorted: &[f64]) -> String {
    format!("p50 {:.1} ms, p99 {:.1} ms", percentile(sorted, 50), percentile(sorted, 99))
}
