//! Replays two recorded online authentications bit by bit: the certificates and keys of a test terminal, and what
//! AusweisApp with its card simulator, and AusweisApp with a card by OpenPACE, answered. The keys are throw-away.

use jiff::civil::date;

use torhaus::cvc::apdu::{Command, Status};
use torhaus::cvc::auxiliary_data::AuxiliaryData;
use torhaus::cvc::card_security::{self, NotAuthentic};
use torhaus::cvc::certificate::Certificate;
use torhaus::cvc::chain::{self, ChainError};
use torhaus::cvc::chat::{Chat, Right, Rights, Role};
use torhaus::cvc::chip_authentication::{self, ChipError, Protocol};
use torhaus::cvc::curve::Hash;
use torhaus::cvc::data_groups::{DataGroup, Value};
use torhaus::cvc::description::{self, Description, DescriptionError};
use torhaus::cvc::document_signer::{DocumentSigner, SignerError};
use torhaus::cvc::issue::{self, Request};
use torhaus::cvc::key::{KeyError, PrivateKey, PublicKey};
use torhaus::cvc::oid;
use torhaus::cvc::place::{PartialDate, Place, StructuredPlace};
use torhaus::cvc::restricted_identification::{RestrictedError, Sector, SectorKey};
use torhaus::cvc::secure_messaging::{Card, MessagingError, Terminal};
use torhaus::cvc::security_infos::SecurityInfos;
use torhaus::cvc::terminal_authentication::Session;

#[cfg(test)]
#[path = "eid/recording.rs"]
mod recording;

use recording::{BP256, Recording, TODAY, unhex};

#[test]
fn the_certificates_make_a_chain() {
    let recording = Recording::simulator();
    let terminal = recording.terminal();
    assert_eq!(terminal.holder.as_str(), "DETESTSMARTC01");
    assert_eq!(terminal.key, *recording.key("at_private").public());
    assert_eq!(terminal.hash, Hash::Sha256);
    for right in [
        Right::AgeVerification,
        Right::CommunityIdVerification,
        Right::RestrictedIdentification,
        Right::Read(DataGroup::FamilyNames),
        Right::Read(DataGroup::CommunityId),
    ] {
        assert!(terminal.rights.contains(right), "{right:?}");
    }
    for right in [
        Right::PinManagement,
        Right::Write(DataGroup::PlaceOfResidence),
        Right::Write(DataGroup::BirthName),
        Right::Read(DataGroup::Sex),
    ] {
        assert!(!terminal.rights.contains(right), "{right:?}");
    }
    assert_eq!(recording.certificate("cvca_cert").chat, Chat { role: Role::Cvca, rights: Rights::ALL });
}

#[test]
fn a_certificate_issued_anew_has_the_same_body() {
    let recording = Recording::simulator();
    for name in ["cvca_cert", "dv_cert", "at_cert"] {
        let recorded = recording.certificate(name);
        let request = Request {
            authority: recorded.authority.clone(),
            holder: recorded.holder.clone(),
            chat: recorded.chat,
            effective: recorded.effective,
            expiration: recorded.expiration,
            extensions: recorded.extensions.clone(),
        };
        let subject = recorded.key.public(BP256).unwrap();
        let issued = issue::issue(&request, &subject, &recording.key("at_private")).unwrap();
        assert_eq!(issued.body(), recorded.body(), "{name}");
        assert_eq!(recorded.as_bytes(), recording.bytes(name), "{name}");
    }
}

#[test]
fn the_description_is_the_one_that_the_certificate_binds() {
    let recording = Recording::simulator();
    let bytes = recording.bytes("certificate_description");
    let bound = recording.terminal().extensions.description.unwrap();
    let description = description::bound(&bytes, Hash::Sha256, &bound).unwrap();
    let expected = Description {
        issuer_name: "Smart City Test DV".to_owned(),
        issuer_url: Some("https://localhost/".to_owned()),
        subject_name: "Stadt Musterstadt (Testlabor)".to_owned(),
        subject_url: "https://localhost:8443".to_owned(),
        terms_of_usage: "Anbieter: Stadt Musterstadt\nZweck: Testlabor".to_owned(),
        redirect_url: None,
        tls_hashes: vec![recording.bytes("tls_cert_sha256")],
    };
    assert_eq!(description, expected);
    // The recorded one has its terms in an OCTET STRING, which is read but no longer written.
    assert_eq!(Description::parse(&description.encode()).unwrap(), description);
    let changed = Description { subject_name: "Stadt Anderswo".to_owned(), ..expected }.encode();
    assert_eq!(description::bound(&changed, Hash::Sha256, &bound).unwrap_err(), DescriptionError::OtherHash);
}

