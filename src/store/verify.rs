//! Looks at every byte of a store and reports what is wrong. Changes nothing.

use std::path::PathBuf;

use fs_err as fs;

use super::layout::{INDEX, Layer, METADATA, TEMPORARY, leftovers};
use super::{Store, entry, index};

/// Something wrong in a store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where.
    pub layer: Layer,
    /// The entry, or the name of a file that belongs to none.
    pub slug: String,
    /// What, without a final period.
    pub why: String,
}

impl Finding {
    /// Whether it is about an index, which can be made anew.
    pub fn is_index(&self) -> bool {
        self.slug == INDEX
    }

    /// Whether it is what a process has left behind.
    pub fn is_leftover(&self) -> bool {
        self.slug.starts_with(TEMPORARY)
    }
}

impl Store {
    /// Checks all metadata, keys and digests, and finds stray files and a stale index.
    pub fn verify(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for layer in self.layers_present() {
            let mut report = |slug: &str, why: String| {
                findings.push(Finding { layer: layer.clone(), slug: slug.to_owned(), why });
            };
            if let Some(path) = self.tier.foreign_part(&layer) {
                report("", format!("`{}` is not a directory", path.display()));
                continue;
            }
            let entries = self.tier.list(&layer);
            for slug in &entries {
                self.verify_entry(&layer, slug).into_iter().for_each(|why| report(slug, why));
            }
            for name in names(&self.tier.dir(&layer)) {
                if name != INDEX && !entries.contains(&name) {
                    report(&name, "belongs to no entry".into());
                }
            }
            for path in leftovers(&self.tier.dir(&layer)) {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                report(&name, "is left over from a process that was killed, or is still running".into());
            }
            self.verify_index(&layer).into_iter().for_each(|why| report(INDEX, why));
        }
        findings.sort();
        findings
    }

    fn verify_entry(&self, layer: &Layer, slug: &str) -> Vec<String> {
        let metadata = match entry::load(&self.tier, layer, slug) {
            Ok(entry) => entry.metadata,
            Err(defect) => return vec![defect.to_string()],
        };
        let mut findings = Vec::new();
        if let Err(defect) = entry::artifact(&self.tier, layer, slug, &metadata.artifact) {
            findings.push(defect.to_string());
        }
        for name in names(&self.tier.entry_dir(layer, slug)) {
            if name != METADATA && name != metadata.artifact.file {
                findings.push(format!("`{name}` does not belong to the entry"));
            }
        }
        findings
    }

    fn verify_index(&self, layer: &Layer) -> Option<String> {
        let expected = index::render(&index::scan(&self.tier, layer));
        let path = self.tier.dir(layer).join(INDEX);
        let found = match path.symlink_metadata() {
            Ok(data) if !data.is_file() => return Some("is no regular file".into()),
            Ok(_) => fs::read(&path).ok(),
            Err(_) => None,
        };
        // A checkout with converted line ends is as good.
        let plain = |text: Vec<u8>| String::from_utf8_lossy(&text).replace("\r\n", "\n");
        (found.map(plain) != expected.map(plain)).then(|| "does not list the entries that are there".into())
    }

    /// What stands where a directory of the store should, such as a symbolic link. It is never followed.
    pub(super) fn links(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for layer in self.layers_present() {
            match self.tier.foreign_part(&layer) {
                Some(path) => found.push(path),
                None => {
                    let entries = names(&self.tier.dir(&layer)).into_iter();
                    let paths = entries.map(|name| self.tier.dir(&layer).join(name));
                    found.extend(paths.filter(|path| path.is_symlink() && !path.ends_with(INDEX)));
                }
            }
        }
        found
    }

    /// The layers, and also what stands in the place of one.
    fn layers_present(&self) -> Vec<Layer> {
        let mut layers = self.tier.layers();
        if !layers.contains(&Layer::Ir) && self.dir().join("ir").symlink_metadata().is_ok() {
            layers.push(Layer::Ir);
        }
        let output = self.dir().join("output");
        if output.symlink_metadata().is_ok_and(|data| !data.is_dir()) {
            layers.push(Layer::Output(String::new()));
        } else {
            let links = names(&output).into_iter().map(Layer::Output);
            layers.extend(links.filter(|layer| self.tier.foreign_part(layer).is_some()));
        }
        layers
    }
}

/// Names in a directory without hidden ones, which `verify` leaves to other tools.
fn names(dir: &std::path::Path) -> Vec<String> {
    let Ok(items) = fs::read_dir(dir) else { return Vec::new() };
    let names = items.filter_map(Result::ok).map(|item| item.file_name().to_string_lossy().into_owned());
    names.filter(|name| !name.starts_with('.')).collect()
}
