//! `torhaus demo`: a town to try out, with nothing real in it.

use super::out::{Failure, json, line, say};
use super::serve::{LogFormat, log_to_stderr};
use crate::app::clock::SystemDice;
use crate::app::data_directory::Tls;
use crate::app::demo_town::{self, Announcement};
use crate::app::server::{self, Listeners};
use crate::domain::dice::draw;
use crate::domain::service::hex;
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Args)]
pub struct Demo {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where the demo keeps its data; made if missing, continued if present. Temporary without it.
    #[arg(long, env = "TORHAUS_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// TLS of the demo: `off`, or `local-ca` with the demo's own root.
    #[arg(long, value_enum, default_value = "off")]
    tls: Tls,
    /// Where the demo's eID server is offered to customers (TR-03130-1, mutual TLS); port 0 takes a free one. Nowhere
    /// without it.
    #[arg(long, value_name = "ADDRESS")]
    eid_service_listen: Option<SocketAddr>,
    /// Say where everything is as one line of JSON.
    #[arg(long)]
    json: bool,
    /// Which log lines: error, warn, info, debug.
    #[arg(long, default_value = "warn", env = "TORHAUS_LOG")]
    log: String,
}

/// A directory that goes when the demo ends.
struct Temporary(Option<PathBuf>);

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // What can not be removed lies in the system's folder for temporary things.
            let _removed = std::fs::remove_dir_all(path);
        }
    }
}

impl Demo {
    pub(super) fn run(self) -> Result<(), Failure> {
        if self.tls == Tls::Files {
            return Err(Failure::Use("--tls files: the demo knows off and local-ca".to_owned()));
        }
        if self.eid_service_listen.is_some() && self.tls == Tls::Off {
            let why =
                "--eid-service-listen: customers send AusweisApp here, which wants TLS; add --tls local-ca";
            return Err(Failure::Use(why.to_owned()));
        }
        log_to_stderr(LogFormat::Text, &self.log)?;
        let listeners = Listeners {
            house: server::bind(self.listen)?,
            eid_service: self.eid_service_listen.map(server::bind).transpose()?,
        };
        let name = format!("torhaus-demo-{}", hex(&draw::<8>(&SystemDice)));
        let (directory, temporary) = match self.data_dir {
            Some(path) => (path, Temporary(None)),
            None => {
                let path = std::env::temp_dir().join(name);
                (path.clone(), Temporary(Some(path)))
            }
        };
        let ended = server::run(async {
            let town = demo_town::start(&directory, listeners, self.tls)?;
            if self.json {
                json(&town.announcement);
            } else {
                announce(&town.announcement);
            }
            Ok::<(), Failure>(town.serve().await?)
        });
        drop(temporary);
        ended
    }
}

fn announce(town: &Announcement) {
    line("");
    line("  The demo town of Birkenfurt is open. Nothing in it is real.");
    line("");
    line(&format!("    Front door    {}", town.url));
    for service in &town.demo_services {
        line(&format!("    Service       {}  ({})", service.url, service.name));
    }
    if let Some(url) = &town.eid_service_url {
        line(&format!("    eID service   {url}  (customers: torhaus eid customer add --data-dir …)"));
    }
    line(&format!("    Operator      {}", town.operator_invite_url));
    line("                  (once, within 15 minutes; a new one: torhaus operator invite --data-dir …)");
    if let Some(key) = &town.recovery_key {
        line(&format!("    Recovery key  {key}"));
    }
    line(&format!("    Data          {}", town.data_dir));
    line("");
    line("  The PIN of every demo card is 123456. Ctrl-C ends the demo.");
    line("");
    say("torhaus: ready");
}
