//! The authority's promises, one by one.

mod audit;
mod authority;
mod binding;
mod rotation;

pub(crate) use binding::a_binding;

use super::*;
use crate::domain::dice::Dice;
use crate::domain::time::{Span, Timestamp};
use crate::seal::{ApplianceKeys, SharedKeys};
use crate::store::Store;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// 2026-11-22T00:00:00Z
pub(crate) const NOW: Timestamp = Timestamp(1_795_305_600_000);
pub(crate) const ORIGIN: &str = "https://id.birkenfurt.example";

/// Counts instead of drawing.
pub(crate) struct Counting(AtomicU64);

impl Dice for Counting {
    fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(8) {
            let next = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            chunk.copy_from_slice(&next.to_be_bytes()[..chunk.len()]);
        }
    }
}

/// A town with its authorities, in a directory that goes away with it.
pub(crate) struct House {
    pub(crate) folder: PathBuf,
    pub(crate) store: Store,
    pub(crate) keys: SharedKeys,
    pub(crate) dice: Counting,
}

impl House {
    pub(crate) fn empty() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("torhaus-ca-{}-{number}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        let file = folder.join("appliance.key");
        ApplianceKeys::create(&file, [u8::try_from(number % 250).unwrap(); 32]).unwrap();
        let keys = SharedKeys::load(&file).unwrap();
        Self {
            folder,
            store: Store::temporary().unwrap(),
            keys,
            dice: Counting(AtomicU64::new(u64::from(number))),
        }
    }

    pub(crate) fn new() -> Self {
        let house = Self::empty();
        let made = create("Stadt Birkenfurt", &house.keys.keys(), &house.dice, NOW).unwrap();
        assert!(house.store.write_blocking(NOW.0, move |db| made.keep(db)).unwrap());
        house
    }

    pub(crate) fn root_pem(&self) -> String {
        self.store.read(|db| Ok(root_pem(db))).unwrap().unwrap()
    }

    pub(crate) fn issuing(&self) -> Authority {
        self.store.read(|db| Ok(issuing(&self.keys, db))).unwrap().unwrap()
    }

    pub(crate) fn signer(&self, now: Timestamp) -> Signer {
        ensure_signer_blocking(&self.store, &self.keys, &self.dice, now).unwrap()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

pub(crate) fn days(n: i64) -> Span {
    Span::days(n)
}
