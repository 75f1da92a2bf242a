//! Verifying: from a message of a stranger to the bytes that a trusted certificate signed.

use super::super::read::{self, Element, Limits, XmlError};
use super::algorithm::{Algorithm, digest_of};
use super::canonical::{Spot, Tree};
use super::key::Signer;
use super::{DS, EXC_C14N, SOAP, SignatureError, WSSE, WSU};
use aws_lc_rs::{constant_time, digest};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::collections::BTreeMap;

/// References of a signature at most: Body, Timestamp, and headers that somebody signs besides.
const REFERENCES: usize = 8;
/// Prefixes of a `PrefixList` at most.
const PREFIXES: usize = 16;
/// Bytes of a signature value at most: RSA of 8192 bits.
const SIGNATURE_BYTES: usize = 1024;

/// What was signed of a message, as canonical bytes; to be read with [`crate::xml::read`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The element `soap:Body`.
    pub body: String,
    /// The element `wsu:Timestamp`.
    pub timestamp: String,
    /// The signature's own bytes, for noticing that a message comes again.
    pub signature: Vec<u8>,
    /// Which of the signers made it.
    pub signer: usize,
}

/// Takes a message only if one of `signers` signed its Body and its Timestamp.
///
/// The signature is checked first, then what it refers to; whether the timestamp is fresh and whether the message was
/// seen before is the caller's.
///
/// # Errors
/// [`SignatureError`].
pub fn verify(message: &[u8], limits: Limits, signers: &[Signer]) -> Result<Signed, SignatureError> {
    // Limits and document types first, before the second parser sees the text.
    read::parse_bytes(message, limits)?;
    let text = std::str::from_utf8(message).ok().ok_or(XmlError::Form)?;
    let tree = Tree::parse(text, limits)?;
    let parts = Parts::find(&tree)?;
    let ids = tree.ids()?;

    let prefixes = prefixes(&tree, parts.signed_info);
    let info = tree.canonical(parts.signed_info, &prefixes)?;
    let signature = signature_value(&tree, parts.signature_value, limits)?;
    let document = read::parse(&info, limits)?;
    let info_element = document.root();
    let algorithm = signature_method(&info_element, &prefixes)?;
    let signer = signers
        .iter()
        .position(|signer| signer.made(algorithm, info.as_bytes(), &signature))
        .ok_or(SignatureError::Signature)?;

    let mut covered = BTreeMap::new();
    for reference in references(&info_element)? {
        let spot = *ids.get(reference.id.as_str()).ok_or(SignatureError::Reference)?;
        if !parts.signable.contains(&spot) {
            return Err(SignatureError::Reference);
        }
        let prefixes: Vec<&str> = reference.prefixes.iter().map(String::as_str).collect();
        let canonical = tree.canonical(spot, &prefixes)?;
        let digest = digest::digest(reference.hash, canonical.as_bytes());
        if constant_time::verify_slices_are_equal(digest.as_ref(), &reference.digest).is_err() {
            return Err(SignatureError::Digest);
        }
        if covered.insert(spot.index(), canonical).is_some() {
            return Err(SignatureError::Shape("two references lead to one element"));
        }
    }
    let body = covered.remove(&parts.body.index()).ok_or(SignatureError::NotCovered("body"))?;
    let timestamp =
        covered.remove(&parts.timestamp.index()).ok_or(SignatureError::NotCovered("timestamp"))?;
    Ok(Signed { body, timestamp, signature, signer })
}

/// Where the parts of a message are.
struct Parts {
    body: Spot,
    timestamp: Spot,
    signed_info: Spot,
    signature_value: Spot,
    /// What a reference may lead to: the Body, the headers, and what is in the security header beside the signature.
    signable: Vec<Spot>,
}

impl Parts {
    /// `Envelope{Header{…, Security{…, Timestamp, Signature{SignedInfo, SignatureValue, KeyInfo?}}}, Body}`. Each of
    /// these stands once in the whole message: a second one anywhere would be there for somebody to confuse them.
    fn find(tree: &Tree<'_>) -> Result<Self, SignatureError> {
        let envelope = tree.root()?;
        let children = tree.elements(envelope);
        let [header, body] = children[..] else {
            return Err(if children.len() < 2 {
                SignatureError::Unsigned
            } else {
                SignatureError::Shape("more than a header and a body")
            });
        };
        let soap = tree.is(envelope, SOAP, "Envelope") && tree.is(header, SOAP, "Header");
        if !soap || !tree.is(body, SOAP, "Body") {
            return Err(SignatureError::Shape("no SOAP envelope"));
        }
        for (namespace, name) in [(WSSE, "Security"), (DS, "Signature"), (WSU, "Timestamp")] {
            match tree.count(namespace, name) {
                0 => return Err(SignatureError::Unsigned),
                1 => {}
                _ => return Err(SignatureError::Shape("two security headers, signatures or timestamps")),
            }
        }
        for name in ["Envelope", "Header", "Body"] {
            if tree.count(SOAP, name) != 1 {
                return Err(SignatureError::Shape("two envelopes, headers or bodies"));
            }
        }
        let misplaced = SignatureError::Shape("the signature or the timestamp is elsewhere");
        let security = tree.only(header, WSSE, "Security").ok_or_else(|| misplaced.clone())?;
        let signature = tree.only(security, DS, "Signature").ok_or_else(|| misplaced.clone())?;
        let timestamp = tree.only(security, WSU, "Timestamp").ok_or(misplaced)?;

        let inside = tree.elements(signature);
        let names = ["SignedInfo", "SignatureValue", "KeyInfo"];
        let right = (2..=3).contains(&inside.len())
            && inside.iter().zip(names).all(|(spot, name)| tree.is(*spot, DS, name));
        if !right {
            return Err(SignatureError::Shape("the signature is built otherwise"));
        }
        let mut signable = vec![body];
        signable.extend(tree.elements(header).into_iter().filter(|spot| *spot != security));
        signable.extend(tree.elements(security).into_iter().filter(|spot| *spot != signature));
        Ok(Self { body, timestamp, signed_info: inside[0], signature_value: inside[1], signable })
    }
}