#[test]
fn what_is_asked_for_is_within_what_is_granted() {
    for recording in Recording::both() {
        let [required, optional, effective] =
            ["required_chat", "optional_chat", "eac1_output/CertificateHolderAuthorizationTemplate"].map(
                |name| {
                    let chat = Chat::parse(&recording.bytes(name)).unwrap();
                    assert_eq!(chat.encode(), recording.bytes(name));
                    assert_eq!(chat.role, Role::Terminal);
                    chat.rights
                },
            );
        let granted = recording.terminal().rights;
        assert!(required.within(effective) && effective.within(granted));
        assert!(optional.contains(Right::Read(DataGroup::BirthName)));
        assert!(!required.contains(Right::Read(DataGroup::BirthName)));
        assert!(effective.contains(Right::Read(DataGroup::DocumentType)));
    }
}

#[test]
fn the_auxiliary_data_are_written_and_read_back() {
    let recording = Recording::openpace();
    let data = AuxiliaryData {
        born_by: Some(date(2008, 11, 22)),
        valid_on: Some(TODAY),
        community: Some(vec![0x02, 0x76]),
    };
    assert_eq!(data.encode().unwrap(), recording.bytes("auxiliary_data"));
    assert_eq!(AuxiliaryData::parse(&recording.bytes("auxiliary_data")).unwrap(), data);
}

#[test]
fn terminal_authentication_is_what_the_card_accepted() {
    for recording in Recording::both() {
        let ephemeral = recording.key("ephemeral_private");
        assert_eq!(ephemeral.public().point(), recording.bytes("ephemeral_public"));
        let (id_picc, auxiliary_data) =
            (recording.bytes("eac1_output/IDPICC"), recording.bytes("auxiliary_data"));
        let challenge = recording.eight("eac1_output/Challenge");
        let session = Session {
            id_picc: &id_picc,
            challenge: &challenge,
            ephemeral: ephemeral.public(),
            auxiliary_data: &auxiliary_data,
        };
        let input = [
            recording.bytes("eac1_output/IDPICC"),
            recording.bytes("eac1_output/Challenge"),
            recording.bytes("ephemeral_public")[1..33].to_vec(),
            recording.bytes("auxiliary_data"),
        ];
        assert_eq!(session.input(), input.concat());
        let terminal = recording.terminal();
        session.verify(&terminal.key, terminal.hash, &recording.bytes("ta_signature")).unwrap();
        let ours = session.sign(&recording.key("at_private")).unwrap();
        session.verify(&terminal.key, terminal.hash, &ours).unwrap();

        // Another session, another card, other questions: the signature does not carry over.
        let other_challenge = [0xAA; 8];
        for wrong in [
            Session { challenge: &other_challenge, ..session },
            Session { id_picc: &[0; 32], ..session },
            Session { ephemeral: &terminal.key, ..session },
            Session { auxiliary_data: &[], ..session },
        ] {
            let refused = wrong.verify(&terminal.key, terminal.hash, &recording.bytes("ta_signature"));
            assert_eq!(refused, Err(KeyError::Signature));
        }
    }
}

#[test]
fn chip_authentication_yields_the_recorded_keys() {
    for recording in Recording::both() {
        let infos = recording.card_infos();
        assert_eq!(infos.chip_keys.len(), 1, "not the key for privileged terminals");
        assert_eq!(infos.chip_keys[0].protocol, Protocol::Aes128);
        let keys = recording.session_keys();
        assert_eq!(keys.encryption(), recording.bytes("k_enc"));
        assert_eq!(keys.authentication(), recording.bytes("k_mac"));

        let (ephemeral, nonce) = (recording.key("ephemeral_private"), recording.eight("eac2_output/Nonce"));
        let token = recording.eight("eac2_output/AuthenticationToken");
        let chip = &infos.chip_keys[0].key;
        let mut wrong = token;
        wrong[7] ^= 1;
        let by = |key: &PrivateKey, chip: &PublicKey, nonce, token| {
            chip_authentication::terminal(Protocol::Aes128, key, chip, nonce, token).unwrap_err()
        };
        assert_eq!(by(&ephemeral, chip, &nonce, &wrong), ChipError::Token);
        assert_eq!(by(&ephemeral, chip, &[9; 8], &token), ChipError::Token);
        assert_eq!(by(&ephemeral, ephemeral.public(), &nonce, &token), ChipError::Token);
        assert_eq!(by(&recording.key("at_private"), chip, &nonce, &token), ChipError::Token);
    }
}

