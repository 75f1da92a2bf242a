//! TLV: BER and DER as smart cards and TR-03110-3 D use them (ITU-T X.690, ISO/IEC 7816-4 5.2).
//!
//! Strict: definite lengths only, tags of at most two bytes, nothing beyond [`MAX_LENGTH`] bytes, nothing nested
//! deeper than [`MAX_DEPTH`]. Objects are borrowed slices; nothing is copied while reading.

/// Longest input that is looked at, in bytes.
pub const MAX_LENGTH: usize = 64 * 1024;
/// Deepest nesting.
pub const MAX_DEPTH: u8 = 16;

/// BOOLEAN.
pub const BOOLEAN: u16 = 0x01;
/// INTEGER.
pub const INTEGER: u16 = 0x02;
/// BIT STRING.
pub const BIT_STRING: u16 = 0x03;
/// OCTET STRING.
pub const OCTET_STRING: u16 = 0x04;
/// OBJECT IDENTIFIER.
pub const OID: u16 = 0x06;
/// UTF8String.
pub const UTF8: u16 = 0x0C;
/// NumericString.
pub const NUMERIC: u16 = 0x12;
/// PrintableString.
pub const PRINTABLE: u16 = 0x13;
/// IA5String.
pub const IA5: u16 = 0x16;
/// UTCTime.
pub const UTC_TIME: u16 = 0x17;
/// GeneralizedTime.
pub const GENERALIZED_TIME: u16 = 0x18;
/// SEQUENCE.
pub const SEQUENCE: u16 = 0x30;
/// SET.
pub const SET: u16 = 0x31;

/// Why bytes are not what they must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlvError {
    /// Ends inside an object.
    #[error("the data end inside an object")]
    Truncated,
    /// A tag of three bytes or more, or two bytes where one would do.
    #[error("a tag is not of the allowed form")]
    Tag,
    /// Indefinite, longer than needed (DER), or of too many bytes.
    #[error("a length is not of the allowed form")]
    Length,
    /// Longer than [`MAX_LENGTH`].
    #[error("the data are too long")]
    TooLong,
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("the data are nested too deeply")]
    TooDeep,
    /// Another object stands here than the one that must.
    #[error("another object stands where {0:#X} must")]
    Unexpected(u16),
    /// Something follows where nothing may.
    #[error("something follows the end")]
    Trailing,
    /// The contents do not fit their tag.
    #[error("the contents of {0:#X} are not of its form")]
    Value(u16),
}

/// Which lengths are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rules {
    Ber,
    Der,
}

/// One object: its tag, its contents, and the whole as it stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object<'a> {
    /// One byte, or two with the first in the higher half (`0x7F21`).
    pub tag: u16,
    /// The contents.
    pub value: &'a [u8],
    /// Tag, length and contents.
    pub whole: &'a [u8],
    rules: Rules,
    depth: u8,
}

/// Reads objects one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    rules: Rules,
    depth: u8,
}

impl<'a> Reader<'a> {
    /// Lengths must be in their shortest form.
    ///
    /// # Errors
    /// [`TlvError::TooLong`].
    pub fn der(bytes: &'a [u8]) -> Result<Self, TlvError> {
        Self::new(bytes, Rules::Der)
    }

    /// Lengths may be longer than needed, as ISO/IEC 7816-4 permits in commands and responses.
    ///
    /// # Errors
    /// [`TlvError::TooLong`].
    pub fn ber(bytes: &'a [u8]) -> Result<Self, TlvError> {
        Self::new(bytes, Rules::Ber)
    }

    fn new(rest: &'a [u8], rules: Rules) -> Result<Self, TlvError> {
        if rest.len() > MAX_LENGTH {
            return Err(TlvError::TooLong);
        }
        Ok(Self { rest, rules, depth: 0 })
    }

    /// Whether everything is read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What is not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next object.
    ///
    /// # Errors
    /// Any of [`TlvError`] about its form; [`TlvError::Truncated`] at the end.
    pub fn object(&mut self) -> Result<Object<'a>, TlvError> {
        let (tag, tag_length) = tag_of(self.rest)?;
        let (length, length_length) = length_of(&self.rest[tag_length..], self.rules)?;
        let head = tag_length + length_length;
        let end = head.checked_add(length).ok_or(TlvError::Length)?;
        let whole = self.rest.get(..end).ok_or(TlvError::Truncated)?;
        self.rest = &self.rest[end..];
        Ok(Object { tag, value: &whole[head..], whole, rules: self.rules, depth: self.depth })
    }

    /// The next object, which must have this tag.
    ///
    /// # Errors
    /// [`TlvError::Unexpected`] if it has another or there is none.
    pub fn take(&mut self, tag: u16) -> Result<Object<'a>, TlvError> {
        self.optional(tag)?.ok_or(TlvError::Unexpected(tag))
    }

    /// The next object if it has this tag.
    ///
    /// # Errors
    /// Any of [`TlvError`] about its form.
    pub fn optional(&mut self, tag: u16) -> Result<Option<Object<'a>>, TlvError> {
        let mut ahead = *self;
        if self.rest.is_empty() || tag_of(self.rest)?.0 != tag {
            return Ok(None);
        }
        let object = ahead.object()?;
        *self = ahead;
        Ok(Some(object))
    }

    /// # Errors
    /// [`TlvError::Trailing`] unless everything is read.
    pub fn finish(self) -> Result<(), TlvError> {
        if self.rest.is_empty() { Ok(()) } else { Err(TlvError::Trailing) }
    }
}

