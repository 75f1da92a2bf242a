//! Randomness as an argument: the system's source in `app`, a seeded one in tests.

/// A source of unpredictable bytes.
pub trait Dice: Send + Sync {
    /// Fills `out` completely.
    fn fill(&self, out: &mut [u8]);
}

/// Draws an array of `N` random bytes.
#[must_use]
pub fn draw<const N: usize>(dice: &dyn Dice) -> [u8; N] {
    let mut out = [0; N];
    dice.fill(&mut out);
    out
}
