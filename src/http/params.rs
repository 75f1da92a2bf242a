//! Parameters of a query or a form: strict. Each name once (RFC 6749 §3.1), UTF-8 only, bounded.

use super::Trouble;

/// Largest query or form.
pub const PARAMS_BYTES_MAX: usize = 32 * 1024;
/// Most parameters.
pub const PARAMS_MAX: usize = 100;

/// Why text is not parameters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadParams {
    /// More than [`PARAMS_BYTES_MAX`] or [`PARAMS_MAX`].
    #[error("the request is too large")]
    TooLarge,
    /// Broken percent-encoding, or not UTF-8.
    #[error("the request is not valid UTF-8 or not valid form encoding")]
    Encoding,
    /// A name which comes twice.
    #[error("a parameter is included more than once")]
    Duplicate,
}

/// Decoded parameters. Empty values count as absent (RFC 6749 §3.1: "without a value … omitted").
#[derive(Clone, Debug, Default)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Parses `application/x-www-form-urlencoded`.
    pub fn parse(raw: &[u8]) -> Result<Self, BadParams> {
        Self::parse_up_to(raw, PARAMS_BYTES_MAX)
    }
    /// Parses a form that may have so many bytes.
    pub fn parse_up_to(raw: &[u8], most: usize) -> Result<Self, BadParams> {
        if raw.len() > most {
            return Err(BadParams::TooLarge);
        }
        let mut params: Vec<(String, String)> = Vec::new();
        for pair in raw.split(|&b| b == b'&').filter(|pair| !pair.is_empty()) {
            let (name, value) = match pair.iter().position(|&b| b == b'=') {
                Some(at) => (&pair[..at], &pair[at + 1..]),
                None => (pair, &pair[..0]),
            };
            let (name, value) = (decode(name)?, decode(value)?);
            if params.iter().any(|(known, _)| *known == name) {
                return Err(BadParams::Duplicate);
            }
            if params.len() == PARAMS_MAX {
                return Err(BadParams::TooLarge);
            }
            params.push((name, value));
        }
        Ok(Self(params))
    }
    /// The value of a name; `None` when absent or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl From<BadParams> for Trouble {
    fn from(bad: BadParams) -> Self {
        match bad {
            BadParams::TooLarge => Self::TooLarge,
            BadParams::Encoding => Self::BadRequest("encoding"),
            BadParams::Duplicate => Self::BadRequest("duplicate parameter"),
        }
    }
}

fn decode(raw: &[u8]) -> Result<String, BadParams> {
    let mut out = Vec::with_capacity(raw.len());
    let mut bytes = raw.iter();
    while let Some(&byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || bytes.next().and_then(|&d| char::from(d).to_digit(16));
                let (Some(high), Some(low)) = (digit(), digit()) else { return Err(BadParams::Encoding) };
                u8::try_from(high * 16 + low).map_err(|_too_large| BadParams::Encoding)?
            }
            plain => plain,
        });
    }
    String::from_utf8(out).map_err(|_invalid| BadParams::Encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_strict() {
        let params = Params::parse(b"a=1&b=x%20y+z&c=&&d").unwrap();
        assert_eq!(params.get("a"), Some("1"));
        assert_eq!(params.get("b"), Some("x y z"));
        assert_eq!((params.get("c"), params.get("d"), params.get("e")), (None, None, None));
        assert_eq!(Params::parse(b"a=1&a=2").unwrap_err(), BadParams::Duplicate);
        assert_eq!(Params::parse(b"a=1&%61=2").unwrap_err(), BadParams::Duplicate);
        for broken in [&b"a=%"[..], b"a=%4", b"a=%zz", b"a=%ff", b"%c3=1", b"a=\xff"] {
            assert_eq!(Params::parse(broken).unwrap_err(), BadParams::Encoding, "{broken:?}");
        }
        let large = vec![b'a'; PARAMS_BYTES_MAX + 1];
        assert_eq!(Params::parse(&large).unwrap_err(), BadParams::TooLarge);
        let many: String = (0..=PARAMS_MAX).map(|n| format!("p{n}=1&")).collect();
        assert_eq!(Params::parse(many.as_bytes()).unwrap_err(), BadParams::TooLarge);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_parsed_or_refused(raw: Vec<u8>) {
            if let Ok(params) = Params::parse(&raw) {
                assert!(params.iter().count() <= PARAMS_MAX);
            }
        }
    }
}
