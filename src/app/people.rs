//! Acts on people for commands: looking at everything; blocking and deleting are those of the pages.

use crate::domain::attribute::{Attribute, Identity};
use crate::domain::id::PersonId;
use crate::http::Appliance;
use crate::store::{self, Fault};
pub use crate::web::people::{delete, leaving, set_state};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// What the document says of a person.
pub fn identity(person: PersonId, app: &Appliance) -> Result<Identity, Fault> {
    let found = app.store.read(|db| store::vault::open_identity(person, &Attribute::ALL, &app.keys, db))?;
    Ok(found.unwrap_or_default())
}

/// Everything that is stored about a person.
pub fn export(person: PersonId, app: &Appliance) -> Result<serde_json::Value, Fault> {
    crate::web::account::dossier::export(person, app)
}

/// Writes a file which only its owner can read; an existing one is not touched.
pub fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}
