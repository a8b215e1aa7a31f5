//! The store: parsed headers and writers' outputs, committed beside the project. It sees bytes and
//! keys only and imports nothing but the lowest layer.
//!
//! ```text
//! <store>/ir/<slug>/{ir.json,metadata.json}
//! <store>/output/<writer>/<slug>/{output.<extension>,metadata.json}
//! ```
//! An entry is immutable and appears by one rename. A look-up trusts nothing but the entry itself: its
//! metadata is sealed, its key is computed again, its artifact is compared with its digest, and what
//! it depends on with the tree. `index.json` is derived and never read.

mod entry;
mod examine;
mod index;
mod insert;
mod key;
mod layout;
mod lookup;
mod merge;
mod nearest;
mod slug;
mod tree;
mod verify;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::Value;

pub use entry::{Artifact, Dependencies, FORMAT, FileDigest, Metadata, Output, Symbols};
pub use examine::{Examined, Soundness};
pub use key::{Inputs, IrKey, KEY_VERSION, OutputKey, RequestKey, WriterId};
pub use layout::Layer;
pub use lookup::{Agreement, Hit, Lookup, MissReason, Request};
pub use merge::{MergeResult, merge};
pub use nearest::{Difference, Nearest};
pub use slug::{MAX_LENGTH, Slug};
pub use tree::{Change, Seen};
pub use verify::Finding;

use crate::roots::Roots;
use entry::Entry;
use layout::{Defect, Tier};
use tree::Tree;

/// Why the store could not be changed. Never a reason to fail a build: what was to be stored exists.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A read-only or full disk, usually. Nothing is left half written.
    #[error("cannot write `{path}` in the store")]
    Write {
        /// The entry, index or directory.
        path: PathBuf,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// What is there cannot be read.
    #[error("cannot read the store's directory `{path}`")]
    Read {
        /// The directory.
        path: PathBuf,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// Following it would write outside the store.
    #[error("`{path}` in the store is not a directory, so nothing is stored there")]
    Foreign {
        /// A symbolic link or a file.
        path: PathBuf,
    },
    /// The result may not belong to the file's present content.
    #[error("`{file}` changed while it was being parsed, so the result is not stored")]
    Modified {
        /// Stored name.
        file: String,
    },
    /// The entry would not be readable.
    #[error("an entry for `{header}` cannot be stored: {why}")]
    Invalid {
        /// Stored name of the header.
        header: String,
        /// The limit or rule it breaks.
        why: String,
    },
}

impl Error {
    fn write(path: &Path, source: io::Error) -> Self {
        // What wraps the system's words repeats the path, with a random name for what was to be made there.
        let system = std::error::Error::source(&source).and_then(|inner| inner.downcast_ref::<io::Error>());
        let system = match system.and_then(io::Error::raw_os_error) {
            Some(code) => io::Error::from_raw_os_error(code),
            None if source.get_ref().is_some() => source.kind().into(),
            None => source,
        };
        Error::Write { path: path.to_owned(), source: system }
    }
}

impl crate::diagnostics::Hint for Error {
    fn hints(&self) -> Vec<String> {
        match self {
            Error::Write { .. } => {
                vec![format!("set `{}` to a directory that can be written", crate::env::STORE_DIR)]
            }
            Error::Read { .. } => vec!["allow this user to read it".into()],
            Error::Foreign { path } => vec![format!("remove `{}`", path.display())],
            Error::Modified { .. } => vec!["run the same command again".into()],
            Error::Invalid { .. } => Vec::new(),
        }
    }
}

/// Where an artifact comes from: what the metadata of an IR and of its outputs have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// What was asked.
    pub inputs: Inputs,
    /// SHA-256 of the header, from [`Store::observe`].
    pub header_sha256: String,
    /// Other files, from [`Store::observe`].
    pub dependencies: Dependencies,
    /// The producer's findings, repeated on a hit; `Null` for none.
    pub diagnostics: Value,
    /// Version of libclang, for information.
    pub libclang_version: Option<String>,
    /// Where the system headers came from, for information; `Null` for the machine that parsed.
    pub sysroot: Value,
    /// What libraries said about an output's symbols, if they were asked.
    pub symbols: Option<Symbols>,
}

/// An entry as listed.
#[derive(Debug, Clone)]
pub struct EntryRef {
    /// Where it lies.
    pub layer: Layer,
    /// Name of its directory.
    pub slug: String,
    /// Its metadata, or why it cannot be used.
    pub metadata: Result<Box<Metadata>, String>,
}

/// Size of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerStatus {
    /// Which one.
    pub layer: Layer,
    /// Entries with good metadata.
    pub entries: usize,
    /// Directories that hold no usable metadata.
    pub corrupt: usize,
    /// Bytes of the artifacts of good entries.
    pub bytes: u64,
}

type Loaded = Arc<Result<Entry, Defect>>;

/// A store directory, for one run of the program: files of the tree are digested once, and entries
/// that other processes add meanwhile may go unnoticed. Safe to share between threads.
#[derive(Debug)]
pub struct Store {
    tier: Tier,
    tree: Tree,
    created: Option<String>,
    names: Mutex<BTreeMap<Layer, Arc<Vec<String>>>>,
    entries: Mutex<BTreeMap<(Layer, String), Loaded>>,
}

impl Store {
    /// Opens a directory; a missing one is an empty store, and is created by the first insert.
    pub fn open(dir: &Path) -> Self {
        Store {
            tier: Tier::new(dir),
            tree: Tree::default(),
            created: crate::env::source_date_epoch().and_then(entry::iso_8601),
            names: Mutex::default(),
            entries: Mutex::default(),
        }
    }

