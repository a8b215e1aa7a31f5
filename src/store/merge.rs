//! Joins stores without losing an entry. Sources are only read.

use std::path::{Path, PathBuf};

use super::entry;
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
}

/// Adds all entries of the sources, in order, to the target. Entries with different keys are all kept;
/// where they share a name, one gets a number. Damaged entries of a source are reported and left out.
pub fn merge(sources: &[PathBuf], target: &Path) -> MergeResult {
    let mut result = MergeResult::default();
    let store = Store::open(target);
    for source in sources {
        if !source.is_dir() {
            result.errors.push(format!("`{}` is not a store directory", source.display()));
            continue;
        }
        let tier = Tier::new(source);
        for layer in tier.layers() {
            for slug in tier.list(&layer) {
                match copy(&tier, &layer, &slug, &store) {
                    Ok(Placed::New) => result.new += 1,
                    Ok(Placed::Present) => result.skipped += 1,
                    Ok(Placed::Repaired) => result.overwritten += 1,
                    Err(why) => {
                        let path = tier.entry_dir(&layer, &slug);
                        result.errors.push(format!("`{}`: {why}", path.display()));
                    }
                }
            }
        }
    }
    if let Err(error) = store.refresh_index() {
        result.errors.push(describe(&error));
    }
    result
}

fn copy(tier: &Tier, layer: &Layer, slug: &str, store: &Store) -> Result<Placed, String> {
    let read = || -> Result<_, Defect> {
        let metadata = entry::load(tier, layer, slug)?.metadata;
        let text = tier.get(layer, slug, METADATA, MAX_METADATA)?;
        let content = entry::artifact(tier, layer, slug, &metadata.artifact)?;
        Ok((metadata, text, content))
    };
    let (metadata, text, content) = read().map_err(|defect| defect.to_string())?;
    store.place(layer, &metadata, &text, &content).map(|(_, placed)| placed).map_err(|error| describe(&error))
}

fn describe(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
