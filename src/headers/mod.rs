//! Which headers to bind, with which settings, and where their outputs go.
//!
//! May import L0 and `config`. Reads directories, but no header.

mod error;
mod output;
mod pattern;
mod select;
mod template;
mod walk;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use crate::config::Place;

pub use error::Error;
pub use pattern::Pattern;
pub use select::{select, settings};

/// The headers of a run and the directories their files may lie in.
#[derive(Debug, Clone)]
pub struct HeaderSet {
    /// In the order of the configuration; within a glob, sorted.
    pub units: Vec<HeaderUnit>,
    /// The project and every directory outside it that the configuration names. The same for every
    /// selection from one configuration.
    pub roots: crate::roots::Roots,
}

/// One header with all its settings.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HeaderUnit {
    /// The stored name, see [`crate::roots`].
    pub name: String,
    /// Absolute path on this machine.
    pub path: PathBuf,
    /// Global ones, then those of the rules that match, then typed ones; each once.
    pub include_dirs: Vec<IncludeDir>,
    /// `NAME` or `NAME=VALUE`, expanded, in the same order.
    pub defines: Vec<String>,
    /// Raw clang arguments, expanded, in the same order.
    pub arguments: Vec<String>,
    /// Whether it is read as C code reads it that includes `Python.h` before.
    pub is_behind_python: bool,
    /// The target triple that its rule sets.
    pub target: Option<String>,
    /// One per writer, in the order of the writers.
    pub outputs: Vec<UnitOutput>,
    /// Its text, where that was given in place of a file.
    pub code: Option<String>,
    /// Whether the file is there, or `code` instead. Only headers outside the project may be absent: the
    /// store may still serve them.
    pub exists: bool,
}

/// A directory to search for includes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncludeDir {
    /// Project-relative with `/`, or as written where it lies outside: part of the key.
    pub written: String,
    /// Absolute path on this machine.
    pub path: PathBuf,
    /// Where it is named.
    pub place: Place,
}

/// What one writer makes of one header.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitOutput {
    /// The writer's name.
    pub writer: String,
    /// Absolute path on this machine.
    pub path: PathBuf,
    /// Project-relative with `/`; absolute where it was typed and lies elsewhere.
    pub name: String,
    /// Whether the caller of this very run named the path.
    pub named: bool,
    /// The writer's options for this header, expanded; `symbols` as written.
    pub options: BTreeMap<String, Value>,
    /// Where `symbols` is set, and from where its relative paths start; `None` if it is not set.
    pub symbols: Option<(Place, PathBuf)>,
}

#[cfg(test)]
mod tests;
