//! `torhaus doctor`: examines everything and says what to mend.

use super::Where;
use super::out::{Failure, json, line};
use crate::app::doctor::{self, Finding};
use clap::Args;

#[derive(Args)]
pub struct Doctor {
    #[command(flatten)]
    place: Where,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub(super) fn run(self) -> Result<(), Failure> {
        let directory = crate::app::data_directory::DataDirectory::open(&self.place.data_dir)
            .map_err(crate::app::setup::HouseFault::from)?;
        let findings = doctor::examine(&directory);
        if self.json {
            json(&findings);
        } else {
            for finding in &findings {
                show(finding);
            }
        }
        match findings.iter().filter(|finding| finding.remedy.is_some()).count() {
            0 => Ok(()),
            1 => Err(Failure::Failed("1 problem".to_owned())),
            n => Err(Failure::Failed(format!("{n} problems"))),
        }
    }
}

fn show(finding: &Finding) {
    let sign = if finding.remedy.is_some() { "✗" } else { "✓" };
    line(&format!("{sign} {:12} {}", finding.subject, finding.found));
    if let Some(remedy) = &finding.remedy {
        line(&format!("               → {remedy}"));
    }
}
