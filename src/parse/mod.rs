//! Reads C headers: one header in, one [`ir::Header`] out.
//!
//! Imports `ir`, `diagnostics`, `env`, `fsutil`, `roots`, `sysroot` and `target`. Nothing of libclang leaves
//! [`libclang`]. A parse may crash or hang with libclang, so callers run it in a process of its own;
//! requests, outcomes and errors are serializable for that.

mod error;
pub mod libclang;
pub mod macros;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::diagnostics::Diagnostic;
use crate::ir;
use crate::roots::Roots;
use crate::sysroot::Sysroot;

pub use error::{Error, Search};

/// What to parse, and how.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct ParseRequest {
    /// The header, absolute.
    pub header: PathBuf,
    /// Its stored name.
    pub name: String,
    /// The project directory, absolute.
    pub project: PathBuf,
    /// Directories outside the project as written and as found here.
    pub roots: Vec<(String, PathBuf)>,
    /// `-I`, absolute, in order.
    pub include_dirs: Vec<PathBuf>,
    /// `-D`: `A` or `A=1`, in order.
    pub defines: Vec<String>,
    /// Raw clang arguments, in order.
    pub arguments: Vec<String>,
    /// Canonical target.
    pub target: String,
    /// Whether the target is this machine, whose own system headers are then read.
    pub native: bool,
    /// The system headers of any other target, where they are known.
    pub sysroot: Option<Sysroot>,
    /// The language of the header.
    pub language: Language,
    /// Which declarations are bound.
    pub scope: Scope,
    /// Globs over stored names, or absolute paths, of headers that belong to the library too.
    pub own: Vec<String>,
    /// The text of the header, in place of the file's.
    pub code: Option<String>,
}

impl ParseRequest {
    /// How files are named.
    pub fn names(&self) -> Roots {
        let mut roots = Roots::new(&self.project);
        for (written, path) in &self.roots {
            roots.add(written, &path.to_string_lossy());
        }
        roots
    }
}

/// The language of a header.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Default)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// C (GNU C17 unless the arguments say otherwise).
    #[default]
    C,
    /// C++.
    Cxx,
}

/// Which declarations are bound.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Default)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Those of the named header.
    Header,
    /// Those of the named header and of the headers that come with it.
    #[default]
    Library,
    /// The same, and those of the headers that it includes itself and of the headers that come with these.
    Umbrella,
    /// All.
    All,
}

/// What a parse gives.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct ParseOutcome {
    /// The header.
    pub header: ir::Header,
    /// Clang's warnings about bound headers, and what the IR could not say.
    pub diagnostics: Vec<Diagnostic>,
    /// What the result depends on.
    pub dependencies: Dependencies,
}

/// What was read, and what was looked for and not found.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq, Default)]
pub struct Dependencies {
    /// Files below the project or a written root, sorted by name.
    pub files: Vec<FileDigest>,
    /// Of the files in `system` that are bound, those below the root of a header that lies outside the project itself, in the
    /// same way: they are part of its library.
    pub bound: Vec<FileDigest>,
    /// Stored names that would have been found earlier and do not exist, sorted. An include dir joined
    /// with a name of `system` is not listed: readers derive those.
    pub absent: Vec<String>,
    /// Every other file, named relative to the include dir that found it, sorted.
    pub system: Vec<String>,
}

/// A file and its content's digest.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileDigest {
    /// Stored name.
    pub name: String,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}
