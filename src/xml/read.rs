//! Reading: a tree within limits, looked into by name.

use roxmltree::{Node, ParsingOptions};

/// How much is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the text.
    pub bytes: usize,
    /// Elements inside one another.
    pub depth: usize,
    /// Elements and attributes altogether; also elements, texts and comments.
    pub nodes: u32,
}

impl Limits {
    /// Enough for any message of an eID exchange.
    pub const MESSAGE: Self = Self { bytes: 256 * 1024, depth: 32, nodes: 4096 };
}

/// Most attributes of one element, namespaces included.
const MAX_ATTRIBUTES: usize = 64;
/// Most namespaces declared in a message.
const MAX_NAMESPACES: usize = 128;

/// Why a text is not read, or is not what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// Longer, deeper or more than the limits allow.
    #[error("the message is larger than any such message")]
    TooLarge,
    /// A document type declaration.
    #[error("the message declares a document type")]
    DocumentType,
    /// Not UTF-8, or not well-formed.
    #[error("the message is not well-formed")]
    Form,
    /// An element is missing.
    #[error("the element {0} is missing")]
    Missing(String),
    /// An element stands more than once.
    #[error("the element {0} stands more than once")]
    Twice(String),
    /// An element or attribute does not hold what it should.
    #[error("{0} does not hold what it should")]
    Value(String),
}

/// A text that was read.
pub struct Document<'a>(roxmltree::Document<'a>);

/// An element of it.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a>(Node<'a, 'a>);

/// Reads bytes as UTF-8, the only encoding of the protocols here.
///
/// # Errors
/// As [`parse`].
pub fn parse_bytes(bytes: &[u8], limits: Limits) -> Result<Document<'_>, XmlError> {
    if bytes.len() > limits.bytes {
        return Err(XmlError::TooLarge);
    }
    parse(std::str::from_utf8(bytes).ok().ok_or(XmlError::Form)?, limits)
}

/// Reads a text.
///
/// # Errors
/// [`XmlError::TooLarge`], [`XmlError::DocumentType`], [`XmlError::Form`].
pub fn parse(text: &str, limits: Limits) -> Result<Document<'_>, XmlError> {
    if text.len() > limits.bytes || !fits(text, limits) {
        return Err(XmlError::TooLarge);
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: limits.nodes, ..ParsingOptions::default() };
    let document = roxmltree::Document::parse_with_options(text, options).map_err(|why| match why {
        roxmltree::Error::DtdDetected => XmlError::DocumentType,
        roxmltree::Error::NodesLimitReached => XmlError::TooLarge,
        _ => XmlError::Form,
    })?;
    Ok(Document(document))
}

/// Whether depth and numbers stay within the limits. Looked at before the tree is built, because building compares
/// every attribute of an element with the others and hands every namespace down to what lies inside: without bounds
/// on both, one message keeps a core busy for minutes.
///
/// Exact for what is well-formed. Up to a mistake it sees what the builder sees, and there the builder ends.
fn fits(text: &str, limits: Limits) -> bool {
    let (mut open, mut nodes, mut namespaces) = (0_usize, 0_usize, 0_usize);
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        if let Some(opaque) = opaque_markup(rest) {
            rest = &rest[opaque..];
        } else if rest.starts_with("<!") {
            // A document type, or a mistake.
            return true;
        } else if rest.starts_with("</") {
            open = open.saturating_sub(1);
            rest = &rest[2..];
        } else {
            let tag = StartTag::read(rest);
            nodes += 1 + tag.attributes;
            namespaces += tag.namespaces;
            let many = tag.attributes > MAX_ATTRIBUTES || namespaces > MAX_NAMESPACES;
            if many || open == limits.depth || nodes > limits.nodes as usize {
                return false;
            }
            open += usize::from(!tag.empty);
            rest = &rest[tag.length..];
        }
    }
    true
}

/// The length of a comment, a CDATA section or a processing instruction, in which `<` and `>` mean nothing.
fn opaque_markup(text: &str) -> Option<usize> {
    let kinds = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")];
    let (begin, end) = kinds.into_iter().find(|(begin, _)| text.starts_with(begin))?;
    let inside = text[begin.len()..].find(end);
    Some(inside.map_or(text.len(), |inside| begin.len() + inside + end.len()))
}

/// A start tag, as far as its quotes tell.
struct StartTag {
    length: usize,
    attributes: usize,
    namespaces: usize,
    /// `<x/>`.
    empty: bool,
}

