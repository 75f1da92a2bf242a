//! What a start costs, and what lies there: time to the first answer, memory at rest, size.

use std::fs;
use std::time::{Duration, Instant};

use super::house::{self, Folder};
use super::table::{self, line, median};

const STARTS: usize = 5;

pub fn run() {
    let size = fs::metadata(house::TORHAUS).unwrap().len() as f64 / f64::from(1 << 20);
    line(&table::BINARY, size, "");
    let mut first = Vec::new();
    let mut set_up = Vec::new();
    for number in 0..3 {
        let (folder, port) = (Folder::new(&format!("first-{number}")), house::free_port());
        let begun = Instant::now();
        house::set_up(&folder, port);
        set_up.push(begun.elapsed().as_secs_f64() * 1e3);
        let (house, _) = house::serve(&folder, port);
        first.push(begun.elapsed().as_secs_f64() * 1e3);
        drop(house);
    }
    line(&table::FIRST_BOOT, median(first), &format!("of which setup {:.1}", median(set_up)));
    let (folder, port) = (Folder::new("starts"), house::free_port());
    house::set_up(&folder, port);
    house::add_service(&folder);
    let (mut times, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let (house, time) = house::serve(&folder, port);
        times.push(time.as_secs_f64() * 1e3);
        house::pause(Duration::from_millis(700));
        memory.push((house.memory(), house.processor()));
    }
    let least = times.iter().copied().fold(f64::INFINITY, f64::min);
    line(&table::RESTART, median(times), &format!("least {least:.1}, of {STARTS}"));
    let ((all, anonymous), processor) = memory[STARTS / 2];
    let beside =
        format!("of which anonymous {anonymous:.1}; {:.1} ms CPU so far", processor.as_secs_f64() * 1e3);
    line(&table::IDLE, all, &beside);
}
