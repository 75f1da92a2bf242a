//! The card's side of one run of PACE: four commands in a chain (TR-03110-3 B.1).

use std::mem;

use torhaus::cvc::apdu::Status;
use torhaus::cvc::chat::{self, Chat, Rights, Role};
use torhaus::cvc::chip_authentication::SessionKeys;
use torhaus::cvc::key::PublicKey;
use torhaus::cvc::tlv::{self, Reader, TlvError};
use torhaus::domain::dice::{Dice, draw};
use zeroize::Zeroizing;

use super::pace::{self, CURVE, Generator, NONCE, PROTOCOL, PaceError, Pair, PasswordKey};
use super::passwords::Reference;

/// Dynamic authentication data, around everything in GENERAL AUTHENTICATE.
pub const DYNAMIC: u16 = 0x7C;

/// One run.
pub struct Attempt {
    /// With which password.
    pub password: Reference,
    /// The rights which the holder confirmed; `None` if the terminal named none.
    pub confirmed: Option<Rights>,
    step: Step,
}

/// How far it came.
enum Step {
    Chosen,
    Nonce(Zeroizing<[u8; NONCE]>),
    Mapped(Generator),
    Agreed(Box<Agreed>),
    /// Over, whether well or not.
    Spent,
}

struct Agreed {
    keys: SessionKeys,
    own: PublicKey,
    other: PublicKey,
}

/// What the card says to a step.
pub enum Reply {
    /// An object for the dynamic authentication data; the run goes on.
    Object(Vec<u8>),
    /// The other side knows the password.
    Done {
        /// Proves that the card knows it too.
        token: [u8; 8],
        /// For secure messaging.
        keys: SessionKeys,
        /// `ID_PICC`: the card's ephemeral public key, compressed.
        id_picc: Vec<u8>,
    },
    /// It does not.
    WrongPassword,
}

impl Attempt {
    /// MSE:Set AT.
    ///
    /// # Errors
    /// [`Status::WRONG_DATA`] if it is none, [`Status::DATA_NOT_FOUND`] for a password or parameters which the card does
    /// not have.
    pub fn choose(data: &[u8]) -> Result<Self, Status> {
        let (protocol, number, parameters, chat) = chosen(data).ok().ok_or(Status::WRONG_DATA)?;
        let curve = u8::try_from(CURVE.standardized_id()).ok();
        if protocol != PROTOCOL || parameters.is_some_and(|number| Some(number) != curve) {
            return Err(Status::DATA_NOT_FOUND);
        }
        let password = Reference::from_number(number).ok_or(Status::DATA_NOT_FOUND)?;
        let chat = chat.map(Chat::parse).transpose().ok().ok_or(Status::WRONG_DATA)?;
        if chat.is_some_and(|chat| chat.role != Role::Terminal) {
            return Err(Status::WRONG_DATA);
        }
        Ok(Self { password, confirmed: chat.map(|chat| chat.rights), step: Step::Chosen })
    }

    /// GENERAL AUTHENTICATE: `inside` is what stood in the dynamic authentication data; the last command says that it is
    /// the last. Whatever goes wrong ends the run.
    ///
    /// # Errors
    /// The status which says why.
    pub fn advance(
        &mut self,
        (inside, last): (Reader<'_>, bool),
        key: &PasswordKey,
        dice: &dyn Dice,
    ) -> Result<Reply, Status> {
        let step = mem::replace(&mut self.step, Step::Spent);
        if last != matches!(step, Step::Agreed(_)) {
            return Err(Status::CONDITIONS);
        }
        let (next, reply) = match step {
            Step::Chosen => nonce(inside, key, dice)?,
            Step::Nonce(nonce) => map(inside, &nonce, dice)?,
            Step::Mapped(generator) => agree(inside, &generator, dice)?,
            Step::Agreed(agreed) => (Step::Spent, authenticate(inside, *agreed)?),
            Step::Spent => return Err(Status::CONDITIONS),
        };
        self.step = next;
        Ok(reply)
    }
}

/// Protocol, number of the password, number of the domain parameters, rights.
type Chosen<'a> = (&'a [u8], u8, Option<u8>, Option<&'a [u8]>);

fn chosen(data: &[u8]) -> Result<Chosen<'_>, TlvError> {
    let byte = |object: tlv::Object<'_>| match *object.value {
        [number] => Ok(number),
        _ => Err(TlvError::Value(object.tag)),
    };
    let mut reader = Reader::ber(data)?;
    let protocol = reader.take(0x80)?.value;
    let number = byte(reader.take(0x83)?)?;
    let parameters = reader.optional(0x84)?.map(byte).transpose()?;
    let chat = reader.optional(chat::TAG)?.map(|chat| chat.whole);
    reader.finish()?;
    Ok((protocol, number, parameters, chat))
}

/// What stands inside, under this tag and alone.
fn value<'a>(mut inside: Reader<'a>, tag: u16) -> Result<&'a [u8], Status> {
    let value = inside.take(tag).ok().ok_or(Status::WRONG_DATA)?.value;
    inside.finish().ok().ok_or(Status::WRONG_DATA)?;
    Ok(value)
}

/// What a terminal sent leads nowhere, or the library refuses.
fn status(why: PaceError) -> Status {
    match why {
        PaceError::Degenerate | PaceError::Point | PaceError::Token => Status::VERIFICATION_FAILED,
        PaceError::Library => Status::TROUBLE,
    }
}

fn nonce(inside: Reader<'_>, key: &PasswordKey, dice: &dyn Dice) -> Result<(Step, Reply), Status> {
    inside.finish().ok().ok_or(Status::WRONG_DATA)?;
    let nonce = Zeroizing::new(draw(dice));
    let encrypted = key.encrypt(&nonce).map_err(status)?;
    Ok((Step::Nonce(nonce), Reply::Object(tlv::write(0x80, &[&encrypted]))))
}

fn map(inside: Reader<'_>, nonce: &[u8; NONCE], dice: &dyn Dice) -> Result<(Step, Reply), Status> {
    let other = pace::received(value(inside, 0x81)?).map_err(status)?;
    let own = Pair::draw(&Generator::standard(), dice).map_err(status)?;
    let generator = own.agree(&other).and_then(|shared| Generator::mapped(nonce, &shared)).map_err(status)?;
    Ok((Step::Mapped(generator), Reply::Object(tlv::write(0x82, &[own.public().point()]))))
}

fn agree(inside: Reader<'_>, generator: &Generator, dice: &dyn Dice) -> Result<(Step, Reply), Status> {
    let other = pace::received(value(inside, 0x83)?).map_err(status)?;
    let own = Pair::draw(generator, dice).map_err(status)?;
    // A mirror would come to the same keys without the password (TR-03110-2 3.2 step 3).
    if *own.public() == other {
        return Err(Status::VERIFICATION_FAILED);
    }
    let keys = own.agree(&other).map_err(status)?.keys();
    let object = tlv::write(0x84, &[own.public().point()]);
    let agreed = Agreed { keys, own: own.public().clone(), other };
    Ok((Step::Agreed(Box::new(agreed)), Reply::Object(object)))
}

fn authenticate(inside: Reader<'_>, agreed: Agreed) -> Result<Reply, Status> {
    let Agreed { keys, own, other } = agreed;
    let given = value(inside, 0x85)?;
    match pace::check(given, &keys, &own) {
        Ok(()) => {
            let token = pace::token(&keys, &other).map_err(status)?;
            Ok(Reply::Done { token, keys, id_picc: own.compressed().to_vec() })
        }
        Err(PaceError::Token) => Ok(Reply::WrongPassword),
        Err(why) => Err(status(why)),
    }
}
