//! Elements as values. Names are ours; texts and attribute values may be anybody's and are escaped.

use std::fmt::Write;

/// An element to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    content: Vec<Content>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    Text(String),
    Node(Node),
}

/// An empty element; `name` with its prefix: `soap:Body`.
#[must_use]
pub fn node(name: &'static str) -> Node {
    Node { name, attributes: Vec::new(), content: Vec::new() }
}

/// An element that holds a text.
#[must_use]
pub fn leaf(name: &'static str, text: impl Into<String>) -> Node {
    node(name).text(text)
}

/// An element that holds bytes in upper-case hexadecimal (xs:hexBinary, XML Schema 2 §3.2.15).
#[must_use]
pub fn hex_leaf(name: &'static str, bytes: &[u8]) -> Node {
    leaf(name, to_hex(bytes))
}

impl Node {
    /// With an attribute; namespaces are attributes here.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// With a text at its end.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.content.push(Content::Text(text.into()));
        self
    }

    /// With a child at its end.
    #[must_use]
    pub fn child(mut self, child: Self) -> Self {
        self.content.push(Content::Node(child));
        self
    }

    /// With children at its end; an `Option` is none or one.
    #[must_use]
    pub fn children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.content.extend(children.into_iter().map(Content::Node));
        self
    }

    /// The element alone, without declaration and without white space between elements.
    #[must_use]
    pub fn fragment(&self) -> String {
        let mut out = String::new();
        self.put(&mut out);
        out
    }

    /// A document in UTF-8.
    #[must_use]
    pub fn document(&self) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        self.put(&mut out);
        out
    }

    fn put(&self, out: &mut String) {
        out.push('<');
        out.push_str(self.name);
        for (name, value) in &self.attributes {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            escape(value, true, out);
            out.push('"');
        }
        if self.content.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        for content in &self.content {
            match content {
                Content::Text(text) => escape(text, false, out),
                Content::Node(node) => node.put(out),
            }
        }
        out.push_str("</");
        out.push_str(self.name);
        out.push('>');
    }
}

/// Escapes what would be markup; what XML 1.0 §2.2 cannot hold at all becomes U+FFFD.
fn escape(text: &str, attribute: bool, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\n' if attribute => out.push_str("&#10;"),
            '\t' if attribute => out.push_str("&#9;"),
            '\n' | '\t' => out.push(letter),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
}

/// Upper-case hexadecimal.
#[must_use]
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut out, byte| {
        // Writing to a String does not fail.
        let _written = write!(out, "{byte:02X}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::read::{Limits, parse};

    #[test]
    fn what_is_written_reads_back() {
        let sly = "a<b>&\"'\r\n\t ü \u{1F600}";
        let written = node("a:x").with("xmlns:a", "urn:a").with("b", sly).child(leaf("a:y", sly)).document();
        let read = parse(&written, Limits::MESSAGE).unwrap();
        assert_eq!(read.root().attribute("b"), Some(sly));
        assert_eq!(read.root().one("y").unwrap().raw_text().unwrap(), sly);
    }

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(leaf("x", "a\0b\u{1}\u{ffff}").fragment(), "<x>a\u{fffd}b\u{fffd}\u{fffd}</x>");
        assert_eq!(node("x").children(None).fragment(), "<x/>");
    }

    #[test]
    fn bytes_in_hexadecimal() {
        assert_eq!(hex_leaf("x", &[0, 0xAB]).fragment(), "<x>00AB</x>");
    }
}
