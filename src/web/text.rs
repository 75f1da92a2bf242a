//! The words of the pages: one catalogue per language, embedded in the binary, parsed once.
//!
//! A catalogue is `templates/text/<tag>.txt`: one `key = text` per line, `#` opens a comment, `{0}` to
//! `{2}` stand for values. Plural forms are keys of their own: `key.one`, `key.other`.
//! The tests below make a missing key, a forgotten key or a lost placeholder impossible.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt::Display;
use std::sync::LazyLock;

pub use super::language::Language;

type Catalogue = HashMap<&'static str, &'static str>;

static DE: LazyLock<Catalogue> = LazyLock::new(|| parse(include_str!("../../templates/text/de.txt")));
static DE_SIMPLE: LazyLock<Catalogue> =
    LazyLock::new(|| parse(include_str!("../../templates/text/de-simple.txt")));
static EN: LazyLock<Catalogue> = LazyLock::new(|| parse(include_str!("../../templates/text/en.txt")));

/// A handle on one language's catalogue; as cheap to copy as two words.
#[derive(Clone, Copy)]
pub struct Text {
    language: Language,
    catalogue: &'static Catalogue,
}

impl Text {
    pub fn new(language: Language) -> Self {
        let catalogue = match language {
            Language::De => &DE,
            Language::DeSimple => &DE_SIMPLE,
            Language::En => &EN,
        };
        Self { language, catalogue }
    }

    pub fn language(self) -> Language {
        self.language
    }

    /// The text of a key. Templates and code write keys as literals, so that the tests find them all.
    /// A missing key shows itself, and is logged: better a strange word than a dead page.
    pub fn t(self, key: &'static str) -> &'static str {
        self.catalogue.get(key).copied().unwrap_or_else(|| {
            tracing::error!(key, language = self.language.tag(), "text is missing");
            key
        })
    }

    /// A text with one value.
    pub fn t1(self, key: &'static str, a: impl Display) -> String {
        fill(self.t(key), &[&a])
    }

    /// A text with two values.
    pub fn t2(self, key: &'static str, a: impl Display, b: impl Display) -> String {
        fill(self.t(key), &[&a, &b])
    }

    /// A text with three values.
    pub fn t3(self, key: &'static str, a: impl Display, b: impl Display, c: impl Display) -> String {
        fill(self.t(key), &[&a, &b, &c])
    }

    /// The plural form for `n`, with the number in `{0}`: looks up `key.one` or `key.other`.
    pub fn tn(self, key: &'static str, n: impl Borrow<u64>) -> String {
        let n = *n.borrow();
        let form = self.language.plural(n);
        let Some(text) = self.catalogue.get(format!("{key}.{form}").as_str()) else {
            tracing::error!(key, form, language = self.language.tag(), "plural form is missing");
            return key.to_owned();
        };
        fill(text, &[&self.number(n)])
    }

    /// A whole number with the language's thousands separator.
    pub fn number(self, n: impl Borrow<u64>) -> String {
        let digits = n.borrow().to_string();
        let mut out = String::with_capacity(digits.len() + digits.len() / 3);
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                out.push(self.language.thousands());
            }
            out.push(digit);
        }
        out
    }
}

