//! The room `xml`: reading within limits, what is written reads back, nobody signs for another.

use std::sync::LazyLock;

use torhaus::xml::read::{Element, Limits, from_hex, parse, parse_bytes};
use torhaus::xml::signature::{Algorithm, Signed, Signer, SigningKey, Validity, sign, verify};
use torhaus::xml::write::{Node, hex_leaf, leaf, node, to_hex};

use super::eid;
use super::lab::{pkcs8, x509};
use super::table::Target;

pub const TARGETS: &[Target] = &[
    Target { name: "xml", look, seeds },
    Target { name: "xml_signature", look: signature, seeds: signature_seeds },
];

/// So small that the fuzzer meets the limits.
const SMALL: Limits = Limits { bytes: 600, depth: 6, nodes: 40 };

fn look(bytes: &[u8]) -> bool {
    let mut taken = false;
    for limits in [Limits::MESSAGE, SMALL] {
        let Ok(document) = parse_bytes(bytes, limits) else { continue };
        assert!(bytes.len() <= limits.bytes);
        let mut elements = 0;
        let mut open = vec![(document.root(), 1)];
        while let Some((element, depth)) = open.pop() {
            assert!(depth <= limits.depth, "deeper than the limit");
            elements += 1;
            element_holds(&element);
            open.extend(element.elements().map(|inside| (inside, depth + 1)));
        }
        assert!(elements <= limits.nodes);
        taken = true;
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert_eq!(parse(text, Limits::MESSAGE).is_ok(), parse_bytes(bytes, Limits::MESSAGE).is_ok());
        if let Some(decoded) = from_hex(text) {
            assert_eq!(to_hex(&decoded), text.to_ascii_uppercase());
        }
        eid::words(text);
    }
    taken
}

fn element_holds(element: &Element<'_>) {
    let name = element.name();
    eid::words(name);
    assert!(element.is(element.namespace(), name));
    for inside in element.elements() {
        let all = element.all(inside.name()).count();
        assert_eq!(
            element.one(inside.name()).is_ok(),
            all == 1,
            "nothing is chosen where something stands twice"
        );
        assert!(
            element.maybe_of(inside.namespace(), inside.name()).is_ok_and(|one| one.is_some()) || all > 1
        );
    }
    let attribute = element.attribute("a").unwrap_or("");
    let Ok(text) = element.raw_text() else { return assert!(element.text().is_err()) };
    eid::words(text.trim());
    let written = node("x").with("a", attribute).child(leaf("y", &*text)).document();
    let read = parse(&written, Limits { bytes: usize::MAX, ..Limits::MESSAGE }).unwrap();
    assert_eq!(read.root().attribute("a"), Some(attribute));
    assert_eq!(read.root().one("y").unwrap().raw_text().as_deref(), Ok(&*text));
    if let Ok(bytes) = element.hex(64) {
        assert!(bytes.len() <= 64);
        let written = hex_leaf("x", &bytes).document();
        assert_eq!(parse(&written, Limits::MESSAGE).unwrap().root().hex(64), Ok(bytes));
    }
}

fn seeds() -> Vec<Vec<u8>> {
    [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><TCTokenType><ServerAddress>https://id.example/paos</ServerAddress>\
         <SessionIdentifier>0aFF</SessionIdentifier><Binding>urn:liberty:paos:2006-08</Binding></TCTokenType>",
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:a='urn:a'><s:Header><a:MessageID>\
         urn:uuid:1</a:MessageID></s:Header><s:Body a:b='1' a=\"&lt;&quot;&#10;\"><!-- c --><a:E>REQUIRED</a:E>\
         <a:E>&amp;&#xE4;&#x1F600;</a:E><GivenNames>ALLOWED</GivenNames><?pi x?><h>00ff</h></s:Body></s:Envelope>",
        "<a><b><c><d><e><f a=\"/>\"/></e></d></c></b><![CDATA[</a>]]></a>",
        "<x xmlns=\"urn:x\">\r\n\t<y/>\r<z xmlns=\"\" a=' b&#9;c '> d </z></x>",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

/// Who may sign, and what they signed.
struct Signatures {
    signers: Vec<Signer>,
    messages: Vec<(String, Signed)>,
}

static SIGNATURES: LazyLock<Signatures> = LazyLock::new(|| {
    let certificate = x509("Signatur", 20, ("Signatur", 20), false);
    let key = SigningKey::new(Algorithm::EcdsaSha256, &pkcs8(20), &certificate).unwrap();
    let signers = vec![
        Signer::from_certificate(&x509("Other", 21, ("Other", 21), false)).unwrap(),
        Signer::from_certificate(&certificate).unwrap(),
    ];
    let validity =
        Validity { created: "2026-11-22T10:00:00.000Z".into(), expires: "2026-11-22T10:05:00.000Z".into() };
    let contents: [Node; 2] = [
        node("eid:getServerInfoRequest").with("xmlns:eid", "http://bsi.bund.de/eID/"),
        node("e:A").with("xmlns:e", "urn:e").with("b", "<'\"").child(leaf("e:B", "a & \u{1E9E}\r\n ")),
    ];
    let signed = |content: &Node| {
        let message = sign(content, &validity, &key).unwrap();
        let signed = verify(message.as_bytes(), Limits::MESSAGE, &signers).unwrap();
        (message, signed)
    };
    Signatures { messages: contents.iter().map(signed).collect(), signers }
});

fn signature(bytes: &[u8]) -> bool {
    let Ok(signed) = verify(bytes, Limits::MESSAGE, &SIGNATURES.signers) else { return false };
    assert_eq!(signed.signer, 1, "a signature by somebody else");
    let honest = |own: &Signed| own.body == signed.body && own.timestamp == signed.timestamp;
    assert!(SIGNATURES.messages.iter().any(|(_, own)| honest(own)), "a forged message");
    for part in [&signed.body, &signed.timestamp] {
        assert!(parse(part, Limits::MESSAGE).is_ok(), "what was signed can not be read");
    }
    true
}

fn signature_seeds() -> Vec<Vec<u8>> {
    SIGNATURES.messages.iter().map(|(message, _)| message.clone().into_bytes()).collect()
}
