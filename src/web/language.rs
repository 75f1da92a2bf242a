//! Which languages there are, and which one a browser gets.

/// A language the pages speak. Tags are BCP 47; plain German (Leichte Sprache) has no registered subtag,
/// `de-simple` is what browsers and translators commonly use for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    De,
    DeSimple,
    En,
}

impl Language {
    pub const ALL: [Self; 3] = [Self::De, Self::DeSimple, Self::En];

    /// The tag in addresses, cookies and `ui_locales`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::De => "de",
            Self::DeSimple => "de-simple",
            Self::En => "en",
        }
    }

    /// What the `lang` attribute says: a screen reader needs the plain tag to find its voice.
    pub fn html_lang(self) -> &'static str {
        match self {
            Self::De | Self::DeSimple => "de",
            Self::En => "en",
        }
    }

    /// Writing direction for the `dir` attribute.
    pub fn dir(self) -> &'static str {
        "ltr"
    }

    /// Its name in itself, for the language switch.
    pub fn native_name(self) -> &'static str {
        match self {
            Self::De => "Deutsch",
            Self::DeSimple => "Leichte Sprache",
            Self::En => "English",
        }
    }

    /// The plural category of CLDR for a whole number.
    pub fn plural(self, n: u64) -> &'static str {
        if n == 1 { "one" } else { "other" }
    }

    pub(super) fn thousands(self) -> char {
        match self {
            Self::De | Self::DeSimple => '.',
            Self::En => ',',
        }
    }

    /// The language for one answer. The person's own choice comes first (`query`: the switch was just
    /// used; `cookie`: it was used before), then what the service asks (`ui_locales`, OIDC Core 3.1.2.1:
    /// tags in order of preference, separated by spaces), then what the browser asks. German otherwise.
    pub fn choose(
        query: Option<&str>,
        cookie: Option<&str>,
        ui_locales: Option<&str>,
        accept_language: Option<&str>,
    ) -> Self {
        query
            .and_then(Self::matching)
            .or_else(|| cookie.and_then(Self::matching))
            .or_else(|| ui_locales?.split_ascii_whitespace().find_map(Self::matching))
            .or_else(|| Self::accepted(accept_language?))
            .unwrap_or(Self::De)
    }

    /// RFC 4647 lookup: the whole tag, then its primary language.
    fn matching(tag: &str) -> Option<Self> {
        let whole = Self::ALL.into_iter().find(|l| l.tag().eq_ignore_ascii_case(tag));
        let primary = tag.split(['-', '_']).next().unwrap_or(tag);
        whole.or_else(|| Self::ALL.into_iter().find(|l| l.tag().eq_ignore_ascii_case(primary)))
    }

    /// RFC 9110 12.5.4: the heaviest tag that we speak; the first of equals.
    fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(Self, f32)> = None;
        for range in header.split(',').take(32) {
            let mut parts = range.split(';').map(str::trim);
            let Some(language) = parts.next().and_then(Self::matching) else { continue };
            let weight = parts.find_map(|p| p.strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
            if weight > best.map_or(0.0, |(_, heaviest)| heaviest) {
                best = Some((language, weight));
            }
        }
        best.map(|(language, _)| language)
    }
}

#[cfg(test)]
mod tests {
    use super::Language::{De, DeSimple, En};
    use super::*;

    #[test]
    fn the_persons_choice_beats_the_service_beats_the_browser() {
        assert_eq!(Language::choose(Some("en"), Some("de"), Some("de"), Some("de")), En);
        assert_eq!(Language::choose(None, Some("de-simple"), Some("en"), Some("en")), DeSimple);
        assert_eq!(Language::choose(None, None, Some("fr-CA en-GB de"), Some("de")), En);
        assert_eq!(Language::choose(None, None, None, Some("fr, en;q=0.8, de;q=0.9")), De);
        assert_eq!(Language::choose(None, None, None, None), De);
    }

    #[test]
    fn what_we_do_not_speak_is_passed_over() {
        assert_eq!(Language::choose(Some("xx"), Some(""), None, Some("en-US,en;q=0.9")), En);
        assert_eq!(Language::choose(None, None, Some("tlh"), Some("*;q=0.5")), De);
        assert_eq!(Language::choose(None, None, None, Some("en;q=0, de;q=oops")), De);
        assert_eq!(Language::choose(Some("DE-SIMPLE"), None, None, None), DeSimple);
        assert_eq!(Language::choose(Some("de_AT"), None, None, None), De);
    }
}