#[test]
fn secure_messaging_is_the_same_bytes_on_both_sides() {
    for recording in Recording::both() {
        let exchanges = recording.exchanges();
        assert_eq!(exchanges.len(), 17);
        let mut terminal = Terminal::new(recording.session_keys());
        // All commands are written before the first answer is there, as the recorded server did.
        for exchange in &exchanges {
            assert_eq!(terminal.wrap(&exchange.plain).unwrap(), exchange.command, "{}", exchange.name);
        }
        let mut card = Card::new(recording.session_keys());
        for exchange in &exchanges {
            assert_eq!(terminal.unwrap(&exchange.response).unwrap(), exchange.answer, "{}", exchange.name);
            assert_eq!(card.unwrap(&exchange.command).unwrap(), exchange.plain, "{}", exchange.name);
            assert_eq!(card.wrap(&exchange.answer).unwrap(), exchange.response, "{}", exchange.name);
        }
    }
}

#[test]
fn the_commands_are_those_recorded() {
    let recording = Recording::simulator();
    let sector = recording.sector();
    let mut commands = vec![
        Command::select_eid(),
        Command::verify(oid::DATE_OF_BIRTH),
        Command::verify(oid::DATE_OF_EXPIRY),
        Command::verify(oid::COMMUNITY_ID),
        sector.select(1),
        sector.ask(Sector::First).unwrap(),
    ];
    let read = [1, 2, 3, 4, 5, 7, 8, 9, 13, 17, 18];
    commands.extend(DataGroup::ALL.into_iter().filter(|g| read.contains(&g.number())).map(Command::read));
    let recorded: Vec<Command> = recording.exchanges().into_iter().map(|e| e.plain).collect();
    assert_eq!(commands, recorded);
}

#[test]
fn secure_messaging_refuses_what_is_not_the_cards_answer() {
    let recording = Recording::openpace();
    let exchanges = recording.exchanges();
    let [first, second] = [&exchanges[0], &exchanges[1]];
    let begun = || {
        let mut terminal = Terminal::new(recording.session_keys());
        terminal.wrap(&first.plain).unwrap();
        terminal
    };
    let flipped = |at: usize| {
        let mut response = first.response.clone();
        response[at] ^= 1;
        response
    };
    let refusals: Vec<(&str, Vec<u8>, MessagingError)> = vec![
        ("the answer of the next command", second.response.clone(), MessagingError::Checksum),
        ("a changed status inside", flipped(3), MessagingError::Checksum),
        ("a changed status outside", flipped(first.response.len() - 1), MessagingError::Status),
        ("a changed checksum", flipped(8), MessagingError::Checksum),
        ("no protection at all", vec![0x69, 0x82], MessagingError::Unprotected(Status::SECURITY_STATUS)),
    ];
    for (what, response, expected) in refusals {
        let mut terminal = begun();
        assert_eq!(terminal.unwrap(&response), Err(expected), "{what}");
        assert_eq!(terminal.unwrap(&first.response), Err(MessagingError::Closed), "{what}");
        assert_eq!(terminal.wrap(&second.plain), Err(MessagingError::Closed), "{what}");
    }
    for length in 0..first.response.len() {
        assert!(begun().unwrap(&first.response[..length]).is_err(), "cut to {length}");
    }
    let mut terminal = begun();
    terminal.unwrap(&first.response).unwrap();
    assert_eq!(terminal.unwrap(&second.response), Err(MessagingError::Order), "nothing was asked");
    let mut card = Card::new(recording.session_keys());
    assert_eq!(card.unwrap(&second.command), Err(MessagingError::Checksum), "a skipped command");
    let mut card = Card::new(recording.session_keys());
    card.unwrap(&first.command).unwrap();
    card.wrap(&first.answer).unwrap();
    assert_eq!(card.unwrap(&first.command), Err(MessagingError::Checksum), "a repeated command");
}

