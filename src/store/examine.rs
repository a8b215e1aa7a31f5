//! Entries one by one, with what is wrong with each.

use fs_err as fs;

use super::entry::{self, Metadata};
use super::layout::{Defect, Layer, METADATA};
use super::tree::Change;
use super::{Error, Store, index, remove_if_empty};
use crate::roots::Roots;

/// An entry, looked at.
#[derive(Debug, Clone)]
pub struct Examined {
    /// Where it lies.
    pub layer: Layer,
    /// Name of its directory.
    pub slug: String,
    /// Bytes of all its files.
    pub bytes: u64,
    /// Its metadata and whether it holds.
    pub state: Soundness,
}

/// What an entry is good for.
#[derive(Debug, Clone)]
pub enum Soundness {
    /// Its metadata and its artifact are intact.
    Sound(Box<Metadata>),
    /// Nothing can ever make use of it.
    Broken(String),
    /// It cannot be read now, or a later release wrote it.
    Closed(String),
}

impl Store {
    /// All entries in order of layer and name, artifacts compared with their digests. What else lies in a layer, which
    /// `verify` names, is no entry.
    pub fn examine(&self) -> Vec<Examined> {
        let mut found = Vec::new();
        for layer in self.tier.layers() {
            for slug in self.tier.list(&layer) {
                if !self.is_entry(&layer, &slug) {
                    continue;
                }
                let state = self.soundness(&layer, &slug);
                let bytes = self.bytes(&layer, &slug);
                found.push(Examined { layer: layer.clone(), slug, bytes, state });
            }
        }
        found
    }

    fn soundness(&self, layer: &Layer, slug: &str) -> Soundness {
        let loaded = self.entry(layer, slug);
        let metadata = match &*loaded {
            Ok(entry) => &entry.metadata,
            Err(defect) => return defect.into(),
        };
        match entry::artifact(&self.tier, layer, slug, &metadata.artifact) {
            Ok(_) => Soundness::Sound(Box::new(metadata.clone())),
            Err(defect) => (&defect).into(),
        }
    }

    fn bytes(&self, layer: &Layer, slug: &str) -> u64 {
        let Ok(items) = fs::read_dir(self.tier.entry_dir(layer, slug)) else { return 0 };
        let sizes = items.filter_map(|item| item.ok()?.path().symlink_metadata().ok());
        sizes.filter(|data| data.is_file()).map(|data| data.len()).sum()
    }

    /// Whether the tree is as it was when an entry was made; if not, every file that differs, by stored name.
    pub fn holds(&self, metadata: &Metadata, roots: &Roots) -> Result<(), Vec<(String, Change)>> {
        let (changes, _) = self.tree.compare(metadata, roots);
        if changes.is_empty() {
            return Ok(());
        }
        Err(changes.into_iter().map(|stale| (stale.file, stale.how)).collect())
    }

    /// The bytes of an entry's artifact, if they are what its metadata says.
    pub fn artifact(&self, layer: &Layer, slug: &str) -> Option<Vec<u8>> {
        let loaded = self.entry(layer, slug);
        let metadata = &loaded.as_ref().as_ref().ok()?.metadata;
        entry::artifact(&self.tier, layer, slug, &metadata.artifact).ok()
    }

    /// Removes entries, brings the indexes up to date and removes layers that have become empty. Returns those that
    /// were there.
    ///
    /// # Errors
    /// The store cannot be written; what was removed until then is gone.
    pub fn remove_all<'a>(&self, entries: &[&'a Examined]) -> Result<Vec<&'a Examined>, Error> {
        let mut removed = Vec::new();
        for entry in entries {
            if self.remove(&entry.layer, &entry.slug)? {
                removed.push(*entry);
            }
        }
        for layer in self.tier.layers() {
            if removed.iter().any(|entry| entry.layer == layer) {
                index::refresh(&self.tier, &layer)?;
                remove_if_empty(&self.tier.dir(&layer));
            }
        }
        remove_if_empty(&self.dir().join("output"));
        Ok(removed)
    }

    /// Whether a directory of a layer is an entry, however damaged, and not something that a person put there.
    pub(super) fn is_entry(&self, layer: &Layer, slug: &str) -> bool {
        let dir = self.tier.entry_dir(layer, slug);
        // Another path than a name below the layer may be any directory of this machine.
        let is_own = self.tier.foreign_part(layer).is_none() && !slug.contains(['/', '\\']);
        if !is_own || !dir.symlink_metadata().is_ok_and(|data| data.is_dir()) {
            return false;
        }
        let Ok(items) = fs::read_dir(dir) else { return false };
        let mut names = items.filter_map(|item| item.ok()?.file_name().into_string().ok());
        names.any(|name| match layer {
            _ if name == METADATA => true,
            Layer::Ir => name == entry::IR_FILE,
            Layer::Output(_) => name.strip_prefix("output.").is_some_and(entry::is_extension),
        })
    }
}

impl From<&Defect> for Soundness {
    fn from(defect: &Defect) -> Self {
        match defect {
            Defect::Broken(why) => Soundness::Broken(why.clone()),
            Defect::Newer(_) | Defect::Unreadable(_) => Soundness::Closed(defect.to_string()),
        }
    }
}
