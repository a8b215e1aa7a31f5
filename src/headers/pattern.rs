//! A path or glob of the configuration or the command line, tied to directories of this machine.

use std::path::{Path, PathBuf};

use super::error::{Error, utf8};
use super::walk;
use crate::config::{Config, Piece, Text};
use crate::glob::{Glob, escape};
use crate::roots::{Roots, normalize, posix};

const GLOB_CHARACTERS: [char; 4] = ['*', '?', '[', '{'];

/// What a pattern selects.
#[derive(Debug)]
pub enum Pattern {
    /// One file.
    Literal(Named),
    /// The files below a directory that a glob matches.
    Glob {
        /// The directory: the leading parts of the pattern that hold no glob.
        base: Named,
        /// Matches paths relative to the base.
        matcher: Glob,
        /// How deep to look.
        depth: usize,
    },
}

/// A file or directory: its stored name and its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Project-relative with `/`, or as written where it lies outside.
    pub name: String,
    /// Absolute.
    pub path: PathBuf,
    /// Whether it is named by a variable or lies outside the project.
    pub outside: bool,
}

impl Named {
    /// Names what a text means, seen from the directory `from`.
    pub fn of(config: &Config, text: &Text, from: &Path) -> Result<Self, Error> {
        let pieces = config.pieces(text)?;
        let expanded: String = pieces.iter().map(piece_text).collect();
        let path = normalize(&from.join(&expanded));
        let written = slashes(&text.written);
        let written = match written.trim_end_matches('/') {
            "" => "/",
            trimmed => trimmed,
        };
        let variable = pieces.iter().any(|piece| matches!(piece, Piece::Value(_)));
        if !variable && let Some(inside) = inside(&config.project, &path, text.is_typed()) {
            let name = match posix(&inside) {
                name if name.is_empty() => ".".to_owned(),
                name => name,
            };
            utf8(&inside)?;
            return Ok(Named { name, path: config.project.join(inside), outside: false });
        }
        let portable = variable || Path::new(written).is_absolute() || from == config.project;
        let name = if portable { written.to_owned() } else { slashes(utf8(&path)?) };
        Ok(Named { name, path, outside: true })
    }

    /// A file below this directory.
    fn join(&self, relative: &str) -> Named {
        let name = match self.name.as_str() {
            "." => relative.to_owned(),
            "/" => format!("/{relative}"),
            name => format!("{name}/{relative}"),
        };
        Named { name, path: self.path.join(relative), outside: self.outside }
    }

    /// Makes this directory, or the directory of this header, a root if it lies outside.
    pub fn add_root(&self, roots: &mut Roots, is_header: bool) {
        if !self.outside {
            return;
        }
        let (name, path) = match (is_header, self.name.rsplit_once('/'), self.path.parent()) {
            // A header that is named by a variable alone is its own root.
            (true, Some((dir, _)), Some(parent)) if !dir.is_empty() => (dir, parent),
            _ => (self.name.as_str(), self.path.as_path()),
        };
        roots.add(name, &path.to_string_lossy());
    }
}

impl Pattern {
    /// Reads a pattern, seen from the directory `from`. A file of exactly that name is taken
    /// literally even if the name holds glob characters.
    pub fn of(config: &Config, text: &Text, from: &Path) -> Result<Self, Error> {
        let pieces = config.pieces(text)?;
        let expanded: String = pieces.iter().map(piece_text).collect();
        // A text given in place of a header has one name, which no file need have.
        let is_name = text.is_typed() && config.typed.code.is_some();
        if is_name || !pieces.iter().any(is_glob) || from.join(expanded).is_file() {
            return Ok(Pattern::Literal(Named::of(config, text, from)?));
        }
        let sub = |written: String| Text { written, place: text.place.clone() };
        let mut base = Vec::new();
        let mut rest = Vec::new();
        for part in text.written.split('/') {
            let globbing = !rest.is_empty() || config.pieces(&sub(part.to_owned()))?.iter().any(is_glob);
            if globbing { &mut rest } else { &mut base }.push(part);
        }
        let base = match base.as_slice() {
            [""] => "/".to_owned(),
            parts => parts.join("/"),
        };
        let base = if base.is_empty() { ".".to_owned() } else { base };
        let rest = sub(rest.join("/"));
        let glob: String = config
            .pieces(&rest)?
            .iter()
            .map(|piece| match piece {
                Piece::Written(text) => slashes(text),
                Piece::Value(value) => escape(&slashes(value)),
            })
            .collect();
        let depth = if glob.contains("**") { usize::MAX } else { glob.matches('/').count() };
        let matcher = Glob::new(&glob).map_err(|message| Error::BadGlob {
            place: Box::new(text.place.clone()),
            pattern: text.written.clone(),
            message,
        })?;
        let base = Named::of(config, &sub(base), from)?;
        Ok(Pattern::Glob { base, matcher, depth })
    }

    /// The name that this pattern gives a path, if it selects it.
    pub fn name_of(&self, path: &Path) -> Option<Named> {
        match self {
            Pattern::Literal(file) => (file.path == path).then(|| file.clone()),
            Pattern::Glob { base, matcher, .. } => {
                let relative = path.strip_prefix(&base.path).ok()?.to_str().map(slashes)?;
                matcher.is_match(&relative).then(|| base.join(&relative))
            }
        }
    }

    /// Whether it leaves a path out: as a glob, or as a directory that holds the path.
    pub fn excludes(&self, path: &Path) -> bool {
        match self {
            Pattern::Literal(file) => path.starts_with(&file.path),
            Pattern::Glob { .. } => self.name_of(path).is_some(),
        }
    }

    /// The files that a glob selects, sorted; for a literal, that file whether it exists or not.
    pub fn files(&self) -> Result<Vec<Named>, Error> {
        let Pattern::Glob { base, matcher, depth } = self else {
            let Pattern::Literal(file) = self else { return Ok(Vec::new()) };
            return Ok(vec![file.clone()]);
        };
        let mut found = Vec::new();
        for (relative, path) in walk::files(&base.path, *depth)? {
            if matcher.is_match(&relative) {
                utf8(&path)?;
                found.push(base.join(&relative));
            }
        }
        Ok(found)
    }

    /// The file, or the directory below which a glob looks.
    pub fn place_on_disk(&self) -> &Named {
        match self {
            Pattern::Literal(file) => file,
            Pattern::Glob { base, .. } => base,
        }
    }
}

/// The path relative to the project. A typed path may reach the project through a symbolic link.
fn inside(project: &Path, path: &Path, typed: bool) -> Option<PathBuf> {
    if let Ok(relative) = path.strip_prefix(project) {
        return Some(relative.to_owned());
    }
    if !typed {
        return None;
    }
    let parent = fs_err::canonicalize(path.parent()?).ok()?;
    let parent = parent.strip_prefix(fs_err::canonicalize(project).ok()?).ok()?.to_owned();
    Some(parent.join(path.file_name()?))
}

fn is_glob(piece: &Piece) -> bool {
    matches!(piece, Piece::Written(text) if text.contains(GLOB_CHARACTERS))
}

fn piece_text(piece: &Piece) -> &str {
    match piece {
        Piece::Written(text) | Piece::Value(text) => text,
    }
}

/// With `/` on Windows too; elsewhere a backslash is a character like any other.
fn slashes(path: &str) -> String {
    if cfg!(windows) { path.replace('\\', "/") } else { path.to_owned() }
}
