//! A terminal against the card: read to the end, every refusal, and noise at every stage.

use proptest::prelude::*;
use torhaus::cvc::apdu::{Command, EID_APPLICATION, Status};
use torhaus::cvc::chat::{Chat, Rights, Role};
use torhaus::cvc::chip_authentication::ChipError;
use torhaus::cvc::data_groups::{DataGroup, Value};
use torhaus::cvc::security_infos::SecurityInfos;
use torhaus::cvc::{oid, tlv};
use torhaus::domain::dice::Dice;

use super::agreement::{Attempt, DYNAMIC};
use super::pace::{Generator, Pair, PasswordKey};
use super::terminal::{CAN, DICE, Lab, PIN, PUK, Terminal, chat, choose, command, dynamic};
use super::wrong::Wrong;

/// To the end of chip authentication.
fn begun<'a>(lab: &Lab) -> Terminal<'a> {
    let mut terminal = Terminal::new(lab.chip(3, None));
    terminal.pace(PIN, Some(chat())).unwrap();
    let ephemeral = terminal.authenticate(lab).unwrap();
    let infos = lab.trusts(&terminal.card_security().unwrap()).unwrap();
    terminal.authenticate_chip(&infos, &ephemeral).unwrap();
    terminal
}

fn family_name(terminal: &mut Terminal<'_>) -> Result<Value, Status> {
    terminal.get(&Command::select_eid()).unwrap();
    let answer = terminal.get(&Command::read(DataGroup::FamilyNames))?;
    Ok(DataGroup::FamilyNames.decode(&answer.data).unwrap())
}

#[test]
fn a_card_is_read_to_the_end() {
    let lab = Lab::new();
    let mut terminal = Terminal::new(lab.chip(3, None));
    // What everybody sees.
    terminal.get(&Command::select_eid()).unwrap();
    terminal.get(&command([0, 0xA4, 0, 0x0C], vec![0x3F, 0], None)).unwrap();
    let directory = terminal.get(&command([0, 0xB0, 0x9E, 0], Vec::new(), Some(256))).unwrap().data;
    assert_eq!(directory, [&[0x61, 0x0B, 0x4F, 0x09], EID_APPLICATION].concat());
    terminal.get(&command([0, 0xA4, 0x02, 0x0C], vec![0x01, 0x1C], None)).unwrap();
    let card_access = terminal.get(&command([0, 0xB0, 0, 0], Vec::new(), Some(256))).unwrap().data;
    let card_access = SecurityInfos::parse(&card_access).unwrap();

    assert_eq!(terminal.pace(PIN, Some(chat())), Ok(vec!["DECVCATEST00001".to_owned()]));
    let ephemeral = terminal.authenticate(&lab).unwrap();
    let infos = lab.trusts(&terminal.card_security().unwrap()).unwrap();
    assert!(infos.confirms(&card_access));
    terminal.authenticate_chip(&infos, &ephemeral).unwrap();
    assert_eq!(family_name(&mut terminal), Ok(Value::Text("Mustermann".to_owned())));
    assert_eq!(terminal.ask(&Command::verify(oid::DATE_OF_BIRTH)).status, Status::OK);
    // Neither in the certificate nor confirmed.
    assert_eq!(terminal.ask(&Command::read(DataGroup::GivenNames)).status, Status::SECURITY_STATUS);
    let told = terminal.chip.told();
    assert_eq!(told.first().map(String::as_str), Some("PACE with Pin: right"));
    assert!(told.iter().all(|what| what.ends_with(": right")), "{told:?}");
}

#[test]
fn what_the_holder_did_not_confirm_is_not_read() {
    let lab = Lab::new();
    for chat in [None, Some(Chat { rights: Rights::NONE, ..chat() })] {
        let mut terminal = Terminal::new(lab.chip(3, None));
        // Who names no rights is not told the roots (TR-03110-3 B.1.2).
        assert_eq!(terminal.pace(PIN, chat).unwrap().len(), usize::from(chat.is_some()));
        let ephemeral = terminal.authenticate(&lab).unwrap();
        let infos = lab.trusts(&terminal.card_security().unwrap()).unwrap();
        terminal.authenticate_chip(&infos, &ephemeral).unwrap();
        assert_eq!(family_name(&mut terminal), Err(Status::SECURITY_STATUS));
    }
}

