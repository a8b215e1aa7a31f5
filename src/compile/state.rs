//! What was built, from what: one JSON file beside the objects of a module.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::fit::Fit;
use crate::fsutil;

/// One thing that was made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Made {
    /// Digest of the command and its compiler.
    pub fingerprint: String,
    /// Every file that was read, with its digest.
    pub inputs: BTreeMap<String, String>,
    /// Digest of what was written.
    pub output: String,
}

/// All of a module.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    /// The objects, by the names of their sources.
    pub objects: BTreeMap<String, Made>,
    /// The module itself.
    pub linked: Option<Made>,
    /// That the limited API is kept; its fingerprint has the symbols.
    pub limited: Option<Made>,
    /// The library through which Windows finds Python; its fingerprint has the symbols.
    pub imported: Option<Made>,
    /// Python.h as zig translates it.
    pub translated: Option<Made>,
    /// What cffi wrote.
    pub written: Option<Made>,
    /// What it left out.
    pub fit: Fit,
}

impl State {
    /// A file that is not there or not ours means that nothing was built.
    pub fn read(path: &Path) -> Self {
        let text = fs_err::read(path).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        let text = serde_json::to_vec(self).map_err(std::io::Error::other)?;
        fsutil::write_atomic(path, &text).map(drop)
    }
}

/// Digests of files, each read once.
#[derive(Default)]
pub(super) struct Digests {
    known: std::sync::Mutex<HashMap<String, Option<String>>>,
}

impl Digests {
    /// `None` for a file that cannot be read. Relative names are below `project`.
    pub fn of(&self, project: &Path, name: &str) -> Option<String> {
        let mut known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(digest) = known.get(name) {
            return digest.clone();
        }
        let digest = fs_err::read(project.join(name)).ok().map(|content| fsutil::sha256(&content));
        known.insert(name.to_owned(), digest.clone());
        digest
    }

    /// Whether everything is as it was.
    pub fn hold(&self, project: &Path, made: &Made) -> bool {
        made.inputs.iter().all(|(name, digest)| self.of(project, name).as_ref() == Some(digest))
    }
}
