//! Joins stores without losing an entry. Sources are only read.

use std::path::{Path, PathBuf};

use super::entry::{self, Metadata};
use super::insert::Placed;
use super::layout::{Layer, MAX_METADATA, METADATA, Tier};
use super::{Defect, Error, Store};

/// Counters of a merge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MergeResult {
    /// Entries that the target did not have.
    pub new: usize,
    /// Entries that it had.
    pub skipped: usize,
    /// Damaged entries of the target that good ones replaced.
    pub overwritten: usize,
    /// What could not be merged, one sentence each.
    pub errors: Vec<String>,
    /// How many of the errors are entries that another one with the same key kept out.
    pub conflicts: usize,
    /// Sources that hold no entry.
    pub empty: Vec<PathBuf>,
}

/// Adds all entries of the sources, in order, to the target. Entries with different keys are all kept;
/// where they share a name, one gets a number. Of two with the same key and different content the first stays.
/// Damaged entries of a source, and links, are reported and left out.
pub fn merge(sources: &[PathBuf], target: &Path) -> MergeResult {
    let mut result = MergeResult::default();
    let store = Store::open(target);
    for path in sources {
        let source = Store::open(path);
        if let Err(why) = is_store(path, &source) {
            result.errors.push(format!("`{}` {why}", path.display()));
            continue;
        }
        result.errors.extend(source.links().iter().map(|link| {
            format!("`{}` is a symbolic link or no directory, and is not followed", link.display())
        }));
        let mut is_empty = source.links().is_empty();
        for layer in source.tier.layers() {
            for slug in source.tier.list(&layer) {
                is_empty = false;
                let path = source.tier.entry_dir(&layer, &slug);
                match copy(&source.tier, &layer, &slug, &store) {
                    Ok((Placed::New, _)) => result.new += 1,
                    Ok((Placed::Present, None)) => result.skipped += 1,
                    Ok((Placed::Repaired, _)) => result.overwritten += 1,
                    Ok((Placed::Present, Some(conflict))) => {
                        result.conflicts += 1;
                        result.errors.push(format!("`{}`: {conflict}", path.display()));
                    }
                    Err(why) => result.errors.push(format!("`{}`: {why}", path.display())),
                }
            }
        }
        if is_empty {
            result.empty.push(path.clone());
        }
    }
    if let Err(error) = store.refresh_index() {
        result.errors.push(describe(&error));
    }
    result
}

/// An empty directory is an empty store; one that holds other things is none.
fn is_store(path: &Path, source: &Store) -> Result<(), String> {
    if !path.is_dir() {
        return Err("is not a store directory".into());
    }
    let is_empty = fs_err::read_dir(path).is_ok_and(|mut items| items.next().is_none());
    let has_layers = ["ir", "output"].iter().any(|name| path.join(name).symlink_metadata().is_ok());
    if is_empty || has_layers || !source.tier.layers().is_empty() {
        return Ok(());
    }
    let inner = path.join(".headerkit");
    let meant = if inner.is_dir() { format!("; did you mean `{}`?", inner.display()) } else { String::new() };
    Err(format!("is no store: it has neither `ir` nor `output`{meant}"))
}

/// Copies an entry. If the target has another result for the same question, that stays and is described.
fn copy(tier: &Tier, layer: &Layer, slug: &str, store: &Store) -> Result<(Placed, Option<String>), String> {
    let read = || -> Result<_, Defect> {
        let metadata = entry::load(tier, layer, slug)?.metadata;
        let text = tier.get(layer, slug, METADATA, MAX_METADATA)?;
        let content = entry::artifact(tier, layer, slug, &metadata.artifact)?;
        Ok((metadata, text, content))
    };
    let (metadata, text, content) = read().map_err(|defect| defect.to_string())?;
    let (kept, placed) = store.place(layer, &metadata, &text, &content).map_err(|error| describe(&error))?;
    let other = store.entry(layer, kept.as_str());
    let conflict = match &*other {
        Ok(other) if other.metadata.artifact.sha256 != metadata.artifact.sha256 => {
            Some(conflict(kept.as_str(), &metadata, &other.metadata))
        }
        _ => None,
    };
    Ok((placed, conflict))
}

fn conflict(kept: &str, new: &Metadata, old: &Metadata) -> String {
    let maker = |metadata: &Metadata| {
        let zig = metadata.sysroot["zig"].as_str();
        format!(
            "{}{}",
            metadata.maker(),
            zig.map(|zig| format!(" with the headers of zig {zig}")).unwrap_or_default()
        )
    };
    format!(
        "has another result than `{kept}`, which has the same key and stays: {} made that, {} made this",
        maker(old),
        maker(new)
    )
}

fn describe(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