    /// Takes a text for the content of a file of the tree.
    #[must_use]
    pub fn assuming(mut self, path: &Path, content: &[u8]) -> Self {
        self.tree.assume(path, content);
        self
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        self.tier.root()
    }

    /// The header's SHA-256 and the dependencies for [`Source`] of what a parse saw.
    /// Call it right after the parse.
    ///
    /// # Errors
    /// [`Error::Modified`] if the parse read something else than a look-up of this run.
    pub fn observe(
        &self,
        inputs: &Inputs,
        seen: Seen,
        roots: &Roots,
    ) -> Result<(String, Dependencies), Error> {
        self.tree.observe(inputs, seen, roots)
    }

    /// All entries, in order of layer and name. Artifacts are not read.
    pub fn entries(&self) -> Vec<EntryRef> {
        let mut entries = Vec::new();
        for layer in self.tier.layers() {
            for slug in self.tier.list(&layer) {
                let metadata = match entry::load(&self.tier, &layer, &slug) {
                    Ok(entry) => Ok(Box::new(entry.metadata)),
                    Err(defect) => Err(defect.to_string()),
                };
                entries.push(EntryRef { layer: layer.clone(), slug, metadata });
            }
        }
        entries
    }

    /// Numbers for every layer that exists.
    pub fn status(&self) -> Vec<LayerStatus> {
        let empty = |layer| LayerStatus { layer, entries: 0, corrupt: 0, bytes: 0 };
        let mut layers: Vec<LayerStatus> = self.tier.layers().into_iter().map(empty).collect();
        for entry in self.entries() {
            let Some(status) = layers.iter_mut().find(|status| status.layer == entry.layer) else { continue };
            match entry.metadata {
                Ok(metadata) => {
                    status.entries += 1;
                    status.bytes += metadata.artifact.size;
                }
                Err(_) => status.corrupt += 1,
            }
        }
        layers
    }

    /// Removes all entries of the IR layer, of the output layers, or of both; returns how many.
    /// Files that belong to no entry stay.
    pub fn clear(&self, ir: bool, output: bool) -> Result<usize, Error> {
        let mut removed = 0;
        for layer in self.tier.layers() {
            if if layer == Layer::Ir { ir } else { output } {
                for slug in self.tier.list(&layer) {
                    removed += usize::from(self.remove(&layer, &slug)?);
                }
                index::refresh(&self.tier, &layer)?;
                remove_if_empty(&self.tier.dir(&layer));
            }
        }
        remove_if_empty(&self.dir().join("output"));
        Ok(removed)
    }

    /// Removes an entry, out of the readers' sight first. `false` if there is none of this name, or what
    /// has the name is no entry.
    pub fn remove(&self, layer: &Layer, slug: &str) -> Result<bool, Error> {
        let removed = self.is_entry(layer, slug) && self.tier.set_aside(layer, slug)?.is_some();
        self.forget(layer, slug);
        Ok(removed)
    }

    /// Makes every `index.json` agree with the entries; returns how many entries are listed. Call it once
    /// at the end of a run. An index that is right already is not touched.
    pub fn refresh_index(&self) -> Result<usize, Error> {
        self.tier.layers().iter().map(|layer| index::refresh(&self.tier, layer)).sum()
    }

    /// The versions of the writers whose outputs a layer holds, each once.
    pub fn versions(&self, layer: &Layer) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for name in self.names(layer).iter() {
            if let Ok(entry) = &*self.entry(layer, name)
                && let Some(output) = &entry.metadata.output
                && !found.contains(&output.writer_version)
            {
                found.push(output.writer_version.clone());
            }
        }
        found
    }

    /// The first directory of the store that is there and cannot be read, with the system's words: the store's own, then
    /// the layer's.
    fn unreadable(&self, layer: &Layer) -> Option<(PathBuf, io::Error)> {
        let dirs = [self.dir().to_owned(), self.tier.dir(layer)];
        dirs.into_iter().find_map(|dir| match std::fs::read_dir(&dir) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Some((dir, error)),
            _ => None,
        })
    }

    /// The same for the store as a whole.
    pub fn check_readable(&self) -> Result<(), Error> {
        let layers = std::iter::once(Layer::Ir).chain(self.tier.layers());
        let outputs = self.dir().join("output");
        let found = layers.filter_map(|layer| self.unreadable(&layer)).next();
        let found = found.or_else(|| std::fs::read_dir(&outputs).err().map(|error| (outputs, error)));
        match found.filter(|(_, error)| error.kind() == io::ErrorKind::PermissionDenied) {
            Some((path, source)) => Err(Error::Read { path, source }),
            None => Ok(()),
        }
    }

    fn names(&self, layer: &Layer) -> Arc<Vec<String>> {
        let mut names = lock(&self.names);
        names.entry(layer.clone()).or_insert_with(|| Arc::new(self.tier.list(layer))).clone()
    }

    fn entry(&self, layer: &Layer, slug: &str) -> Loaded {
        let key = (layer.clone(), slug.to_owned());
        if let Some(loaded) = lock(&self.entries).get(&key) {
            return loaded.clone();
        }
        let loaded = Arc::new(entry::load(&self.tier, layer, slug));
        lock(&self.entries).insert(key, loaded.clone());
        loaded
    }

    /// Drops what is known of an entry that this process changes.
    fn forget(&self, layer: &Layer, slug: &str) {
        lock(&self.names).remove(layer);
        lock(&self.entries).remove(&(layer.clone(), slug.to_owned()));
    }
}

fn remove_if_empty(dir: &Path) {
    // Fails, as it should, if anything is left in there.
    let _ = fs_err::remove_dir(dir);
}

/// A poisoned cache is still a cache: every value in it is complete.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
