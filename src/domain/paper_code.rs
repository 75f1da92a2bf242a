//! A code on paper: printed once, kept as a hash, typed in by its holder.
//!
//! Fifteen digits of Crockford's alphabet (75 bits) and a check digit, in groups of four. The check digit is a
//! Reed-Solomon one over GF(32): it finds every wrong digit and every two digits that changed places.

use super::dice::{Dice, draw};
use super::secret::Secret;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DIGITS: usize = 16;
const GROUP: usize = 4;

/// Why a text is no code: a slip of the finger, which says nothing of any code there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("mistyped code")]
pub struct Mistyped;

/// A code: shown once, kept as a hash.
#[derive(Clone, Debug)]
pub struct PaperCode(Secret<[u8; DIGITS]>);

impl PaperCode {
    /// Draws one.
    #[must_use]
    pub fn draw(dice: &dyn Dice) -> Self {
        let mut digits: [u8; DIGITS] = draw(dice);
        for digit in &mut digits {
            *digit &= 31;
        }
        digits[DIGITS - 1] = step(digits[..DIGITS - 1].iter().copied().fold(0, step), 0);
        Self(Secret::new(digits))
    }

    /// Reads what somebody typed: case, spaces, hyphens and the letters that look like digits do not matter.
    pub fn parse(typed: &str) -> Result<Self, Mistyped> {
        let mut digits = [0; DIGITS];
        let mut length = 0;
        for letter in typed.chars().filter(|c| !c.is_whitespace() && !"-–.".contains(*c)) {
            let letter = match letter.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let value = ALPHABET.iter().position(|known| char::from(*known) == letter).ok_or(Mistyped)?;
            *digits.get_mut(length).ok_or(Mistyped)? = u8::try_from(value).map_err(|_large| Mistyped)?;
            length += 1;
        }
        let whole = length == DIGITS && digits.iter().copied().fold(0, step) == 0;
        if whole { Ok(Self(Secret::new(digits))) } else { Err(Mistyped) }
    }

    /// As it is printed: `7K3M-0QXF-9RTA-2HVN`.
    #[must_use]
    pub fn expose(&self) -> String {
        let letter = |digit: &u8| char::from(ALPHABET[usize::from(*digit)]);
        let groups = self.0.expose().chunks(GROUP).map(|group| group.iter().map(letter).collect::<String>());
        groups.collect::<Vec<_>>().join("-")
    }

    /// What is hashed, with the key of lookups, to keep it.
    #[must_use]
    pub fn digits(&self) -> &[u8] {
        self.0.expose()
    }
}

/// Horner's rule at the generator of GF(32), modulo x^5 + x^2 + 1: zero over a whole code.
const fn step(sum: u8, digit: u8) -> u8 {
    let doubled = sum << 1;
    (if doubled & 32 == 0 { doubled } else { doubled ^ 0b10_0101 }) ^ digit
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Dial(u8);
    impl Dice for Dial {
        fn fill(&self, out: &mut [u8]) {
            for (byte, at) in out.iter_mut().zip(0_u8..) {
                *byte = self.0.wrapping_mul(31).wrapping_add(at.wrapping_mul(73));
            }
        }
    }

    fn code(seed: u8) -> String {
        PaperCode::draw(&Dial(seed)).expose()
    }

    #[test]
    fn a_code_reads_back_however_it_is_typed() {
        for seed in 0..=255 {
            let code = code(seed);
            assert_eq!(code.len(), 19, "{code}");
            for typed in [
                code.clone(),
                code.to_lowercase(),
                code.replace('-', " "),
                format!("  {}\n", code.replace('-', "")),
                code.replace('0', "O").replace('1', "l"),
            ] {
                assert_eq!(PaperCode::parse(&typed).unwrap().expose(), code, "{typed}");
            }
        }
    }

    #[test]
    fn every_wrong_digit_and_every_swap_is_found() {
        let digits: Vec<char> = code(7).chars().filter(|c| *c != '-').collect();
        for at in 0..digits.len() {
            for other in ALPHABET.iter().map(|b| char::from(*b)).filter(|other| *other != digits[at]) {
                let mut wrong = digits.clone();
                wrong[at] = other;
                assert_eq!(PaperCode::parse(&wrong.iter().collect::<String>()).unwrap_err(), Mistyped);
            }
            for with in (0..digits.len()).filter(|with| digits[*with] != digits[at]) {
                let mut wrong = digits.clone();
                wrong.swap(at, with);
                assert_eq!(PaperCode::parse(&wrong.iter().collect::<String>()).unwrap_err(), Mistyped);
            }
        }
    }

    #[test]
    fn a_code_has_one_length_and_no_strange_letters() {
        let whole = code(3);
        for bad in ["", "-", &whole[..18], &format!("{whole}0"), &whole.replace('-', "_"), "ü", "\u{0}"] {
            assert!(PaperCode::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(format!("{:?}", PaperCode::draw(&Dial(1))), "PaperCode(…)");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(typed: String) {
            if let Ok(code) = PaperCode::parse(&typed) {
                proptest::prop_assert!(PaperCode::parse(&code.expose()).is_ok());
            }
        }
    }
}
