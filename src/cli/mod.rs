//! The operator's hands: commands on a data directory, whether or not a server runs on it. Both processes write the
//! same store under its lock, and a running server sees a change at once.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong use. Messages go to stderr, what was asked for to stdout.
//! Absent on purpose: SQL of its own, prompts in the middle of a command.

pub mod audit;
pub mod binding;
pub mod ca;
mod commands;
pub mod demo;
pub mod doctor;
pub mod eid;
pub mod eid_customer;
pub mod gallery;
pub mod key;
pub mod operator;
pub mod out;
pub mod person;
pub mod serve;
pub mod service;
pub mod setup;

use crate::app::boot::{self, House};
use crate::app::setup::HouseFault;
use clap::{Args, Parser, Subcommand};
use out::Failure;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// The gatehouse of a small city.
#[derive(Parser)]
#[command(name = "torhaus", version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Which house a command works on.
#[derive(Args, Clone)]
pub struct Where {
    /// The data directory.
    #[arg(long, env = "TORHAUS_DATA_DIR", value_name = "DIR")]
    data_dir: PathBuf,
}

impl Where {
    /// Opens the house.
    fn open(&self) -> Result<House, HouseFault> {
        boot::open_for_command(&self.data_dir)
    }
}

#[derive(Subcommand)]
enum Command {
    /// Run a demo town: made-up people, three services.
    Demo(demo::Demo),
    /// Serve a town.
    Serve(serve::Serve),
    /// Make a data directory.
    Setup(setup::Setup),
    /// Operators of this house.
    #[command(subcommand)]
    Operator(operator::Operator),
    /// Services that ask people to log in.
    #[command(subcommand)]
    Service(service::Command),
    /// People.
    #[command(subcommand)]
    Person(person::Command),
    /// Person bindings.
    #[command(subcommand)]
    Binding(commands::Binding),
    /// The audit.
    #[command(subcommand)]
    Audit(commands::Audit),
    /// The town's certificate authority.
    #[command(subcommand)]
    Ca(commands::Ca),
    /// Reading identity cards.
    #[command(subcommand)]
    Eid(eid::Command),
    /// Keys of the appliance.
    #[command(subcommand)]
    Key(key::Command),
    /// Examine everything and say what to mend.
    Doctor(doctor::Doctor),
    /// Write every page with made-up content, in each language.
    Gallery(gallery::Gallery),
    /// Say which version this is.
    Version {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Runs a command line.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    // One provider is linked; it must be named before anything speaks TLS. A second call changes nothing.
    let _first = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(wrong) => {
            let code = if wrong.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
            // Nothing can be said where nobody listens.
            let _said = wrong.print();
            return code;
        }
    };
    match carry_out(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            out::say(&failure.to_string());
            failure.code()
        }
    }
}

fn carry_out(command: Command) -> Result<(), Failure> {
    match command {
        Command::Demo(demo) => demo.run(),
        Command::Serve(serve) => serve.run(),
        Command::Setup(setup) => setup.run(),
        Command::Operator(operator) => operator.run(),
        Command::Service(service) => service.run(),
        Command::Person(person) => person.run(),
        Command::Binding(binding) => binding.run(),
        Command::Audit(audit) => audit.run(),
        Command::Ca(ca) => ca.run(),
        Command::Eid(eid) => eid.run(),
        Command::Key(key) => key.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Gallery(gallery) => gallery.run(),
        Command::Version { json } => {
            if json {
                out::json(&serde_json::json!({ "name": "torhaus", "version": env!("CARGO_PKG_VERSION") }));
            } else {
                out::line(concat!("torhaus ", env!("CARGO_PKG_VERSION")));
            }
            Ok(())
        }
    }
}
