//! Adds entries. An entry that exists and is good is never touched.

use serde_json::Value;

use super::entry::{self, Artifact, FORMAT, IR_FILE, Metadata, Output, is_extension};
use super::key::WriterId;
use super::layout::{Defect, Layer, MAX_ARTIFACT, MAX_METADATA, METADATA, Put};
use super::slug::Slug;
use super::{Error, Source, Store};
use crate::fsutil::sha256;

/// More entries than this never share a name in earnest.
const MAX_NUMBER: usize = 10_000;
/// Attempts at one name while other processes add and repair entries.
const ATTEMPTS: usize = 100;

/// What became of an entry that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placed {
    New,
    Present,
    /// It took the place of a damaged one.
    Repaired,
}

/// What has a name already.
enum Occupant {
    Nothing,
    Same,
    Other,
    Broken,
}

impl Store {
    /// Stores a header's IR.
    ///
    /// # Errors
    /// The store cannot be written, or the entry breaks a limit. Nothing is left behind.
    pub fn insert_ir(&self, source: &Source, content: &[u8]) -> Result<Slug, Error> {
        self.insert(&Layer::Ir, source, None, IR_FILE, content)
    }

    /// Stores a writer's output as `output.<extension>`.
    ///
    /// # Errors
    /// As for [`Store::insert_ir`].
    pub fn insert_output(
        &self,
        source: &Source,
        writer: &WriterId,
        extension: &str,
        content: &[u8],
    ) -> Result<Slug, Error> {
        let extension = extension.trim_start_matches('.');
        let extension = if is_extension(extension) { extension } else { "txt" };
        let file = format!("output.{extension}");
        self.insert(&Layer::output(&writer.name), source, Some(writer), &file, content)
    }

    fn insert(
        &self,
        layer: &Layer,
        source: &Source,
        writer: Option<&WriterId>,
        file: &str,
        content: &[u8],
    ) -> Result<Slug, Error> {
        let invalid = |why: String| Error::Invalid { header: source.inputs.header.clone(), why };
        let metadata = self.describe(source, writer, file, content);
        let text = metadata.render().map_err(|error| invalid(error.to_string()))?;
        if text.len() as u64 > MAX_METADATA || content.len() as u64 > MAX_ARTIFACT {
            return Err(invalid("it is too large".into()));
        }
        // What a reader would refuse must not be written.
        Metadata::parse(&text, layer).map_err(|defect| invalid(defect.to_string()))?;
        self.place(layer, &metadata, &text, content).map(|(slug, _)| slug)
    }

    fn describe(&self, source: &Source, writer: Option<&WriterId>, file: &str, content: &[u8]) -> Metadata {
        let ir_key = source.inputs.ir_key(&source.header_sha256);
        let mut metadata = Metadata {
            format: FORMAT,
            key: String::new(),
            inputs: source.inputs.clone(),
            header_sha256: source.header_sha256.clone(),
            dependencies: source.dependencies.clone(),
            artifact: Artifact { file: file.into(), sha256: sha256(content), size: content.len() as u64 },
            diagnostics: source.diagnostics.clone(),
            libclang_version: source.libclang_version.clone(),
            sysroot: source.sysroot.clone(),
            created: self.created.clone(),
            output: writer.map(|writer| Output {
                ir_key: ir_key.to_string(),
                writer: writer.name.clone(),
                writer_version: writer.version.clone(),
                options: writer.options.clone(),
            }),
            symbols: source.symbols.clone(),
        };
        if metadata.diagnostics == Value::Array(Vec::new()) {
            metadata.diagnostics = Value::Null;
        }
        metadata.key = metadata.computed_key();
        metadata
    }

