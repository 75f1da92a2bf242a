//! A card on a reader: from the first SELECT over PACE, terminal and chip authentication to the eID application, which
//! is the product's own [`Card`] (TR-03110-3 B).

use jiff::civil::Date;
use torhaus::cvc::apdu::{Command, Response, Status};
use torhaus::cvc::certificate::{Certificate, Reference as Name};
use torhaus::cvc::chat::Rights;
use torhaus::cvc::chip_authentication::SessionKeys;
use torhaus::cvc::oid;
use torhaus::cvc::secure_messaging;
use torhaus::cvc::tlv::{self, Reader, TlvError};
use torhaus::domain::dice::Dice;
use torhaus::eid::card::{Card, Claim, Pace, Password, Refused};

use super::agreement::{Attempt, DYNAMIC, Reply};
use super::files::{self, File};
use super::pace::PasswordKey;
use super::passwords::{Passwords, Reference};

/// The bits of a class that say "secure messaging, header authenticated".
const SECURED: u8 = 0x0C;
/// The bit of a class that says "more commands follow".
const CHAINED: u8 = 0x10;

/// What a card has of the world around it.
pub struct Around<'a> {
    /// What it takes for today.
    pub today: Date,
    /// Randomness.
    pub dice: &'a dyn Dice,
    /// It gives out another challenge than the one it checks, so that every terminal's signature is wrong.
    pub wrong_challenge: bool,
}

/// A card on a reader.
pub struct Chip<'a> {
    card: Card,
    passwords: Passwords,
    around: Around<'a>,
    line: Line,
    session: Session,
    told: Vec<String>,
}

/// How commands come.
enum Line {
    /// In the clear.
    Plain,
    /// Under the keys of PACE.
    Pace(Box<secure_messaging::Card>),
    /// Under those of chip authentication: from here on the product's card speaks.
    Chip,
}

/// What a session remembers.
#[derive(Default)]
struct Session {
    file: Option<File>,
    chosen: Option<Chosen>,
    /// Who issued the next certificate.
    authority: Option<Name>,
    /// Who holds the last one.
    holder: Option<Name>,
    claim: Option<Kept>,
    /// The PUK was shown.
    unblocks: bool,
}

/// What the next GENERAL AUTHENTICATE belongs to.
enum Chosen {
    Pace(Attempt),
    Chip { key_id: Option<u32> },
}

/// What a terminal claims ahead of its signature.
struct Kept {
    ephemeral: Vec<u8>,
    auxiliary_data: Vec<u8>,
}

/// An answer, and whether commands come otherwise from now on.
struct Answer {
    response: Response,
    then: Option<Line>,
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self { response, then: None }
    }
}

fn done() -> Answer {
    Response::status(Status::OK).into()
}

impl<'a> Chip<'a> {
    /// A card that is laid on.
    pub fn new(card: Card, passwords: Passwords, around: Around<'a>) -> Self {
        Self { card, passwords, around, line: Line::Plain, session: Session::default(), told: Vec::new() }
    }

    /// Takes it away and lays it on anew. Wrong PINs are not forgotten.
    pub fn reset(&mut self) {
        self.card.reset();
        self.passwords.reset();
        self.line = Line::Plain;
        self.session = Session::default();
    }

    /// What happened since it was asked last, for whoever watches.
    pub fn told(&mut self) -> Vec<String> {
        std::mem::take(&mut self.told)
    }

    /// Answers a command. What is not secured as it must be ends the session.
    pub fn transmit(&mut self, bytes: &[u8]) -> Vec<u8> {
        match &mut self.line {
            Line::Plain => {
                let Ok(command) = Command::parse(bytes) else {
                    return Response::status(Status::WRONG_LENGTH).encode();
                };
                if command.cla & SECURED != 0 {
                    return Response::status(Status::NO_CLASS).encode();
                }
                let Answer { response, then } = self.answer(&command);
                self.line = then.unwrap_or(Line::Plain);
                response.encode()
            }
            Line::Pace(messaging) => {
                let Ok(command) = messaging.unwrap(bytes) else { return self.abort(bytes) };
                let Answer { response, then } = self.answer(&command);
                let Line::Pace(messaging) = &mut self.line else { return self.abort(bytes) };
                let Ok(wrapped) = messaging.wrap(&response) else { return self.abort(bytes) };
                if let Some(line) = then {
                    self.line = line;
                }
                wrapped
            }
            Line::Chip => {
                let answer = self.card.transmit(bytes);
                // Only what ends a session is said in the clear.
                if answer.len() == 2 {
                    self.reset();
                }
                answer
            }
        }
    }

