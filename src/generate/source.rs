//! What the store says about a project as a whole: the files that a build from an sdist needs, and
//! whether its outputs are the same everywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use fs_err as fs;

use super::baseline;
use super::{DEFAULT_STORE, Session, Writer};
use crate::headers::{HeaderUnit, UnitOutput};
use crate::roots;
use crate::store::{Agreement, EntryRef, Metadata, Output, Store};
use crate::target::Target;

impl Session {
    /// Files of the source tree, by project-relative path, that a build elsewhere needs: headers, what
    /// they include, `.headerkit.toml`, and the store's entries for every target.
    pub fn source_files(&self) -> io::Result<BTreeMap<String, Vec<u8>>> {
        let mut names = BTreeSet::new();
        let mut files = BTreeMap::new();
        if let Some(file) = &self.config.file {
            names.extend(self.set.roots.name(file));
        }
        names.extend(self.set.units.iter().map(|unit| unit.name.clone()));
        let outputs = self.set.units.iter().flat_map(|unit| &unit.outputs);
        names.extend(outputs.filter_map(baseline::file).map(str::to_owned));
        // A build elsewhere computes the same keys only with the same programs.
        let writers = self.config.writers.iter().filter_map(|name| self.writers.get(name));
        names.extend(writers.flat_map(Writer::files).filter_map(|path| self.set.roots.name(path)));
        for store in &self.stores {
            let prefix = self.store_prefix(store);
            for entry in self.used_entries(store) {
                let Ok(metadata) = &entry.metadata else { continue };
                names.extend(metadata.dependencies.files.iter().map(|file| file.name.clone()));
                let folder = format!("{}/{}", entry.layer.path(), entry.slug);
                for file in ["metadata.json", metadata.artifact.file.as_str()] {
                    let content = fs::read(store.dir().join(&folder).join(file))?;
                    files.entry(format!("{prefix}/{folder}/{file}")).or_insert(content);
                }
            }
        }
        for name in names {
            let inside = !self.set.roots.is_outside(&name) && !name.split('/').any(|part| part == "..");
            // A header that is absent here cannot be shipped; the store's entry serves its bindings.
            if let (true, Ok(content)) = (inside, fs::read(self.set.roots.resolve(&name))) {
                files.insert(name, content);
            }
        }
        Ok(files)
    }

    /// Where a store lies in the sdist: its own place, or the default one if it is outside the project.
    fn store_prefix(&self, store: &Store) -> String {
        match store.dir().strip_prefix(&self.config.project) {
            Ok(relative) if !relative.as_os_str().is_empty() => roots::posix(relative),
            _ => DEFAULT_STORE.into(),
        }
    }

    /// Entries of the configured headers and writers, whatever their target, that hold for the headers
    /// as they are now.
    fn used_entries(&self, store: &Store) -> Vec<EntryRef> {
        let mut entries = store.entries();
        let is_used = |metadata: &Metadata| {
            self.asks_for(metadata).is_ok_and(|unit| self.symbols_hold(unit, metadata).is_ok())
                && store.holds(metadata, &self.set.roots).is_ok()
        };
        entries.retain(|entry| entry.metadata.as_ref().is_ok_and(|metadata| is_used(metadata)));
        entries
    }

    /// Fails, saying why, if the libraries of an entry's output are here and define other symbols than then.
    pub(super) fn symbols_hold(&self, unit: &HeaderUnit, metadata: &Metadata) -> Result<(), String> {
        let output = metadata.output.as_ref().and_then(|stored| configured(unit, stored));
        let target = Target::parse(&metadata.inputs.target).ok();
        let (Some(recorded), Some(output), Some(target)) = (&metadata.symbols, output, target) else {
            return Ok(());
        };
        match self.ask(output, &target, recorded) {
            Agreement::Other { libraries, how } => Err(format!("`{libraries}` {how} since it was stored")),
            Agreement::Same | Agreement::Absent { .. } => Ok(()),
        }
    }

    /// Whether every output is the same for every target in the store, and these targets are of several
    /// systems: only then are the bindings true everywhere. One target alone proves nothing.
    pub fn is_universal(&self) -> bool {
        let mut outputs: BTreeMap<(String, String), BTreeMap<String, String>> = BTreeMap::new();
        for store in &self.stores {
            for entry in self.used_entries(store) {
                let Ok(metadata) = entry.metadata else { continue };
                let Some(output) = &metadata.output else { continue };
                let key = (metadata.inputs.header.clone(), output.writer.clone());
                outputs.entry(key).or_default().insert(metadata.inputs.target, metadata.artifact.sha256);
            }
        }
        let expected: usize = self.set.units.iter().map(|unit| unit.outputs.len()).sum();
        let targets: BTreeSet<&String> = outputs.values().flat_map(BTreeMap::keys).collect();
        let systems: BTreeSet<String> = targets
            .iter()
            .filter_map(|target| Target::parse(target).ok().map(|target| target.os().to_owned()))
            .collect();
        let complete = outputs.values().all(|by_target| by_target.len() == targets.len());
        let equal = outputs.values().all(|by_target| {
            let mut digests = by_target.values();
            let first = digests.next();
            digests.all(|digest| Some(digest) == first)
        });
        systems.len() > 1 && outputs.len() == expected && complete && equal
    }
}

/// The output that the configuration has in the place of a stored one.
fn configured<'u>(unit: &'u HeaderUnit, stored: &Output) -> Option<&'u UnitOutput> {
    unit.outputs.iter().find(|output| output.writer == stored.writer)
}