/// Puts `values[n]` where the text says `{n}`; a brace that is not a placeholder stays.
fn fill(text: &str, values: &[&dyn Display]) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let place = from.as_bytes().get(1).filter(|_| from.as_bytes().get(2) == Some(&b'}'));
        match place.and_then(|d| values.get(usize::from(d.wrapping_sub(b'0')))) {
            Some(value) => {
                write!(out, "{value}").expect("a String takes every character");
                rest = &from[3..];
            }
            None => {
                out.push('{');
                rest = &from[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn parse(file: &'static str) -> Catalogue {
    let mut catalogue = Catalogue::with_capacity(1024);
    catalogue.extend(entries(file));
    catalogue
}

fn entries(file: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    file.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(key, text)| (key.trim(), text.trim()))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use super::*;

    const FILES: [(&str, &str); 3] = [
        ("de", include_str!("../../templates/text/de.txt")),
        ("de-simple", include_str!("../../templates/text/de-simple.txt")),
        ("en", include_str!("../../templates/text/en.txt")),
    ];

    #[test]
    fn values_land_in_their_places() {
        assert_eq!(fill("{1} und {0} und {0}", &[&"a", &2]), "2 und a und a");
        assert_eq!(fill("{ {9} {0", &[&"a"]), "{ {9} {0");
        assert_eq!(fill("ä{0}ß", &[&"{0}"]), "ä{0}ß", "a value is never read as a text");
    }

    #[test]
    fn numbers_follow_the_language() {
        assert_eq!(Text::new(Language::De).number(1_234_567_u64), "1.234.567");
        assert_eq!(Text::new(Language::En).number(1_234_u64), "1,234");
        assert_eq!(Text::new(Language::En).number(999_u64), "999");
    }

    #[test]
    fn every_line_is_a_comment_or_a_text_and_no_key_stands_twice() {
        for (tag, file) in FILES {
            let mut seen = BTreeSet::new();
            for (n, line) in file.lines().enumerate().map(|(n, l)| (n + 1, l)) {
                if line.trim().is_empty() || line.starts_with('#') {
                    continue;
                }
                let (key, text) = line.split_once(" = ").unwrap_or_else(|| panic!("{tag}.txt:{n}: {line}"));
                assert!(!text.trim().is_empty(), "{tag}.txt:{n}: {key} is empty");
                assert!(seen.insert(key), "{tag}.txt:{n}: {key} stands twice");
            }
        }
    }

    #[test]
    fn the_languages_have_the_same_keys_and_placeholders() {
        let shape = |file| -> BTreeMap<&str, Vec<char>> {
            entries(file).map(|(key, text)| (key, placeholders(text))).collect()
        };
        let german = shape(FILES[0].1);
        for (tag, file) in &FILES[1..] {
            let other = shape(file);
            for (key, places) in &german {
                assert_eq!(other.get(key), Some(places), "{tag}.txt differs from de.txt at {key}");
            }
            for key in other.keys() {
                assert!(german.contains_key(key), "{tag}.txt has {key}, de.txt has not");
            }
        }
    }

    #[test]
    fn every_key_in_use_exists_and_every_key_is_in_use() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut used = BTreeMap::new();
        for folder in ["templates", "src/web"] {
            visit(&root.join(folder), &mut |path, source| collect(path, source, &mut used));
        }
        assert!(used.len() > 50, "the search for keys finds nothing");
        for (key, place) in &used {
            assert!(DE.contains_key(key.as_str()), "{key} is used in {place} and missing in de.txt");
        }
        for key in DE.keys() {
            assert!(used.contains_key(*key), "{key} is in the catalogues, but nobody uses it");
        }
    }

    fn placeholders(text: &str) -> Vec<char> {
        let mut found: Vec<char> = ["{0}", "{1}", "{2}"]
            .iter()
            .filter(|place| text.contains(**place))
            .filter_map(|place| place.chars().nth(1))
            .collect();
        found.sort_unstable();
        found
    }

    fn visit(folder: &Path, each: &mut dyn FnMut(&Path, &str)) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, each);
            } else if path.extension().is_some_and(|e| e == "html" || e == "rs") {
                each(&path, &std::fs::read_to_string(&path).unwrap());
            }
        }
    }

    /// Finds the literal keys of all calls, also where the formatter broke the line, and both plural forms.
    fn collect(path: &Path, source: &str, used: &mut BTreeMap<String, String>) {
        for (call, plural) in
            [(".t(", false), (".t1(", false), (".t2(", false), (".t3(", false), (".tn(", true)]
        {
            for after in source.split(call).skip(1) {
                let Some(key) = after.trim_start().strip_prefix('"').and_then(|s| s.split_once('"')) else {
                    continue;
                };
                if !key.0.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._".contains(c)) {
                    continue; // this very test
                }
                let forms: &[&str] = if plural { &[".one", ".other"] } else { &[""] };
                for form in forms {
                    used.insert(format!("{}{form}", key.0), path.display().to_string());
                }
            }
        }
    }
}