/// The `PrefixList` by which `SignedInfo` is canonicalised. Read before anything is verified, so compared afterwards
/// with what was signed, in [`signature_method`].
fn prefixes<'a>(tree: &'a Tree<'_>, signed_info: Spot) -> Vec<&'a str> {
    let method = tree.only(signed_info, DS, "CanonicalizationMethod");
    let list = method.and_then(|method| tree.only(method, EXC_C14N, "InclusiveNamespaces"));
    let list = list.and_then(|list| tree.attribute(list, "PrefixList"));
    list.unwrap_or_default().split_ascii_whitespace().take(PREFIXES).collect()
}

fn signature_value(tree: &Tree<'_>, spot: Spot, limits: Limits) -> Result<Vec<u8>, SignatureError> {
    let element = tree.canonical(spot, &[])?;
    let document = read::parse(&element, limits)?;
    let value = base64(&document.root(), SIGNATURE_BYTES)?;
    Ok(value)
}

/// The algorithm of a canonical `SignedInfo`, whose canonicalisation is what it was canonicalised by.
fn signature_method(info: &Element<'_>, prefixes: &[&str]) -> Result<Algorithm, SignatureError> {
    let canonicalization = child(info, 0, "CanonicalizationMethod")?;
    if exclusive(&canonicalization, "canonicalisation")? != prefixes {
        return Err(SignatureError::Algorithm("canonicalisation"));
    }
    let method = child(info, 1, "SignatureMethod")?;
    let algorithm = method.attribute("Algorithm").and_then(Algorithm::from_uri);
    // An `HMACOutputLength`, or parameters that would ask for other hashes.
    if method.elements().next().is_some() {
        return Err(SignatureError::Algorithm("signature parameter"));
    }
    algorithm.ok_or(SignatureError::Algorithm("signature method"))
}

/// One `Reference`, parsed.
struct Reference {
    id: String,
    prefixes: Vec<String>,
    hash: &'static digest::Algorithm,
    digest: Vec<u8>,
}

fn references(info: &Element<'_>) -> Result<Vec<Reference>, SignatureError> {
    let elements: Vec<Element<'_>> = info.elements().skip(2).collect();
    if elements.len() > REFERENCES || elements.iter().any(|element| !element.is(DS, "Reference")) {
        return Err(SignatureError::Shape("the signature is built otherwise"));
    }
    elements.iter().map(reference).collect()
}

fn reference(element: &Element<'_>) -> Result<Reference, SignatureError> {
    let id = element.attribute("URI").and_then(|uri| uri.strip_prefix('#')).filter(|id| !id.is_empty());
    let id = id.ok_or(SignatureError::Reference)?.to_owned();
    let transforms = child(element, 0, "Transforms")?;
    let transform = child(&transforms, 0, "Transform")?;
    if transforms.elements().count() != 1 {
        return Err(SignatureError::Algorithm("transform"));
    }
    let method = child(element, 1, "DigestMethod")?;
    let hash = method.attribute("Algorithm").and_then(digest_of);
    let hash = hash.ok_or(SignatureError::Algorithm("digest method"))?;
    let value = child(element, 2, "DigestValue")?;
    if element.elements().count() != 3 || method.elements().next().is_some() {
        return Err(SignatureError::Shape("the signature is built otherwise"));
    }
    let prefixes = exclusive(&transform, "transform")?.into_iter().map(ToOwned::to_owned).collect();
    Ok(Reference { id, prefixes, hash, digest: base64(&value, digest::MAX_OUTPUT_LEN)? })
}

/// The prefixes of an element that names Exclusive XML Canonicalization without comments.
fn exclusive<'a>(element: &Element<'a>, what: &'static str) -> Result<Vec<&'a str>, SignatureError> {
    let refused = SignatureError::Algorithm(what);
    if element.attribute("Algorithm") != Some(EXC_C14N) {
        return Err(refused);
    }
    let mut inside = element.elements();
    let Some(list) = inside.next() else { return Ok(Vec::new()) };
    if inside.next().is_some() || !list.is(EXC_C14N, "InclusiveNamespaces") {
        return Err(refused);
    }
    let list: Vec<&str> = list.attribute("PrefixList").unwrap_or_default().split_ascii_whitespace().collect();
    if list.len() > PREFIXES { Err(refused) } else { Ok(list) }
}

/// The element at a place, which must be this one of XML Signature.
fn child<'a>(parent: &Element<'a>, at: usize, name: &str) -> Result<Element<'a>, SignatureError> {
    let found = parent.elements().nth(at).filter(|element| element.is(DS, name));
    found.ok_or(SignatureError::Shape("the signature is built otherwise"))
}

/// Base64 with the white space that `xs:base64Binary` may have.
fn base64(element: &Element<'_>, most: usize) -> Result<Vec<u8>, SignatureError> {
    let text: String = element.raw_text()?.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(text).ok().filter(|bytes| bytes.len() <= most);
    bytes.ok_or_else(|| SignatureError::Xml(element.wrong()))
}
