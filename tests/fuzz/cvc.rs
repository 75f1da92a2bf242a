//! The room `cvc`: what services, authorities and citizens' programs send.

use torhaus::cvc::auxiliary_data::AuxiliaryData;
use torhaus::cvc::certificate::{Certificate, CertificateError};
use torhaus::cvc::chain::{self, MAX_CHAIN};
use torhaus::cvc::chat::{Chat, Role};
use torhaus::cvc::curve::{Curve, Hash};
use torhaus::cvc::description::{self, Description};
use torhaus::cvc::issue::{Request, issue};
use torhaus::cvc::restricted_identification::{Sector, SectorKey};
use torhaus::cvc::tlv::{self, MAX_DEPTH, Object, Reader};

use super::lab::{LAB, TODAY};
use super::recording::Recording;
use super::table::Target;

pub const TARGETS: &[Target] = &[
    Target { name: "cvc_certificates", look: certificates, seeds: certificate_seeds },
    Target { name: "cvc_objects", look: objects, seeds: object_seeds },
];

/// Certificates one after the other: each alone, and all of them as a chain.
fn certificates(bytes: &[u8]) -> bool {
    let mut chain = Vec::new();
    let mut rest = bytes;
    while let Some(whole) = Reader::der(rest).and_then(|mut r| r.object()).ok().map(|object| object.whole) {
        let Ok(certificate) = Certificate::parse(whole) else { break };
        certificate_holds(&certificate, whole);
        chain.push(certificate);
        rest = &rest[whole.len()..];
    }
    if rest == bytes {
        assert!(Certificate::parse(bytes).is_err(), "a certificate that is no object");
        return false;
    }
    if let Ok(terminal) = chain::verify(std::slice::from_ref(&LAB.root), &chain, TODAY) {
        assert!(chain.len() <= MAX_CHAIN);
        for certificate in &chain {
            assert!(terminal.rights.within(certificate.chat.rights), "a right that was not granted");
            assert!(LAB.signed().iter().any(|own| own.body() == certificate.body()), "a forged certificate");
        }
        assert_eq!(terminal.holder, LAB.terminal.holder);
    }
    true
}

fn certificate_holds(certificate: &Certificate, whole: &[u8]) {
    assert_eq!(certificate.as_bytes(), whole);
    assert!(
        certificate.key.curve.is_none() || certificate.chat.role == Role::Cvca,
        "a curve that is inherited"
    );
    let Some(subject) = Curve::ALL.into_iter().find_map(|curve| certificate.key.public(curve).ok()) else {
        return;
    };
    let request = Request {
        authority: certificate.authority.clone(),
        holder: certificate.holder.clone(),
        chat: certificate.chat,
        effective: certificate.effective,
        expiration: certificate.expiration,
        extensions: certificate.extensions.clone(),
    };
    match issue(&request, &subject, &LAB.root_key) {
        Ok(anew) => {
            assert_eq!((&anew.authority, &anew.holder), (&certificate.authority, &certificate.holder));
            assert_eq!((anew.effective, anew.expiration), (certificate.effective, certificate.expiration));
            assert_eq!((anew.chat, &anew.extensions), (certificate.chat, &certificate.extensions));
            assert_eq!(anew.key.point, certificate.key.point);
        }
        // The domain parameters were added.
        Err(error) => assert_eq!(error, CertificateError::TooLong),
    }
}

fn certificate_seeds() -> Vec<Vec<u8>> {
    let joined = |certificates: &[&Certificate]| {
        certificates.iter().flat_map(|certificate| certificate.as_bytes()).copied().collect()
    };
    let mut seeds: Vec<Vec<u8>> = vec![
        joined(&[&LAB.verifier, &LAB.terminal]),
        joined(&[&LAB.link, &LAB.verifier_of_link, &LAB.terminal]),
        joined(&[&LAB.root]),
    ];
    for recording in Recording::both() {
        seeds.push(["dv_cert", "at_cert"].map(|name| recording.bytes(name)).concat());
    }
    seeds
}

