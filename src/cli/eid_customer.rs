//! `torhaus eid customer`: who has cards read by the eID server of this directory (TR-03130-1), and what they need of it.

use super::Where;
use super::out::{self, Failure};
use crate::eid::facade::customer::{Customer, USUAL_SESSIONS, Wish};
use crate::eid::facade::kept::{self, NoFacade};
use crate::eid::request::Operation;
use crate::{ca, paths};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

/// What can be done with customers.
#[derive(Subcommand)]
pub enum CustomerCommand {
    /// Take a customer; the running server sees it at once.
    Add(Box<Add>),
    /// Show the customers.
    List(List),
    /// Let a customer go, with its open sessions.
    Remove(Remove),
    /// Write what a customer must know of us: signing certificate and TLS trust anchor.
    Provider(Provider),
}

/// Options of `eid customer add`.
#[derive(Args)]
pub struct Add {
    #[command(flatten)]
    house: Where,
    /// Its name, which holders are shown.
    #[arg(long)]
    name: String,
    /// The origin of its pages, to which its certificate for reading cards is bound: https://id.birkenfurt.example
    #[arg(long, value_name = "URL")]
    url: String,
    /// The certificate that signs its messages, PEM; a next one may stand beside it.
    #[arg(long, value_name = "FILE")]
    signing_certificate: PathBuf,
    /// Its TLS client certificate, PEM; a next one may stand beside it.
    #[arg(long, value_name = "FILE")]
    tls_certificate: PathBuf,
    /// What it may ask of a card, as TR-03130-1 calls it (GivenNames, RestrictedID …); repeatable. All without it.
    #[arg(long, value_name = "OPERATION", value_parser = operation)]
    operation: Vec<Operation>,
    /// Sessions it may have open at once.
    #[arg(long, value_name = "NUMBER", default_value_t = USUAL_SESSIONS)]
    sessions: u32,
}

/// Options of `eid customer list`.
#[derive(Args)]
pub struct List {
    #[command(flatten)]
    house: Where,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Options of `eid customer remove`.
#[derive(Args)]
pub struct Remove {
    #[command(flatten)]
    house: Where,
    /// Its name.
    #[arg(long)]
    name: String,
}

/// Options of `eid customer provider`.
#[derive(Args)]
pub struct Provider {
    #[command(flatten)]
    house: Where,
    /// The folder for the two files; made if missing.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Say addresses and files as JSON.
    #[arg(long)]
    json: bool,
}

impl From<NoFacade> for Failure {
    fn from(why: NoFacade) -> Self {
        match why {
            NoFacade::Mistakes(_) => Self::Use(why.to_string()),
            why => Self::Failed(why.to_string()),
        }
    }
}

impl CustomerCommand {
    /// Does it.
    pub fn run(self) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(),
            Self::List(List { house, json }) => list(&house, json),
            Self::Remove(Remove { house, name }) => {
                kept::remove(&name, &house.open()?.appliance)?;
                out::say(&format!(
                    "{name} is no customer any more; taken again, it would get other pseudonyms."
                ));
                Ok(())
            }
            Self::Provider(Provider { house, out, json }) => provider(&house, &out, json),
        }
    }
}

impl Add {
    fn run(self) -> Result<(), Failure> {
        let wish = Wish {
            name: self.name,
            url: self.url,
            signing_certificate: read(&self.signing_certificate)?,
            tls_certificate: read(&self.tls_certificate)?,
            operations: self.operation,
            sessions: self.sessions,
        };
        let customer = kept::add(&wish, &self.house.open()?.appliance)?;
        out::say(&format!(
            "{} is a customer. `torhaus eid customer provider` writes what it must know of us.",
            customer.name
        ));
        Ok(())
    }
}

fn list(house: &Where, json: bool) -> Result<(), Failure> {
    let app = house.open()?.appliance;
    let all = kept::open_customers(kept::sealed_customers(&app)?.as_deref(), &app)?;
    if json {
        out::json(&all.iter().map(shown).collect::<Vec<_>>());
    } else {
        for customer in &all {
            let operations = customer.operations.len();
            out::line(&format!("{}  {}  {operations} operations", customer.name, customer.url));
        }
    }
    Ok(())
}

fn shown(customer: &Customer) -> serde_json::Value {
    let operations: Vec<&str> = customer.operations.iter().map(|one| one.name()).collect();
    serde_json::json!({
        "name": customer.name,
        "url": customer.url,
        "operations": operations,
        "sessions": customer.sessions,
    })
}

fn provider(house: &Where, folder: &Path, json: bool) -> Result<(), Failure> {
    let house = house.open()?;
    let app = &house.appliance;
    let signing = kept::signing_key(app)?;
    let anchor = app.store.read(|db| Ok(ca::root_pem(db)))?;
    let anchor = anchor.map_err(|why| Failure::Failed(format!("the certificate authority: {why}")))?;
    std::fs::create_dir_all(folder).map_err(|why| unusable(folder, &why))?;
    let files = [("signing.pem", ca::certificate_pem(signing.certificate())), ("tls-anchor.pem", anchor)];
    let mut written = Vec::new();
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|why| unusable(&path, &why))?;
        written.push(path);
    }
    let address = house.boot.eid_service_url();
    let token = app.url(paths::EID_SERVICE_TC_TOKEN);
    if json {
        out::json(&serde_json::json!({
            "address": address,
            "token_address": token,
            "signing_certificate": written[0],
            "tls_anchor": written[1],
        }));
        return Ok(());
    }
    match address {
        Some(address) => out::line(&format!("Address           {address}")),
        None => out::line("Address           none; serve it with `torhaus demo --eid-service-listen …`"),
    }
    out::line(&format!("TC tokens         {token}"));
    out::line(&format!("Our signatures    {}", written[0].display()));
    out::line(&format!("Our TLS           {}", written[1].display()));
    Ok(())
}

fn operation(name: &str) -> Result<Operation, String> {
    Operation::parse(name).ok_or_else(|| {
        let known: Vec<&str> = Operation::ALL.iter().map(|one| one.name()).collect();
        format!("there is no such operation; they are {}", known.join(", "))
    })
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|why| {
        let path = path.display();
        Failure::Failed(format!("{path}: {why}; name a file with a certificate as PEM text"))
    })
}

fn unusable(path: &Path, why: &std::io::Error) -> Failure {
    let path = path.display();
    Failure::Failed(format!("{path}: {why}; choose a folder which this user may write"))
}
