//! `torhaus setup`: makes a data directory, once.

use super::out::{Failure, json, line};
use crate::app::clock::{SystemClock, SystemDice};
use crate::app::data_directory::{Boot, DirectoryFault, Tls};
use crate::app::setup::{self, HouseFault};
use crate::domain::time::Clock;
use crate::domain::town::Town;
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Args)]
pub struct Setup {
    /// The directory to make; an existing one is never touched.
    #[arg(long, env = "TORHAUS_DATA_DIR", value_name = "DIR")]
    data_dir: PathBuf,
    /// The address people use: https://id.birkenfurt.example
    #[arg(long, value_name = "URL")]
    public_url: String,
    /// Where TLS comes from.
    #[arg(long, value_enum, default_value = "off")]
    tls: Tls,
    /// With --tls files: the certificate chain, PEM.
    #[arg(long, value_name = "FILE")]
    tls_certificate: Option<PathBuf>,
    /// With --tls files: the key, PEM.
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Address to listen on; by default port 443 with TLS, and 127.0.0.1:8080 behind a proxy without.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// A proxy whose X-Forwarded-For counts; repeatable.
    #[arg(long, value_name = "NETWORK")]
    trusted_proxy: Vec<String>,
    /// The town's name as its pages show it.
    #[arg(long, value_name = "NAME", default_value = "Stadt Birkenfurt")]
    town: String,
    /// The town alone, as in addresses; decides who is a resident.
    #[arg(long, value_name = "NAME", default_value = "Birkenfurt")]
    locality: String,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Setup {
    pub(super) fn run(self) -> Result<(), Failure> {
        let usual = match self.tls {
            Tls::Off => SocketAddr::from(([127, 0, 0, 1], 8080)),
            Tls::Files | Tls::LocalCa => SocketAddr::from(([0, 0, 0, 0], 443)),
        };
        let boot = Boot {
            tls_certificate: whole(self.tls_certificate)?,
            tls_key: whole(self.tls_key)?,
            trusted_proxies: self.trusted_proxy,
            ..Boot::new(&self.public_url, self.listen.unwrap_or(usual), self.tls)
        };
        let town = Town { name: self.town, locality: self.locality, ..Town::default() };
        let now = SystemClock.now();
        let made = setup::create(&self.data_dir, &boot, &town, &SystemDice, now);
        let (directory, recovery) = made.map_err(|why| match why {
            // What was typed, not a file: there is none yet.
            HouseFault::Directory(DirectoryFault::BootFile { mistakes, .. }) => {
                Failure::Use(format!("nothing was set up:\n{mistakes}"))
            }
            why => why.into(),
        })?;
        if self.json {
            json(&serde_json::json!({
                "data_dir": directory.path(),
                "public_url": boot.public_url,
                "recovery_key": recovery.text.as_str(),
            }));
            return Ok(());
        }
        line(&format!("Made {}.", directory.path().display()));
        line("");
        line("Recovery key, shown this once. Write it down and keep it away from this machine:");
        line(&format!("    {}", recovery.text.as_str()));
        line("");
        line(&format!(
            "Next: torhaus serve --data-dir {0}, then torhaus operator invite --data-dir {0}",
            directory.path().display()
        ));
        Ok(())
    }
}

/// The server may run from another folder than this command.
fn whole(path: Option<PathBuf>) -> Result<Option<PathBuf>, Failure> {
    Ok(path.map(std::path::absolute).transpose()?)
}
