use super::super::Refused;
use super::*;
use crate::cvc::certificate::CertificateError;
use crate::cvc::chain::ChainError;
use crate::cvc::key::KeyError;
use crate::cvc::oid;
use crate::cvc::restricted_identification::Sector;

fn rights(rights: &[Right]) -> Rights {
    rights.iter().copied().collect()
}

fn entered(holder: &str) -> Card {
    let mut card = LAB.card(holder);
    card.enter(pace()).unwrap();
    card
}

/// Up to the point where only the signature is missing: the card, its challenge, the ephemeral key.
fn challenged() -> (Card, [u8; 8], PrivateKey) {
    let mut card = entered("erika");
    for certificate in LAB.chain() {
        card.verify_certificate(certificate, TODAY).unwrap();
    }
    let challenge = card.challenge(&dice(3)).unwrap();
    (card, challenge, key(CURVE, &dice(4)))
}

#[test]
fn everything_has_its_time() {
    let mut card = LAB.card("erika");
    let nobody = Claim { ephemeral: &[0; 32], auxiliary_data: &[], signature: &[0; 64] };
    assert_eq!(card.verify_certificate(LAB.chain()[0], TODAY), Err(Refused::Order));
    assert_eq!(card.challenge(&dice(1)), Err(Refused::Order));
    assert_eq!(card.authenticate_terminal(&nobody), Err(Refused::Order));
    assert_eq!(card.card_security(), Err(Refused::Order));
    assert_eq!(card.authenticate_chip(None, &[4; 65], &dice(1)), Err(Refused::Order));
    assert_eq!(card.transmit(&Command::select_eid().encode().unwrap()), [0x69, 0x82]);

    card.enter(pace()).unwrap();
    assert_eq!(card.enter(pace()), Err(Refused::Order), "PACE comes once");
    assert_eq!(card.authenticate_terminal(&nobody), Err(Refused::Order), "no chain");
    card.verify_certificate(LAB.chain()[0], TODAY).unwrap();
    card.challenge(&dice(1)).unwrap();
    assert_eq!(card.authenticate_terminal(&nobody), Err(Refused::Order), "a chain without a terminal");
    assert_eq!(card.card_security(), Err(Refused::Order));
    assert_eq!(card.authenticate_chip(None, &[4; 65], &dice(1)), Err(Refused::Order));

    let mut card = LAB.card("erika");
    let ephemeral = admit(&LAB, &mut card, pace(), &compared());
    assert_eq!(card.verify_certificate(LAB.chain()[0], TODAY), Err(Refused::Order));
    assert_eq!(card.challenge(&dice(1)), Err(Refused::Order));
    assert_eq!(card.transmit(&[]), [0x69, 0x82], "nothing before chip authentication");
    card.authenticate_chip(None, ephemeral.public().point(), &dice(1)).unwrap();
    let again = card.authenticate_chip(None, ephemeral.public().point(), &dice(1));
    assert_eq!(again, Err(Refused::Order));
}

#[test]
fn certificates_that_lead_nowhere_are_refused() {
    let mut card = entered("erika");
    let refused = card.verify_certificate(&[0x7F, 0x21, 0x01], TODAY).unwrap_err();
    assert!(matches!(refused, Refused::Certificate(CertificateError::Form(_))));
    let refused = card.verify_certificate(LAB.terminal.as_bytes(), TODAY).unwrap_err();
    assert_eq!(refused, Refused::Chain(ChainError::UnknownRoot(LAB.terminal.authority.clone())));
    assert_eq!(refused.status(), Status::DATA_NOT_FOUND);
    let later = date(2026, 12, 1);
    let refused = card.verify_certificate(LAB.verifier.as_bytes(), later).unwrap_err();
    assert_eq!(refused, Refused::Chain(ChainError::Date(LAB.root.holder.clone())));

    let other = Lab::new(Curve::P256, asked_rights());
    let refused = card.verify_certificate(other.verifier.as_bytes(), TODAY).unwrap_err();
    assert_eq!(refused.status(), Status::VERIFICATION_FAILED, "a root of the same name, another key");
    // None of it did harm, and a chain may be begun twice.
    for certificate in LAB.chain().into_iter().chain(LAB.chain()) {
        card.verify_certificate(certificate, TODAY).unwrap();
    }
    // A terminal certifies nobody.
    let below = request("DETERMINAL00001", "DETERMINAL00002", Role::Terminal, Rights::ALL);
    let below = issue(&below, LAB.terminal_key.public(), &LAB.terminal_key).unwrap();
    let refused = card.verify_certificate(below.as_bytes(), TODAY);
    assert_eq!(refused, Err(Refused::Chain(ChainError::Role(below.holder.clone()))));
}

