//! The files of a translation unit: their names, and which are in scope.
//!
//! Every question about a file is answered once; declarations only look the answer up.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use fs_err as fs;
use memchr::memchr_iter;

use super::args::CommandLine;
use super::ffi::{Cursor, CursorKind, File, Position, Unit};
use crate::glob::Glob;
use crate::ir::Location;
use crate::parse::{Error, ParseRequest, Scope};
use crate::roots::{Roots, normalize, posix};
use rustc_hash::{FxHashMap, FxHashSet};

/// What is known about a file.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Absolute path without `.` and `..`.
    pub path: PathBuf,
    /// Stored name, where the file lies below the project or a written root.
    pub stored: Option<String>,
    /// Name relative to the include dir that found it; for files that were found in a system dir, and
    /// for those without stored name.
    pub system: Option<String>,
    /// Whether it is one of clang's builtin headers.
    pub is_builtin: bool,
    /// Whether its declarations are bound.
    pub in_scope: bool,
    /// Whether it lies below the project and is no system header.
    pub in_project: bool,
    /// How locations name it.
    pub display: String,
    /// Whether declarations in it can have doc comments that count.
    pub has_docs: bool,
}

/// An `#include` line.
pub struct Directive<'u> {
    /// The including file.
    pub from: File<'u>,
    /// The file as written, without delimiters.
    pub text: String,
    /// Whether the includer's directory is searched first.
    pub quoted: bool,
    /// What was found.
    pub found: File<'u>,
}

/// All files of a unit.
pub struct Files<'u> {
    unit: &'u Unit,
    /// libclang walks all its files for every question.
    contents: RefCell<FxHashMap<File<'u>, &'u [u8]>>,
    entries: FxHashMap<File<'u>, Entry>,
    order: Vec<File<'u>>,
    entered_again: FxHashSet<File<'u>>,
    /// The `#include` lines in order.
    pub directives: Vec<Directive<'u>>,
}

impl<'u> Files<'u> {
    /// Reads the inclusions of a unit whose main file is `umbrella`.
    pub fn new(
        unit: &'u Unit,
        top_level: &[Cursor<'u>],
        request: &ParseRequest,
        command: &CommandLine,
        umbrella: &str,
    ) -> Result<Files<'u>, Error> {
        let roots = request.names();
        let umbrella = unit.file(umbrella);
        let mut order = Vec::new();
        let (mut entered, mut entered_again) = (FxHashSet::default(), FxHashSet::default());
        for inclusion in unit.inclusions() {
            if !entered.insert(inclusion.file) {
                entered_again.insert(inclusion.file);
            } else if Some(inclusion.file) != umbrella {
                order.push(inclusion.file);
            }
        }
        let paths: FxHashMap<File<'u>, PathBuf> =
            order.iter().map(|file| (*file, absolute(&file.name(), &request.project))).collect();
        let contents: RefCell<FxHashMap<File<'u>, &'u [u8]>> = RefCell::default();
        let directives: Vec<Directive<'u>> = top_level
            .iter()
            .filter(|cursor| cursor.kind() == CursorKind::InclusionDirective)
            .filter_map(|cursor| {
                directive(*cursor, umbrella, |file| {
                    *contents.borrow_mut().entry(file).or_insert_with(|| unit.contents(file))
                })
            })
            .collect();
        let naming = Naming::new(&roots, command, &directives, &paths);
        let header = normalize(&request.header);
        let entries = order.iter().map(|file| (*file, naming.entry(&paths[file], &header))).collect();
        let mut files = Files { unit, contents, entries, order, entered_again, directives };
        files.look_for_docs(command);
        files.decide_scope(request, command, &header)?;
        Ok(files)
    }

