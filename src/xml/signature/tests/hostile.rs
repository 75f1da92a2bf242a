//! Messages of somebody who can change and move what another signed, or who signs with a key of their own choice.

use super::*;
use crate::xml::signature::canonical::Tree;
use aws_lc_rs::{digest, hmac};
use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;

/// One message for all: ECDSA signs the same content differently each time.
fn good() -> String {
    static GOOD: LazyLock<String> = LazyLock::new(|| message(&P256, Algorithm::EcdsaSha256));
    GOOD.clone()
}

/// What becomes of the good message once `from` is `to`.
fn changed(from: &str, to: &str) -> Result<Signed, SignatureError> {
    let good = good();
    assert!(good.contains(from), "{from} is not in {good}");
    verified(&good.replacen(from, to, 1), &[P256.signer()])
}

/// The piece of a text from one mark up to and with another.
fn piece<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text.find(from).unwrap();
    let end = start + text[start..].find(to).unwrap() + to.len();
    &text[start..end]
}

#[test]
fn an_unsigned_message_is_no_message() {
    let good = good();
    let header = piece(&good, "<soap:Header>", "</soap:Header>");
    let signature = piece(&good, "<ds:Signature ", "</ds:Signature>");
    let timestamp = piece(&good, "<wsu:Timestamp", "</wsu:Timestamp>");
    for (gone, left) in [(header, ""), (header, "<soap:Header/>"), (signature, ""), (timestamp, "")] {
        let text = good.replace(gone, left);
        assert_eq!(verified(&text, &[P256.signer()]), Err(SignatureError::Unsigned), "{text}");
    }
    assert!(matches!(verified("<x/>", &[P256.signer()]), Err(SignatureError::Unsigned)));
}

#[test]
fn what_was_changed_is_noticed() {
    assert_eq!(changed("a &amp; ", "b &amp; "), Err(SignatureError::Digest));
    assert_eq!(changed("10:05:00", "11:05:00"), Err(SignatureError::Digest));
    assert_eq!(
        changed("<ds:Reference URI=\"#body\"", "<ds:Reference URI=\"#timestamp\""),
        Err(SignatureError::Signature)
    );
    let good = good();
    let value = piece(&good, "<ds:SignatureValue>", "</ds:SignatureValue>");
    let zero = format!("<ds:SignatureValue>{}</ds:SignatureValue>", STANDARD.encode([0; 64]));
    for bad in [zero.as_str(), "<ds:SignatureValue/>"] {
        assert_eq!(changed(value, bad), Err(SignatureError::Signature));
    }
    let long = format!("<ds:SignatureValue>{}</ds:SignatureValue>", STANDARD.encode([0; 2000]));
    assert!(matches!(changed(value, &long), Err(SignatureError::Xml(_))));
}

#[test]
fn what_canonicalisation_passes_over_changes_nothing() {
    let signed = changed("a &amp; ", "a <!-- not read -->&#38; ").unwrap();
    assert_eq!(signed.body, verified(&good(), &[P256.signer()]).unwrap().body.as_str());
    assert!(changed("<ds:SignatureValue>", "<ds:SignatureValue>\n  ").is_ok());
}

#[test]
fn a_signed_body_elsewhere_is_not_the_body() {
    let good = good();
    let body = piece(&good, "<soap:Body", "</soap:Body>").to_owned();
    let forged = body.replace("a &amp; ", "forged ");
    let wrapped = format!("<x:Old xmlns:x=\"urn:x\">{body}</x:Old>");
    let security = "</wsse:Security>";
    let shape = |text: &str| matches!(verified(text, &[P256.signer()]), Err(SignatureError::Shape(_)));
    // The original moved into a header, into the security header, into the signature, into the forged body; the id kept,
    // changed, or gone.
    for forged in
        [forged.clone(), forged.replace("\"body\"", "\"other\""), forged.replace(" wsu:Id=\"body\"", "")]
    {
        let with_forged = good.replace(&body, &forged);
        for (at, moved) in [
            (security, format!("{security}{wrapped}")),
            (security, format!("{wrapped}{security}")),
            ("</ds:Signature>", format!("<ds:Object>{body}</ds:Object></ds:Signature>")),
            ("</soap:Body>", format!("{wrapped}</soap:Body>")),
            ("</soap:Envelope>", format!("{body}</soap:Envelope>")),
        ] {
            assert!(shape(&with_forged.replacen(at, &moved, 1)), "{at}");
        }
    }
    // The original without its SOAP name: the id leads to what is no body.
    let disguised = body.replace("soap:Body", "x:Body").replace("<x:Body", "<x:Body xmlns:x=\"urn:x\"");
    let bare = forged.replace(" wsu:Id=\"body\"", "");
    let text = good.replace(&body, &bare).replacen(security, &format!("{security}{disguised}"), 1);
    assert_eq!(verified(&text, &[P256.signer()]), Err(SignatureError::Digest));
}

