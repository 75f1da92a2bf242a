//! Are two readings of one person? Documents spell the same name in several ways; what differs beyond spelling is
//! for people to judge.
//!
//! Spelling is folded: compatibility forms (Unicode NFKC), case, ß and ss, the dots of the Turkish i; hyphens, spaces
//! and points go, and so do titles. Letters with marks stay what they are: Müller is not Muller. A birth date of
//! which a part is unknown equals only the same incomplete one.

use super::attribute::Identity;
use unicode_normalization::UnicodeNormalization as _;

/// How much two readings agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// Names, birth date and birth place are the same.
    Same,
    /// All but the family name, as after a marriage.
    OtherFamilyName,
    /// The birth date, and two of given names, family name and birth place: a person must look at it. Twins agree
    /// so far.
    Similar,
    /// Two people.
    Different,
}

/// Compares what we know with what was read. What is missing on either side agrees with nothing, save that somebody
/// may have only one name.
#[must_use]
pub fn likeness(known: &Identity, read: &Identity) -> Likeness {
    if known.birth_date.is_none() || known.birth_date != read.birth_date {
        return Likeness::Different;
    }
    let (ours, theirs) = (Folded::of(known), Folded::of(read));
    let place = ours.birth_place.is_some() && ours.birth_place == theirs.birth_place;
    let family = ours.family_name == theirs.family_name;
    let given = ours.given_names == theirs.given_names;
    // Who married brings the old name along as the name at birth.
    let family_kept = family || (theirs.birth_name.is_some() && theirs.birth_name == ours.born_as());
    let named = ours.given_names.is_some() || (family && ours.family_name.is_some());
    match (given, family, place) {
        _ if !named && !family_kept => Likeness::Different,
        (true, true, true) => Likeness::Same,
        (true, false, true) if ours.given_names.is_some() => Likeness::OtherFamilyName,
        _ if u8::from(given) + u8::from(family_kept) + u8::from(place) >= 2 => Likeness::Similar,
        _ => Likeness::Different,
    }
}

/// What is hashed, with the key of lookups, to find somebody by name, birth date and birth place. `None`: one of them
/// is missing, so that nobody is found.
#[must_use]
pub fn match_value(identity: &Identity) -> Option<Vec<u8>> {
    let folded = Folded::of(identity);
    let (date, place) = (identity.birth_date?, folded.birth_place?);
    if folded.given_names.is_none() && folded.family_name.is_none() {
        return None;
    }
    let given = folded.given_names.unwrap_or_default();
    let family = folded.family_name.unwrap_or_default();
    // Folded text holds no zero byte, so the parts can not run into one another.
    Some([given, family, date.to_string(), place].join("\0").into_bytes())
}

/// What is hashed to find somebody by full name and birth date. `None`: one of them is missing.
#[must_use]
pub fn name_value(identity: &Identity) -> Option<Vec<u8>> {
    let folded = Folded::of(identity);
    let date = identity.birth_date?;
    if folded.given_names.is_none() && folded.family_name.is_none() {
        return None;
    }
    let given = folded.given_names.unwrap_or_default();
    let family = folded.family_name.unwrap_or_default();
    Some([given, family, date.to_string()].join("\0").into_bytes())
}

/// Whether two know the same birth place, however it is written.
#[must_use]
pub fn same_birth_place(one: &Identity, other: &Identity) -> bool {
    let (one, other) = (Folded::of(one).birth_place, Folded::of(other).birth_place);
    one.is_some() && one == other
}

/// Whether somebody lives in a town, however cards spell it in capitals. `None`: no address is known.
#[must_use]
pub fn lives_in(identity: &Identity, locality: &str) -> Option<bool> {
    let place = fold(&identity.address.as_ref()?.locality);
    Some(!place.is_empty() && place == fold(locality))
}

struct Folded {
    given_names: Option<String>,
    family_name: Option<String>,
    birth_name: Option<String>,
    birth_place: Option<String>,
}