    /// A file's bytes as clang read them.
    pub fn contents(&self, file: File<'u>) -> &'u [u8] {
        self.contents.borrow_mut().entry(file).or_insert_with(|| self.unit.contents(file))
    }

    /// Whether the preprocessor read a file more than once.
    pub fn is_entered_again(&self, file: File<'u>) -> bool {
        self.entered_again.contains(&file)
    }

    /// What is known about a file; `None` for the umbrella.
    pub fn entry(&self, file: File<'u>) -> Option<&Entry> {
        self.entries.get(&file)
    }

    /// All files in the order in which they were entered.
    pub fn iter(&self) -> impl Iterator<Item = (File<'u>, &Entry)> {
        self.order.iter().map(|file| (*file, &self.entries[file]))
    }

    /// Whether what stands at a position is bound.
    pub fn in_scope(&self, position: Position<'u>) -> bool {
        self.binds(position.file)
    }

    /// Whether the declarations of a file are bound.
    pub fn binds(&self, file: Option<File<'u>>) -> bool {
        file.and_then(|file| self.entries.get(&file)).is_some_and(|entry| entry.in_scope)
    }

    /// A position for people and for the IR. Clang's builtin headers differ between versions, so that
    /// only the file is said there.
    pub fn location(&self, position: Position<'u>) -> Location {
        let file = position.file.and_then(|file| self.entries.get(&file));
        let is_builtin = file.is_some_and(|file| file.is_builtin);
        Location {
            file: file.map_or_else(|| "<builtin>".into(), |file| file.display.clone()),
            line: if is_builtin { 1 } else { position.line },
            column: if is_builtin { 1 } else { position.column },
        }
    }

    /// Clang's search for the comment of every declaration takes longer than one look at the text.
    fn look_for_docs(&mut self, command: &CommandLine) {
        let all_count = command.arguments.iter().any(|argument| argument == "-fparse-all-comments");
        for (file, entry) in self.entries.iter_mut().filter(|(_, entry)| entry.in_project) {
            entry.has_docs = all_count || has_doc_comment(self.unit.contents(*file));
        }
    }

    /// The files that a header itself includes, without clang's own.
    fn included_by(&self, header: &Path) -> Vec<PathBuf> {
        let is_header = |file: &File<'u>| self.entries.get(file).is_some_and(|entry| entry.path == header);
        self.directives
            .iter()
            .filter(|line| is_header(&line.from))
            .filter_map(|line| self.entries.get(&line.found))
            .filter(|entry| !entry.is_builtin)
            .map(|entry| entry.path.clone())
            .collect()
    }

    fn decide_scope(
        &mut self,
        request: &ParseRequest,
        command: &CommandLine,
        header: &Path,
    ) -> Result<(), Error> {
        let own = globs(&request.own)?;
        let is_own = |path: &Path| own.iter().any(|glob| glob.is_match(path));
        // The compiler may find a header through a link from another directory.
        let is_really_own =
            |path: &Path| !own.is_empty() && fs::canonicalize(path).is_ok_and(|path| is_own(&path));
        let project = normalize(&request.project);
        let library = matches!(request.scope, Scope::Library | Scope::Umbrella);
        let header_in_project = header.starts_with(&project);
        let mut subjects = vec![header.to_path_buf()];
        if request.scope == Scope::Umbrella {
            subjects.extend(self.included_by(header));
        }
        let own_dir = |subject: &PathBuf| {
            // Of a directory that all libraries share, only `git2/` belongs to `git2.h`.
            let dir = subject.parent().filter(|_| library)?;
            let is_shared = command.system_dirs.iter().any(|root| normalize(root) == *dir);
            Some(if is_shared { subject.with_extension("") } else { dir.to_path_buf() })
        };
        let mut dirs: Vec<PathBuf> = subjects.iter().filter_map(own_dir).collect();
        // Distributions split headers by architecture and link from one directory into the other.
        let real_dirs: Vec<PathBuf> = dirs.iter().filter_map(|dir| fs::canonicalize(dir).ok()).collect();
        dirs.dedup();
        for entry in self.entries.values_mut() {
            let below = dirs.iter().any(|dir| entry.path.starts_with(dir))
                || (!real_dirs.is_empty()
                    && fs::canonicalize(&entry.path)
                        .is_ok_and(|path| real_dirs.iter().any(|dir| path.starts_with(dir))));
            let name = entry.stored.as_ref().or(entry.system.as_ref());
            entry.in_scope = request.scope == Scope::All
                || subjects.contains(&entry.path)
                || (library
                    && ((header_in_project && entry.in_project)
                        || (below && !entry.is_builtin)
                        || is_own(&entry.path)
                        || is_really_own(&entry.path)
                        || name.is_some_and(|name| is_own(Path::new(name)))));
        }
        // As includes find it; the header itself may be named with its path.
        let system_name = |entry: &Entry| match &entry.system {
            None if entry.path == header && !entry.in_project => {
                let mut dirs = command.system_dirs.iter().map(|dir| normalize(dir));
                dirs.find_map(|dir| entry.path.strip_prefix(dir).ok().map(posix))
            }
            name => name.clone(),
        };
        // A quote include may be seen before its includer is known to be in scope.
        let mut changed = library;
        while changed {
            changed = false;
            for line in &self.directives {
                let from = match self.entries.get(&line.from) {
                    Some(entry) if entry.in_scope => system_name(entry),
                    _ => continue,
                };
                if let Some(found) = self.entries.get_mut(&line.found).filter(|found| !found.in_scope) {
                    found.in_scope = match (&from, &found.system) {
                        (Some(from), Some(found)) => line.quoted || is_libc_part(from, found),
                        (_, None) => line.quoted,
                        // `#include "stdio.h"` in a project's header does not make it the project's.
                        (None, Some(_)) => false,
                    };
                    changed |= found.in_scope;
                }
            }
        }
        Ok(())
    }
}

/// Whether a system header is where the C library keeps a part of the public one that includes it: `math.h` has
/// its functions in `bits/mathcalls.h`, Apple's `stdlib.h` in `_stdlib.h` and `malloc/_malloc.h`, `errno.h` its numbers
/// in `sys/errno.h` or four headers down (`bits/`, `linux/`, `asm/` and `asm-generic/errno.h`). Shared foundations,
/// which every header includes, belong to none.
fn is_libc_part(from: &str, found: &str) -> bool {
    const SHARED: &[&str] = &[
        "types",
        "alltypes",
        "wordsize",
        "time64",
        "timesize",
        "endian",
        "libc-header-start",
        "long-double",
        "floatn",
    ];
    /// Likewise, of those whose names begin with underscores.
    const PRIVATE_SHARED: &[&str] =
        &["types", "pthread_types", "bsd_types", "endian", "mingw", "cygwin", "symbol_aliasing"];
    let stem = |name: &str| {
        let file = name.rsplit('/').next().unwrap_or_default();
        file.split('.').next().unwrap_or_default().to_owned()
    };
    let below = |name: &str, dirs: &[&str]| dirs.iter().any(|dir| name.starts_with(dir));
    if let Some(part) = found.strip_prefix("bits/") {
        return !below(part, SHARED);
    }
    let (from_stem, found_stem) = (stem(from), stem(found));
    let bare = found_stem.trim_start_matches('_');
    if bare != found_stem {
        return !bare.ends_with("_t") && !below(bare, PRIVATE_SHARED);
    }
    let is_kernel = |name: &str| below(name, &["linux/", "asm/", "asm-generic/"]);
    // Not the other way round: `uv/errno.h` includes the `errno.h` of another library.
    found.strip_suffix(from).is_some_and(|dirs| dirs.ends_with('/'))
        || (below(from, &["bits/"]) || is_kernel(from))
            && is_kernel(found)
            && found_stem.starts_with(&from_stem)
}

fn directive<'u>(
    cursor: Cursor<'u>,
    umbrella: Option<File<'u>>,
    contents: impl Fn(File<'u>) -> &'u [u8],
) -> Option<Directive<'u>> {
    let span = cursor.span()?;
    if Some(span.file) == umbrella {
        return None;
    }
    let line = contents(span.file).get(span.start..span.end).unwrap_or_default();
    Some(Directive {
        from: span.file,
        text: cursor.spelling(),
        // A macro may stand for either form; the quote form looks in more places.
        quoted: !line.contains(&b'<'),
        found: cursor.included_file()?,
    })
}

