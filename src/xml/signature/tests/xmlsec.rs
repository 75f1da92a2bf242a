//! A second opinion: Debian's `xmlsec1`.

use super::*;
use base64::{Engine, engine::general_purpose::STANDARD};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of this test's own.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name =
            format!("torhaus-xmlsec-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

fn present() -> bool {
    let present = Command::new("xmlsec1").arg("--version").output().is_ok_and(|out| out.status.success());
    if !present {
        println!("skipped: xmlsec1 not present");
    }
    present
}

/// `xmlsec1` with what it needs to know about ids.
fn xmlsec(mode: &str) -> Command {
    let mut command = Command::new("xmlsec1");
    command.arg(mode);
    for (namespace, name) in [(SOAP, "Body"), (WSU, "Timestamp")] {
        command.arg("--id-attr:Id").arg(format!("{namespace}:{name}"));
    }
    command
}

fn xmlsec_verifies(file: &Path, certificate: &Path) -> bool {
    let out = xmlsec("--verify").arg("--pubkey-cert-pem").arg(certificate).arg(file).output().unwrap();
    out.status.success()
}

#[test]
fn xmlsec_takes_what_we_sign() {
    if !present() {
        return;
    }
    let folder = Folder::new();
    let pairs = [
        (&RSA, Algorithm::RsaSha256),
        (&RSA, Algorithm::RsaSha384),
        (&RSA, Algorithm::RsaSha512),
        (&P256, Algorithm::EcdsaSha256),
        (&P384, Algorithm::EcdsaSha384),
    ];
    for (pair, algorithm) in pairs {
        let text = message(pair, algorithm);
        let certificate = folder.put("certificate.pem", &pem("CERTIFICATE", &pair.certificate));
        assert!(xmlsec_verifies(&folder.put("good.xml", &text), &certificate), "{}", algorithm.name());
        for (from, to) in [("a &amp; ", "b &amp; "), ("10:05:00", "11:05:00")] {
            let bad = folder.put("bad.xml", &text.replace(from, to));
            assert!(!xmlsec_verifies(&bad, &certificate), "{}: {to}", algorithm.name());
        }
    }
}

/// A message as programs of providers write it: other prefixes, white space, lists of prefixes, an address header.
fn template(algorithm: Algorithm) -> String {
    let reference = |id: &str, prefixes: &str| {
        format!(
            "<ds:Reference URI=\"#{id}\"><ds:Transforms><ds:Transform Algorithm=\"{EXC_C14N}\">\
             <ec:InclusiveNamespaces xmlns:ec=\"{EXC_C14N}\" PrefixList=\"{prefixes}\"/></ds:Transform></ds:Transforms>\n\
             <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha512\"/><ds:DigestValue/></ds:Reference>"
        )
    };
    format!(
        "<?xml version='1.0' encoding='UTF-8'?>\n<!-- from elsewhere -->\n\
         <S:Envelope xmlns:S=\"{SOAP}\" xmlns:u=\"{WSU}\" xmlns:un='urn:unused' xmlns=\"urn:default\"><S:Header>\n\
         <To xmlns=\"http://www.w3.org/2005/08/addressing\">x</To>\n\
         <o:Security xmlns:o=\"{WSSE}\" S:mustUnderstand=\"1\">\n  <u:Timestamp u:Id=\"_1\">\
         <u:Created>2026-11-22T10:00:00Z</u:Created></u:Timestamp>\n\
         <ds:Signature xmlns:ds=\"{DS}\" Id=\"_2\"><ds:SignedInfo>\n\
         <ds:CanonicalizationMethod Algorithm=\"{EXC_C14N}\">\
         <ec:InclusiveNamespaces xmlns:ec=\"{EXC_C14N}\" PrefixList=\"S o\"/></ds:CanonicalizationMethod>\n\
         <ds:SignatureMethod Algorithm=\"{}\"/>{}{}</ds:SignedInfo>\n<ds:SignatureValue/>\
         <ds:KeyInfo><o:SecurityTokenReference><ds:X509Data/></o:SecurityTokenReference></ds:KeyInfo>\
         </ds:Signature></o:Security></S:Header>\
         <S:Body u:Id=\"_3\">\n<useIDResponse xmlns=\"http://bsi.bund.de/eID/\" b=\"2\" a='&lt;\"&#x1E9E;&#10;'>\
         <![CDATA[a < b]]> &#228;<!-- c --><x/>\r\n</useIDResponse></S:Body></S:Envelope>",
        algorithm.uri(),
        reference("_1", "un #default o S"),
        reference("_3", "un"),
    )
}

#[test]
fn we_take_what_xmlsec_signs() {
    if !present() {
        return;
    }
    let folder = Folder::new();
    for (pair, algorithm) in [
        (&RSA, Algorithm::RsaSha256),
        (&RSA, Algorithm::RsaSha512),
        (&P256, Algorithm::EcdsaSha256),
        (&P384, Algorithm::EcdsaSha384),
    ] {
        let key = folder.put("key.pem", &pem("PRIVATE KEY", &pair.key));
        let template = folder.put("template.xml", &template(algorithm));
        let out = xmlsec("--sign").arg("--privkey-pem").arg(&key).arg(&template).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let text = String::from_utf8(out.stdout).unwrap();

        let signed = verified(&text, &[RSA.signer(), P256.signer(), P384.signer()]).unwrap();
        let body = parse(&signed.body, Limits::MESSAGE).unwrap();
        let response = body.root().one_of("http://bsi.bund.de/eID/", "useIDResponse").unwrap();
        assert_eq!(response.attribute("a"), Some("<\"\u{1E9E}\n"));
        assert!(signed.body.contains("a &lt; b ä<x>"), "{}", signed.body);
        assert!(signed.body.contains("urn:unused"), "a prefix of the list is kept");
        assert_eq!(
            verified(&text.replace("a < b", "a < c"), &[pair.signer()]),
            Err(SignatureError::Digest),
            "{}",
            algorithm.name()
        );
    }
}