impl StartTag {
    fn read(text: &str) -> Self {
        let mut tag = Self { length: text.len(), attributes: 0, namespaces: 0, empty: false };
        let (mut quote, mut names) = (None, 0);
        for (at, byte) in text.bytes().enumerate() {
            match (quote, byte) {
                (None, b'>') => {
                    tag.empty = text[..at].ends_with('/');
                    tag.length = at + 1;
                    break;
                }
                (None, b'"' | b'\'') => {
                    quote = Some(byte);
                    tag.attributes += 1;
                    let mut words = text[names..at].split_ascii_whitespace();
                    tag.namespaces += usize::from(words.any(|word| word.starts_with("xmlns")));
                }
                (Some(begun), byte) if begun == byte => {
                    quote = None;
                    names = at + 1;
                }
                _ => {}
            }
        }
        tag
    }
}

impl<'a> Document<'a> {
    /// The outermost element.
    #[must_use]
    pub fn root(&'a self) -> Element<'a> {
        Element(self.0.root_element())
    }
}

impl<'a> Element<'a> {
    /// The name without prefix.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.0.tag_name().name()
    }

    /// The namespace; empty if none.
    #[must_use]
    pub fn namespace(&self) -> &'a str {
        self.0.tag_name().namespace().unwrap_or("")
    }

    /// Whether it is this element of this namespace.
    #[must_use]
    pub fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace() == namespace && self.name() == name
    }

    /// An attribute without namespace.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        self.0.attribute(name)
    }

    /// An attribute of a namespace.
    #[must_use]
    pub fn attribute_of(&self, namespace: &str, name: &str) -> Option<&'a str> {
        self.0.attribute((namespace, name))
    }

    /// The elements directly inside.
    pub fn elements(&self) -> impl Iterator<Item = Self> + use<'a> {
        self.0.children().filter(Node::is_element).map(Element)
    }

    /// The elements of this local name directly inside.
    pub fn all(&self, name: &str) -> impl Iterator<Item = Self> {
        self.elements().filter(move |element| element.name() == name)
    }

    /// The one element of this local name directly inside, if there is one.
    ///
    /// # Errors
    /// [`XmlError::Twice`].
    pub fn maybe(&self, name: &str) -> Result<Option<Self>, XmlError> {
        let mut all = self.all(name);
        let first = all.next();
        if all.next().is_some() { Err(XmlError::Twice(name.to_owned())) } else { Ok(first) }
    }

    /// The one element of this local name directly inside.
    ///
    /// # Errors
    /// [`XmlError::Missing`], [`XmlError::Twice`].
    pub fn one(&self, name: &str) -> Result<Self, XmlError> {
        self.maybe(name)?.ok_or_else(|| XmlError::Missing(name.to_owned()))
    }

    /// The one element of this namespace and name directly inside, if there is one.
    ///
    /// # Errors
    /// [`XmlError::Twice`].
    pub fn maybe_of(&self, namespace: &str, name: &str) -> Result<Option<Self>, XmlError> {
        let mut all = self.all(name).filter(|element| element.namespace() == namespace);
        let first = all.next();
        if all.next().is_some() { Err(XmlError::Twice(name.to_owned())) } else { Ok(first) }
    }

    /// The one element of this namespace and name directly inside.
    ///
    /// # Errors
    /// [`XmlError::Missing`], [`XmlError::Twice`].
    pub fn one_of(&self, namespace: &str, name: &str) -> Result<Self, XmlError> {
        self.maybe_of(namespace, name)?.ok_or_else(|| XmlError::Missing(name.to_owned()))
    }

    /// The text, as it stands; an element inside is refused, comments are passed over.
    ///
    /// # Errors
    /// [`XmlError::Value`].
    pub fn raw_text(&self) -> Result<String, XmlError> {
        if self.elements().next().is_some() {
            return Err(self.wrong());
        }
        Ok(self.0.children().filter(Node::is_text).filter_map(|text| text.text()).collect())
    }

    /// The text without white space around it.
    ///
    /// # Errors
    /// [`XmlError::Value`].
    pub fn text(&self) -> Result<String, XmlError> {
        Ok(self.raw_text()?.trim().to_owned())
    }

    /// Bytes in hexadecimal (xs:hexBinary), at most `most` of them.
    ///
    /// # Errors
    /// [`XmlError::Value`].
    pub fn hex(&self, most: usize) -> Result<Vec<u8>, XmlError> {
        from_hex(&self.text()?).filter(|bytes| bytes.len() <= most).ok_or_else(|| self.wrong())
    }

    /// That this element does not hold what it should.
    #[must_use]
    pub fn wrong(&self) -> XmlError {
        XmlError::Value(self.name().to_owned())
    }
}

