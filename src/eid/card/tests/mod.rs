//! The terminal's side of `cvc` against the card: everybody's card read, every refusal, and noise at every stage.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::civil::{Date, date};

use super::people::person;
use super::{Card, CardKeys, Claim, Pace, Password};
use crate::cvc::apdu::{Command, Response, Status};
use crate::cvc::auxiliary_data::AuxiliaryData;
use crate::cvc::card_security;
use crate::cvc::certificate::{Certificate, Extensions, Reference};
use crate::cvc::chat::{Chat, Right, Rights, Role};
use crate::cvc::chip_authentication;
use crate::cvc::curve::{Curve, Hash};
use crate::cvc::data_groups::DataGroup;
use crate::cvc::document_signer::{self, DocumentSigner};
use crate::cvc::issue::{Request, issue};
use crate::cvc::key::{PrivateKey, PublicKey};
use crate::cvc::restricted_identification::SectorKey;
use crate::cvc::secure_messaging::Terminal;
use crate::cvc::security_infos::SecurityInfos;
use crate::cvc::terminal_authentication::Session;
use crate::domain::dice::Dice;

mod exchange;
mod letters;
mod noise;
mod refusals;

const TODAY: Date = date(2026, 11, 26);
const CURVE: Curve = Curve::BrainpoolP256r1;

/// A different but repeatable value for every draw.
struct Seeded(AtomicU64);

impl Dice for Seeded {
    fn fill(&self, out: &mut [u8]) {
        let count = self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        out.copy_from_slice(&Hash::Sha512.of(&[&count])[..out.len()]);
    }
}

fn dice(seed: u64) -> Seeded {
    Seeded(AtomicU64::new(seed << 32))
}

fn key(curve: Curve, dice: &Seeded) -> PrivateKey {
    PrivateKey::draw(curve, &mut |out| dice.fill(out)).unwrap()
}

/// Everything around the card: who certifies, who asks, who made the cards.
struct Lab {
    root: Certificate,
    verifier: Certificate,
    terminal: Certificate,
    terminal_key: PrivateKey,
    signer_key: PrivateKey,
    signer: Vec<u8>,
    sector: SectorKey,
    revocation: SectorKey,
}

/// Drawn once: keys on these curves take their time.
static LAB: LazyLock<Lab> = LazyLock::new(|| Lab::new(CURVE, asked_rights()));

/// All that a service may ask of people.
fn asked_rights() -> Rights {
    let asked = [Right::AgeVerification, Right::CommunityIdVerification, Right::RestrictedIdentification];
    asked.into_iter().chain(DataGroup::ALL.map(Right::Read)).collect()
}

fn request(authority: &str, holder: &str, role: Role, rights: Rights) -> Request {
    Request {
        authority: Reference::new(authority).unwrap(),
        holder: Reference::new(holder).unwrap(),
        chat: Chat { role, rights },
        effective: date(2026, 11, 1),
        expiration: date(2026, 11, 30),
        extensions: Extensions::default(),
    }
}

impl Lab {
    fn new(curve: Curve, rights: Rights) -> Self {
        let dice = dice(1);
        let [root_key, verifier_key, terminal_key, signer_key] = [(); 4].map(|()| key(curve, &dice));
        let [sector, revocation] =
            [(); 2].map(|()| SectorKey::new(curve.hash(), key(curve, &dice).public().clone()).unwrap());
        let root = request("DECVCATEST00001", "DECVCATEST00001", Role::Cvca, Rights::ALL);
        let verifier = request("DECVCATEST00001", "DEDVTEST00001", Role::Verifier, Rights::ALL);
        let mut terminal = request("DEDVTEST00001", "DETERMINAL00001", Role::Terminal, rights);
        terminal.extensions.first_sector = Some(sector.hash(curve.hash()));
        terminal.extensions.second_sector = Some(revocation.hash(curve.hash()));
        let signer =
            document_signer::issue_for_lab(&signer_key, "Lab signer", date(2026, 1, 1), date(2036, 1, 1));
        Self {
            root: issue(&root, root_key.public(), &root_key).unwrap(),
            verifier: issue(&verifier, verifier_key.public(), &root_key).unwrap(),
            terminal: issue(&terminal, terminal_key.public(), &verifier_key).unwrap(),
            terminal_key,
            signer_key,
            signer: signer.unwrap(),
            sector,
            revocation,
        }
    }

