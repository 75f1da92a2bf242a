//! What a target is.

/// One thing that libFuzzer runs.
pub struct Target {
    /// The value of `FUZZ_TARGET`.
    pub name: &'static str,
    /// Offers the bytes to the parsers and says whether one of them took them. Panics where an invariant is broken.
    pub look: fn(&[u8]) -> bool,
    /// Good inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
}
