//! The file of the appliance key. Text, so that it can be printed and kept in a safe:
//!
//! ```text
//! torhaus appliance keys 1
//! current 3f9a01bc 43 characters of base64url
//! former  8812ab00 43 characters of base64url
//! ```
//!
//! Lines that are empty or begin with `#` are skipped. The file is replaced whole, never edited.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::appliance::{ApplianceKey, ApplianceKeys};

const FIRST_LINE: &str = "torhaus appliance keys 1";
const COMMENT: &str = "# Whoever reads this file can read everything sealed in the database.\n\
                       # Without it nobody can. Keep a copy away from this machine.\n";
/// A longer file is no key file.
const MAX_LENGTH: u64 = 4096;

/// The key file cannot be used. Messages name the remedy and never show a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileFault {
    /// The system says no.
    #[error("cannot {act} {path}: {cause}", path = path.display())]
    Io { act: &'static str, path: PathBuf, cause: io::Error },
    /// Others could read or write the file.
    #[error("{path} can be read or changed by others (mode {mode:04o}); run: chmod 600 {path}", path = path.display())]
    Permissions { path: PathBuf, mode: u32 },
    /// Neither root nor the owner of the directory owns the file.
    #[error("{path} belongs to user {owner}, its directory to user {expected}; run: chown {expected} {path}", path = path.display())]
    Owner { path: PathBuf, owner: u32, expected: u32 },
    /// Not what `create` writes.
    #[error("{path}, line {line}: {what}; restore the file from your copy", path = path.display())]
    Malformed { path: PathBuf, line: usize, what: &'static str },
    /// The file is there already, and overwriting it would lose all data.
    #[error("{path} exists already and is not overwritten", path = path.display())]
    Exists { path: PathBuf },
    /// Somebody else changed the file since it was loaded.
    #[error("{path} was changed in the meantime; load it and start again", path = path.display())]
    Changed { path: PathBuf },
    /// A rotation was begun and not finished.
    #[error("a rotation is under way already; finish it first")]
    RotationUnderWay,
    /// There is no former key to drop.
    #[error("no rotation is under way")]
    NoRotation,
    /// The new key has the name of the old one, by a chance of one in four thousand million.
    #[error("the new key has the same id as the old one; draw another one")]
    SameId,
}

impl ApplianceKeys {
    /// Writes a new key file with one key, from 32 fresh random bytes. An existing file is an error.
    ///
    /// # Errors
    /// [`KeyFileFault::Exists`], [`KeyFileFault::Io`].
    pub fn create(path: &Path, random: [u8; 32]) -> Result<Self, KeyFileFault> {
        let keys = Self { current: ApplianceKey::new(random), former: None };
        let _lock = lock_directory(path)?;
        let draft = write_draft(path, &keys)?;
        // Unlike a rename, a hard link fails if the name is taken.
        let linked = fs::hard_link(&draft, path);
        fs::remove_file(&draft).map_err(fault("remove", &draft))?;
        match linked {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(KeyFileFault::Exists { path: path.to_owned() });
            }
            other => other.map_err(fault("create", path))?,
        }
        sync_directory(path)?;
        Ok(keys)
    }

    /// Reads the key file.
    ///
    /// # Errors
    /// Every [`KeyFileFault`] except those of a rotation; in particular for permissions other than
    /// the owner's.
    pub fn load(path: &Path) -> Result<Self, KeyFileFault> {
        let mut file = File::open(path).map_err(fault("open", path))?;
        // Of the opened file, not of the name, which could point elsewhere by now.
        let facts = file.metadata().map_err(fault("examine", path))?;
        if !facts.is_file() || facts.len() > MAX_LENGTH {
            return Err(malformed(path, 1, "not a key file"));
        }
        if facts.mode() & 0o077 != 0 {
            return Err(KeyFileFault::Permissions { path: path.to_owned(), mode: facts.mode() & 0o7777 });
        }
        let directory = fs::metadata(directory_of(path)).map_err(fault("examine", path))?;
        if !owner_is_fine(facts.uid(), directory.uid()) {
            let (owner, expected) = (facts.uid(), directory.uid());
            return Err(KeyFileFault::Owner { path: path.to_owned(), owner, expected });
        }
        // Full size from the start: a growing buffer would leave copies of the key behind.
        let mut text = Zeroizing::new(Vec::with_capacity(MAX_LENGTH as usize + 1));
        (&mut file).take(MAX_LENGTH).read_to_end(&mut text).map_err(fault("read", path))?;
        parse(&text).map_err(|(line, what)| malformed(path, line, what))
    }

    /// Starts a rotation: a new key, from 32 fresh random bytes, seals from now on; the old one still
    /// opens. Next: let running servers reload, seal and wrap everything anew, `finish_rotation`.
    ///
    /// # Errors
    /// [`KeyFileFault::RotationUnderWay`]; [`KeyFileFault::Changed`] if the file does not hold
    /// `self`; [`KeyFileFault::SameId`]; trouble with the file.
    pub fn begin_rotation(&self, path: &Path, random: [u8; 32]) -> Result<Self, KeyFileFault> {
        if self.former.is_some() {
            return Err(KeyFileFault::RotationUnderWay);
        }
        let next = Self { current: ApplianceKey::new(random), former: Some(copy(&self.current)) };
        if next.current.id == self.current.id {
            return Err(KeyFileFault::SameId);
        }
        self.replace_by(&next, path)?;
        Ok(next)
    }

    /// Drops the former key. What is still sealed under it is lost for good, so first make sure that
    /// there is nothing: [`ApplianceKeys::sealed_under`].
    ///
    /// # Errors
    /// [`KeyFileFault::NoRotation`]; [`KeyFileFault::Changed`] if the file does not hold `self`;
    /// trouble with the file.
    pub fn finish_rotation(&self, path: &Path) -> Result<Self, KeyFileFault> {
        if self.former.is_none() {
            return Err(KeyFileFault::NoRotation);
        }
        let next = Self { current: copy(&self.current), former: None };
        self.replace_by(&next, path)?;
        Ok(next)
    }

    /// Two rotations at once could lose a key, so: one at a time, and only from the expected state.
    fn replace_by(&self, next: &Self, path: &Path) -> Result<(), KeyFileFault> {
        let _lock = lock_directory(path)?;
        let found = Self::load(path)?;
        if (found.current_id(), found.former_id()) != (self.current_id(), self.former_id()) {
            return Err(KeyFileFault::Changed { path: path.to_owned() });
        }
        let draft = write_draft(path, next)?;
        fs::rename(&draft, path).map_err(fault("replace", path))?;
        sync_directory(path)
    }

    fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(MAX_LENGTH as usize));
        text.push_str(COMMENT);
        text.push_str(FIRST_LINE);
        text.push('\n');
        let lines = [("current", Some(&self.current)), ("former ", self.former.as_ref())];
        for (word, key) in lines {
            if let Some(key) = key {
                write!(text, "{word} {} ", key.id).expect("writing to a string cannot fail");
                URL_SAFE_NO_PAD.encode_string(key.bytes.expose(), &mut text);
                text.push('\n');
            }
        }
        text
    }
}