impl Folded {
    fn of(identity: &Identity) -> Self {
        let text = |part: &Option<String>| part.as_deref().map(fold).filter(|part| !part.is_empty());
        Self {
            given_names: text(&identity.given_names),
            family_name: text(&identity.family_name),
            birth_name: text(&identity.birth_name),
            birth_place: text(&identity.birth_place),
        }
    }
    fn born_as(&self) -> Option<String> {
        self.birth_name.clone().or_else(|| self.family_name.clone())
    }
}

/// Degrees that some documents write before a name.
const TITLES: [&str; 4] = ["dr", "prof", "drhc", "dring"];

fn fold(text: &str) -> String {
    let lower: String = text.nfkc().flat_map(char::to_lowercase).flat_map(undotted).nfkc().collect();
    let word = |word: &str| word.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let words: Vec<String> = lower.split_whitespace().map(word).filter(|word| !word.is_empty()).collect();
    let titles = words.iter().take_while(|word| TITLES.contains(&word.as_str())).count();
    // Somebody may be called like a title.
    let from = if titles == words.len() { 0 } else { titles };
    words[from..].concat().nfkc().collect()
}

/// `İ` becomes an i with a combining dot in lower case, `I` and `ı` are one letter in a Turkish name and two in
/// capitals; ß is ss in capitals.
fn undotted(letter: char) -> std::iter::Flatten<std::array::IntoIter<Option<char>, 2>> {
    let letters = match letter {
        '\u{307}' => [None, None],
        'ı' => [Some('i'), None],
        'ß' => [Some('s'), Some('s')],
        other => [Some(other), None],
    };
    letters.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::attribute::{Address, PartialDate};

    fn identity(given: &str, family: &str, born: &str, place: &str) -> Identity {
        let text = |part: &str| (!part.is_empty()).then(|| part.to_owned());
        Identity {
            given_names: text(given),
            family_name: text(family),
            birth_date: PartialDate::parse(born),
            birth_place: text(place),
            ..Identity::default()
        }
    }

    fn erika() -> Identity {
        identity("Erika", "Mustermann", "1964-08-12", "Berlin")
    }

    #[test]
    fn a_town_is_known_in_capitals_and_with_marks_apart() {
        let lives = |locality: &str, town| {
            let address = Address {
                street: String::new(),
                postal_code: String::new(),
                locality: locality.to_owned(),
                country: "DE".to_owned(),
            };
            lives_in(&Identity { address: Some(address), ..Identity::default() }, town)
        };
        for (locality, town, yes) in [
            ("KÖLN", "Köln", true),
            ("Ko\u{308}ln", "Köln", true),
            ("GIESSEN", "Gießen", true),
            (" Birkenfurt ", "Birkenfurt", true),
            ("Birkenfurth", "Birkenfurt", false),
            ("Munster", "Münster", false),
            ("", "", false),
        ] {
            assert_eq!(lives(locality, town), Some(yes), "{locality} {town}");
        }
        assert_eq!(lives_in(&Identity::default(), "Köln"), None);
    }

    #[test]
    fn spelling_does_not_make_another_person() {
        for (one, other) in [
            ("STRAẞER", "Straßer"),
            ("STRASSER", "Straßer"),
            ("Müller-Lüdenscheidt", "MÜLLER LÜDENSCHEIDT"),
            ("Mu\u{308}ller", "Müller"),
            ("YILMAZ", "Yılmaz"),
            ("İZMİR", "izmir"),
            ("Dr. Buchenau", "Buchenau"),
            ("DR.-ING. Buchenau", "Buchenau"),
            ("O’Brien", "OBRIEN"),
            ("ﬁscher", "Fischer"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
            let (one, other) = (
                identity("Ada", one, "1992-02-29", "Birkenfurt"),
                identity("ada", other, "1992-02-29", "BIRKENFURT"),
            );
            assert_eq!(likeness(&one, &other), Likeness::Same);
            assert_eq!(match_value(&one), match_value(&other));
        }
        assert_ne!(fold("Müller"), fold("Muller"));
        assert_ne!(fold("Maier"), fold("Meier"));
        assert_eq!(fold("Dr."), "dr", "somebody called like that keeps the name");
    }

    #[test]
    fn what_differs_is_told_apart() {
        let changed = |change: fn(&mut Identity)| {
            let mut read = erika();
            change(&mut read);
            likeness(&erika(), &read)
        };
        assert_eq!(changed(|_| ()), Likeness::Same);
        assert_eq!(changed(|read| read.doctoral_degree = Some("Dr.".into())), Likeness::Same);
        assert_eq!(changed(|read| read.family_name = Some("Beispiel".into())), Likeness::OtherFamilyName);
        // A twin: everything but the given names.
        assert_eq!(changed(|read| read.given_names = Some("Frieda".into())), Likeness::Similar);
        assert_eq!(changed(|read| read.birth_place = Some("Berlin-Mitte".into())), Likeness::Similar);
        assert_eq!(changed(|read| read.birth_place = None), Likeness::Similar);
        assert_eq!(changed(|read| read.birth_date = PartialDate::parse("1964-08-13")), Likeness::Different);
        assert_eq!(changed(|read| read.birth_date = PartialDate::parse("1964-08")), Likeness::Different);
        assert_eq!(changed(|read| read.birth_date = None), Likeness::Different);
        let stranger = identity("Oksana", "Kowalenko", "1964-08-12", "Berlin");
        assert_eq!(likeness(&erika(), &stranger), Likeness::Different);
        assert_eq!(likeness(&Identity::default(), &Identity::default()), Likeness::Different);
    }

    #[test]
    fn the_name_at_birth_stands_for_the_family_name() {
        let mut married = identity("Erika", "Beispiel", "1964-08-12", "Köln");
        assert_eq!(likeness(&erika(), &married), Likeness::Different);
        married.birth_name = Some("MUSTERMANN".into());
        assert_eq!(likeness(&erika(), &married), Likeness::Similar);
    }

    #[test]
    fn who_has_one_name_is_known_by_all_of_it() {
        let kadir = identity("", "Kadir", "1975", "Herat");
        assert_eq!(likeness(&kadir, &identity("", "KADIR", "1975", "Herat")), Likeness::Same);
        assert_eq!(likeness(&kadir, &identity("", "Karim", "1975", "Herat")), Likeness::Different);
        assert_eq!(likeness(&kadir, &identity("", "Kadir", "1975-01", "Herat")), Likeness::Different);
        assert!(match_value(&kadir).is_some());
    }

    #[test]
    fn nobody_is_found_by_half_of_it() {
        for missing in [
            identity("Erika", "Mustermann", "1964-08-12", ""),
            identity("Erika", "Mustermann", "", "Berlin"),
            identity("", "", "1964-08-12", "Berlin"),
            identity(" - ", "Dr.", "", ""),
        ] {
            assert_eq!(match_value(&missing), None);
        }
        // The parts do not run into one another.
        let (one, other) = (identity("Anna", "Lena", "2000", "Ulm"), identity("AnnaLena", "", "2000", "Ulm"));
        assert_ne!(match_value(&one), match_value(&other));
        let (one, other) = (identity("Kadir", "", "1975", "Ulm"), identity("", "Kadir", "1975", "Ulm"));
        assert_ne!(match_value(&one), match_value(&other));
    }

    proptest::proptest! {
        #[test]
        fn folding_takes_any_text_and_twice_is_once(text: String) {
            let folded = fold(&text);
            proptest::prop_assert!(!folded.contains('\0') && !folded.contains(char::is_whitespace));
            // A title in front of a title is gone after one folding, so that only plain words are compared.
            if !TITLES.iter().any(|title| folded.starts_with(title)) {
                proptest::prop_assert_eq!(fold(&folded), folded);
            }
        }

        #[test]
        fn everybody_is_like_themselves(given: String, family: String, place: String) {
            let who = identity(&given, &family, "1975-06", &place);
            let expected = [Likeness::Same, Likeness::Similar, Likeness::Different];
            proptest::prop_assert!(expected.contains(&likeness(&who, &who)));
            if match_value(&who).is_some() {
                proptest::prop_assert_eq!(likeness(&who, &who), Likeness::Same);
            }
        }
    }
}
