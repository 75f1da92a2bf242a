//! A certificate's issuer as text, for `ds:X509IssuerName` (XML Signature 1.1 §4.5.4.1: RFC 4514).

use std::fmt::Write;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

/// The attribute types which RFC 4514 §3 gives a short name, with their object identifiers.
const SHORT: [(&str, &str); 9] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.6", "C"),
    ("2.5.4.9", "STREET"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("0.9.2342.19200300.100.1.1", "UID"),
];

/// The name, its last part first.
pub(super) fn rfc4514(name: &X509Name<'_>) -> String {
    let relative = |rdn: &x509_parser::x509::RelativeDistinguishedName<'_>| {
        rdn.iter().map(attribute).collect::<Vec<_>>().join("+")
    };
    let mut parts: Vec<String> = name.iter_rdn().map(relative).collect();
    parts.reverse();
    parts.join(",")
}

fn attribute(attribute: &AttributeTypeAndValue<'_>) -> String {
    let oid = attribute.attr_type().to_id_string();
    let short = SHORT.iter().find(|(id, _)| *id == oid).map(|(_, short)| *short);
    match (short, attribute.as_str()) {
        (Some(short), Ok(value)) => format!("{short}={}", escaped(value)),
        // RFC 4514 §2.4: whatever has no short name or is no text is written as its encoding.
        _ => {
            let value = attribute.attr_value();
            let mut out = format!("{}=#", short.unwrap_or(&oid));
            let length = der_length(value.data.len());
            let tag = u8::try_from(value.tag().0).unwrap_or_default();
            for byte in [tag].iter().chain(&length).chain(value.data) {
                // Writing to a String does not fail.
                let _written = write!(out, "{byte:02x}");
            }
            out
        }
    }
}

fn der_length(length: usize) -> Vec<u8> {
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => vec![short],
        _ => {
            let bytes = length.to_be_bytes();
            let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len() - 1);
            let count = u8::try_from(bytes.len() - first).unwrap_or_default();
            [&[0x80 | count], &bytes[first..]].concat()
        }
    }
}

fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (at, letter) in value.chars().enumerate() {
        let edge = letter == ' ' && (at == 0 || at == last) || letter == '#' && at == 0;
        if edge || matches!(letter, '"' | '+' | ',' | ';' | '<' | '>' | '\\') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use x509_parser::prelude::FromDer;

    #[test]
    fn names_as_text() {
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        let name = &mut params.distinguished_name;
        name.push(rcgen::DnType::CountryName, "DE");
        name.push(rcgen::DnType::OrganizationName, "Stadt Birkenfurt, IT");
        name.push(rcgen::DnType::CustomDnType(vec![2, 5, 4, 97]), "VATDE-1");
        name.push(rcgen::DnType::CommonName, " #Signatur+ä ");
        let certificate = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
        let (_, read) = x509_parser::certificate::X509Certificate::from_der(certificate.der()).unwrap();
        assert_eq!(
            rfc4514(read.issuer()),
            "CN=\\ #Signatur\\+ä\\ ,2.5.4.97=#0c0756415444452d31,O=Stadt Birkenfurt\\, IT,C=DE"
        );
        assert_eq!(der_length(300), [0x82, 1, 44]);
    }
}