#[test]
fn a_wrong_signature_ends_the_session() {
    let asked = compared().encode().unwrap();
    let less = AuxiliaryData::default().encode().unwrap();
    type Change = fn(&mut Vec<u8>, &mut [u8; 8]);
    let changes: [(&str, Change); 3] = [
        ("another card", |id_picc, _| id_picc[0] ^= 1),
        ("an older challenge", |_, challenge| challenge[7] ^= 1),
        ("nothing", |_, _| {}),
    ];
    for (what, change) in changes {
        let (mut card, mut challenge, ephemeral) = challenged();
        let mut id_picc = pace().id_picc;
        change(&mut id_picc, &mut challenge);
        let signature = sign(&LAB, &id_picc, &challenge, ephemeral.public(), &asked);
        // What the terminal signed for comparison is not what it sends.
        let sent = if what == "nothing" { &less } else { &asked };
        let claim =
            Claim { ephemeral: ephemeral.public().compressed(), auxiliary_data: sent, signature: &signature };
        assert_eq!(card.authenticate_terminal(&claim), Err(Refused::Signature), "{what}");
        assert_eq!(card.authenticate_terminal(&claim), Err(Refused::Order), "{what}: closed");
        assert_eq!(card.challenge(&dice(1)), Err(Refused::Order), "{what}: closed");
    }
}

#[test]
fn a_challenge_serves_one_try() {
    let (mut card, challenge, ephemeral) = challenged();
    let signature = sign(&LAB, &pace().id_picc, &challenge, ephemeral.public(), &[]);
    let claim = |auxiliary_data| Claim {
        ephemeral: ephemeral.public().compressed(),
        auxiliary_data,
        signature: &signature,
    };
    let garbage = card.authenticate_terminal(&claim(&[0x67, 0x01])).unwrap_err();
    assert_eq!(garbage.status(), Status::WRONG_DATA);
    assert_eq!(card.authenticate_terminal(&claim(&[])), Err(Refused::Order));
    let (mut card, _, _) = challenged();
    let short = Claim { ephemeral: &ephemeral.public().compressed()[1..], ..claim(&[]) };
    assert_eq!(card.authenticate_terminal(&short), Err(Refused::Ephemeral(KeyError::Point)));
}

#[test]
fn the_ephemeral_key_is_the_one_that_was_signed() {
    let other = key(CURVE, &dice(11));
    let cases: [(&str, Option<u32>, Vec<u8>); 4] = [
        ("another key", None, other.public().point().to_vec()),
        ("no point", None, vec![4; 65]),
        ("no key of this number", Some(0x42), Vec::new()),
        ("nothing", Some(0x41), Vec::new()),
    ];
    for (what, key_id, point) in cases {
        let mut card = LAB.card("erika");
        admit(&LAB, &mut card, pace(), &compared());
        let refused = card.authenticate_chip(key_id, &point, &dice(1)).unwrap_err();
        let expected = match what {
            "another key" => Refused::OtherEphemeral,
            "no key of this number" => Refused::NoSuchKey,
            _ => Refused::Ephemeral(KeyError::Point),
        };
        assert_eq!(refused, expected, "{what}");
        assert_eq!(card.card_security(), Err(Refused::Order), "{what}: closed");
    }
}

