//! `torhaus key`: replacing the appliance key while the house runs.

use super::Where;
use super::out::{Failure, line};
use crate::app::rotation;
use clap::Subcommand;

#[derive(Subcommand)]
pub enum Command {
    /// Replace the appliance key: everything it wraps is wrapped anew, then the old key is destroyed.
    Rotate {
        #[command(flatten)]
        place: Where,
    },
}

impl Command {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self::Rotate { place } = self;
        let house = place.open()?;
        let count = rotation::rotate(&house)?;
        line(&format!("The appliance key was replaced; {count} values are wrapped by the new one."));
        Ok(())
    }
}