fn copy(key: &ApplianceKey) -> ApplianceKey {
    ApplianceKey::new(*key.bytes.expose())
}

/// Root may own any file; in a directory of root's anybody trusted may; otherwise the owner of the
/// directory must own the file, or a third person planted it.
fn owner_is_fine(file: u32, directory: u32) -> bool {
    file == directory || file == 0 || directory == 0
}

fn parse(text: &[u8]) -> Result<ApplianceKeys, (usize, &'static str)> {
    let text = std::str::from_utf8(text).map_err(|_error| (1, "not text"))?;
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim_end()));
    let mut lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let first = lines.next().ok_or((1, "the file is empty"))?;
    if first.1 != FIRST_LINE {
        return Err((first.0, "not a key file of a version that this program knows"));
    }
    let (mut current, mut former) = (None, None);
    for (number, line) in lines {
        let mut words = line.split_ascii_whitespace();
        let slot = match words.next() {
            Some("current") => &mut current,
            Some("former") => &mut former,
            _ => return Err((number, "neither a current nor a former key")),
        };
        let (Some(id), Some(key), None) = (words.next(), words.next(), words.next()) else {
            return Err((number, "expected: id and key"));
        };
        let key = parse_key(key).ok_or((number, "the key is damaged"))?;
        if id.parse() != Ok(key.id) {
            return Err((number, "the key does not belong to this id"));
        }
        if slot.replace(key).is_some() {
            return Err((number, "the second key of this sort"));
        }
    }
    let current = current.ok_or((first.0, "no current key follows"))?;
    if former.as_ref().is_some_and(|former: &ApplianceKey| former.id == current.id) {
        return Err((first.0, "the same key twice"));
    }
    Ok(ApplianceKeys { current, former })
}

