//! The house's own terminal against its own card, what is refused, and garbage. The recordings of other people's
//! programs are in `tests/eid_recordings.rs`.

use jiff::civil::{Date, date};

use super::certificate::{Certificate, Extensions, Reference};
use super::chat::{Chat, Right, Rights, Role};
use super::curve::Curve;
use super::data_groups::DataGroup;
use super::issue::{Request, issue};
use super::key::PrivateKey;

mod apdus;
mod chains;
mod contents;
mod garbage;
mod keys;
mod sessions;
mod signers;
mod tlv;

const TODAY: Date = date(2026, 11, 22);

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// The same keys in every run; which seed gives which key does not matter.
fn key(curve: Curve, seed: u8) -> PrivateKey {
    let mut draw = 0_u8;
    let mut fill = |bytes: &mut [u8]| {
        draw += 1;
        let hash = super::curve::Hash::Sha512.of(&[&[seed, draw]]);
        bytes.copy_from_slice(&hash[..bytes.len()]);
    };
    PrivateKey::draw(curve, &mut fill).unwrap()
}

fn reference(name: &str) -> Reference {
    Reference::new(name).unwrap()
}

fn request(authority: &str, holder: &str, role: Role, rights: Rights) -> Request {
    Request {
        authority: reference(authority),
        holder: reference(holder),
        chat: Chat { role, rights },
        effective: date(2026, 11, 1),
        expiration: date(2026, 11, 30),
        extensions: Extensions::default(),
    }
}

/// A small public key infrastructure: a root, a document verifier, a terminal.
struct Lab {
    root_key: PrivateKey,
    verifier_key: PrivateKey,
    terminal_key: PrivateKey,
    root: Certificate,
    verifier: Certificate,
    terminal: Certificate,
}

impl Lab {
    fn new(curve: Curve, extensions: Extensions) -> Self {
        let [root_key, verifier_key, terminal_key] = [1, 2, 3].map(|seed| key(curve, seed));
        let all = Rights::ALL;
        let asked = [
            Right::AgeVerification,
            Right::RestrictedIdentification,
            Right::Read(DataGroup::GivenNames),
            Right::Read(DataGroup::PlaceOfResidence),
        ];
        let asked: Rights = asked.into_iter().collect();
        let root = request("DECVCATEST00001", "DECVCATEST00001", Role::Cvca, all);
        let verifier = request("DECVCATEST00001", "DEDVTEST00001", Role::Verifier, all);
        let mut terminal = request("DEDVTEST00001", "DETERMINAL00001", Role::Terminal, asked);
        terminal.extensions = extensions;
        Self {
            root: issue(&root, root_key.public(), &root_key).unwrap(),
            verifier: issue(&verifier, verifier_key.public(), &root_key).unwrap(),
            terminal: issue(&terminal, terminal_key.public(), &verifier_key).unwrap(),
            root_key,
            verifier_key,
            terminal_key,
        }
    }
}
