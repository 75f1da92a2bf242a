use proptest::prelude::*;

use super::super::apdu::{ApduError, Command, Response, Status};
use super::super::data_groups::DataGroup;
use super::unhex;

fn command(data: usize, le: Option<u32>) -> Command {
    Command { cla: 0, ins: 0xB0, p1: 0x81, p2: 0, data: vec![7; data], le }
}

#[test]
fn lengths_are_as_iso_7816_says() {
    let cases = [
        (command(0, None), "00b08100"),
        (command(0, Some(1)), "00b0810001"),
        (command(0, Some(256)), "00b0810000"),
        (command(0, Some(257)), "00b08100000101"),
        (command(0, Some(65_536)), "00b08100000000"),
        (command(2, None), "00b08100020707"),
        (command(2, Some(256)), "00b0810002070700"),
        (command(2, Some(65_536)), "00b0810000000207070000"),
    ];
    for (command, expected) in cases {
        assert_eq!(command.encode().unwrap(), unhex(expected));
        assert_eq!(Command::parse(&unhex(expected)).unwrap(), command);
    }
}

#[test]
fn what_is_no_command_is_refused() {
    for cut in ["", "00b081", "00b081000207", "00b0810000", "00b0810000000207", "00b0810000000000"] {
        let bytes = unhex(cut);
        let expected =
            if cut == "00b0810000" { Ok(command(0, Some(256))) } else { Err(ApduError::Truncated) };
        assert_eq!(Command::parse(&bytes), expected, "{cut}");
    }
    for more in ["00b0810001070000", "00b08100000001070000ff"] {
        assert_eq!(Command::parse(&unhex(more)), Err(ApduError::Trailing), "{more}");
    }
    assert_eq!(command(0, Some(0)).encode(), Err(ApduError::Le));
    assert_eq!(command(0, Some(65_537)).encode(), Err(ApduError::Le));
    assert_eq!(command(65_536, None).encode(), Err(ApduError::TooLong));
    assert_eq!(Response::parse(&[0x90]), Err(ApduError::Truncated));
}

#[test]
fn reading_on_ends_where_the_form_ends() {
    assert_eq!(Command::read(DataGroup::PlaceOfResidence).encode().unwrap(), unhex("00b0910000"));
    assert_eq!(Command::read_on(0x0100).unwrap().encode().unwrap(), unhex("00b0010000"));
    assert_eq!(Command::read_on(0x8000), None);
    assert!(Status::FILE_NOT_FOUND.is_absent() && !Status::SECURITY_STATUS.is_absent());
}

proptest! {
    #[test]
    fn a_command_comes_back(
        header: [u8; 4],
        data in prop::collection::vec(any::<u8>(), 0..600),
        le in prop::option::of(1_u32..=65_536),
    ) {
        let [cla, ins, p1, p2] = header;
        let command = Command { cla, ins, p1, p2, data, le };
        prop_assert_eq!(Command::parse(&command.encode().unwrap()).unwrap(), command);
    }
}
