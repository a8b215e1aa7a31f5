//! Compares what an entry depends on with the files of this machine.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use fs_err as fs;

use super::Error;
use super::entry::{Dependencies, FileDigest, Metadata};
use super::key::Inputs;
use super::layout::MAX_ARTIFACT;
use crate::fsutil::text_sha256;
use crate::roots::{Roots, normalize};

/// What happened to a file since an entry was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Its content differs.
    Edited,
    /// It was not there.
    Appeared,
    /// It is no longer there.
    Vanished,
    /// It is there but cannot be read.
    Unreadable,
    /// It lies outside the project and the configured directories.
    Unreachable,
    /// It is a library that defines other symbols of the header.
    Redefined,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Change::Edited => "was edited",
            Change::Appeared => "was added",
            Change::Vanished => "was removed",
            Change::Unreadable => "cannot be read",
            Change::Unreachable => "lies outside the project and the configured directories",
            Change::Redefined => "defines other symbols of the header",
        })
    }
}

/// The first difference between an entry and the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stale {
    pub file: String,
    pub how: Change,
}

/// What a parse saw, by stored name and in any order.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// SHA-256 of what it read of each file, in hexadecimal. A header that is not among them is read again.
    pub files: BTreeMap<String, String>,
    /// The same of system headers that belong to the header's library.
    pub bound: BTreeMap<String, String>,
    /// Names that were looked up and did not exist.
    pub absent: Vec<String>,
    /// Headers of the compiler and the system.
    pub system: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Present(String),
    Missing,
    Unreadable,
}

/// Digests of the tree's files, each computed once.
#[derive(Debug, Default)]
pub(super) struct Tree {
    known: Mutex<BTreeMap<PathBuf, State>>,
    /// Digests of texts that stand for files.
    assumed: BTreeMap<PathBuf, String>,
}

impl Tree {
    /// Takes a text for the content of a file from now on.
    pub fn assume(&mut self, path: &Path, content: &[u8]) {
        self.assumed.insert(normalize(path), text_sha256(content));
    }

    fn read(&self, path: &Path) -> State {
        self.assumed.get(path).map_or_else(|| read_state(path), |digest| State::Present(digest.clone()))
    }

    /// Compares; on success, notes about files that are excused for being absent.
    pub fn check(&self, metadata: &Metadata, roots: &Roots) -> Result<Vec<String>, Stale> {
        let (changes, notes) = self.compare(metadata, roots);
        changes.into_iter().next().map_or(Ok(notes), Err)
    }

    /// Every difference, those of files that were read first, and notes about files that are excused for being absent.
    pub fn compare(&self, metadata: &Metadata, roots: &Roots) -> (Vec<Stale>, Vec<String>) {
        let mut changes = Vec::new();
        let mut absent = Vec::new();
        let inputs = &metadata.inputs;
        let header = (inputs.header.as_str(), metadata.header_sha256.as_str());
        let files = metadata.dependencies.files.iter().map(|file| (file.name.as_str(), file.sha256.as_str()));
        for (name, digest) in std::iter::once(header).chain(files.clone()) {
            let mut stale = |how| changes.push(Stale { file: name.to_owned(), how });
            if name != inputs.header && !reachable(name, roots) {
                stale(Change::Unreachable);
                continue;
            }
            match self.state(&roots.resolve(name)) {
                State::Present(found) if found == digest => {}
                State::Present(_) => stale(Change::Edited),
                State::Unreadable => stale(Change::Unreadable),
                State::Missing if !roots.is_outside(name) => stale(Change::Vanished),
                State::Missing => absent.push(name),
            }
        }
        let all: Vec<&str> = std::iter::once(header.0).chain(files.map(|(name, _)| name)).collect();
        let mut notes = Vec::new();
        for name in &absent {
            match excuse(name, &all, &absent, roots) {
                Ok(note) => notes.push(note),
                Err(stale) => changes.push(stale),
            }
        }
        if let State::Present(_) = self.state(&roots.resolve(header.0)) {
            self.compare_bound(&metadata.dependencies.bound, roots, &mut changes, &mut notes);
        }
        changes.extend(appeared(metadata, roots));
        (changes, notes)
    }

