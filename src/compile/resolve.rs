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
    // Each with the directories of what needs it.
    let mut waiting: Vec<(String, Vec<PathBuf>)> =
        needed.iter().map(|library| (library.clone(), Vec::new())).collect();
    let mut files = Vec::new();
    while let Some((library, places)) = waiting.pop() {
        if !known.insert(library.clone()) {
            continue;
        }
        let own = dirs.iter().chain(&places).map(|dir| dir.join(&library)).find(|path| path.is_file());
        let file = own.or_else(|| libraries::find(&library, Path::new(""), target).ok())?;
        let audit = Audit::of(&fs_err::read(&file).ok()?, target).ok()?;
        let origin = file.parent().unwrap_or(Path::new("")).to_string_lossy();
        let paths = audit.paths.iter().flat_map(|paths| paths.split(':'));
        let paths: Vec<PathBuf> =
            paths.map(|path| path.replace("$ORIGIN", &origin).replace("${ORIGIN}", &origin).into()).collect();
        waiting.extend(audit.needed.into_iter().map(|library| (library, paths.clone())));
        files.push(file);
    }
    let defined = Defined::read(&files, target).ok()?;
    Some(names.iter().filter(|name| !defined.defines(name)).cloned().collect())
}
