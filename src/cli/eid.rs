//! `torhaus eid lab`: the card PKI of a demo, and what AusweisApp needs to trust it. Customers of the demo's eID server
//! are in [`super::eid_customer`].

use super::Where;
use super::eid_customer::CustomerCommand;
use super::out::{self, Failure};
use crate::eid::lab::Lab;
use crate::eid::{ausweisapp, lab_secret};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

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
        }
    }
}

fn lab(house: &Where) -> Result<Lab, Failure> {
    lab_secret::ensure(&house.open()?.appliance).map_err(|why| Failure::Failed(why.to_string()))
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
