//! The line to a virtual reader: what Debian's `vsmartcard-vpcd` speaks. Each message is two bytes of length and as many
//! bytes; one byte alone is a control, more is a command, and the card answers commands and the question for its ATR.

use std::io::{self, ErrorKind, Read, Write};

/// What a contactless German identity card looks like to a reader: T=1, historical bytes that offer command chaining and
/// extended length (ISO/IEC 7816-4 12.1.1).
pub const ATR: [u8; 15] =
    [0x3B, 0x8A, 0x80, 0x01, 0x80, 0x31, 0xF8, 0x73, 0xF7, 0x41, 0xE0, 0x82, 0x90, 0x00, 0x75];

/// What a reader wants.
#[derive(Debug, PartialEq, Eq)]
pub enum Message {
    /// Power off or on, or a reset: the session is over.
    Anew,
    /// The answer to reset.
    Atr,
    /// A command.
    Command(Vec<u8>),
}

/// The next message; `None` when the reader went away.
pub fn receive(from: &mut impl Read) -> io::Result<Option<Message>> {
    loop {
        let mut length = [0; 2];
        match from.read_exact(&mut length) {
            Err(end) if end.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        }
        let mut bytes = vec![0; usize::from(u16::from_be_bytes(length))];
        from.read_exact(&mut bytes)?;
        return Ok(Some(match *bytes {
            // Other controls are none that a card of this kind knows.
            [] | [3 | 5..] => continue,
            [0..=2] => Message::Anew,
            [4] => Message::Atr,
            _ => Message::Command(bytes),
        }));
    }
}

/// Answers.
pub fn send(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let length = u16::try_from(bytes.len()).map_err(|_long| ErrorKind::InvalidData)?;
    to.write_all(&[&length.to_be_bytes(), bytes].concat())?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_apart() {
        let mut line: &[u8] = &[0, 1, 1, 0, 1, 4, 0, 1, 9, 0, 4, 0, 0xA4, 0, 0x0C, 0, 1, 0];
        let mut next = || receive(&mut line).unwrap();
        assert_eq!(next(), Some(Message::Anew));
        assert_eq!(next(), Some(Message::Atr));
        assert_eq!(next(), Some(Message::Command(vec![0, 0xA4, 0, 0x0C])));
        assert_eq!(next(), Some(Message::Anew));
        assert_eq!(next(), None);
        assert!(receive(&mut [0, 5, 1].as_slice()).is_err(), "gone in the middle");
        let mut sent = Vec::new();
        send(&mut sent, &[0x90, 0]).unwrap();
        assert_eq!(sent, [0, 2, 0x90, 0]);
        assert!(send(&mut sent, &[0; 65_536]).is_err());
    }

    #[test]
    fn the_answer_to_reset_is_whole() {
        // TCK makes the sum of all bytes after the first zero (ISO/IEC 7816-3 8.2.5).
        assert_eq!(ATR[1..].iter().fold(0, |sum, byte| sum ^ byte), 0);
        assert_eq!(usize::from(ATR[1] & 0x0F), ATR.len() - 5, "as many historical bytes as said");
    }
}
