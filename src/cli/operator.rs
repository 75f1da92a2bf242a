//! `torhaus operator`: the way in, and the way back in.

use super::Where;
use super::out::{Failure, json, line};
use crate::app::demo_town::invite;
use crate::domain::staff::Role;
use clap::Subcommand;

#[derive(Subcommand)]
pub enum Operator {
    /// Make a one-time address under which an operator makes a passkey; valid for 15 minutes.
    Invite {
        #[command(flatten)]
        place: Where,
        /// As JSON, without the picture.
        #[arg(long)]
        json: bool,
    },
}

impl Operator {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self::Invite { place, json: as_json } = self;
        let house = place.open()?;
        let address = invite(Role::Operator, &house.appliance)?;
        if as_json {
            json(&serde_json::json!({ "operator_invite_url": address }));
            return Ok(());
        }
        line(&address);
        if let Ok(picture) = fast_qr::QRBuilder::new(address.as_str()).build() {
            line(&picture.to_str());
        }
        line("Open it within 15 minutes, on the device that shall hold the operator's key. It works once.");
        Ok(())
    }
}
