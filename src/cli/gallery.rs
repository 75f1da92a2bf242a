//! `torhaus gallery`: every page with made-up content, for designers and for tests.

use super::out::{Failure, line};
use crate::paths;
use crate::web::{assets, gallery};
use clap::Args;
use std::fs;
use std::path::PathBuf;

#[derive(Args)]
pub struct Gallery {
    /// The folder to write to; made if missing.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Gallery {
    pub(super) fn run(self) -> Result<(), Failure> {
        let folder = paths::STATIC.trim_end_matches("{file}");
        let mut pages = 0;
        for sample in gallery() {
            let language = self.out.join(sample.language.tag());
            fs::create_dir_all(&language)?;
            // Addresses of files are absolute on a server and relative here.
            let html = sample.html.replace(&format!("\"{folder}"), "\"../static/");
            fs::write(language.join(format!("{}.html", sample.name.replace('/', "-"))), html)?;
            pages += 1;
        }
        let files = self.out.join("static");
        fs::create_dir_all(&files)?;
        for asset in assets::all() {
            let name = asset.address.trim_start_matches(folder);
            fs::write(files.join(name), &asset.bytes)?;
        }
        line(&format!("{pages} pages in {}", self.out.display()));
        Ok(())
    }
}
