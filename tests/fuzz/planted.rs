//! A fault on purpose, by which `run.sh` knows that the fuzzer finds faults: letters each of which is looked at only
//! behind the right one before it are found with coverage in seconds, and without it never.

use super::table::Target;

pub const TARGETS: &[Target] = &[Target { name: "planted", look, seeds: || vec![b"T".to_vec()] }];

fn look(bytes: &[u8]) -> bool {
    let [first, rest @ ..] = bytes else { return false };
    if *first == b'T'
        && let [b'o', b'r', b'h', b'a', b'u', b's', ..] = rest
    {
        panic!("the planted fault");
    }
    *first == b'T'
}