/// Hexadecimal of either case, two digits a byte.
#[must_use]
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes = text.as_bytes();
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    bytes.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(text: &str) -> XmlError {
        parse(text, Limits { bytes: 1000, depth: 5, nodes: 50 }).err().unwrap()
    }

    #[test]
    fn document_types_and_entities_are_refused() {
        let bomb = "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><x>&b;</x>";
        assert_eq!(refused(bomb), XmlError::DocumentType);
        assert_eq!(refused("<!DOCTYPE x SYSTEM 'file:///etc/passwd'><x/>"), XmlError::DocumentType);
        assert_eq!(refused("<x>&b;</x>"), XmlError::Form);
    }

    #[test]
    fn limits_hold() {
        assert_eq!(refused(&format!("<x>{}</x>", "a".repeat(1000))), XmlError::TooLarge);
        for sixth in ["<f/>", "<f></f>"] {
            assert_eq!(refused(&format!("<a><b><c><d><e>{sixth}</e></d></c></b></a>")), XmlError::TooLarge);
        }
        assert!(parse("<a><b><c><d><e/></d></c></b></a>", Limits { depth: 5, ..Limits::MESSAGE }).is_ok());
        assert_eq!(refused(&format!("<x>{}</x>", "<y/>".repeat(60))), XmlError::TooLarge);
        let deep = "<a>".repeat(80_000);
        assert_eq!(parse(&deep, Limits::MESSAGE).err(), Some(XmlError::TooLarge));
    }

    #[test]
    fn nothing_hides_from_the_limits() {
        // A `>` in quotes, and end tags that are none, once made elements seem shallower than they are.
        let sixth = |hidden: &str| format!("<a><b><c><d><e {hidden}<f/></e></d></c></b></a>");
        for hidden in ["x='/>'>", "x=\"/>\">", "><!--</a>-->", "><![CDATA[</a>]]>", "><?x </a>?>"] {
            assert_eq!(refused(&sixth(hidden)), XmlError::TooLarge, "{hidden}");
            let fifth = sixth(hidden).replace("<f/>", "");
            assert!(parse(&fifth, Limits { depth: 5, ..Limits::MESSAGE }).is_ok(), "{hidden}");
        }
        let attributes =
            |count: usize, name: &str| (0..count).map(|n| format!(" {name}{n} = ''")).collect::<String>();
        let read = |text: String| parse(&text, Limits::MESSAGE).map(|_| ());
        assert_eq!(read(format!("<x{}/>", attributes(64, "a"))), Ok(()));
        assert_eq!(read(format!("<x{}/>", attributes(65, "a"))), Err(XmlError::TooLarge));
        let sixty = format!("<y{}/>", attributes(60, "a"));
        assert_eq!(read(format!("<x>{}</x>", sixty.repeat(67))), Ok(()));
        assert_eq!(read(format!("<x>{}</x>", sixty.repeat(68))), Err(XmlError::TooLarge));
        let sixty = format!("<y{}/>", attributes(60, "xmlns:a").replace("''", "'u'"));
        assert_eq!(read(format!("<x>{}</x>", sixty.repeat(2))), Ok(()));
        assert_eq!(read(format!("<x>{}</x>", sixty.repeat(3))), Err(XmlError::TooLarge));
    }

    #[test]
    fn nothing_is_chosen_where_something_stands_twice() {
        let text = "<x xmlns='urn:x'><y>1</y><y>2</y><z> 0aFF </z><n><m/></n></x>";
        let document = parse(text, Limits::MESSAGE).unwrap();
        let root = document.root();
        assert!(root.is("urn:x", "x"));
        assert_eq!(root.one("y").unwrap_err(), XmlError::Twice("y".to_owned()));
        assert_eq!(root.one("q").unwrap_err(), XmlError::Missing("q".to_owned()));
        assert_eq!(root.one("z").unwrap().hex(2).unwrap(), [0x0A, 0xFF]);
        assert_eq!(root.one("z").unwrap().hex(1).unwrap_err(), XmlError::Value("z".to_owned()));
        assert_eq!(root.one("n").unwrap().text().unwrap_err(), XmlError::Value("n".to_owned()));
        assert!(root.maybe_of("urn:y", "z").unwrap().is_none());
    }

    proptest! {
        #[test]
        fn noise_is_refused_or_read(noise in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _read = parse_bytes(&noise, Limits::MESSAGE).map(|document| document.root().name().len());
        }

        #[test]
        fn markup_noise_is_refused_or_read(noise in "[<>/a!?&;='\" \\[\\]-]{0,200}") {
            let _read = parse(&noise, Limits::MESSAGE).map(|document| document.root().name().len());
        }
    }
}