/// Whether a text holds what clang takes for the start of a doc comment.
fn has_doc_comment(text: &[u8]) -> bool {
    let begins =
        |at: usize| matches!(text[at..], [b'/', b'*', b'*' | b'!', ..] | [b'/', b'/', b'/' | b'!', ..]);
    memchr_iter(b'/', text).any(begins)
}

fn absolute(name: &str, project: &Path) -> PathBuf {
    normalize(&project.join(name))
}

fn globs(patterns: &[String]) -> Result<Vec<Glob>, Error> {
    let read = |glob: &String| Glob::new(glob).map_err(|reason| Error::Glob { glob: glob.clone(), reason });
    patterns.iter().map(read).collect()
}

/// Decides how files are named.
struct Naming<'a> {
    roots: &'a Roots,
    system_dirs: Vec<PathBuf>,
    builtin_dir: PathBuf,
    /// Every directory that includes are known to be relative to, longest first.
    include_dirs: Vec<PathBuf>,
}

impl<'a> Naming<'a> {
    fn new(
        roots: &'a Roots,
        command: &CommandLine,
        directives: &[Directive<'_>],
        paths: &FxHashMap<File<'_>, PathBuf>,
    ) -> Self {
        // A directory of the project is the project's, also where `-isystem` names it.
        let is_own =
            |dir: &Path| command.isystem_dirs.iter().any(|own| own == dir) && roots.name(dir).is_some();
        let system_dirs: Vec<PathBuf> =
            command.system_dirs.iter().filter(|dir| !is_own(dir)).map(|dir| normalize(dir)).collect();
        let mut include_dirs: Vec<PathBuf> = command.include_dirs.iter().map(|dir| normalize(dir)).collect();
        include_dirs.extend(command.isystem_dirs.iter().map(|dir| normalize(dir)));
        include_dirs.extend(system_dirs.iter().cloned());
        for line in directives.iter().filter(|line| !line.quoted) {
            let dir = paths.get(&line.found).and_then(|path| searched_dir(path, &line.text));
            include_dirs.extend(dir);
        }
        include_dirs.sort_by_key(|dir| std::cmp::Reverse(dir.components().count()));
        include_dirs.dedup();
        Naming { roots, system_dirs, builtin_dir: normalize(&command.builtin_dir), include_dirs }
    }

    fn entry(&self, path: &Path, header: &Path) -> Entry {
        let stored = self.roots.name(path);
        let is_system = path != header && self.is_system(path);
        let system = (is_system || stored.is_none()).then(|| {
            let dir = self.include_dirs.iter().find(|dir| path.starts_with(dir));
            let relative = dir.and_then(|dir| path.strip_prefix(dir).ok()).map(posix);
            relative.unwrap_or_else(|| {
                path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
            })
        });
        let is_builtin = system.is_some() && path.starts_with(&self.builtin_dir);
        let system = if is_builtin { system.map(public_builtin) } else { system };
        let in_project = system.is_none() && path.starts_with(self.roots.project());
        let display = match (&system, &stored) {
            (None, Some(name)) => name.clone(),
            (Some(name), _) => format!("<{name}>"),
            (None, None) => "<builtin>".into(),
        };
        Entry {
            path: path.to_path_buf(),
            stored,
            system,
            is_builtin,
            in_scope: false,
            in_project,
            display,
            has_docs: false,
        }
    }

    /// Whether a system dir is the nearest of all the directories that a file lies below.
    fn is_system(&self, path: &Path) -> bool {
        let depth = |dir: &Path| path.starts_with(dir).then(|| dir.components().count());
        let system = self.system_dirs.iter().filter_map(|dir| depth(dir)).max();
        let written = self.roots.written().iter().map(|root| root.path.as_path());
        let own = written.chain([self.roots.project()]).filter_map(depth).max();
        system.is_some_and(|system| own.is_none_or(|own| system >= own))
    }
}

/// Newer clangs split `stddef.h` into `__stddef_size_t.h` and so on; what was asked for is `stddef.h`.
fn public_builtin(name: String) -> String {
    match name.strip_prefix("__").and_then(|rest| rest.split_once('_')) {
        Some((header, _)) if matches!(header, "stddef" | "stdarg") => format!("{header}.h"),
        _ => name,
    }
}

/// The include dir that `text` was found in.
fn searched_dir(path: &Path, text: &str) -> Option<PathBuf> {
    let text = Path::new(text);
    if text.is_absolute() || !path.ends_with(text) {
        return None;
    }
    path.ancestors().nth(text.components().count()).map(Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_include_dir_is_what_remains() {
        let dir = |path: &str, text| searched_dir(Path::new(path), text);
        assert_eq!(dir("/usr/include/sys/types.h", "sys/types.h"), Some("/usr/include".into()));
        assert_eq!(dir("/usr/include/b.h", "a.h"), None);
        assert_eq!(dir("/a.h", "/a.h"), None);
    }
}