#[test]
fn nothing_stands_twice() {
    let good = good();
    let shape = |text: &str| matches!(verified(text, &[P256.signer()]), Err(SignatureError::Shape(_)));
    for (from, to) in [
        ("<ds:Signature ", "</ds:Signature>"),
        ("<wsu:Timestamp", "</wsu:Timestamp>"),
        ("<wsse:Security", "</wsse:Security>"),
        ("<soap:Header>", "</soap:Header>"),
        ("<soap:Body", "</soap:Body>"),
    ] {
        let one = piece(&good, from, to);
        assert!(shape(&good.replace(one, &format!("{one}{one}"))), "{from}");
    }
    // An id of whatever spelling.
    for id in ["Id=\"body\"", "ID=\"body\"", "xml:id=\"body\"", "id=\"timestamp\"", "wsu:Id=\"body\""] {
        let text = good.replacen("<eid:X>", &format!("<eid:X {id}>"), 1);
        assert_eq!(
            verified(&text, &[P256.signer()]),
            Err(SignatureError::Shape("an id stands twice")),
            "{id}"
        );
    }
    // The timestamp under another parent, the signature outside the security header.
    let timestamp = piece(&good, "<wsu:Timestamp", "</wsu:Timestamp>").to_owned();
    let moved =
        good.replace(&timestamp, "").replace("</wsse:Security>", &format!("</wsse:Security>{timestamp}"));
    assert!(shape(&moved));
    let signature = piece(&good, "<ds:Signature ", "</ds:Signature>").to_owned();
    let moved =
        good.replace(&signature, "").replace("</wsse:Security>", &format!("</wsse:Security>{signature}"));
    assert!(shape(&moved));
}

/// Signs a `SignedInfo` of the test's own making with the trusted key, so that only its content can be refused.
fn signed_by_hand(change: impl Fn(&str) -> String) -> Result<Signed, SignatureError> {
    let changed = change(&good());
    let info = {
        let tree = Tree::parse(&changed, Limits::MESSAGE).unwrap();
        let find = |parent, namespace, name| tree.only(parent, namespace, name).unwrap();
        let header = find(tree.root().unwrap(), SOAP, "Header");
        let signature = find(find(header, WSSE, "Security"), DS, "Signature");
        tree.canonical(find(signature, DS, "SignedInfo"), &[]).unwrap()
    };
    let value = STANDARD.encode(P256.signing(Algorithm::EcdsaSha256).sign(info.as_bytes()).unwrap());
    let old = piece(&changed, "<ds:SignatureValue>", "</ds:SignatureValue>").to_owned();
    verified(
        &changed.replace(&old, &format!("<ds:SignatureValue>{value}</ds:SignatureValue>")),
        &[P256.signer()],
    )
}

#[test]
fn a_signature_that_covers_less_is_refused() {
    assert!(signed_by_hand(ToOwned::to_owned).is_ok(), "signed by hand as by ourselves");
    for id in ["body", "timestamp"] {
        let without = signed_by_hand(|good| good.replace(&reference_of(good, id), ""));
        assert_eq!(without, Err(SignatureError::NotCovered(id)));
    }
    let twice = signed_by_hand(|good| {
        let one = reference_of(good, "body");
        good.replace(&one, &format!("{one}{one}"))
    });
    assert!(matches!(twice, Err(SignatureError::Shape(_))));
}

fn reference_of(text: &str, id: &str) -> String {
    piece(text, &format!("<ds:Reference URI=\"#{id}\""), "</ds:Reference>").to_owned()
}

