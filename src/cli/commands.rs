//! The flags of `torhaus audit`, `binding` and `ca`.

use super::ca::Outcome;
use super::out::{Failure, line};
use super::{Where, audit, binding, ca};
use crate::app::clock::SystemClock;
use crate::domain::time::Clock;
use clap::Subcommand;
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum Audit {
    /// Check chain and checkpoints; name the first broken row.
    Verify {
        #[command(flatten)]
        place: Where,
        /// A root certificate kept elsewhere.
        #[arg(long, value_name = "PEM")]
        root: Option<PathBuf>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
pub enum Binding {
    /// Check a person binding offline.
    Verify {
        /// The binding.
        file: PathBuf,
        /// The town's root certificate.
        #[arg(long, value_name = "PEM")]
        root: PathBuf,
        /// The town's list of revoked bindings.
        #[arg(long, value_name = "FILE")]
        revocations: Option<PathBuf>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
pub enum Ca {
    /// The root of the town's authority.
    #[command(subcommand)]
    Root(Root),
}

#[derive(Subcommand)]
pub enum Root {
    /// Write certificate and key of the root to a file for the safe.
    Export {
        #[command(flatten)]
        place: Where,
        /// A new file; mode 0600.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Then remove the key from this machine.
        #[arg(long)]
        remove: bool,
    },
}

fn tell(outcome: Result<Outcome, ca::Failure>) -> Result<(), Failure> {
    let outcome = outcome.map_err(|why| Failure::Failed(why.to_string()))?;
    line(outcome.text.trim_end());
    if outcome.ok { Ok(()) } else { Err(Failure::Failed(outcome.trouble)) }
}

impl Audit {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self::Verify { place, root, json } = self;
        let house = place.open()?;
        let app = &house.appliance;
        tell(audit::verify(&audit::Verify { root, json }, &app.store, &app.keys, app.now()))
    }
}

impl Binding {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self::Verify { file, root, revocations, json } = self;
        let options = binding::Verify { file, root, revocations, json };
        tell(binding::verify_file(&options, SystemClock.now()))
    }
}

impl Ca {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self::Root(Root::Export { place, out, remove }) = self;
        let house = place.open()?;
        let app = &house.appliance;
        tell(ca::root_export(&ca::RootExport { out, remove }, &app.store, &app.keys, app.now()))
    }
}
