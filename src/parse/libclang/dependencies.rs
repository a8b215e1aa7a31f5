//! What a parse read, and what it looked for and did not find.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fs_err as fs;
use memchr::{memchr, memmem};

use super::args::CommandLine;
use super::ffi::File;
use super::files::Files;
use crate::fsutil::text_sha256;
use crate::parse::{Dependencies, FileDigest, ParseRequest};
use crate::roots::{Roots, normalize};

/// Collects the dependencies of a unit.
pub fn collect(files: &Files<'_>, request: &ParseRequest, command: &CommandLine) -> Dependencies {
    let roots = request.names();
    let mut collector = Collector {
        roots: &roots,
        command,
        files: BTreeMap::new(),
        bound: BTreeMap::new(),
        absent: BTreeSet::new(),
        system: BTreeSet::new(),
    };
    let is_outside = !normalize(&request.header).starts_with(roots.project());
    for (file, entry) in files.iter() {
        if let (Some(_), Some(name)) = (&entry.system, &entry.stored)
            && is_outside
            && entry.in_scope
            // The header itself is compared anyway.
            && *name != request.name
        {
            collector.bound.insert(name.clone(), text_sha256(files.contents(file)));
        }
        match (&entry.system, &entry.stored) {
            (None, Some(name)) => {
                collector.files.insert(name.clone(), text_sha256(files.contents(file)));
            }
            (Some(name), _) => {
                collector.system.insert(name.clone());
            }
            (None, None) => {}
        }
    }
    collector.directives(files);
    for (file, entry) in files.iter().filter(|(_, entry)| entry.system.is_none()) {
        collector.questions(files.contents(file), &entry.path);
    }
    collector.finish()
}

struct Collector<'a> {
    roots: &'a Roots,
    command: &'a CommandLine,
    files: BTreeMap<String, String>,
    bound: BTreeMap<String, String>,
    absent: BTreeSet<String>,
    system: BTreeSet<String>,
}

impl Collector<'_> {
    fn directives<'u>(&mut self, files: &Files<'u>) {
        let entry = |file: File<'u>| files.entry(file);
        for line in &files.directives {
            let (Some(from), Some(found)) = (entry(line.from), entry(line.found)) else { continue };
            let beside = from.path.parent().filter(|_| line.quoted);
            if found.system.is_some() {
                // Readers derive the include dirs; the includer's own directory is only known here.
                if from.system.is_none() {
                    self.missing(beside.into_iter(), &line.text, &found.path);
                }
                continue;
            }
            let dirs = self.search(beside, line.quoted);
            self.missing(dirs.iter().map(PathBuf::as_path), &line.text, &found.path);
        }
    }

    /// The directories of an include in the order of the search, system directories excepted.
    fn search(&self, beside: Option<&Path>, quoted: bool) -> Vec<PathBuf> {
        let quote = self.command.quote_dirs.iter().filter(|_| quoted);
        let dirs = quote.chain(&self.command.include_dirs).chain(&self.command.isystem_dirs);
        beside.map(Path::to_path_buf).into_iter().chain(dirs.cloned()).collect()
    }

    /// Notes the places that were tried before `found`.
    fn missing<'p>(&mut self, dirs: impl Iterator<Item = &'p Path>, text: &str, found: &Path) {
        for dir in dirs {
            let candidate = normalize(&dir.join(text));
            if candidate == found {
                break;
            }
            self.note_absent(&candidate);
        }
    }

    fn note_absent(&mut self, candidate: &Path) {
        if let Some(name) = self.roots.name(candidate).filter(|_| !candidate.exists()) {
            self.absent.insert(name);
        }
    }

    /// `__has_include` asks for files without reading them.
    fn questions(&mut self, text: &[u8], path: &Path) {
        for (name, quoted) in has_include_names(text) {
            let dirs = self.search(path.parent().filter(|_| quoted), quoted);
            let candidates: Vec<PathBuf> = dirs.iter().map(|dir| normalize(&dir.join(&name))).collect();
            for candidate in candidates {
                if !candidate.is_file() {
                    self.note_absent(&candidate);
                    continue;
                }
                let known = self.roots.name(&candidate).filter(|name| !self.files.contains_key(name));
                if let (Some(name), Ok(content)) = (known, fs::read(&candidate)) {
                    self.files.insert(name, text_sha256(&content));
                }
                break;
            }
        }
    }

    fn finish(self) -> Dependencies {
        let digests = |files: BTreeMap<String, String>| {
            files.into_iter().map(|(name, sha256)| FileDigest { name, sha256 }).collect()
        };
        Dependencies {
            files: digests(self.files),
            bound: digests(self.bound),
            absent: self.absent.into_iter().collect(),
            system: self.system.into_iter().collect(),
        }
    }
}

/// The literal arguments of `__has_include` in a text, with whether they are in quotes.
fn has_include_names(text: &[u8]) -> Vec<(String, bool)> {
    const WORD: &[u8] = b"__has_include";
    let argument = |start: usize| {
        let line = text[start + WORD.len()..].split(|byte| *byte == b'\n').next()?;
        let line = line.strip_prefix(b"_next").unwrap_or(line).trim_ascii_start();
        let argument = line.strip_prefix(b"(")?.trim_ascii_start();
        let (quoted, close) = match argument.first()? {
            b'"' => (true, b'"'),
            b'<' => (false, b'>'),
            _ => return None,
        };
        let length = memchr(close, &argument[1..])?;
        Some((String::from_utf8_lossy(&argument[1..=length]).into_owned(), quoted))
    };
    memmem::find_iter(text, WORD).filter_map(argument).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_found() {
        let text = b"#if __has_include(\"a.h\") || __has_include( <b/c.h> )\n#if defined(__has_include)\n\
                     #if __has_include_next(<d.h>)\n#if __has_include(MACRO)\n";
        let expected = [("a.h", true), ("b/c.h", false), ("d.h", false)];
        assert_eq!(has_include_names(text), expected.map(|(name, quoted)| (name.to_owned(), quoted)));
    }
}