fn parse_key(text: &str) -> Option<ApplianceKey> {
    let mut bytes = Zeroizing::new([0; 32]);
    // Into a slice that is wiped, not into a vector that is not.
    let length = URL_SAFE_NO_PAD.decode_slice(text, bytes.as_mut_slice()).ok()?;
    (length == 32).then(|| ApplianceKey::new(*bytes))
}

/// Writes the keys to a neighbour of `path`, readable by us only, and waits until they are on disk.
/// The caller holds the lock: two writers would share the draft.
fn write_draft(path: &Path, keys: &ApplianceKeys) -> Result<PathBuf, KeyFileFault> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let draft = path.with_file_name(name);
    // What a crash left behind; the file that counts is never incomplete.
    if let Err(error) = fs::remove_file(&draft)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(fault("remove", &draft)(error));
    }
    let options = OpenOptions::new().write(true).create_new(true).mode(0o600).to_owned();
    let mut file = options.open(&draft).map_err(fault("create", &draft))?;
    give_to_owner_of_directory(&file, &draft).map_err(fault("give to the owner of its directory", &draft))?;
    file.write_all(keys.to_text().as_bytes()).map_err(fault("write", &draft))?;
    file.sync_all().map_err(fault("write", &draft))?;
    Ok(draft)
}

/// Root may rotate for the user whom the server runs as; a key file of root's would lock that user out.
fn give_to_owner_of_directory(file: &File, path: &Path) -> io::Result<()> {
    let directory = fs::metadata(directory_of(path))?;
    let facts = file.metadata()?;
    if facts.uid() == 0 && directory.uid() != 0 {
        std::os::unix::fs::fchown(file, Some(directory.uid()), Some(directory.gid()))?;
    }
    Ok(())
}

/// Held until dropped. The key file itself cannot carry the lock, because it is replaced.
fn lock_directory(path: &Path) -> Result<File, KeyFileFault> {
    let directory = File::open(directory_of(path)).map_err(fault("open the directory of", path))?;
    directory.lock().map_err(fault("lock the directory of", path))?;
    Ok(directory)
}

/// A new name is safe only once its directory is on disk.
fn sync_directory(path: &Path) -> Result<(), KeyFileFault> {
    let directory = File::open(directory_of(path)).map_err(fault("open the directory of", path))?;
    directory.sync_all().map_err(fault("write the directory of", path))
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn fault(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> KeyFileFault {
    let path = path.to_owned();
    move |cause| KeyFileFault::Io { act, path, cause }
}

fn malformed(path: &Path, line: usize, what: &'static str) -> KeyFileFault {
    KeyFileFault::Malformed { path: path.to_owned(), line, what }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_third_users_key_file_is_not_trusted() {
        let cases = [(7, 7, true), (0, 7, true), (7, 0, true), (8, 7, false)];
        for (file, directory, fine) in cases {
            assert_eq!(super::owner_is_fine(file, directory), fine, "{file} in a directory of {directory}");
        }
    }
}
