use super::super::tlv::{self, MAX_DEPTH, MAX_LENGTH, Reader, TlvError};
use super::unhex;

#[test]
fn objects_are_read_and_written() {
    for (tag, length) in
        [(0x30, 0), (0x53, 5), (0x7F21, 127), (0x5F37, 128), (0x87, 255), (0x04, 256), (0x7C, 60_000)]
    {
        let value = vec![9; length];
        let bytes = tlv::write(tag, &[&value]);
        let object = tlv::only(tag, &bytes).unwrap();
        assert_eq!((object.tag, object.value, object.whole), (tag, value.as_slice(), bytes.as_slice()));
    }
}

#[test]
fn forms_that_are_refused() {
    let cases = [
        ("", TlvError::Unexpected(0x30)),
        ("30", TlvError::Truncated),
        ("3002", TlvError::Truncated),
        ("300200", TlvError::Truncated),
        ("3082", TlvError::Truncated),
        ("30800000", TlvError::Length),
        ("308101ff", TlvError::Length),
        ("3082007f", TlvError::Length),
        ("308500000000010f", TlvError::Length),
        ("3084ffffffff", TlvError::Truncated),
        ("30000000", TlvError::Trailing),
        ("0400", TlvError::Unexpected(0x30)),
        ("1f1e00", TlvError::Tag),
        ("7f818100", TlvError::Tag),
        ("7f", TlvError::Truncated),
    ];
    for (bytes, expected) in cases {
        assert_eq!(tlv::only(0x30, &unhex(bytes)).unwrap_err(), expected, "{bytes}");
    }
    assert_eq!(tlv::only(0x30, &vec![0x30; MAX_LENGTH + 1]).unwrap_err(), TlvError::TooLong);
    // Longer lengths than needed are fine where cards may send them.
    let bytes = unhex("87820001ff");
    assert_eq!(Reader::ber(&bytes).unwrap().object().unwrap().value, [0xFF]);
    assert_eq!(Reader::der(&bytes).unwrap().object().unwrap_err(), TlvError::Length);
}

#[test]
fn depth_has_an_end() {
    let mut bytes = Vec::new();
    for _ in 0..=MAX_DEPTH {
        bytes = tlv::write(tlv::SEQUENCE, &[&bytes]);
    }
    let mut object = tlv::only(tlv::SEQUENCE, &bytes).unwrap();
    for _ in 0..MAX_DEPTH {
        object = object.only(tlv::SEQUENCE).unwrap();
    }
    assert_eq!(object.inside().unwrap_err(), TlvError::TooDeep);
}

#[test]
fn integers_are_in_their_shortest_form() {
    for (number, bytes) in
        [(0, "020100"), (1, "020101"), (127, "02017f"), (128, "02020080"), (65_536, "0203010000")]
    {
        let number: u32 = number;
        assert_eq!(tlv::write_integer(&number.to_be_bytes()), unhex(bytes));
        assert_eq!(tlv::only(tlv::INTEGER, &unhex(bytes)).unwrap().small_integer().unwrap(), number);
    }
    for wrong in ["0200", "0201ff", "02020001", "02050100000000"] {
        let bytes = unhex(wrong);
        assert!(tlv::only(tlv::INTEGER, &bytes).unwrap().small_integer().is_err(), "{wrong}");
    }
    assert_eq!(tlv::write_integer(&[]), unhex("020100"));
    assert!(tlv::only(tlv::BIT_STRING, &unhex("03020780")).unwrap().bits().is_err(), "not whole bytes");
}
