//! The other side: what AusweisApp and an eID-Server do with a card, for the tests.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::civil::{Date, date};
use torhaus::cvc::apdu::{Command, Response, Status};
use torhaus::cvc::auxiliary_data::AuxiliaryData;
use torhaus::cvc::certificate::{Certificate, Extensions, Reference as Name};
use torhaus::cvc::chat::{Chat, Right, Rights, Role};
use torhaus::cvc::chip_authentication::{self, ChipError};
use torhaus::cvc::curve::Hash;
use torhaus::cvc::data_groups::DataGroup;
use torhaus::cvc::document_signer::{self, DocumentSigner};
use torhaus::cvc::issue::{Request, issue};
use torhaus::cvc::key::PrivateKey;
use torhaus::cvc::secure_messaging;
use torhaus::cvc::security_infos::SecurityInfos;
use torhaus::cvc::terminal_authentication;
use torhaus::cvc::tlv;
use torhaus::cvc::{card_security, oid};
use torhaus::domain::dice::Dice;
use torhaus::eid::card::people::person;
use torhaus::eid::card::{Card, CardKeys};

use super::agreement::DYNAMIC;
use super::chip::{Around, Chip};
use super::pace::{self, CURVE, Generator, PROTOCOL, Pair, PasswordKey};
use super::passwords::Passwords;
use super::wrong::{self, Wrong};

pub const TODAY: Date = date(2026, 11, 26);
pub const CAN: (u8, &str) = (2, "222222");
pub const PIN: (u8, &str) = (3, "123456");
pub const PUK: (u8, &str) = (4, "1234567890");

/// A different but repeatable value for every draw.
pub struct Seeded(AtomicU64);

impl Dice for Seeded {
    fn fill(&self, out: &mut [u8]) {
        let count = self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        out.copy_from_slice(&Hash::Sha512.of(&[&count])[..out.len()]);
    }
}

pub static DICE: Seeded = Seeded(AtomicU64::new(0));

fn key() -> PrivateKey {
    PrivateKey::draw(CURVE, &mut |out| DICE.fill(out)).unwrap()
}

/// Who certifies, who asks, who makes the cards.
pub struct Lab {
    root: Certificate,
    chain: [Certificate; 2],
    key: PrivateKey,
    signer: (Vec<u8>, PrivateKey),
}

impl Lab {
    pub fn new() -> Self {
        let [root_key, verifier_key, terminal_key, signer] = [(); 4].map(|()| key());
        let request = |authority: &str, holder: &str, role| Request {
            authority: Name::new(authority).unwrap(),
            holder: Name::new(holder).unwrap(),
            chat: Chat { role, rights: if role == Role::Terminal { rights() } else { Rights::ALL } },
            effective: date(2026, 11, 1),
            expiration: date(2026, 11, 30),
            extensions: Extensions::default(),
        };
        let root = request("DECVCATEST00001", "DECVCATEST00001", Role::Cvca);
        let verifier = request("DECVCATEST00001", "DEDVTEST00001", Role::Verifier);
        let terminal = request("DEDVTEST00001", "DETERMINAL00001", Role::Terminal);
        let certificate =
            document_signer::issue_for_lab(&signer, "Lab signer", date(2026, 1, 1), date(2036, 1, 1));
        Self {
            root: issue(&root, root_key.public(), &root_key).unwrap(),
            chain: [
                issue(&verifier, verifier_key.public(), &root_key).unwrap(),
                issue(&terminal, terminal_key.public(), &verifier_key).unwrap(),
            ],
            key: terminal_key,
            signer: (certificate.unwrap(), signer),
        }
    }