#[test]
fn a_message_chooses_no_algorithm() {
    let c14n = format!("<ds:Transform Algorithm=\"{EXC_C14N}\"/>");
    let method = Algorithm::EcdsaSha256.uri();
    let sha256 = "http://www.w3.org/2001/04/xmlenc#sha256";
    let xpath = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>false()</ds:XPath></ds:Transform>";
    let enveloped = "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
    for (from, to, refused) in [
        (method, "http://www.w3.org/2000/09/xmldsig#rsa-sha1", "signature method"),
        (method, "http://www.w3.org/2000/09/xmldsig#hmac-sha1", "signature method"),
        (method, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", "signature method"),
        (sha256, "http://www.w3.org/2000/09/xmldsig#sha1", "digest method"),
        (sha256, "", "digest method"),
        (&c14n, xpath, "transform"),
        (&c14n, enveloped, "transform"),
        (&c14n, &format!("{c14n}{xpath}"), "transform"),
        (&c14n, &format!("{xpath}{c14n}"), "transform"),
        (
            &format!("<ds:CanonicalizationMethod Algorithm=\"{EXC_C14N}\"/>"),
            "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"/>",
            "canonicalisation",
        ),
        (
            &format!("<ds:SignatureMethod Algorithm=\"{method}\"/>"),
            &format!(
                "<ds:SignatureMethod Algorithm=\"{method}\"><ds:HMACOutputLength>0</ds:HMACOutputLength></ds:SignatureMethod>"
            ),
            "signature parameter",
        ),
    ] {
        let out = signed_by_hand(|good| good.replacen(from, to, 1));
        assert_eq!(out, Err(SignatureError::Algorithm(refused)), "{to}");
    }
    for uri in ["", "#", "#elsewhere", "http://example.org/x", "#xpointer(/)", "cid:x", "file:///etc/passwd"]
    {
        let out = signed_by_hand(|good| good.replacen("URI=\"#body\"", &format!("URI=\"{uri}\""), 1));
        assert_eq!(out, Err(SignatureError::Reference), "{uri}");
    }
}

#[test]
fn a_certificate_is_no_secret_of_an_hmac() {
    let good = good();
    let info = piece(&good, "<ds:SignedInfo>", "</ds:SignedInfo>")
        .replace(Algorithm::EcdsaSha256.uri(), "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256");
    let canonical = info.replace("<ds:SignedInfo>", &format!("<ds:SignedInfo xmlns:ds=\"{DS}\">"));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &P256.certificate), canonical.as_bytes());
    let text = good.replace(piece(&good, "<ds:SignedInfo>", "</ds:SignedInfo>"), &info).replace(
        piece(&good, "<ds:SignatureValue>", "</ds:SignatureValue>"),
        &format!("<ds:SignatureValue>{}</ds:SignatureValue>", STANDARD.encode(tag)),
    );
    assert_eq!(verified(&text, &[P256.signer()]), Err(SignatureError::Algorithm("signature method")));
}

#[test]
fn keys_that_a_message_brings_are_not_looked_at() {
    let stranger = Pair::new(&KeyPair::generate().unwrap());
    let text = message(&stranger, Algorithm::EcdsaSha256);
    let brought = format!(
        "<ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
        STANDARD.encode(&stranger.certificate)
    );
    let text = text.replace("</ds:KeyInfo>", &brought);
    assert_eq!(verified(&text, &[P256.signer()]), Err(SignatureError::Signature));
    assert!(verified(&text, &[stranger.signer()]).is_ok(), "nor are they in the way");
}

#[test]
fn other_headers_may_be_signed_and_have_to_be_right() {
    let header = "<a:To xmlns:a=\"urn:a\" wsu:Id=\"to\">x</a:To>";
    let canonical = format!("<a:To xmlns:a=\"urn:a\" xmlns:wsu=\"{WSU}\" wsu:Id=\"to\">x</a:To>");
    let hash = STANDARD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()));
    let with = |header: &str, hash: &str| {
        signed_by_hand(|good| {
            let third = reference_of(good, "body").replace("#body", "#to");
            let old = piece(&third, "<ds:DigestValue>", "</ds:DigestValue>").to_owned();
            let third = third.replace(&old, &format!("<ds:DigestValue>{hash}</ds:DigestValue>"));
            good.replacen("</ds:SignedInfo>", &format!("{third}</ds:SignedInfo>"), 1).replacen(
                "</wsse:Security>",
                &format!("</wsse:Security>{header}"),
                1,
            )
        })
    };
    assert!(with(header, &hash).is_ok());
    assert_eq!(with(&header.replace(">x<", ">y<"), &hash), Err(SignatureError::Digest));
    // What lies deeper is no header.
    let deep = format!("<a:All xmlns:a=\"urn:a\">{header}</a:All>");
    assert_eq!(with(&deep, &hash), Err(SignatureError::Reference));
}

#[test]
fn document_types_depth_and_size_are_refused_first() {
    let refused = |text: &str| matches!(verified(text, &[P256.signer()]), Err(SignatureError::Xml(_)));
    let good = good();
    let declared = good.replacen("?>", "?><!DOCTYPE x [<!ENTITY a 'b'>]>", 1);
    assert!(refused(&declared));
    assert!(refused(&good.replacen("<eid:X>", &format!("{}<eid:X>", "<x>".repeat(40)), 1)));
    assert!(refused(&good.replacen("<eid:X>", &format!("<eid:X>{}", "x".repeat(300_000)), 1)));
    assert!(refused(""));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_accepted_reads_as_it_was_signed(at in 0_usize..4000, byte in any::<u8>()) {
        let good = good();
        let right = verified(&good, &[P256.signer()]).unwrap();
        let mut bytes = good.into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(signed) = verify(&bytes, Limits::MESSAGE, &[P256.signer()]) {
            prop_assert_eq!((signed.body, signed.timestamp), (right.body, right.timestamp));
        }
    }

    #[test]
    fn noise_is_refused(noise in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(verify(&noise, Limits::MESSAGE, &[P256.signer()]).is_err());
    }
}
