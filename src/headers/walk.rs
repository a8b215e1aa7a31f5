//! The files below a directory. Hidden directories and symbolic links to directories are not entered.

use std::path::{Path, PathBuf};

use fs_err as fs;

use super::error::Error;

/// A file found: its path relative to the base with `/`, lossy if it is not UTF-8, and its path.
pub type Found = (String, PathBuf);

/// All files at most `depth` directories below `base`, sorted by relative path. A base that does not
/// exist has none.
pub fn files(base: &Path, depth: usize) -> Result<Vec<Found>, Error> {
    let mut found = Vec::new();
    if base.is_dir() {
        visit(base, "", depth, &mut found).map_err(Error::Walk)?;
    }
    found.sort();
    Ok(found)
}

fn visit(dir: &Path, prefix: &str, depth: usize, found: &mut Vec<Found>) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if depth > 0 && !name.starts_with('.') {
                visit(&entry.path(), &format!("{prefix}{name}/"), depth - 1, found)?;
            }
        } else if kind.is_file() || entry.path().is_file() {
            found.push((format!("{prefix}{name}"), entry.path()));
        }
    }
    Ok(())
}

/// The file of the project that looks most like a path that does not exist: by its file name, then
/// by its directories.
pub fn nearest(project: &Path, wanted: &str) -> Option<String> {
    let file_name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_lowercase();
    let mut best: Option<(f64, String)> = None;
    for (path, _) in files(project, 12).ok()? {
        if Path::new(&path).extension() != Path::new(wanted).extension() {
            continue;
        }
        let name = strsim::normalized_damerau_levenshtein(&file_name(wanted), &file_name(&path));
        let score = name + strsim::normalized_damerau_levenshtein(wanted, &path) / 10.0;
        if name >= 0.6 && best.as_ref().is_none_or(|(old, _)| score > *old) {
            best = Some((score, path));
        }
    }
    best.map(|(_, path)| path)
}
