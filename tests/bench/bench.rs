//! The benchmarks: `cargo bench --bench bench` prints all figures beside their anchors; words choose parts
//! (`starts`, `machines`, `residents`, `eid`, `store`, `town`): `cargo bench --bench bench -- machines`.
//!
//! None of them fails: the figures are for people to judge. The server is the release binary on CPU 0, the load
//! comes from CPU 1. The whole takes less than three minutes and ends every process it began.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on ends")]

mod browser;
mod eid;
mod house;
mod machines;
#[path = "../it/town/phone.rs"]
#[expect(dead_code, reason = "the phone can do more than a benchmark needs")]
mod phone;
mod resident;
mod residents;
mod starts;
mod store;
mod table;
mod town;

fn main() {
    let parts: [(&str, fn()); 6] = [
        ("starts", starts::run),
        ("machines", machines::run),
        ("residents", residents::run),
        ("eid", eid::run),
        ("store", store::run),
        ("town", town::run),
    ];
    let (flags, wanted): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|word| word.starts_with('-'));
    // `cargo bench` says `--bench`; `cargo test --all-targets` says nothing and wants no figures.
    let all = wanted.is_empty() && flags.iter().any(|flag| flag == "--bench");
    let chosen: Vec<_> =
        parts.into_iter().filter(|(name, _)| all || wanted.iter().any(|word| word == name)).collect();
    if chosen.is_empty() {
        return;
    }
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if chosen.iter().any(|(name, _)| *name != "store") {
        table::head();
    }
    for (name, run) in chosen {
        // The store is measured inside this process, which then may use the whole machine.
        house::take_cores(if name == "store" { 0 } else { usize::min(1, cores - 1) }, cores);
        run();
    }
}