#[test]
fn the_data_groups_say_who_it_is() {
    let text = |text: &str| Value::Text(text.to_owned());
    let residence = |street: &str, city: &str| {
        Value::Places(vec![Place::Structured(StructuredPlace {
            street: Some(street.to_owned()),
            city: city.to_owned(),
            state: None,
            country: "D".to_owned(),
            zip_code: Some("51147".to_owned()),
        })])
    };
    let [simulator, openpace] = Recording::both();
    for recording in [&simulator, &openpace] {
        assert_eq!(recording.group(DataGroup::DocumentType), text("ID"));
        assert_eq!(recording.group(DataGroup::IssuingState), text("D"));
        assert_eq!(recording.group(DataGroup::GivenNames), text("ERIKA"));
        assert_eq!(recording.group(DataGroup::FamilyNames), text("MUSTERMANN"));
        assert_eq!(recording.group(DataGroup::AcademicTitle), text(""));
        let born = PartialDate::new("19640812").unwrap();
        assert_eq!(born.day(), Some(date(1964, 8, 12)));
        assert_eq!(recording.group(DataGroup::DateOfBirth), Value::PartialDate(born));
        let berlin = Value::Places(vec![Place::Freetext("BERLIN".to_owned())]);
        assert_eq!(recording.group(DataGroup::PlaceOfBirth), berlin);
    }
    assert_eq!(simulator.group(DataGroup::DateOfExpiry), Value::Date(date(2029, 10, 31)));
    assert_eq!(openpace.group(DataGroup::DateOfExpiry), Value::Date(date(2020, 10, 31)));
    assert_eq!(simulator.group(DataGroup::BirthName), text("GABLER"));
    assert_eq!(openpace.group(DataGroup::BirthName), text("Mein Geburtsname"));
    assert_eq!(simulator.group(DataGroup::PlaceOfResidence), residence("HEIDESTRAẞE 17", "KÖLN"));
    assert_eq!(openpace.group(DataGroup::PlaceOfResidence), residence("HEIDESTRASSE 17", "KOLN"));
    let community = |digits: &str| Value::CommunityId(unhex(digits));
    assert_eq!(simulator.group(DataGroup::CommunityId), community("02760503150000"));
    assert_eq!(openpace.group(DataGroup::CommunityId), community("02760378900276"));
}

#[test]
fn the_expired_card_says_so() {
    let status = |recording: Recording| {
        recording.exchanges().into_iter().find(|e| e.name == "verify expiry").unwrap().answer.status
    };
    assert_eq!(status(Recording::simulator()), Status::OK);
    assert_eq!(status(Recording::openpace()), Status::VERIFICATION_FAILED);
}

#[test]
fn restricted_identification_asks_with_the_bound_sector() {
    for recording in Recording::both() {
        let sector = recording.sector();
        assert_eq!(sector.encode(), recording.bytes("sector_public_object"));
        assert_eq!(SectorKey::parse(&recording.bytes("sector_public_object")).unwrap(), sector);
        let bound = recording.terminal().extensions;
        sector.check(Hash::Sha256, &bound, Sector::First).unwrap();
        assert_eq!(sector.check(Hash::Sha256, &bound, Sector::Second), Err(RestrictedError::OtherSector));
        let other = SectorKey::new(Hash::Sha256, recording.key("at_private").public().clone()).unwrap();
        assert_eq!(other.check(Hash::Sha256, &bound, Sector::First), Err(RestrictedError::OtherSector));

        let exchange = recording.exchanges().into_iter().find(|e| e.name == "RI").unwrap();
        assert_eq!(SectorKey::asked(&exchange.plain.data).unwrap(), (sector.clone(), Sector::First));
        let pseudonym = sector.pseudonym(Sector::First, &exchange.answer.data).unwrap();
        assert_eq!(pseudonym, exchange.answer.data[4..]);
        assert!(sector.pseudonym(Sector::Second, &exchange.answer.data).is_err());
        let ids: Vec<u32> = recording.card_infos().restricted_keys.iter().map(|key| key.key_id).collect();
        assert_eq!(ids.len(), 2, "one for services, one for the block list: {ids:?}");
    }
}

