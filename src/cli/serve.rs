//! `torhaus serve`: the real thing.

use super::Where;
use super::out::{Failure, say};
use crate::app::setup::HouseFault;
use crate::app::{boot, server};
use clap::Args;
use std::path::PathBuf;
use tracing_subscriber::EnvFilter;

/// How log lines look.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

#[derive(Args)]
pub struct Serve {
    #[command(flatten)]
    place: Where,
    /// A boot file in place of the data directory's own.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How log lines look.
    #[arg(long, value_enum, default_value = "text", env = "TORHAUS_LOG_FORMAT")]
    log_format: LogFormat,
    /// Which log lines: error, warn, info, debug.
    #[arg(long, default_value = "info", env = "TORHAUS_LOG")]
    log: String,
}

/// Sends log lines to stderr. The passkey library logs what it is given at times: it is silenced.
pub fn log_to_stderr(format: LogFormat, level: &str) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(format!("{level},webauthn_rs_core=off,webauthn_rs=off"))
        .map_err(|why| Failure::Use(format!("--log {level:?}: {why}")))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Only the first logger of a process counts; in tests there are several houses in one process.
    let _first = match format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    Ok(())
}

impl Serve {
    pub(super) fn run(self) -> Result<(), Failure> {
        log_to_stderr(self.log_format, &self.log)?;
        let house = match &self.config {
            Some(file) => boot::open_with(&self.place.data_dir, file)?,
            None => boot::open(&self.place.data_dir, false)?,
        };
        let _occupied = house.directory.occupy().map_err(HouseFault::from)?;
        let listener = server::bind(house.boot.listen)?;
        let listens = listener.local_addr()?;
        let url = house.boot.public_url.clone();
        server::run(async move {
            let running = server::start(house, listener, 0, Vec::new())?;
            say(&format!("Torhaus serves {url} and listens on {listens}"));
            Ok(running.serve().await?)
        })
    }
}
