//! `torhaus gallery`: every page with made-up content, for designers and for tests.

use super::out::{Failure, line};
use crate::paths;
use crate::web::{assets, gallery};
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};

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
            make(&language)?;
            // Addresses of files are absolute on a server and relative here.
            let html = sample.html.replace(&format!("\"{folder}"), "\"../static/");
            write(&language.join(format!("{}.html", sample.name.replace('/', "-"))), html.as_bytes())?;
            pages += 1;
        }
        let files = self.out.join("static");
        make(&files)?;
        for asset in assets::all() {
            let name = asset.address.trim_start_matches(folder);
            write(&files.join(name), &asset.bytes)?;
        }
        line(&format!("{pages} pages in {}", self.out.display()));
        Ok(())
    }
}

fn make(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|why| cannot(folder, &why))
}

fn write(file: &Path, content: &[u8]) -> Result<(), Failure> {
    fs::write(file, content).map_err(|why| cannot(file, &why))
}

fn cannot(path: &Path, why: &std::io::Error) -> Failure {
    Failure::Failed(format!("{}: {why}; choose a folder that you may write to", path.display()))
}