    /// A plain command or a wrong checksum: keys and rights are forgotten (TR-03110-3 F.3).
    fn abort(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.reset();
        let secured = bytes.first().is_some_and(|cla| cla & SECURED == SECURED);
        Response::status(if secured { Status::OBJECT_WRONG } else { Status::OBJECT_MISSING }).encode()
    }

    fn answer(&mut self, command: &Command) -> Answer {
        let (cla, ins) = (command.cla, command.ins);
        let answer = match (cla, ins, command.p1, command.p2) {
            (0x00, 0xA4, _, _) => files::select(command, &mut self.session.file).map(Answer::from),
            (0x00, 0xB0, _, _) => files::read(command, &mut self.session.file, &self.card).map(Answer::from),
            (0x00, 0x22, 0xC1, 0xA4) => self.choose_pace(&command.data),
            (0x00, 0x22, 0x81, 0xB6) => self.choose_authority(&command.data),
            (0x00, 0x2A, 0x00, 0xBE) => self.verify_certificate(&command.data),
            (0x00, 0x22, 0x81, 0xA4) => self.choose_claim(&command.data),
            (0x00, 0x84, 0x00, 0x00) => self.challenge(command.le),
            (0x00, 0x82, 0x00, 0x00) => self.authenticate_terminal(&command.data),
            (0x00, 0x22, 0x41, 0xA4) => self.choose_chip(&command.data),
            (0x00 | CHAINED, 0x86, 0x00, 0x00) => self.authenticate(&command.data, cla == 0),
            (0x00, 0x2C, 0x03, 0x03) => self.unblock(),
            (0x00, 0x22 | 0x2A | 0x84 | 0x82 | 0x86 | 0x2C, _, _) => Err(Status::WRONG_PARAMETERS),
            (0x00, ..) => Err(Status::NO_INSTRUCTION),
            (CHAINED, ..) => Err(Status::NO_CHAINING),
            _ => Err(Status::NO_CLASS),
        };
        answer.unwrap_or_else(|status| Response::status(status).into())
    }

    fn tell(&mut self, what: impl Into<String>) {
        self.told.push(what.into());
    }

    /// MSE:Set AT for PACE. The answer tells how the password stands, which a terminal may ask for as often as it likes.
    fn choose_pace(&mut self, data: &[u8]) -> Result<Answer, Status> {
        let attempt = Attempt::choose(data)?;
        let standing = self.passwords.standing(attempt.password);
        self.session.chosen = Some(Chosen::Pace(attempt));
        Ok(Response::status(standing).into())
    }

    /// MSE:Set AT for chip authentication.
    fn choose_chip(&mut self, data: &[u8]) -> Result<Answer, Status> {
        let key_id = chosen_key(data).ok().ok_or(Status::WRONG_DATA)?;
        self.session.chosen = Some(Chosen::Chip { key_id });
        Ok(done())
    }

    /// GENERAL AUTHENTICATE, of PACE or of chip authentication.
    fn authenticate(&mut self, data: &[u8], last: bool) -> Result<Answer, Status> {
        let inside = tlv::only(DYNAMIC, data).and_then(|object| object.inside());
        let inside = inside.ok().ok_or(Status::WRONG_DATA)?;
        match self.session.chosen.take().ok_or(Status::CONDITIONS)? {
            Chosen::Pace(attempt) => self.advance(attempt, (inside, last)),
            Chosen::Chip { .. } if !last => Err(Status::NO_CHAINING),
            Chosen::Chip { key_id } => self.authenticate_chip(key_id, inside),
        }
    }