/// The smaller objects, each known by its tag: the description of a certificate, an authorisation, auxiliary data,
/// what restricted identification says. And TLV itself.
fn objects(bytes: &[u8]) -> bool {
    let mut taken = tlv_holds(bytes);
    if let Ok(chat) = Chat::parse(bytes) {
        assert_eq!(chat.encode(), bytes);
        taken = true;
    }
    if let Ok(description) = Description::parse(bytes) {
        let written = description.encode();
        assert!(written.len() <= bytes.len());
        let hash = Hash::Sha256.of(&[&written]);
        assert_eq!(description::bound(&written, Hash::Sha256, &hash), Ok(description));
        taken = true;
    }
    if let Ok(data) = AuxiliaryData::parse(bytes) {
        assert_eq!(AuxiliaryData::parse(&data.encode().unwrap()), Ok(data));
        taken = true;
    }
    if let Ok(sector) = SectorKey::parse(bytes) {
        assert_eq!(SectorKey::parse(&sector.encode()), Ok(sector));
        taken = true;
    }
    if let Ok((key, sector)) = SectorKey::asked(bytes) {
        assert_eq!(SectorKey::asked(&key.ask(sector).unwrap().data), Ok((key, sector)));
        taken = true;
    }
    for sector in [Sector::First, Sector::Second] {
        if let Ok(pseudonym) = LAB.sector.pseudonym(sector, bytes) {
            assert_eq!(pseudonym.len(), 32);
            taken = true;
        }
    }
    taken
}

/// Walks through everything as DER and as BER; whether the first object was well-formed DER.
fn tlv_holds(bytes: &[u8]) -> bool {
    let mut der = Reader::der(bytes).unwrap();
    let mut ber = Reader::ber(bytes).unwrap();
    while let Ok(strict) = der.object() {
        let lax = ber.object().unwrap();
        assert_eq!((strict.tag, strict.value, strict.whole), (lax.tag, lax.value, lax.whole));
        assert_eq!(tlv::write(strict.tag, &[strict.value]), strict.whole, "DER has one form");
        assert_eq!(tlv::only(strict.tag, strict.whole).unwrap().value, strict.value);
    }
    walk(Reader::ber(bytes).unwrap(), 0);
    Reader::der(bytes).is_ok_and(|mut reader| reader.object().is_ok())
}

fn walk(mut reader: Reader<'_>, depth: u8) {
    assert!(depth <= MAX_DEPTH);
    while let Ok(object) = reader.object() {
        contents_hold(&object);
        if let Ok(inside) = object.inside() {
            walk(inside, depth + 1);
        }
    }
}

fn contents_hold(object: &Object<'_>) {
    if let Ok(magnitude) = object.magnitude() {
        let written = tlv::write_integer(magnitude);
        assert_eq!(tlv::only(tlv::INTEGER, &written).unwrap().value, object.value, "an INTEGER has one form");
    }
    if let Ok(small) = object.small_integer() {
        let written = tlv::write_integer(&small.to_be_bytes());
        assert_eq!(tlv::only(tlv::INTEGER, &written).unwrap().value, object.value);
    }
    if let Ok(text) = object.text() {
        assert_eq!(text.as_bytes(), object.value);
    }
    if let Ok(bits) = object.bits() {
        assert_eq!(bits.len() + 1, object.value.len());
    }
}

fn object_seeds() -> Vec<Vec<u8>> {
    let recording = Recording::openpace();
    vec![
        LAB.terminal.chat.encode(),
        LAB.description.encode(),
        recording.bytes("certificate_description"),
        recording.bytes("required_chat"),
        recording.bytes("auxiliary_data"),
        recording.bytes("sector_public_object"),
        LAB.sector.encode(),
        LAB.sector.ask(Sector::First).unwrap().data,
        LAB.sector.ask(Sector::Second).unwrap().data,
        LAB.sector.answer(Sector::First, &LAB.chip).unwrap(),
        vec![0x02, 0x03, 0x00, 0x80, 0x01, 0x0C, 0x02, 0xC3, 0xA4, 0x03, 0x02, 0x00, 0xFF],
    ]
}