#[test]
fn a_terminal_gets_what_chain_and_holder_allow() {
    let few = rights(&[Right::Read(DataGroup::GivenNames), Right::Read(DataGroup::FamilyNames)]);
    let confirmed = rights(&[Right::Read(DataGroup::FamilyNames), Right::Read(DataGroup::DateOfBirth)]);
    let lab = Lab::new(CURVE, few);
    let mut reading = Reading::begun(&lab, lab.card("erika"), Pace { confirmed, ..pace() });
    assert!(reading.read(DataGroup::FamilyNames).is_ok());
    for withheld in [
        DataGroup::GivenNames,
        DataGroup::DateOfBirth,
        // Without the right nobody learns that there is no such file.
        DataGroup::ResidencePermit1,
    ] {
        assert_eq!(reading.read(withheld), Err(Status::SECURITY_STATUS), "{withheld:?}");
    }
    assert_eq!(reading.status(&Command::verify(oid::DATE_OF_BIRTH)), Status::SECURITY_STATUS);
    assert_eq!(reading.status(&Command::verify(oid::COMMUNITY_ID)), Status::SECURITY_STATUS);
    assert_eq!(reading.status(&Command::verify(oid::DATE_OF_EXPIRY)), Status::OK, "needs no right");
    assert_eq!(reading.status(&lab.sector.select(2)), Status::OK);
    assert_eq!(reading.status(&lab.sector.ask(Sector::First).unwrap()), Status::SECURITY_STATUS);
    // The block list may be asked without.
    assert_eq!(reading.status(&lab.revocation.select(1)), Status::OK);
    assert_eq!(reading.status(&lab.revocation.ask(Sector::Second).unwrap()), Status::OK);
}

#[test]
fn the_printed_number_opens_only_with_a_right_of_its_own() {
    let by_number = || Pace { password: Password::Can, ..pace() };
    let mut reading = Reading::begun(&LAB, LAB.card("erika"), by_number());
    assert_eq!(reading.read(DataGroup::FamilyNames), Err(Status::SECURITY_STATUS));
    let lab = Lab::new(CURVE, asked_rights().with(Right::CanAllowed));
    let mut reading = Reading::begun(&lab, lab.card("erika"), by_number());
    assert!(reading.read(DataGroup::FamilyNames).is_ok());
}

#[test]
fn pseudonyms_are_for_the_sectors_of_the_certificate() {
    let mut reading = Reading::begun(&LAB, LAB.card("erika"), pace());
    let stranger = SectorKey::new(Hash::Sha256, key(CURVE, &dice(12)).public().clone()).unwrap();
    let elsewhere = SectorKey::new(Hash::Sha256, key(Curve::P256, &dice(12)).public().clone()).unwrap();
    let ask = |key: &SectorKey, sector| key.ask(sector).unwrap();
    assert_eq!(reading.status(&ask(&LAB.sector, Sector::First)), Status::CONDITIONS, "no key chosen");
    assert_eq!(reading.status(&LAB.sector.select(3)), Status::DATA_NOT_FOUND);
    assert_eq!(reading.status(&LAB.sector.select(2)), Status::OK);
    assert_eq!(reading.status(&ask(&stranger, Sector::First)), Status::SECURITY_STATUS);
    assert_eq!(reading.status(&ask(&elsewhere, Sector::First)), Status::SECURITY_STATUS);
    assert_eq!(reading.status(&ask(&LAB.sector, Sector::Second)), Status::SECURITY_STATUS, "the other one");
    let longer = SectorKey::new(Hash::Sha384, key(CURVE, &dice(12)).public().clone()).unwrap();
    assert_eq!(reading.status(&ask(&longer, Sector::First)), Status::WRONG_DATA, "another protocol");
    let mut garbage = ask(&LAB.sector, Sector::First);
    garbage.data.truncate(40);
    assert_eq!(reading.status(&garbage), Status::WRONG_DATA);
    let mut garbage = LAB.sector.select(2);
    garbage.data.pop();
    assert_eq!(reading.status(&garbage), Status::WRONG_DATA);
    assert_eq!(reading.status(&ask(&LAB.sector, Sector::First)), Status::OK, "and still the right one");
}

#[test]
fn what_was_not_signed_is_not_compared() {
    let mut card = LAB.card("erika");
    let ephemeral = admit(&LAB, &mut card, pace(), &AuxiliaryData::default());
    let proof = card.authenticate_chip(None, ephemeral.public().point(), &dice(1)).unwrap();
    let signers = [DocumentSigner::trusted(&LAB.signer).unwrap()];
    let infos = card_security::verify(card.card_security().unwrap(), &signers, TODAY).unwrap();
    let chip = infos.chip_keys[0].clone();
    let keys =
        chip_authentication::terminal(chip.protocol, &ephemeral, &chip.key, &proof.nonce, &proof.token);
    let mut reading = Reading { card, messaging: Terminal::new(keys.unwrap()), infos };
    // The application was not selected yet.
    let expiry = Command::verify(oid::DATE_OF_EXPIRY);
    assert_eq!(reading.status(&expiry), Status::CONDITIONS);
    assert_eq!(reading.status(&Command::read(DataGroup::GivenNames)), Status::NO_FILE_SELECTED);
    assert_eq!(reading.status(&Command::select_eid()), Status::OK);
    for id in [oid::DATE_OF_BIRTH, oid::DATE_OF_EXPIRY, oid::COMMUNITY_ID, oid::SECTOR] {
        assert_eq!(reading.status(&Command::verify(id)), Status::DATA_NOT_FOUND);
    }
}