/// The only object in `bytes`, in DER, with this tag.
///
/// # Errors
/// Any of [`TlvError`].
pub fn only(tag: u16, bytes: &[u8]) -> Result<Object<'_>, TlvError> {
    let mut reader = Reader::der(bytes)?;
    let object = reader.take(tag)?;
    reader.finish()?;
    Ok(object)
}

impl<'a> Object<'a> {
    /// What is inside a constructed object.
    ///
    /// # Errors
    /// [`TlvError::TooDeep`].
    pub fn inside(&self) -> Result<Reader<'a>, TlvError> {
        if self.depth >= MAX_DEPTH {
            return Err(TlvError::TooDeep);
        }
        Ok(Reader { rest: self.value, rules: self.rules, depth: self.depth + 1 })
    }

    /// The only object inside, which must have this tag (an explicit tag, X.690 8.14).
    ///
    /// # Errors
    /// Any of [`TlvError`].
    pub fn only(&self, tag: u16) -> Result<Self, TlvError> {
        let mut reader = self.inside()?;
        let object = reader.take(tag)?;
        reader.finish()?;
        Ok(object)
    }

    /// The contents as UTF-8.
    ///
    /// # Errors
    /// [`TlvError::Value`].
    pub fn text(&self) -> Result<&'a str, TlvError> {
        std::str::from_utf8(self.value).ok().ok_or(TlvError::Value(self.tag))
    }

    /// The contents as an INTEGER that is not negative and fits.
    ///
    /// # Errors
    /// [`TlvError::Value`].
    pub fn small_integer(&self) -> Result<u32, TlvError> {
        let magnitude = self.magnitude()?;
        if magnitude.len() > 4 {
            return Err(TlvError::Value(self.tag));
        }
        Ok(magnitude.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
    }

    /// The contents of an INTEGER that is not negative, without a leading zero byte (X.690 8.3).
    ///
    /// # Errors
    /// [`TlvError::Value`].
    pub fn magnitude(&self) -> Result<&'a [u8], TlvError> {
        match self.value {
            [] => Err(TlvError::Value(self.tag)),
            [0, rest @ ..] if rest.first().is_some_and(|b| b & 0x80 != 0) => Ok(rest),
            [0] => Ok(&[]),
            [0 | 0x80..=0xFF, ..] => Err(TlvError::Value(self.tag)),
            value => Ok(value),
        }
    }

    /// The contents of a BIT STRING of whole bytes (X.690 8.6).
    ///
    /// # Errors
    /// [`TlvError::Value`].
    pub fn bits(&self) -> Result<&'a [u8], TlvError> {
        match self.value {
            [0, bytes @ ..] => Ok(bytes),
            _ => Err(TlvError::Value(self.tag)),
        }
    }
}

fn tag_of(bytes: &[u8]) -> Result<(u16, usize), TlvError> {
    let first = *bytes.first().ok_or(TlvError::Truncated)?;
    if first & 0x1F != 0x1F {
        return Ok((u16::from(first), 1));
    }
    let second = *bytes.get(1).ok_or(TlvError::Truncated)?;
    // Numbers below 31 have one byte; a set top bit means that a third byte follows (X.690 8.1.2.4).
    if second < 31 || second & 0x80 != 0 {
        return Err(TlvError::Tag);
    }
    Ok((u16::from_be_bytes([first, second]), 2))
}

fn length_of(bytes: &[u8], rules: Rules) -> Result<(usize, usize), TlvError> {
    let first = *bytes.first().ok_or(TlvError::Truncated)?;
    if first < 0x80 {
        return Ok((usize::from(first), 1));
    }
    // 0x80 is the indefinite form; four bytes are more than MAX_LENGTH needs.
    let count = usize::from(first & 0x7F);
    if count == 0 || count > 4 {
        return Err(TlvError::Length);
    }
    let digits = bytes.get(1..=count).ok_or(TlvError::Truncated)?;
    let length = digits.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
    let shortest = length >= 0x80 && digits[0] != 0;
    if rules == Rules::Der && !shortest {
        return Err(TlvError::Length);
    }
    Ok((length, 1 + count))
}

/// Writes one object in DER from the parts of its contents.
pub fn write(tag: u16, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|p| p.len()).sum();
    let mut out = Vec::with_capacity(length + 6);
    let [high, low] = tag.to_be_bytes();
    if high != 0 {
        out.push(high);
    }
    out.push(low);
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let digits = length.to_be_bytes();
        let skip = digits.iter().take_while(|b| **b == 0).count();
        out.push(0x80 | (digits.len() - skip) as u8);
        out.extend_from_slice(&digits[skip..]);
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// Writes an INTEGER from its magnitude, big-endian.
pub fn write_integer(magnitude: &[u8]) -> Vec<u8> {
    let skip = magnitude.iter().take_while(|b| **b == 0).count();
    let magnitude = &magnitude[skip..];
    match magnitude.first() {
        Some(first) if first & 0x80 == 0 => write(INTEGER, &[magnitude]),
        _ => write(INTEGER, &[&[0], magnitude]),
    }
}

/// Writes an OBJECT IDENTIFIER from its encoded contents, see [`super::oid`].
pub fn write_oid(oid: &[u8]) -> Vec<u8> {
    write(OID, &[oid])
}
