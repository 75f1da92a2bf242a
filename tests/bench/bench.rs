//! The benchmarks: `cargo bench --bench bench -- store` runs the named parts, without a name all of them.
//! Each part prints a table; none of them fails, the figures are for people to judge.

mod store;

fn main() {
    let parts: [(&str, fn()); 1] = [("store", store::run)];
    let (flags, wanted): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|word| word.starts_with('-'));
    // `cargo bench` says `--bench`; `cargo test --all-targets` says nothing and wants no figures.
    let all = wanted.is_empty() && flags.iter().any(|flag| flag == "--bench");
    for (name, run) in parts {
        if all || wanted.iter().any(|word| word == name) {
            run();
        }
    }
}