    /// Puts an entry under the first name that is free or holds it already.
    pub(super) fn place(
        &self,
        layer: &Layer,
        metadata: &Metadata,
        text: &[u8],
        content: &[u8],
    ) -> Result<(Slug, Placed), Error> {
        let base = Slug::new(&metadata.inputs);
        if let Some(slug) = self.find_same(layer, metadata) {
            return Ok((slug, Placed::Present));
        }
        let files = [(metadata.artifact.file.as_str(), content), (METADATA, text)];
        let mut placed = Placed::New;
        for number in 1..=MAX_NUMBER {
            let slug = base.numbered(number);
            for _ in 0..ATTEMPTS {
                match self.occupant(layer, &slug, metadata) {
                    Occupant::Same => return Ok((slug, Placed::Present)),
                    Occupant::Other => break,
                    Occupant::Broken => {
                        if self.discard(layer, &slug)? {
                            placed = Placed::Repaired;
                        }
                    }
                    Occupant::Nothing => {
                        if let Put::Done = self.tier.put(layer, slug.as_str(), &files)? {
                            self.forget(layer, slug.as_str());
                            return Ok((slug, placed));
                        }
                    }
                }
            }
        }
        let why = format!("too many entries are called `{base}`");
        Err(Error::Invalid { header: metadata.inputs.header.clone(), why })
    }

    /// The good entry that makes a new one needless, under whatever name.
    fn find_same(&self, layer: &Layer, metadata: &Metadata) -> Option<Slug> {
        let names = self.names(layer);
        let base = Slug::new(&metadata.inputs);
        let same = names.iter().find(|name| {
            let loaded = self.entry(layer, name);
            let same = loaded.as_ref().as_ref().is_ok_and(|entry| entry.metadata.same_entry(metadata));
            same && self.is_good(layer, name)
        })?;
        Some(base.number_of(same).map_or_else(|| Slug::existing(same), |number| base.numbered(number)))
    }

    /// Whether an entry is intact on disk now, whatever is remembered of it.
    fn is_good(&self, layer: &Layer, slug: &str) -> bool {
        entry::load(&self.tier, layer, slug)
            .and_then(|entry| entry::artifact(&self.tier, layer, slug, &entry.metadata.artifact))
            .is_ok()
    }

    fn occupant(&self, layer: &Layer, slug: &Slug, wanted: &Metadata) -> Occupant {
        if !self.tier.is_taken(layer, slug.as_str()) {
            return Occupant::Nothing;
        }
        let entry = match entry::load(&self.tier, layer, slug.as_str()) {
            Ok(entry) => entry,
            Err(Defect::Broken(_)) => return Occupant::Broken,
            Err(_) => return Occupant::Other,
        };
        if !entry.metadata.same_entry(wanted) {
            return Occupant::Other;
        }
        match entry::artifact(&self.tier, layer, slug.as_str(), &entry.metadata.artifact) {
            Ok(_) => Occupant::Same,
            Err(Defect::Broken(_)) => Occupant::Broken,
            Err(_) => Occupant::Other,
        }
    }

    /// Removes a damaged entry. Another process may have repaired it since it was looked at: then what was
    /// moved away is good and is put back, under another name if need be. `false` if it was.
    fn discard(&self, layer: &Layer, slug: &Slug) -> Result<bool, Error> {
        let Some(aside) = self.tier.set_aside(layer, slug.as_str())? else { return Ok(false) };
        self.forget(layer, slug.as_str());
        match entry::load_aside(&aside.dir, layer) {
            Ok((metadata, text, content)) => {
                self.place(layer, &metadata, &text, &content)?;
                Ok(false)
            }
            Err(Defect::Broken(_)) => Ok(true),
            Err(_) => {
                aside.restore();
                Ok(false)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Dependencies, Inputs};

    #[test]
    fn a_good_entry_that_was_taken_for_a_damaged_one_comes_back() {
        // What happens if another process repairs an entry between the look at it and its removal.
        let dir = tempfile::TempDir::new().unwrap();
        let store = Store::open(dir.path());
        let source = Source {
            inputs: Inputs { parser: "libclang".into(), header: "a.h".into(), ..Inputs::default() },
            header_sha256: "00".into(),
            dependencies: Dependencies::default(),
            diagnostics: Value::Null,
            libclang_version: None,
            sysroot: Value::Null,
            symbols: None,
        };
        let slug = store.insert_ir(&source, b"good").unwrap();
        assert!(!store.discard(&Layer::Ir, &slug).unwrap());
        assert!(store.is_good(&Layer::Ir, slug.as_str()));
        fs_err::write(store.tier.entry_dir(&Layer::Ir, slug.as_str()).join(IR_FILE), "bad").unwrap();
        assert!(store.discard(&Layer::Ir, &slug).unwrap());
        assert!(store.entries().is_empty());
    }
}
