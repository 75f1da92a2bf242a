//! `torhaus eid lab`: the card PKI of a demo, and what AusweisApp needs to trust it. Customers of the demo's eID server
//! are in [`super::eid_customer`].

use super::Where;
use super::eid_customer::CustomerCommand;
use super::out::{self, Failure};
use crate::app::people::write_private;
use crate::eid::card::CardFile;
use crate::eid::card::people::{PEOPLE, person};
use crate::eid::client::demo::card_keys;
use crate::eid::lab::Lab;
use crate::eid::server::trust_list::{self, NotTaken, TrustList};
use crate::eid::{ausweisapp, lab_secret};
use crate::xml::read::from_hex;
use clap::{Args, Subcommand};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Reading identity cards.
#[derive(Subcommand)]
pub enum Command {
    /// The test PKI of a demo's data directory.
    #[command(subcommand)]
    Lab(LabCommand),
    /// Who else has cards read by the eID server of a demo.
    #[command(subcommand)]
    Customer(CustomerCommand),
}

/// What can be done with the lab.
#[derive(Subcommand)]
pub enum LabCommand {
    /// Make the lab's root, document verifier and terminal, unless they are there.
    Init(Init),
    /// Write a `config.json` with which AusweisApp trusts the lab's root.
    AusweisappConfig(AusweisappConfig),
    /// Write the lab's root certificate, which a test card must trust.
    Root(Root),
    /// Believe every card whose document signer this country signing CA certified.
    TrustAuthority(TrustAuthority),
    /// Put a card on the block list.
    Block(Block),
    /// Write the card of a made-up person, keys included, for a virtual card on a test's reader.
    Card(Card),
}

/// Options of `eid lab init`.
#[derive(Args)]
pub struct Init {
    #[command(flatten)]
    house: Where,
}

/// Options of `eid lab ausweisapp-config`.
#[derive(Args)]
pub struct AusweisappConfig {
    #[command(flatten)]
    house: Where,
    /// The file: `~/.local/share/AusweisApp2/config.json` (1.x) or `~/.local/share/AusweisApp/config.json` (2.x).
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Options of `eid lab root`.
#[derive(Args)]
pub struct Root {
    #[command(flatten)]
    house: Where,
    /// The file: a card-verifiable certificate.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Options of `eid lab trust-authority`.
#[derive(Args)]
pub struct TrustAuthority {
    #[command(flatten)]
    house: Where,
    /// The authority's certificate (DER or PEM).
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
}

/// Options of `eid lab block`.
#[derive(Args)]
pub struct Block {
    #[command(flatten)]
    house: Where,
    /// The card's pseudonym for the block list in the lab's sector, in hexadecimal.
    #[arg(long, value_name = "HEX")]
    pseudonym: String,
}

/// Options of `eid lab card`.
#[derive(Args)]
pub struct Card {
    #[command(flatten)]
    house: Where,
    /// Whose: `erika`, or another of the demo's people.
    #[arg(long, value_name = "PERSON")]
    person: String,
    /// Which of that person's cards: a higher number is a newer card, with new pseudonyms.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    issue: u32,
    /// The file: JSON, readable by its owner only; it must not be there yet.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Command {
    /// Does it.
    pub fn run(self) -> Result<(), Failure> {
        let command = match self {
            Self::Lab(command) => command,
            Self::Customer(command) => return command.run(),
        };
        match command {
            LabCommand::Init(Init { house }) => {
                lab(&house)?;
                out::say(
                    "The eID lab is ready. `torhaus eid lab ausweisapp-config` lets AusweisApp trust it.",
                );
                Ok(())
            }
            LabCommand::AusweisappConfig(AusweisappConfig { house, out }) => {
                write(&out, ausweisapp::config(lab(&house)?.root_certificate()).as_bytes())
            }
            LabCommand::Root(Root { house, out }) => write(&out, lab(&house)?.root_certificate()),
            LabCommand::TrustAuthority(TrustAuthority { house, certificate }) => {
                let bytes = std::fs::read(&certificate).map_err(|why| {
                    Failure::Failed(format!(
                        "{}: {why}; give the authority's certificate",
                        certificate.display()
                    ))
                })?;
                let der = CertificateDer::from_pem_slice(&bytes).map_or(bytes, |pem| pem.to_vec());
                change(&house, |list| list.trust(&der))
            }
            LabCommand::Block(Block { house, pseudonym }) => {
                let bytes = from_hex(&pseudonym).unwrap_or_default();
                change(&house, |list| list.block(&bytes))
            }
            LabCommand::Card(card) => card.write(),
        }
    }
}

impl Card {
    fn write(self) -> Result<(), Failure> {
        if person(&self.person).is_none() {
            let known = PEOPLE.iter().map(|person| person.key).collect::<Vec<_>>().join(", ");
            return Err(Failure::Use(format!("{} is none of the demo's people: {known}", self.person)));
        }
        let lab = lab(&self.house)?;
        let keys =
            card_keys(&lab, &self.person, self.issue).map_err(|why| Failure::Failed(why.to_string()))?;
        let card = CardFile { person: self.person, root: lab.root_certificate().to_vec(), keys };
        let json = Zeroizing::new(serde_json::to_vec(&card).map_err(|why| Failure::Failed(why.to_string()))?);
        write_private(&self.out, &json).map_err(|why| {
            let path = self.out.display();
            Failure::Failed(format!("{path}: {why}; choose a new file in a folder which this user may write"))
        })
    }
}

fn lab(house: &Where) -> Result<Lab, Failure> {
    lab_secret::ensure(&house.open()?.appliance).map_err(|why| Failure::Failed(why.to_string()))
}

/// Changes the list of what is believed; a running server sees it at the next card.
fn change(house: &Where, act: impl Fn(&mut TrustList) -> Result<bool, NotTaken>) -> Result<(), Failure> {
    let house = house.open()?;
    lab_secret::ensure(&house.appliance).map_err(|why| Failure::Failed(why.to_string()))?;
    let changed = trust_list::change(&house.appliance, act);
    let changed = changed.map_err(|why| Failure::Failed(why.to_string()))?;
    let new = changed.map_err(|why| Failure::Use(why.to_string()))?;
    out::say(if new { "Done." } else { "It was so already." });
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |why: std::io::Error| {
        let path = path.display();
        Failure::Failed(format!("{path}: {why}; choose a file in a folder which this user may write"))
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(path, bytes).map_err(failed)
}
