//! `index.json`: the list of a layer's entries, for people and other tools. It is derived from the
//! entries and nothing here ever reads one to find an entry.

use std::collections::BTreeMap;

use fs_err as fs;
use serde_json::json;

use super::Error;
use super::entry;
use super::layout::{INDEX, Layer, Tier, sync_dir};
use crate::fsutil;

/// Rounds after which a directory that never comes to rest is left to its other writers.
const ROUNDS: usize = 1000;

/// Makes the index agree with the directory; returns the number of entries.
///
/// There is no lock. Whoever writes an index looks at the directory again afterwards, so the last
/// one to write, whichever process that is, has written what is there.
pub(super) fn refresh(tier: &Tier, layer: &Layer) -> Result<usize, Error> {
    if let Some(path) = tier.foreign_part(layer) {
        return Err(Error::Foreign { path });
    }
    let mut entries = scan(tier, layer);
    let mut has_changed = false;
    for _ in 0..ROUNDS {
        has_changed |= write(tier, layer, &entries)?;
        let now = scan(tier, layer);
        if now == entries {
            break;
        }
        entries = now;
    }
    if has_changed {
        sync_dir(&tier.dir(layer));
    }
    Ok(entries.len())
}

/// What the index should hold; nothing if it should not exist.
pub(super) fn render(entries: &BTreeMap<String, String>) -> Option<Vec<u8>> {
    if entries.is_empty() {
        return None;
    }
    let rows: BTreeMap<&String, _> =
        entries.iter().map(|(slug, key)| (slug, BTreeMap::from([("key", key)]))).collect();
    let mut text = serde_json::to_vec_pretty(&json!({ "entries": rows, "version": 1 })).unwrap_or_default();
    text.push(b'\n');
    Some(text)
}

/// Key by slug of all entries with good metadata.
pub(super) fn scan(tier: &Tier, layer: &Layer) -> BTreeMap<String, String> {
    let key = |slug: &String| entry::load(tier, layer, slug).ok().map(|entry| entry.metadata.key);
    tier.list(layer).into_iter().filter_map(|slug| key(&slug).map(|key| (slug, key))).collect()
}

/// Whether there was something to write.
fn write(tier: &Tier, layer: &Layer, entries: &BTreeMap<String, String>) -> Result<bool, Error> {
    let path = tier.dir(layer).join(INDEX);
    let result = match render(entries) {
        Some(text) => {
            // A link is replaced, not followed; equal content behind one would be left alone otherwise.
            if path.symlink_metadata().is_ok_and(|data| data.is_symlink()) {
                let _ = fs::remove_file(&path);
            }
            fsutil::write_atomic(&path, &text)
        }
        None if path.symlink_metadata().is_ok() => match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(true),
        },
        None => Ok(false),
    };
    result.map_err(|source| Error::write(&path, source))
}
