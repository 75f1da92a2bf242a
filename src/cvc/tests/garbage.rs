//! No parser of foreign bytes panics: neither on noise nor on good bytes with some of them changed.

use std::sync::LazyLock;

use jiff::civil::date;
use proptest::prelude::*;

use super::super::apdu::{Command, Response};
use super::super::auxiliary_data::AuxiliaryData;
use super::super::card_security;
use super::super::certificate::{Certificate, Extensions};
use super::super::chat::Chat;
use super::super::chip_authentication::{Protocol, SessionKeys};
use super::super::curve::{Curve, Hash};
use super::super::data_groups::DataGroup;
use super::super::description::Description;
use super::super::document_signer::{self, DocumentSigner};
use super::super::key::PublicKey;
use super::super::place::PartialDate;
use super::super::restricted_identification::{Sector, SectorKey};
use super::super::secure_messaging::{Card, Terminal};
use super::super::security_infos::{ChipKey, RestrictedKey, SecurityInfos};
use super::super::tlv::Reader;
use super::{Lab, TODAY, key, unhex};

/// Everything that parses, on the same bytes.
fn parse_all(bytes: &[u8]) {
    let _ = Certificate::parse(bytes);
    let _ = Chat::parse(bytes);
    let _ = Description::parse(bytes);
    let _ = AuxiliaryData::parse(bytes);
    let _ = SecurityInfos::parse(bytes);
    let _ = DocumentSigner::trusted(bytes);
    let _ = card_security::carried_certificate(bytes);
    let _ = card_security::verify(bytes, std::slice::from_ref(&SAMPLES.signer), TODAY);
    let _ = SectorKey::parse(bytes);
    let _ = SectorKey::asked(bytes);
    let _ = SAMPLES.sector.pseudonym(Sector::First, bytes);
    let _ = Command::parse(bytes);
    let _ = Response::parse(bytes);
    let _ = PublicKey::from_point(Curve::P256, bytes);
    let _ = SAMPLES.signer.key.verify(Hash::Sha256, b"", bytes);
    let _ = SAMPLES.signer.key.verify_der(Hash::Sha256, b"", bytes);
    let _ = PartialDate::new(&String::from_utf8_lossy(bytes));
    for group in DataGroup::ALL {
        let _ = group.decode(bytes);
    }
    let keys = || SessionKeys::derive(Protocol::Aes128, b"", b"");
    let _ = Card::new(keys()).unwrap(bytes);
    let mut terminal = Terminal::new(keys());
    terminal.wrap(&Command::select_eid()).unwrap();
    let _ = terminal.unwrap(bytes);
    walk(Reader::ber(bytes).unwrap());
}

fn walk(mut reader: Reader<'_>) {
    while let Ok(object) = reader.object() {
        let _ = (object.text(), object.small_integer(), object.bits());
        if let Ok(inside) = object.inside() {
            walk(inside);
        }
    }
}

struct Samples {
    signer: DocumentSigner,
    sector: SectorKey,
    good: Vec<Vec<u8>>,
}

static SAMPLES: LazyLock<Samples> = LazyLock::new(|| {
    let (signer_key, chip) = (key(Curve::P256, 1), key(Curve::P256, 2));
    let lab = Lab::new(
        Curve::P256,
        Extensions {
            description: Some(vec![1; 32]),
            first_sector: Some(vec![2; 32]),
            second_sector: Some(vec![3; 32]),
        },
    );
    let infos = SecurityInfos::new(
        vec![ChipKey { protocol: Protocol::Aes128, key: chip.public().clone(), key_id: Some(1) }],
        vec![RestrictedKey { hash: Hash::Sha256, key_id: 1, authorized_only: true }],
    );
    let certificate =
        document_signer::issue_for_lab(&signer_key, "Lab", date(2026, 1, 1), date(2036, 1, 1)).unwrap();
    let sector = SectorKey::new(Hash::Sha256, chip.public().clone()).unwrap();
    let keys = SessionKeys::derive(Protocol::Aes128, b"", b"");
    let good = vec![
        lab.root.as_bytes().to_vec(),
        lab.terminal.as_bytes().to_vec(),
        lab.terminal.chat.encode(),
        Description { tls_hashes: vec![vec![1; 32]], ..Description::default() }.encode(),
        AuxiliaryData { born_by: Some(TODAY), valid_on: Some(TODAY), community: Some(vec![2]) }
            .encode()
            .unwrap(),
        infos.encode(),
        card_security::sign_for_lab(&infos, &certificate, &signer_key).unwrap(),
        certificate.clone(),
        sector.encode(),
        sector.ask(Sector::First).unwrap().data,
        sector.answer(Sector::First, &chip).unwrap(),
        unhex(
            "712d302baa120c10484549444553545241e1ba9e45203137ab070c054bc3964c4ead03130144ae0713053531313437",
        ),
        unhex("690aa1080c064245524c494e"),
        unhex("680a12083139363430383132"),
        Terminal::new(keys.clone()).wrap(&Command::read(DataGroup::GivenNames)).unwrap(),
        unhex("8711015b1d86230e544f73de7acbaca419551b990290008e08de71040a527268b99000"),
    ];
    Samples { signer: DocumentSigner::trusted(&certificate).unwrap(), sector, good }
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn noise(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        parse_all(&bytes);
    }

    #[test]
    fn good_bytes_changed(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = which.get(&SAMPLES.good).clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        parse_all(&bytes);
    }
}