#[test]
fn the_card_access_number_reads_nothing() {
    let lab = Lab::new();
    let mut terminal = Terminal::new(lab.chip(3, None));
    terminal.pace(CAN, Some(chat())).unwrap();
    let ephemeral = terminal.authenticate(&lab).unwrap();
    let infos = lab.trusts(&terminal.card_security().unwrap()).unwrap();
    terminal.authenticate_chip(&infos, &ephemeral).unwrap();
    assert_eq!(family_name(&mut terminal), Err(Status::SECURITY_STATUS));
}

#[test]
fn wrong_pins_suspend_and_block() {
    let lab = Lab::new();
    let mut terminal = Terminal::new(lab.chip(3, None));
    let wrong = (PIN.0, "123457");
    assert_eq!(terminal.pace(wrong, Some(chat())), Err(Status(0x63C2)));
    assert_eq!(terminal.pace(wrong, Some(chat())), Err(Status(0x63C1)));
    terminal.chip.reset();
    assert_eq!(terminal.ask(&choose(PIN.0, None)).status, Status(0x63C1), "remembered without power");
    assert_eq!(terminal.pace(PIN, Some(chat())), Err(Status::CONDITIONS), "suspended");
    assert_eq!(terminal.pace((CAN.0, "111111"), None), Err(Status::VERIFICATION_FAILED));
    assert_eq!(terminal.pace(PIN, Some(chat())), Err(Status::CONDITIONS));
    terminal.pace(CAN, None).unwrap();
    // The second run goes through the first one's secure messaging.
    terminal.pace(PIN, Some(chat())).unwrap();
    terminal.authenticate(&lab).unwrap();
    assert_eq!(terminal.ask(&choose(PIN.0, None)).status, Status::OK, "as before");

    let mut terminal = Terminal::new(lab.chip(1, None));
    terminal.pace(CAN, None).unwrap();
    assert_eq!(terminal.pace(wrong, Some(chat())), Err(Status(0x63C0)));
    assert_eq!(terminal.pace(PIN, Some(chat())), Err(Status::CONDITIONS), "blocked");
    let unblock = command([0, 0x2C, 0x03, 0x03], Vec::new(), None);
    assert_eq!(terminal.ask(&unblock).status, Status::SECURITY_STATUS);
    terminal.pace(PUK, None).unwrap();
    assert_eq!(terminal.authenticate(&lab).err(), Some(Status::CONDITIONS), "the PUK opens nothing else");
    terminal.get(&unblock).unwrap();
    terminal.pace(PIN, Some(chat())).unwrap();
}

#[test]
fn cards_that_are_not_as_they_should_be_are_found_out() {
    let lab = Lab::new();
    let mut terminal = Terminal::new(lab.chip(3, Some(Wrong::Challenge)));
    terminal.pace(PIN, Some(chat())).unwrap();
    assert_eq!(terminal.authenticate(&lab).err(), Some(Status::VERIFICATION_FAILED));
    assert_eq!(terminal.card_security(), Err(Status::SECURITY_STATUS));

    let mut terminal = Terminal::new(lab.chip(3, Some(Wrong::Root)));
    assert_eq!(terminal.pace(PIN, Some(chat())), Ok(vec!["DECVCANOBODY0001".to_owned()]));
    assert_eq!(terminal.authenticate(&lab).err(), Some(Status::DATA_NOT_FOUND));

    let mut terminal = Terminal::new(lab.chip(3, Some(Wrong::Signer)));
    terminal.pace(PIN, Some(chat())).unwrap();
    terminal.authenticate(&lab).unwrap();
    assert_eq!(lab.trusts(&terminal.card_security().unwrap()), None);

    let mut terminal = Terminal::new(lab.chip(3, Some(Wrong::Copy)));
    terminal.pace(PIN, Some(chat())).unwrap();
    let ephemeral = terminal.authenticate(&lab).unwrap();
    let infos = lab.trusts(&terminal.card_security().unwrap()).unwrap();
    assert_eq!(terminal.authenticate_chip(&infos, &ephemeral), Err(ChipError::Token));
}