    /// A card of the lab.
    pub fn chip(&self, tries: u8, wrong: Option<Wrong>) -> Chip<'static> {
        let keys = CardKeys::make(CURVE, (&self.signer.0, &self.signer.1), &DICE).unwrap();
        let keys = wrong::keys(wrong, keys, TODAY, &DICE).unwrap();
        let root = wrong::root(wrong, self.root.clone(), TODAY, &DICE).unwrap();
        let card = Card::new(person("erika").unwrap().content(TODAY).unwrap(), keys, vec![root]);
        let passwords = Passwords::new([PIN.1, CAN.1, PUK.1].map(str::to_owned), tries);
        let wrong_challenge = wrong == Some(Wrong::Challenge);
        Chip::new(card, passwords, Around { today: TODAY, dice: &DICE, wrong_challenge })
    }

    /// Whether a card is one of ours.
    pub fn trusts(&self, card_security: &[u8]) -> Option<SecurityInfos> {
        let signer = DocumentSigner::trusted(&self.signer.0).unwrap();
        card_security::verify(card_security, &[signer], TODAY).ok()
    }
}

/// What the terminal may ask and the holder confirms.
pub fn rights() -> Rights {
    [Right::Read(DataGroup::FamilyNames), Right::AgeVerification].into_iter().collect()
}

pub fn chat() -> Chat {
    Chat { role: Role::Terminal, rights: rights() }
}

/// A terminal with a card on it.
pub struct Terminal<'a> {
    pub chip: Chip<'a>,
    pub line: Option<secure_messaging::Terminal>,
    pub id_picc: Vec<u8>,
}

pub fn command(header: [u8; 4], data: Vec<u8>, le: Option<u32>) -> Command {
    let [cla, ins, p1, p2] = header;
    Command { cla, ins, p1, p2, data, le }
}

/// MSE:Set AT for PACE, with the parameters named as AusweisApp names them.
pub fn choose(number: u8, chat: Option<Chat>) -> Command {
    let chat = chat.map(Chat::encode).unwrap_or_default();
    let objects = [tlv::write(0x80, &[PROTOCOL]), tlv::write(0x83, &[&[number]]), tlv::write(0x84, &[&[13]])];
    command([0, 0x22, 0xC1, 0xA4], [objects.concat(), chat].concat(), None)
}

/// GENERAL AUTHENTICATE, in a chain unless it is the last.
pub fn dynamic(last: bool, objects: &[u8]) -> Command {
    command([if last { 0 } else { 0x10 }, 0x86, 0, 0], tlv::write(DYNAMIC, &[objects]), Some(256))
}

/// The objects of an answer.
pub fn objects(answer: &Response) -> tlv::Reader<'_> {
    tlv::only(DYNAMIC, &answer.data).unwrap().inside().unwrap()
}

impl<'a> Terminal<'a> {
    pub fn new(chip: Chip<'a>) -> Self {
        Self { chip, line: None, id_picc: Vec::new() }
    }

    pub fn ask(&mut self, command: &Command) -> Response {
        match &mut self.line {
            None => Response::parse(&self.chip.transmit(&command.encode().unwrap())).unwrap(),
            Some(line) => {
                let secured = line.wrap(command).unwrap();
                line.unwrap(&self.chip.transmit(&secured)).unwrap()
            }
        }
    }

    /// The data, or the status that says why there are none.
    pub fn get(&mut self, command: &Command) -> Result<Response, Status> {
        let answer = self.ask(command);
        if answer.status == Status::OK { Ok(answer) } else { Err(answer.status) }
    }

    /// PACE, to the names of the roots which the card trusts.
    pub fn pace(&mut self, (number, text): (u8, &str), chat: Option<Chat>) -> Result<Vec<String>, Status> {
        let standing = self.ask(&choose(number, chat)).status;
        assert!(standing == Status::OK || standing.0 & 0xFFF0 == 0x63C0, "{standing:?}");
        let answer = self.get(&dynamic(false, &[]))?;
        let encrypted = objects(&answer).take(0x80).unwrap().value.try_into().unwrap();
        let nonce = PasswordKey::new(text).decrypt(&encrypted).unwrap();
        let own = Pair::draw(&Generator::standard(), &DICE).unwrap();
        let answer = self.get(&dynamic(false, &tlv::write(0x81, &[own.public().point()])))?;
        let other = pace::received(objects(&answer).take(0x82).unwrap().value).unwrap();
        let generator = Generator::mapped(&nonce, &own.agree(&other).unwrap()).unwrap();
        let own = Pair::draw(&generator, &DICE).unwrap();
        let answer = self.get(&dynamic(false, &tlv::write(0x83, &[own.public().point()])))?;
        let other = pace::received(objects(&answer).take(0x84).unwrap().value).unwrap();
        let keys = own.agree(&other).unwrap().keys();
        let token = pace::token(&keys, &other).unwrap();
        let answer = self.get(&dynamic(true, &tlv::write(0x85, &[&token])))?;
        let mut answered = objects(&answer);
        pace::check(answered.take(0x86).unwrap().value, &keys, own.public()).unwrap();
        let mut names = Vec::new();
        for tag in [0x87, 0x88] {
            names.extend(answered.optional(tag).unwrap().map(|name| name.text().unwrap().to_owned()));
        }
        answered.finish().unwrap();
        self.line = Some(secure_messaging::Terminal::new(keys));
        self.id_picc = other.compressed().to_vec();
        Ok(names)
    }