#[test]
fn passive_authentication_believes_the_pinned_signer_only() {
    let recording = Recording::simulator();
    let file = recording.bytes("eac2_output/EFCardSecurity");
    let signer = DocumentSigner::trusted(card_security::carried_certificate(&file).unwrap()).unwrap();
    assert_eq!((signer.not_before, signer.not_after), (date(2020, 1, 21), date(2030, 8, 21)));
    let pinned = std::slice::from_ref(&signer);
    let infos = card_security::verify(&file, pinned, TODAY).unwrap();
    assert_eq!(infos, recording.card_infos());
    let card_access = SecurityInfos::parse(&recording.bytes("eac1_output/EFCardAccess")).unwrap();
    assert!(infos.confirms(&card_access));

    let refused = |file: &[u8], signers: &[DocumentSigner], today| {
        card_security::verify(file, signers, today).unwrap_err()
    };
    assert_eq!(refused(&file, &[], TODAY), NotAuthentic::UnknownSigner);
    assert_eq!(refused(&file, pinned, date(2019, 1, 1)), NotAuthentic::SignerDate);
    assert_eq!(refused(&file, pinned, date(2030, 8, 22)), NotAuthentic::SignerDate);
    let mut impostor = signer.clone();
    impostor.key = recording.key("at_private").public().clone();
    assert_eq!(refused(&file, &[impostor], TODAY), NotAuthentic::Signature);
    let changed = |needle: &[u8]| {
        let mut file = file.clone();
        let at = file.windows(needle.len()).position(|window| window == needle).unwrap();
        file[at + needle.len()] ^= 1;
        file
    };
    // The x coordinate of the chip's key; the digest among the signed attributes.
    let key = changed(&unhex("03420004"));
    assert_eq!(refused(&key, pinned, TODAY), NotAuthentic::Digest);
    let digest = changed(&unhex("06092a864886f70d01090431420440"));
    assert_eq!(refused(&digest, pinned, TODAY), NotAuthentic::Signature);
    for length in 0..file.len() {
        assert!(card_security::verify(&file[..length], pinned, TODAY).is_err(), "cut to {length}");
    }
}

#[test]
fn the_card_of_openpace_cannot_be_authenticated() {
    // Its signer's key is on brainpoolP224r1, which no arithmetic at hand covers; a genuine card of today has another.
    let file = Recording::openpace().bytes("eac2_output/EFCardSecurity");
    let certificate = card_security::carried_certificate(&file).unwrap();
    assert_eq!(DocumentSigner::trusted(certificate).unwrap_err(), SignerError::Algorithm);
    assert_eq!(card_security::verify(&file, &[], TODAY), Err(NotAuthentic::UnknownSigner));
}

#[test]
fn a_chain_that_is_not_right_is_refused() {
    let recording = Recording::simulator();
    let [root, verifier, terminal] =
        ["cvca_cert", "dv_cert", "at_cert"].map(|name| recording.certificate(name));
    let refused = |root: &Certificate, chain: &[&Certificate], today| {
        let chain: Vec<Certificate> = chain.iter().map(|c| (*c).clone()).collect();
        chain::verify(std::slice::from_ref(root), &chain, today).unwrap_err()
    };
    let name = |certificate: &Certificate| certificate.holder.clone();
    assert_eq!(
        refused(&root, &[&verifier, &terminal], date(2026, 11, 25)),
        ChainError::Date(name(&terminal))
    );
    assert_eq!(refused(&root, &[&verifier, &terminal], date(2026, 11, 20)), ChainError::Date(name(&root)));
    assert_eq!(refused(&root, &[&verifier], TODAY), ChainError::Incomplete);
    assert_eq!(refused(&root, &[], TODAY), ChainError::Incomplete);
    assert_eq!(refused(&root, &[&terminal], TODAY), ChainError::UnknownRoot(terminal.authority.clone()));
    assert_eq!(refused(&verifier, &[&terminal], TODAY), ChainError::NotARoot(name(&verifier)));
    assert_eq!(refused(&root, &[&verifier, &verifier, &terminal], TODAY), ChainError::Order(name(&verifier)));
    // Inside the public key, the rights and the signature of each.
    for (certificate, at) in [
        (&verifier, 70),
        (&verifier, 145),
        (&verifier, 200),
        (&terminal, 70),
        (&terminal, 155),
        (&terminal, 300),
    ] {
        let mut bytes = certificate.as_bytes().to_vec();
        bytes[at] ^= 1;
        let changed = Certificate::parse(&bytes).unwrap();
        let chain = if certificate == &verifier { [&changed, &terminal] } else { [&verifier, &changed] };
        let error = refused(&root, &chain, TODAY);
        assert!(matches!(error, ChainError::Certificate { .. }), "byte {at}: {error}");
    }
    for length in 0..terminal.as_bytes().len() {
        assert!(Certificate::parse(&terminal.as_bytes()[..length]).is_err(), "cut to {length}");
    }
}
