//! An organisation: an office, a library, a municipal utility; it answers for services, and its members for nobody
//! else's.

use super::id::OrganisationId;
use super::time::Timestamp;

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// As residents know it; no two have the same.
    pub name: String,
    /// Since when.
    pub created: Timestamp,
}

/// Longest name of a person, service or organisation, in characters.
pub const NAME_MAX: usize = 80;

/// A name that somebody gave, tidied: one line without control characters, white space at its ends or twice in a row.
/// `None` when nothing is left or too much was given.
#[must_use]
pub fn tidy_name(given: &str) -> Option<String> {
    let words: Vec<&str> = given.split(|c: char| c.is_whitespace() || c.is_control()).collect();
    let name = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    (1..=NAME_MAX).contains(&name.chars().count()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_line_and_of_some_length() {
        assert_eq!(
            tidy_name("  Straßen\u{7} verkehrs\n behörde ").as_deref(),
            Some("Straßen verkehrs behörde")
        );
        for nothing in ["", " \u{7}\t\n", &"x".repeat(81)] {
            assert_eq!(tidy_name(nothing), None, "{nothing:?}");
        }
        assert!(tidy_name(&"ü".repeat(80)).is_some());
    }
}