    fn advance(&mut self, mut attempt: Attempt, message: (Reader<'_>, bool)) -> Result<Answer, Status> {
        let password = attempt.password;
        let Some(secret) = self.passwords.to_try(password) else {
            self.tell(format!("PACE with {password:?} refused: not to be tried now"));
            return Err(Status::CONDITIONS);
        };
        match attempt.advance(message, &PasswordKey::new(secret), self.around.dice)? {
            Reply::Object(object) => {
                self.session.chosen = Some(Chosen::Pace(attempt));
                Ok(dynamic(&object))
            }
            Reply::WrongPassword => {
                let status = self.passwords.wrong(password);
                self.tell(format!("PACE with {password:?}: wrong, {:04X}", status.0));
                Err(status)
            }
            Reply::Done { token, keys, id_picc } => {
                self.passwords.right(password);
                self.tell(format!("PACE with {password:?}: right"));
                self.enter(password, id_picc, attempt.confirmed)?;
                Ok(self.welcome(token, keys, attempt.confirmed.is_some()))
            }
        }
    }

    /// PACE was done: what went before is forgotten.
    fn enter(
        &mut self,
        password: Reference,
        id_picc: Vec<u8>,
        confirmed: Option<Rights>,
    ) -> Result<(), Status> {
        self.card.reset();
        self.session = Session { unblocks: password == Reference::Puk, ..Session::default() };
        let password = match password {
            Reference::Pin => Password::Pin,
            Reference::Can => Password::Can,
            Reference::Puk => return Ok(()),
        };
        let pace = Pace { password, id_picc, confirmed: confirmed.unwrap_or(Rights::NONE) };
        self.card.enter(pace).map_err(|refused| refused.status())
    }

    /// The last answer of PACE, with the roots which the card trusts if a terminal is to follow.
    fn welcome(&self, token: [u8; 8], keys: SessionKeys, names: bool) -> Answer {
        let mut objects = tlv::write(0x86, &[&token]);
        if names {
            for (tag, name) in [0x87, 0x88].into_iter().zip(self.card.authorities()) {
                objects.extend(tlv::write(tag, &[name.as_str().as_bytes()]));
            }
        }
        Answer { then: Some(Line::Pace(Box::new(secure_messaging::Card::new(keys)))), ..dynamic(&objects) }
    }

    /// MSE:Set DST: who issued the certificate that comes next.
    fn choose_authority(&mut self, data: &[u8]) -> Result<Answer, Status> {
        let name = tlv::only(0x83, data).and_then(|object| object.text().map(Name::new));
        let name = name.ok().and_then(Result::ok).ok_or(Status::WRONG_DATA)?;
        let known =
            self.session.holder.as_ref() == Some(&name) || self.card.authorities().any(|one| *one == name);
        if !known {
            self.tell(format!("no certificate of {name} is known"));
            return Err(Status::DATA_NOT_FOUND);
        }
        self.session.authority = Some(name);
        Ok(done())
    }

    /// PSO: VERIFY CERTIFICATE: body and signature without the frame around them.
    fn verify_certificate(&mut self, data: &[u8]) -> Result<Answer, Status> {
        let authority = self.session.authority.take().ok_or(Status::CONDITIONS)?;
        let bytes = tlv::write(0x7F21, &[data]);
        let certificate = Certificate::parse(&bytes).ok().ok_or(Status::WRONG_DATA)?;
        if certificate.authority != authority {
            return Err(Status::WRONG_DATA);
        }
        let verified = self.card.verify_certificate(&bytes, self.around.today);
        self.looked_at(&format!("certificate of {}", certificate.holder), verified)?;
        self.session.holder = Some(certificate.holder);
        Ok(done())
    }

    /// MSE:Set AT for terminal authentication.
    fn choose_claim(&mut self, data: &[u8]) -> Result<Answer, Status> {
        let (name, kept) = claimed(data).ok().ok_or(Status::WRONG_DATA)?;
        if self.session.holder.as_ref().is_none_or(|holder| holder.as_str().as_bytes() != name) {
            return Err(Status::DATA_NOT_FOUND);
        }
        self.session.claim = Some(kept);
        Ok(done())
    }

    fn challenge(&mut self, expected: Option<u32>) -> Result<Answer, Status> {
        if expected != Some(8) {
            return Err(Status::WRONG_LENGTH);
        }
        let mut data = self.card.challenge(self.around.dice).map_err(|refused| refused.status())?.to_vec();
        if self.around.wrong_challenge {
            data[0] ^= 1;
        }
        Ok(Response { data, status: Status::OK }.into())
    }

    /// EXTERNAL AUTHENTICATE.
    fn authenticate_terminal(&mut self, signature: &[u8]) -> Result<Answer, Status> {
        let Kept { ephemeral, auxiliary_data } = self.session.claim.take().ok_or(Status::CONDITIONS)?;
        let claim = Claim { ephemeral: &ephemeral, auxiliary_data: &auxiliary_data, signature };
        let verified = self.card.authenticate_terminal(&claim);
        self.looked_at("terminal's signature", verified)?;
        Ok(done())
    }

    fn authenticate_chip(&mut self, key_id: Option<u32>, mut inside: Reader<'_>) -> Result<Answer, Status> {
        let ephemeral = inside.take(0x80).ok().ok_or(Status::WRONG_DATA)?.value;
        inside.finish().ok().ok_or(Status::WRONG_DATA)?;
        let proved = self.card.authenticate_chip(key_id, ephemeral, self.around.dice);
        let proof = self.looked_at("key for chip authentication", proved)?;
        let objects = [tlv::write(0x81, &[&proof.nonce]), tlv::write(0x82, &[&proof.token])].concat();
        Ok(Answer { then: Some(Line::Chip), ..dynamic(&objects) })
    }

    /// RESET RETRY COUNTER after PACE with the PUK.
    fn unblock(&mut self) -> Result<Answer, Status> {
        if !self.session.unblocks {
            return Err(Status::SECURITY_STATUS);
        }
        self.passwords.unblock();
        self.tell("the PIN is unblocked");
        Ok(done())
    }

    fn looked_at<T>(&mut self, what: &str, outcome: Result<T, Refused>) -> Result<T, Status> {
        match &outcome {
            Ok(_) => self.tell(format!("{what}: right")),
            Err(refused) => self.tell(format!("{what}: {refused}, {:04X}", refused.status().0)),
        }
        outcome.map_err(|refused| refused.status())
    }
}

fn dynamic(objects: &[u8]) -> Answer {
    Response { data: tlv::write(DYNAMIC, &[objects]), status: Status::OK }.into()
}

/// The number of the key, if one is named.
fn chosen_key(data: &[u8]) -> Result<Option<u32>, TlvError> {
    let mut reader = Reader::ber(data)?;
    if !reader.take(0x80)?.value.starts_with(oid::CA_ECDH) {
        return Err(TlvError::Value(0x80));
    }
    let key_id = reader.optional(0x84)?.map(|object| match *object.value {
        [number] => Ok(u32::from(number)),
        _ => Err(TlvError::Value(0x84)),
    });
    reader.finish()?;
    key_id.transpose()
}

/// Who claims to be there, and what is claimed.
fn claimed(data: &[u8]) -> Result<(&[u8], Kept), TlvError> {
    let mut reader = Reader::ber(data)?;
    if !reader.take(0x80)?.value.starts_with(oid::TA) {
        return Err(TlvError::Value(0x80));
    }
    let name = reader.take(0x83)?.value;
    let auxiliary_data = reader.optional(0x67)?.map(|object| object.whole.to_vec()).unwrap_or_default();
    let ephemeral = reader.take(0x91)?.value.to_vec();
    reader.finish()?;
    Ok((name, Kept { ephemeral, auxiliary_data }))
}