    /// Terminal authentication; the key of the chip authentication to come.
    pub fn authenticate(&mut self, lab: &Lab) -> Result<PrivateKey, Status> {
        let challenge = self.get(&command([0, 0x84, 0, 0], Vec::new(), Some(8)))?.data;
        for certificate in &lab.chain {
            let name = tlv::write(0x83, &[certificate.authority.as_str().as_bytes()]);
            self.get(&command([0, 0x22, 0x81, 0xB6], name, None))?;
            let inside = tlv::only(0x7F21, certificate.as_bytes()).unwrap().value.to_vec();
            self.get(&command([0, 0x2A, 0, 0xBE], inside, None))?;
        }
        let ephemeral = key();
        let auxiliary_data =
            AuxiliaryData { born_by: Some(date(2008, 11, 26)), ..AuxiliaryData::default() }.encode().unwrap();
        let claim = [
            tlv::write(0x80, &[oid::TA_ECDSA_SHA_256]),
            tlv::write(0x83, &[lab.chain[1].holder.as_str().as_bytes()]),
            auxiliary_data.clone(),
            tlv::write(0x91, &[ephemeral.public().compressed()]),
        ];
        self.get(&command([0, 0x22, 0x81, 0xA4], claim.concat(), None))?;
        let session = terminal_authentication::Session {
            id_picc: &self.id_picc,
            challenge: &challenge.try_into().unwrap(),
            ephemeral: ephemeral.public(),
            auxiliary_data: &auxiliary_data,
        };
        self.get(&command([0, 0x82, 0, 0], session.sign(&lab.key).unwrap(), None))?;
        Ok(ephemeral)
    }

    /// EF.CardSecurity, in pieces as AusweisApp reads.
    pub fn card_security(&mut self) -> Result<Vec<u8>, Status> {
        let mut file = self.get(&command([0, 0xB0, 0x9D, 0], Vec::new(), Some(256)))?.data;
        loop {
            let [high, low] = u16::try_from(file.len()).unwrap().to_be_bytes();
            let answer = self.ask(&command([0, 0xB0, high, low], Vec::new(), Some(256)));
            if answer.status == Status::WRONG_OFFSET {
                return Ok(file);
            }
            file.extend(answer.data);
        }
    }

    /// Chip authentication with the key that the card names.
    pub fn authenticate_chip(
        &mut self,
        infos: &SecurityInfos,
        ephemeral: &PrivateKey,
    ) -> Result<(), ChipError> {
        let chip = &infos.chip_keys[0];
        let number = u8::try_from(chip.key_id.unwrap()).unwrap();
        let chosen = [tlv::write(0x80, &[chip.protocol.oid()]), tlv::write(0x84, &[&[number]])].concat();
        self.get(&command([0, 0x22, 0x41, 0xA4], chosen, None)).unwrap();
        let object = tlv::write(0x80, &[ephemeral.public().point()]);
        let answer = self.get(&dynamic(true, &object)).unwrap();
        let mut answered = objects(&answer);
        let nonce = answered.take(0x81).unwrap().value.try_into().unwrap();
        let token = answered.take(0x82).unwrap().value.try_into().unwrap();
        let keys = chip_authentication::terminal(chip.protocol, ephemeral, &chip.key, &nonce, &token)?;
        self.line = Some(secure_messaging::Terminal::new(keys));
        Ok(())
    }
}
