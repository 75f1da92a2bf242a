//! Fuzz targets for every parser of foreign bytes. `tests/fuzz/run.sh SECONDS [target…]` builds and runs them.
//!
//! One program holds all of them and libFuzzer; the environment says which one runs:
//!
//! * `FUZZ_TARGET` names the target. Bytes that break an invariant make it panic, which libFuzzer keeps as a crash.
//! * `FUZZ_SEED_DIR` makes it write the seeds of all targets, each into a folder of its name, and end. Each seed must
//!   be taken by its target, so that a target whose inputs went out of date is noticed.
//!
//! A further parser is a call in the target of its room, or a line in the table of that room. Looking is cheap: a
//! target may offer its bytes to several parsers. `tests/tidy.rs` finds parsers that no target calls.
#![no_main]
#![expect(clippy::unwrap_used, reason = "what does not fit is a finding")]

mod cvc;
mod cvc_card;
mod eid;
mod jose;
mod lab;
mod oidc;
mod passkey;
mod planted;
#[path = "../eid/recording.rs"]
#[expect(dead_code, reason = "a recording can do more than seeds need")]
mod recording;
mod table;
mod xml;

use std::path::Path;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

use table::Target;

/// The tables of the rooms.
const TABLES: &[&[Target]] = &[
    cvc::TARGETS,
    cvc_card::TARGETS,
    eid::TARGETS,
    xml::TARGETS,
    jose::TARGETS,
    oidc::TARGETS,
    passkey::TARGETS,
    planted::TARGETS,
];

static TARGET: OnceLock<&Target> = OnceLock::new();

fuzz_target!(init: begin(), |bytes: &[u8]| {
    let target = TARGET.get().expect("chosen at the beginning");
    (target.look)(bytes);
});

#[expect(clippy::disallowed_methods, reason = "libFuzzer takes the command line for itself")]
fn begin() {
    if let Ok(folder) = std::env::var("FUZZ_SEED_DIR") {
        for target in TABLES.iter().copied().flatten() {
            write_seeds(target, &Path::new(&folder).join(target.name));
        }
        std::process::exit(0);
    }
    let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target");
    let found = TABLES.iter().copied().flatten().find(|target| target.name == name);
    TARGET.get_or_init(|| found.unwrap_or_else(|| panic!("there is no target {name}")));
}

fn write_seeds(target: &Target, folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for (number, seed) in (target.seeds)().into_iter().enumerate() {
        assert!((target.look)(&seed), "{} does not take its seed {number}", target.name);
        std::fs::write(folder.join(format!("seed-{number:02}")), seed).unwrap();
    }
}
