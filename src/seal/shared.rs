//! The appliance keys of a running server, which notice a rotation begun by another process.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use super::appliance::ApplianceKeys;
use super::cipher::Broken;
use super::keyfile::KeyFileFault;

/// A handle on the key file that all threads share. Opening costs one lock that is hardly ever
/// contended; the file is read again only when it has to be.
pub struct SharedKeys {
    path: PathBuf,
    loaded: RwLock<Loaded>,
}

#[derive(Clone)]
struct Loaded {
    keys: Arc<ApplianceKeys>,
    print: Fingerprint,
}

/// Tells one version of the file from the next, which is always another file put in its place.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Fingerprint {
    inode: u64,
    changed: (i64, i64),
}

impl SharedKeys {
    /// # Errors
    /// See [`ApplianceKeys::load`].
    pub fn load(path: &Path) -> Result<Self, KeyFileFault> {
        Ok(Self { path: path.to_owned(), loaded: RwLock::new(Loaded::from(path)?) })
    }

    /// The keys as they were last read: for opening.
    pub fn keys(&self) -> Arc<ApplianceKeys> {
        let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&loaded.keys)
    }

    /// The keys as they are in the file now: for sealing and wrapping, so that nothing is sealed under
    /// a key that a rotation has just retired. Costs a look at the file's date.
    ///
    /// # Errors
    /// See [`ApplianceKeys::load`].
    pub fn keys_for_sealing(&self) -> Result<Arc<ApplianceKeys>, KeyFileFault> {
        let known = self.loaded.read().unwrap_or_else(PoisonError::into_inner).clone();
        if Fingerprint::of(&self.path)? == known.print {
            return Ok(known.keys);
        }
        self.reload()
    }

    /// Reads the file again. If that fails the keys loaded before stay in use.
    ///
    /// # Errors
    /// See [`ApplianceKeys::load`].
    pub fn reload(&self) -> Result<Arc<ApplianceKeys>, KeyFileFault> {
        let loaded = Loaded::from(&self.path)?;
        let keys = Arc::clone(&loaded.keys);
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        Ok(keys)
    }

    /// Opens or unwraps with the keys at hand and, if the value was sealed under a key not known yet,
    /// once more with those in the file. Where the file cannot be read the answer stays
    /// [`Broken::UnknownKey`].
    ///
    /// # Errors
    /// What `act` says.
    pub fn open_with<T>(&self, act: impl Fn(&ApplianceKeys) -> Result<T, Broken>) -> Result<T, Broken> {
        match act(&self.keys()) {
            Err(unknown @ Broken::UnknownKey(_)) => match self.reload() {
                Ok(keys) => act(&keys),
                Err(_fault) => Err(unknown),
            },
            done => done,
        }
    }
}

impl Loaded {
    fn from(path: &Path) -> Result<Self, KeyFileFault> {
        // The print first: if the file changes in between, the next look finds an old print.
        let print = Fingerprint::of(path)?;
        Ok(Self { keys: Arc::new(ApplianceKeys::load(path)?), print })
    }
}

impl Fingerprint {
    fn of(path: &Path) -> Result<Self, KeyFileFault> {
        let facts = fs::metadata(path).map_err(|cause| KeyFileFault::Io {
            act: "examine",
            path: path.to_owned(),
            cause,
        })?;
        Ok(Self { inode: facts.ino(), changed: (facts.ctime(), facts.ctime_nsec()) })
    }
}