#[test]
fn what_is_not_secured_ends_the_session() {
    let lab = Lab::new();
    let plain = Command::select_eid();
    let spoilt = |terminal: &mut Terminal<'_>| {
        let mut secured = terminal.line.as_mut().unwrap().wrap(&plain).unwrap();
        let checksum = secured.len() - 2;
        secured[checksum] ^= 1;
        terminal.chip.transmit(&secured)
    };
    let paced = || {
        let mut terminal = Terminal::new(lab.chip(3, None));
        terminal.pace(PIN, Some(chat())).unwrap();
        terminal
    };
    for begin in [&paced as &dyn Fn() -> Terminal<'static>, &|| begun(&lab)] {
        let mut terminal = begin();
        assert_eq!(terminal.chip.transmit(&plain.encode().unwrap()), [0x69, 0x87]);
        terminal.line = None;
        terminal.get(&plain).unwrap();
        assert_eq!(terminal.card_security(), Err(Status::SECURITY_STATUS));
        terminal.pace(PIN, Some(chat())).unwrap();

        let mut terminal = begin();
        assert_eq!(spoilt(&mut terminal), [0x69, 0x88]);
        terminal.line = None;
        terminal.pace(PIN, Some(chat())).unwrap();
    }
}

#[test]
fn a_key_of_no_use_ends_the_run() {
    let lab = Lab::new();
    let mut terminal = Terminal::new(lab.chip(3, None));
    let nowhere = [vec![4], vec![7; 64]].concat();
    let token = dynamic(true, &tlv::write(0x85, &[&[0; 8]]));
    for tag in [0x81, 0x83] {
        terminal.get(&choose(PIN.0, Some(chat()))).unwrap();
        terminal.get(&dynamic(false, &[])).unwrap();
        if tag == 0x83 {
            let own = Pair::draw(&Generator::standard(), &DICE).unwrap();
            terminal.get(&dynamic(false, &tlv::write(0x81, &[own.public().point()]))).unwrap();
        }
        let answer = terminal.ask(&dynamic(false, &tlv::write(tag, &[&nowhere])));
        assert_eq!(answer.status, Status::VERIFICATION_FAILED, "{tag:X}");
        assert_eq!(terminal.ask(&token).status, Status::CONDITIONS, "that run is over");
    }
    assert_eq!(terminal.ask(&choose(PIN.0, None)).status, Status::OK, "no PIN was tried");
}

/// Draws the same for everybody.
struct Same;

impl Dice for Same {
    fn fill(&self, out: &mut [u8]) {
        out.fill(0x11);
    }
}

#[test]
fn a_mirror_is_no_terminal() {
    let key = PasswordKey::new(PIN.1);
    let mut attempt = Attempt::choose(&choose(PIN.0, None).data).unwrap();
    let mut advance = |objects: &[u8]| {
        let object = tlv::write(DYNAMIC, &[objects]);
        let inside = tlv::only(DYNAMIC, &object).unwrap().inside().unwrap();
        attempt.advance((inside, false), &key, &Same).map(drop)
    };
    advance(&[]).unwrap();
    let own = Pair::draw(&Generator::standard(), &Same).unwrap();
    advance(&tlv::write(0x81, &[own.public().point()])).unwrap();
    let generator = Generator::mapped(&[0x11; 16], &own.agree(own.public()).unwrap()).unwrap();
    let own = Pair::draw(&generator, &Same).unwrap();
    let mirrored = tlv::write(0x83, &[own.public().point()]);
    assert_eq!(advance(&mirrored), Err(Status::VERIFICATION_FAILED));
}