    /// Compares system headers of a library that is here. Where a system has them elsewhere, they are excused.
    fn compare_bound(
        &self,
        bound: &[FileDigest],
        roots: &Roots,
        changes: &mut Vec<Stale>,
        notes: &mut Vec<String>,
    ) {
        for FileDigest { name, sha256 } in bound {
            let state =
                if reachable(name, roots) { self.state(&roots.resolve(name)) } else { State::Unreadable };
            match state {
                State::Present(found) if found == *sha256 => {}
                State::Present(_) => changes.push(Stale { file: name.clone(), how: Change::Edited }),
                State::Unreadable => changes.push(Stale { file: name.clone(), how: Change::Unreadable }),
                State::Missing => notes.push(unchecked(name)),
            }
        }
    }

    /// The header's SHA-256 and the dependencies for the metadata of what a parse saw.
    ///
    /// Fails with [`Error::Modified`] if the parse read something else than a look-up of this run, or if a file that
    /// it did not read, but might after an edit, is gone.
    pub fn observe(
        &self,
        inputs: &Inputs,
        seen: Seen,
        roots: &Roots,
    ) -> Result<(String, Dependencies), Error> {
        let mut parsed = seen.files;
        let header = self.observe_file(&inputs.header, parsed.remove(&inputs.header), roots)?;
        let sorted =
            |names: Vec<String>| names.into_iter().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
        let mut dependencies = Dependencies {
            absent: sorted(seen.absent),
            system: sorted(seen.system),
            ..Dependencies::default()
        };
        dependencies.files = parsed.keys().map(|name| digest_of(name, String::new())).collect();
        // A file that has a system header's name was not read now, but might be after an edit.
        let shadows = shadows(inputs, &dependencies, roots).into_iter().filter(|name| *name != inputs.header);
        let names: BTreeSet<String> = parsed.keys().cloned().chain(shadows).collect();
        dependencies.files = Vec::with_capacity(names.len());
        for name in names {
            let digest = self.observe_file(&name, parsed.remove(&name), roots)?;
            dependencies.files.push(digest_of(&name, digest));
        }
        for (name, digest) in seen.bound {
            let digest = self.observe_file(&name, Some(digest), roots)?;
            dependencies.bound.push(digest_of(&name, digest));
        }
        match dependencies.absent.iter().find(|name| roots.resolve(name).is_file()) {
            Some(name) => Err(Error::Modified { file: name.clone() }),
            None => Ok((header, dependencies)),
        }
    }

    /// The digest of what a parse read of a file, which is read where the parse did not.
    fn observe_file(&self, name: &str, parsed: Option<String>, roots: &Roots) -> Result<String, Error> {
        let path = roots.resolve(name);
        let now = parsed.map_or_else(|| self.read(&path), State::Present);
        let mut known = self.known.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let before = known.insert(path, now.clone());
        match now {
            State::Present(digest)
                if before.is_none_or(|before| before == State::Present(digest.clone())) =>
            {
                Ok(digest)
            }
            _ => Err(Error::Modified { file: name.to_owned() }),
        }
    }

    fn state(&self, path: &Path) -> State {
        let lock = || self.known.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(state) = lock().get(path) {
            return state.clone();
        }
        let state = self.read(path);
        lock().insert(path.to_owned(), state.clone());
        state
    }
}