    /// A card of the lab in the hands of somebody.
    fn card(&self, holder: &str) -> Card {
        let seed = Hash::Sha256.of(&[holder.as_bytes()]);
        let seed = u64::from(seed[0]) << 8 | u64::from(seed[1]);
        let curve = self.signer_key.curve();
        let keys = CardKeys::make(curve, (&self.signer, &self.signer_key), &dice(seed)).unwrap();
        // As the demo keeps it.
        let kept = serde_json::to_string(&keys).unwrap();
        let keys: CardKeys = serde_json::from_str(&kept).unwrap();
        Card::new(person(holder).unwrap().content(TODAY).unwrap(), keys, vec![self.root.clone()])
    }

    fn chain(&self) -> [&[u8]; 2] {
        [self.verifier.as_bytes(), self.terminal.as_bytes()]
    }
}

/// What came of PACE: somebody typed the PIN and confirmed everything.
fn pace() -> Pace {
    Pace { password: Password::Pin, id_picc: vec![0x5A; 32], confirmed: Rights::ALL }
}

/// All three comparisons: 18 years, valid today, in Germany.
fn compared() -> AuxiliaryData {
    AuxiliaryData {
        born_by: Some(date(2008, 11, 26)),
        valid_on: Some(TODAY),
        community: Some(vec![0x02, 0x76]),
    }
}

/// A terminal with its card at the end of chip authentication.
struct Reading {
    card: Card,
    messaging: Terminal,
    infos: SecurityInfos,
}

/// Terminal authentication with everything right; gives the ephemeral key.
fn admit(lab: &Lab, card: &mut Card, pace: Pace, asked: &AuxiliaryData) -> PrivateKey {
    let dice = dice(7);
    let id_picc = pace.id_picc.clone();
    card.enter(pace).unwrap();
    for certificate in lab.chain() {
        card.verify_certificate(certificate, TODAY).unwrap();
    }
    let challenge = card.challenge(&dice).unwrap();
    let ephemeral = key(lab.terminal_key.curve(), &dice);
    let asked = asked.encode().unwrap();
    let signature = sign(lab, &id_picc, &challenge, ephemeral.public(), &asked);
    card.authenticate_terminal(&Claim {
        ephemeral: ephemeral.public().compressed(),
        auxiliary_data: &asked,
        signature: &signature,
    })
    .unwrap();
    ephemeral
}

fn sign(lab: &Lab, id_picc: &[u8], challenge: &[u8; 8], ephemeral: &PublicKey, asked: &[u8]) -> Vec<u8> {
    Session { id_picc, challenge, ephemeral, auxiliary_data: asked }.sign(&lab.terminal_key).unwrap()
}

impl Reading {
    /// Both sides authenticated, the eID application selected.
    fn begun(lab: &Lab, mut card: Card, pace: Pace) -> Self {
        let ephemeral = admit(lab, &mut card, pace, &compared());
        let signers = [DocumentSigner::trusted(&lab.signer).unwrap()];
        let infos = card_security::verify(card.card_security().unwrap(), &signers, TODAY).unwrap();
        assert!(infos.confirms(&SecurityInfos::parse(card.card_access()).unwrap()));
        let chip = infos.chip_keys[0].clone();
        let proof = card.authenticate_chip(chip.key_id, ephemeral.public().point(), &dice(8)).unwrap();
        let keys =
            chip_authentication::terminal(chip.protocol, &ephemeral, &chip.key, &proof.nonce, &proof.token);
        let mut reading = Self { card, messaging: Terminal::new(keys.unwrap()), infos };
        assert_eq!(reading.status(&Command::select_eid()), Status::OK);
        reading
    }

    fn ask(&mut self, command: &Command) -> Response {
        let secured = self.messaging.wrap(command).unwrap();
        self.messaging.unwrap(&self.card.transmit(&secured)).unwrap()
    }

    fn status(&mut self, command: &Command) -> Status {
        self.ask(command).status
    }

    /// A whole file, in as many commands as it takes.
    fn read(&mut self, group: DataGroup) -> Result<Vec<u8>, Status> {
        let first = self.ask(&Command::read(group));
        if first.status != Status::OK {
            return Err(first.status);
        }
        let mut file = first.data;
        while file.len().is_multiple_of(256) {
            let more = self.ask(&Command::read_on(u16::try_from(file.len()).unwrap()).unwrap());
            file.extend_from_slice(&more.data);
            if more.status == Status::END_OF_FILE {
                break;
            }
            assert_eq!(more.status, Status::OK);
        }
        Ok(file)
    }
}