#[test]
fn what_comes_out_of_order_is_refused() {
    let lab = Lab::new();
    let mut terminal = Terminal::new(lab.chip(3, None));
    let mut status = |command: &Command| terminal.ask(command).status;
    assert_eq!(status(&dynamic(false, &[])), Status::CONDITIONS);
    assert_eq!(status(&command([0, 0x84, 0, 0], Vec::new(), Some(8))), Status::CONDITIONS);
    assert_eq!(status(&command([0, 0x82, 0, 0], vec![0; 64], None)), Status::CONDITIONS);
    assert_eq!(status(&command([0, 0x2A, 0, 0xBE], vec![0; 64], None)), Status::CONDITIONS);
    assert_eq!(status(&command([0, 0xB0, 0x9D, 0], Vec::new(), Some(256))), Status::SECURITY_STATUS);
    assert_eq!(status(&command([0, 0xB0, 0x81, 0], Vec::new(), Some(256))), Status::FILE_NOT_FOUND);
    assert_eq!(status(&command([0, 0xB0, 0, 0], Vec::new(), Some(256))), Status::NO_FILE_SELECTED);
    // A chain that ends too early, or does not end.
    assert_eq!(status(&choose(PIN.0, None)), Status::OK);
    assert_eq!(status(&dynamic(true, &[])), Status::CONDITIONS);
    // Another password, protocol, curve, role.
    assert_eq!(status(&choose(1, None)), Status::DATA_NOT_FOUND);
    let object = tlv::write(0x80, &[oid::PACE_ECDH_GM_AES_256]);
    let other = [object, tlv::write(0x83, &[&[3]])].concat();
    assert_eq!(status(&command([0, 0x22, 0xC1, 0xA4], other, None)), Status::DATA_NOT_FOUND);
    let verifier = Chat { role: Role::Verifier, ..chat() };
    assert_eq!(status(&choose(PIN.0, Some(verifier))), Status::WRONG_DATA);
    assert_eq!(status(&command([0, 0x22, 0xC1, 0xA4], Vec::new(), None)), Status::WRONG_DATA);
    assert_eq!(status(&command([0, 0xD6, 0, 0], vec![0], None)), Status::NO_INSTRUCTION);
    assert_eq!(status(&command([0xFF, 0x9A, 1, 1], Vec::new(), Some(256))), Status::NO_CLASS);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever comes, there is an answer, and the card can be used afterwards.
    #[test]
    fn noise_gets_a_status_word(noise in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 1..12)) {
        let lab = Lab::new();
        let mut terminal = Terminal::new(lab.chip(3, None));
        for bytes in &noise {
            prop_assert!(terminal.chip.transmit(bytes).len() >= 2);
        }
        // Headers that the card knows, with noise in them, in the clear and under the keys of PACE.
        let headers = [
            [0, 0x22, 0xC1, 0xA4], [0x10, 0x86, 0, 0], [0, 0x86, 0, 0], [0, 0x22, 0x81, 0xB6], [0, 0x2A, 0, 0xBE],
            [0, 0x22, 0x81, 0xA4], [0, 0x82, 0, 0], [0, 0x22, 0x41, 0xA4], [0, 0xA4, 2, 0x0C], [0, 0xB0, 0x9D, 0],
        ];
        for secured in [false, true] {
            if secured {
                terminal.chip.reset();
                terminal.pace(PIN, Some(chat())).unwrap();
            }
            for (header, data) in headers.into_iter().zip(noise.iter().cycle()) {
                let answer = terminal.ask(&command(header, data.clone(), None));
                prop_assert!(answer.status != Status::TROUBLE);
            }
        }
        terminal.chip.reset();
        terminal.line = None;
        terminal.pace(PIN, Some(chat())).unwrap();
    }
}