/// What was not found must still not be found, and nothing may hide a system header.
fn appeared(metadata: &Metadata, roots: &Roots) -> Vec<Stale> {
    let dependencies = &metadata.dependencies;
    let mut found: Vec<String> =
        dependencies.absent.iter().filter(|name| roots.resolve(name).is_file()).cloned().collect();
    let listed: BTreeSet<&str> = dependencies.files.iter().map(|file| file.name.as_str()).collect();
    let shadows = shadows(&metadata.inputs, dependencies, roots);
    found.extend(
        shadows.into_iter().filter(|name| !listed.contains(name.as_str()) && *name != metadata.inputs.header),
    );
    found.into_iter().map(|file| Stale { file, how: Change::Appeared }).collect()
}

fn digest_of(name: &str, sha256: String) -> FileDigest {
    FileDigest { name: name.to_owned(), sha256 }
}

/// Devices, pipes and huge files are never read: the names come from strangers.
fn read_state(path: &Path) -> State {
    match fs::metadata(path) {
        Ok(data) if data.is_file() && data.len() <= MAX_ARTIFACT => {
            fs::read(path).map_or(State::Unreadable, |content| State::Present(text_sha256(&content)))
        }
        Ok(_) => State::Unreadable,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            State::Missing
        }
        Err(_) => State::Unreadable,
    }
}

/// Whether a name from an entry stays below the project or a configured directory.
fn reachable(name: &str, roots: &Roots) -> bool {
    let path = normalize(&roots.resolve(name));
    match roots.root_of(name) {
        Some(root) => path.starts_with(&root.path),
        None => path.starts_with(roots.project()),
    }
}

/// A file outside the project may be absent if nothing else of its library is here.
fn excuse(name: &str, all: &[&str], absent: &[&str], roots: &Roots) -> Result<String, Stale> {
    let root = roots.root_of(name);
    let here = all
        .iter()
        .any(|other| !absent.contains(other) && roots.is_outside(other) && roots.root_of(other) == root);
    if here {
        return Err(Stale { file: name.to_owned(), how: Change::Vanished });
    }
    Ok(unchecked(name))
}

fn unchecked(name: &str) -> String {
    format!("`{name}` is not on this machine; the stored result was used unchecked against it")
}

/// Existing files that an include of one of the system headers might find first, by stored name.
fn shadows(inputs: &Inputs, dependencies: &Dependencies, roots: &Roots) -> Vec<String> {
    let parent = |name: &str| name.rsplit_once('/').map_or(String::new(), |(dir, _)| dir.to_owned());
    let mut dirs: BTreeSet<String> = inputs.include_dirs.iter().map(|dir| tidy(dir)).collect();
    dirs.extend(argument_dirs(&inputs.arguments).into_iter().map(tidy));
    // An include in quotes looks beside the including file first. Outside the project that directory
    // may be the system's own, where the system's headers are at home and hide nothing.
    let files = dependencies.files.iter().map(|file| file.name.as_str());
    let inside = files.chain([inputs.header.as_str()]).filter(|name| !roots.is_outside(name));
    dirs.extend(inside.map(parent));
    let mut found = Vec::new();
    for dir in &dirs {
        let path = roots.resolve(dir);
        if !path.is_dir() {
            continue;
        }
        for name in dependencies.system.iter().filter(|name| !Path::new(name).has_root()) {
            let candidate = path.join(name);
            if candidate.is_file() {
                found.push(roots.name(&candidate).unwrap_or_else(|| format!("{dir}/{name}")));
            }
        }
    }
    found
}

fn tidy(dir: &str) -> String {
    let dir = dir.trim_end_matches('/');
    dir.strip_prefix("./").unwrap_or(dir).to_owned()
}

/// Include directories among raw clang arguments.
fn argument_dirs(arguments: &[String]) -> Vec<&str> {
    const OPTIONS: [&str; 4] = ["-isystem", "-iquote", "-idirafter", "-I"];
    let mut dirs = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let joined = OPTIONS.iter().find_map(|option| argument.strip_prefix(option));
        match joined {
            Some("") => dirs.extend(rest.next().map(String::as_str)),
            Some(dir) => dirs.push(dir),
            None => {}
        }
    }
    dirs
}
