//! The JOSE header of a token that somebody hands us.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};

/// A header may name at most this many members.
const MAX_MEMBERS: usize = 32;

/// What we read of a header. Members which we do not know are allowed, as RFC 7515 4 demands, but
/// have no effect; no key is ever taken from a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The name of the algorithm as written; `verify` compares it with the key's.
    pub alg: String,
    /// Which key, if the signer says so.
    pub kid: Option<String>,
    /// The media type of the token, if the signer says so.
    pub typ: Option<String>,
    /// `crit`, `b64` or `zip` is present: the signer demands something that we do not do.
    pub(super) demanding: bool,
}

/// Which `typ` a token must carry. Closed on both sides, so that a token made for one purpose is
/// never taken for another (RFC 8725 3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typ<'a> {
    /// `typ` must be there and be this, e.g. `at+jwt` (RFC 9068 4).
    Exactly(&'a str),
    /// `typ` may be missing; if it is there it must be one of these. For tokens of strangers whose
    /// standard does not demand a type, such as client assertions (RFC 7523).
    AbsentOr(&'a [&'a str]),
}

impl Typ<'_> {
    /// Whether a header's `typ` satisfies the rule.
    pub fn admits(&self, typ: Option<&str>) -> bool {
        match (self, typ) {
            (Self::Exactly(wanted), Some(typ)) => same_type(typ, wanted),
            (Self::Exactly(_), None) => false,
            (Self::AbsentOr(wanted), Some(typ)) => wanted.iter().any(|one| same_type(typ, one)),
            (Self::AbsentOr(_), None) => true,
        }
    }
}

/// Media types ignore case, and `application/` may be left out (RFC 7515 4.1.9).
fn same_type(a: &str, b: &str) -> bool {
    short(a).eq_ignore_ascii_case(short(b))
}

fn short(typ: &str) -> &str {
    const PREFIX: &str = "application/";
    match typ.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) && !rest.contains('/') => rest,
        _ => typ,
    }
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Members)
    }
}

/// Written by hand because member names must be unique, known or not (RFC 7515 4), and serde's
/// derived code looks only at the known ones.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Header;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JOSE header")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
        let (mut alg, mut kid, mut typ, mut demanding) = (None, None, None, false);
        let mut seen = BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "alg" => alg = Some(map.next_value::<String>()?),
                "kid" => kid = Some(map.next_value::<String>()?),
                "typ" => typ = Some(map.next_value::<String>()?),
                other => {
                    demanding |= matches!(other, "crit" | "b64" | "zip");
                    map.next_value::<IgnoredAny>()?;
                }
            }
            if !seen.insert(name) || seen.len() > MAX_MEMBERS {
                return Err(A::Error::custom("a member twice, or too many members"));
            }
        }
        let alg = alg.ok_or_else(|| A::Error::missing_field("alg"))?;
        Ok(Header { alg, kid, typ, demanding })
    }
}
