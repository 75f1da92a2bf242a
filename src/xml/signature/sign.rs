//! Signing: Body and Timestamp, in the order which the strict layout of WS-SecurityPolicy §7.7.1 wants.

use super::super::read::Limits;
use super::super::write::{Node, leaf, node};
use super::algorithm::SHA_256;
use super::canonical::{Spot, Tree};
use super::key::SigningKey;
use super::{DS, EXC_C14N, SOAP, SignatureError, WSSE, WSU};
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::STANDARD};

/// From when until when a message is valid; both as `xs:dateTime` in UTC.
#[derive(Clone, Debug)]
pub struct Validity {
    /// `wsu:Created`.
    pub created: String,
    /// `wsu:Expires`.
    pub expires: String,
}

/// The ids of the signed parts. Nobody else writes into our message, so they need not be drawn.
const IDS: [&str; 2] = ["body", "timestamp"];

/// A SOAP message whose Body holds `content`, with a signature over Body and Timestamp.
///
/// # Errors
/// [`SignatureError::Crypto`]; [`SignatureError::Xml`] if the content is larger than any message.
pub fn sign(content: &Node, validity: &Validity, key: &SigningKey) -> Result<String, SignatureError> {
    let bare = envelope(content, validity, None).document();
    let (body, timestamp) = {
        let tree = Tree::parse(&bare, Limits::MESSAGE)?;
        let parts = parts(&tree)?;
        (tree.canonical(parts.body, &[])?, tree.canonical(parts.timestamp, &[])?)
    };
    let info = signed_info(&[(IDS[0], &body), (IDS[1], &timestamp)], key);
    let unsigned = envelope(content, validity, Some(signature(&info, "", key))).document();
    let value = {
        let tree = Tree::parse(&unsigned, Limits::MESSAGE)?;
        let info = parts(&tree)?.signed_info.ok_or(SignatureError::Unsigned)?;
        STANDARD.encode(key.sign(tree.canonical(info, &[])?.as_bytes())?)
    };
    Ok(envelope(content, validity, Some(signature(&info, &value, key))).document())
}

fn envelope(content: &Node, validity: &Validity, signature: Option<Node>) -> Node {
    let timestamp = node("wsu:Timestamp")
        .with("wsu:Id", IDS[1])
        .child(leaf("wsu:Created", &validity.created))
        .child(leaf("wsu:Expires", &validity.expires));
    let security =
        node("wsse:Security").with("soap:mustUnderstand", "1").child(timestamp).children(signature);
    node("soap:Envelope")
        .with("xmlns:soap", SOAP)
        .with("xmlns:wsse", WSSE)
        .with("xmlns:wsu", WSU)
        .child(node("soap:Header").child(security))
        .child(node("soap:Body").with("wsu:Id", IDS[0]).child(content.clone()))
}

fn signed_info(parts: &[(&str, &str)], key: &SigningKey) -> Node {
    let canonicalization = node("ds:CanonicalizationMethod").with("Algorithm", EXC_C14N);
    let method = node("ds:SignatureMethod").with("Algorithm", key.algorithm().uri());
    let reference = |(id, canonical): &(&str, &str)| {
        let transform = node("ds:Transform").with("Algorithm", EXC_C14N);
        let digest = digest::digest(&digest::SHA256, canonical.as_bytes());
        node("ds:Reference")
            .with("URI", format!("#{id}"))
            .child(node("ds:Transforms").child(transform))
            .child(node("ds:DigestMethod").with("Algorithm", SHA_256))
            .child(leaf("ds:DigestValue", STANDARD.encode(digest)))
    };
    node("ds:SignedInfo").child(canonicalization).child(method).children(parts.iter().map(reference))
}

fn signature(info: &Node, value: &str, key: &SigningKey) -> Node {
    let certificate = node("ds:X509IssuerSerial")
        .child(leaf("ds:X509IssuerName", &key.issuer))
        .child(leaf("ds:X509SerialNumber", &key.serial));
    let reference = node("wsse:SecurityTokenReference").child(node("ds:X509Data").child(certificate));
    node("ds:Signature")
        .with("xmlns:ds", DS)
        .child(info.clone())
        .child(leaf("ds:SignatureValue", value))
        .child(node("ds:KeyInfo").child(reference))
}

/// Where the parts of our own message are.
struct Parts {
    body: Spot,
    timestamp: Spot,
    signed_info: Option<Spot>,
}

fn parts(tree: &Tree<'_>) -> Result<Parts, SignatureError> {
    let find = || {
        let envelope = tree.root().ok()?;
        let header = tree.only(envelope, SOAP, "Header")?;
        let security = tree.only(header, WSSE, "Security")?;
        let signature = tree.only(security, DS, "Signature");
        Some(Parts {
            body: tree.only(envelope, SOAP, "Body")?,
            timestamp: tree.only(security, WSU, "Timestamp")?,
            signed_info: signature.and_then(|signature| tree.only(signature, DS, "SignedInfo")),
        })
    };
    find().ok_or(SignatureError::Shape("our own message"))
}
