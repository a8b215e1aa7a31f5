//! Whether the libraries that a module names define what it takes from them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Audit;
use crate::libraries::{self, Defined};
use crate::target::Target;

/// Those of `names` that no library defines of those in `needed`, and of those that these need in turn: the loader
/// looks into all of them. `None` if a library cannot be found or read, so that nothing can be told.
pub(super) fn lacking(
    names: &[String],
    needed: &[String],
    dirs: &[PathBuf],
    target: &Target,
) -> Option<Vec<String>> {
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut waiting: Vec<String> = needed.to_vec();
    let mut files = Vec::new();
    while let Some(library) = waiting.pop() {
        if !known.insert(library.clone()) {
            continue;
        }
        let own = dirs.iter().map(|dir| dir.join(&library)).find(|path| path.is_file());
        let file = own.or_else(|| libraries::find(&library, Path::new(""), target).ok())?;
        waiting.extend(Audit::of(&fs_err::read(&file).ok()?, target).ok()?.needed);
        files.push(file);
    }
    let defined = Defined::read(&files, target).ok()?;
    Some(names.iter().filter(|name| !defined.defines(name)).cloned().collect())
}