#[test]
fn commands_that_a_card_does_not_have() {
    let mut reading = Reading::begun(&LAB, LAB.card("erika"), pace());
    let command = |cla, ins, p1, p2, data: &[u8]| Command { cla, ins, p1, p2, data: data.to_vec(), le: None };
    let cases = [
        (command(0, 0xD6, 0x91, 0, b"x"), Status::NO_INSTRUCTION),
        (command(0, 0x20, 0, 3, b"123456"), Status::NO_INSTRUCTION),
        (command(0, 0x84, 0, 0, &[]), Status::NO_INSTRUCTION),
        (command(0x80, 0xB0, 0x84, 0, &[]), Status::NO_INSTRUCTION),
        (command(0x10, 0x86, 0, 0, b"x"), Status::NO_CHAINING),
        (command(0xA0, 0xA4, 0, 0, &[]), Status::NO_CLASS),
        (command(0, 0xA4, 4, 0x0C, b"other"), Status::FILE_NOT_FOUND),
        (command(0, 0xA4, 4, 0, crate::cvc::apdu::EID_APPLICATION), Status::WRONG_PARAMETERS),
        (command(0x80, 0x20, 0x80, 1, &[6, 1, 0]), Status::WRONG_PARAMETERS),
        (command(0x80, 0x20, 0x80, 0, b"x"), Status::WRONG_DATA),
        (command(0, 0x22, 0xC1, 0xA4, &[]), Status::WRONG_PARAMETERS),
        (command(0, 0xB0, 0x84, 0, b"x"), Status::WRONG_LENGTH),
    ];
    for (command, status) in cases {
        assert_eq!(reading.status(&command), status, "{command:02x?}");
    }
    assert!(reading.read(DataGroup::GivenNames).is_ok(), "none of them ended the session");
}

#[test]
fn what_is_not_secured_ends_the_session() {
    let select = Command::select_eid().encode().unwrap();
    let begun = || Reading::begun(&LAB, LAB.card("erika"), pace());
    let mut wrong_checksum = begun();
    let mut secured = wrong_checksum.messaging.wrap(&Command::read(DataGroup::GivenNames)).unwrap();
    let good = secured.clone();
    let checksum = secured.len() - 2;
    secured[checksum] ^= 1;
    let without_checksum = [0x0C, 0xB0, 0x84, 0x00, 0x03, 0x97, 0x01, 0x00, 0x00];
    for (what, command, status) in [
        ("in the clear", select.as_slice(), [0x69, 0x87]),
        ("without checksum", &without_checksum, [0x69, 0x87]),
        ("a wrong checksum", &secured, [0x69, 0x88]),
        ("cut off", &good[..good.len() - 4], [0x69, 0x88]),
        ("nothing", &[], [0x69, 0x87]),
    ] {
        let mut reading = begun();
        assert_eq!(reading.card.transmit(command), status, "{what}");
        let next = reading.messaging.wrap(&Command::read(DataGroup::GivenNames)).unwrap();
        assert_eq!(reading.card.transmit(&next), [0x69, 0x82], "{what}: closed for good");
        assert_eq!(reading.card.card_security(), Err(Refused::Order));
    }
    // The same command twice.
    let mut reading = begun();
    let once = reading.messaging.wrap(&Command::read(DataGroup::GivenNames)).unwrap();
    assert!(reading.card.transmit(&once).len() > 2);
    assert_eq!(reading.card.transmit(&once), [0x69, 0x88]);
}

#[test]
fn kept_keys_are_read_as_they_were_written() {
    let keys = CardKeys::make(CURVE, (&LAB.signer, &LAB.signer_key), &dice(5)).unwrap();
    let kept = serde_json::to_value(&keys).unwrap();
    for field in ["chip", "revocation", "pseudonym"] {
        let mut changed = kept.clone();
        changed[field]["secret"] = vec![0; 32].into();
        assert!(serde_json::from_value::<CardKeys>(changed).is_err(), "{field}");
    }
    assert!(serde_json::from_value::<CardKeys>(kept).is_ok());
}
