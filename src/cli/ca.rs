//! `torhaus ca root export`: a copy of the root's key for the safe, and on demand its removal from here.

use crate::ca::{self, Fault, export_root, prepare_removal};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::time::Timestamp;
use crate::seal::SharedKeys;
use crate::store::{self, Store};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What a command has to say, for standard output, and whether all is well (exit 0) or not (exit 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The text, with its last line break.
    pub text: String,
    /// Nothing is wrong.
    pub ok: bool,
    /// In one line, for standard error, where something is.
    pub trouble: String,
}

/// Why a command could not do its work; the message names the remedy.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The authority, or what lies beneath it.
    #[error(transparent)]
    Authority(#[from] Fault),
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Fault),
    /// A file.
    #[error("cannot {act} {path}: {cause}", path = path.display())]
    File {
        /// What was tried.
        act: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// The file is not text.
    #[error("{path} is not a text file; a certificate in PEM is needed", path = path.display())]
    NotText {
        /// Which file.
        path: PathBuf,
    },
    /// Another command was at it.
    #[error("the root's key was changed in the meantime; run the command again")]
    Changed,
}

/// Options of `torhaus ca root export`.
#[derive(Clone, Debug)]
pub struct RootExport {
    /// A new file; mode 0600.
    pub out: PathBuf,
    /// Remove the key from the store.
    pub remove: bool,
}

/// Writes certificate and key of the root to a new file and, if asked to, removes the key from the store once the
/// file was read back. Both are audited.
///
/// # Errors
/// [`Failure`]; an existing file is not overwritten.
pub fn root_export(
    options: &RootExport,
    store: &Store,
    keys: &SharedKeys,
    now: Timestamp,
) -> Result<Outcome, Failure> {
    let text = store.read(|db| Ok(export_root(keys, db)))??;
    // Before the key is out of the house: an export that cannot be audited does not happen.
    store.write_blocking(now.0, |db| {
        let entry = Entry::new(Event::SettingsChanged, Actor::Command).with("authority", "root-key-export");
        store::audit::append(&entry, db)
    })?;
    write_secret(&options.out, &text)?;
    let path = options.out.display();
    let mut said = format!("{path}: the root's certificate and private key, not encrypted.\n");
    if options.remove {
        remove(store, keys, now)?;
        said += "The private key was removed from this machine. Only this file holds it now: make a second copy, \
                 and keep both in a safe.\nOlder backups still hold it, sealed by the appliance key.\n";
    } else {
        said += "The private key is still on this machine as well; --remove takes it away.\n";
    }
    Ok(Outcome { text: said, ok: true, trouble: String::new() })
}

fn remove(store: &Store, keys: &SharedKeys, now: Timestamp) -> Result<(), Failure> {
    let removal = store.read(|db| Ok(prepare_removal(keys, db, now)))??;
    let done = store.write_blocking(now.0, move |db| {
        let entry = Entry::new(Event::SettingsChanged, Actor::Command).with("authority", "root-key-removed");
        if !removal.keep(db)? {
            return Ok::<_, store::Fault>(false);
        }
        store::audit::append(&entry, db)?;
        Ok(true)
    })?;
    if done { Ok(()) } else { Err(Failure::Changed) }
}

/// Writes a new file which only its owner can read, and makes sure that it is on the disk as it should be.
fn write_secret(path: &Path, text: &str) -> Result<(), Failure> {
    let fault = |act| move |cause| Failure::File { act, path: path.to_owned(), cause };
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(fault("create"))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(fault("write"))?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = File::open(directory.unwrap_or(Path::new(".")));
    directory.and_then(|directory| directory.sync_all()).map_err(fault("write"))?;
    let back = Zeroizing::new(fs::read(path).map_err(fault("read back"))?);
    if *back == text.as_bytes() { Ok(()) } else { Err(fault("read back")(io::ErrorKind::InvalidData.into())) }
}

/// Reads a file of at most `limit` bytes; of a longer one a byte more, so that its reader refuses it.
pub(super) fn read_bounded(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let fault = |cause| Failure::File { act: "read", path: path.to_owned(), cause };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(fault)?;
    file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(fault)?;
    Ok(bytes)
}

/// Reads a certificate's text.
pub(super) fn read_pem(path: &Path) -> Result<String, Failure> {
    let bytes = read_bounded(path, ca::binding::MAX_BINDING)?;
    String::from_utf8(bytes).map_err(|_binary| Failure::NotText { path: path.to_owned() })
}

/// An instant for people and programs: RFC 3339, whole seconds, UTC.
pub(super) fn utc(at: Timestamp) -> String {
    // An instant outside the calendar can only come from a signed statement that makes no sense.
    jiff::Timestamp::from_second(at.as_seconds())
        .map_or_else(|_far| at.as_seconds().to_string(), |at| at.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ca::tests::{House, NOW};
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_root_export_writes_a_private_file_and_is_audited() {
        let house = House::with_rows(1);
        let out = house.folder.join("root-key.pem");
        let mut options = RootExport { out: out.clone(), remove: false };
        let run = |options: &RootExport| root_export(options, &house.store, &house.keys, NOW);
        assert!(run(&options).unwrap().ok);
        assert_eq!(std::fs::metadata(&out).unwrap().permissions().mode() & 0o7777, 0o600);
        assert!(std::fs::read_to_string(&out).unwrap().contains("PRIVATE KEY"));
        assert!(run(&options).unwrap_err().to_string().contains("root-key.pem"), "not overwritten");
        options = RootExport { out: house.folder.join("second.pem"), remove: true };
        assert!(run(&options).unwrap().text.contains("removed"));
        options.out = house.folder.join("third.pem");
        assert!(run(&options).is_err() && !options.out.exists());
        let rows = house.store.read(|db| store::audit::after(0, 99, db)).unwrap();
        let details: Vec<_> = rows.iter().map(|row| row.row.detail.as_str()).collect();
        assert!(details.contains(&"authority=root-key-removed"), "{details:?}");
    }
}
